# Targets for people who use, test and keep Liftlock. `make help` lists them.
PYTHON ?= python3
ARGS ?=
FUZZ ?= 100
JOBS ?= $(shell expr $$(nproc) + 1)
VENV := .venv
BIN := $(VENV)/bin
SHELL := /bin/bash

.DEFAULT_GOAL := help
.PHONY: help demo test check lock shots bench-pages wheel rehearse faults soak fuzz-api

help: ## print the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/.demo ## play one whole procedure on three real environments; ARGS=--once ends afterwards
	@$(BIN)/liftlock demo $(ARGS)

test: $(VENV)/.test ## run all tests but the long ones; ARGS="…" goes on to pytest
	@scripts/debian-packages
	@$(BIN)/python -m pytest -n $(JOBS) $(ARGS)

faults: $(VENV)/.test ## break every step of every move in every way; ARGS="-k …" for some
	@$(BIN)/python -m pytest --quiet -p no:randomly -n 2 $(ARGS) tests/faults/every_fault.py

soak: $(VENV)/.test ## 30 moves under kills, restarts, pauses and stops, then count what is wrong
	@$(BIN)/python -m pytest --quiet -s -p no:randomly $(ARGS) tests/faults/soak.py

check: $(VENV)/.test ## run all static checks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/basedpyright

shots: $(VENV)/.test ## draw every page of the console anew: docs/shots
	@scripts/debian-packages
	@$(BIN)/python -m pytest --quiet -p no:randomly tests/browser/shots.py

fuzz-api: $(VENV)/.test ## send the API many made-up requests; FUZZ=100 for each operation
	@LIFTLOCK_TEST_FUZZ=$(FUZZ) $(BIN)/python -m pytest --quiet -p no:randomly --timeout 3600 tests/integration/api/test_fuzzing.py

bench-pages: $(VENV)/.test ## print the server time of each page with 12,000 moves in the books
	@$(BIN)/python bench/pages.py

wheel: $(VENV)/.demo ## build the wheel that docs/operate.md installs: dist/
	@$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

rehearse: $(VENV)/.test wheel ## carry out docs/operate.md by its own command lines: install, back up, restore, upgrade
	@scripts/debian-packages
	@$(BIN)/python -m pytest --quiet -p no:randomly $(ARGS) tests/rehearsal/*.py

$(VENV)/bin/python:
	@scripts/virtual-environment $(PYTHON) $(VENV)

$(VENV)/.demo: requirements/demo.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/demo.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.test: requirements/test.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/test.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.demo

lock: ## lock the requirements anew, with hashes (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  pyproject.toml --output-file requirements/run.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  --extra demo --group build pyproject.toml --output-file requirements/demo.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  --extra demo --group build --group test --group check pyproject.toml --output-file requirements/test.txt
