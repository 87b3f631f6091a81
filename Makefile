# The book. `make help` lists the targets.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
unexport PYTEST_ADDOPTS  # "every check" means every check

PYTHON ?= python3
PORT ?= 8000
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
ifeq ($(strip $(PYTHON)),)  # an empty variable means "not set"
override PYTHON := python3
endif
ifeq ($(strip $(PORT)),)
override PORT := 8000
endif
ifeq ($(strip $(TORCH_INDEX)),)
override TORCH_INDEX := https://download.pytorch.org/whl/cpu
endif

venv := .venv
bin := $(venv)/bin
installed := $(venv)/installed
book := $(bin)/python -m bookbuild $(if $(strip $(SCALE)),--scale "$(strip $(SCALE))")
jobs := $(if $(strip $(JOBS)),--jobs "$(strip $(JOBS))")
browser := $(bin)/python -m bookbuild.site.browser
pytest := $(bin)/python -m pytest
parallel := -n 2 --dist loadgroup --jaxtyping-packages=traindyn,beartype.beartype --durations 25 --durations-min 20
in_order := $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

.PHONY: help book test check-types check-units check-site check-lock properties faults mutants seeds challenges serve chapter notebooks pdf publish launch newest links bench clean setup

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-12s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

book: setup ## compute and execute what changed, build _build/html; SCALE=laptop JOBS=all cores
	$(book) execute $(jobs)
	$(book) notebooks
	$(book) build

test: export TRAINDYN_BUILD := _build/test
test: export TRAINDYN_SCALE := ci
test: export TRAINDYN_SEED := 0
test: export SCALE :=
test: setup ## every check: lint, types, tests, chapters at ci scale, site
	$(bin)/ruff check
	$(bin)/ruff format --check
	@echo "Two of the other checks run at a time; each shows what it printed when it ends."
	@$(MAKE) --jobs 2 $(in_order) check-units check-site check-types
	@$(browser) --no-fetch > /dev/null || { \
	  echo "The browser checks, tests/browser, did not run; all others passed." >&2; exit 1; }

check-types:
	$(bin)/mypy
	$(pytest) -q --doctest-modules lib

check-units:
	$(pytest) $(parallel) --ignore tests/browser

check-site:
	$(book) execute $(jobs)
	$(book) notebooks
	$(book) build
	$(pytest) $(parallel) tests/browser \
	  -m "$$($(browser) > /dev/null || echo not browser)"

serve: setup ## serve _build/html on this machine, PORT=8000
	$(book) serve --port $(PORT)

chapter: setup ## execute one chapter and build, NAME=balance_regularization
	@test -n "$(NAME)" || { echo "usage: make chapter NAME=balance_regularization" >&2; exit 2; }
	$(book) notebooks
	$(book) chapter "$(NAME)" $(jobs)

notebooks: setup ## write each chapter as .ipynb beside its source
	$(book) notebooks

pdf: setup ## print the built book as one PDF, _build/book.pdf
	$(book) pdf

publish: setup ## prepare _build/publish for a static host, from the built site
	$(book) host

launch: setup ## after publish: run a chapter as a launch button would, NAME=saddle_to_saddle SERVICE=binder
	@test -n "$(NAME)" || { echo "usage: make launch NAME=saddle_to_saddle SERVICE=binder" >&2; exit 2; }
	$(book) launch "$(NAME)" --service "$(or $(strip $(SERVICE)),binder)"

newest: setup ## build the pages by the newest Sphinx, without jupyter-book, and compare them
	$(book) newest

check-lock: setup ## check that the lock installs on the oldest and the newest Python (asks PyPI)
	$(bin)/python -m bookbuild.check_lock

properties: setup ## try every public function on 10,000 arguments of each kind (hours)
	TRAINDYN_CASES=10000 $(pytest) -n auto tests/properties

faults: setup ## kill, damage and starve the book's commands, write book/data/faults.json (an hour)
	TRAINDYN_BUILD=_build/test $(bin)/python tests/faults/run_trials.py --output book/data/faults.json

mutants: setup ## plant one small error at a time, write book/data/mutants.json; CHAPTER=all JOBS=all cores
	TRAINDYN_BUILD=_build/test $(bin)/python tests/mutants/run_mutants.py \
	  $(if $(strip $(CHAPTER)),--chapter "$(strip $(CHAPTER))") $(jobs)

seeds: setup ## run all claims at many seeds, write book/data/seeds.json; SEEDS=0-10 JOBS=all cores (hours)
	TRAINDYN_BUILD=_build/test $(bin)/python -m traindyn run --scale ci --seeds "$(or $(strip $(SEEDS)),0-10)" \
	  --collect book/data/seeds.json $(jobs)

challenges: setup ## ask the claims of the page Claims that turn, write book/data/challenges.json; JOBS=all cores
	TRAINDYN_BUILD=_build/test $(bin)/python -m bookbuild.challenges $(JOBS)

links: setup ## check external links of the built book (needs the network)
	$(bin)/jupyter-book build . --path-output _build/links --builder linkcheck -q

bench: setup ## measure speed, write book/data/bench.json (half an hour; extras `bench` and `cluster`)
	$(bin)/python tests/benchmarks/run.py

clean: ## remove all results; .venv and edited notebooks stay
	PYTHONPATH=lib $(PYTHON) -m bookbuild.build_root

setup: $(installed)

$(installed): requirements.lock pyproject.toml lib/bookbuild/setup_environment.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "The book needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1)." >&2; \
	  echo "Name another one: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) lib/bookbuild/setup_environment.py --torch-index "$(TORCH_INDEX)"
	@$(bin)/python -m bookbuild.fonts > /dev/null
	@touch $@
