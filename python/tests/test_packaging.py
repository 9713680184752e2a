"""The built library and its C header: exports, dependencies, a C program against both."""

import importlib.metadata
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import fanin

ROOT = Path(__file__).parents[2]
INCLUDE = ROOT / "Sources" / "CFanin" / "include"
SMOKE = ROOT / "Tests" / "c" / "smoke.c"
PACKAGE = Path(fanin.__file__).parent
LIBRARY = PACKAGE / "_lib" / ("libfanin.dylib" if sys.platform == "darwin" else "libfanin.so")
STRICT_C99 = shlex.split("cc -std=c99 -Wall -Wextra -Werror -pedantic -I") + [str(INCLUDE)]


def calls(path: Path) -> set[str]:
    """Names that stand before a parenthesis: what a header declares or a program calls."""
    code = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
    return set(re.findall(r"\b(fanin_\w+)\(", code))


def run(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_library_exports_the_functions_of_the_header_and_no_others():
    if sys.platform == "darwin":
        symbols = run("nm", "-gU", LIBRARY).replace(" _", " ")
    else:
        symbols = run("nm", "--dynamic", "--extern-only", "--defined-only", LIBRARY)
    exported = {line.split()[-1] for line in symbols.splitlines()}
    assert exported == calls(INCLUDE / "fanin.h")


@pytest.mark.skipif(sys.platform != "linux", reason="macOS has the Swift runtime in the system")
def test_library_needs_openblas_and_what_every_linux_has():
    needed = set(re.findall(r"NEEDED.*\[(.+?)\.so", run("readelf", "--dynamic", LIBRARY)))
    needed -= {"libopenblas", "libscipy_openblas"}
    assert needed <= {"libc", "libm", "libpthread", "libdl", "libgcc_s", "libstdc++"} | {
        name for name in needed if name.startswith("ld-linux")
    }


def test_header_is_c99(tmp_path):
    source = tmp_path / "header.c"
    source.write_text("#include <fanin.h>\nint main(void) { return FANIN_OK; }\n")
    run(*STRICT_C99, "-fsyntax-only", source)


def test_smoke_program_calls_every_function():
    assert calls(INCLUDE / "fanin.h") - calls(SMOKE) == set()


def test_smoke_program_finds_all_well(tmp_path):
    folder, program = LIBRARY.parent, tmp_path / "smoke"
    run(*STRICT_C99, SMOKE, "-o", program, f"-L{folder}", "-lfanin", f"-Wl,-rpath,{folder}")
    assert "every function of fanin.h works" in run(program)


def test_package_carries_types_and_the_licence_of_what_it_bundles():
    assert (PACKAGE / "py.typed").is_file()
    bundled = list(LIBRARY.parent.glob("libscipy_openblas*"))
    licences = [path.read_text() for path in LIBRARY.parent.glob("LICENSE.OpenBLAS.txt")]
    assert len(bundled) == len(licences)
    assert all("The OpenBLAS Project" in text for text in licences)


def test_metadata_names_this_version():
    assert importlib.metadata.version("fanin") == fanin.__version__
