"""One process per contender: libraries can't disturb each other, nor choose their own threads.

A worker keeps one job (whatever the function given to `make` returned) and applies functions to it.
Functions travel by name, so they must stand at the top of a module.
"""

import importlib.util
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, Pipe
from typing import Any

# Whatever a library starts threads with reads one of these, or the processors it may use.
_COUNTS = (
    "FANIN_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
)


class WorkerError(Exception):
    """A contender raised an exception or died."""


@dataclass(frozen=True)
class Contender:
    """A way of doing what is measured."""

    name: str
    #: the module that must be installed
    needs: str
    #: called in the worker; returns the job, or None where the contender does not do such work
    make: Callable[..., Any]


@dataclass
class Log:
    """What a run has to tell besides its times."""

    #: shows what is being measured
    tick: Callable[[str], object] = print
    #: what was left out, and why
    notes: list[str] = field(default_factory=list)
    #: contenders whose answers were wrong, in what and how; their times are not kept
    wrong: list[dict[str, str]] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Keep a note, once."""
        if text not in self.notes:
            self.notes.append(text)

    def refuse(self, contender: str, what: str, problem: str) -> None:
        """Keep that an answer was wrong."""
        self.wrong.append({"contender": contender, "what": what, "problem": problem})


class Worker:
    """A process that may use so many processors and threads."""

    def __init__(self, threads: int) -> None:
        self._connection, theirs = Pipe()
        self._errors = tempfile.TemporaryFile()
        environment = dict.fromkeys(_COUNTS, str(threads))
        # no graphics processors: they are not what is compared
        environment |= {"CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu"}
        environment |= {"TF_CPP_MIN_LOG_LEVEL": "3"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(theirs.fileno()), str(threads)],
            env={**os.environ, **environment},
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
            start_new_session=True,  # Ctrl-C is for the parent, which ends its workers
        )
        theirs.close()

    def make(self, function: Callable[..., Any], *arguments: Any) -> bool:
        """Let `function` make the job; return whether there is one."""
        return bool(self._call("make", function, arguments))

    def ask(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Return ``function(job, *arguments)``."""
        return self._call("ask", function, arguments)

    def _call(self, verb: str, function: Callable[..., Any], arguments: Sequence[Any]) -> Any:
        try:
            self._connection.send((verb, function, arguments))
            well, result = self._connection.recv()
        except (EOFError, OSError):
            code = self._process.wait()
            self._errors.seek(0)
            said = self._errors.read().decode(errors="replace").strip().splitlines()
            ended = f"ended with exit code {code}"
            raise WorkerError(": ".join([ended, *said[-1:]])) from None
        if not well:
            raise WorkerError(result)
        return result

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        self._connection.close()
        self._errors.close()


@contextmanager
def workers(
    contenders: Sequence[Contender], threads: int, log: Log
) -> Iterator[Mapping[Contender, Worker]]:
    """Start a worker for each contender that is installed; at the end, end them."""
    started: dict[Contender, Worker] = {}
    try:
        for contender in contenders:
            if importlib.util.find_spec(contender.needs) is None:
                log.note(f"{contender.needs} is not installed.")
            else:
                started[contender] = Worker(threads)
        yield started
    finally:
        for worker in started.values():
            worker.close()


def _nothing() -> None:
    """Make no job."""


def drop(started: Mapping[Contender, Worker]) -> None:
    """Let all workers forget their jobs, and so give back the memory."""
    for worker in started.values():
        worker.make(_nothing)


def _serve(connection: Connection) -> None:
    job: Any = None
    while True:
        try:
            verb, function, arguments = connection.recv()
        except EOFError:  # the parent is gone
            return
        try:
            if verb == "make":
                job = None  # its memory is free before the next one is made
                job = function(*arguments)
                result: Any = job is not None
            else:
                result = function(job, *arguments)
        except Exception as error:
            connection.send((False, f"{type(error).__name__}: {' '.join(str(error).split())}"))
        else:
            connection.send((True, result))


if __name__ == "__main__":
    if hasattr(os, "sched_setaffinity"):  # before any rival counts the processors
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(sys.argv[2])])
    _serve(Connection(int(sys.argv[1])))
