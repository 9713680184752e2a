"""Writes embedding.npz: the weights that Keras on TensorFlow comes to in the cases of lookups.py.

Run with TensorFlow 2.21 and Keras 3.15, on a CPU:

    python python/tests/golden/make_embedding.py
"""

import os
import sys
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras
import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import lookups  # noqa: E402

arrays = {}
for tag in lookups.OPTIMIZERS:
    for index, array in enumerate(lookups.train(keras, tag)):
        arrays[f"{tag}|{index}"] = array
np.savez_compressed(HERE / "embedding.npz", **arrays)
