"""docs/keras.md names all of Keras's surface, and says of each name what is true of it."""

import json
import re
from functools import reduce
from pathlib import Path

import pytest

import fanin

HERE = Path(__file__).parent
# Made by golden/make_names.py.
NAMES = json.loads((HERE / "golden" / "keras_names.json").read_text())["names"]
TEXT = (HERE.parents[1] / "docs" / "keras.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (?P<names>`.*`) \| (?P<status>same|better|absent) \| (?P<why>.*) ?\|$")


def table(path: str) -> dict[str, tuple[str, str]]:
    """Return status and remark of each name in the section of a namespace or class."""
    title = f"## `{'.'.join(filter(None, ['keras', path]))}`\n"
    assert TEXT.count(title) == 1
    _, header, *rows = TEXT.split(title)[1].split("\n## ")[0].strip().splitlines()
    assert header == "|---|---|---|"
    found: dict[str, tuple[str, str]] = {}
    for row in rows:
        match = ROW.match(row)
        assert match is not None, row
        for name in re.findall(r"`([^`]+)`", match["names"]):
            assert name not in found
            found[name] = match["status"], match["why"]
    return found


@pytest.mark.parametrize("path", NAMES)
def test_every_name_of_keras_has_its_line(path: str) -> None:
    assert sorted(table(path)) == NAMES[path]


@pytest.mark.parametrize("path", NAMES)
def test_what_is_present_exists_and_what_is_absent_says_why(path: str) -> None:
    owner = reduce(getattr, filter(None, path.split(".")), fanin)
    for name, (status, why) in table(path).items():
        assert status == "same" or why.strip(), name
        if status != "absent":
            assert name in dir(owner), name
        elif name in dir(owner):
            something = getattr(owner, name)
            arguments = [None] * (0 if isinstance(something, type) else 2)
            with pytest.raises(NotImplementedError):
                something(*arguments)
