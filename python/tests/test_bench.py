"""The benchmark: what it refuses, what it computes from given times, what it writes."""

import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fanin import __main__ as cli
from fanin.bench import bar, benchmark, chart, fills, instructions, report, small, training
from fanin.bench.rounds import Effort, Job, alternate, repeats, summary
from fanin.bench.workers import Contender, Log, Worker, WorkerError, workers

COUNT = 2**16
ONE_ROUND = Effort(1, 0.0)


def only_numpy(contenders: tuple[Contender, ...]) -> tuple[Contender, ...]:
    return tuple(c for c in contenders if c.needs in ("fanin", "numpy"))


@pytest.fixture
def numpy_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for section in (fills, small, training):
        monkeypatch.setattr(section, "CONTENDERS", only_numpy(section.CONTENDERS))


def test_quick_run_writes_what_it_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], numpy_alone: None
) -> None:
    arguments = ["bench", "--quick", "--only", "fill", "--largest", "10", "--json"]
    assert cli.main([*arguments, "--threads", "1", "--out", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    read = json.loads((tmp_path / "benchmark.json").read_text(encoding="utf-8"))
    assert json.loads(shown) == read
    assert read["complete"] is True
    assert read["wrong"] == []
    assert read["settings"]["threads"] == [1]
    assert read["versions"]["numpy"] == np.__version__
    assert read["machine"]["may_use"] >= 1
    # one size, three types besides, one number of threads
    assert {cell["dtype"] for cell in read["fill"]} == {"float32", "float64", "float16", "bfloat16"}
    assert len(read["fill"]) == 4 * len(fills.KINDS)
    for cell in read["fill"]:
        assert {"Fanin", "Fanin, new array", "ndarray.fill"} <= set(cell["seconds"])
        random = cell["kind"] in ("uniform", "normal") and cell["dtype"] in ("float32", "float64")
        assert ("NumPy SFC64" in cell["seconds"]) == random
        for times in cell["seconds"].values():
            assert len(times["times"]) >= 3
            assert times["min"] <= times["quartiles"][0] <= times["median"] <= times["quartiles"][1]
    text = (tmp_path / "benchmark.md").read_text(encoding="utf-8")
    assert "| 1 Ki | truncated normal |" in text
    assert (tmp_path / "benchmark.png").read_bytes().startswith(b"\x89PNG")


def test_small_calls_and_an_epoch(numpy_alone: None) -> None:
    log = Log()
    calls = {cell["call"]: cell["seconds"] for cell in small.measure(1, ONE_ROUND, log)}
    assert list(calls) == list(small.CALLS)
    assert set(calls[small.GLOROT]) == {"Fanin"}
    assert set(calls[small.IMPORT]) == {"fanin", "numpy"}
    setting = training.SETTINGS[0]
    (cell,) = training.measure([setting], 1, ONE_ROUND, log)
    assert cell["setting"] == "64-64 on 1797×64"
    assert len(cell["losses"]["Fanin"]) == 3  # in order, shuffled, timed
    assert cell["seconds"]["Fanin"]["median"] > 0
    assert log.wrong == []


def numbers(kind: str, count: int = COUNT) -> np.ndarray:
    generator = np.random.default_rng(3)
    if kind == "uniform":
        return generator.random(count, np.float32)
    return generator.standard_normal(count, np.float32)


@pytest.mark.parametrize("kind", ["uniform", "normal"])
def test_right_numbers_pass(kind: str) -> None:
    assert judged(kind, numbers(kind)) is None


def judged(kind: str, values: np.ndarray) -> str | None:
    job = Job(lambda: None, lambda _: values)
    found = fills.answer(job, kind, digest=False)
    return fills.problem(fills.Fill(kind, "float32", values.size, 1), found)


@pytest.mark.parametrize(
    ("kind", "spoil", "words"),
    [
        ("uniform", lambda x: x * 1.02, "reaches"),
        ("uniform", lambda x: x * np.float32(0.96), "mean"),
        # the mean is right, the spread is not
        (
            "uniform",
            lambda x: (x - np.float32(0.5)) * np.float32(0.9) + np.float32(0.5),
            "variance",
        ),
        ("normal", lambda x: x + np.float32(0.05), "mean"),
        # a truncated normal whose variance was not corrected
        ("normal", lambda x: x * np.float32(0.87962566), "variance"),
        ("normal", lambda x: np.where(np.arange(x.size) == 7, np.float32(np.nan), x), "reaches"),
        ("normal", lambda x: x.astype(np.float64), "float64"),
        ("truncated normal", lambda x: x, "reaches"),
        ("truncated normal", lambda x: np.clip(x, -2, 2), "variance"),
        ("constant", lambda x: np.full_like(x, 0.25), "reaches"),
    ],
)
def test_wrong_numbers_are_refused(kind: str, spoil: Any, words: str) -> None:
    wrong = judged(kind, spoil(numbers(kind)))
    assert wrong is not None
    assert words in wrong


def make_wrong(fill: fills.Fill) -> Job:
    return Job(lambda: np.zeros(fill.count, fill.dtype), np.asarray)


def make_nothing(fill: fills.Fill) -> None:
    """A library without this."""


def make_broken(fill: fills.Fill) -> Job:
    raise RuntimeError("out of\norder")


def make_dead(fill: fills.Fill) -> Job:
    print("the last words", file=sys.stderr, flush=True)
    os._exit(7)


def make_other_bits(fill: fills.Fill) -> Job:
    return fills.make_sfc64(fill)


def measured(
    monkeypatch: pytest.MonkeyPatch, *others: Contender, patience: float = 60.0
) -> tuple[list[dict[str, Any] | None], Log]:
    own = tuple(c for c in fills.CONTENDERS if c.name == "Fanin")
    monkeypatch.setattr(fills, "CONTENDERS", (*own, *others))
    # the workers import this module to find the functions
    path = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    monkeypatch.setenv("PYTHONPATH", path)
    log = Log()
    bench = fills.Fills(ONE_ROUND, ONE_ROUND, patience, log)
    return list(bench.measure([fills.Fill("uniform", "float32", COUNT, 1)])), log


def test_rival_with_wrong_numbers_has_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    (cell,), log = measured(monkeypatch, Contender("Zeros", "numpy", make_wrong))
    assert cell is not None
    assert set(cell["seconds"]) == {"Fanin"}
    (wrong,) = log.wrong
    assert wrong["contender"] == "Zeros"
    assert "mean" in wrong["problem"]


def test_other_bits_than_tensorflows_are_fanins_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    (cell,), log = measured(monkeypatch, Contender("TensorFlow", "numpy", make_other_bits))
    assert cell is not None
    assert "TensorFlow" not in cell["seconds"]
    assert [w["contender"] for w in log.wrong] == ["Fanin"]
    run = benchmark.Benchmark("fill", largest=10)
    assert run.fanin_is_right
    run._log = log
    assert not run.fanin_is_right


def test_rivals_that_fail_are_named_and_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    (cell,), log = measured(
        monkeypatch,
        Contender("Nothing", "numpy", make_nothing),
        Contender("Broken", "numpy", make_broken),
        Contender("Dead", "numpy", make_dead),
        Contender("Absent", "no_such_module", make_wrong),
    )
    assert cell is not None
    assert set(cell["seconds"]) == {"Fanin"}
    said = "\n".join(log.notes)
    assert (
        "Broken failed at uniform, float32, 64 Ki, threads: 1: RuntimeError: out of order" in said
    )
    assert "ended with exit code 7: the last words" in said
    assert "no_such_module is not installed" in said
    assert "Nothing" not in said
    assert log.wrong == []


def test_slow_contenders_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    (cell,), log = measured(monkeypatch, patience=0.0)
    assert cell is not None
    assert cell["seconds"] == {}
    assert any("Fanin has no part in uniform" in note for note in log.notes)


def test_what_does_not_fit_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fills.machine, "available_memory", lambda: COUNT)
    (cell,), log = measured(monkeypatch)
    assert cell is None
    assert any("is not measured: all contenders together need" in note for note in log.notes)


def test_workers_have_the_threads_they_were_given() -> None:
    worker = Worker(1)
    try:
        assert worker.make(os.getenv, "OMP_NUM_THREADS")
        assert worker.ask(str.strip) == "1"
        if hasattr(os, "sched_getaffinity"):
            assert worker.make(os.sched_getaffinity, 0)
            assert worker.ask(len) == 1
        assert not worker.make(os.getenv, "NO_SUCH_VARIABLE")
        with pytest.raises(WorkerError, match="ValueError: invalid literal"):
            worker.make(int, "many")
        assert worker.make(int, "7")  # an exception is not the end
    finally:
        worker.close()


def test_workers_end_with_the_block() -> None:
    contender = Contender("Fanin", "fanin", fills.make_fanin)
    with workers([contender], 1, Log()) as started:
        worker = started[contender]
        worker.make(os.getpid)
        pid = worker.ask(int)
        os.kill(pid, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_contenders_take_turns() -> None:
    order: list[str] = []

    def runner(name: str) -> Any:
        def run() -> float:
            order.append(name)
            return float(len(order))

        return run

    times = alternate({name: runner(name) for name in "abc"}, Effort(4, 60.0))
    assert "".join(order) == "abc" + "acb" + "cab" + "cba"
    assert times == {
        "a": [1.0, 4.0, 8.0, 12.0],
        "b": [2.0, 6.0, 9.0, 11.0],
        "c": [3.0, 5.0, 7.0, 10.0],
    }
    # three rounds at least, then the time counts
    assert len(alternate({"a": lambda: 1.0}, Effort(9, 0.0))["a"]) == 3
    assert alternate({}, ONE_ROUND) == {}


def test_quick_jobs_are_repeated() -> None:
    assert repeats(1.0) == 1
    assert repeats(1e-3) == 20


def test_summary() -> None:
    times = [4.0, 1.0, 2.0, 3.0, 10.0]
    assert summary(times) == {"median": 3.0, "min": 1.0, "quartiles": [2.0, 4.0], "times": times}


def results() -> dict[str, Any]:
    """Times from which every line of the bar has a known value."""

    def cell(seconds: dict[str, float], **keys: Any) -> dict[str, Any]:
        return {**keys, "seconds": {name: summary([time] * 3) for name, time in seconds.items()}}

    def fill(kind: str, count: int = fills.BAR, threads: int = 2, **seconds: float) -> Any:
        keys = {"kind": kind, "dtype": "float32", "count": count, "threads": threads}
        return cell({n.replace("_", " "): t for n, t in seconds.items()}, **keys)

    uniform = {"Fanin": 0.01, "Fanin, new array": 0.02, "NumPy PCG64": 0.04, "NumPy SFC64": 0.03}
    uniform |= {"ndarray.fill": 0.0041, "PyTorch": 0.06, "TensorFlow": 0.07}
    made: dict[str, Any] = {
        "settings": {"threads": [1, 2]},
        "machine": benchmark.machine.describe(),
        "versions": {"numpy": "2"},
        "complete": True,
        "notes": ["jax is not installed."],
        "wrong": [{"contender": "Zeros", "what": "uniform", "problem": "has mean 0"}],
        "fill": [
            fill("uniform", **uniform),
            # of other sizes and threads: no part of the bar
            fill("uniform", count=1024, Fanin=1.0, TensorFlow=100.0),
            fill("normal", threads=1, Fanin=1.0, TensorFlow=100.0),
        ],
        "small": [
            cell({"Fanin": 11e-6, "PyTorch": 33e-6}, call=small.GLOROT),
            cell({"fanin": 0.2, "numpy": 0.13}, call=small.IMPORT),
        ],
        "train": [
            cell(
                {"Fanin": 0.002, "JAX": 0.006, "Keras (JAX)": 0.02},
                setting="64-64 on 1797×64",
                batch=32,
            )
        ],
        "instructions": [{"tool": "perf", "dtype": "float32", "per_number": {"uniform": 5.25}}],
    }
    return {"bar": bar.rows(made), **made}


def test_bar() -> None:
    lines = {(row["what"], row["against"]): row for row in results()["bar"]}

    def line(what: str, against: str) -> tuple[float | None, bool | None]:
        row = lines[what, against]
        measured = row["measured"]
        return None if measured is None else round(measured, 6), row["reached"]

    # the faster of NumPy's two; slower than memory, but no more than allowed
    assert line("uniform, 16 Mi float32", "NumPy SFC64") == (3.0, False)
    assert line("uniform, 16 Mi float32", "ndarray.fill") == (0.41, True)
    assert line("uniform, 16 Mi float32", "PyTorch") == (6.0, True)
    assert line("uniform, 16 Mi float32", "TensorFlow") == (7.0, False)
    assert line("normal, 16 Mi float32", "TensorFlow") == (None, None)
    assert line("training, 64-64 on 1797×64", "JAX") == (3.0, True)
    assert line("training, 64-64 on 20000×784", "all") == (None, None)
    assert line(small.GLOROT, "PyTorch") == (3.0, True)
    assert line(small.GLOROT, "Keras") == (None, None)
    assert line(small.GLOROT, "") == (0.011, True)
    assert line("import, beyond NumPy's", "") == (70.0, False)


def test_bar_names_what_is_measured() -> None:
    assert {str(setting) for setting in training.SETTINGS} == set(bar._TRAINING)
    assert set(bar._FILLS) <= set(fills.KINDS)
    assert set(bar._CALLS) <= set(small.CALLS)


def test_report_says_whether_the_bar_is_reached() -> None:
    text = report.markdown(results())
    assert "| uniform, 16 Mi float32 | 10 ms | PyTorch 60 ms | 6 × | ≥ 6 × | yes |" in text
    assert "| uniform, 16 Mi float32 | 10 ms | TensorFlow 70 ms | 7 × | ≥ 8 × | **no** |" in text
    assert "| normal, 16 Mi float32 |  | TensorFlow |  | ≥ 8 × | not measured |" in text
    assert "| 16 Mi | uniform | 0.596 ns | 7 × |" in text
    assert "| 64-64 on 1797×64 | 32 | 2 ms | 6 ms, 3 × | 20 ms, 10 × |" in text
    assert "| uniform | 5.2 |" in text
    assert "- Zeros, uniform: has mean 0." in text
    assert "- jax is not installed." in text
    assert "Interrupted" not in text
    assert "**Interrupted" in report.markdown({**results(), "complete": False})


def test_picture_of_any_part() -> None:
    everything = results()
    figure = chart.draw(everything)
    assert figure is not None
    assert len(figure.axes) == 3  # uniform, normal by threads, training
    only_small = chart.draw({**everything, "fill": [], "train": []})
    assert only_small is None


@pytest.mark.parametrize(
    ("losses", "first", "words"),
    [
        ([2.0, 1.0, 0.5], 2.0, None),
        ([2.009, 1.0], 2.0, None),
        ([2.02, 1.0], 2.0, "Fanin 2"),
        ([2.02, 1.0], None, None),
        ([2.0, 1.9], 2.0, "went from 2 to 1.9"),
        ([2.0, math.nan], 2.0, "nan"),
        ([math.nan, 1.0], 2.0, "nan"),
    ],
)
def test_losses_must_agree_and_fall(
    losses: list[float], first: float | None, words: str | None
) -> None:
    wrong = training.problem(losses, first)
    assert (wrong is None) if words is None else (wrong is not None and words in wrong)


def test_kernels_must_be_what_they_are_called() -> None:
    glorot = small.make_fanin(small.GLOROT).run()
    assert small.problem(small.GLOROT, glorot) is None
    assert "within" in str(small.problem(small.GLOROT, glorot * np.float32(1.1)))
    assert "mean square" in str(small.problem(small.GLOROT, glorot * np.float32(0.9)))
    orthogonal = small.make_fanin(small.ORTHOGONAL).run()
    assert small.problem(small.ORTHOGONAL, orthogonal) is None
    orthogonal[:, 0] *= np.float32(1.001)
    assert "orthonormal" in str(small.problem(small.ORTHOGONAL, orthogonal))


def test_instructions_are_read_from_what_the_tools_write() -> None:
    assert instructions.read("# started on\n\n126649,,instructions:u,1,100.00,,\n") == 126649
    assert instructions.read("<not supported>,,instructions:u,0,100.00,,\n") is None
    assert instructions.read("==7712== Events    : Ir\n==7712== Collected : 126649\n") == 126649


def test_interrupt_keeps_what_was_measured(tmp_path: Path) -> None:
    """A real SIGINT to the whole group, as a terminal sends it."""
    command = [sys.executable, "-m", "fanin", "bench", "--out", str(tmp_path), "--threads", "1"]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stderr is not None
    read = ""
    deadline = time.monotonic() + 120
    while " 1/" not in read and time.monotonic() < deadline:
        read += process.stderr.read(32)
    os.killpg(process.pid, signal.SIGINT)
    start = time.monotonic()
    shown, said = process.communicate(timeout=30)
    stopped = time.monotonic() - start
    assert process.returncode == 130, read + said
    assert stopped < 2  # a second, and as much again for a loaded machine
    assert "Traceback" not in said
    assert "Interrupted" in shown
    saved = json.loads((tmp_path / "benchmark.json").read_text(encoding="utf-8"))
    assert saved["complete"] is False
    assert saved["fill"]


def test_interrupt_before_anything_was_measured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(self: benchmark.Benchmark) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(benchmark.Benchmark, "run", interrupt)
    assert cli.main(["bench", "--out", str(tmp_path)]) == 130
    assert "before anything was measured" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
