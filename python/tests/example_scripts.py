"""Runs the example scripts that need nothing of Fanin but what Keras has as well."""

import os
import re
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "examples"
NAMES = [
    "autoencoder",
    "bag_of_words",
    "breast_cancer",
    "diabetes_regression",
    "digits_classification",
]
IMPORT = "import fanin as keras"


def output(name: str, library: str) -> str:
    """Return what the example prints on Fanin or, one line replaced, on Keras."""
    text = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    if re.findall(r"^(?:import|from) fanin.*$", text, re.MULTILINE) != [IMPORT]:
        raise ValueError(f"{name}.py must import fanin once, by {IMPORT!r}.")
    if library == "keras":
        text = text.replace(IMPORT, "import keras")
    done = subprocess.run(
        [sys.executable, "-"],
        input=text,
        env={
            **os.environ,
            "COLUMNS": "100",
            "PYTHONIOENCODING": "utf-8",
            "CUDA_VISIBLE_DEVICES": "",
            "KERAS_BACKEND": "tensorflow",
            "TF_CPP_MIN_LOG_LEVEL": "3",
        },
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return done.stdout
