import subprocess
import sys
from pathlib import Path

import pytest

from fanin import _native

ERROR = _native.FUNCTIONS["set_num_threads"][1][-1]
FUZZ = Path(__file__).with_name("fuzz_native.py")
# Each of them meets bad input, and also good.
FUZZED = {
    *("fill_uniform", "fill_normal", "fill_truncated_normal", "fill_variance_scaling"),
    *("fill_orthogonal", "fill_stft", "compute_fans", "shuffle", "network_create"),
    *("network_compile", "network_train", "network_evaluate", "network_predict", "network_observe"),
    *("network_set_iterations", "network_reset_optimizer", "network_parameter", "network_state"),
    *("network_slot", "network_set_trainable", "network_regularize", "network_constrain"),
    *(
        "network_exempt",
        "network_scale_rate",
        "activate",
        "losses",
        "metric_add",
        "metric_state_count",
    ),
}


@pytest.mark.parametrize("seed", [1, 2])
def test_nonsense_is_refused_and_kills_nobody(seed):
    done = subprocess.run(
        [sys.executable, FUZZ, str(seed), "20000"], capture_output=True, text=True
    )
    assert done.returncode == 0, f"seed {seed}: {done.stderr}"
    seen = {tuple(line.split()[:2]) for line in done.stdout.splitlines()}
    assert {(name, "ValueError") for name in FUZZED} <= seen
    # STFT's shape (T, 1, F) hardly ever comes by chance.
    assert {(name, "ok") for name in FUZZED - {"fill_stft"}} <= seen


def test_every_function_with_a_status_is_tried():
    fallible = {name for name, (_, types) in _native.FUNCTIONS.items() if types[-1:] == [ERROR]}
    tried_in_c = {"set_num_threads", "describe_blas"}
    assert fallible - FUZZED == tried_in_c
