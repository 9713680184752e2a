"""What is paid however little is asked for: one small kernel, one orthogonal one, the import."""

import math
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib import import_module
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import initializers
from .rounds import Effort, Job, alternate, repeats, seconds, summary
from .workers import Contender, Log, WorkerError, workers

GLOROT = "GlorotUniform (64, 64)"
ORTHOGONAL = "Orthogonal (784, 512)"
IMPORT = "import"
CALLS = (GLOROT, ORTHOGONAL, IMPORT)

_Array = npt.NDArray[np.float32]
_SEED = 1
_SMALL = (64, 64)
_LIMIT = math.sqrt(6 / (64 + 64))
_WIDE = (784, 512)
_ORTHONORMAL = 1e-4  # what products of 784 float32 numbers may be off
_AGREEMENT = 1e-5  # of orthogonal kernels, whose last bits belong to LAPACK and Eigen


# The makers run in the workers.


def make_fanin(call: str) -> Job:
    """Return a new array, as NumPy allocates it."""
    if call == GLOROT:
        glorot = initializers.GlorotUniform(seed=_SEED)
        return Job(lambda: glorot(_SMALL), np.asarray)
    orthogonal = initializers.Orthogonal(seed=_SEED)
    return Job(lambda: orthogonal(_WIDE), np.asarray)


def make_torch(call: str) -> Job:
    """Allocate and fill, as its documentation shows."""
    torch: Any = import_module("torch")
    init, empty = torch.nn.init, torch.empty
    if call == GLOROT:
        return Job(lambda: init.xavier_uniform_(empty(*_SMALL)), lambda tensor: tensor.numpy())
    return Job(lambda: init.orthogonal_(empty(*_WIDE)), lambda tensor: tensor.numpy())


def make_keras(call: str) -> Job:
    """Call Keras's initializer of the same name, on TensorFlow."""
    keras: Any = import_module("keras")
    if call == GLOROT:
        glorot = keras.initializers.GlorotUniform(seed=_SEED)
        return Job(lambda: glorot(_SMALL), lambda tensor: tensor.numpy())
    orthogonal = keras.initializers.Orthogonal(seed=_SEED)
    return Job(lambda: orthogonal(_WIDE), lambda tensor: tensor.numpy())


CONTENDERS = (
    Contender("Fanin", "fanin", make_fanin),
    Contender("PyTorch", "torch", make_torch),
    Contender("Keras (TensorFlow)", "tensorflow", make_keras),
)


def answer(job: Job) -> _Array:
    """Return the kernel; in the worker."""
    return job.values(job.run())


def problem(call: str, kernel: _Array) -> str | None:
    """Return what is wrong with a kernel, or None."""
    wide = kernel.astype(np.float64)
    if call == GLOROT:
        if wide.shape != _SMALL or not np.abs(wide).max() <= _LIMIT:
            return f"is not (64, 64) within {_LIMIT:g}"
        # the mean square of a uniform on (-1, 1) is 1/3, its standard error sqrt(4/45 / n)
        off = abs(((wide / _LIMIT) ** 2).mean() - 1 / 3) / math.sqrt(4 / 45 / wide.size)
        return None if off <= 6 else f"has a mean square {off:.1f} standard errors off"
    if wide.shape != _WIDE:
        return "is not (784, 512)"
    off = np.abs(wide.T @ wide - np.eye(512)).max()
    return None if off <= _ORTHONORMAL else f"has columns {off:.2g} from orthonormal"


def measure(threads: int, effort: Effort, log: Log) -> Iterator[dict[str, Any]]:
    """Yield the times of each of `CALLS`."""
    with workers(CONTENDERS, threads, log) as started:
        for call, agreement in ((GLOROT, 0.0), (ORTHOGONAL, _AGREEMENT)):
            log.tick(call)
            turns: dict[str, Callable[[], float]] = {}
            own: _Array | None = None
            for contender, worker in started.items():
                name = contender.name
                try:
                    worker.make(contender.make, call)
                    kernel: _Array = worker.ask(answer)
                    once = worker.ask(seconds, 1)
                except WorkerError as error:
                    log.note(f"{name} failed at {call}: {error}")
                    continue
                wrong = problem(call, kernel)
                if wrong:
                    log.refuse(name, call, wrong)
                    continue
                if contender.make is make_fanin:
                    own = kernel
                elif contender.make is make_keras and own is not None:
                    distance = float(np.abs(kernel - own).max())
                    if distance > agreement:
                        log.refuse("Fanin", call, f"is up to {distance:.2g} from {name}")
                turns[name] = partial(worker.ask, seconds, repeats(once))
            yield _cell(call, turns, effort)
    log.tick(IMPORT)
    with TemporaryDirectory() as bytecode:
        # `import fanin` alone only names its modules
        modules = {"fanin": "fanin.initializers", "numpy": "numpy"}
        imports = {name: partial(_import, module, bytecode) for name, module in modules.items()}
        for run in imports.values():
            run()  # reads the files from the disk, and compiles them
        yield _cell(IMPORT, imports, effort)


def _cell(call: str, turns: Mapping[str, Callable[[], float]], effort: Effort) -> dict[str, Any]:
    times = alternate(turns, effort)
    return {"call": call, "seconds": {name: summary(each) for name, each in times.items()}}


def _import(module: str, bytecode: str) -> float:
    """Return how long a new Python takes to import a module whose bytecode is in a folder."""
    script = (
        "from time import perf_counter as now; start = now(); "
        f"import {module}; print(now() - start)"
    )
    environment = os.environ | {"PYTHONPYCACHEPREFIX": bytecode, "PYTHONDONTWRITEBYTECODE": ""}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, check=True, capture_output=True, text=True
    )
    return float(done.stdout)
