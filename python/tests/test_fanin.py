"""The package as a whole: what `import fanin as keras` has to give."""

import subprocess
import sys

import numpy as np

import fanin as keras


def test_the_tutorial():
    keras.utils.set_random_seed(42)

    def create_model(initializer):
        model = keras.Sequential(
            [
                keras.layers.Dense(64, activation="relu", kernel_initializer=initializer),
                keras.layers.Dense(64, activation="relu", kernel_initializer=initializer),
                keras.layers.Dense(10, activation="softmax", kernel_initializer=initializer),
            ]
        )
        return model

    xavier_model = create_model("glorot_uniform")
    he_model = create_model("he_uniform")

    (x_train, y_train), (x_test, y_test) = keras.datasets.digits.load_data()
    for model in (xavier_model, he_model):
        model.compile(
            optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"]
        )
        history = model.fit(
            x_train, y_train, epochs=8, batch_size=32, verbose=0, validation_data=(x_test, y_test)
        )
        assert history.history["loss"][-1] < history.history["loss"][0] / 4
        loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
        assert history.history["val_accuracy"][-1] == accuracy > 0.85
        assert history.history["val_loss"][-1] == loss
    assert np.abs(he_model.layers[0].kernel).max() > np.abs(xavier_model.layers[0].kernel).max()


def test_names():
    assert keras.models.Sequential is keras.Sequential
    assert keras.layers.Input is keras.Input
    assert keras.initializers.Initializer is keras.Initializer
    assert callable(keras.compare)
    assert keras.callbacks.History
    assert keras.__version__


def test_what_is_not_required_is_not_imported():
    script = (
        "import sys, numpy; before = set(sys.modules); "
        "import fanin; print(*set(sys.modules) - before)"
    )
    modules = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    ).stdout.split()
    assert "fanin" in modules
    extras = {"matplotlib", "tqdm", "ml_dtypes", "scipy"}
    slow = {"argparse", "asyncio", "concurrent.futures", "logging", "multiprocessing", "unittest"}
    slow |= {"html", "importlib.resources", "json", "pathlib", "shutil", "tempfile"}
    assert not (extras | slow) & set(modules)
