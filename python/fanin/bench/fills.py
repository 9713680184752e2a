"""Random numbers into arrays: every library's own way, in every kind, type and size.

Whoever can fill an existing array fills memory that NumPy allocated, so that all have the same
pages (NumPy asks for huge ones). TensorFlow, JAX and mkl_random can only make new arrays.
Fanin's numbers must be TensorFlow's, bit for bit, and the same for every number of threads; all
others are checked by range, mean and variance.
"""

import hashlib
import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import initializers
from . import machine
from .rounds import Effort, Job, alternate, repeats, seconds, summary
from .workers import Contender, Log, Worker, WorkerError, drop, workers

KINDS = ("uniform", "normal", "truncated normal", "constant")
SEED = 1
CONSTANT = 0.5
BAR = 2**24  # numbers: the size and,
DTYPE = "float32"  # the type that the bar is set for

_Array = npt.NDArray[Any]
_SIGMAS = 6  # standard errors that a moment may be off
_CHUNK = 2**20  # numbers that are checked at once
_FREE = 0.8  # of the free memory may be used

# mean, variance, fourth central moment and bounds of each kind
_DENSITY = math.exp(-2) / math.sqrt(2 * math.pi) / math.erf(math.sqrt(2))
_MOMENTS = {
    "uniform": (0.5, 1 / 12, 1 / 80, 0.0, 1.0),
    "normal": (0.0, 1.0, 3.0, -math.inf, math.inf),
    "truncated normal": (0.0, 1 - 4 * _DENSITY, 3 - 28 * _DENSITY, -2.0, 2.0),
    "constant": (CONSTANT, 0.0, 0.0, CONSTANT, CONSTANT),
}


@dataclass(frozen=True)
class Fill:
    """What is filled, by how many threads."""

    kind: str
    dtype: str
    count: int
    threads: int

    def __str__(self) -> str:
        """Return it in words."""
        return f"{self.kind}, {self.dtype}, {size(self.count)}, threads: {self.threads}"


@dataclass(frozen=True)
class Answer:
    """What is checked of the numbers."""

    dtype: str
    low: float
    high: float
    mean: float
    #: mean square distance from the mean that the kind must have
    variance: float
    #: a hash of the bytes
    digest: str


def size(count: int) -> str:
    """Return a power of two as 1 Ki or 16 Mi."""
    return f"{count >> 20} Mi" if count >= 2**20 else f"{count >> 10} Ki"


# The makers run in the workers. Each returns None for what its library has not got.


def _fanin_initializer(kind: str) -> Any:
    return {
        "uniform": initializers.RandomUniform(0.0, 1.0, seed=SEED),
        "normal": initializers.RandomNormal(0.0, 1.0, seed=SEED),
        "truncated normal": initializers.TruncatedNormal(0.0, 1.0, seed=SEED),
        "constant": initializers.Constant(CONSTANT),
    }[kind]


def _in_place(out: _Array, run: Callable[[], Any]) -> Job:
    return Job(run, lambda _: out)


def make_fanin(fill: Fill) -> Job:
    """Fill an array again and again."""
    initializer, out = _fanin_initializer(fill.kind), np.empty(fill.count, _numpy_dtype(fill.dtype))
    return _in_place(out, lambda: initializer.fill(out))


def make_fanin_new(fill: Fill) -> Job:
    """Make a new array each time."""
    initializer = _fanin_initializer(fill.kind)
    return Job(lambda: initializer((fill.count,), fill.dtype), np.asarray)


def make_memory(fill: Fill) -> Job:
    """Store one number everywhere: the speed of memory, with one thread."""
    out = np.empty(fill.count, _numpy_dtype(fill.dtype))
    return _in_place(out, lambda: out.fill(CONSTANT))


def make_pcg64(fill: Fill) -> Job | None:
    """Fill with NumPy's default generator."""
    return _numpy(fill, np.random.PCG64(SEED))


def make_sfc64(fill: Fill) -> Job | None:
    """Fill with the fastest of NumPy's generators, for normals."""
    return _numpy(fill, np.random.SFC64(SEED))


def _numpy(fill: Fill, bits: np.random.BitGenerator) -> Job | None:
    generator = np.random.Generator(bits)
    if fill.dtype not in ("float32", "float64"):
        return None
    dtype: Any = np.dtype(fill.dtype)
    out = np.empty(fill.count, dtype)
    if fill.kind == "uniform":
        return _in_place(out, lambda: generator.random(out=out, dtype=dtype))
    if fill.kind == "normal":
        return _in_place(out, lambda: generator.standard_normal(out=out, dtype=dtype))
    return None


def make_mkl_random(fill: Fill) -> Job | None:
    """Make float64 numbers, the only ones it has, with its fastest Mersenne Twister."""
    if fill.dtype not in ("float32", "float64"):
        return None
    state = import_module("mkl_random").MKLRandomState(SEED, brng="SFMT19937")
    if fill.kind == "uniform":
        return Job(lambda: state.random_sample(fill.count), np.asarray)
    if fill.kind == "normal":
        return Job(lambda: state.standard_normal(fill.count), np.asarray)
    return None


def make_torch(fill: Fill) -> Job:
    """Fill in place."""
    torch: Any = import_module("torch")
    generator = torch.Generator().manual_seed(SEED)
    dtype = _numpy_dtype(fill.dtype)
    out = np.empty(fill.count, dtype)
    # torch does not know NumPy's bfloat16, but its bytes
    words = out.view(f"i{dtype.itemsize}")
    tensor = torch.from_numpy(words).view(getattr(torch, fill.dtype))
    fills: dict[str, Callable[[], Any]] = {
        "uniform": lambda: tensor.uniform_(0, 1, generator=generator),
        "normal": lambda: tensor.normal_(0, 1, generator=generator),
        "truncated normal": lambda: torch.nn.init.trunc_normal_(
            tensor, 0.0, 1.0, -2.0, 2.0, generator=generator
        ),
        "constant": lambda: tensor.fill_(CONSTANT),
    }
    return _in_place(out, fills[fill.kind])


def make_jax(fill: Fill) -> Job:
    """Make a new array with the compiled default generator, threefry."""
    jax: Any = import_module("jax")
    jax.config.update("jax_enable_x64", fill.dtype == "float64")
    shape, dtype, random = (fill.count,), fill.dtype, jax.random
    draw: Callable[[Any], Any] = {
        "uniform": lambda key: random.uniform(key, shape, dtype),
        "normal": lambda key: random.normal(key, shape, dtype),
        "truncated normal": lambda key: random.truncated_normal(key, -2.0, 2.0, shape, dtype),
        "constant": lambda value: jax.numpy.full(shape, value, dtype),
    }[fill.kind]
    compiled = jax.jit(draw)
    argument = CONSTANT if fill.kind == "constant" else random.key(SEED)
    return Job(lambda: compiled(argument).block_until_ready(), np.asarray)


def make_tensorflow(fill: Fill) -> Job:
    """Make a new tensor with the operation that Keras's initializers call."""
    tensorflow: Any = import_module("tensorflow")
    random, dtype, shape = tensorflow.random, tensorflow.as_dtype(fill.dtype), (fill.count,)
    seed = tensorflow.constant((SEED, 0))  # as Keras makes it of an integer
    value = tensorflow.constant(CONSTANT, dtype)
    draw: Callable[[], Any] = {
        "uniform": lambda: random.stateless_uniform(shape, seed, 0, 1, dtype),
        "normal": lambda: random.stateless_normal(shape, seed, 0, 1, dtype),
        "truncated normal": lambda: random.stateless_truncated_normal(shape, seed, 0, 1, dtype),
        "constant": lambda: tensorflow.fill(shape, value),
    }[fill.kind]
    # numpy() waits for the result and copies nothing
    return Job(lambda: draw().numpy(), np.asarray)


_WIDE = "mkl_random (float64)"  # also where the others make another type
_MEMORY = "ndarray.fill"  # a constant, whatever the others make
CONTENDERS = (
    Contender("Fanin", "fanin", make_fanin),
    Contender("Fanin, new array", "fanin", make_fanin_new),
    Contender("NumPy PCG64", "numpy", make_pcg64),
    Contender("NumPy SFC64", "numpy", make_sfc64),
    Contender("PyTorch", "torch", make_torch),
    Contender("JAX", "jax", make_jax),
    Contender("TensorFlow", "tensorflow", make_tensorflow),
    Contender(_WIDE, "mkl_random", make_mkl_random),
    Contender(_MEMORY, "numpy", make_memory),
)
_BITS = ("Fanin", "Fanin, new array", "TensorFlow")  # these must agree


def _numpy_dtype(name: str) -> np.dtype[Any]:
    return np.dtype(import_module("ml_dtypes").bfloat16 if name == "bfloat16" else name)


def answer(job: Job, kind: str, digest: bool) -> Answer:
    """Do the work once and describe what came of it; in the worker."""
    values = job.values(job.run())
    mean = _MOMENTS[kind][0]
    hashed = hashlib.sha256()
    lows, highs, sums, squares = [], [], [], []
    wide = np.empty(min(_CHUNK, values.size))
    for start in range(0, values.size, _CHUNK):
        chunk = values[start : start + _CHUNK]
        part = wide[: chunk.size]
        part[:] = chunk
        lows.append(float(part.min()))
        highs.append(float(part.max()))
        part -= mean
        sums.append(float(part.sum()))
        squares.append(float(part @ part))
        if digest:
            hashed.update(chunk.tobytes())
    return Answer(
        dtype=values.dtype.name,
        low=min(lows),
        high=max(highs),
        mean=mean + math.fsum(sums) / values.size,
        variance=math.fsum(squares) / values.size,
        digest=hashed.hexdigest() if digest else "",
    )


def problem(fill: Fill, found: Answer) -> str | None:
    """Return what is wrong with the numbers that should be such a fill, or None."""
    mean, variance, fourth, low, high = _MOMENTS[fill.kind]
    if found.dtype != fill.dtype:
        return f"is {found.dtype}"
    if not low <= found.low <= found.high <= high:
        return f"reaches from {found.low:g} to {found.high:g}"
    # a type of few digits rounds or truncates to its grid, which may shift a moment by a step
    step = 2.0 ** -{"float16": 10, "bfloat16": 7}.get(found.dtype, 23)
    for name, value, right, square in (
        ("mean", found.mean, mean, variance),
        ("variance", found.variance, variance, fourth - variance**2),
    ):
        # not `>`: that would let a NaN pass
        if not abs(value - right) <= _SIGMAS * math.sqrt(square / fill.count) + step:
            return f"has {name} {value:.6g} instead of {right:.6g}"
    return None


def plan(exponents: Sequence[int], threads: Sequence[int], typed: int) -> list[Fill]:
    """Return all fills: those of the bar, other sizes, other types, other numbers of threads.

    Sizes and types are for the largest number of threads, types for ``2 ** typed`` numbers.
    """
    most = max(threads)
    counts = sorted((2**e for e in exponents), key=lambda count: (count != BAR, count))
    dtypes = ["float64", "float16", *(["bfloat16"] if find_spec("ml_dtypes") else [])]
    growing = min(BAR, max(counts))
    return [
        *(Fill(kind, DTYPE, count, most) for count in counts for kind in KINDS),
        *(Fill(kind, dtype, 2**typed, most) for dtype in dtypes for kind in KINDS),
        *(Fill(k, DTYPE, growing, n) for n in sorted(threads)[:-1] for k in KINDS),
    ]


class Fills:
    """Measures fills one after another.

    Parameters
    ----------
    effort, bar_effort : Effort
        For most fills, and for those of the bar's size.
    patience : float
        Seconds that a contender's fill may take; a slower one has no part in a size.
    log : Log
    """

    def __init__(self, effort: Effort, bar_effort: Effort, patience: float, log: Log) -> None:
        self._effort = effort
        self._bar_effort = bar_effort
        self._patience = patience
        self._log = log
        #: of each fill without its threads: the bytes must not depend on them
        self._digests: dict[tuple[str, str, int], str] = {}
        #: seconds a number when last measured
        self._paces: dict[tuple[str, str, str, int], float] = {}

    def measure(self, fills: Sequence[Fill]) -> Iterator[dict[str, Any] | None]:
        """Yield the times of each fill, or None where it does not fit into memory."""
        for threads, group in itertools.groupby(fills, key=lambda fill: fill.threads):
            with workers(CONTENDERS, threads, self._log) as started:
                for fill in group:
                    self._log.tick(str(fill))
                    yield self._measure(fill, started)

    def _measure(self, fill: Fill, started: Mapping[Contender, Worker]) -> dict[str, Any] | None:
        drop(started)
        needed = fill.count * _numpy_dtype(fill.dtype).itemsize * (len(started) + 1)
        free = machine.available_memory()
        if needed > _FREE * free:
            self._log.note(
                f"{fill} is not measured: all contenders together need {needed / 2**30:.1f} GiB, "
                f"{free / 2**30:.1f} GiB are free."
            )
            return None
        turns: dict[str, Callable[[], float]] = {}
        checked: dict[str, str] = {}
        for contender, worker in started.items():
            try:
                once = self._prepare(fill, contender, worker, checked)
            except WorkerError as error:
                self._log.note(f"{contender.name} failed at {fill}: {error}")
                continue
            if once is not None:
                turns[contender.name] = partial(worker.ask, seconds, repeats(once))
        try:
            times = alternate(turns, self._bar_effort if fill.count == BAR else self._effort)
        except WorkerError as error:
            self._log.note(f"{fill} is not measured, a contender failed: {error}")
            return None
        return {
            **asdict(fill),
            "checked": checked,
            "seconds": {name: summary(each) for name, each in times.items()},
        }

    def _prepare(
        self, fill: Fill, contender: Contender, worker: Worker, checked: dict[str, str]
    ) -> float | None:
        """Check a contender's answer; return how long it took, or None if it has no part in this.

        What was checked goes to `checked`.
        """
        name = contender.name
        pace = (name, fill.kind, fill.dtype, fill.threads)
        if self._too_slow(name, fill, fill.count * self._paces.get(pace, 0.0)):
            return None
        if not worker.make(contender.make, fill):
            return None
        right = fill
        if name == _MEMORY:
            right = replace(fill, kind="constant")
        elif name == _WIDE:
            right = replace(fill, dtype="float64")
        bits = name in _BITS
        found = worker.ask(answer, right.kind, bits)
        wrong = problem(right, found)
        if wrong:
            self._log.refuse(name, str(fill), wrong)
            return None
        if bits:
            first = self._digests.setdefault((fill.kind, fill.dtype, fill.count), found.digest)
            if found.digest != first:
                self._log.refuse("Fanin", str(fill), f"the bits of {name} are others")
                return None
        checked[name] = "every bit, range, mean, variance" if bits else "range, mean, variance"
        once = float(worker.ask(seconds, 1))
        self._paces[pace] = once / fill.count
        return None if self._too_slow(name, fill, once) else once

    def _too_slow(self, name: str, fill: Fill, taken: float) -> bool:
        if taken <= self._patience:
            return False
        self._log.note(f"{name} has no part in {fill}: it takes {taken:.0f} s a fill.")
        return True
