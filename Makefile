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
WEB    := $(shell find web -type f -not -path '*/node_modules/*' -not -name schema.d.ts)

# npm in web/, quiet unless it fails; a machine without Node has built the pages all the same, but cannot test them so.
npm = if command -v npm >/dev/null; then cd web && npm --silent $(1) >../$(V)/npm.txt 2>&1 || { cat ../$(V)/npm.txt; exit 1; }; else echo "no npm: 'npm $(1)' in web/ is SKIPPED" >&2; fi

# uv reads neither pip.conf nor PIP_*: hand over the one setting that matters. Empty on an ordinary machine.
ifeq ($(origin UV_FIND_LINKS),undefined)
PIPLINKS = $(wildcard $(or $(PIP_FIND_LINKS),$(shell $(PY) -m pip config get global.find-links 2>/dev/null)))
$(UV) $(V)/.core $(V)/.test $(V)/.train lock: export UV_FIND_LINKS = $(subst $(empty) $(empty),$(comma),$(strip $(PIPLINKS)))
endif
# Compiled once here, so that every later start of the command line is quick.
export UV_COMPILE_BYTECODE ?= 1
# What only tests and training import is compiled when it is imported: a small part of it.
$(V)/.test $(V)/.train: export UV_COMPILE_BYTECODE = 0
export UV_SYSTEM_CERTS ?= 1
export UV_PYTHON_DOWNLOADS ?= never
# Compiled files are kept, or every test process would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

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
	@NOPHANTOM_SKIP_WEB=1 $(UV) pip install -q --python $(V) --no-deps -e .
	@touch $@

# By the package's own build, which brings Node along where there is none. The wheel itself is not needed.
$(V)/.web: $(WEB) openapi.json hatch_build.py | $(V)/.core
	@echo "setting up: web pages" >&2
	@$(UV) build -q --wheel --python $(V) --out-dir .tools/wheel .
	@touch $@

$(V)/.test: requirements/test.lock $(V)/.core
	@echo "setting up: test tools" >&2
	@$(UV) pip install -q --python $(V) -r requirements/test.lock
	@touch $@

# The CPU build where there is no GPU: a package folder of the machine's own decides, else uv looks for a GPU and asks
# the index of PyTorch, and where that cannot be reached the ordinary registry has the build with CUDA.
$(V)/.train: requirements/train.txt $(V)/.core
	@echo "setting up: torch, to train with" >&2
	@$(if $(strip $(UV_FIND_LINKS)),,$(UV) pip install -q --python $(V) --torch-backend auto -r requirements/train.txt 2>/dev/null ||) $(UV) pip install -q --python $(V) -r requirements/train.txt
	@touch $@

setup: $(V)/.core $(V)/.web ## install what the product needs, and build its web pages

# The pages are built while the first part of the demo runs. What is trained is trained with the web app open beside it.
run: $(V)/.core ## set up, then the main job: the demo (some minutes), or DATA=DIR for real data (AS_OF=DATE for its trends), served; SERVE=0 to leave serving out
ifeq ($(DATA),)
	@$(MAKE) --no-print-directory -j2 simulated $(V)/.web $(V)/.train
	@$(B)/nophantom demo --train only $(if $(filter 0,$(SERVE)),,--serve)
else
	@$(MAKE) --no-print-directory -j2 real $(V)/.web
	@$(if $(filter 0,$(SERVE)),true,$(B)/nophantom serve)
endif

simulated: $(V)/.core
	@$(B)/nophantom demo --train no

real: $(V)/.core
	@$(B)/nophantom demo --data "$(DATA)" --as-of "$(AS_OF)"

# What waits for the network waits beside what works; the checks fill what the tests leave of the processors.
test: ## set up, then every check and every test (under 10 minutes)
	@$(MAKE) --no-print-directory -j3 setup $(V)/.test $(V)/.train browser
	@$(MAKE) --no-print-directory -j3 tests static web-test

# Stores are written where that costs no wait for a disk, if there is room: a quarter of the time. Nothing stays there.
tests: $(V)/.test $(V)/.train
	@if [ -w /dev/shm ] && [ "$$(df -Pk /dev/shm | awk 'END {print $$4}')" -gt 6000000 ]; then TMPDIR=$$(mktemp -d -p /dev/shm); export TMPDIR; trap 'rm -rf "$$TMPDIR"' EXIT; fi; \
	$(B)/python -m pytest -n auto --dist worksteal -rs -m "not long"

test-long: setup $(V)/.test $(V)/.train ## the whole campaigns of which `make test` runs a share
	@NOPHANTOM_CAMPAIGN=1 $(B)/python -m pytest -n auto -rs

static: $(V)/.test $(V)/.train ## format, lint, types, walls
	@$(B)/ruff format --check --quiet . || { echo "not formatted; run: make format" >&2; exit 1; }
	@$(B)/ruff check --quiet .
	@$(B)/mypy
	@$(B)/lint-imports --no-cache >$(V)/imports.txt || { cat $(V)/imports.txt; exit 1; }
	@tail -3 $(V)/imports.txt

# Once for each state of the pages.
$(V)/.web-checked: $(V)/.web
	@$(call npm,run check)
	@touch $@

web-test: $(V)/.web-checked
	@$(call npm,test)

check: setup $(V)/.test $(V)/.train ## the fast inner loop (under 60 s): static checks and the quick tests
	@$(MAKE) --no-print-directory -j2 static $(V)/.web-checked
	@$(B)/python -m pytest -n auto -x -m "not long and not slow"

format: $(V)/.test ## format and mend what can be mended by machine
	@$(B)/ruff format --quiet .
	@$(B)/ruff check --fix --quiet .

openapi: $(V)/.core ## write openapi.json anew from the routes
	@$(B)/python -c 'from nophantom.api.app import schema_text; print(schema_text(), end="")' >openapi.json

lock: | $(UV) ## refresh the lock files (developers only)
	@$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links pyproject.toml -o requirements/core.lock
	@$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --group test -c requirements/core.lock -o requirements/test.lock
	@! grep -nE 'https?://' requirements/*.lock

# Without a window of its own a page takes half the time; the whole browser does as well.
browser:
	@command -v chromium-headless-shell chromium >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && echo "setting up: Chromium" >&2 && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium-headless-shell >/dev/null 2>&1; } || echo "no Chromium: the browser tests will be SKIPPED" >&2

clean: ## remove what was built and installed (never your data)
	@rm -rf $(V) .tools dist web/node_modules src/nophantom/api/static .mypy_cache .ruff_cache .hypothesis

.PHONY: help setup run simulated real test tests test-long static web-test check format lock openapi browser clean
