"""Initializers as other frameworks mean them: the same name, another formula, layout or truncation.

Each module has the names of one framework, and each name is a function that returns an ordinary
initializer of Fanin: call it with a shape in that framework's layout, `fill` an array, `explain` a
shape, `check` weights against it. The values are made of Fanin's bits (the framework's own
generator gives others), with the framework's formula, fans and bounds. Random ones take `seed`,
see `fanin.initializers.RandomInitializer`; float16 and bfloat16 are drawn in float32 and rounded
once; float64's uniform bounds are rounded to float32 first. Arrays without elements are returned,
where some of the frameworks divide by zero. A gain must be positive. The table of all, beside
Keras's, is in docs/initializers.md.
"""

from . import caffe, flux, jax, mlx, mxnet, torch

__all__ = ["caffe", "flux", "jax", "mlx", "mxnet", "torch"]
