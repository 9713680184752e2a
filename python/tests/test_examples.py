"""The examples run, and say what their text claims."""

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import nbclient
import nbformat
import numpy as np
import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"


NOTEBOOKS = ("initialization", "fifty_layers")


@pytest.fixture(scope="module")
def notebooks() -> dict[str, nbformat.NotebookNode]:
    """The notebooks after all their cells ran, in a kernel of this Python."""
    executed = {}
    for name in NOTEBOOKS:
        read = nbformat.read(EXAMPLES / f"{name}.ipynb", as_version=4)
        client = nbclient.NotebookClient(
            read,
            timeout=300,
            kernel_name="python3",
            resources={"metadata": {"path": str(EXAMPLES)}},
        )
        executed[name] = client.execute()
    return executed


def printed_by(cell: nbformat.NotebookNode) -> str:
    return "".join(
        output.text
        for output in cell.get("outputs", [])
        if output.output_type == "stream" and output.name == "stdout"
    )


def printed(notebook: nbformat.NotebookNode) -> str:
    return "".join(map(printed_by, notebook.cells))


def shown_by(cell: nbformat.NotebookNode) -> list[set[str]]:
    """The kinds of results that a cell shows, in order."""
    return [set(o.data) for o in cell.get("outputs", []) if o.output_type != "stream"]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_notebooks_keep_the_outputs_of_a_run(
    name: str, notebooks: dict[str, nbformat.NotebookNode]
) -> None:
    kept = nbformat.read(EXAMPLES / f"{name}.ipynb", as_version=4)
    nbformat.validate(kept)
    number = re.compile(r"[-+]?\d[\d.]*(e[-+]?\d+)?%?")
    for before, after in zip(kept.cells, notebooks[name].cells, strict=True):
        assert number.sub("#", printed_by(before)) == number.sub("#", printed_by(after))
        assert shown_by(before) == shown_by(after)
    pictures = [kinds for cell in kept.cells for kinds in shown_by(cell) if "image/png" in kinds]
    assert len(pictures) >= 2


def test_the_tutorial_s_formulas_come_true(notebooks: dict[str, nbformat.NotebookNode]) -> None:
    text = printed(notebooks["initialization"])
    # zeros: only the ten biases of the last layer learn
    assert "Verdict: symmetric" in text
    assert re.search(r"^test accuracy: 0\.1\d*\nweights that changed: 10$", text, re.MULTILINE)
    forward, backward = re.findall(r"^(?:for|back)ward: +expected (.+), measured (.+)$", text, re.M)
    # a fifth comes from the inputs' mean, the same in all rows: 200 squares, off by √(2 / 200)
    for expected, measured in (forward, backward):
        assert float(measured) == pytest.approx(float(expected), rel=0.05)
    factors = re.findall(
        r"^(.+?) +factor for each layer: expected (.+), measured (.+)$", text, re.M
    )
    assert [name for name, _, _ in factors] == ["stddev 0.05", "stddev 0.2", "Xavier", "He"]
    for _, expected, measured in factors:
        # one layer's factor deviates by about √(5 / 256) = 0.14; the mean of 12 by 0.04
        assert float(measured) == pytest.approx(float(expected), rel=0.16)
    assert "same seed, same weights: True" in text
    assert "other seed, other weights: True" in text


def test_fifty_layers_do_what_the_text_says(notebooks: dict[str, nbformat.NotebookNode]) -> None:
    text = printed(notebooks["fifty_layers"])
    assert re.findall("^Verdict: (.+)$", text, re.M) == ["vanishing", "exploding"]
    verdicts = dict(re.findall("^(.+?) +(vanishing|healthy) +variance", text, re.M))
    assert verdicts.pop("Glorot") == "vanishing"
    assert set(verdicts) == {"He", "√2 orthogonal", "LSUV", "AutoInit"}
    assert set(verdicts.values()) == {"healthy"}
    order, edge, chaos = (float(n) for n in re.findall("first layer over last: (.+)$", text, re.M))
    assert order < 1e-10 < 1e-2 < edge < 1e2 < 1e4 < chaos
    # in networks without end it is π / (π - 1) in each layer, with He's or any other weights
    (growth,) = re.findall("in each of the 50 layers a factor of (.+)$", text, re.M)
    assert float(growth) == pytest.approx(np.pi / (np.pi - 1), abs=0.1)
    tables = [
        output.data["text/plain"]
        for cell in notebooks["fifty_layers"].cells
        for output in cell.get("outputs", [])
        if output.output_type == "execute_result" and "test accuracy" in output.data["text/plain"]
    ]
    accuracy = {
        name: float(mean)
        for table in tables[:1]
        for name, mean in re.findall(r"^(\S+) .* (\d\.\d+) ± \d\.\d+ +\S+$", table, re.M)
    }
    assert accuracy.pop("glorot_uniform") < 0.2
    assert len(accuracy) == 3 and min(accuracy.values()) > 0.4


def test_the_frameworks_that_are_installed_get_the_same_weights(tmp_path: Path) -> None:
    """The cells of others are left out: they are Keras, PyTorch and JAX, several gigabytes."""
    read = nbformat.read(EXAMPLES / "other_frameworks.ipynb", as_version=4)
    kept = [(cell.metadata.get("tags", []), printed_by(cell)) for cell in read.cells]
    assert [tags for tags, text in kept if "True" in text] == [["keras"], ["torch"], ["jax"]]
    assert not any("False" in text for _, text in kept)
    read.cells = [
        cell
        for cell in read.cells
        if cell.cell_type == "code" and all(map(find_spec, cell.metadata.get("tags", [])))
    ]
    before = [printed_by(cell) for cell in read.cells]
    client = nbclient.NotebookClient(
        read, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    )
    after = [printed_by(cell) for cell in client.execute().cells]
    # PyTorch's own weights are not seeded
    assert [re.sub("default.*", "", text) for text in after] == [
        re.sub("default.*", "", text) for text in before
    ]


def test_tutorial_learns_as_it_does_on_keras() -> None:
    """The numbers are those that Keras 3.15.1 on TensorFlow 2.21 prints for the same file."""
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "tutorial.py")],
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.splitlines() == [
        "Xavier  training loss 1.966 -> 0.082  test loss 0.391  test accuracy 0.892",
        "He      training loss 1.878 -> 0.073  test loss 0.320  test accuracy 0.900",
    ]
