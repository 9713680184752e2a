"""The thread count: where it comes from, and that no value depends on it."""

import os
import subprocess
import sys

import numpy as np
import pytest

import fanin
from fanin.initializers import HeNormal


def test_threads_do_not_change_the_values():
    before = fanin.get_num_threads()
    try:
        results = []
        for count in (1, np.int64(3)):
            fanin.set_num_threads(count)
            assert fanin.get_num_threads() == count
            results.append(HeNormal(seed=5)((1000, 1003)))
        assert np.array_equal(*results)
        for wrong in (0, -1, 1025, 2**40):
            with pytest.raises(ValueError, match="count"):
                fanin.set_num_threads(wrong)
        with pytest.raises(TypeError):
            fanin.set_num_threads(1.5)
        assert fanin.get_num_threads() == 3
    finally:
        fanin.set_num_threads(before)


def first_count(variable=None, affinity=None):
    """Return the thread count of a new process, and what it writes to standard error."""
    environment = {k: v for k, v in os.environ.items() if k != "FANIN_NUM_THREADS"}
    if variable is not None:
        environment["FANIN_NUM_THREADS"] = variable
    bind = f"os.sched_setaffinity(0, {affinity!r});" if affinity else ""
    code = f"import os; {bind} import fanin; print(fanin.get_num_threads())"
    result = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    return int(result.stdout), result.stderr


@pytest.mark.parametrize("count", [1, 3, 1024])
def test_the_environment_sets_it(count):
    assert first_count(str(count)) == (count, "")


@pytest.mark.parametrize("text", ["0", "1025", "-1", "two", "1.5", "99999999999999999999", " "])
def test_a_wrong_value_in_the_environment_is_reported_and_ignored(text):
    default, silence = first_count()
    assert silence == ""
    count, message = first_count(text)
    assert count == default
    assert message == (
        "fanin: FANIN_NUM_THREADS must be an integer between 1 and 1024; it is ignored. "
        f"Received: FANIN_NUM_THREADS={text}\n"
    )


def test_an_empty_variable_is_none():
    assert first_count("") == first_count()


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="the system has no CPU affinity")
def test_the_default_is_the_processors_that_may_be_used():
    processors = sorted(os.sched_getaffinity(0))
    # A quota may allow fewer, which is tested in Swift.
    assert 1 <= first_count()[0] <= len(processors)
    assert first_count(affinity=set(processors[:1])) == (1, "")


SIGNALLED = """
import os, signal, threading
import numpy as np
import fanin
from fanin.initializers import TruncatedNormal

ready = threading.Event()
seen = []

def look():
    known = set(os.listdir("/proc/self/task"))
    ready.set()
    while len(seen) < 20:
        for thread in set(os.listdir("/proc/self/task")) - known:
            try:
                with open(f"/proc/self/task/{thread}/status") as file:
                    status = dict(line.split(":", 1) for line in file)
            except OSError:  # It has ended.
                continue
            seen.append(int(status["SigBlk"], 16))

fanin.set_num_threads(4)
looker = threading.Thread(target=look)
looker.start()
ready.wait()
out = np.empty(2**22)
while looker.is_alive():
    TruncatedNormal(seed=1).fill(out)
for number in (signal.SIGINT, signal.SIGALRM, signal.SIGTERM):
    assert all(mask >> (number - 1) & 1 for mask in seen), number
assert not signal.pthread_sigmask(signal.SIG_BLOCK, ())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_the_threads_of_a_fill_leave_signals_to_others():
    subprocess.run([sys.executable, "-c", SIGNALLED], check=True, timeout=60)
