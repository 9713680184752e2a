"""Ctrl-C in the middle of a fill or an observation, and fills after a fork."""

import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import fanin
from fanin import _native
from fanin.initializers import HeNormal, Orthogonal, TruncatedNormal


@pytest.fixture
def one_thread():
    before = _native.function("get_num_threads")()
    _native.call("set_num_threads", 1)
    yield
    _native.call("set_num_threads", before)


@pytest.fixture
def interrupt():
    """Send this process what Ctrl-C sends, after a while; yield the time at which it is sent."""
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    sent = time.perf_counter() + 0.1
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    yield sent
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def test_a_large_fill_is_interrupted(one_thread, interrupt):
    out = np.zeros(2**25)
    with pytest.raises(KeyboardInterrupt):
        TruncatedNormal(seed=1).fill(out)
    assert time.perf_counter() - interrupt < 1
    assert out[0] != 0
    assert out[-1] == 0  # It was not finished, nor is it being finished.
    again = TruncatedNormal(seed=1)((100,), "float64")
    np.testing.assert_array_equal(out[:100], again)


def test_a_large_decomposition_is_interrupted(interrupt):
    out = np.zeros((2500, 2500))
    with pytest.raises(KeyboardInterrupt):
        Orthogonal(seed=1).fill(out)
    assert time.perf_counter() - interrupt < 1
    assert not out.any()
    values = Orthogonal(seed=1)((30, 20), "float64")
    np.testing.assert_allclose(values.T @ values, np.eye(20), atol=1e-14)
    assert not out.any()


def test_a_long_observation_is_interrupted(request):
    model = fanin.Sequential(
        [
            fanin.layers.Dense(2048, activation="gelu", kernel_initializer=HeNormal(1)),
            fanin.layers.Dense(2048, kernel_initializer=HeNormal(2)),
        ]
    )
    x = np.ones((4096, 2048), np.float32)
    model.build((None, 2048))
    fanin.diagnose(model, x[:2])
    before = model.get_weights()[0].copy()
    interrupt = request.getfixturevalue("interrupt")
    with pytest.raises(KeyboardInterrupt):
        fanin.diagnose(model, x)
    assert time.perf_counter() - interrupt < 1
    np.testing.assert_array_equal(model.get_weights()[0], before)
    assert model.predict(x[:2], verbose=0).shape == (2, 2048)


FORKING = """
import hashlib, os, sys
import numpy as np
from fanin import _native
from fanin.initializers import HeNormal, Orthogonal

_native.call("set_num_threads", 4)
digest = lambda: hashlib.sha256(
    HeNormal(seed=1)((3000, 1000)).tobytes() + Orthogonal(seed=1)((300, 300)).tobytes()
).digest()
expected = digest()
children = []
for _ in range(3):
    child = os.fork()
    if child == 0:
        os._exit(0 if digest() == expected else 1)
    children.append(child)
statuses = [os.waitpid(child, 0)[1] for child in children]
sys.exit(0 if statuses == [0, 0, 0] and digest() == expected else f"children ended with {statuses}")
"""


def test_a_forked_child_fills():
    subprocess.run([sys.executable, "-c", FORKING], check=True, timeout=60)


def test_many_threads_fill_at_once():
    expected = [HeNormal(seed=seed)((500, 300)) for seed in range(8)]
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda n: HeNormal(seed=n % 8)((500, 300)), range(64)))
    for number, values in enumerate(results):
        np.testing.assert_array_equal(values, expected[number % 8])


def test_many_threads_share_one_initializer():
    # More shapes than what is kept of former calls, so that it is dropped while others use it.
    initializer = HeNormal(seed=3)
    tasks = [(n % 23, n // 23, dtype) for n in range(23 * 23) for dtype in ("f2", "f4", "f8")]

    def digest(task):
        *shape, dtype = task
        out = np.empty(shape, dtype)
        assert initializer.fill(out.T).base is out
        return out.tobytes() + initializer(shape, out.dtype).tobytes()

    expected = [digest(task) for task in tasks]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(digest, tasks * 3)) == expected * 3
