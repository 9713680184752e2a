"""Writes keras_names.json: the public names of Keras's namespaces, and its classes' public members.

Run with Keras 3.15 on TensorFlow: python python/tests/golden/make_names.py
"""

import json
import os
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras

NAMESPACES = [
    "",
    "activations",
    "callbacks",
    "config",
    "constraints",
    "datasets",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "models",
    "optimizers",
    "optimizers.schedules",
    "random",
    "regularizers",
    "saving",
    "utils",
]
CLASSES = ["Model", "Sequential", "layers.Layer", "optimizers.Optimizer", "metrics.Metric"]


def public(thing):
    return sorted(name for name in dir(thing) if not name.startswith("_"))


def at(path):
    thing = keras
    for name in filter(None, path.split(".")):
        thing = getattr(thing, name)
    return thing


names = {path: public(at(path)) for path in NAMESPACES}
for path in CLASSES:
    names[path] = public(at(path))
names["Model"] = sorted(set(names["Model"]) - set(names["layers.Layer"]))
names["Sequential"] = sorted(
    set(names["Sequential"]) - set(names["layers.Layer"]) - set(names["Model"])
)
text = json.dumps({"keras": keras.__version__, "names": names}, indent=1) + "\n"
(Path(__file__).parent / "keras_names.json").write_text(text)
