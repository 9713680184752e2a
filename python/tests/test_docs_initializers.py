"""docs/initializers.md has every name of the dialects, and what it says of them is true."""

import doctest
import inspect
import re
from pathlib import Path

import pytest

import fanin
from fanin import dialects, initializers

TEXT = (Path(__file__).parents[2] / "docs" / "initializers.md").read_text(encoding="utf-8")
FRAMEWORKS = ["torch", "jax", "flux", "mlx", "mxnet", "caffe"]
NAMESPACE = {name: getattr(dialects, name) for name in FRAMEWORKS}


def rows(title):
    """Return the cells of a section's table."""
    section = TEXT.split(f"\n## {title}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    width = lines[0].count("|")
    assert all(line.count("|") == width for line in lines)
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


BESIDE = rows("Beside each other")
CALLS = [
    (row[0], call) for row in BESIDE for cell in row[1:7] for call in re.findall("`(.+?)`", cell)
]


def test_every_name_of_a_dialect_is_in_its_column():
    found = {framework: set() for framework in FRAMEWORKS}
    for row in BESIDE:
        for framework, cell in zip(FRAMEWORKS, row[1:7], strict=True):
            calls = re.findall("`(.+?)`", cell)
            assert calls or cell == "–", cell
            for call in calls:
                assert call.startswith(f"{framework}."), call
                found[framework].add(re.match(r"\w+\.(\w+)\(", call)[1])
    assert found == {name: set(getattr(dialects, name).__all__) for name in FRAMEWORKS}


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_public_names_are_those_in_all(framework):
    module = getattr(dialects, framework)
    functions = {
        name
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and name[0] != "_"
    }
    assert functions == set(module.__all__)


@pytest.mark.parametrize(("keras", "call"), CALLS)
def test_every_call_makes_an_initializer(keras, call):
    made = eval(call, dict(NAMESPACE))
    assert isinstance(made, initializers.Initializer) or call.startswith("torch.calculate_gain")


@pytest.mark.parametrize(
    ("keras", "call"), [pair for pair in CALLS if re.match("`(Glorot|He|Lecun)", pair[0])]
)
def test_calls_beside_a_variance_scaling_have_its_variance(keras, call):
    expected = eval(keras.strip("`"), dict(vars(initializers))).explain((300, 200))
    # inputs and outputs are the other way round but in JAX
    shape = (300, 200) if call.startswith("jax.") else (200, 300)
    said = eval(call, dict(NAMESPACE)).explain(shape)
    assert said.stddev == pytest.approx(expected.stddev, rel=1e-12)
    truncated = "truncated" in expected.distribution and call.startswith("jax.")
    normal = "normal" if "normal" in expected.distribution else "uniform"
    assert said.distribution.startswith("truncated normal" if truncated else normal)


def test_a_dense_layers_beginning():
    kernel, bias = (row for row in BESIDE if "of a dense layer" in row[0])
    torch, mlx = (eval(kernel[n].strip("`"), dict(NAMESPACE)).explain((9, 64)) for n in (1, 4))
    assert torch.bound == pytest.approx(mlx.bound, rel=1e-12)
    assert torch.bound == pytest.approx(1 / 8, rel=1e-12)
    for n in (1, 4):
        assert eval(bias[n].strip("`"), dict(NAMESPACE)).explain(9).bound == 1 / 8


def test_keras_column():
    for row in BESIDE:
        for call in re.findall("`(.+?)`", row[0]):
            if not call.startswith("fanin."):
                made = eval(call, dict(vars(initializers)))
                assert isinstance(made, initializers.Initializer)


def test_fanins_own_are_all_there():
    named = [re.match(r"`([\w.]+)", row[0])[1] for row in rows("Fanin's own")]
    own = {cls.__name__ for cls in initializers._registry._OWN}
    assert own <= set(named)
    for name in named:
        if name.startswith("fanin."):
            assert hasattr(fanin, name.removeprefix("fanin."))
        else:
            assert name == "VarianceScaling" or name in own
    for row in rows("Fanin's own"):
        assert len(row) == 4
        assert all(row), row


def test_the_example():
    code = TEXT.split("```python\n")[1].split("```")[0]
    parsed = doctest.DocTestParser().get_doctest(code, {}, "initializers.md", None, 0)
    assert parsed.examples
    assert doctest.DocTestRunner(verbose=False).run(parsed).failed == 0
