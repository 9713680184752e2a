"""Small real data sets that the package carries."""

from . import digits

__all__ = ["digits"]
