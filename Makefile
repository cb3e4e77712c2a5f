# Every target builds what it needs first; `make help` lists the usual ones, `make help-all` all of them.
# sh, since bash would first run what BASH_ENV names.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.NOTPARALLEL:

# The commands, by whom they are for.
EVERYDAY    := report package validate sheets trace fetch diff lab test
YEARLY      := new-year claims coverage
REVIEW      := check simulate mutants
DEVELOPMENT := setup develop quick night fuzz bench lint format accept demo clean
COMMANDS    := help help-all $(EVERYDAY) $(YEARLY) $(REVIEW) $(DEVELOPMENT)
.PHONY: $(COMMANDS)

# The names typed on make's command line, before anything is made of them.
TYPED := $(foreach each,$(.VARIABLES),$(if $(findstring command line,$(origin $(each))),$(each)))
# Whether another make started this one: what that was given comes along, and may be meant for itself alone.
INNER := $(if $(filter MAKELEVEL,$(TYPED)),,$(filter-out 0,$(MAKELEVEL)))

# Settings are what is typed on make's command line, and nothing else: the machine may have variables of such names for
# other purposes (override: also under make -e). PYTHON3: what to build the environment with, PYTHON3=python3.12.
SETTINGS := YEAR=2024 SOURCE= SCOPE= PANEL= DATA= ASSUME= JOBS=3 STRICT= FORCE= TIMES= ONLY= ENGINE=warm RUNNER=nbval UNITS= SCHEDULER= \
  URL= RETRIEVED= FROM= TO= ID=resultat.antall_negativ FUZZ_FILES=100000 CASES= TEXT= DRAWS=10000 SEED=2024 PYTHON3=
define setting
ifneq ($$(origin $(1)),command line)
override $(1) := $(2)
endif
# They reach a command as its arguments, not as its environment, nor another make that a command starts.
unexport $(1)
endef
left  = $(firstword $(subst =, ,$(1)))
right = $(word 2,$(subst =, ,$(1)))
$(foreach each,$(SETTINGS),$(eval $(call setting,$(call left,$(each)),$(call right,$(each)))))
MAKEOVERRIDES :=

# What each command takes: its options, and the settings that say them. A flag is said where its setting is not empty.
WHOSE   := year=YEAR source=SOURCE scope=SCOPE panel=PANEL
REQUEST := $(WHOSE) data=DATA assume=ASSUME
report.takes   := $(REQUEST) jobs=JOBS only=ONLY engine=ENGINE
report.flags   := strict=STRICT force=FORCE times=TIMES
package.takes  := year=YEAR data=DATA jobs=JOBS
validate.takes := year=YEAR source=SOURCE data=DATA
sheets.takes   := $(REQUEST) units=UNITS jobs=JOBS scheduler=SCHEDULER
trace.takes    := $(WHOSE) id=ID data=DATA
fetch.takes    := year=YEAR url=URL retrieved=RETRIEVED data=DATA
diff.takes     := year=YEAR from=FROM to=TO scope=SCOPE panel=PANEL
new-year.takes := year=YEAR text=TEXT
claims.takes   := year=YEAR
coverage.takes := year=YEAR text=TEXT
check.takes    := $(WHOSE) assume=ASSUME runner=RUNNER
simulate.takes := year=YEAR draws=DRAWS seed=SEED jobs=JOBS
bench.takes    := cases=CASES
fuzz.takes     := files=FUZZ_FILES
night.takes    := $(fuzz.takes)
taken = $(foreach each,$($(1).takes) $($(1).flags),$(call right,$(each)))$(if $(filter help help-all clean,$(1)),, PYTHON3)

# A text as one word of the shell, and a setting as it was typed: never read by make or the shell as code.
define NEWLINE


endef
one_word = '$(subst ','\'',$(1))'
quoted = $(if $(findstring $(NEWLINE),$(value $(1))),$(error $(1) holds a line break))$(call one_word,$(value $(1)))
given = $(foreach each,$($@.takes),--$(call left,$(each)) $(call quoted,$(call right,$(each)))) \
  $(foreach each,$($@.flags),$(if $(value $(call right,$(each))),--$(call left,$(each))))

VENV  := .venv
STAMP := $(VENV)/.complete
DEV   := $(VENV)/.complete-dev
# A program of .venv, away from what the machine has set (tools/environment.py says what).
IN    := $(VENV)/bin/python -I -S tools/environment.py with
RUN   := $(IN) python -m kommuneregnskap
FUZZ  := $(addprefix tests/sources/test_fuzz_,reader.py statbank.py tables.py)
CODE  := src tests benchmarks tools conftest.py

# A name that is no command, or no setting of the commands given, is answered and never passed over. SHELL says by what
# commands are run, not what they do. Of what an outer make was given, only what is nearly a setting is answered.
COMMA := ,
EMPTY :=
in_words = $(subst $(EMPTY) ,$(COMMA) ,$(strip $(1)))
nearest  = $(shell awk -f tools/nearest.awk -- $(call one_word,$(1)) $(2))
meant    = $(if $(1),: do you mean $(1)?,.)
takers   = $(strip $(foreach each,$(COMMANDS),$(if $(filter $(1),$(call taken,$(each))),$(each))))
ASKED := $(or $(MAKECMDGOALS),$(.DEFAULT_GOAL))
ANY   := $(foreach each,$(ASKED),$(call taken,$(each)))
TAKEN := $(strip $(foreach each,$(SETTINGS),$(firstword $(filter $(call left,$(each)),$(ANY)))))
TAKES := make $(ASKED) takes $(or $(call in_words,$(TAKEN)),no settings)
# What to say of a name that is none of the settings taken.
others    = $(call in_words,$(wordlist 1,3,$(call takers,$(1))))$(if $(word 4,$(call takers,$(1))), and others)
elsewhere = $(if $(call takers,$(1)),$(1) is no setting of make $(ASKED)$(COMMA) but of $(call others,$(1)).)
unknown   = $(1) is no setting$(call meant,$(call nearest,$(1),$(TAKEN)))
answer    = $(error $(or $(call elsewhere,$(1)),$(call unknown,$(1))) $(TAKES))
passed    = $(and $(INNER),$(or $(call takers,$(1)),$(if $(call nearest,$(1),$(TAKEN)),,$(1))))

ODD_COMMAND := $(firstword $(filter-out $(COMMANDS) $(STAMP) $(DEV),$(ASKED)))
ifneq ($(ODD_COMMAND),)
$(error $(ODD_COMMAND) is no command$(call meant,$(call nearest,$(ODD_COMMAND),$(COMMANDS))) All of them: make help-all)
endif
$(foreach each,$(filter-out SHELL $(TAKEN),$(TYPED)),$(if $(call passed,$(each)),,$(call answer,$(each))))

# Names with what the Makefile says of each, in the order given.
told = @awk -F ':.*\#\# ' -v names='$(1)' '/^[a-z-]+:.*\#\# / { text[$$1] = $$2 } \
  END { n = split(names, name, " "); for (i = 1; i <= n; i++) printf "  make %-8s  %s\n", name[i], text[name[i]] }' $(firstword $(MAKEFILE_LIST))

help: ## Show the usual commands
	$(call told,$(EVERYDAY))
	@echo
	@echo '  A setting follows the command: make report YEAR=2023 SOURCE=ssb'
	@echo '    YEAR=2024   the accounting year'
	@echo '    SOURCE=     kostra (own account files), ssb (open figures), demo (synthetic panel); none: what is at hand'
	@echo '    DATA=       the folder of own account files, or the name of a snapshot of open figures'
	@echo
	@echo '  All commands: make help-all. What they take and give: docs/commands.md'

help-all: ## Show all commands, with those for reviewers and developers
	@echo 'For everybody'
	$(call told,$(EVERYDAY))
	@echo
	@echo 'For a new year'
	$(call told,$(YEARLY))
	@echo
	@echo 'For a review of the method'
	$(call told,$(REVIEW))
	@echo
	@echo 'For development'
	$(call told,$(DEVELOPMENT))
	@echo
	@echo 'Which settings each of them takes: docs/commands.md'

setup: $(STAMP) ## Build .venv where it is missing or stale (the others do it themselves)

develop: $(DEV) ## Add to .venv what tests and linting need (test, quick, night, lint and format do it themselves)

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

report: setup ## Make the report of a year: reports/YEAR/index.html
	@$(RUN) $@ $(given)

package: setup ## Pack a year for others, with data package, checksums and program: reports/YEAR/kommuneregnskap-YEAR.zip
	@$(RUN) $@ $(given)

sheets: setup ## Make a page for every municipality: reports/YEAR/SOURCE-ark/index.html
	@$(RUN) $@ $(given)

validate: setup ## Control your account files as Statistics Norway (SSB) does, and say what to mend
	@$(RUN) $@ $(given)

trace: setup ## Follow a number to the rows it is computed from: ID=investering.andel.grunnskole
	@$(RUN) $@ $(given)

fetch: setup ## Fetch SSB's open figures into a new snapshot (nothing else asks SSB)
	@$(RUN) $@ $(given)

diff: setup ## Show what changed between two snapshots: FROM=2025-03-16 TO=2025-06-20
	@$(RUN) $@ $(given)

new-year: setup ## Begin a year: carry codes forward, propose its claims file from a release, TEXT=omtale.txt
	@$(RUN) $@ $(given)

claims: setup ## Check a claims file: its rows, the arithmetic of the text, what is still proposed
	@$(RUN) $@ $(given)

coverage: setup ## Say which numbers of a text are registered: TEXT=omtale.txt
	@$(RUN) $@ $(given)

mutants: setup ## Make deliberate errors and see that the right checks see each of them
	@$(RUN) mutants

simulate: setup ## Try the estimators where the truth is known: reports/simulering-YEAR-demo.csv
	@$(RUN) $@ $(given)

check: develop ## Run the notebooks again and compare their published numbers with the stored ones
	@$(RUN) $@ $(given)

test: develop ## Run all tests and compare every published number
	@$(IN) python tools/browser.py
	@$(IN) python -m pytest -n 3 --dist loadgroup -q

quick: develop ## Run the tests that are neither slow nor need a browser: an answer in a few minutes
	@$(IN) python -m pytest -n 2 --dist loadgroup -q -m "not slow and not browser" tests

# The fuzzing is `fuzz`, once.
night: develop fuzz mutants ## Run what takes longer: fuzz, mutants, and the tests marked night (random kills, the simulation)
	@$(IN) python tools/browser.py
	@$(IN) python -m pytest -n 2 --dist loadgroup -q -m night $(addprefix --ignore=,$(FUZZ)) tests

fuzz: develop ## Damage account files, StatBank's answers and edited tables: FUZZ_FILES=100000, and a share of the slow ones
	@FUZZ_FILES=$(call quoted,FUZZ_FILES) $(IN) python -m pytest -n 2 -q $(FUZZ)

bench: develop ## Measure, also what others take (a quarter of an hour): benchmarks/results.csv, docs/speed.md; CASES=help,report for fewer
	@$(IN) python -m benchmarks $(call quoted,CASES)

lint: develop ## Check style (ruff), types (mypy) and that notebooks hold no stray output
	@$(IN) ruff check $(CODE)
	@$(IN) ruff format --check $(CODE)
	@$(IN) mypy
	@$(IN) mypy --platform win32 --no-warn-unreachable --cache-dir .mypy_cache/windows src
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
