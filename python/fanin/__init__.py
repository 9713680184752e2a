"""Fanin: the initializers of Keras, bit for bit, and a dense-network core.

``import fanin as keras`` runs an ordinary Keras script of dense layers.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
    from .comparison import compare
    from .diagnosis import diagnose
    from .gains import gain
    from .initializers import Initializer
    from .layers import Input, KerasTensor, Layer
    from .losses import Loss
    from .lsuv import LSUV
    from .metrics import Metric
    from .models import Model, Sequential
    from .optimizers import Optimizer
    from .recommendation import recommend
    from .regularizers import Regularizer

__version__ = "0.1.0"

# The modules of names that are no modules. All are imported when they are first asked for: layers
# take time that who wants initializers need not spend.
_HOMES = {
    "AutoInit": "autoinit",
    "Initializer": "initializers",
    "Input": "layers",
    "KerasTensor": "layers",
    "LSUV": "lsuv",
    "Layer": "layers",
    "Loss": "losses",
    "Metric": "metrics",
    "Model": "models",
    "Optimizer": "optimizers",
    "Regularizer": "regularizers",
    "Sequential": "models",
    "check": "checking",
    "compare": "comparison",
    "diagnose": "diagnosis",
    "gain": "gains",
    "get_num_threads": "_threads",
    "recommend": "recommendation",
    "set_num_threads": "_threads",
    "show_config": "_config",
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
    """Import a public name."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f"{__name__}.{_HOMES.get(name, name)}")
    found = globals()[name] = getattr(module, name) if name in _HOMES else module
    return found


def __dir__() -> list[str]:
    """Return the public names."""
    return list(__all__)
