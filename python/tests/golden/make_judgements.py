"""Write judgements.npz: what Keras on TensorFlow gives for the inputs of judgement_cases.py.

    python python/tests/golden/make_judgements.py

Made with Keras 3.15.1 on TensorFlow 2.21. Each array is named by group and number of its case.
"""

import sys
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import judgement_cases as cases  # noqa: E402


def with_gradient(function, x, weights=None):
    """Return f(x) and the gradient of the sum of f(x), or of f(x) times weights."""
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = function(x)
        total = tf.reduce_sum(y * (1 if weights is None else weights(y.shape)))
    return y.numpy(), tape.gradient(total, x).numpy()


def main():
    """Compute all cases."""
    found = {}
    for number, (name, arguments) in enumerate(cases.ACTIVATIONS):
        function = getattr(keras.activations, name)
        x = cases.ROWS if "axis" in arguments else cases.VALUES
        y, dx = with_gradient(
            lambda x, f=function, a=arguments: f(x, **a),
            x,
            lambda shape: np.cos(np.arange(np.prod(shape))).reshape(shape).astype(np.float32),
        )
        found[f"activation_{number}"], found[f"activation_{number}_gradient"] = y, dx
    for number, (name, data, arguments) in enumerate(cases.LOSSES):
        y_true, y_pred = cases.DATA[data]
        loss = getattr(keras.losses, name)(reduction="none", **arguments)
        values, gradient = with_gradient(lambda p, f=loss, y=y_true: f(y, p), y_pred)
        found[f"loss_{number}"], found[f"loss_{number}_gradient"] = values, gradient
        for reduction in cases.REDUCTIONS:
            loss = getattr(keras.losses, name)(reduction=reduction, **arguments)
            found[f"loss_{number}_{reduction}"] = np.array(
                [loss(y_true, y_pred), loss(y_true, y_pred, cases.WEIGHTS)]
            )
    for number, (name, data, arguments) in enumerate(cases.METRICS):
        y_true, y_pred = cases.DATA[data]
        results = []
        for weights in (None, cases.metric_weights(name)):
            metric = getattr(keras.metrics, name)(**arguments)
            for part in (slice(0, 5), slice(5, None)):
                metric.update_state(
                    y_true[part], y_pred[part], None if weights is None else weights[part]
                )
            results.append(metric.result().numpy())
        found[f"metric_{number}"] = np.array(results)
    np.savez_compressed(HERE / "judgements.npz", **found)


if __name__ == "__main__":
    main()
