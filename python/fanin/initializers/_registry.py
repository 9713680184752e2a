"""Initializers by name, and their dictionaries: get, serialize, deserialize."""

import inspect
from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import _arrays
from .._custom import get_registered_name, own_object
from .._session import snake_case
from ._base import Initializer
from ._config import encode
from ._constants import Constant, Identity, Ones, Zeros
from ._convolutional import DeltaOrthogonal, Dirac
from ._depth import DepthScaled, SmallInit
from ._distributions import RandomNormal, RandomUniform, TruncatedNormal
from ._edge_of_chaos import EdgeOfChaos
from ._fixup import Fixup, TFixup
from ._hadamard import Hadamard
from ._icnr import ICNR
from ._identity_padded import IdentityPadded, ZeroPreserving
from ._looks_linear import LooksLinear
from ._orthogonal import Orthogonal
from ._siren import SirenFirst, SirenHidden
from ._sparse import Sparse
from ._spectral import Spectral
from ._stft import STFT
from ._variance_scaling import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    VarianceScaling,
)
from ._zero import ZerO

_KERAS: tuple[type[Initializer], ...] = (
    *(Initializer, Zeros, Ones, Constant, Identity, STFT),
    *(RandomUniform, RandomNormal, TruncatedNormal, Orthogonal, VarianceScaling),
    *(GlorotUniform, GlorotNormal, LecunUniform, LecunNormal, HeUniform, HeNormal),
)

# Those that Keras does not have.
_OWN: tuple[type[Initializer], ...] = (
    *(Dirac, DeltaOrthogonal, Sparse),
    *(SirenFirst, SirenHidden, Hadamard, ZerO, EdgeOfChaos),
    *(Fixup, TFixup, SmallInit, DepthScaled, ICNR, LooksLinear),
    *(Spectral, IdentityPadded, ZeroPreserving),
)

NAMES: dict[str, type[Initializer]] = {
    **{cls.__name__: cls for cls in (*_KERAS, *_OWN)},
    **{snake_case(cls.__name__): cls for cls in (*_KERAS, *_OWN)},
    "IdentityInitializer": Identity,
    "OrthogonalInitializer": Orthogonal,
    "STFTInitializer": STFT,
    "normal": RandomNormal,
    "one": Ones,
    "uniform": RandomUniform,
    "zero": Zeros,
}


def serialize(initializer: Any) -> Any:
    """Return the dictionary that describes an initializer.

    Keras's `deserialize` reads it; for an initializer that Keras does not have, it imports Fanin.

    Parameters
    ----------
    initializer : Initializer, function, str or None
        A string and None are returned as they are.

    Raises
    ------
    TypeError
        If it is anything else.
    """
    if initializer is None or isinstance(initializer, str):
        return initializer
    if isinstance(initializer, FunctionType):
        return {
            "module": "builtins",
            "class_name": "function",
            "config": get_registered_name(initializer),
            "registered_name": "function",
        }
    cls = type(initializer)
    if not hasattr(initializer, "get_config") or isinstance(initializer, type):
        raise TypeError(
            f"`initializer` must be an instance with a get_config(). Received: {initializer!r}"
        )
    ours = NAMES.get(cls.__name__) is cls
    module = "keras.initializers" if cls in _KERAS else "fanin.initializers"
    return {
        "module": module if ours else cls.__module__,
        "class_name": cls.__name__,
        "config": encode(initializer.get_config()),
        "registered_name": None if ours else get_registered_name(cls),
    }


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return the initializer that a name or a dictionary of `serialize`, or Keras's, describes.

    Parameters
    ----------
    config : dict, str or None
        `{"class_name": ..., "config": {...}}`, other keys are not read; or a name; None gives None.
    custom_objects : mapping of str, optional
        Classes and functions by further names.

    Raises
    ------
    TypeError
        If the class does not take the config.
    ValueError
        If there is no such name.
    """
    if config is None:
        return None
    if isinstance(config, str):
        config = {"class_name": config, "config": {}}
    if not isinstance(config, Mapping) or "class_name" not in config:
        raise ValueError(f"Unknown `config` as a `dict`, config={config}")
    name, arguments = config["class_name"], config.get("config") or {}
    if name == "function":
        name, arguments = arguments, {}
    found: Any = own_object(config, custom_objects) or NAMES.get(name)
    if found is None:
        raise ValueError(f"Could not interpret initializer identifier: {name}")
    from_config = getattr(found, "from_config", None)
    if from_config is None:
        return found
    try:
        return from_config(arguments)
    except TypeError as error:
        raise TypeError(
            f"{found} could not be deserialized properly.\n\nconfig={config}.\n\n"
            f"Exception encountered: {error}"
        ) from error


def get(identifier: Any) -> Any:
    """Return an initializer for what a layer's argument may hold.

    Parameters
    ----------
    identifier : str, dict, class, callable, numpy.ndarray or None
        A name in `NAMES` (case-sensitive), a dictionary of `serialize`, a class, which is called;
        an instance or a function f(shape, dtype=None), returned as it is; an array, whose values a
        layer of that very shape receives; None gives None.

    Raises
    ------
    ValueError
        If it is none of these.
    """
    if identifier is None:
        return None
    if isinstance(identifier, np.ndarray | np.generic):
        return _values(np.asarray(identifier))
    found = deserialize(identifier) if isinstance(identifier, str | dict) else identifier
    if inspect.isclass(found):
        found = found()
    if not callable(found):
        raise ValueError(f"Could not interpret initializer identifier: {identifier}")
    return found


def _values(array: npt.NDArray[Any]) -> Callable[..., npt.NDArray[Any]]:
    def initialize(shape: Any, dtype: Any = None) -> npt.NDArray[Any]:
        if _arrays.standardize_shape(shape) != array.shape:
            raise ValueError(
                f"Expected `shape` to be {array.shape} for direct "
                f"tensor as initializer. Received shape={shape}"
            )
        return _arrays.cast(array, _arrays.standardize_dtype(dtype))

    return initialize
