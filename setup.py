"""Build the Swift library and put it, with OpenBLAS, into the package; metadata: pyproject.toml."""

import importlib.metadata
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from setuptools import Command, Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build import build

ROOT = Path(__file__).resolve().parent
# Apart from .build, so that plain `swift build` with its other flags does not build all anew.
SCRATCH = ROOT / ".build-python"
MACOS = sys.platform == "darwin"
SUFFIX = "dylib" if MACOS else "so"

NO_SWIFT = (
    "Fanin is written in Swift: install Swift 6.0 or newer from https://www.swift.org/install "
    "and put `swift` on the PATH."
)
NO_OPENBLAS = (
    "Fanin needs OpenBLAS: `pip install scipy-openblas32`, or install your system's OpenBLAS for "
    "developers, and pkg-config (Debian: apt-get install libopenblas-dev pkg-config)."
)


def openblas_wheel() -> Path | None:
    """Return the folder of the installed package scipy_openblas32, if there is one."""
    spec = importlib.util.find_spec("scipy_openblas32")
    return Path(spec.origin).parent if spec and spec.origin else None


def system_has_openblas() -> bool:
    """Whether pkg-config, which SwiftPM asks too, knows an OpenBLAS."""
    pkg_config = shutil.which("pkg-config")
    return pkg_config is not None and subprocess.call([pkg_config, "--exists", "openblas"]) == 0


def link_flags() -> list[str]:
    """Write the list of exported symbols; return linker flags that use it, find OpenBLAS, strip."""
    exports = SCRATCH / "exports"
    if MACOS:
        exports.write_text("_fanin_*\n")
        flags = ["-exported_symbols_list", str(exports), "-rpath", "@loader_path", "-x"]
    else:
        exports.write_text("{ global: fanin_*; local: *; };\n")
        flags = [f"--version-script={exports}", "-rpath=$ORIGIN", "--strip-all"]
    return [word for flag in flags for word in ("-Xlinker", flag)]


def prepare_openblas(package: Path) -> Path:
    """Copy the OpenBLAS of the wheel's folder `package` beside a pkg-config file that names it.

    The copy's path stays the same from one isolated pip build to the next, the wheel's does not:
    with it SwiftPM would build all anew.
    """
    folder = SCRATCH / "openblas"
    folder.mkdir(exist_ok=True)
    shutil.copy2(package / "lib" / f"libscipy_openblas.{SUFFIX}", folder)
    (folder / "openblas.pc").write_text(
        "Name: openblas\n"
        "Description: OpenBLAS of the PyPI package scipy-openblas32\n"
        f"Version: {importlib.metadata.version('scipy-openblas32')}\n"
        f"Libs: -L{folder} -lscipy_openblas\n"
    )
    return folder


def link_wide_kernels() -> None:
    """Restore the links to the kernels' folder, which a source distribution lacks."""
    for name in ("FaninKernelsAVX2", "FaninKernelsAVX512"):
        link = ROOT / "Sources" / name
        if not link.exists():
            link.symlink_to("FaninKernels")


def openblas_licence() -> Path:
    """Return the licence file that scipy-openblas32 came with."""
    files = importlib.metadata.files("scipy-openblas32") or []
    return next(Path(str(f.locate())) for f in files if f.name.startswith("LICENSE"))


class BuildNative(Command):
    """Build libfanin with SwiftPM into <package>/_lib; in the source tree for editable installs."""

    description = "build the Swift library"
    user_options: list[tuple[str, str | None, str]] = []
    editable_mode = False
    build_lib: str | None = None

    def initialize_options(self) -> None:
        """Set no option: there is none."""

    def finalize_options(self) -> None:
        """Take the build folder from `build`."""
        self.set_undefined_options("build", ("build_lib", "build_lib"))

    def target(self) -> Path:
        """Return the folder that receives the libraries."""
        base = ROOT / "python" if self.editable_mode else Path(str(self.build_lib))
        return base / "fanin" / "_lib"

    def run(self) -> None:
        """Compile, then replace the target folder as a whole: nothing stale is packed."""
        swift = shutil.which("swift")
        if swift is None:
            raise SystemExit(NO_SWIFT)
        SCRATCH.mkdir(exist_ok=True)
        link_wide_kernels()
        command = [swift, "build", "-c", "release", "--product", "fanin"]
        command += ["--package-path", str(ROOT), "--scratch-path", str(SCRATCH), *link_flags()]
        if not MACOS:  # macOS has the runtime in the system
            command += ["-Xswiftc", "-static-stdlib"]
        environment = os.environ | {"FANIN_WIDE_KERNELS": "1"}
        bundled = []
        wheel = openblas_wheel()
        if wheel:
            folder = prepare_openblas(wheel)
            environment["PKG_CONFIG_PATH"] = str(folder)
            command += ["-Xcc", "-DBLAS_SYMBOL_PREFIX=scipy_"]
            bundled.append(folder / f"libscipy_openblas.{SUFFIX}")
        elif not system_has_openblas():
            raise SystemExit(NO_OPENBLAS)
        if subprocess.call(command, env=environment) != 0:
            raise SystemExit("`swift build` failed; its messages stand above.")

        target = self.target()
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        for library in [SCRATCH / "release" / f"libfanin.{SUFFIX}", *bundled]:
            shutil.copy2(library, target)
        if wheel:
            shutil.copyfile(openblas_licence(), target / "LICENSE.OpenBLAS.txt")

    def get_source_files(self) -> list[str]:
        """Return nothing: MANIFEST.in lists the Swift sources."""
        return []

    def get_outputs(self) -> list[str]:
        """Return the files built."""
        return [str(path) for path in self.target().glob("*")]

    def get_output_mapping(self) -> dict[str, str]:
        """Return nothing: no output is a copy of one source file."""
        return {}


class PlatformWheel(bdist_wheel):
    """A wheel for one platform and every Python 3: the library is loaded with ctypes."""

    def get_tag(self) -> tuple[str, str, str]:
        """Tag py3-none-<platform>; a universal2 Python still builds for one processor."""
        tag = super().get_tag()[2]
        return "py3", "none", tag.replace("universal2", platform.machine())


class NativeDistribution(Distribution):
    """A distribution that holds machine code."""

    def has_ext_modules(self) -> bool:
        """Say so: the wheel is not pure Python."""
        return True


build.sub_commands = [*build.sub_commands, ("build_native", None)]
setup(
    cmdclass={"build_native": BuildNative, "bdist_wheel": PlatformWheel},
    distclass=NativeDistribution,
)
