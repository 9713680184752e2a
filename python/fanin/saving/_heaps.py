"""The places of HDF5 files where texts lie: damaged ones can hold up the HDF5 library for ever."""

import mmap
import os
import struct

# "GCOL", version 1, three zeros; then the size of all, and objects.
_START = b"GCOL\x01\0\0\0"
# Number, count of references, four zeros, size of the content, which is padded to eights.
_OBJECT = struct.Struct("<HHIQ")


def check(path: str) -> None:
    """Raise ValueError if a file's global heaps do not consist of objects from start to end.

    See "Disk Format: Level 1E - Global Heap" in the HDF5 File Format Specification.
    """
    if not os.path.getsize(path):
        raise ValueError(f"Not an HDF5 file: {path} is empty.")
    with (
        open(path, "rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
    ):
        start = content.find(_START)
        while start >= 0:
            _walk(content, start, path)
            start = content.find(_START, start + 1)


def _walk(content: mmap.mmap, start: int, path: str) -> None:
    place = start + len(_START)
    end = start + int.from_bytes(content[place : place + 8], "little")
    place += 8
    if not place <= end <= len(content):
        raise ValueError(f"A truncated or corrupted HDF5 file: {path} (size of a heap)")
    # What is too short for an object is free.
    while place + _OBJECT.size <= end:
        number, _, _, size = _OBJECT.unpack_from(content, place)
        # Number 0 is free space, whose size counts all of it.
        taken = size if number == 0 else _OBJECT.size + (size + 7) // 8 * 8
        if taken < _OBJECT.size or place + taken > end:
            raise ValueError(f"A truncated or corrupted HDF5 file: {path} (objects of a heap)")
        place += taken
