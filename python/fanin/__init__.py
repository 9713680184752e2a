"""Fanin: the initializers of Keras, bit for bit, and a dense-network core.

``import fanin as keras`` runs an ordinary Keras script of dense layers.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from . import (
    activations,
    backend,
    callbacks,
    config,
    constraints,
    datasets,
    initializers,
    layers,
    losses,
    metrics,
    models,
    optimizers,
    random,
    regularizers,
    saving,
    utils,
)
from ._config import show_config
from ._threads import get_num_threads, set_num_threads
from .initializers import Initializer
from .layers import Input, KerasTensor, Layer
from .losses import Loss
from .metrics import Metric
from .models import Model, Sequential
from .optimizers import Optimizer
from .regularizers import Regularizer

if TYPE_CHECKING:
    from . import dialects, mup
    from .autoinit import AutoInit
    from .checking import check
    from .comparison import compare
    from .diagnosis import diagnose
    from .gains import gain
    from .lsuv import LSUV
    from .recommendation import recommend

__version__ = "0.1.0"

# What looks into initializations: the modules are imported when they are first asked for.
_LATE = {
    "AutoInit": "autoinit",
    "LSUV": "lsuv",
    "check": "checking",
    "compare": "comparison",
    "diagnose": "diagnosis",
    "dialects": "dialects",
    "gain": "gains",
    "mup": "mup",
    "recommend": "recommendation",
}

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


def __getattr__(name: str) -> Any:
    """Import what is in `_LATE`."""
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f"{__name__}.{_LATE[name]}")
    found = globals()[name] = module if _LATE[name] == name else getattr(module, name)
    return found


def __dir__() -> list[str]:
    """Return the public names, late ones among them."""
    return sorted(__all__)
