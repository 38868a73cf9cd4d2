# From a fresh clone: `make run` starts the service, `make demo` shows a login over two hosts, `make test` tries it all.
# Everything is installed into .venv from the locks (versions and hashes); nothing is installed outside this folder,
# but the browsers of `make demo` and `make test`, which the system's package manager brings.

VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input
LOCKED := $(PIP_INSTALL) --require-hashes
# The project itself: in place, with what the locks brought, so that pip has nothing to look up.
PROJECT := $(PIP_INSTALL) --no-index --no-deps --no-build-isolation --editable .
# The extension has no build step; its types are checked where its tests stand. Node comes with the Python wheel.
TYPES := tests/extension
NODE_PATH := PATH="$(CURDIR)/$(BIN):$$PATH"
# How many tests run at once; each browser test keeps one browser and one server busy. Who has none left takes the
# other's: those with a browser take long and stand beside each other.
JOBS ?= 2

.PHONY: run demo test bench test-postgres check accuracy chains nightly browsers

run: $(VENV)/run.stamp
	@$(BIN)/wayfill init
	@exec $(BIN)/wayfill serve

demo: $(VENV)/dev.stamp browsers
	@exec $(BIN)/python -m tests.practice.demo

test: check browsers
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal

# The service's tests on PostgreSQL instead of SQLite, on a server of their own; `make test` has the chosen ones of both.
test-postgres: $(VENV)/dev.stamp
	$(BIN)/python -m pytest -n $(JOBS) --engine=postgres tests/extension_api

# How many real pages, labelled by hand, are filled right; the pages lie beside this folder, in ../shared/data/forms.
accuracy: $(VENV)/dev.stamp browsers
	@$(BIN)/python -m tests.accuracy

# Every login shape of the practice network, from its first address to a login that fills, in Chromium and Firefox.
chains: $(VENV)/dev.stamp browsers
	CHAINS=all $(BIN)/python -m pytest -q --timeout=0 tests/e2e/chains

# Speed, each figure beside a floor of the same run. LOAD="--quick" is a first look at the load alone; vaults of up to a
# million records are kept in the temporary folder after the first run. The load is made by wrk (apt-get install wrk).
LOAD ?= --postgres
BENCHES ?= match lists audit hot_paths
bench: $(VENV)/dev.stamp
	@failed=; for each in $(BENCHES); do echo "== $$each"; $(BIN)/python -m benchmarks.$$each || failed="$$failed $$each"; done; \
	  echo "== load"; $(BIN)/python -m benchmarks.load $(LOAD) || failed="$$failed load"; \
	  test -z "$$failed" || { echo "missed a bound:$$failed"; exit 1; }

# What takes hours: the matcher against its evaluator on millions of pairs, and every public call with hostile values.
PAIRS ?= 5000000
SECONDS ?= 3600
nightly: $(VENV)/dev.stamp
	MATCHER_PAIRS=$(PAIRS) $(BIN)/python -m pytest -q --timeout=0 tests/contract/test_generated.py
	$(BIN)/python -m tests.matcher.hostile --seconds $(SECONDS)

check: $(VENV)/dev.stamp $(TYPES)/node_modules/ready.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	cd $(TYPES) && $(NODE_PATH) npm run --silent types
	cd $(TYPES) && $(NODE_PATH) npm run --silent lint

browsers: $(VENV)/dev.stamp
	@$(BIN)/python -m tests.practice.install

# The stamps make a second start immediate; a changed lock or pyproject.toml brings the environment up to date.
$(VENV)/run.stamp: requirements-build.lock requirements.lock pyproject.toml | $(BIN)/pip
	@echo "Installing Wayfill into $(VENV) ..."
	@$(LOCKED) -r requirements-build.lock -r requirements.lock
	@$(PROJECT)
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock pyproject.toml | $(BIN)/pip
	@echo "Installing Wayfill and what its tests need into $(VENV) ..."
	@$(LOCKED) -r requirements-dev.lock
	@$(PROJECT)
	@touch $@

$(TYPES)/node_modules/ready.stamp: $(TYPES)/package-lock.json $(VENV)/dev.stamp
	@cd $(TYPES) && $(NODE_PATH) npm ci --silent --no-audit --no-fund
	@touch $@

# ensurepip is asked for by name: Debian splits it off, and without it a virtual environment has no pip.
$(BIN)/pip:
	@for python in $(or $(PYTHON),python3 python3.13 python3.12 python3.11); do \
	  if $$python -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    exec $$python -m venv $(VENV); \
	  fi; \
	done; \
	echo "Wayfill needs Python 3.11 or newer with its venv module; on Debian or Ubuntu: apt-get install python3 python3-venv" >&2; \
	exit 1
