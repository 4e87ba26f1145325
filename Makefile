# The few commands of this project; `make help` lists them. The first one run sets everything up in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
PYTEST_WORKERS ?= 2
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help demo test check format lint types layers bench lock setup

help: ## list the commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: $(STAMP) ## make .venv with the locked dependencies

$(STAMP): requirements-dev.lock pyproject.toml
	$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(None if (3, 11) <= v <= (3, 13) else f"Python 3.11 to 3.13 is needed, this is {v[0]}.{v[1]}; name one with make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(STAMP) ## run the main job on sample studies (ARGS=--once exits with a summary)
	$(BIN)/overread demo $(ARGS)

test: $(STAMP) ## run the tests
	$(BIN)/python -m pytest -n $(PYTEST_WORKERS) --dist loadscope --no-loadscope-reorder --max-worker-restart=0 $(ARGS)

check: format lint types layers test ## everything that CI asks for

format: $(STAMP) ## is the code formatted
	$(BIN)/ruff format --check .

lint: $(STAMP) ## does the linter agree
	$(BIN)/ruff check .

types: $(STAMP) ## do the types hold (mypy --strict)
	$(BIN)/mypy

layers: $(STAMP) ## do the import rules hold
	$(BIN)/lint-imports

bench: $(STAMP) ## measure against peers, as ratios (takes minutes)
	for bench in tests/benchmarks/bench_*.py; do $(BIN)/python $$bench || exit 1; done

lock: ## resolve the dependencies again (needs uv)
	uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header --no-annotate --upgrade requirements.in --output-file requirements.lock
	uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header --no-annotate --constraint requirements.lock requirements-dev.in --output-file requirements-dev.lock
