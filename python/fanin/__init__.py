"""Fanin: the initializers of Keras, bit for bit, and a dense-network core.

``import fanin as keras`` runs an ordinary Keras script of dense layers.
"""

from . import (
    activations,
    callbacks,
    datasets,
    initializers,
    layers,
    losses,
    metrics,
    models,
    optimizers,
    random,
    utils,
)
from ._config import show_config
from ._threads import get_num_threads, set_num_threads
from .compare import compare
from .initializers import Initializer
from .layers import Input
from .models import Sequential

__version__ = "0.1.0"

__all__ = [
    "Initializer",
    "Input",
    "Sequential",
    "__version__",
    "activations",
    "callbacks",
    "compare",
    "datasets",
    "get_num_threads",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "models",
    "optimizers",
    "random",
    "set_num_threads",
    "show_config",
    "utils",
]
