"""Write the files of models that test_saving.py reads, by Keras on TensorFlow.

python make_saving.py, with keras==3.15.1 and tensorflow==2.21.0 installed.
"""

import json
import os
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras
import numpy as np

FOLDER = Path(__file__).parent / "saving"


def data():
    """Return inputs and class numbers; test_saving.py has the same."""
    x = np.sin(np.arange(96, dtype=np.float64)).reshape(24, 4).astype(np.float32)
    return x, np.arange(24) % 3


def chain():
    x, y = data()
    normalization = keras.layers.Normalization()
    normalization.adapt(x)
    model = keras.Sequential(
        [
            keras.Input((4,)),
            normalization,
            keras.layers.Dense(
                5, "relu", kernel_regularizer="l2", kernel_constraint=keras.constraints.MaxNorm(2)
            ),
            keras.layers.BatchNormalization(),
            keras.layers.PReLU(),
            keras.layers.Dense(3, "softmax", name="head"),
        ]
    )
    model.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.01, 10, 0.9)),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    model.fit(x, y, epochs=2, batch_size=8, shuffle=False, verbose=0)
    return model, y


def functional():
    x, y = data()
    inputs = keras.Input((4,))
    initializer = keras.initializers.HeNormal(5)
    hidden = keras.layers.Dense(3, "tanh", kernel_initializer=initializer)(inputs)
    model = keras.Model(inputs, keras.layers.Dense(1, use_bias=False)(hidden))
    model.compile(
        keras.optimizers.SGD(0.01, momentum=0.9),
        keras.losses.MeanSquaredError(),
        metrics=[keras.metrics.MeanAbsoluteError()],
    )
    targets = (y - 1.0).astype(np.float32)
    model.fit(x, targets, epochs=2, batch_size=8, shuffle=False, verbose=0)
    return model, targets


def main():
    FOLDER.mkdir(exist_ok=True)
    keras.utils.set_random_seed(42)
    x, _ = data()
    expected = {"keras": keras.__version__}
    makers = {"chain.keras": chain, "functional.keras": functional, "old.h5": functional}
    for name, make in makers.items():
        model, y = make()
        model.save(FOLDER / name)
        # What a model gives that is read from the file, and how it trains on. (Keras can't train on
        # a model from an .h5 file: the saved one stands for it.)
        outputs = model.predict(x, verbose=0)
        history = model.fit(x, y, epochs=2, batch_size=8, shuffle=False, verbose=0).history
        rounded = [[float(f"{value:.9g}") for value in row] for row in outputs]
        expected[name] = {"outputs": rounded, "history": history}
    (FOLDER / "expected.json").write_text(json.dumps(expected) + "\n")


if __name__ == "__main__":
    main()
