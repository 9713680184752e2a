"""`show_config`, and the environment variable FANIN_ISA."""

import hashlib
import json
import os
import subprocess
import sys

import pytest

import fanin

CODE = """
import hashlib, json, fanin
digest = hashlib.sha256()
for dtype in ["float32", "float16"]:
    for name in ["RandomUniform", "RandomNormal", "TruncatedNormal"]:
        initializer = getattr(fanin.initializers, name)(seed=3)
        digest.update(initializer((73, 57), dtype).tobytes())
print(json.dumps([fanin.show_config("dicts"), digest.hexdigest()]))
"""


def run(isa):
    environment = os.environ | {"FANIN_ISA": isa}
    done = subprocess.run(
        [sys.executable, "-c", CODE], env=environment, capture_output=True, text=True, check=True
    )
    return *json.loads(done.stdout), done.stderr


def test_printed_and_returned_are_the_same(capsys):
    config = fanin.show_config("dicts")
    assert fanin.show_config() is None
    assert json.loads(capsys.readouterr().out) == config
    assert config["fanin"] == fanin.__version__
    assert config["num_threads"] == fanin.get_num_threads()
    assert config["available"][0] == "baseline"
    assert config["instruction_set"] in config["available"]
    assert config["blas"].startswith("OpenBLAS ")
    assert os.path.exists(config["library"])


def test_modes_are_checked():
    with pytest.raises(ValueError, match="mode='json'"):
        fanin.show_config("json")


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="has one instruction set")
def test_the_library_has_all_that_the_processor_knows():
    with open("/proc/cpuinfo") as file:
        flags = set(next(line for line in file if line.startswith("flags")).split())
    known = ["baseline"]
    if {"avx2", "fma"} <= flags:
        known.append("avx2")
    if {"avx512f", "avx512dq", "avx512bw", "avx512vl"} <= flags:
        known.append("avx512")
    assert fanin.show_config("dicts")["available"] == known


@pytest.mark.parametrize("isa", fanin.show_config("dicts")["available"])
def test_isa_chooses_and_changes_no_bit(isa):
    config, digest, messages = run(isa)
    assert config["instruction_set"] == isa
    assert messages == ""
    expected = hashlib.sha256()
    for dtype in ["float32", "float16"]:
        for name in ["RandomUniform", "RandomNormal", "TruncatedNormal"]:
            initializer = getattr(fanin.initializers, name)(seed=3)
            expected.update(initializer((73, 57), dtype).tobytes())
    assert digest == expected.hexdigest()


def test_an_isa_that_is_not_there_is_named_and_ignored():
    config, _, messages = run("mmx")
    assert config["instruction_set"] == config["available"][-1]
    assert "FANIN_ISA=mmx" in messages and "baseline" in messages
