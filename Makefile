# Two commands matter: `make demo` and `make test`. Both set everything up by themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
DEMO ?= demo-hospital

.PHONY: demo test lint types contract docs bench clean help setup

help: ## show this help
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Setting up $(VENV) (packages are downloaded once)…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $(STAMP)

setup: $(STAMP) ## make the environment

demo: $(STAMP) ## the demonstration hospital: written, read, judged, reported
	@$(BIN)/hygie demo $(DEMO)

test: $(STAMP) ## lint, types, architecture, content, unit, property, end-to-end and browser tests
	@bash tools/check

lint: $(STAMP) ## ruff
	@$(BIN)/ruff check src tests benchmarks && $(BIN)/ruff format --check src tests benchmarks

types: $(STAMP) ## mypy --strict
	@$(BIN)/mypy

contract: $(STAMP) ## every content file: shape, languages, proofs
	@$(BIN)/hygie content check

docs: $(STAMP) ## the documentation as a site
	@HYGIE_LANG=en $(BIN)/python tools/docs.py && $(BIN)/zensical build --clean

bench: $(STAMP) ## accuracy and speed, measured
	@$(BIN)/python benchmarks/run.py

clean: ## remove what was made, keep the workspaces
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache site
