"""Files of models and weights, as in keras.saving.

A model goes into a ``.keras`` file, which Keras reads, and back; its weights alone into
``.weights.h5`` (Keras's), ``.safetensors`` or ``.npz``. Files are data: nothing in them is ever
executed or unpickled, sizes are checked before anything is read, and a model is changed only after
all of a file has been read and checked. A save that fails leaves the old file as it was.
"""

from .._custom import (
    CustomObjectScope,
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)
from ._models import load_model, save_model
from ._objects import deserialize_keras_object, serialize_keras_object
from ._weights import load_weights, save_weights

__all__ = [
    "CustomObjectScope",
    "custom_object_scope",
    "deserialize_keras_object",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "load_model",
    "load_weights",
    "register_keras_serializable",
    "save_model",
    "save_weights",
    "serialize_keras_object",
]
