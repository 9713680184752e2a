"""The table of `_native` against the header, and the exceptions of `call`."""

import ctypes
import re
from pathlib import Path

import pytest

from fanin import _native

HEADER = (Path(__file__).parents[2] / "Sources/CFanin/include/fanin.h").read_text()
CODE = re.sub(r"/\*.*?\*/", " ", HEADER, flags=re.S)

SCALARS = {
    "char": ctypes.c_char,
    "int32_t": ctypes.c_int32,
    "int64_t": ctypes.c_int64,
    "uint32_t": ctypes.c_uint32,
    "uint64_t": ctypes.c_uint64,
    "double": ctypes.c_double,
    "fanin_status": ctypes.c_int32,
    "fanin_seed": _native.Seed,
}
STRUCTS = {
    "fanin_error": _native.Error,
    "fanin_array": _native.Array,
    "fanin_seed": _native.Seed,
    "fanin_scaling": _native.Scaling,
    "fanin_layer": _native.Layer,
    "fanin_optimizer": _native.Optimizer,
    "fanin_regularizer": _native.Regularizer,
    "fanin_constraint": _native.Constraint,
    "fanin_loss": _native.Loss,
    "fanin_metric": _native.Metric,
    "fanin_samples": _native.Samples,
    "fanin_statistics": _native.Statistics,
}


def allowed_types(declaration):
    """Return the ctypes that a C declaration without its name may have in the table."""
    words = re.sub(r"\bconst\b", " ", declaration).replace("*", " * ").split()
    base, stars = words[0], words.count("*")
    if stars == 0:
        return {SCALARS[base]}
    if stars == 2 or (base, stars) == ("void", 1):  # the only T ** are to opaque memory
        return {ctypes.c_void_p} if stars == 1 else {ctypes.POINTER(ctypes.c_void_p)}
    if base == "fanin_network":
        return {ctypes.c_void_p}
    if base in STRUCTS:
        return {ctypes.POINTER(STRUCTS[base])}
    return {ctypes.POINTER(SCALARS[base]), ctypes.c_void_p}


def split(declaration):
    """Return (type, name) of 'const double *window'."""
    match = re.fullmatch(r"(.*?[\s*])(\w+)", declaration.strip(), flags=re.S)
    return match.group(1).strip(), match.group(2)


PROTOTYPES = {
    name: (result.strip(), [split(one) for one in arguments.split(",") if one.strip() != "void"])
    for result, name, arguments in re.findall(
        r"^([a-z][\w ]*?[\s*]+)fanin_(\w+)\(([^)]*)\);", CODE, flags=re.M
    )
}


def test_every_function_of_the_header_is_in_the_table():
    assert len(PROTOTYPES) > 15
    assert set(_native.FUNCTIONS) == set(PROTOTYPES)


@pytest.mark.parametrize("name", sorted(PROTOTYPES))
def test_function_types(name):
    result, arguments = PROTOTYPES[name]
    restype, argtypes = _native.FUNCTIONS[name]
    assert restype is None if result == "void" else restype in allowed_types(result)
    assert len(argtypes) == len(arguments)
    for argtype, (declaration, argument) in zip(argtypes, arguments, strict=True):
        assert argtype in allowed_types(declaration), argument


@pytest.mark.parametrize("name", sorted(PROTOTYPES))
def test_function_is_in_the_library(name):
    assert _native.function(name).argtypes == _native.FUNCTIONS[name][1]


def test_every_struct_of_the_header_is_known():
    assert set(re.findall(r"typedef struct (\w+) {", CODE)) == set(STRUCTS)


@pytest.mark.parametrize("name", sorted(STRUCTS))
def test_struct_fields(name):
    body = re.search(rf"typedef struct {name} {{(.*?)}}", CODE, flags=re.S).group(1)
    fields = [one for one in body.split(";") if one.strip()]
    table = STRUCTS[name]._fields_
    assert len(table) == len(fields)
    for (field, kind), text in zip(table, fields, strict=True):
        if array := re.fullmatch(r"\s*(\w+) (\w+)\[(\d+)\]\s*", text):
            assert (field, kind) == (array[2], SCALARS[array[1]] * int(array[3]))
            continue
        declaration, argument = split(text)
        assert field == argument
        assert kind in allowed_types(declaration)


def test_constants():
    constants = {name: int(value) for name, value in re.findall(r"FANIN_(\w+) = (\d+)", CODE)}
    (version,) = re.findall(r"#define FANIN_ABI_VERSION (\d+)u", CODE)
    constants["ABI_VERSION"] = int(version)
    table = {
        name: value
        for name, value in vars(_native).items()
        if re.fullmatch("[A-Z][A-Z0-9_]*", name) and isinstance(value, int)
    }
    assert table == constants


@pytest.mark.parametrize(
    ("status", "exception"),
    [
        (_native.INVALID_VALUE, ValueError),
        (_native.INVALID_TYPE, TypeError),
        (_native.OUT_OF_MEMORY, MemoryError),
        (_native.NOT_IMPLEMENTED, NotImplementedError),
        (_native.BUSY, RuntimeError),
    ],
)
def test_each_status_has_its_exception(monkeypatch, status, exception):
    def failing(first, error):
        # A sentence cut within a character must still be one.
        error.message = "naïve".encode()[: 3 if first else None]
        return status

    monkeypatch.setattr(_native, "function", lambda name: failing)
    with pytest.raises(exception, match="^naïve$"):
        _native.call("any", 0)
    with pytest.raises(exception, match="^na\ufffd$"):
        _native.call("any", 1)


def test_a_message_of_the_library_arrives():
    with pytest.raises(ValueError, match="0"):
        _native.call("set_num_threads", 0)


def test_a_struct_is_returned_by_value():
    seed = _native.function("integer_seed")(2**31, 5)
    assert (seed.first, seed.second) == (2, 5)
