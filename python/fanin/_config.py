"""What this installation is made of, and what it found on this machine."""

from typing import Any

import numpy as np

from . import _native
from ._threads import get_num_threads

_INSTRUCTION_SETS = {
    _native.BASELINE: "baseline",
    _native.AVX2: "avx2",
    _native.AVX512: "avx512",
}


def show_config(mode: str = "stdout") -> dict[str, Any] | None:
    """Print the library's version, instruction set, threads and OpenBLAS, or return them.

    The kernels exist for several instruction sets. The best that the processor knows is chosen
    once, when it is first needed; the environment variable FANIN_ISA (baseline, avx2 or avx512)
    chooses another. All give the same bits.

    Parameters
    ----------
    mode : {"stdout", "dicts"}
        As in `numpy.show_config`: print, or return a dictionary.

    Raises
    ------
    ValueError
        If `mode` is neither.
    """
    if mode not in ("stdout", "dicts"):
        raise ValueError(f'`mode` must be "stdout" or "dicts". Received: mode={mode!r}')
    import json

    from . import __version__

    available = _native.function("has_instruction_set")
    text = (_native.c_char * 256)()
    _native.call("describe_blas", text, len(text))
    config = {
        "fanin": __version__,
        "numpy": np.__version__,
        "instruction_set": _INSTRUCTION_SETS[_native.function("instruction_set")()],
        "available": [name for number, name in _INSTRUCTION_SETS.items() if available(number)],
        "num_threads": get_num_threads(),
        "blas": text.value.decode(errors="replace"),
        "library": _native.library_path(),
    }
    if mode == "dicts":
        return config
    print(json.dumps(config, indent=2, ensure_ascii=False))
    return None
