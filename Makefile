# Every target builds what it needs first; `make help` lists them.
# sh, since bash would first run what BASH_ENV names.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.NOTPARALLEL:

# Settings are what is typed on make's command line, and nothing else: the machine may have variables of such names for
# other purposes (override: also under make -e). PYTHON3: what to build the environment with, PYTHON3=python3.12.
SETTINGS := YEAR=2024 SOURCE= SCOPE= PANEL= DATA= ASSUME= JOBS=3 STRICT= FORCE= ONLY= ENGINE=warm RUNNER=nbval UNITS= SCHEDULER= \
  URL= RETRIEVED= FROM= TO= ID=resultat.antall_negativ FUZZ_FILES=100000 CASES= DRAWS=10000 SEED=2024 PYTHON3=
define setting
ifneq ($$(origin $(1)),command line)
override $(1) := $(2)
endif
# They reach a command as its arguments, not as its environment, nor another make that a command starts.
unexport $(1)
endef
$(foreach each,$(SETTINGS),$(eval $(call setting,$(firstword $(subst =, ,$(each))),$(word 2,$(subst =, ,$(each))))))
MAKEOVERRIDES :=

# A setting as one word of the shell, as it was typed: never read by make or the shell as code.
define NEWLINE


endef
quoted = $(if $(findstring $(NEWLINE),$(value $(1))),$(error $(1) holds a line break))'$(subst ','\'',$(value $(1)))'

# Settings as options of a command: what is asked for (one Request), and what else it takes.
given = $(foreach pair,$(1),--$(firstword $(subst =, ,$(pair))) $(call quoted,$(lastword $(subst =, ,$(pair)))))
WHOSE   := year=YEAR source=SOURCE scope=SCOPE panel=PANEL
REQUEST := $(WHOSE) data=DATA assume=ASSUME

VENV  := .venv
STAMP := $(VENV)/.complete
DEV   := $(VENV)/.complete-dev
# A program of .venv, away from what the machine has set (tools/environment.py says what).
IN    := $(VENV)/bin/python -I -S tools/environment.py with
RUN   := $(IN) python -m kommuneregnskap
FUZZ  := $(addprefix tests/sources/test_fuzz_,reader.py statbank.py tables.py)
CODE  := src tests benchmarks tools conftest.py

.PHONY: help setup develop demo report sheets fetch diff validate simulate trace mutants check test quick night fuzz bench lint format lab accept clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  Settings: YEAR=2024 SOURCE= (kostra, ssb, demo; none: what is at hand) SCOPE= (kasse, konsolidert, konsern) DATA=folder or snapshot PANEL= (uten_oslo, alle, pseudo) ASSUME=sosial=FGK12 ONLY=side,pdf (all: $(VENV)/bin/kommuneregnskap report --help) STRICT=1 FORCE=1"

setup: $(STAMP) ## Build the environment in .venv when it is missing or stale

develop: $(DEV) ## Add what tests and linting need to .venv (make test, quick, night, lint and format do)

# The stamps say of which checkout the environment is: one that came here with a copied folder is not used.
ifneq ($(shell [ -x $(VENV)/bin/python ] && head -n 1 $(STAMP) 2>/dev/null),$(CURDIR))
.PHONY: $(STAMP)
endif
ifneq ($(shell head -n 1 $(DEV) 2>/dev/null),$(CURDIR))
.PHONY: $(DEV)
endif

# Times only say that something may have changed; tools/environment.py looks at the content.
$(STAMP): requirements.lock pyproject.toml
	@$(call build,run)

$(DEV): requirements-dev.lock $(STAMP)
	@$(call build,dev)

build = for python in $(if $(value PYTHON3),$(call quoted,PYTHON3),python3.11 python3.12 python3.13 python3); do \
	  if "$$python" -I -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    exec "$$python" -I tools/environment.py $(1); \
	  fi; \
	done; \
	echo "Python 3.11 or newer is needed, found: $$("$$python" --version 2>&1). Install it, or name it: make PYTHON3=/path/to/python3.11 setup" >&2; exit 2

demo: setup ## Build the synthetic panel anew (a report builds it when it is missing)
	@$(RUN) demo

report: setup ## Make the reports of YEAR into reports/YEAR/SOURCE/ and their front reports/YEAR/index.html; SOURCE=ssb for one alone
	@$(RUN) report $(call given,$(REQUEST) jobs=JOBS only=ONLY engine=ENGINE) $(if $(value STRICT),--strict) $(if $(value FORCE),--force)

sheets: setup ## Make a sheet for every municipality into reports/YEAR/SOURCE-ark/ (again: what is missing); UNITS=1103,1106 JOBS=2 SCHEDULER=tcp://…
	@$(RUN) sheets $(call given,$(REQUEST) units=UNITS jobs=JOBS scheduler=SCHEDULER)

validate: setup ## Control the account files of YEAR in DATA (else data/raw/YEAR) as Statistics Norway does, without a report
	@$(RUN) validate $(call given,year=YEAR source=SOURCE data=DATA)

trace: setup ## Follow a number of YEAR to its rows: ID=a section number or a published number
	@$(RUN) trace $(call given,$(WHOSE) id=ID data=DATA)

fetch: setup ## Fetch SSB's published figures for YEAR into a new snapshot (the only target that asks SSB)
	@$(RUN) fetch $(call given,year=YEAR url=URL retrieved=RETRIEVED data=DATA)

diff: setup ## Show what changed in SSB's figures between two snapshots: FROM=2025-03-16 TO=2025-06-20
	@$(RUN) diff $(call given,year=YEAR from=FROM to=TO scope=SCOPE panel=PANEL)

mutants: setup ## Make deliberate errors and see that the right checks see each of them
	@$(RUN) mutants

simulate: setup ## Try the estimators where the truth is known (a minute): reports/simulering-YEAR-demo.csv; DRAWS=10000 SEED=2024 JOBS=2
	@$(RUN) simulate $(call given,year=YEAR draws=DRAWS seed=SEED jobs=JOBS)

check: develop ## Run the notebooks again and compare their published numbers with the stored ones
	@$(RUN) check $(call given,$(WHOSE) assume=ASSUME runner=RUNNER)

test: develop ## Run all tests, and the notebooks with nbval; gets a browser where there is none
	@$(IN) python tools/browser.py
	@$(IN) python -m pytest -n 3 --dist loadgroup -q

quick: develop ## A developer's answer in a few minutes: the tests that are neither slow nor need a browser
	@$(IN) python -m pytest -n 2 --dist loadgroup -q -m "not slow and not browser" tests

# The fuzzing is `fuzz`, once.
night: develop fuzz mutants ## What takes longer, for the night: make fuzz, make mutants, and the tests marked night (random kills, the simulation)
	@$(IN) python tools/browser.py
	@$(IN) python -m pytest -n 2 --dist loadgroup -q -m night $(addprefix --ignore=,$(FUZZ)) tests

fuzz: develop ## Damage account files, StatBank's answers and edited tables: 100 000, and a share of the slow ones (FUZZ_FILES=n for fewer)
	@FUZZ_FILES=$(call quoted,FUZZ_FILES) $(IN) python -m pytest -n 2 -q $(FUZZ)

bench: develop ## Measure (a quarter of an hour): benchmarks/results.csv and the README's table; CASES=help,report for fewer
	@$(IN) python -m benchmarks $(call quoted,CASES)

lint: develop ## Check style (ruff), types (mypy) and that notebooks hold no stray output
	@$(IN) ruff check $(CODE)
	@$(IN) ruff format --check $(CODE)
	@$(IN) mypy
	@$(RUN) notebooks --check
	@$(RUN) tables --check

format: develop ## Format the code and clean the notebooks
	@$(IN) ruff check --fix --quiet $(CODE)
	@$(IN) ruff format --quiet $(CODE)
	@$(RUN) notebooks --clean
	@$(RUN) tables --write

lab: setup ## Open JupyterLab on notebooks/explore.ipynb, a guided tour
	@$(IN) python -m jupyterlab notebooks/explore.ipynb

accept: setup ## Store the check cells' new numbers in notebooks/ (read the diff before committing)
	@$(RUN) notebooks --accept

clean: ## Remove what can be built again: caches, the synthetic panel, the environment
	@rm -rf $(VENV) $(VENV).before .browsers .cache data/demo/panel .mypy_cache .ruff_cache .pytest_cache .hypothesis
