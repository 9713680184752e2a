"""The examples run, and say what their text claims."""

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import nbclient
import nbformat
import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.fixture(scope="module")
def notebook() -> nbformat.NotebookNode:
    """The notebook after all its cells ran, in a kernel of this Python."""
    read = nbformat.read(EXAMPLES / "initialization.ipynb", as_version=4)
    client = nbclient.NotebookClient(
        read, timeout=60, kernel_name="python3", resources={"metadata": {"path": str(EXAMPLES)}}
    )
    executed: nbformat.NotebookNode = client.execute()
    return executed


def printed_by(cell: nbformat.NotebookNode) -> str:
    return "".join(
        output.text
        for output in cell.get("outputs", [])
        if output.output_type == "stream" and output.name == "stdout"
    )


def printed(notebook: nbformat.NotebookNode) -> str:
    return "".join(map(printed_by, notebook.cells))


def test_notebook_shows_what_its_text_says(notebook: nbformat.NotebookNode) -> None:
    text = printed(notebook)
    # zeros: only the ten biases of the last layer learn
    assert re.search(r"^test accuracy: 0\.1\d*\nweights that changed: 10$", text, re.MULTILINE)
    # the mean square of 12 ReLU layers: He keeps it, Xavier halves it, others are far off
    factors = {
        name.strip(): float(factor)
        for name, factor in re.findall(r"^(.+) factor for each layer: (.+)$", text, re.MULTILINE)
    }
    # one layer's factor deviates by about sqrt(5 / 256) = 0.14; the mean of 12 by 0.04
    assert factors["He"] == pytest.approx(1, abs=0.16)
    assert factors["Xavier"] == pytest.approx(0.5, abs=0.08)
    assert factors["stddev 0.05"] == pytest.approx(256 * 0.05**2 / 2, rel=0.16)
    assert factors["stddev 0.2"] == pytest.approx(256 * 0.2**2 / 2, rel=0.16)
    he = float(re.findall(r"^he_uniform +mean square after 12 layers: (.+)$", text, re.M)[0])
    xavier = float(
        re.findall(r"^glorot_uniform +mean square after 12 layers: (.+)$", text, re.M)[0]
    )
    assert he / xavier == pytest.approx(2**12, rel=1)
    assert "same seed, same weights: True" in text
    assert "other seed, other weights: True" in text


def test_notebook_ends_with_the_comparison(notebook: nbformat.NotebookNode) -> None:
    (shown,) = notebook.cells[-1].outputs
    assert "data:image/png;base64," in shown.data["text/html"]
    assert "he_uniform" in shown.data["text/plain"]


def test_notebook_is_stored_without_outputs() -> None:
    read = nbformat.read(EXAMPLES / "initialization.ipynb", as_version=4)
    nbformat.validate(read)
    assert not any(cell.get("outputs") for cell in read.cells)
    assert not any(cell.get("execution_count") for cell in read.cells)


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
