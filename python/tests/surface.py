"""Runs described as data: one function does each with Keras and with Fanin.

A description has a seed, layers and steps. In it, ``{"new": "losses.Huber", "delta": 2.0}`` is an
object of that class, ``{"get": "losses.huber"}`` a function, ``{"rows": ["generator", …]}`` a
source of batches, and ``"$x"`` one of the arrays of `data` (``"$x:0:9"``: its first rows). A step
is a method of the model or of a part of it, its positional and its named arguments; or "set".
"""

import hashlib

import numpy as np

from fanin.datasets import digits

ROWS = 320


def data():
    """Return the arrays that descriptions name: the first digits, seen in several ways."""
    (x, labels), _ = digits.load_data()
    x, labels = x[:ROWS], labels[:ROWS]
    onehot = np.eye(10, dtype=np.float32)[labels]
    odd = (labels % 2).astype(np.float32)
    thirds = np.stack([x[:, i::3].mean(axis=1) for i in range(3)], axis=1)
    grid = np.linspace(-4, 4, 64, dtype=np.float32).reshape(8, 8)
    return {
        "x": x,
        "x64": x.astype(np.float64),
        "images": x.reshape(-1, 8, 8),
        "tokens": (x[:, 20:32] * 16).astype(np.int32),
        "labels": labels,
        "column": labels[:, None],
        "ignored": np.where(np.arange(ROWS) % 5 == 0, 3, labels),
        "onehot": onehot,
        "signs": 2 * onehot - 1,
        "odd": odd,
        "odd_column": odd[:, None],
        "odd_sign": 2 * odd[:, None] - 1,
        "targets": thirds * 4,
        "rows_of_labels": np.repeat(labels[:, None], 8, axis=1),
        "weights": (np.arange(ROWS) % 4).astype(np.float32) / 2,
        "grid": grid,
        "chances": np.abs(grid) / np.abs(grid).sum(axis=1, keepdims=True),
        "bits": (np.arange(64).reshape(8, 8) % 3 == 0).astype(np.float32),
        "eight": np.arange(8, dtype=np.float32) / 4,
    }


def at(root, path):
    """Return what the dotted path names; a number is an index."""
    for name in filter(None, path.split(".")):
        root = root[int(name)] if name.isdigit() else getattr(root, name)
    return root


def batches(keras, kind, x, y, size, *weights):
    """Return the arrays as a source of batches, written in Python."""
    arrays = [x, y, *weights]
    count = -(-len(x) // size)

    def batch(i):
        return tuple(a[i * size : (i + 1) * size] for a in arrays)

    if kind == "generator":
        return (batch(i % count) for i in range(10**9))

    class Rows(keras.utils.PyDataset):
        def __len__(self):
            return count

        def __getitem__(self, i):
            return batch(i)

    return Rows()


def made(keras, value, arrays):
    """Return a described value as the object it describes."""
    if isinstance(value, str) and value.startswith("$"):
        name, *part = value[1:].split(":")
        return arrays[name][slice(*map(int, part))] if part else arrays[name]
    if isinstance(value, list):
        return [made(keras, v, arrays) for v in value]
    if not isinstance(value, dict):
        return value
    if "get" in value:
        return at(keras, value["get"])
    if "rows" in value:
        return batches(keras, *made(keras, value["rows"], arrays))
    result = {k: made(keras, v, arrays) for k, v in value.items() if k != "new"}
    if "new" in value:
        return at(keras, value["new"])(**result)
    return {int(k) if k.isdigit() else k: v for k, v in result.items()}


def plain(value):
    """Return a result as JSON can keep it."""
    if hasattr(value, "history"):
        return plain(value.history)
    if isinstance(value, dict):
        return {name: plain(v) for name, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return value if value is None else np.asarray(value).tolist()


def call(keras, function, arrays, positional, named):
    """Call with described arguments."""
    return function(*made(keras, positional, arrays), **made(keras, named, arrays))


def do(keras, model, arrays, path, positional, named):
    """Take one step and return what it gives."""
    if path == "set":
        *owner, name = positional[0].split(".")
        setattr(at(model, ".".join(owner)), name, made(keras, positional[1], arrays))
        return None
    if path in ("fit", "evaluate", "predict"):
        named = {"verbose": 0, **named}
    result = call(keras, at(model, path), arrays, positional, named)
    return result if path.startswith("predict") else plain(result)


def run(keras, description):
    """Return hashes of the weights before the first step but `adapt`, and what each step gave."""
    arrays = data()
    keras.utils.clear_session()
    keras.utils.set_random_seed(description["seed"])
    model = keras.Sequential(made(keras, description["layers"], arrays))
    results, hashes = [], None
    for step in description["steps"]:
        if hashes is None and not step[0].endswith("adapt"):
            hashes = [hashlib.sha256(w.tobytes()).hexdigest()[:16] for w in model.get_weights()]
        results.append(do(keras, model, arrays, *step))
    return hashes, results


def value(keras, description):
    """Return what the last of some calls of one described object or function gives."""
    arrays = data()
    target = made(keras, description["of"], arrays)
    for method, positional, named in description["calls"]:
        function = getattr(target, method) if method else target
        result = call(keras, function, arrays, positional, named)
    return np.asarray(result)
