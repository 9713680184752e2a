"""Time of a training epoch: Fanin against Keras on TensorFlow, the same model and data.

The tutorial's network (64 and 64 ReLU units, 10 softmax units, Adam, batches of 32) on the digits
and on random data of MNIST's size. Both start from set_random_seed, must start with the same
weights, bit for bit, and their losses are compared. The first epoch, in which TensorFlow compiles,
is not counted. Prints the ratio of the median times and writes every single one to results/.

    python Benchmarks/train.py [--epochs N]
"""

import argparse
import json
import os
import platform
import statistics
import time
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import numpy as np

import fanin
from fanin.datasets import digits

SEED = 42


def main() -> None:
    """Measure, check, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=7, help="timed epochs after the first")
    options = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    load = os.getloadavg()[0]  # of others: well below 1 if the times are to be trusted
    libraries = {"Fanin": fanin}
    if find_spec("tensorflow"):
        os.environ["KERAS_BACKEND"] = "tensorflow"
        import keras

        libraries["Keras (TensorFlow)"] = keras
    data = {"digits, 1437 x 64": digits.load_data()[0], "random, 60000 x 784": random_data()}
    results = [compare(name, x, y, libraries, options.epochs) for name, (x, y) in data.items()]
    table = markdown(results)
    print(table)
    machine = {
        "cpus": len(os.sched_getaffinity(0)),
        "load_before": load,
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": {p: version(p) for p in ("numpy", "keras", "tensorflow") if find_spec(p)},
    }
    folder = Path(__file__).parent / "results"
    folder.mkdir(exist_ok=True)
    text = json.dumps({"machine": machine, "results": results}, indent=1)
    (folder / "train.json").write_text(text + "\n")
    (folder / "train.md").write_text(table + "\n")


def random_data() -> tuple[np.ndarray, np.ndarray]:
    """Return inputs and labels of MNIST's size; the labels are a linear function's choice."""
    generator = np.random.default_rng(SEED)
    x = generator.random((60000, 784), dtype=np.float32)
    teacher = generator.standard_normal((784, 10), dtype=np.float32)
    return x, np.argmax((x - np.float32(0.5)) @ teacher, axis=1).astype(np.int64)


def create_model(library):
    """Return the tutorial's model, built and compiled, from the same seed."""
    library.utils.set_random_seed(SEED)
    model = library.Sequential(
        [
            library.layers.Dense(64, activation="relu", kernel_initializer="he_uniform"),
            library.layers.Dense(64, activation="relu", kernel_initializer="he_uniform"),
            library.layers.Dense(10, activation="softmax", kernel_initializer="he_uniform"),
        ]
    )
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def compare(name: str, x: np.ndarray, y: np.ndarray, libraries: dict, epochs: int) -> dict:
    """Return times, losses and accuracies of each library, epoch by epoch."""
    models = {label: create_model(library) for label, library in libraries.items()}
    weights = []
    for model in models.values():
        model.build((None, x.shape[1]))
        weights.append([w.tobytes() for w in model.get_weights()])
    if any(w != weights[0] for w in weights):
        raise SystemExit("the models do not start with the same weights")
    runs: dict = {label: {"seconds": [], "loss": [], "accuracy": []} for label in models}
    for epoch in range(epochs + 1):
        # who goes first alternates
        for label in list(models) if epoch % 2 else reversed(models):
            start = time.perf_counter()
            history = models[label].fit(x, y, batch_size=32, verbose=0).history
            runs[label]["seconds"].append(time.perf_counter() - start)
            for key in ("loss", "accuracy"):
                runs[label][key].append(float(history[key][0]))
    return {"data": name, "runs": runs}


def markdown(results: list[dict]) -> str:
    """Return the table of ratios and differences."""
    rows = [
        ["data", "rival", "rival's time / Fanin's", "largest relative loss difference"],
        ["---", "---", "---:", "---:"],
    ]
    for result in results:
        own = result["runs"]["Fanin"]
        for label, run in list(result["runs"].items())[1:]:
            ratio = statistics.median(run["seconds"][1:]) / statistics.median(own["seconds"][1:])
            pairs = zip(run["loss"], own["loss"], strict=True)
            difference = max(abs(theirs - ours) / theirs for theirs, ours in pairs)
            rows.append([result["data"], label, f"{ratio:.1f} ×", f"{difference:.1e}"])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


if __name__ == "__main__":
    main()
