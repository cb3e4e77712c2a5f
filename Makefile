# Every target builds what it needs first; `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help

YEAR   ?= 2024
SOURCE ?= demo
SCOPE  ?=
PANEL  ?=
DATA   ?=
JOBS   ?= 3
STRICT ?=
FORCE  ?=
ASSUME ?=
ONLY   ?=
ENGINE ?= warm
UNITS  ?=
SCHEDULER ?=
URL    ?=
RETRIEVED ?=
FROM   ?=
TO     ?=
ID     ?= investering.andel.grunnskole
FUZZ_FILES ?= 100000
CASES  ?=
DRAWS  ?= 1000
SEED   ?= 2024

VENV   := .venv
PYTHON := $(VENV)/bin/python
STAMP  := $(VENV)/.complete
RUN    := $(PYTHON) -m kommuneregnskap

# Python 3.11 or newer to build the environment with: make PYTHON3=python3.12 setup
PYTHON3 ?= $(shell command -v python3.11 || command -v python3)

.PHONY: help setup demo report sheets fetch diff validate simulate trace mutants check test fuzz bench lint format lab accept clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  Settings: YEAR=$(YEAR) SOURCE=$(SOURCE) (demo, kostra, ssb) SCOPE= (kasse, konsolidert, konsern) DATA=folder or snapshot PANEL= (uten_oslo, alle, pseudo) ASSUME=sosial=FGK12 ONLY= (side, pdf, regneark, figurer, pressemelding) STRICT=1 FORCE=1"

setup: $(STAMP) ## Build the environment in .venv when it is missing or stale

# Installed without resolving: the lock is complete, and leaves out on purpose what pyproject.toml
# says under [tool.uv]. Bytecode is compiled here, so that no run pays for it. JupyterLab is told not to
# ask for news: nothing here needs a network.
$(STAMP): requirements.lock pyproject.toml
	@echo "Setting up .venv (a minute, once) ..."
	@$(PYTHON3) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed, found: $$($(PYTHON3) --version). Install it, or name it: make PYTHON3=/path/to/python3.11 setup" >&2; exit 2; }
	@if ! [ -w . ] || { [ -e $(VENV) ] && ! [ -w $(VENV) ]; }; then echo "$(VENV) must be built anew, and there is no permission to write it. Give write permission to this folder and $(VENV), or work in a copy of your own." >&2; exit 2; fi
	@rm -rf $(VENV)
	@$(PYTHON3) -m venv $(VENV)
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps --no-compile --require-hashes -r requirements.lock
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(VENV)/bin/jupyter labextension disable --level=sys_prefix @jupyterlab/apputils-extension:announcements >/dev/null 2>&1
	@PYTHONDONTWRITEBYTECODE= $(PYTHON) -m compileall -q -j 0 $(VENV)/lib src
	@touch $(STAMP)

demo: setup ## Build the synthetic panel anew (a report builds it when it is missing)
	@$(RUN) demo

report: setup ## Make the report of YEAR into reports/YEAR/SOURCE/ (index.html, rapport.pdf, tabeller.xlsx, pressemelding.docx ...)
	@$(RUN) report --year "$(YEAR)" --source "$(SOURCE)" --scope "$(SCOPE)" --panel "$(PANEL)" --data "$(DATA)" --assume "$(ASSUME)" --jobs "$(JOBS)" --only "$(ONLY)" --engine "$(ENGINE)" $(if $(STRICT),--strict) $(if $(FORCE),--force)

sheets: setup ## Make a sheet for every municipality into reports/YEAR/SOURCE-ark/ (again: what is missing); UNITS=1103,1106 JOBS=2 SCHEDULER=tcp://…
	@$(RUN) sheets --year "$(YEAR)" --source "$(SOURCE)" --scope "$(SCOPE)" --panel "$(PANEL)" --data "$(DATA)" --assume "$(ASSUME)" --units "$(UNITS)" --jobs "$(JOBS)" --scheduler "$(SCHEDULER)"

validate: setup ## Control the account files of YEAR in DATA as Statistics Norway does, without a report
	@$(RUN) validate --year "$(YEAR)" --source "$(if $(DATA),kostra,$(SOURCE))" --data "$(DATA)"

trace: setup ## Follow a number of YEAR to its rows: ID=a section number or a published number
	@$(RUN) trace --id "$(ID)" --year "$(YEAR)" --source "$(SOURCE)" --scope "$(SCOPE)" --panel "$(PANEL)" --data "$(DATA)"

fetch: setup ## Fetch SSB's published figures for YEAR into a new snapshot (the only target that uses a network)
	@$(RUN) fetch --year "$(YEAR)" --url "$(URL)" --retrieved "$(RETRIEVED)" --data "$(DATA)"

diff: setup ## Show what changed in SSB's figures between two snapshots: FROM=2025-03-16 TO=2025-06-20
	@$(RUN) diff --year "$(YEAR)" --from "$(FROM)" --to "$(TO)" --scope "$(SCOPE)" --panel "$(PANEL)"

mutants: setup ## Make deliberate errors and see that the right checks see each of them
	@$(RUN) mutants

simulate: setup ## Try the estimators where the truth is known (minutes): reports/simulering-YEAR-demo.csv; DRAWS=1000 SEED=2024 JOBS=2
	@$(RUN) simulate --year "$(YEAR)" --draws "$(DRAWS)" --seed "$(SEED)" --jobs "$(JOBS)"

check: setup ## Run the notebooks again and compare their published numbers with the stored ones
	@$(RUN) check --year "$(YEAR)" --source "$(SOURCE)" --scope "$(SCOPE)" --panel "$(PANEL)" --assume "$(ASSUME)"

test: setup ## Run all tests, and the notebooks with nbval
	@$(PYTHON) -m pytest -n 3 --dist loadfile -q

fuzz: setup ## Try the reader on 100 000 damaged files (minutes; FUZZ_FILES=n for fewer)
	@FUZZ_FILES=$(FUZZ_FILES) $(PYTHON) -m pytest -n 2 -q tests/sources/test_fuzz_reader.py

bench: setup ## Measure (half an hour): benchmarks/results.csv and the README's table; CASES=help,report for fewer
	@$(PYTHON) -m benchmarks "$(CASES)"

lint: setup ## Check style (ruff), types (mypy) and that notebooks hold no stray output
	@$(VENV)/bin/ruff check src tests benchmarks conftest.py
	@$(VENV)/bin/ruff format --check src tests benchmarks conftest.py
	@$(VENV)/bin/mypy
	@$(RUN) notebooks --check
	@$(RUN) tables --check

format: setup ## Format the code and clean the notebooks
	@$(VENV)/bin/ruff check --fix --quiet src tests benchmarks conftest.py
	@$(VENV)/bin/ruff format --quiet src tests benchmarks conftest.py
	@$(RUN) notebooks --clean
	@$(RUN) tables --write

lab: setup ## Open JupyterLab on notebooks/explore.ipynb, a guided tour
	@$(VENV)/bin/jupyter lab notebooks/explore.ipynb

accept: setup ## Store the check cells' new numbers in notebooks/ (read the diff before committing)
	@$(RUN) notebooks --accept

clean: ## Remove what can be built again: caches, the synthetic panel, the environment
	@rm -rf $(VENV) .cache data/demo/panel .mypy_cache .ruff_cache .pytest_cache .hypothesis
