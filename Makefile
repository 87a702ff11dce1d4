# `make run` and `make test` need nothing else; both set up first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MADE := $(VENV)/.made
STAMP := $(VENV)/.ready
REQUIREMENTS := requirements.txt requirements-embedded.txt requirements-dev.txt
export PYTHONDONTWRITEBYTECODE ?= 1

.PHONY: help setup run test check format soak bench docs screenshots vendor clean

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

setup: $(STAMP) ## virtual environment in .venv with everything
$(STAMP): $(REQUIREMENTS) scripts/preflight.sh
	@sh scripts/preflight.sh $(PYTHON)
	@# One that was interrupted, or whose Python is gone, is made anew.
	@test -e $(MADE) && $(BIN)/python -m pip --version >/dev/null 2>&1 || \
		{ echo "Making a virtual environment in $(VENV)"; $(PYTHON) -m venv --clear $(VENV) && touch $(MADE); }
	@echo "Installing packages; the first time takes a minute or two"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --root-user-action=ignore $(addprefix -r ,$(REQUIREMENTS))
	@touch $@

# Without a line for each request: they would push the addresses and passwords off the screen.
run: setup ## the whole product with a simulated customer, on http://127.0.0.1:5000 (PORT overrides)
	@DEMO=1 LOG_LEVEL=$${LOG_LEVEL:-warning} exec $(BIN)/python wsgi.py

test: setup ## every test: first what runs side by side, then alone what kills, freezes or measures
	$(BIN)/python -m tests

check: setup ## style gate, then the tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) test

format: setup ## let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

soak: setup ## the long proof at full size: rounds of kill -9 of the server and of mongod, races, thousands of random actions
	SOAK=1 $(BIN)/python -m pytest tests -m soak -n 0

bench: setup ## the figures in docs/benchmarks.md
	$(BIN)/python -m benchmarks

docs: setup ## generate docs/events.md
	$(BIN)/python scripts/generate_docs.py

screenshots: setup ## take the pictures in docs/screenshots anew (needs Chromium)
	$(BIN)/python -m pytest tests/e2e/test_screenshots.py -n 0

vendor: ## copy the client's libraries from npm into whatsapp_server/web/vendor
	npm ci --ignore-scripts && node scripts/vendor.mjs

clean: ## remove the virtual environment and the tools' caches; the data stays
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
