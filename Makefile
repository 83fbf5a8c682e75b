# Two commands matter: `make run` and `make test`. Both set up everything that they need by themselves.
.DEFAULT_GOAL := help
SHELL  := /bin/bash -o pipefail
PY     ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
V      := .venv
B      := $(V)/bin
UVVER  := 0.13.9
UV     := .tools/uv-$(UVVER)/bin/uv
comma  := ,
empty  :=
SERVE  ?= 1
DATA   ?=
AS_OF  ?= 2022-12-20

# uv reads neither pip.conf nor PIP_*: hand over the one setting that matters. Empty on an ordinary machine.
ifeq ($(origin UV_FIND_LINKS),undefined)
PIPLINKS = $(wildcard $(or $(PIP_FIND_LINKS),$(shell $(PY) -m pip config get global.find-links 2>/dev/null)))
$(UV) $(V)/.core $(V)/.test lock: export UV_FIND_LINKS = $(subst $(empty) $(empty),$(comma),$(strip $(PIPLINKS)))
endif
# Compiled once here, so that every later start of the command line is quick.
export UV_COMPILE_BYTECODE ?= 1
export UV_SYSTEM_CERTS ?= 1
export UV_PYTHON_DOWNLOADS ?= never

help: ## say what can be done
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(UV):
	@$(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "NoPhantom needs Python 3.11 or newer; saw $$($(PY) --version 2>&1). Set PY=/path/to/python3.11." >&2; exit 2; }
	@$(PY) -m pip install -qq --disable-pip-version-check --target $(abspath .tools/uv-$(UVVER)) uv==$(UVVER)

$(B)/python: | $(UV)
	@$(UV) venv -q --python $(PY) $(V)

$(V)/.core: requirements/core.lock pyproject.toml | $(B)/python
	@echo "setting up: core packages" >&2
	@$(UV) pip install -q --python $(V) -r requirements/core.lock
	@$(UV) pip install -q --python $(V) --no-deps -e .
	@touch $@

$(V)/.test: requirements/test.lock $(V)/.core
	@echo "setting up: test tools" >&2
	@$(UV) pip install -q --python $(V) -r requirements/test.lock
	@touch $@

setup: $(V)/.core ## install what the product needs

run: setup ## set up, then the main job: the demo, or DATA=DIR for real data (AS_OF=DATE for its trends); SERVE=0 to leave serving out
	@$(B)/nophantom demo $(if $(DATA),--data "$(DATA)" --as-of "$(AS_OF)")

test: setup $(V)/.test ## set up, then every check and every test (under 10 minutes)
	@$(MAKE) --no-print-directory static
	@$(B)/python -m pytest -n auto -rs -m "not long"

test-long: setup $(V)/.test ## the whole campaigns of which `make test` runs a share
	@$(B)/python -m pytest -n auto -rs

static: $(V)/.test ## format, lint, types, walls
	@$(B)/ruff format --check --quiet . || { echo "not formatted; run: make format" >&2; exit 1; }
	@$(B)/ruff check --quiet .
	@$(B)/mypy
	@$(B)/lint-imports --no-cache >$(V)/imports.txt || { cat $(V)/imports.txt; exit 1; }
	@tail -3 $(V)/imports.txt

check: setup $(V)/.test ## the fast inner loop (under 60 s): static checks and the quick tests
	@$(MAKE) --no-print-directory static
	@$(B)/python -m pytest -n auto -x -m "not long and not slow"

format: $(V)/.test ## format and mend what can be mended by machine
	@$(B)/ruff format --quiet .
	@$(B)/ruff check --fix --quiet .

lock: | $(UV) ## refresh the lock files (developers only)
	@$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links pyproject.toml -o requirements/core.lock
	@$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --group test -c requirements/core.lock -o requirements/test.lock
	@! grep -nE 'https?://' requirements/*.lock

clean: ## remove what was built and installed (never your data)
	@rm -rf $(V) .tools dist .mypy_cache .ruff_cache .hypothesis

.PHONY: help setup run test test-long static check format lock clean
