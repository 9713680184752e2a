"""Calls the C interface with nonsense: run by test_native_fuzz.py, in a process that may die.

    python fuzz_native.py SEED CALLS

What passes the checks must be harmless: arrays with elements lie inside of one large buffer.
"""

import random
import sys
from collections import Counter
from ctypes import byref, c_double, c_int64, c_void_p

import numpy as np

from fanin import _native

SMALL = [1, 2, 3, 4, 5]
# Nothing between: it would take gigabytes.
REFUSED = [0, -1, 2**31, 2**58, 2**59, 2**62, 2**63 - 1, -(2**63)]
SIZES = SMALL + REFUSED
NUMBERS = [0.5, 1.0, 2.0, 0.0, -1.0, 1e-300, 1e39, 1e300, float("nan"), float("inf"), -float("inf")]
CODES = [0, 1, 2, 0, 1, 2, 3, 4, -1, 2**31 - 1]
RANKS = [0, 1, 2, 3, 3, 4, 64, 65, -1, -(2**31)]

pick = random.Random(int(sys.argv[1]))
memory = np.zeros(2**16)
outcomes = Counter()


def vector(values):
    return (c_int64 * max(1, len(values)))(*values)


def any_array():
    """A view of at most 1024 elements, or one that has none, or one that must be refused."""
    rank = pick.choice(RANKS)
    axes = min(max(rank, 0), 64)
    kind = pick.randrange(3)
    if kind == 0:
        shape = [pick.choice([1, 2, 3, 4]) if axis < 5 else 1 for axis in range(axes)]
        strides = [8 * pick.choice([-1, 0, 1, 2, 3]) for _ in range(axes)]
    elif kind == 1:
        shape = [0, *(pick.choice(SIZES) for _ in range(axes - 1))][:axes]
        strides = [pick.choice(SIZES) for _ in range(axes)]
    else:
        shape = [pick.choice([2**59, 2**62, 2**63 - 1, -5]) for _ in range(axes)]
        strides = [8] * axes
    address = memory.ctypes.data + 8 * 30000
    address = pick.choice([address] * 8 + [address + 3, None])
    vectors = [vector(values) if pick.random() > 0.03 else None for values in (shape, strides)]
    return _native.Array(address, *vectors, rank, pick.choice(CODES))


def any_axes():
    count = pick.choice([0, 1, 2, -1, 65])
    axes = [
        pick.choice([0, 1, -1, 2, -3, 2**63 - 1, -(2**63)]) for _ in range(min(max(count, 0), 64))
    ]
    return vector(axes), count


def any_scaling():
    rank = pick.choice(RANKS)
    scaling = _native.Scaling(
        pick.choice(NUMBERS), pick.choice(CODES), pick.choice(CODES), rank=rank
    )
    sizes = pick.choice([SMALL, SIZES])
    scaling.shape = vector([pick.choice(sizes) for _ in range(min(max(rank, 0), 64))])
    if pick.random() < 0.5:
        scaling.input_axes, scaling.input_axis_count = any_axes()
        scaling.output_axes, scaling.output_axis_count = any_axes()
    return scaling


def call(name, *arguments):
    try:
        _native.call(name, *arguments)
    except (ValueError, TypeError, MemoryError, RuntimeError) as error:
        assert str(error), name
        outcomes[name, type(error).__name__] += 1
    else:
        outcomes[name, "ok"] += 1


def fill():
    seed = _native.Seed(pick.choice(SIZES), pick.choice(SIZES))
    first = pick.choice([0, 1, 5, 2**58 - 3, 2**58, 2**63, 2**64 - 1])
    one, two = pick.choice(NUMBERS), pick.choice(NUMBERS)
    out = byref(any_array())
    name = pick.choice(["uniform", "normal", "truncated_normal", "scaling", "orthogonal", "stft"])
    if name == "scaling":
        call("fill_variance_scaling", out, seed, first, byref(any_scaling()))
    elif name == "orthogonal":
        call("fill_orthogonal", out, seed, one)
    elif name == "stft":
        call("fill_stft", out, pick.choice(CODES), None, one)
    else:
        call(f"fill_{name}", out, seed, first, one, two)


def fans():
    call("compute_fans", byref(any_scaling()), byref(c_double()), byref(c_double()))


def shuffle():
    count = pick.choice([0, 1, 5, 1000, -1, -(2**63)])
    seed, op, batch = (pick.choice(SIZES) for _ in range(3))
    call("shuffle", seed, op, count, batch, memory.ctypes.data)


def create():
    dense = [
        _native.Dense(pick.choice(SIZES), pick.choice(CODES), pick.choice([0, 1, 2]))
        for _ in range(3)
    ]
    layers = (_native.Dense * 3)(*dense)
    handle = c_void_p()
    inputs, count = pick.choice(SIZES), pick.choice([0, 1, 2, 3, -1, -(2**63)])
    call("network_create", pick.choice(CODES), inputs, layers, count, byref(handle))
    _native.function("network_destroy")(handle)


def train():
    handle = c_void_p()
    dense = [_native.Dense(units, pick.randrange(5), pick.randrange(2)) for units in (3, 4)]
    _native.call("network_create", 1, 5, (_native.Dense * 2)(*dense), 2, byref(handle))
    sensible = (pick.choice([0.1, 1e30]), pick.choice([0, 0.5]), 0.9, 0.99, 0.9, 1e-7, 0.1)
    numbers = sensible if pick.random() < 0.8 else [pick.choice(NUMBERS) for _ in range(7)]
    optimizer = _native.Optimizer(pick.choice([0, 1, 2, 3, 4]), pick.choice([0, 1, 2]), *numbers)
    loss = _native.Loss(pick.choice([0, 1, 2, 3]), pick.choice([0, 1]), pick.choice([0, 0.3, 2]))
    metrics = (_native.Metric * 2)(*(_native.Metric(pick.randrange(4), 0, 0.5) for _ in range(2)))
    call("network_compile", handle, byref(optimizer), byref(loss), metrics, pick.randrange(3))

    x = np.ones((7, 5)) * pick.choice([1, 1e300])
    labels = np.array([0, 1, 2, 3, 3, 3, pick.choice([0, 0, 0, 4, -1, 2**62])])
    targets, order = np.ones((7, 4)), np.arange(7)[::-1].copy()
    order[3] = pick.choice([3, 3, 3, 7, -1, 2**62])
    addresses = [
        a.ctypes.data if pick.random() > 0.1 else None for a in (x, labels, targets, order)
    ]
    rows = pick.choice([0, 1, 7, 7, 7, -1])
    samples = byref(_native.Samples(*addresses, rows))
    batch, budget = pick.choice([1, 2, 7, 100, *SIZES]), pick.choice([0, 10**9, *SIZES])
    step, sums = byref(c_int64(pick.choice([0, 0, *SIZES]))), np.zeros(3).ctypes.data
    name = pick.choice(["network_train", "network_evaluate"])
    call(name, handle, samples, batch, budget, step, sums)
    out = np.zeros((7, 4))
    call("network_predict", handle, addresses[0], rows, batch, budget, step, out.ctypes.data)
    call("network_set_learning_rate", handle, pick.choice(NUMBERS))
    call("network_reset_optimizer", handle)
    _native.function("network_destroy")(handle)


for _ in range(int(sys.argv[2])):
    pick.choice([fill, fill, fill, fill, fans, shuffle, create, train])()
for (name, outcome), count in sorted(outcomes.items()):
    print(name, outcome, count)
