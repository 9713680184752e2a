"""The example scripts print on Fanin what they print on Keras: golden/make_examples.py."""

import importlib.util
import json
import re
from pathlib import Path

import example_scripts
import pytest

PRINTED = json.loads((Path(__file__).parent / "golden" / "examples.json").read_text("utf-8"))
#: what an epoch or a step took
TIMES = re.compile(r" - \d+s - \d+(ms|us|s)/(step|epoch)")
NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d*)?(?:e[+-]\d+)?")
# The figures follow each other to 1e-4; what is printed may be rounded to either side.
RELATIVE = 1e-4


def spacing(number: str) -> float:
    """Return what the last printed digit counts, 0 of a whole number."""
    digits, _, exponent = number.partition("e")
    decimals = len(digits.partition(".")[2])
    return 10.0 ** (int(exponent or 0) - decimals) if decimals else 0.0


def check(printed: str, expected: str) -> None:
    """Compare the words exactly and the numbers as far as they are printed."""
    printed, expected = TIMES.sub("", printed), TIMES.sub("", expected)
    words = [re.split(r"\s+", NUMBER.sub("#", text)) for text in (printed, expected)]
    assert words[0] == words[1]
    for got, wanted in zip(NUMBER.findall(printed), NUMBER.findall(expected), strict=True):
        margin = 1.01 * spacing(wanted) + RELATIVE * abs(float(wanted)) * (spacing(wanted) > 0)
        assert abs(float(got) - float(wanted)) <= margin, (got, wanted)


@pytest.mark.parametrize("name", example_scripts.NAMES)
@pytest.mark.parametrize("library", ["fanin", "keras"])
def test_prints_what_keras_prints(name: str, library: str) -> None:
    if importlib.util.find_spec(library) is None:
        pytest.skip("Keras is not installed")
    check(example_scripts.output(name, library), PRINTED[name])


def test_check_sees_differences() -> None:
    check("a 0.123 - 0s - 4ms/step b", "a 0.124 - 1s - 12ms/step b")
    for printed in ("a 0.126", "b 0.124", "a 1.124"):
        with pytest.raises(AssertionError):
            check(printed, "a 0.124")
    with pytest.raises(AssertionError):
        check("1437 rows", "1438 rows")
