"""Writes examples.json: what the example scripts print on Keras.

Run with TensorFlow 2.21, Keras 3.15, scikit-learn and h5py:

    python python/tests/golden/make_examples.py
"""

import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import example_scripts  # noqa: E402

printed = {name: example_scripts.output(name, "keras") for name in example_scripts.NAMES}
(HERE / "examples.json").write_text(json.dumps(printed, indent=1, ensure_ascii=False) + "\n")
