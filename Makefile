# Every target goes through deploy/local/bootstrap.py, which makes .venv when it is missing or out of date.
# Extra arguments: make demo ARGS=--exit   make test ARGS="-k jury -x"

# The system's own Python is built for speed: one compiled by hand may take a quarter more for the same (docs/decisions/0628).
PYTHON ?= $(firstword $(wildcard /usr/bin/python3) python3)
RUN := $(PYTHON) deploy/local/bootstrap.py
ARGS ?=
# Tests run in this many processes: they wait for servers and browsers two fifths of the time, so two for each core.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) \* 2)
SPREAD = -n $(WORKERS) --dist loadfile --no-loadscope-reorder
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
# Hundreds of processes import the same modules: they are compiled once, whatever the shell says.
unexport PYTHONDONTWRITEBYTECODE
TEMPLATES := shared/web/templates deploy/local/mailcatcher/templates $(wildcard services/*/templates)
TYPED := shared services $(wildcard deploy/*.py) $(wildcard deploy/local)
LOCKS := registration jury mailer dev

##@ Running

.PHONY: demo
demo: ## Start everything and play an Agora in three to five minutes (ARGS=--exit ends by itself)
	@$(RUN) python -m deploy.local demo $(ARGS)

.PHONY: run
run: ## Start everything, empty, until Ctrl-C; data are kept (ARGS=--fresh: empty again, ARGS=--today: not in October 2016)
	@$(RUN) python -m deploy.local run $(ARGS)

.PHONY: setup
setup: ## Only make the virtual environment
	@$(RUN)

##@ Checking

.PHONY: test
test: ## All tests: real database, broker, mail server and browser, and a short chaos run
	@$(RUN) python -m pytest $(SPREAD) $(ARGS)

# The rules, the contracts, the architecture, and the main job: seats granted, a fact that becomes a mail, a tablet kept apart.
# They compute more than they wait: one process for each core.
FAST := tests/unit tests/contracts tests/architecture $(addprefix tests/integration/test_, \
	registration_seats.py mailer_from_fact_to_mailbox.py jury_tablet_fence.py)
.PHONY: test-fast
test-fast: WORKERS = $(shell getconf _NPROCESSORS_ONLN)
test-fast: ## The rules and the main job, in less than a minute
	@$(RUN) python -m pytest $(SPREAD) --hypothesis-profile fast -m "not slow and not browser and not chaos" $(FAST) $(ARGS)

.PHONY: test-slow
test-slow: ## The browser tests on a slow line, twice, and on a slow disk, for what only a fast one hides (ARGS="-k desk")
	@for way in scripts answers disk; do AGORA_SLOW=$$way $(RUN) python -m pytest $(SPREAD) tests/browser $(ARGS); done

.PHONY: chaos
chaos: ## The long chaos run: processes killed, broker and database stopped, nothing lost
	@AGORA_CHAOS=long $(RUN) python -m pytest -m chaos -s tests/chaos $(ARGS)

.PHONY: load-mailer
load-mailer: ## What a mail costs beside what the machine can do (ARGS="--large 100000")
	@$(RUN) python -m tests.load.mailer $(ARGS)

.PHONY: chaos-tablet
chaos-tablet: ## 500 random schedules of taps, faults, reloads and kills on a tablet (ARGS="7 12": these seeds)
	@AGORA_TABLET_SCHEDULES=500 AGORA_TABLET_SEEDS="$(ARGS)" $(RUN) python -m pytest tests/chaos/test_tablet_schedules.py

.PHONY: load-jury
load-jury: ## The jury's marks, measured on this machine (ARGS="board tap" for some of them)
	@$(RUN) python -m tests.load.jury $(ARGS)

.PHONY: lint
lint: ## Style, types, import contracts, templates, generated documents
	@$(RUN) ruff check .
	@$(RUN) ruff format --check .
	@$(RUN) mypy $(TYPED)
	@$(RUN) lint-imports
	@$(RUN) djlint --lint --quiet $(TEMPLATES)
	@$(RUN) python -m deploy.local.documents --check

.PHONY: format
format: ## Put the code into shape
	@$(RUN) ruff check --fix .
	@$(RUN) ruff format .

.PHONY: load-registration
load-registration: ## How fast registration is, mark by mark (ARGS="rush lists" for some parts)
	@$(RUN) python -m tests.load.registration $(ARGS)

##@ Making

.PHONY: migration
migration: ## A migration from what the models changed: SERVICE=jury NAME="add calls"
	@$(RUN) python -m deploy.local migration "$(SERVICE)" "$(NAME)"

.PHONY: messages
messages: ## Bring the English catalogues up to date, and say which sentences still wait
	@$(RUN) python -m shared.web.catalogues

.PHONY: docs
docs: ## Write docs/asyncapi.json and docs/openapi/ from the code
	@$(RUN) python -m deploy.local.documents

.PHONY: screenshots
screenshots: ## Play the demo and take the pictures of docs/
	@$(RUN) python -m deploy.local demo --exit --screenshots docs/images $(ARGS)

.PHONY: lock
lock: ## Pin the dependencies anew, with hashes and without addresses
	@$(RUN) python -m deploy.local.lock $(LOCKS)

.PHONY: help
help: ## This list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
