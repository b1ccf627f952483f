# 量才: `make help` lists what can be done. Everything runs from a clone with Python >= 3.11 and nothing else.
SHELL := /bin/sh
.DEFAULT_GOAL := help
PY := .venv/bin/python
export PYTHONUTF8 := 1
export PORT ?= 8000

# The first Python that is new enough and really runs (a pyenv shim may exist and refuse).
PYTHON ?= $(shell for p in python3.11 python3 python3.12 python3.13; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { command -v $$p; break; }; done)

.PHONY: help setup demo journey test lint shots bench lock messages stop clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

setup: ## make .venv from requirements.lock (at once when it is there)
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer was not found. On Debian or Ubuntu: sudo apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) -I config/toolchain.py venv

demo: setup ## run the whole main job, then serve it at http://127.0.0.1:8000 (PORT= another port)
	@exec $(PY) -m config.supervisor demo

journey: setup ## run the main job alone and write var/journey.json
	@exec $(PY) -m config.supervisor journey

test: setup ## format, lint, types, import order, checks, then every test
	@$(PY) -I config/toolchain.py browser
	@exec $(PY) -m config.checks all

lint: setup ## the checks of `make test` without the tests
	@exec $(PY) -m config.checks static

shots: setup ## pictures of every page below var/shots/
	@$(PY) -I config/toolchain.py browser
	@exec $(PY) -m config.supervisor shots

bench: setup ## load and speed benches, results in bench/results/
	@exec $(PY) -m config.supervisor bench

messages: setup ## compile locale/*.po into .mo (pure Python)
	@exec $(PY) -m config.messages

LOCK := $(PY) -m uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate

lock: setup ## renew requirements.lock (all) and requirements-site.lock (what a site runs) from pyproject.toml
	@$(LOCK) --extra demo --extra dev -o requirements.lock
	@$(LOCK) -c requirements.lock -o requirements-site.lock

stop: ## stop the demo and the private servers of this clone
	@test ! -x $(PY) || $(PY) -m config.supervisor stop

clean: stop ## stop everything and remove what was made (.venv, var, caches)
	rm -rf .venv var .pytest_cache .mypy_cache .ruff_cache .import_linter_cache staticfiles
	find . -name __pycache__ -type d -not -path "./.venv/*" -prune -exec rm -rf {} +
