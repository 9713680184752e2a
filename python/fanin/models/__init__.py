"""Models, as in keras.models: chains of layers."""

from ._cloning import clone_model, load_model, model_from_json, save_model
from ._functional import Functional
from ._model import Model
from ._sequential import Sequential

__all__ = [
    "Functional",
    "Model",
    "Sequential",
    "clone_model",
    "load_model",
    "model_from_json",
    "save_model",
]
