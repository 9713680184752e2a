"""Keras's older files of whole models, .h5: the description in attributes, weights by names."""

from typing import Any

import numpy as np

from . import _hdf5, _heaps
from ._groups import AnyArray, Group, Mismatch, check_count, load, optimizer_group
from ._models import KERAS_VERSION, parse, rebuild
from ._objects import serialize_keras_object
from ._weights import check_optimizer, warn_of_state


def save_model(model: Any, target: str, include_optimizer: bool) -> None:
    """Write a model to a new file."""
    import json

    h5py = _hdf5.library()
    text = h5py.string_dtype()
    config = serialize_keras_object(model)
    training = config.get("compile_config")
    with h5py.File(target, "w") as file:
        file.attrs["keras_version"] = KERAS_VERSION
        file.attrs["backend"] = "tensorflow"
        file.attrs["model_config"] = json.dumps(
            {"class_name": config["class_name"], "config": config["config"]}
        )
        if training and include_optimizer:
            training["optimizer_config"] = training.pop("optimizer")
            training["loss"] = _long_name(training["loss"])
            file.attrs["training_config"] = json.dumps(training)
        weights = file.create_group("model_weights")
        weights.attrs["keras_version"] = KERAS_VERSION
        weights.attrs["backend"] = "tensorflow"
        weights.attrs["layer_names"] = np.array([layer.name for layer in model.layers], text)
        for group in _layers(model):
            _write(weights.create_group(group.path), group, text)
        _write(weights.create_group("top_level_model_weights"), Group("", "", model, [], []), text)
        if model.optimizer is not None and include_optimizer:
            group = optimizer_group(model.optimizer)
            # Some of Adafactor's have one name.
            names = [f"{model.optimizer.name}/{i}_{name}" for i, name in enumerate(group.names)]
            group = Group("", "", model.optimizer, names, group.memory)
            _write(file.create_group("optimizer_weights"), group, text)


def _write(entry: Any, group: Group, text: Any) -> None:
    entry.attrs["weight_names"] = np.array(group.names, text if group.names else float)
    for name, memory in zip(group.names, group.memory, strict=True):
        entry[name] = memory


def _long_name(loss: Any) -> Any:
    """Return a loss by the one of its names that Keras finds here."""
    from .. import losses

    return getattr(losses.get(loss), "__name__", loss) if isinstance(loss, str) else loss


def _layers(model: Any) -> list[Group]:
    """Return a group for each layer, in which those of a model inside lie together."""
    found = []
    for layer in model.layers:
        inner = [layer] if not hasattr(layer, "layers") else layer.leaves
        variables = [variable for leaf in inner for variable in leaf.variables]
        # As Keras orders them here: what is trained now first.
        variables.sort(key=lambda variable: not variable.trainable)
        names = [variable.path for variable in variables]
        memory = [np.asarray(variable.memory) for variable in variables]
        found.append(Group(layer.name, layer.name, layer, names, memory))
    return found


def load_model(path: str, compile: bool, safe_mode: bool) -> Any:
    """Return the model in a file; see `saving.load_model`."""
    import os

    _heaps.check(path)
    with _hdf5.reading(path, path) as file:
        described = _hdf5.texts(file, "model_config")
        training = _hdf5.texts(file, "training_config")
    if not described:
        raise ValueError(f"No model config found in the file at {path}.")
    config = parse(described[0], path)
    if compile and training:
        config["compile_config"] = _compile_config(parse(training[0], path))
    model = rebuild(config, os.path.getsize(path), compile, safe_mode, path)
    _load(model, path, False)
    return model


def _compile_config(training: dict[str, Any]) -> dict[str, Any]:
    """Return what `compile_from_config` takes: here Keras leaves out what the modules are."""
    modules = {
        "loss": "losses",
        "metrics": "metrics",
        "weighted_metrics": "metrics",
        "optimizer": "optimizers",
    }
    training["optimizer"] = training.pop("optimizer_config", "rmsprop")
    return {
        name: _with_module(value, f"keras.{modules[name]}") if name in modules else value
        for name, value in training.items()
    }


def _with_module(value: Any, module: str) -> Any:
    if isinstance(value, dict) and "class_name" in value:
        return {"module": module, **value}
    if isinstance(value, dict):
        return {name: _with_module(part, module) for name, part in value.items()}
    if isinstance(value, list):
        return [_with_module(part, module) for part in value]
    return value


def load_weights(model: Any, path: str, skip_mismatch: bool) -> None:
    """Read the weights of a model from a file, layer by layer, whatever their names."""
    _heaps.check(path)
    _load(model, path, skip_mismatch)


def _load(model: Any, path: str, skip_mismatch: bool) -> None:
    with _hdf5.reading(path, path) as file:
        entry = file
        if "layer_names" not in file.attrs:
            entry = _hdf5.child(file, "model_weights", "Group")
            if entry is None:
                raise ValueError(f"There are no weights in {path}.")
        places = {}
        for name in _names(entry, "layer_names"):
            place = _hdf5.descend(entry, name)
            if place is None:
                raise ValueError(f"There is no group '{name}' in {path}.")
            if _names(place, "weight_names"):
                places[name] = place
        wanted = [group for group in _layers(model) if group.memory]
        if len(places) != len(wanted):
            raise ValueError(
                "Layer count mismatch when loading weights from file. "
                f"Model expected {len(wanted)} layers, found {len(places)} saved layers."
            )
        sources = {
            id(group.owner): place for group, place in zip(wanted, places.values(), strict=True)
        }
        if model.optimizer is not None and model.optimizer.built:
            group = optimizer_group(model.optimizer)
            place = _hdf5.child(file, "optimizer_weights", "Group")
            count = 0 if place is None else len(_names(place, "weight_names"))
            if count == len(group.memory):
                sources[id(group.owner)] = place
                wanted.append(group)
            elif count:
                warn_of_state(model.optimizer, len(group.memory), count)
        load(wanted, lambda group: _read(sources[id(group.owner)], group), skip_mismatch)


def _read(place: Any, group: Group) -> list[AnyArray]:
    names = _names(place, "weight_names")
    check_count(group, len(names))
    arrays = []
    for name, memory in zip(names, group.memory, strict=True):
        folder, _, own = name.rpartition("/")
        parent = _hdf5.descend(place, folder) if folder else place
        if parent is None:
            raise Mismatch(f"There is no array '{name}' in the file.")
        arrays.append(_hdf5.array(parent, own, name, memory))
    check_optimizer(group, arrays)
    return arrays


def _names(entry: Any, attribute: str) -> list[str]:
    """Return a list of names, which Keras cuts into numbered pieces where it is long."""
    names = _hdf5.texts(entry, attribute)
    if names is None:
        names, number = [], 0
        while piece := _hdf5.texts(entry, f"{attribute}{number}"):
            names += piece
            number += 1
    if not all(names):
        raise ValueError(f"`{attribute}` must be a list of names. Received: {names}")
    return names
