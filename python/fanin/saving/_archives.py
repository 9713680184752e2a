"""Zip archives of untrusted origin."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# A packed member may unpack to so many bytes, and so many for each packed one: weights are hardly
# packed at all.
_UNPACKED = 1 << 24
_EXPANSION = 4

# What zipfile raises for damaged files, whatever it is that it stumbles over.
_DAMAGES = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
)


@contextmanager
def opened(path: str) -> Iterator[zipfile.ZipFile]:
    """Open an archive for reading; nothing of it is ever written to the disk.

    Raises
    ------
    OSError
        If it cannot be opened.
    ValueError
        If it is corrupted, also where that is found out within the context.
    """
    with open(path, "rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                names = archive.namelist()
                if len(set(names)) != len(names):
                    raise ValueError(
                        f"Not allowed: a zip file with two members of one name: {path}"
                    )
                yield archive
        except _DAMAGES as error:
            raise ValueError(f"Not a zip file, or a corrupted one: {path} ({error})") from error


def open_member(archive: zipfile.ZipFile, name: str) -> Any:
    """Return a member as a stream.

    Raises
    ------
    ValueError
        If there is no such member, or it is encrypted, or packed by another method than deflate.
    """
    try:
        info = archive.getinfo(name)
    except KeyError:
        raise ValueError(f"There is no member '{name}' in the file.") from None
    if info.flag_bits & 1:
        raise ValueError(f"Member '{name}' is encrypted.")
    if info.compress_type == zipfile.ZIP_STORED:
        if info.file_size != info.compress_size:
            raise ValueError(f"Member '{name}' is corrupted: its two sizes differ.")
    elif info.compress_type != zipfile.ZIP_DEFLATED:
        raise ValueError(f"Member '{name}' is packed by an unknown method: {info.compress_type}")
    return archive.open(info)


def read_member(archive: zipfile.ZipFile, name: str) -> bytes:
    """Return a member's bytes, checked against their checksum.

    Members that are not packed, as Keras and Fanin write them, may have any size.

    Raises
    ------
    ValueError
        See `open_member`; and if it unpacks to much more than the file has.
    """
    with open_member(archive, name) as stream:
        info = archive.getinfo(name)
        if info.file_size > _UNPACKED + _EXPANSION * info.compress_size:
            raise ValueError(
                f"Not allowed: ZIP member '{name}' declares {info.file_size} bytes but only "
                f"{info.compress_size} are stored; refusing to load a potential decompression bomb."
            )
        content: bytes = stream.read()
    return content
