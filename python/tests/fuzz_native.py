"""Calls the C interface with nonsense: run by test_native_fuzz.py, in a process that may die.

    python fuzz_native.py SEED CALLS

What passes the checks must be harmless: arrays with elements lie inside of one large buffer.
"""

import random
import sys
from collections import Counter
from ctypes import byref, c_double, c_int32, c_int64, c_void_p

import numpy as np

import fanin
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
    except (ValueError, TypeError, MemoryError, RuntimeError, NotImplementedError) as error:
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


def describe(kind, activation, flags, axes, units, input_dim, constants):
    numbers = (c_double * 4)(*constants)
    return _native.Layer(
        kind, activation, flags, len(axes), vector(axes), units, input_dim, 1, numbers
    )


def any_layer():
    sensible = pick.random() < 0.7
    return describe(
        pick.randrange(16) if sensible else pick.choice([16, -1, 2**31 - 1]),
        pick.randrange(33) if sensible else pick.choice(CODES),
        pick.choice([0, 1, 2, 3, 3, 4, -1]),
        [pick.choice([0, 0, 1, 2, 3, -1, 2**62]) for _ in range(pick.choice([0, 0, 1, 1, 2, 3]))],
        pick.choice(SMALL if sensible else SIZES),
        pick.choice(SMALL if sensible else SIZES),
        [pick.choice([0.5, 0.1] if sensible else NUMBERS) for _ in range(4)],
    )


def create():
    layers = (_native.Layer * 3)(*(any_layer() for _ in range(3)))
    handle = c_void_p()
    sizes = pick.choice([SMALL, SMALL, SIZES])
    shape, rank = [pick.choice(sizes) for _ in range(3)], pick.choice([1, 1, 2, 3, 0, -1, 65])
    count = pick.choice([1, 1, 2, 3, 0, -1, -(2**63)])
    shape, dtype = vector(shape + [1] * 62), pick.choice([0, 0, 1, *CODES])
    call("network_create", dtype, shape, rank, layers, count, byref(handle))
    if handle:
        explore(handle)
    _native.function("network_destroy")(handle)


def explore(handle):
    """What a network tells of itself."""
    layer, index = pick.choice([0, 0, 1, 2, *SIZES]), pick.choice([0, 0, 1, 2, *SIZES])
    address, count = c_void_p(), c_int64()
    call("network_parameter", handle, layer, index, byref(address), byref(count))
    call("network_state", handle, layer, byref(address))
    call("network_set_trainable", handle, layer, pick.choice([0, 1, 2]))
    call("network_slot", handle, layer, index, pick.choice([0, 1, *SIZES]), byref(address))
    call("network_set_iterations", handle, pick.choice(SIZES))


#: Layers that leave a sample of three values its shape.
MIDDLE = [
    describe(0, 4, 1, [], 3, 0, []),
    describe(1, 7, 0, [], 0, 0, []),
    describe(2, 0, 0, [1, 3, 1], 0, 0, []),
    describe(3, 0, 0, [-1, 1], 0, 0, [0.5]),
    describe(4, 0, 0, [], 0, 0, [0.5]),
    describe(5, 0, 0, [], 0, 0, [0.5]),
    describe(6, 0, 0, [], 0, 0, [0.5]),
    describe(7, 0, 3, [0], 0, 0, [0.9, 0.1]),
    describe(8, 0, 3, [0], 0, 0, [0.1]),
    describe(9, 0, 1, [0], 0, 0, [0.1]),
    describe(10, 0, 0, [0], 0, 0, []),
    describe(11, 0, 0, [], 1, 0, []),
    describe(12, 0, 0, [0], 0, 0, []),
    describe(13, 0, 0, [], 0, 0, []),
    describe(15, 0, 0, [], 0, 0, [0.1, 0.1]),
]
DESCRIPTIONS = {
    "optimizer": [
        fanin.optimizers.get(name).native()
        for name in ("sgd", "adam", "adamw", "rmsprop", "ftrl", "lion", "muon", "adafactor")
    ],
    "loss": [
        kind().native()
        for kind in (
            fanin.losses.MeanSquaredError,
            fanin.losses.Huber,
            fanin.losses.KLDivergence,
            fanin.losses.Hinge,
            fanin.losses.BinaryCrossentropy,
            fanin.losses.CategoricalCrossentropy,
            fanin.losses.SparseCategoricalCrossentropy,
        )
    ],
    "metric": [
        kind().native()
        for kind in (
            fanin.metrics.MeanSquaredError,
            fanin.metrics.SparseCategoricalAccuracy,
            fanin.metrics.AUC,
            fanin.metrics.R2Score,
            fanin.metrics.F1Score,
        )
    ],
}


def any_of(kind):
    """A copy of a good description, sometimes with one number replaced by another."""
    given = pick.choice(DESCRIPTIONS[kind])
    copy = type(given).from_buffer_copy(given)
    if pick.random() < 0.5:
        name, of = pick.choice([f for f in given._fields_ if not f[0].endswith("count")])
        if of in (c_int32, c_int64):
            setattr(copy, name, pick.choice(CODES))
        elif of is c_double:
            setattr(copy, name, pick.choice(NUMBERS))
    return copy


def judge():
    """Activations, losses and metrics of arrays of 3 x 4 x 1 values."""
    shape = pick.choice([(3, 4, 1), (3, 4, 1), (1, 4, 3), [pick.choice(REFUSED) for _ in range(3)]])
    numbers = (c_double * 3)(*(pick.choice(NUMBERS) for _ in range(3)))
    x, out, state = np.full(12, pick.choice(NUMBERS)), np.zeros(12), np.zeros(5000)
    labels, targets = np.array([0, 3, pick.choice([1, 1, 1, 4, -1, 2**62])]), np.ones(12)
    dtype, function = pick.choice([1, 1, 1, 0, 2, -1]), pick.choice([*range(30), *CODES])
    given = [a.ctypes.data if pick.random() > 0.1 else None for a in (x, labels, targets, out)]
    call("activate", dtype, function, numbers, given[0], *shape, given[3], None, None)
    loss, metric, rows = any_of("loss"), any_of("metric"), pick.choice([3, 3, 1, 0, -1])
    call("losses", dtype, byref(loss), *given[:3], rows, 4, given[3], None)
    count = c_int64()
    call("metric_state_count", byref(metric), pick.choice(SIZES), byref(count))
    given[3] = state.ctypes.data
    call("metric_add", dtype, byref(metric), *given[:3], None, rows, 4, given[3])


def watch(handle):
    """Regularizers, constraints and exemptions of a network's variables."""
    where = pick.choice([0, 1, 2, *SIZES]), pick.choice([0, 1, *SIZES])
    numbers = [pick.choice([0.5, *NUMBERS]) for _ in range(3)]
    regularizer = _native.Regularizer(
        pick.choice([0, 1, 2]), pick.choice([0, 1, 2]), (c_double * 2)(*numbers[:2])
    )
    call("network_regularize", handle, *where, byref(regularizer))
    axes = [pick.choice([0, 1, -1, 2, 2**62]) for _ in range(pick.choice([0, 1, 1, 2]))]
    count = pick.choice([len(axes), len(axes), -1, 65])
    constraint = _native.Constraint(
        pick.choice([0, 1, 2, 3]), count, vector(axes), (c_double * 3)(*numbers)
    )
    call("network_constrain", handle, *where, byref(constraint))
    call("network_exempt", handle, *where, pick.choice([0, 1, 2, 3, 4, -1]))
    call("network_scale_rate", handle, *where, pick.choice(NUMBERS))


def train():
    handle = c_void_p()
    layers = [describe(0, 3, 1, [], 3, 0, []), pick.choice(MIDDLE), describe(0, 0, 1, [], 4, 0, [])]
    if layers[1].kind == 2:
        layers.append(describe(2, 0, 0, [12], 0, 0, []))
        layers.append(describe(0, 0, 1, [], 4, 0, []))
    native = (_native.Layer * len(layers))(*layers)
    _native.call("network_create", 1, vector([5]), 1, native, len(layers), byref(handle))
    watch(handle)
    metrics = (_native.Metric * 2)(any_of("metric"), any_of("metric"))
    optimizer, loss = any_of("optimizer"), any_of("loss")
    call(
        "network_compile",
        handle,
        byref(optimizer),
        byref(loss),
        metrics,
        pick.choice([0, 1, 2, -1]),
    )
    explore(handle)

    x = np.ones((7, 5)) * pick.choice([1, 1e300])
    labels = np.array([0, 1, 2, 3, 3, 3, pick.choice([0, 0, 0, 4, -1, 2**62])])
    targets, weights, order = np.ones((7, 4)), np.ones(7), np.arange(7)[::-1].copy()
    order[3] = pick.choice([3, 3, 3, 7, -1, 2**62])
    addresses = [
        a.ctypes.data if pick.random() > 0.1 else None for a in (x, labels, targets, weights, order)
    ]
    rows = pick.choice([0, 1, 7, 7, 7, -1])
    samples = byref(_native.Samples(*addresses, rows))
    batch, budget = pick.choice([1, 2, 7, 100, *SIZES]), pick.choice([0, 10**9, *SIZES])
    first = c_int64(pick.choice([0, 0, *SIZES]))
    sums, learning_rates = np.zeros(5000), np.full(7, 0.1)
    if pick.random() < 0.5:
        rates, given = pick.choice([None, learning_rates.ctypes.data]), sums.ctypes.data
        call("network_train", handle, samples, batch, budget, rates, byref(first), given)
    else:
        call("network_evaluate", handle, samples, batch, budget, byref(first), sums.ctypes.data)
    out, training = np.zeros((7, 4)), pick.choice([0, 0, 1, 2])
    call(
        "network_predict",
        handle,
        addresses[0],
        rows,
        batch,
        budget,
        training,
        byref(first),
        out.ctypes.data,
    )
    statistics = _native.Statistics * 5
    outputs, gradients = statistics(), statistics()
    given = pick.choice([None, byref(any_of("loss"))])
    if pick.random() < 0.9:
        samples = byref(_native.Samples(*addresses[:4], None, rows))
    call(
        "network_observe",
        handle,
        samples,
        given,
        outputs,
        gradients,
        pick.choice([len(layers)] * 3 + [-1]),
    )
    call("network_reset_optimizer", handle)
    _native.function("network_destroy")(handle)


for _ in range(int(sys.argv[2])):
    pick.choice([fill, fill, fill, fill, fans, shuffle, create, train, judge])()
for (name, outcome), count in sorted(outcomes.items()):
    print(name, outcome, count)
