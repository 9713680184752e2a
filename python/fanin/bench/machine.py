"""What the times depend on: the machine, its load, and the versions of everything."""

import importlib.metadata
import os
import platform
from pathlib import Path
from typing import Any

import numpy as np

from .._config import show_config

PACKAGES = (
    "fanin",
    "numpy",
    "tensorflow",
    "keras",
    "torch",
    "jax",
    "jaxlib",
    "mkl_random",
    "scikit-learn",
)


def processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def available_memory() -> int:
    """Return the bytes that can be allocated without swapping, as far as the system tells."""
    for line in _read("/proc/meminfo").splitlines():
        if line.startswith("MemAvailable:"):
            free = int(line.split()[1]) * 1024
            limit = _read("/sys/fs/cgroup/memory.max")
            if limit.isdigit():
                used = int(_read("/sys/fs/cgroup/memory.current") or 0)
                return min(free, int(limit) - used)
            return free
    return _memory()


def describe() -> dict[str, Any]:
    """Return the machine as it is now."""
    described: dict[str, Any] = {
        "processor": _field("model name") or platform.processor() or platform.machine(),
        "flags": _field("flags") or _field("Features"),
        "cores": os.cpu_count(),
        "may_use": processors(),
        "caches": _caches(),
        "memory_bytes": _memory(),
        # "quota period" in microseconds; "max" or nothing: as much as there is
        "cgroup_cpu_quota": _read("/sys/fs/cgroup/cpu.max").strip(),
        "huge_pages": _read("/sys/kernel/mm/transparent_hugepage/enabled").strip(),
        "system": platform.platform(),
        "python": platform.python_version(),
        # of others: well below 1 if the times are to be trusted
        "load_before": os.getloadavg()[0],
    }
    if hasattr(os, "sched_getaffinity"):
        described["affinity"] = sorted(os.sched_getaffinity(0))
    # NumPy 1.24 can only print it
    numpy: Any = (
        np.show_config(mode="dicts") if np.lib.NumpyVersion(np.__version__) >= "1.25.0" else {}
    )
    described["numpy_simd"] = numpy.get("SIMD Extensions", {})
    fanin: Any = show_config(mode="dicts")
    for name in ("instruction_set", "available", "blas"):
        described[f"fanin_{name}"] = fanin[name]
    return described


def versions() -> dict[str, str]:
    """Return the version of each of `PACKAGES` that is installed."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError:
        return ""


def _field(name: str) -> str:
    for line in _read("/proc/cpuinfo").splitlines():
        if line.startswith(name):
            return line.split(":", 1)[1].strip()
    return ""


def _caches() -> list[str]:
    folders = sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*"))
    return [
        f"L{_read(f'{f}/level').strip()} {_read(f'{f}/type').strip()} {_read(f'{f}/size').strip()}"
        for f in folders
    ]


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
