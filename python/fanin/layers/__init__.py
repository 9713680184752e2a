"""Layers, as in keras.layers, for dense networks."""

from typing import Any

from . import _absent
from ._activations import ELU, Activation, LeakyReLU, ReLU, Softmax
from ._activity_regularization import ActivityRegularization
from ._batch_normalization import BatchNormalization
from ._dense import Dense
from ._embedding import Embedding
from ._input import Input, InputLayer
from ._layer import Layer
from ._noise import AlphaDropout, Dropout, GaussianDropout, GaussianNoise
from ._normalization import Normalization
from ._prelu import PReLU
from ._rescaling import Rescaling
from ._reshaping import Flatten, Identity, Reshape
from ._sample_normalization import LayerNormalization, RMSNormalization, UnitNormalization
from ._serialization import deserialize, serialize
from ._symbolic import KerasTensor

__all__ = [
    "ELU",
    "Activation",
    "ActivityRegularization",
    "AlphaDropout",
    "BatchNormalization",
    "Dense",
    "Dropout",
    "Embedding",
    "Flatten",
    "GaussianDropout",
    "GaussianNoise",
    "Identity",
    "Input",
    "InputLayer",
    "KerasTensor",
    "Layer",
    "LayerNormalization",
    "LeakyReLU",
    "Normalization",
    "PReLU",
    "RMSNormalization",
    "ReLU",
    "Rescaling",
    "Reshape",
    "Softmax",
    "UnitNormalization",
    "deserialize",
    "serialize",
]


def __getattr__(name: str) -> Any:
    """Return what raises NotImplementedError, for the other layers of Keras."""
    if name in _absent.NAMES:
        return _absent.absent(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
