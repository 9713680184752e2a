"""How many threads a call may use."""

import operator

from . import _native


def get_num_threads() -> int:
    """Return how many threads one call may use.

    At first what the environment variable FANIN_NUM_THREADS says. Unless it is set, the processors
    that the process may use: those of its CPU affinity, and no more than the CPU quotas of its
    control groups (the limits of containers and jobs) pay for, rounded up.

    A value of FANIN_NUM_THREADS that is not an integer in [1, 1024] is ignored; a line on standard
    error says so when the number is first needed.
    """
    count: int = _native.function("get_num_threads")()
    return count


def set_num_threads(count: int) -> None:
    """Set how many threads one call may use.

    Small fills use fewer. No value depends on it.

    Parameters
    ----------
    count : int
        In [1, 1024].

    Raises
    ------
    TypeError
        If it is not an integer.
    ValueError
        If it is out of range.
    """
    threads = operator.index(count)
    if not 1 <= threads <= 1024:
        raise ValueError(f"`count` of threads must be in [1, 1024]. Received: count={count}")
    _native.call("set_num_threads", threads)
