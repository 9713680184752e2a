"""Hooks, feeds and callbacks against Keras: trainer_scenarios.py says how the file was made."""

import json

import numpy as np
import pytest
from trainer_scenarios import FILE, SCENARIOS, plain

import fanin

GOLDEN = json.loads(FILE.read_text())

# Weights and figures of a few steps in float32, each rounded to 2**-24 of numbers up to about 4.
TOLERANCE = {"rtol": 2e-6, "atol": 1e-6}


def compare(path, ours, theirs):
    assert type(ours) is type(theirs) or {type(ours), type(theirs)} <= {int, float}, path
    if isinstance(ours, dict):
        assert list(ours) == list(theirs), path
        for name in ours:
            compare(f"{path}.{name}", ours[name], theirs[name])
    elif isinstance(ours, list):
        assert len(ours) == len(theirs), path
        for index, pair in enumerate(zip(ours, theirs, strict=True)):
            compare(f"{path}[{index}]", *pair)
    elif isinstance(ours, float):
        np.testing.assert_allclose(ours, theirs, err_msg=path, **TOLERANCE)
    else:
        assert ours == theirs, path


@pytest.mark.filterwarnings("ignore:Your input ran out of data")
@pytest.mark.parametrize("name", SCENARIOS)
def test_like_keras(name):
    compare(name, plain(SCENARIOS[name](fanin)), GOLDEN[name])
