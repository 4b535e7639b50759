# Few verbs, the same on every machine. `make` alone lists them.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.set-up
PAGES_PORT ?= 8000
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore
export PYTHONDONTWRITEBYTECODE ?=

.PHONY: help setup demo test test-all check fix bench features docs clean browser

help: ## list the verbs
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  \1\t/' | expand -t 14

setup: $(STAMP) ## make the environment: packages by hash, the product itself, translations
	@$(BIN)/python -m tilisilta.i18n compile

$(STAMP): requirements/dev.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $(STAMP)

demo: setup ## fresh demo data, emulated vendors, pages on 127.0.0.1:8000
	$(BIN)/tilisilta demo --port $(PAGES_PORT)

test: setup browser ## every test but measurements and whole matrices, then those of the store again on PostgreSQL
	$(BIN)/pytest -n 2 -m "not bench and not exhaustive"
	TILISILTA_TEST_DATABASE=postgres $(BIN)/pytest -n 2 -m "postgres and not bench and not exhaustive"

test-all: setup browser ## the same with every kill, fault and database; before a release
	$(BIN)/pytest -n 2 -m "not bench"
	TILISILTA_TEST_DATABASE=postgres $(BIN)/pytest -n 2 -m "postgres and not bench"

# Browser tests never skip: a Chromium is found, installed, or the build fails here.
browser: $(STAMP)
	@.ci/browser $(BIN)/python

check: setup ## format, lint, types, import contracts, translations, known vulnerabilities
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tilisilta.i18n check
	@.ci/audit $(BIN)/pip-audit

fix: setup ## format and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup ## measure speed and memory; takes long
	$(BIN)/python -m tests.bench

features: setup browser ## run the acceptance tests; print each feature, and one line of JSON last
	$(BIN)/pytest -q -n 2 -m feature -p tests.features_plugin

docs: setup ## write the parts of the docs that come from the product
	$(BIN)/python docs/build.py

clean: ## remove the environment and what tools left behind
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache test-results
