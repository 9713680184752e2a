"""Optimizers, as in keras.optimizers: update rules, applied in the native library.

In their descriptions, w is a parameter, g its gradient, t the step (1 first), lr the learning rate.
"""

from . import schedules
from ._adam import Adam, Adamax, AdamW, Lamb, Nadam
from ._adaptive import Adadelta, Adafactor, Adagrad, RMSprop
from ._ftrl import Ftrl
from ._lion import Lion
from ._muon import Muon
from ._optimizer import Optimizer
from ._registry import deserialize, get, serialize
from ._sgd import SGD

__all__ = [
    "SGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Ftrl",
    "Lamb",
    "Lion",
    "Muon",
    "Nadam",
    "Optimizer",
    "RMSprop",
    "deserialize",
    "get",
    "schedules",
    "serialize",
]
