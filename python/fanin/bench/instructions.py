"""Instructions a number, which no other load can change: counted by perf or by Valgrind.

A process that fills once with each kind is compared with one that fills once more with one of
them. Valgrind's processor has AVX2 but not AVX-512: its numbers are those of the narrower kernels.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .fills import DTYPE, KINDS, Fill, make_fanin
from .workers import Log

_COUNT = 2**20
_KINDS = tuple(kind for kind in KINDS if kind != "constant")  # which is memory's own speed
_LOG = "<log>"  # stands for the file that the tool writes
_TOOLS = {
    "perf": ("stat", "-x,", "-e", "instructions:u", "-o", _LOG),
    "valgrind": ("--tool=callgrind", "--callgrind-out-file=/dev/null", f"--log-file={_LOG}"),
}


def measure(log: Log) -> dict[str, Any] | None:
    """Return the tool and each kind's instructions a number, or None where no tool works."""
    log.tick("instructions")
    for tool in _TOOLS:
        once = _count(tool, _KINDS) if shutil.which(tool) else None
        if once is None:
            continue
        more = {kind: _count(tool, (*_KINDS, kind)) for kind in _KINDS}
        each = {kind: (n - once) / _COUNT for kind, n in more.items() if n is not None}
        return {"tool": tool, "dtype": DTYPE, "count": _COUNT, "per_number": each}
    log.note("Instructions are not counted: neither perf nor Valgrind can do it here.")
    return None


def _count(tool: str, kinds: Sequence[str]) -> int | None:
    """Return the instructions of a process that makes these fills, or None if they aren't known."""
    with tempfile.TemporaryDirectory() as folder:
        said = Path(folder) / "log"
        command = [tool, *(word.replace(_LOG, str(said)) for word in _TOOLS[tool])]
        command += [sys.executable, "-m", __name__, *kinds]
        # nothing that differs from one process to the next, such as threads that wait in a loop
        alike = {"PYTHONHASHSEED": "0", "FANIN_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        ran = subprocess.run(command, env={**os.environ, **alike}, capture_output=True)
        return read(said.read_text()) if ran.returncode == 0 else None


def read(log: str) -> int | None:
    """Return the number of instructions in what one of the tools wrote, None if it has none."""
    found = re.search(r"^(\d+),.*instructions|Collected : (\d+)$", log, re.MULTILINE)
    return int(found[1] or found[2]) if found else None


if __name__ == "__main__":
    for kind in sys.argv[1:]:
        make_fanin(Fill(kind, DTYPE, _COUNT, 1)).run()
