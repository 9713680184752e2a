"""What other frameworks' initializers ask their generators for: distribution and exact numbers.

Each function records the calls of its framework, which must be installed; none needs Fanin.
"""

import math

SHAPES = [(30, 20), (8, 6, 5), (16, 12, 3, 2), (4, 3, 2, 5, 3)]


def record_torch():
    """Record torch.nn.init and nn.Linear: the arguments of uniform_ and normal_."""
    import torch
    from torch.nn import init

    calls = []

    def note(fill, *defaults):
        def method(tensor, *numbers, generator=None):
            calls.append([fill, [float(n) for n in numbers] or list(defaults)])
            return tensor

        return method

    laws, kept = [], (torch.Tensor.uniform_, torch.Tensor.normal_)
    torch.Tensor.uniform_ = note("uniform", 0.0, 1.0)
    torch.Tensor.normal_ = note("normal", 0.0, 1.0)
    try:
        cases = [
            *(("xavier_uniform", {"gain": gain}) for gain in (1.0, 0.3, 5 / 3)),
            *(("xavier_normal", {"gain": gain}) for gain in (1.0, 2.5)),
            *(
                (f"kaiming_{law}", {"a": a, "mode": mode, "nonlinearity": name})
                for law in ("uniform", "normal")
                for mode in ("fan_in", "FAN_OUT")
                for a, name in ((0, "leaky_relu"), (math.sqrt(5), "leaky_relu"), (0.3, "relu"),
                                (0, "tanh"), (0, "selu"), (0, "conv_transpose2d"))
            ),
            ("uniform", {}),
            ("uniform", {"a": -2.0, "b": 0.5}),
            ("normal", {}),
            ("normal", {"mean": 1.0, "std": 0.25}),
        ]  # fmt: skip
        for name, arguments in cases:
            for shape in SHAPES:
                getattr(init, f"{name}_")(torch.empty(shape), **arguments)
                laws.append([name, arguments, list(shape), *calls.pop()])
        for outputs, inputs in ((30, 20), (4, 7)):
            torch.nn.Linear(inputs, outputs)
            laws.append(["linear_bias", {"fan_in": inputs}, [outputs], *calls.pop()])
            laws.append(["linear_weight", {}, [outputs, inputs], *calls.pop()])
        torch.nn.Conv2d(6, 4, (3, 2))
        laws.append(["linear_bias", {"fan_in": 36}, [4], *calls.pop()])
        laws.append(["linear_weight", {}, [4, 6, 3, 2], *calls.pop()])
        assert not calls
    finally:
        torch.Tensor.uniform_, torch.Tensor.normal_ = kept
    arrays = [
        [name, arguments, list(shape), getattr(init, f"{name}_")(torch.empty(shape), **arguments)]
        for name, arguments, shape in (
            ("eye", {}, (2, 3)),
            ("eye", {}, (3, 2)),
            ("zeros", {}, (2, 2)),
            ("ones", {}, (2, 2)),
            ("constant", {"val": 0.3}, (2, 2)),
            ("dirac", {}, (3, 2, 3)),
            ("dirac", {}, (2, 3, 4, 3)),
            ("dirac", {"groups": 2}, (4, 3, 2, 2)),
            ("dirac", {"groups": 3}, (6, 1, 2, 1, 3)),
        )
    ]
    gains = [
        [name, param, float(init.calculate_gain(name, param))]
        for name, param in (
            *((name, None) for name in ("linear", "sigmoid", "tanh", "relu", "leaky_relu", "selu")),
            *((f"conv{n}d", None) for n in (1, 2, 3)),
            *((f"conv_transpose{n}d", None) for n in (1, 2, 3)),
            *(("leaky_relu", slope) for slope in (0, 1, 0.2, -3.0)),
        )
    ]
    return {
        "version": torch.__version__.partition("+")[0],
        "laws": laws,
        "arrays": [[*rest, values.tolist()] for *rest, values in arrays],
        "gains": gains,
    }


def record_jax():
    """Record jax.nn.initializers in float64, all draws being replaced by ones: the factors."""
    import jax
    import jax._src.nn.initializers as module

    class Ones:
        """Stands for jax.random and remembers what was asked for."""

        def __init__(self):
            self.calls = []

        def _ones(self, fill, shape, dtype, bounds):
            self.calls.append((fill, bounds))
            return jax.numpy.ones(shape, dtype)

        def uniform(self, key, shape, dtype, minval=0.0, maxval=1.0, **rest):
            return self._ones("uniform", shape, dtype, [float(minval), float(maxval)])

        def normal(self, key, shape, dtype, **rest):
            return self._ones("normal", shape, dtype, [])

        def truncated_normal(self, key, lower, upper, shape, dtype, **rest):
            return self._ones("truncated_normal", shape, dtype, [float(lower), float(upper)])

    axes = {"in_axis": [0, 1], "out_axis": -1, "batch_axis": []}
    batch = {"in_axis": 2, "out_axis": 1, "batch_axis": 0}
    scalings = [
        {"scale": scale, "mode": mode, "distribution": distribution}
        for scale in (1.0, 0.3)
        for mode in ("fan_in", "fan_out", "fan_avg", "fan_geo_avg")
        for distribution in ("truncated_normal", "normal", "uniform")
    ]
    names = [
        f"{name}_{law}"
        for name in ("glorot", "xavier", "lecun", "he", "kaiming")
        for law in ("uniform", "normal")
    ]
    cases = [
        *((name, {}, shape) for name in names for shape in SHAPES),
        *((name, axes, (4, 3, 5)) for name in names),
        *((name, batch, (4, 3, 5, 2)) for name in names),
        *(("variance_scaling", one, shape) for one in scalings for shape in SHAPES),
        ("variance_scaling", {**scalings[0], **axes}, (4, 3, 5, 2)),
        ("glorot_uniform", {"in_axis": 0}, (7,)),
        ("uniform", {}, (3, 2)),
        ("uniform", {"scale": 0.5}, (3, 2)),
        ("normal", {}, (3, 2)),
        ("normal", {"stddev": 0.5}, (3, 2)),
        ("truncated_normal", {}, (3, 2)),
        ("truncated_normal", {"stddev": 0.5, "lower": -1.0, "upper": 3.0}, (3, 2)),
    ]
    laws, kept = [], module.random
    wide = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    module.random = recorder = Ones()
    try:
        for name, arguments, shape in cases:
            values = getattr(module, name)(**arguments)(None, shape, jax.numpy.float64)
            factor = float(values.ravel()[0])
            fill, bounds = recorder.calls.pop()
            if fill == "normal":
                numbers = [0.0, factor]
            elif fill == "uniform":
                numbers = [factor * bound for bound in bounds]
            else:
                numbers = [0.0, factor, *(factor * bound for bound in bounds)]
            laws.append([name, arguments, list(shape), fill, numbers])
    finally:
        module.random = kept
        jax.config.update("jax_enable_x64", wide)
    arrays = [
        ["zeros", {}, [2, 2], [[0.0, 0.0], [0.0, 0.0]]],
        ["ones", {}, [2, 2], [[1.0, 1.0], [1.0, 1.0]]],
        ["constant", {"value": -7.0}, [2, 2], [[-7.0, -7.0], [-7.0, -7.0]]],
    ]
    key = jax.random.key(0)
    assert module.zeros(key, (2, 2)).tolist() == arrays[0][3]
    assert module.ones(key, (2, 2)).tolist() == arrays[1][3]
    assert module.constant(-7.0)(key, (2, 2)).tolist() == arrays[2][3]
    return {"version": jax.__version__, "laws": laws, "arrays": arrays}


def record_mlx():
    """Record mlx.nn.init: the arguments of mx.random's functions."""
    import mlx.core as mx
    from mlx.nn import init

    calls = []

    def uniform(low=0.0, high=1.0, shape=(), **rest):
        calls.append(["uniform", [low, high]])
        return mx.zeros(shape)

    def normal(shape, scale=1.0, loc=0.0, **rest):
        calls.append(["normal", [loc, scale]])
        return mx.zeros(shape)

    laws, kept = [], (mx.random.uniform, mx.random.normal)
    mx.random.uniform, mx.random.normal = uniform, normal
    try:
        for name in ("glorot_uniform", "glorot_normal", "he_uniform", "he_normal"):
            modes = [{"mode": m} for m in ("fan_in", "fan_out")] if name[:2] == "he" else [{}]
            for arguments in [{}] + [{**mode, "gain": 1.5} for mode in modes]:
                for shape in SHAPES:
                    getattr(init, name)()(mx.zeros(shape), **arguments)
                    laws.append([name, arguments, list(shape), *calls.pop()])
        for name, arguments in (
            ("uniform", {}),
            ("uniform", {"low": -2.0, "high": 0.5}),
            ("normal", {}),
            ("normal", {"mean": 1.0, "std": 0.25}),
        ):
            getattr(init, name)(**arguments)(mx.zeros((3, 2)))
            laws.append([name, arguments, [3, 2], *calls.pop()])
    finally:
        mx.random.uniform, mx.random.normal = kept
    zeros = []
    for sparsity, shape in ((0.5, (4, 7)), (0.1, (3, 25)), (0.93, (5, 30))):
        values = init.sparse(sparsity, mean=3.0)(mx.zeros(shape)).tolist()
        counts = {row.count(0.0) for row in values}
        assert len(counts) == 1
        zeros.append([{"sparsity": sparsity}, list(shape), counts.pop()])
    arrays = [
        ["identity", {}, [3, 3], init.identity()(mx.zeros((3, 3))).tolist()],
        ["constant", {"value": 0.5}, [2, 2], init.constant(0.5)(mx.zeros((2, 2))).tolist()],
    ]
    return {"version": mx.__version__, "laws": laws, "arrays": arrays, "zeros": zeros}


def record_mxnet():
    """Record mxnet.initializer: the arguments of mxnet.random's functions."""
    import mxnet
    from mxnet import initializer

    calls = []

    class Random:
        """Stands for mxnet.random."""

        @staticmethod
        def uniform(low, high, shape=None, out=None):
            calls.append(["uniform", [float(low), float(high)]])

        @staticmethod
        def normal(loc, scale, shape=None, out=None):
            calls.append(["normal", [float(loc), float(scale)]])

    laws, kept = [], initializer.random
    initializer.random = Random
    try:
        cases = [
            ("Xavier", {}),
            *(
                ("Xavier", {"rnd_type": kind, "factor_type": factor, "magnitude": magnitude})
                for kind in ("uniform", "gaussian")
                for factor in ("avg", "in", "out")
                for magnitude in (3, 2.34)
            ),
            ("MSRAPrelu", {}),
            *(("MSRAPrelu", {"factor_type": f, "slope": s}) for f in ("in", "out") for s in (0, 1)),
            ("Uniform", {}),
            ("Uniform", {"scale": 0.5}),
            ("Normal", {}),
            ("Normal", {"sigma": 0.5}),
        ]
        for name, arguments in cases:
            for shape in SHAPES:
                array = mxnet.nd.zeros(shape)
                getattr(initializer, name)(**arguments)._init_weight("weight", array)
                laws.append([name, arguments, list(shape), *calls.pop()])
    finally:
        initializer.random = kept
    arrays = []
    for name, arguments, shape in (
        *(("Bilinear", {}, (1, 2, k, k)) for k in range(1, 8)),
        ("Bilinear", {}, (1, 1, 3, 4)),
        ("Zero", {}, (2, 2)),
        ("One", {}, (2, 2)),
        ("Constant", {"value": 0.5}, (2, 2)),
    ):
        array = mxnet.nd.zeros(shape)
        getattr(initializer, name)(**arguments)._init_weight("weight", array)
        arrays.append([name, arguments, list(shape), array.asnumpy().tolist()])
    return {"version": mxnet.__version__, "laws": laws, "arrays": arrays}
