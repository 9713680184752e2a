"""A fill needs the output and at most 2 MiB more."""

import subprocess
import sys

import pytest

# In a process of its own, which has filled before: the code is in memory.
FILL = """
import sys
import numpy as np
import fanin
from fanin.initializers import RandomNormal

layout, threads = sys.argv[1], int(sys.argv[2])
fanin.set_num_threads(threads)
memory = np.ones((8192, 8192), np.float32)
out = {"contiguous": memory, "transposed": memory.T, "reversed": memory[::-1, ::-1]}[layout]
RandomNormal(seed=1).fill(np.ones((8, 8), np.float32))

def peak():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))

before = peak()
RandomNormal(seed=1).fill(out)
print((peak() - before) * 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("threads", [1, 16])
@pytest.mark.parametrize("layout", ["contiguous", "transposed", "reversed"])
def test_a_fill_needs_two_mebibytes_at_most(layout, threads):
    result = subprocess.run(
        [sys.executable, "-c", FILL, layout, str(threads)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert int(result.stdout) <= 2 * 2**20
