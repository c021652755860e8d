# The commands of this project; `make help` lists them. Each is a script under scripts/ that can be read by itself.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PORT ?= 8080
TERMINALS ?= 4
DATA ?= var
PY := .venv/bin/python
export PYTHON
export UV_PYTHON_DOWNLOADS := never

.PHONY: help run test check bench faults fmt lock types clean setup

help: ## list the commands
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

setup: ## install and build what run and test need
	@scripts/setup

run: setup ## start the server on PORT=8080 with TERMINALS=4 simulated terminals, all kept in DATA=var
	@exec $(PY) scripts/run.py --port $(PORT) --terminals $(TERMINALS) --data $(DATA)

test: setup ## run every test (as root also installs the system packages they use)
	@scripts/test-packages
	@scripts/test

check: setup ## rules, types, rooms, generated files
	@scripts/check

bench: setup ## measure, print one table, keep it under bench/results
	@exec $(PY) -m bench $(ARGS)

faults: setup ## the long fault matrices (root)
	@scripts/test-packages
	@exec $(PY) -m pytest -m faults --timeout 1800 tests $(ARGS)

fmt: setup ## put the code into shape
	@.venv/bin/ruff check --quiet --fix . ; .venv/bin/ruff format --quiet . ; npm --prefix web_console run --silent lint -- --fix

lock: setup ## compile pyproject.toml and requirements/*.in anew
	@scripts/lock $(ARGS)

types: setup ## write what is made from the code: settings file, openapi.json, console types, drawings
	@$(PY) scripts/generate.py

clean: ## remove everything that can be made again (not the data)
	@rm -rf .venv web_console/node_modules web_console/dist build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
