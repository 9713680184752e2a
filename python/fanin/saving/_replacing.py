"""Files that are written whole or not at all."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def replacing(path: str) -> Iterator[str]:
    """Give the path of an empty file in the same folder; it replaces `path` if nothing fails.

    Raises
    ------
    OSError
        If the file cannot be written, or `path` is no ordinary file.
    """
    # A link stays one; its target is replaced.
    target = os.path.realpath(path)
    folder, name = os.path.split(target)
    try:
        mode = os.stat(target).st_mode
    except FileNotFoundError:
        mode = None
    if mode is not None and not stat.S_ISREG(mode):
        raise OSError(f"Not an ordinary file: {path}")
    # Its rights are those that the system gives to new files, or the old file's.
    temporary = os.path.join(folder, f".{name[:200]}.{os.urandom(8).hex()}.tmp")
    os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    try:
        yield temporary
        if mode is not None:
            os.chmod(temporary, stat.S_IMODE(mode))
        _flush(temporary)
        os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    # The name, too, should survive a loss of power; not every system can open a folder.
    with suppress(OSError):
        _flush(folder)


def _flush(path: str) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def may_write(path: str, overwrite: bool) -> bool:
    """Return whether to write to `path`, after asking on the terminal if there is a file already.

    As in Keras the question is asked also where nobody sits at the terminal: `input` raises an
    EOFError there, and the file stays as it was.
    """
    if overwrite or not os.path.exists(path):
        return True
    question = f"[WARNING] {path} already exists - overwrite? [y/n]"
    answer = input(question).strip().lower()
    while answer not in ("y", "n"):
        answer = input('Enter "y" (overwrite) or "n" (cancel).').strip().lower()
    if answer == "y":
        print("[TIP] Next time specify overwrite=True!")
    return answer == "y"
