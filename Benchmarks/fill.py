"""Time to fill an array with random float32: Fanin against NumPy, PyTorch, JAX and Keras.

Every rival that is installed runs in this one process, in an order that changes each round, and
makes standard uniform, normal and truncated normal (|z| < 2) numbers. Where Keras is there, Fanin's
numbers must equal Keras's bit for bit; all others are checked by range, mean and variance. Prints
a table of median times divided by Fanin's and writes every single time to results/.

    python Benchmarks/fill.py [--cpus N] [--rounds N] [--largest EXPONENT]
"""

import argparse
import json
import math
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

KINDS = ("uniform", "normal", "truncated normal")
EXPONENTS = (10, 14, 18, 22, 24, 26)
SEED = 1
SHORTEST = 0.02  # seconds; quicker fills are repeated within a measurement

# mean, variance, fourth central moment and bounds of each kind
_DENSITY = math.exp(-2) / math.sqrt(2 * math.pi) / math.erf(math.sqrt(2))
TRUNCATED_VARIANCE = 1 - 4 * _DENSITY
TRUNCATED_FOURTH = 3 - 28 * _DENSITY
MOMENTS = {
    "uniform": (0.5, 1 / 12, 1 / 80, 0.0, 1.0),
    "normal": (0.0, 1.0, 3.0, -math.inf, math.inf),
    "truncated normal": (0.0, TRUNCATED_VARIANCE, TRUNCATED_FOURTH, -2.0, 2.0),
}

Fill = Callable[[], object]


def main() -> None:
    """Measure, check, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cpus", type=int, help="use only so many processors")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--largest", type=int, default=26, help="at most 2 ** this numbers")
    options = parser.parse_args()
    if options.cpus:  # before anything counts the processors
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.cpus])
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    load = os.getloadavg()[0]  # of others: well below 1 if the times are to be trusted

    cells = []
    for exponent in EXPONENTS:
        if exponent > options.largest:
            break
        for kind in KINDS:
            cells.append(measure(kind, 2**exponent, options.rounds))
            print(f"2**{exponent} {kind}: {cells[-1]['checked']}", file=sys.stderr)
    cpus = len(os.sched_getaffinity(0))
    table = markdown(cells)
    print(table)
    results = Path(__file__).parent / "results"
    results.mkdir(exist_ok=True)
    machine = {
        "processor": processor(),
        "cpus": cpus,
        "load_before": load,
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": {p: version(p) for p in ("numpy", *RIVALS, "keras") if find_spec(p)},
    }
    name = f"fill-{cpus}cpu"
    (results / f"{name}.json").write_text(
        json.dumps({"machine": machine, "seconds": cells}, indent=1) + "\n"
    )
    (results / f"{name}.md").write_text(f"{describe(machine)}\n\n{table}\n")


def measure(kind: str, count: int, rounds: int) -> dict[str, object]:
    """Return the times of all contenders for one kind and size, in seconds a fill."""
    contenders = {"Fanin fill": fanin_fill, "Fanin new": fanin_new, "NumPy": numpy_fill}
    contenders |= {name: make for module, (name, make) in RIVALS.items() if find_spec(module)}
    fills: dict[str, tuple[Fill, int]] = {}
    reference = None
    checked = "moments"
    for name, make in contenders.items():
        fill = make(kind, count)
        if fill is None:
            continue
        made = as_numpy(fill())
        check(name, kind, made)
        if name == "Fanin fill":
            reference = made.copy()
        elif name in ("Fanin new", "Keras (TensorFlow)"):
            if made.tobytes() != reference.tobytes():
                raise SystemExit(f"{name} and Fanin differ: {kind}, {count} numbers")
            if name != "Fanin new":
                checked = "bit-equal to Keras, moments"
        del made
        start = time.perf_counter()
        fill()
        once = time.perf_counter() - start
        fills[name] = (fill, max(1, math.ceil(SHORTEST / once)))
    times: dict[str, list[float]] = {name: [] for name in fills}
    order = list(fills)
    for turn in range(rounds):
        # every contender is first once in a while, and the direction alternates
        turned = order[turn % len(order) :] + order[: turn % len(order)]
        for name in turned if turn % 2 == 0 else reversed(turned):
            fill, repeats = fills[name]
            start = time.perf_counter()
            for _ in range(repeats):
                fill()
            times[name].append((time.perf_counter() - start) / repeats)
    return {"kind": kind, "count": count, "checked": checked, "times": times}


def as_numpy(values: object):
    """Return the numbers of any library's array."""
    import numpy as np

    return np.asarray(values)


def check(name: str, kind: str, values) -> None:
    """Stop unless range, mean and variance are what they must be, within six standard errors."""
    mean, variance, fourth, low, high = MOMENTS[kind]
    count = values.size
    wide = values.astype("float64")
    off_mean = abs(wide.mean() - mean) / math.sqrt(variance / count)
    off_variance = abs(((wide - mean) ** 2).mean() - variance)
    off_variance /= math.sqrt((fourth - variance**2) / count)
    if values.dtype != "float32" or not (low <= wide.min() and wide.max() <= high):
        raise SystemExit(f"{name}: {kind} leaves its range")
    if max(off_mean, off_variance) > 6:
        raise SystemExit(f"{name}: {kind} is off by {max(off_mean, off_variance):.1f} sigma")


def fanin_initializer(kind: str):
    """Return the initializer of one kind."""
    from fanin import initializers

    return {
        "uniform": initializers.RandomUniform(0.0, 1.0, seed=SEED),
        "normal": initializers.RandomNormal(0.0, 1.0, seed=SEED),
        "truncated normal": initializers.TruncatedNormal(0.0, 1.0, seed=SEED),
    }[kind]


def fanin_fill(kind: str, count: int) -> Fill:
    """Fill one array again and again."""
    import numpy as np

    initializer, out = fanin_initializer(kind), np.empty(count, np.float32)
    return lambda: initializer.fill(out)


def fanin_new(kind: str, count: int) -> Fill:
    """Return a new array each time, as Keras and JAX must."""
    initializer = fanin_initializer(kind)
    return lambda: initializer((count,))


def numpy_fill(kind: str, count: int) -> Fill | None:
    """NumPy's default generator, out=; it has no truncated normal."""
    import numpy as np

    generator, out = np.random.default_rng(SEED), np.empty(count, np.float32)
    return {
        "uniform": lambda: generator.random(out=out, dtype=np.float32),
        "normal": lambda: generator.standard_normal(out=out, dtype=np.float32),
    }.get(kind)


def torch_fill(kind: str, count: int) -> Fill:
    """PyTorch, in place."""
    import torch

    generator, out = torch.Generator().manual_seed(SEED), torch.empty(count)
    return {
        "uniform": lambda: out.uniform_(0, 1, generator=generator),
        "normal": lambda: out.normal_(0, 1, generator=generator),
        "truncated normal": lambda: torch.nn.init.trunc_normal_(
            out, 0.0, 1.0, -2.0, 2.0, generator=generator
        ),
    }[kind]


def jax_fill(kind: str, count: int) -> Fill:
    """JAX, compiled; threefry, its default generator."""
    import jax

    draw = {
        "uniform": lambda key: jax.random.uniform(key, (count,)),
        "normal": lambda key: jax.random.normal(key, (count,)),
        "truncated normal": lambda key: jax.random.truncated_normal(key, -2.0, 2.0, (count,)),
    }[kind]
    compiled, key = jax.jit(draw), jax.random.key(SEED)
    return lambda: compiled(key).block_until_ready()


def keras_fill(kind: str, count: int) -> Fill:
    """Keras's initializers on TensorFlow; numpy() waits for the result and copies nothing."""
    os.environ["KERAS_BACKEND"] = "tensorflow"
    from keras import initializers

    initializer = {
        "uniform": initializers.RandomUniform(0.0, 1.0, seed=SEED),
        "normal": initializers.RandomNormal(0.0, 1.0, seed=SEED),
        "truncated normal": initializers.TruncatedNormal(0.0, 1.0, seed=SEED),
    }[kind]
    return lambda: initializer((count,)).numpy()


RIVALS = {
    "torch": ("PyTorch", torch_fill),
    "jax": ("JAX", jax_fill),
    "tensorflow": ("Keras (TensorFlow)", keras_fill),
}


def markdown(cells: list[dict]) -> str:
    """Return the table: Fanin's own speed, then the others' median times over Fanin's."""
    names = list(dict.fromkeys(name for cell in cells for name in cell["times"]))[1:]
    heading = ["numbers", "kind", "Fanin fill", *names]
    rows = [heading, ["---:", "---", *["---:"] * (len(heading) - 2)]]
    for cell in cells:
        medians = {name: statistics.median(times) for name, times in cell["times"].items()}
        own = medians["Fanin fill"]
        ratios = [f"{medians[n] / own:.2f} ×" if n in medians else "none" for n in names]
        power = f"2^{cell['count'].bit_length() - 1}"
        rows.append([power, cell["kind"], f"{own / cell['count'] * 1e9:.2f} ns/number", *ratios])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def processor() -> str:
    """Return the processor's name where Linux tells it."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor()
    return next((s.split(": ")[1] for s in text.splitlines() if "model name" in s), "unknown")


def describe(machine: dict) -> str:
    """Return the sentence above the table."""
    packages = ", ".join(f"{name} {number}" for name, number in machine["packages"].items())
    return (
        "Median times of standard float32 numbers, divided by those of Fanin's `fill(out)`. "
        f"{machine['processor']}, {machine['cpus']} processors, "
        f"load before {machine['load_before']:.1f}, Python {machine['python']}, {packages}."
    )


if __name__ == "__main__":
    main()
