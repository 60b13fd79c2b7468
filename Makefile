# Thin: each target installs what it needs into a private environment, then runs one command.
#   make demo PYTHON=python3.12      another Python        make test VENV=~/course-venv   another place
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
DEMO_DIR ?= demo-course

# nbgrader starts `alembic` as a program when it creates a database: it must be on PATH.
export PATH := $(if $(filter /%,$(VENV)),,$(CURDIR)/)$(BIN):$(PATH)
# One thread for linear algebra: two processes side by side are slower than one otherwise.
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# On all processors; each module's tests on one of them, modules with slow tests first. One that ends its
# process (a test that hangs, after 15 minutes) ends the run: it would be tried again eight times.
PYTEST = $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder --max-worker-restart 0

.DEFAULT_GOAL := help
.PHONY: help demo test lab book bundle bench prove nightly torch browser screenshots postgres hub nbgrader lint build clean

help: ## show this list
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

# An environment is used again while pyproject.toml, constraints.txt and this folder are the same
# (by content: a checkout changes times). The marker names them, and which extras are in.
KEY := $(shell (cat pyproject.toml constraints.txt; pwd) | cksum | cut -d' ' -f1)
STAMP = $(VENV)/.installed-$(KEY)
# uv where it is on PATH: the same versions, many times as fast.
PIP_INSTALL = $(if $(shell command -v uv),uv pip install --python $(BIN)/python,$(BIN)/python -m pip install)
INSTALL = $(PIP_INSTALL) -q -c constraints.txt

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; v = sys.version_info; v >= (3, 11) or sys.exit("$(PYTHON) is Python %d.%d, and 3.11 or newer is needed. Say which: make ... PYTHON=python3.12" % v[:2])'
	@$(PYTHON) -c 'import venv, ensurepip' || { echo "$(PYTHON) has no venv module. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The build tool is pinned as well, hence no isolated (newest) one.
$(STAMP): | $(VENV)/bin/python
	@echo "Installing into $(VENV) (once; a few minutes on a slow line) ..."
	@rm -f $(VENV)/.installed-*
	$(INSTALL) setuptools
	$(INSTALL) --no-build-isolation -e '.[grade]'
	@touch $@
$(STAMP)-%: | $(STAMP)
	$(INSTALL) --no-build-isolation -e '.[grade,test,$*]'
	@touch $@
$(STAMP)-test: | $(STAMP)
	$(INSTALL) --no-build-isolation -e '.[grade,test]'
	@touch $@

demo: $(STAMP) ## build, release and grade a sample class
	$(BIN)/python -m autograder demo $(DEMO_DIR)

test: lint ## check style, types, notebooks up to date; run all tests
	$(BIN)/python -m autograder build --check
	$(PYTEST) $(PYTEST_ARGS)

lint: $(STAMP)-test ## check style, types, and what imports what
	$(BIN)/ruff check .
	$(BIN)/mypy
	PYTHONPATH=.:notebooks $(BIN)/lint-imports --no-logo

lab: $(STAMP) ## read and edit the notebooks in JupyterLab
	$(BIN)/jupyter lab notebooks/source

build: $(STAMP) ## build the notebooks from their text
	$(BIN)/python -m autograder build

book: $(STAMP)-book ## build the course as a web site (SOLUTIONS=1: with answers)
	$(BIN)/python -m autograder book $(if $(SOLUTIONS),--solutions)

bundle: $(STAMP)-book ## zip the book, and a bundle for studying alone
	$(BIN)/python -m autograder bundle

bench: $(STAMP) ## measure grading beside plain nbgrader, commands, and the library beside PyTorch
	$(BIN)/python -m autograder bench
	$(BIN)/python tests/library/against_torch.py

prove: $(STAMP) ## try every test on every fault; writes docs/kill_matrix.md
	$(BIN)/python -m autograder prove

nightly: $(STAMP)-test ## run the long tests, which prove again what the others prove
	$(PYTEST) -m nightly $(PYTEST_ARGS)

torch: $(STAMP)-torch ## compare with PyTorch, Keras, optax, Flax (large download)
	$(PYTEST) -m torch $(PYTEST_ARGS)

browser: $(STAMP)-browser $(STAMP)-book ## test notebooks and book in a real Chromium
	$(PYTEST) -m browser $(PYTEST_ARGS)

screenshots: $(STAMP)-browser ## retake the pictures in docs/images
	$(BIN)/python -m pytest -m browser --screenshots tests/engine/reports/test_formgrader_in_browser.py

postgres: $(STAMP)-postgres ## test the gradebook on a real PostgreSQL server
	$(PYTEST) -m postgres $(PYTEST_ARGS)

# The hub's proxy is a program of Node's. ngshare keeps nothing with SQLAlchemy 2, so it has its own 1.4.
$(VENV)/lib/hub/node_modules: | $(STAMP)-hub
	npm install --silent --no-audit --no-fund --prefix $(VENV)/lib/hub configurable-http-proxy@5.3.0
$(VENV)/lib/ngshare: | $(STAMP)-hub
	$(BIN)/python -m pip install -q --no-deps --target $@ ngshare==0.6.0 sqlalchemy==1.4.54 alembic==1.13.3

hub: $(STAMP)-hub $(VENV)/lib/hub/node_modules $(VENV)/lib/ngshare ## test a class on a real JupyterHub (Linux, root, npm)
	$(BIN)/python -m pytest -m hub $(PYTEST_ARGS)

nbgrader: $(STAMP)-test ## run nbgrader's own tests, plain and with our configuration
	nice $(BIN)/python tests/nbgrader_suite/run.py

clean: ## remove the private environment and caches
	rm -rf .venv build .mypy_cache .pytest_cache .ruff_cache .hypothesis *.egg-info
