# The verbs. They need Swift 6, Python 3.11 or newer with venv, and a C compiler; all else comes
# from PyPI into .venv, once. Another Python: make PYTHON=python3.13 ...

PYTHON ?= python3
PIP := .venv/bin/pip --disable-pip-version-check --no-input
# setup.py leaves OpenBLAS here, with the pkg-config file that SwiftPM asks for.
OPENBLAS := $(CURDIR)/.build-python/openblas

.PHONY: build demo test test-debian lint format bench docs wheel clean browser

# The package, editable, its libraries in python/fanin/_lib.
build: .venv/package

# Trains two models on real digits, prints the comparison, writes picture and report into demo/.
demo: .venv/package
	.venv/bin/python -m fanin compare --out demo

test: .venv/tools browser
	FANIN_WIDE_KERNELS=1 PKG_CONFIG_PATH=$(OPENBLAS) swift test -c release --disable-xctest -Xcc -DBLAS_SYMBOL_PREFIX=scipy_ \
	  -Xlinker -rpath -Xlinker $(OPENBLAS)
	.venv/bin/python -m pytest

# A test opens reports in Chromium or Chrome. Where neither is there, root gets it on Debian and the
# like; elsewhere, and if that fails, the test says so: skipped, or failed where CI is set.
browser:
	@for name in chromium chromium-browser google-chrome google-chrome-stable chrome; do \
	  command -v $$name >/dev/null && exit 0; done; \
	test "$$(id -u)" = 0 && command -v apt-get >/dev/null || exit 0; \
	apt-get update -qq; DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends chromium \
	  >/dev/null || echo "Chromium could not be installed." >&2

# The Python tests with Debian's Python and NumPy: apt-get install python3-venv python3-numpy.
test-debian:
	/usr/bin/python3 -m venv --clear --system-site-packages .venv-debian
	.venv-debian/bin/pip install --quiet '.[test]' 'numpy==1.24.*'
	.venv-debian/bin/python -m pytest

lint: .venv/tools
	swift format lint --strict --parallel --recursive Package.swift Sources Tests
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy python/fanin

format: .venv/tools
	swift format --in-place --parallel --recursive Package.swift Sources Tests
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

# Against Keras, TensorFlow, JAX, mkl_random and scikit-learn, which it installs (two gigabytes), and
# PyTorch where that is installed; Benchmarks/README.md says how.
bench: .venv/rivals
	.venv/bin/python -m fanin bench --out Benchmarks/results

docs: .venv/tools
	.venv/bin/pdoc --docformat numpy --output-directory docs/_build fanin

# dist/: the source distribution, and the wheel built from it.
wheel: .venv/tools
	.venv/bin/python -m build

clean:
	rm -rf .build .build-python .venv .venv-debian build dist demo docs/_build
	rm -rf python/fanin/_lib python/fanin.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis

.venv/bin/pip:
	$(PYTHON) -c 'import sys; sys.version_info < (3, 11) and sys.exit("Fanin needs Python 3.11 or newer")'
	$(PYTHON) -m venv .venv

.venv/package: Package.swift setup.py pyproject.toml $(shell find Sources) | .venv/bin/pip
	$(PIP) install --quiet --editable '.[plot]'
	touch $@

.venv/rivals: pyproject.toml | .venv/package
	$(PIP) install --quiet 'fanin[bench]'
	touch $@

# The package is there already: this adds what tests and lint need.
.venv/tools: pyproject.toml | .venv/package
	$(PIP) install --quiet 'fanin[dev]'
	touch $@
