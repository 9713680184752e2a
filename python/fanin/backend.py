"""What scripts use of keras.backend: names and the default dtype."""

from .config import floatx, set_floatx
from .utils import clear_session

__all__ = ["backend", "clear_session", "floatx", "set_floatx"]


def backend() -> str:
    """Return "tensorflow": the backend whose numbers Fanin gives."""
    return "tensorflow"
