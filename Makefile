# Each target does its own set-up on a machine that has only Python >= 3.11.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test lint bench clean

demo: .venv/.ready
	$(BIN)/envfactory demo --output out/demo

test: .venv/.ready-dev
	$(BIN)/pytest -n 2 --dist loadfile

lint: .venv/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright

bench: .venv/.ready
	$(BIN)/envfactory bench

clean:
	rm -rf .venv .cache out build dist *.egg-info

.venv/.ready: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "EnvFactory needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	touch $@

.venv/.ready-dev: .venv/.ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@
