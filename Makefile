# Everything a fresh machine needs: Python 3.11+, make, and the package registries.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help install demo test test-quick testbed check faults manifests bench bench-quick bench-full fuzz audit sigkills handovers crash-points lock clean

help: ## Say what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "rollctl needs Python 3.11 or newer; run: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation \
	  --config-settings editable_mode=compat -e .
	@touch $@

install: $(INSTALLED) ## Install rollctl and what develops it into .venv

demo: $(INSTALLED) ## See a bad release rolled back and a good one kept, without a cluster
	$(BIN)/python -m controller.demo

testbed: $(INSTALLED) ## Build the real programs that the tests run on (once a machine)
	$(BIN)/python -m tests.testbed.binaries

test: testbed ## Run all tests, those on a real cluster and a real Prometheus too
	$(BIN)/python -m pytest

test-quick: $(INSTALLED) ## Run the tests that need no cluster
	$(BIN)/python -m pytest -m "not real"

check: $(INSTALLED) ## Lint, types and floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

faults: $(INSTALLED) ## Write in docs/faults.md what each fault of each port leads to
	$(BIN)/python -m tests.faults.page

manifests: $(INSTALLED) ## Write the roles in deploy/ from the list of what the code asks for, and copies
	$(BIN)/python -m tests.deploy.generated

bench: testbed ## Measure, against the peer or the obvious alternative in the same run
	$(BIN)/python -m benchmarks

bench-quick: $(INSTALLED) ## Play rollbench's small grid, all rules (minutes)
	$(BIN)/python -m benchmarks.rollbench --grid quick --out build/rollbench-quick --plots build/rollbench-quick

bench-full: $(INSTALLED) ## Play rollbench's whole grid, all rules, on all cores (hours; goes on where it stopped)
	$(BIN)/python -m benchmarks.rollbench --grid full --runs 2000 --workers $$(nproc) --out build/rollbench --plots build/rollbench --page docs/rollbench.md

FUZZED := policy openmetrics webhook watch annotation registry prometheus

fuzz: $(INSTALLED) ## Fuzz every reader of bytes from outside, so many MINUTES each (10)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/fuzz/requirements.lock
	for target in $(FUZZED); do \
	  $(BIN)/python -m tests.fuzz $$target --minutes $(or $(MINUTES),10) || exit 1; done

audit: $(INSTALLED) ## Read licences, and ask a vulnerability service about all that is locked
	$(PYTHON) -m venv build/audit
	build/audit/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/audit/requirements.lock
	$(BIN)/python -m tests.audit --tool build/audit/bin/pip-audit

sigkills: testbed ## Kill the controller 200 times at random moments of releases on a real cluster (40 minutes)
	$(BIN)/python -m benchmarks.sigkills --kills 200

handovers: testbed ## Hand the lead of two replicas over 50 times, by kill, pause, partition and end (15 minutes)
	$(BIN)/python -m benchmarks.handovers --times 50

crash-points: $(INSTALLED) ## Kill the controller at every statement of every journey (hours; EACH=97 for a sample)
	$(BIN)/python -m benchmarks.crash_points --each $(or $(EACH),1)

IMAGE_LOCK := $(BIN)/uv pip compile --generate-hashes --no-emit-index-url --universal \
  --python-version 3.11 -c requirements.lock -q

lock: ## Lock the dependencies anew, with hashes
	$(BIN)/uv pip compile pyproject.toml --extra dev --generate-hashes --no-emit-index-url \
	  --universal --python-version 3.11 --upgrade -o requirements.lock -q
	$(IMAGE_LOCK) pyproject.toml -o deploy/image/requirements.lock
	echo setuptools | $(IMAGE_LOCK) - -o deploy/image/build.lock
	echo pip-audit | $(BIN)/uv pip compile - --generate-hashes --no-emit-index-url \
	  --universal --python-version 3.11 --upgrade -o tests/audit/requirements.lock -q

clean: ## Remove what was made here
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
