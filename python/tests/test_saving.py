"""Models and weights in files: what is written is read again, and what Keras wrote."""

import json
import os
import stat
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

import fanin
from fanin import layers, saving

GOLDEN = Path(__file__).parent / "golden" / "saving"
EXPECTED = json.loads((GOLDEN / "expected.json").read_text())
WEIGHTS = (".weights.h5", ".safetensors", ".npz")
MODELS = (".keras", ".h5")


def data():
    """The data of golden/make_saving.py."""
    x = np.sin(np.arange(96, dtype=np.float64)).reshape(24, 4).astype(np.float32)
    return x, np.arange(24) % 3


def model(seed=0, optimizer="adam", fit=True):
    fanin.utils.set_random_seed(seed)
    x, y = data()
    made = fanin.Sequential(
        [
            fanin.Input((4,)),
            layers.Dense(5, "relu", kernel_regularizer="l2"),
            layers.BatchNormalization(),
            layers.Dense(3, "softmax", name="head"),
        ]
    )
    made.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    if fit:
        made.fit(x, y, epochs=2, batch_size=8, verbose=0)
    return made


def train_on(made, y=None):
    x, labels = data()
    y = labels if y is None else y
    return made.fit(x, y, epochs=2, batch_size=8, shuffle=False, verbose=0).history


def state(made):
    """Copies of the weights and of the optimizer's state."""
    return [
        *made.get_weights(),
        *(np.array(v) for v in ([] if made.optimizer is None else made.optimizer.variables)),
    ]


def assert_equal(a, b):
    assert len(a) == len(b)
    for left, right in zip(a, b, strict=True):
        assert left.shape == right.shape and left.dtype == right.dtype
        assert left.tobytes() == right.tobytes()


# -- What Keras wrote ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["chain.keras", "functional.keras", "old.h5"])
def test_reads_models_of_keras(name):
    x, y = data()
    expected = EXPECTED[name]
    loaded = saving.load_model(GOLDEN / name)
    assert loaded.compiled
    assert int(loaded.optimizer.iterations) == 6
    # Each output is a short sum of float32 products.
    np.testing.assert_allclose(loaded.predict(x, verbose=0), expected["outputs"], 1e-5, 1e-6)
    history = train_on(loaded, y if name == "chain.keras" else (y - 1.0).astype(np.float32))
    assert list(history) == list(expected["history"])
    for key, values in expected["history"].items():
        np.testing.assert_allclose(history[key], values, rtol=1e-5)


def test_reads_every_number_of_keras(tmp_path):
    path = tmp_path / "chain.weights.h5"
    path.write_bytes(zipfile.ZipFile(GOLDEN / "chain.keras").read("model.weights.h5"))
    loaded = saving.load_model(GOLDEN / "chain.keras")
    places = {
        "layers/normalization": loaded.layers[0],
        "layers/dense": loaded.layers[1],
        "layers/batch_normalization": loaded.layers[2],
        "layers/p_re_lu": loaded.layers[3],
        "layers/dense_1": loaded.layers[4],
        "optimizer": loaded.optimizer,
    }
    with h5py.File(path) as file:
        for place, owner in places.items():
            stored = [file[f"{place}/vars/{i}"][()] for i in range(len(file[f"{place}/vars"]))]
            weights = owner.variables if place == "optimizer" else owner.get_weights()
            assert_equal([np.asarray(w) for w in weights], [np.asarray(s) for s in stored])
    other = saving.load_model(GOLDEN / "chain.keras", compile=False)
    assert not other.compiled
    other.set_weights([w * 0 for w in other.get_weights()])
    other.load_weights(path)
    assert_equal(other.get_weights(), loaded.get_weights())


def test_writes_the_layout_of_keras(tmp_path):
    """Read from Keras's own file and written again, all but names and the date are the same."""
    path = tmp_path / "again.keras"
    saving.load_model(GOLDEN / "chain.keras").save(path)

    def content(path):
        with zipfile.ZipFile(path) as archive:
            assert archive.namelist() == ["metadata.json", "config.json", "model.weights.h5"]
            assert all(i.compress_type == zipfile.ZIP_STORED for i in archive.infolist())
            config = json.loads(archive.read("config.json"))
            with archive.open("model.weights.h5") as member, h5py.File(member) as file:
                found = {}
                file.visititems(
                    lambda name, item: found.update(
                        {name: dict(item.attrs)}
                        if isinstance(item, h5py.Group)
                        else {name: (item.dtype, item.shape, item[()].tobytes())}
                    )
                )
        return plain(config), found

    def plain(value):
        # Keras numbers objects that occur twice; the numbers are addresses.
        if isinstance(value, dict):
            return {k: plain(v) for k, v in value.items() if k != "shared_object_id"}
        return [plain(v) for v in value] if isinstance(value, list) else value

    (config, found), (keras_config, keras_found) = content(path), content(GOLDEN / "chain.keras")
    assert found == keras_found
    # Keras saw the adapted layer with the data's rows.
    for each in (config, keras_config):
        each["config"]["layers"][1].pop("build_config")
    assert config["compile_config"] == keras_config["compile_config"]
    assert config == keras_config


# -- Fanin to Fanin --------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", MODELS)
@pytest.mark.parametrize("optimizer", ["sgd", "adam", "rmsprop"])
def test_models_go_on_where_they_were(tmp_path, suffix, optimizer):
    path = tmp_path / f"model{suffix}"
    made = model(1, optimizer)
    made.save(path)
    loaded = fanin.models.load_model(path)
    assert_equal(state(loaded), state(made))
    assert [layer.name for layer in loaded.layers] == [layer.name for layer in made.layers]
    assert train_on(loaded) == train_on(made)
    assert_equal(state(loaded), state(made))


@pytest.mark.parametrize("suffix", WEIGHTS)
def test_weights_are_the_same(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    made, other = model(1), model(2)
    made.save_weights(path)
    other.load_weights(path)
    assert_equal(other.get_weights(), made.get_weights())
    # Keras's format has the optimizer's state too.
    if suffix == ".weights.h5":
        assert_equal(state(other), state(made))


def test_names_of_arrays(tmp_path):
    made = model()
    made.save_weights(tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz", allow_pickle=False) as file:
        assert list(file) == [
            *("dense/kernel", "dense/bias"),
            *(f"batch_normalization/{n}" for n in ("gamma", "beta", "moving_mean")),
            "batch_normalization/moving_variance",
            *("head/kernel", "head/bias"),
        ]
        assert_equal([file["head/bias"]], [np.asarray(made.layers[2].bias)])
    from safetensors.numpy import load_file

    made.save_weights(tmp_path / "a.safetensors")
    tensors = load_file(tmp_path / "a.safetensors")
    assert sorted(tensors) == sorted(list(np.load(tmp_path / "a.npz")))
    assert_equal([tensors["dense/kernel"]], [np.asarray(made.layers[0].kernel)])


def test_models_inside_models(tmp_path):
    def nested():
        inner = fanin.Sequential([fanin.Input((4,)), layers.Dense(3), layers.Dense(4)], name="in")
        return fanin.Sequential([fanin.Input((4,)), inner, layers.Dense(2, name="out")])

    made, other = nested(), nested()
    for suffix in WEIGHTS:
        path = tmp_path / f"a{suffix}"
        made.save_weights(path)
        other.set_weights([w * 0 for w in other.get_weights()])
        other.load_weights(path)
        assert_equal(other.get_weights(), made.get_weights())
    with h5py.File(tmp_path / "a.weights.h5") as file:
        assert "layers/sequential/layers/dense_1/vars/0" in file
    for suffix in MODELS:
        made.save(tmp_path / f"a{suffix}")
        loaded = saving.load_model(tmp_path / f"a{suffix}")
        assert_equal(loaded.get_weights(), made.get_weights())


def test_float64_and_numbers_that_are_none(tmp_path):
    made = fanin.Sequential([fanin.Input((2,)), layers.Dense(2, dtype="float64")])
    made.set_weights([np.array([[np.nan, np.inf], [1e-310, -0.0]]), np.array([1 / 3, 2.0])])
    single = fanin.Sequential([fanin.Input((2,)), layers.Dense(2)])
    for suffix in WEIGHTS:
        path = tmp_path / f"a{suffix}"
        made.save_weights(path)
        other = fanin.Sequential([fanin.Input((2,)), layers.Dense(2, dtype="float64")])
        other.load_weights(path)
        assert_equal(other.get_weights(), made.get_weights())
        single.load_weights(path)
        assert_equal(single.get_weights(), [w.astype(np.float32) for w in made.get_weights()])


@pytest.mark.parametrize("dtype", ["float16", "float64"])
def test_other_widths_are_cast(tmp_path, dtype):
    made, other = model(1), model(2)
    path = tmp_path / "a.npz"
    made.save_weights(path)
    with np.load(path) as file:
        arrays = {name: file[name].astype(dtype) for name in file}
    np.savez_compressed(path, **arrays)
    other.load_weights(path)
    assert_equal(other.get_weights(), [w.astype(dtype).astype(w.dtype) for w in made.get_weights()])


def test_skip_mismatch(tmp_path):
    path = tmp_path / "a.weights.h5"
    made = model(1, fit=False)
    made.save_weights(path)
    other = fanin.Sequential(
        [
            fanin.Input((4,)),
            layers.Dense(5),
            layers.BatchNormalization(),
            layers.Dense(7, kernel_initializer="ones"),
        ]
    )
    before = other.get_weights()
    with pytest.raises(ValueError, match="A total of 1 objects could not be loaded"):
        other.load_weights(path)
    assert_equal(other.get_weights(), before)
    with pytest.warns(UserWarning, match="A total of 1 objects could not be loaded"):
        other.load_weights(path, skip_mismatch=True)
    assert_equal(other.get_weights()[:6], made.get_weights()[:6])
    assert_equal(other.get_weights()[6:], before[6:])


def test_state_of_an_optimizer_that_does_not_fit(tmp_path):
    path = tmp_path / "a.weights.h5"
    made = model(1)
    made.save_weights(path)
    other = model(2, fit=False)
    with pytest.warns(UserWarning, match="Skipping variable loading for optimizer 'adam"):
        other.load_weights(path)
    assert_equal(other.get_weights(), made.get_weights())
    assert int(other.optimizer.iterations) == 0


# -- Objects of one's own --------------------------------------------------------------------------


def halves(shape, dtype=None):
    return np.full(shape, 0.5, dtype)


def test_custom_initializers(tmp_path):
    path = tmp_path / "a.keras"
    made = fanin.Sequential([fanin.Input((2,)), layers.Dense(2, kernel_initializer=halves)])
    made.save(path)
    with pytest.raises(ValueError, match="halves"):
        saving.load_model(path)
    loaded = saving.load_model(path, custom_objects={"halves": halves})
    assert loaded.layers[0].kernel_initializer is halves
    with saving.custom_object_scope({"halves": halves}):
        assert saving.load_model(path).layers[0].kernel_initializer is halves
    with pytest.raises(ValueError, match="halves"):
        saving.load_model(path)

    @saving.register_keras_serializable("tests")
    class Thirds(fanin.initializers.Initializer):
        def __call__(self, shape, dtype=None):
            return np.full(shape, 1 / 3, dtype)

        def get_config(self):
            return {}

    try:
        made = fanin.Sequential([fanin.Input((2,)), layers.Dense(2, kernel_initializer=Thirds())])
        made.save(path)
        config = json.loads(zipfile.ZipFile(path).read("config.json"))
        entry = config["config"]["layers"][1]["config"]["kernel_initializer"]
        assert entry["registered_name"] == "tests>Thirds"
        assert type(saving.load_model(path).layers[0].kernel_initializer) is Thirds
    finally:
        del saving.get_custom_objects()["tests>Thirds"]


# -- Writing ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", WEIGHTS + MODELS)
def test_failed_save_leaves_the_old_file(tmp_path, suffix, monkeypatch):
    path = tmp_path / f"a{suffix}"
    made = model(1, fit=False)
    save = made.save if suffix in MODELS else made.save_weights
    save(path)
    old = path.read_bytes()

    def fail(*arguments):
        raise OSError("No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="No space"):
            save(path)
    assert path.read_bytes() == old
    assert os.listdir(tmp_path) == [path.name]


def test_what_is_at_the_path(tmp_path):
    made = model(fit=False)
    path, link = tmp_path / "a.npz", tmp_path / "b.npz"
    made.save_weights(path)
    path.chmod(0o640)
    link.symlink_to(path)
    made.save_weights(link)
    assert link.is_symlink() and stat.S_IMODE(path.stat().st_mode) == 0o640
    (tmp_path / "c.npz").mkdir()
    with pytest.raises(OSError, match="Not an ordinary file"):
        made.save_weights(tmp_path / "c.npz")
    with pytest.raises(FileNotFoundError):
        made.save_weights(tmp_path / "nowhere" / "a.npz")


@pytest.mark.parametrize("suffix", [".weights.h5", ".keras"])
def test_overwrite_asks(tmp_path, suffix, monkeypatch):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(b"old")
    made = model(fit=False)
    save = made.save if suffix in MODELS else made.save_weights
    answers = iter(["what", "n"])
    monkeypatch.setattr("builtins.input", lambda question: next(answers))
    save(path, overwrite=False)
    assert path.read_bytes() == b"old"
    monkeypatch.setattr("builtins.input", lambda question: " Y ")
    save(path, overwrite=False)
    assert path.read_bytes() != b"old"

    def nobody(question):
        raise EOFError

    monkeypatch.setattr("builtins.input", nobody)
    with pytest.raises(EOFError):
        save(path, overwrite=False)


def test_paths_and_states_that_are_refused(tmp_path):
    made = model(fit=False)
    with pytest.raises(ValueError, match=r"The filename must end in `.weights.h5`"):
        made.save_weights(tmp_path / "a.h5")
    with pytest.raises(ValueError, match="Invalid filepath extension for saving"):
        made.save(tmp_path / "a.zip")
    with pytest.raises(ValueError, match="File not found: filepath="):
        saving.load_model(tmp_path / "a.keras")
    with pytest.raises(ValueError, match="File format not supported: filepath="):
        saving.load_model(tmp_path / "a.json")
    with pytest.raises(ValueError, match="File format not supported: filepath="):
        made.load_weights(tmp_path / "a.json")
    for suffix in (*WEIGHTS, *MODELS):
        with pytest.raises(FileNotFoundError):
            made.load_weights(tmp_path / f"a{suffix}")
    unbuilt = fanin.Sequential([layers.Dense(2)])
    with pytest.raises(ValueError, match="has not yet been built"):
        unbuilt.save_weights(tmp_path / "a.npz")
    with pytest.raises(ValueError, match="has not yet been built"):
        unbuilt.load_weights(tmp_path / "a.npz")
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize(
    ("suffix", "package"), [(".keras", "h5py"), (".safetensors", "safetensors")]
)
def test_extras_are_named(tmp_path, suffix, package, monkeypatch):
    import sys

    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        monkeypatch.setitem(sys.modules, name, None)
    made = model(fit=False)
    save = made.save if suffix in MODELS else made.save_weights
    extra = {"h5py": "h5", "safetensors": "safetensors"}[package]
    with pytest.raises(ImportError, match=rf"fanin\[{extra}\]"):
        save(tmp_path / f"a{suffix}")
    assert not os.listdir(tmp_path)
