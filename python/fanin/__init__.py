"""Fanin: the initializers of Keras, bit for bit, and a dense-network core.

``import fanin as keras`` runs an ordinary Keras script of dense layers.
"""

from . import (
    activations,
    backend,
    callbacks,
    config,
    constraints,
    datasets,
    dialects,
    initializers,
    layers,
    losses,
    metrics,
    models,
    mup,
    optimizers,
    random,
    regularizers,
    saving,
    utils,
)
from ._config import show_config
from ._threads import get_num_threads, set_num_threads
from .autoinit import AutoInit
from .checking import check
from .compare import compare
from .diagnosis import diagnose
from .gain import gain
from .initializers import Initializer
from .layers import Input, KerasTensor, Layer
from .losses import Loss
from .lsuv import LSUV
from .metrics import Metric
from .models import Model, Sequential
from .optimizers import Optimizer
from .recommend import recommend
from .regularizers import Regularizer

__version__ = "0.1.0"

__all__ = [
    "LSUV",
    "AutoInit",
    "Initializer",
    "Input",
    "KerasTensor",
    "Layer",
    "Loss",
    "Metric",
    "Model",
    "Optimizer",
    "Regularizer",
    "Sequential",
    "__version__",
    "activations",
    "backend",
    "callbacks",
    "check",
    "compare",
    "config",
    "constraints",
    "datasets",
    "diagnose",
    "dialects",
    "gain",
    "get_num_threads",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "models",
    "mup",
    "optimizers",
    "random",
    "recommend",
    "regularizers",
    "saving",
    "set_num_threads",
    "show_config",
    "utils",
]
