"""Writes chains.json and chains.npz: what Keras on TensorFlow makes of the cases of chains.py.

Run with TensorFlow 2.21 and Keras 3.15, on a CPU:

    python python/tests/golden/make_chains.py
"""

import json
import os
import sys
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["COLUMNS"] = "100"

import keras
import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import chains  # noqa: E402

models = {tag: chains.describe(keras, tag) for tag in chains.MODELS}
text = json.dumps({"keras": keras.__version__, "models": models}, ensure_ascii=False, indent=1)
(HERE / "chains.json").write_text(text + "\n")

arrays = {}
for kind, cases, run in (
    ("call", chains.CALLS, chains.call),
    ("story", chains.STORIES, chains.tell),
):
    for tag in cases:
        for index, array in enumerate(run(keras, tag)):
            arrays[f"{kind}|{tag}|{index}"] = array
np.savez_compressed(HERE / "chains.npz", **arrays)
