# Everything a bare machine with Python 3.11+ needs is installed by these targets.
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
READY := $(VENV)/.ready
SERVICES := $(VENV)/.services
TEST_ARGS ?=
SOAK_ARGS ?=

.PHONY: setup run test test-all lint bench soak vendor messages pictures lock services clean

setup: $(READY)

# apt only where pip cannot serve: Debian keeps venv in a package of its own.
$(READY): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed."; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV) 2>/dev/null || { $(call apt,python3-venv) && $(PYTHON) -m venv --clear $(VENV); }
	@echo "Installing the packages of the lock file …"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)

services: $(SERVICES)

# What the tests walk the product with: a browser, a PostgreSQL that they start and end themselves, and a C compiler
# for the fast clock of the soak.
$(SERVICES): $(READY)
	@command -v chromium >/dev/null && ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && command -v cc >/dev/null \
		|| { $(call apt,chromium postgresql gcc libc6-dev); }
	@touch $(SERVICES)

define apt
echo "Installing $(1) …"; { [ "$$(id -u)" = 0 ] && as= || as=sudo; } ; $$as apt-get -qq update >/dev/null && DEBIAN_FRONTEND=noninteractive $$as apt-get -qq install -y --no-install-recommends $(1) >/dev/null
endef

run: $(READY)
	@$(BIN)/publisher run --practice

# Twelve to thirteen minutes on two cores; the thorough ones take as long again.
test: $(READY) $(SERVICES)
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m "not thorough" $(TEST_ARGS)

test-all: $(READY) $(SERVICES)
	@$(BIN)/python -m pytest -n 2 --dist loadfile $(TEST_ARGS)

lint: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/lint-imports --no-cache
	@PUBLISHER_HOME=tests/home PUBLISHER_PRACTICE=1 $(BIN)/mypy
	@git ls-files 'publisher/**/*.html' | xargs $(BIN)/djade --check --target-version 5.2

bench: $(READY)
	@for file in $(filter-out benchmarks/soak.py,$(wildcard benchmarks/*.py)); do $(BIN)/python $$file || exit 1; done

# Hours: 24 simulated days at 60 times the speed. Less: make soak SOAK_ARGS="--days 3 --quiet-speed 1500"
soak: $(READY) $(SERVICES)
	@$(BIN)/python benchmarks/soak.py $(SOAK_ARGS)

vendor: $(READY)
	@$(BIN)/python tools/vendor.py

messages: $(READY)
	@$(BIN)/python tools/messages.py

pictures: $(READY) $(SERVICES)
	@$(BIN)/python tools/screenshots.py

lock: $(READY)
	@tools/lock.sh

clean:
	rm -rf $(VENV) build dist *.egg-info
