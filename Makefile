# Everything a fresh clone needs, from nothing but Python >= 3.11 and make.
# `make` lists the commands. The set-up goes to .venv and is done again only when a lock or
# pyproject.toml has changed; afterwards no command but `lock`, `integration` and the first
# `mutation` needs a network.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.NOTPARALLEL:
.ONESHELL:  # a recipe is one script; "@" stands on its first line only
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
# Compiled modules lie below the environment: the tests start the program some hundred times.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX := $(CURDIR)/.venv/pycache

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
# Only what the lock names, byte for byte, and nothing that runs code of its own to install.
LOCKED := install --no-compile --require-hashes --only-binary :all: --no-deps
WORKERS ?= logical
CHILDREN := $(if $(filter-out logical auto,$(WORKERS)),--max-children $(WORKERS))
LEAST_KILLED := 90
RESULTS := build/results
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal
ARGS ?=

# ---- commands --------------------------------------------------------------------------------

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(firstword $(MAKEFILE_LIST)) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

demo: $(VENV)/.runtime  ## set up, then audit an invented district (ARGS="DIR --staff 600" for others)
	@$(BIN)/auditor demo $(ARGS)

test: lint types layers pytest  ## set up, then lint, types, layers and the whole test suite

lint: $(VENV)/.dev  ## ruff
	@echo "ruff:"; $(BIN)/ruff check .

types: $(VENV)/.dev  ## mypy --strict
	@echo "mypy:"; $(BIN)/mypy

layers: $(VENV)/.dev  ## import-linter: one direction of imports
	@echo "import-linter:"; $(BIN)/lint-imports --no-logo

pytest: $(VENV)/.dev chromium  ## the tests alone (ARGS="tests/cron -k lock")
	@mkdir -p $(RESULTS)
	$(PYTEST) -m "not integration" --junitxml $(RESULTS)/test.xml $(ARGS)

integration: $(VENV)/.integration chromium java corpora dovecot  ## what needs more: Spark, npm corpora, a mail server, long loops
	@mkdir -p $(RESULTS)
	$(PYTEST) -m integration --timeout 1800 --junitxml $(RESULTS)/integration.xml $(ARGS)

mutation: $(VENV)/.mutation  ## break directory, items and approvals in small ways; the tests must notice (ARGS="*.register.*")
	@rm -rf mutants  # what was found out with other tests counts no more
	$(BIN)/mutmut run $(CHILDREN) $(ARGS)
	$(BIN)/python .ci/mutation.py $(LEAST_KILLED)

corpora: $(VENV)/.dev npm  ## fetch the mail and roster samples other projects test with
	@$(BIN)/python tests/corpora/fetch.py

bench: $(VENV)/.dev  ## measure (ARGS="--messages 200000")
	@$(BIN)/python benchmarks/bench.py $(or $(ARGS),--messages 1000000)

lock: $(VENV)/.dev  ## resolve the newest versions that pyproject.toml allows and write the locks
	@$(PIP) install --upgrade uv
	$(COMPILE) pyproject.toml --group build --output-file requirements.lock
	$(COMPILE) pyproject.toml --group build --group dev --constraints requirements.lock \
	    --output-file requirements-dev.lock
	$(COMPILE) --group integration --constraints requirements-dev.lock \
	    --output-file requirements-integration.lock
	$(COMPILE) --group mutation --constraints requirements-dev.lock \
	    --output-file requirements-mutation.lock
	grep -c '==' requirements*.lock

docs: $(VENV)/.runtime  ## write the papers that are made from data: docs/policy-coverage.md, docs/systems.md
	@$(BIN)/auditor policy table > docs/policy-coverage.md.new
	mv docs/policy-coverage.md.new docs/policy-coverage.md
	@$(BIN)/auditor connectors --paper > docs/systems.md.new
	mv docs/systems.md.new docs/systems.md

clean:  ## remove what was set up, made or cached here
	@rm -rf $(VENV) build dist mutants demo-district bench-data htmlcov .coverage* \
	    .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help demo test lint types layers pytest integration mutation corpora bench docs lock clean
.PHONY: chromium java npm dovecot

# No index address, so that the locks hold wherever packages are served from.
COMPILE := $(BIN)/uv pip compile --upgrade --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-header --no-config --quiet

# ---- set-up ----------------------------------------------------------------------------------
# Each stamp is written last: a set-up that was cut off is simply done again. The project itself
# is installed in place, by the locked build tool.

PROJECT := $(PIP) install --no-deps --no-build-isolation --no-index --editable .

$(VENV)/.runtime: requirements.lock pyproject.toml | $(VENV)/.python
	@echo "setting up from requirements.lock"
	$(PIP) $(LOCKED) -r requirements.lock
	$(PROJECT)
	touch $@

$(VENV)/.dev: requirements-dev.lock requirements.lock pyproject.toml | $(VENV)/.python
	@echo "setting up from requirements-dev.lock"
	$(PIP) $(LOCKED) -r requirements-dev.lock
	$(PROJECT)
	touch $(VENV)/.runtime $@

# pyspark is served as a source archive only; setuptools, which builds it, is in the dev lock.
$(VENV)/.integration: requirements-integration.lock $(VENV)/.dev
	@echo "setting up from requirements-integration.lock"
	$(PIP) $(LOCKED) --no-binary pyspark --no-build-isolation -r requirements-integration.lock
	touch $@

$(VENV)/.mutation: requirements-mutation.lock $(VENV)/.dev
	@echo "setting up from requirements-mutation.lock"
	$(PIP) $(LOCKED) -r requirements-mutation.lock
	touch $@

$(VENV)/.python:
	@$(find_python)
	if ! $(BIN)/python -m pip --version >/dev/null 2>&1; then
	  echo "making $(VENV) with $$("$$python" --version)"
	  "$$python" -m venv --clear $(VENV)
	fi
	touch $@

# Looks for a Python that is new enough and can make an environment; PYTHON=... names one.
CANDIDATES := $(or $(PYTHON),python3 python3.13 python3.12 python3.11 python3.14)
define find_python
python=
for candidate in $(CANDIDATES); do
  if "$$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
  then python=$$candidate; break; fi
done
if [ -z "$$python" ]; then
  echo "error: no Python of 3.11 or newer with its venv module among: $(CANDIDATES)" >&2
  echo "Install it (Debian, Ubuntu: apt-get install python3 python3-venv), or name one: make PYTHON=/path/to/python3" >&2
  exit 1
fi
endef

# ---- what no Python package brings: by apt, and only when it is missing -------------------------

chromium:
	@$(call need,chromium chromium-browser google-chrome,chromium)

npm:
	@$(call need,npm,npm)

# Spark 4 runs on Java 17 and 21.
java:
	@if java -version 2>&1 | grep -qE 'version "(17|21)\.'; then exit 0; fi
	$(call apt,openjdk-17-jre-headless) || $(call apt,openjdk-21-jre-headless)

# A mail server is not installed, or it would be started for good: it is unpacked, without root.
DOVECOT := build/dovecot
DEBS := $(CURDIR)/$(DOVECOT)/packages/
dovecot: $(DOVECOT)/.unpacked
$(DOVECOT)/.unpacked:
	@mkdir -p $(DEBS)partial
	echo "fetching dovecot-imapd with apt-get"
	fetch() {
	  apt-get install --reinstall --download-only --yes -qq --no-install-recommends \
	    -o Debug::NoLocking=true -o Dir::Cache::archives=$(DEBS) dovecot-core dovecot-imapd >/dev/null
	}
	fetch || { sudo=; if [ "$$(id -u)" != 0 ]; then sudo=sudo; fi; $$sudo apt-get update -qq; fetch; }
	for package in $(DEBS)*.deb; do dpkg -x "$$package" $(DOVECOT)/root; done
	touch $@

# $(call need,COMMANDS,PACKAGE): installs PACKAGE unless one of COMMANDS is on the PATH
need = for command in $(1); do if command -v $$command >/dev/null; then exit 0; fi; done; $(call apt,$(2))

define apt
{ sudo=; if [ "$$(id -u)" != 0 ]; then sudo=sudo; fi
if ! command -v apt-get >/dev/null || { [ -n "$$sudo" ] && ! command -v sudo >/dev/null; }; then
  echo "error: $(1) is needed and cannot be installed here by apt-get; install it, then run make again." >&2
  exit 1
fi
echo "installing $(1) with apt-get"
$$sudo apt-get update -qq
$$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends $(1) >/dev/null; }
endef
