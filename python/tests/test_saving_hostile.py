"""Files that are damaged or made to do harm: a clear error, and the model stays as it was."""

import json
import struct
import tracemalloc
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

import fanin
from fanin import layers, saving

CHAIN = Path(__file__).parent / "golden" / "saving" / "chain.keras"
WEIGHTS = (".weights.h5", ".safetensors", ".npz", ".keras", ".h5")
HUGE = 1 << 40


def model(seed=1):
    fanin.utils.set_random_seed(seed)
    made = fanin.Sequential([fanin.Input((4,)), layers.Dense(3, "relu"), layers.Dense(2)])
    made.compile("adam", "mse")
    made.fit(np.ones((8, 4)), np.ones((8, 2)), verbose=0)
    return made


def save(made, path):
    (made.save if path.suffix == ".keras" or path.name == "a.h5" else made.save_weights)(path)


def state(made):
    return [w.tobytes() for w in [*made.get_weights(), *map(np.array, made.optimizer.variables)]]


def refused(path, match=None, into=None):
    """Check that weights and, if it is one, a model are not read from `path`."""
    made = model(2) if into is None else into
    before = state(made)
    with pytest.raises(ValueError, match=match):
        made.load_weights(path)
    assert state(made) == before


def datasets(path, change):
    with h5py.File(path, "r+") as file:
        change(file)


@pytest.mark.parametrize("suffix", WEIGHTS)
def test_truncated(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    save(model(), path)
    content = path.read_bytes()
    made = model(2)
    for length in {*range(0, len(content), len(content) // 40), len(content) - 1}:
        path.write_bytes(content[:length])
        refused(path, into=made)
        if suffix in (".keras", ".h5"):
            with pytest.raises(ValueError):
                saving.load_model(path)


@pytest.mark.parametrize("suffix", WEIGHTS)
def test_changed_bytes(tmp_path, suffix):
    """Either an error that leaves the model alone, or other numbers, where nothing guards them."""
    path = tmp_path / f"a{suffix}"
    save(model(), path)
    content = path.read_bytes()
    made = model(2)
    start = state(made)
    seed = 20260101
    generator = np.random.default_rng(seed)
    errors = 0
    for _ in range(150):
        damaged = bytearray(content)
        for place in generator.integers(len(content), size=generator.integers(1, 5)):
            damaged[place] = generator.integers(256)
        path.write_bytes(damaged)
        before = state(made)
        try:
            made.load_weights(path)
        except ValueError:
            errors += 1
            assert state(made) == before, seed
    assert errors and made.built and len(start) == len(before)


def test_wrong_shapes_dtypes_and_counts(tmp_path):
    path = tmp_path / "a.weights.h5"

    def put(name, value):
        def change(file):
            del file[name]
            if value is not None:
                file[name] = value

        return change

    kernel, bias = "layers/dense/vars/0", "layers/dense_1/vars/1"
    changes = [
        (put(kernel, np.ones((3, 4), "f4")), "must match"),
        (put(kernel, np.ones(12, "f4")), "must match"),
        (put(kernel, np.ones((4, 3), "c8")), "Expected numbers"),
        (put(kernel, np.full((4, 3), b"x", "S4")), "Expected numbers"),
        (put(kernel, np.array([b"x"], h5py.string_dtype())), "Expected numbers"),
        (put(kernel, np.ones((4, 3), [("a", "f4"), ("b", "f4")])), "Expected numbers"),
        (put(kernel, h5py.Empty("f4")), "no values"),
        (put(kernel, None), "expected 2 variables, but received 1"),
        (put(bias, None), "expected 2 variables, but received 1"),
        (put("layers/dense/vars", np.ones(3)), "expected Group"),
        (put("layers/dense", None), "expected 2 variables, but received 0"),
        (put("optimizer/vars/0", np.int64(-1)), "must not be negative"),
        (lambda file: file.create_dataset("layers/dense/vars/2", data=1.0), "received 3 variables"),
        (lambda file: file.move(bias, "layers/dense_1/vars/x"), "there is no array"),
    ]
    for change, match in changes:
        save(model(), path)
        datasets(path, change)
        refused(path, match)


def test_hdf5_that_points_elsewhere(tmp_path):
    path, secret = tmp_path / "a.weights.h5", tmp_path / "secret.bin"
    secret.write_bytes(bytes(48))
    save(model(), tmp_path / "other.weights.h5")
    name = "layers/dense/vars/0"

    def soft(file):
        del file[name]
        file["elsewhere"] = np.ones((4, 3), "f4")
        file[name] = h5py.SoftLink("/elsewhere")

    def outside(file):
        del file[name]
        file[name] = h5py.ExternalLink(str(tmp_path / "other.weights.h5"), name)

    def group_outside(file):
        del file["layers/dense"]
        file["layers/dense"] = h5py.ExternalLink(str(tmp_path / "other.weights.h5"), "layers/dense")

    def external(file):
        del file[name]
        file.create_dataset(name, (4, 3), "f4", external=[(str(secret), 0, 48)])

    def virtual(file):
        del file[name]
        layout = h5py.VirtualLayout((4, 3), "f4")
        layout[:] = h5py.VirtualSource(str(tmp_path / "other.weights.h5"), name, (4, 3))
        file.create_virtual_dataset(name, layout)

    for change in (soft, outside, group_outside, external, virtual):
        save(model(), path)
        datasets(path, change)
        refused(path, "Not allowed: H5 file")


def test_hdf5_bombs(tmp_path):
    path = tmp_path / "a.weights.h5"
    name = "layers/dense/vars/0"

    def huge(file):
        del file[name]
        file.create_dataset(name, (HUGE, 1 << 20), "f4", chunks=(1024, 1024), compression="gzip")

    def chunk(file):
        del file[name]
        shape, limits = (4, 3), (None, None)
        file.create_dataset(name, shape, "f4", maxshape=limits, chunks=(1 << 14, 1 << 13))

    def lzf(file):
        del file[name]
        file.create_dataset(name, data=np.ones((4, 3), "f4"), chunks=(4, 3), compression="lzf")

    def empty(file):
        del file[name]
        file.create_dataset(name, (4, 3), "f4", fillvalue=7.0)

    for change, match in (
        (huge, "must match"),
        (chunk, "chunks of"),
        (lzf, "filters"),
        (empty, "not stored"),
    ):
        save(model(), path)
        datasets(path, change)
        refused(path, match)
    # What a well-meaning tool writes is read.
    made = model()
    save(made, path)

    def packed(file):
        values = file[name][()]
        del file[name]
        file.create_dataset(name, data=values, compression="gzip", shuffle=True, fletcher32=True)

    datasets(path, packed)
    other = model(2)
    other.load_weights(path)
    assert state(other) == state(made)


class Bomb:
    def __reduce__(self):
        return (print, ("executed",))


def test_pickles_in_npz(tmp_path, capsys):
    path = tmp_path / "a.npz"
    arrays = {name: np.ones(2) for name in ("dense/bias", "dense_1/kernel", "dense_1/bias")}
    pickled = np.empty((4, 3), object)
    pickled[:] = Bomb()
    np.savez(path, allow_pickle=True, **{"dense/kernel": pickled}, **arrays)
    refused(path, "Expected numbers in dense/kernel")
    path.write_bytes(b"\x80\x04\x95" + bytes(50))
    refused(path, "Not a zip file")
    assert "executed" not in capsys.readouterr().out


def header(shape, dtype="<f4"):
    text = str({"descr": dtype, "fortran_order": False, "shape": shape}).encode()
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


def test_members_of_npz(tmp_path):
    path = tmp_path / "a.npz"
    save(model(), path)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}

    def write(changes, method=zipfile.ZIP_STORED, extra=()):
        with zipfile.ZipFile(path, "w", method) as archive:
            for name, content in [*{**members, **changes}.items(), *extra]:
                if content is not None:
                    archive.writestr(name, content)

    kernel, good = "dense/kernel.npy", header((4, 3)) + np.ones(12, "f4").tobytes()
    for content, match in (
        (None, "There is no array 'dense/kernel'"),
        (b"", "no header"),
        (good[:-1], "truncated or too long"),
        (good + b"x", "truncated or too long"),
        (header((HUGE, HUGE)), "must match"),
        (header((4, 3), "<U9999999"), "Expected numbers"),
        (header((4, 3), "|V9999999"), "Expected numbers"),
        (header(("a", 3)), "no header"),
        (b"\x93NUMPY\x09\x00" + good[8:], "no header"),
        (b"\x93NUMPY\x02\x00" + b"\xff\xff\xff\x7f" + good[10:], "no header"),
        (header((4, 3)).replace(b"False", b"a()  "), "no header"),
        (good + bytes(1 << 26), "truncated or too long"),
    ):
        write({kernel: content}, zipfile.ZIP_DEFLATED)
        refused(path, match)
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        write({}, method)
        refused(path, "unknown method")
    with pytest.warns(UserWarning, match="Duplicate name"):
        write({}, extra=[(kernel, good)])
    refused(path, "two members of one name")
    # Surplus members, wherever they point, are not looked at.
    write({kernel: good}, extra=[("../../evil.npy", good), ("/etc/evil", b"x")])
    other = model(2)
    other.load_weights(path)
    assert (other.layers[0].kernel == 1).all()
    assert not (tmp_path.parent.parent / "evil.npy").exists()


def test_headers_of_safetensors(tmp_path):
    path = tmp_path / "a.safetensors"
    save(model(), path)
    content = path.read_bytes()
    size = struct.unpack("<Q", content[:8])[0]
    tensors = json.loads(content[8 : 8 + size])

    def write(changed, length=None):
        text = json.dumps(changed).encode() if isinstance(changed, dict) else changed
        path.write_bytes(struct.pack("<Q", length or len(text)) + text + content[8 + size :])

    kernel = tensors["dense/kernel"]
    for changed, match in (
        ({**tensors, "dense/kernel": {**kernel, "shape": [HUGE, HUGE]}}, "corrupted"),
        ({**tensors, "dense/kernel": {**kernel, "shape": [3, 4]}}, "must match"),
        ({**tensors, "dense/kernel": {**kernel, "dtype": "F8_E4M3"}}, "corrupted"),
        ({**tensors, "dense/kernel": {**kernel, "data_offsets": [0, HUGE]}}, "corrupted"),
        (b"[" * 100_000, "corrupted"),
        (b"{}", "corrupted"),
    ):
        write(changed)
        refused(path, match)
    for length in (1 << 62, (1 << 64) - 1, 0x7FFFFFFF):
        write(tensors, length)
        refused(path, "corrupted")


def rewritten(path, config=None, weights=None, method=zipfile.ZIP_STORED):
    """Write Keras's golden model with another description or other weights."""
    with zipfile.ZipFile(CHAIN) as old, zipfile.ZipFile(path, "w", method) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "config.json" and config is not None:
                content = config if isinstance(config, bytes) else json.dumps(config)
            if name == "model.weights.h5" and weights is not None:
                content = weights
            new.writestr(name, content)


def description():
    with zipfile.ZipFile(CHAIN) as archive:
        return json.loads(archive.read("config.json"))


def test_descriptions(tmp_path):
    path = tmp_path / "a.keras"
    for config, match in (
        (b"", "no description"),
        (b"\xff\xfe{", "no description"),
        (b"[" * 200_000, "no description"),
        (b'{"a":' * 200_000, "no description"),
        (b"[]", "it is a list"),
        (b"{}", "no model that can be made"),
        (b'{"class_name": "Dense", "config": {"units": 2}}', "no model that can be made"),
        (b'{"class_name": ["x"], "config": {}}', "no model that can be made"),
        (b'{"class_name": "Sequential", "config": 3}', "no model that can be made"),
        (b"1" * 10_000, "no description"),
    ):
        rewritten(path, config)
        with pytest.raises(ValueError, match=match):
            saving.load_model(path)
    for place, value in (
        (("module",), "os"),
        (("config", "layers", 2, "config", "units"), HUGE),
        (("config", "layers", 2, "config", "units"), "many"),
        (("config", "layers", 2, "config", "units"), -1),
        (("config", "layers", 2, "config", "nonsense"), 1),
        (("config", "layers", 2, "class_name"), "system"),
        (("config", "layers", 2, "config", "activation"), "no such function"),
        (("config", "layers", 0, "config", "batch_shape"), [None, HUGE]),
        (("config", "layers"), 5),
        (("compile_config", "optimizer", "class_name"), "system"),
        (("compile_config", "optimizer", "module"), "os"),
        (("compile_config", "nonsense"), 1),
        (("compile_config", "metrics"), [{"class_name": "system", "module": "os", "config": "ls"}]),
    ):
        config = description()
        target = config
        for key in place[:-1]:
            target = target[key]
        target[place[-1]] = value
        rewritten(path, config)
        with pytest.raises(ValueError):
            saving.load_model(path)


def test_huge_metrics(tmp_path):
    config = description()
    path = tmp_path / "a.keras"
    for name, size in (("AUC", "num_thresholds"), ("MeanIoU", "num_classes")):
        metric = {"module": "keras.metrics", "class_name": name, "config": {size: HUGE}}
        config["compile_config"]["metrics"] = [metric]
        rewritten(path, config)
        with pytest.raises(ValueError, match=f"`{size}` is larger than"):
            saving.load_model(path)


@pytest.mark.parametrize("name", ["Lambda", "__lambda__"])
def test_code_is_never_executed(tmp_path, name):
    path = tmp_path / "a.keras"
    config = description()
    code = {"class_name": name, "config": {"value": "YQ==", "function": "ls"}}
    config["config"]["layers"].insert(
        2, {"module": "keras.layers", "registered_name": None, **code}
    )
    rewritten(path, config)
    with pytest.raises(ValueError, match="arbitrary code execution"):
        saving.load_model(path)
    with pytest.raises(NotImplementedError, match="executes no code from files"):
        saving.load_model(path, safe_mode=False)


def test_bombs_in_keras_files(tmp_path):
    """None of them takes the memory that it asks for, or the time to unpack."""
    path = tmp_path / "a.keras"
    bomb = bytes(1 << 27)
    # Many weights described, few stored.
    config = description()
    for layer in config["config"]["layers"][2:]:
        layer.pop("build_config", None)
    config["config"]["layers"][2]["config"]["units"] = 1 << 24
    made = model(2)
    before = state(made)
    rewritten(path, None, bomb, zipfile.ZIP_DEFLATED)
    packed = path.read_bytes()
    rewritten(path, b" " * len(bomb), None, zipfile.ZIP_DEFLATED)
    spaces = path.read_bytes()
    rewritten(path, config)
    described = path.read_bytes()
    del bomb
    tracemalloc.start()
    try:
        for content, match in (
            (packed, "decompression bomb"),
            (spaces, "decompression bomb"),
            (described, "more weights are described than the file has"),
        ):
            path.write_bytes(content)
            with pytest.raises(ValueError, match=match):
                saving.load_model(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1 << 26
    assert state(made) == before


def test_members_of_keras_files(tmp_path):
    path = tmp_path / "a.keras"
    for kept in (["config.json"], ["model.weights.h5"], ["metadata.json"]):
        with zipfile.ZipFile(CHAIN) as old, zipfile.ZipFile(path, "w") as new:
            for name in kept:
                new.writestr(name, old.read(name))
        with pytest.raises(ValueError, match="There is no member"):
            saving.load_model(path)
    with zipfile.ZipFile(CHAIN) as old, zipfile.ZipFile(path, "w") as new:
        new.writestr("../../evil.txt", "x")
        new.writestr("assets/../../../evil.txt", "x")
        for name in old.namelist():
            new.writestr(name, old.read(name))
    assert saving.load_model(path).built
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.keras"]
    assert not list(tmp_path.parent.glob("evil*"))
    for weights in (b"", b"no HDF5", b"\x89HDF\r\n\x1a\n" + bytes(100)):
        rewritten(path, None, weights)
        with pytest.raises(ValueError, match="Not an HDF5 file"):
            saving.load_model(path)


def test_legacy_files(tmp_path):
    path = tmp_path / "a.h5"

    def attribute(name, value):
        return lambda file: file.attrs.__setitem__(name, value)

    def names(file):
        file["model_weights"].attrs["layer_names"] = np.arange(3)

    for change, match in (
        (attribute("model_config", "{"), "no description"),
        (attribute("model_config", 7), "must be a list of names"),
        (lambda file: file.attrs.__delitem__("model_config"), "No model config found"),
        (lambda file: file.__delitem__("model_weights"), "There are no weights"),
        (names, "must be a list of names"),
    ):
        save(model(), path)
        datasets(path, change)
        with pytest.raises(ValueError, match=match):
            saving.load_model(path)
