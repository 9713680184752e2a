"""The command line: tables, files, exit codes."""

import itertools
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import fanin
from fanin import __main__ as cli
from fanin import _picture, _report, initializers
from fanin.datasets import digits

QUICK = ["--epochs", "1", "--seeds", "1", "--units", "4"]


def test_compare_prints_a_table_and_writes_three_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["compare", "--initializers", "he_uniform", "zeros", *QUICK, "--out", str(tmp_path)]
    assert cli.main(arguments) == 0
    shown = capsys.readouterr().out
    read = json.loads((tmp_path / "comparison.json").read_text(encoding="utf-8"))
    for run in read["runs"]:
        row = next(line for line in shown.splitlines() if line.startswith(run["initializer"]))
        assert f"{run['loss'][0]:.4g}" in row
        assert f"{run['test_accuracy'][-1]:.3f}" in row
    assert str(tmp_path / "comparison.png") in shown
    assert (tmp_path / "comparison.png").read_bytes().startswith(b"\x89PNG")
    page = (tmp_path / "comparison.html").read_text(encoding="utf-8")
    assert "<!doctype html>" in page and "he_uniform" in page


def test_compare_trains_a_grid_and_prints_json_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--initializers", "zeros", "--depth", "1", "2", "--activation", "relu", "tanh"]
    arguments += ["--optimizer", "sgd", "adam", "--json", *QUICK, "--out", str(tmp_path)]
    for pictures in (_picture, _report):  # which take their time
        monkeypatch.setattr(pictures, "MOST_GROUPS", 1)
    assert cli.main(["compare", *arguments]) == 0
    out, err = capsys.readouterr()
    printed = json.loads(out)
    assert printed == json.loads((tmp_path / "comparison.json").read_text(encoding="utf-8"))
    grid = {(run["depth"], run["activation"], run["optimizer"]) for run in printed["runs"]}
    assert grid == set(itertools.product((1, 2), ("relu", "tanh"), ("sgd", "adam")))
    assert str(tmp_path / "comparison.html") in err
    # the command that it names gives the same weights
    words = shlex.split(printed["repeat"]["shell"])
    assert words[:4] == ["python", "-m", "fanin", "compare"]
    words[words.index("results")] = str(tmp_path / "again")
    assert cli.main([*words[3:], "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert [run["digest"] for run in again["runs"]] == [run["digest"] for run in printed["runs"]]


def test_every_option_reaches_the_training(tmp_path: Path) -> None:
    (x, y), _ = digits.load_data()
    pixels = (x[:60].reshape(60, 8, 8) * 16).astype(np.uint8)
    np.savez(
        tmp_path / "data.npz", x_train=pixels, y_train=y[:60], x_test=pixels[:20], y_test=y[:20]
    )
    options = {
        "--initializers": "ones", "--epochs": "2", "--seeds": "3", "--depth": "1", "--units": "5",
        "--activation": "tanh", "--optimizer": "sgd", "--learning-rate": "0.25",
        "--batch-size": "7", "--data": str(tmp_path / "data.npz"), "--out": str(tmp_path),
    }  # fmt: skip
    assert cli.main(["compare", *(word for pair in options.items() for word in pair)]) == 0
    settings = json.loads((tmp_path / "comparison.json").read_text(encoding="utf-8"))["settings"]
    assert list(settings.pop("initializers")) == ["ones"]
    ((optimizer, described),) = settings.pop("optimizers").items()
    assert (optimizer, described["config"]["learning_rate"]) == ("sgd", 0.25)
    assert settings == {
        "depths": [1], "units": 5, "classes": 10, "activations": ["tanh"],
        "loss": "sparse_categorical_crossentropy", "epochs": 2, "seeds": [0, 1, 2],
        "batch_size": 7, "data": "given", "training_rows": 60, "test_rows": 20, "inputs": 64,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "command"),
        (["contrast"], "contrast"),
        (["compare", "--epochs", "0"], "`epochs` must be at least 1. Received: 0"),
        (["compare", "--epochs", "many"], "invalid int value: 'many'"),
        (["compare", "--initializers", "xavier"], "Could not interpret initializer"),
        (["compare", "--initializers", "zeros", "zeros"], "zeros twice"),
        (["compare", "--activation", "rely"], "rely"),
        (["compare", "--optimizer", "adamant"], "adamant"),
        (["compare", "--learning-rate", "nan"], "learning_rate"),
        (["compare", "--data", "missing.npz"], "missing.npz does not exist"),
        (["compare", "--data", "text.npz"], "text.npz can't be read"),
        (["compare", "--data", "half.npz"], "half.npz lacks x_test, y_test"),
        (["compare", "--data", "array.npy"], "array.npy lacks x_test, x_train, y_test, y_train"),
        (["compare", "--data", "objects.npz"], "objects.npz can't be read"),
        (["compare", "--data", "broken.npz"], "broken.npz can't be read"),
        (["compare", "--data", "empty.npz"], "empty.npz can't be read"),
        (["compare", "--data", "."], ". can't be read"),
        (["compare", "--out", "text.npz"], "text.npz"),
        (["check", "nowhere.npy", "zeros"], "nowhere.npy"),
        (["check", "text.npz", "zeros"], "text.npz"),
        (["check", "array.npy", "zero_s"], "identifier: zero_s"),
        (["check", "nowhere.keras"], "nowhere.keras"),
        (["explain", "he", "3"], "identifier: he"),
        (["explain", "he_normal"], "SIZE"),
        (["explain", "he_normal", "-1", "3"], "-1"),
        (["explain", "orthogonal", "3"], "two-dimensional"),
        (["bench", "--only", "fit"], "'fit'"),
        (["bench", "--largest", "9"], "`largest` must be in [10, 40]. Received: 9"),
        (["bench", "--threads", "0"], "Received: 0"),
        (["bench", "--out", "text.npz"], "text.npz"),
    ],
)
def test_bad_arguments_are_one_sentence_and_exit_code_2(
    arguments: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("text.npz").write_text("no archive")
    np.savez("half.npz", x_train=np.zeros((2, 2)), y_train=np.zeros(2, int))
    np.save("array.npy", np.zeros(3))
    Path("broken.npz").write_bytes(Path("half.npz").read_bytes()[:-40])
    Path("empty.npz").touch()
    np.savez("objects.npz", x_train=np.array([{}], object))
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    shown, said = capsys.readouterr()
    assert shown == ""
    assert words in said
    assert said.count("\n") == 1
    assert not Path("comparison.json").exists()


def test_explain_says_what_the_initializer_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["explain", "he_uniform", "784", "64"]) == 0
    said = initializers.HeUniform(seed=1).explain((784, 64))
    assert capsys.readouterr().out == f"{said}\n"
    assert cli.main(["explain", "he_uniform", "784", "64", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["bound"] == said.bound


def test_check_tells_by_its_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.save(tmp_path / "weights.npy", initializers.HeNormal(seed=1)((90, 70)))
    file = str(tmp_path / "weights.npy")
    assert cli.main(["check", file, "he_normal"]) == 0
    assert "can be values of HeNormal" in capsys.readouterr().out
    assert cli.main(["check", file, "glorot_normal", "--json"]) == 1
    assert "It can be he_normal." in json.loads(capsys.readouterr().out)["hints"]
    model = fanin.Sequential([fanin.Input((30,)), fanin.layers.Dense(20)])
    model.save(tmp_path / "model.keras")
    assert cli.main(["check", str(tmp_path / "model.keras")]) == 0
    assert cli.main(["check", str(tmp_path / "model.keras"), "he_uniform"]) == 1


@pytest.mark.parametrize("command", ["compare", "bench"])
def test_missing_extras_are_named_before_any_work(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "find_spec", lambda name: None)
    with pytest.raises(SystemExit) as ended:
        cli.main([command])
    assert ended.value.code == 2
    assert "pip install fanin[plot]" in capsys.readouterr().err


def test_interrupt_keeps_what_was_finished(tmp_path: Path) -> None:
    """A real SIGINT, in the middle of a training that would take minutes."""
    command = [sys.executable, "-m", "fanin", "compare", "--out", str(tmp_path)]
    command += ["--epochs", "20", "--seeds", "1000", "--initializers", "he_uniform", "zeros"]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stderr is not None
    read = ""
    deadline = time.monotonic() + 40
    while "seed 1" not in read and time.monotonic() < deadline:  # seed 0 is finished
        read += process.stderr.read(64)
    process.send_signal(signal.SIGINT)
    start = time.monotonic()
    shown, said = process.communicate(timeout=30)
    stopped = time.monotonic() - start
    assert process.returncode == 130, read + said
    # a second, and as much again for a loaded machine
    assert stopped < 2
    assert "Traceback" not in said
    assert "Interrupted; wrote" in shown
    saved = json.loads((tmp_path / "comparison.json").read_text(encoding="utf-8"))
    assert saved["complete"] is False
    assert len(saved["runs"]) >= 2
    assert all(len(run["loss"]) == 21 for run in saved["runs"])


def test_interrupt_before_the_first_result(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(self: cli.Comparison, progress: bool = True) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli.Comparison, "run", interrupt)
    assert cli.main(["compare", *QUICK, "--out", str(tmp_path)]) == 130
    assert "before the first training was finished" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_diagnose_of_a_new_network(capsys, tmp_path):
    picture = tmp_path / "p.png"
    arguments = ["diagnose", "--initializer", "glorot_normal", "--depth", "30", "--json"]
    assert cli.main([*arguments, "--picture", str(picture)]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["verdict"] == "vanishing"
    assert found["gradients"] == "loss"
    assert len(found["layers"]) == 31
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert cli.main(["diagnose", "--initializer", "he_normal", "--depth", "30"]) == 0
    assert capsys.readouterr().out.startswith("Verdict: healthy.")


def test_diagnose_of_a_model_in_a_file(capsys, tmp_path):
    file = tmp_path / "model.keras"
    model = fanin.Sequential([fanin.Input((8,)), fanin.layers.Dense(4, name="only")])
    model.save(file)
    assert cli.main(["diagnose", str(file), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [layer["layer"] for layer in found["layers"]] == ["only"]
    assert found["gradients"] == "normal"
    assert found["input_square"] == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing.keras"], "nothing.keras"),
        (["--initializer", "nothing"], "nothing"),
        (["--depth", "0"], "at least 1"),
        (["--activation", "nothing"], "nothing"),
        (["--data", "nothing.npz"], "does not exist"),
    ],
)
def test_diagnose_says_what_is_wrong(arguments, message, capsys):
    with pytest.raises(SystemExit) as stopped:
        cli.main(["diagnose", *arguments])
    assert stopped.value.code == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1


def test_recommend_gives_what_the_function_gives(capsys, tmp_path):
    arguments = ["--activation", "tanh", "--depth", "50", "--no-residual", "--json"]
    assert cli.main(["recommend", *arguments]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown == fanin.recommend(activation="tanh", depth=50, residual=False).to_dict()
    file = tmp_path / "model.keras"
    model = fanin.Sequential([fanin.Input((8,)), fanin.layers.Dense(4, activation="relu")])
    model.save(file)
    assert cli.main(["recommend", str(file)]) == 0
    assert capsys.readouterr().out.rstrip() == str(fanin.recommend(model))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--activation", "nothing"], "nothing"),
        (["--depth", "0"], "depth"),
        (["nothing.keras"], "nothing.keras"),
        (["--task", "nothing"], "task"),
    ],
)
def test_recommend_says_what_is_wrong(arguments, message, capsys):
    with pytest.raises(SystemExit) as stopped:
        cli.main(["recommend", *arguments])
    assert stopped.value.code == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
