# Every target but `help` first makes sure that .venv holds exactly what requirements.lock says.
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
CODE := $(wildcard src tests sandbox bench)

.DEFAULT_GOAL := help
.PHONY: help venv demo test check audit adversary planted equivalence fuzz bench sessions format lock scenario scenarios messages clients

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

venv: $(STAMP) ## make .venv from requirements.lock

$(STAMP): requirements.lock pyproject.toml
	@python=''; for name in $(PYTHON) /usr/bin/python3 python3 python3.13 python3.12 python3.11 python; do \
	  if "$$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$name; break; fi; \
	done; \
	if [ -z "$$python" ]; then echo 'make venv: no Python 3.11 or newer with the venv module on PATH' >&2; exit 1; fi; \
	echo "make venv: $$("$$python" --version) in $(VENV)" >&2; \
	"$$python" -m venv --clear $(VENV)  # one that another Python made would be half of each
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(STAMP) ## run an incident from detection to rollback in a sandbox
	$(BIN)/python -m sandbox.demo

scenario: $(STAMP) ## play one production fault: make scenario NAME=crash-loop
	$(BIN)/python -m sandbox.scenarios $(or $(NAME),--list)

scenarios: $(STAMP) ## play all production faults with a good and a careless agent, and published incidents in memory
	$(BIN)/python -m tests.incidents.courses
	$(BIN)/python -m sandbox.scenarios

messages: $(STAMP) ## play messages under any failures for longer: STEPS=20000 SEED=7
	$(BIN)/python -m tests.incidents.machine $(or $(STEPS),20000) $(or $(SEED),$(shell date +%s))

test: $(STAMP) ## run the tests; those on a real host are skipped where there is none
	$(BIN)/python -m pytest -n 3

check: $(STAMP) ## format, lint, types, import rules, prose, security
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy $(CODE)
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m tests.prose
	@# The package alone: tests, sandbox and benches start processes on purpose. What is low is guessed by name, and
	@# ruff's S rules guess it too. Where a finding is wrong, its line says nosec and why.
	$(BIN)/bandit --quiet --recursive --severity-level medium src

audit: $(STAMP) ## look every locked dependency up among known vulnerabilities
	$(BIN)/python -m sandbox.audit

clients: $(STAMP) ## play real clients and the conformance suite, and write the table of docs/clients.md
	$(BIN)/python -m tests.clients.table

planted: $(STAMP) ## find each planted fault again, and keep the seed that finds it at once
	$(BIN)/python -m tests.adversary.planted

adversary: $(STAMP) ## play an agent that means harm for longer: STEPS=100000 SEED=7, or SEED='1000 2000' for more
	$(BIN)/python -m tests.adversary.playing $(or $(STEPS),100000) $(or $(SEED),$(shell date +%s))

equivalence: $(STAMP) ## compare rollbacks of generated projects with fresh deployments by plain compose: N=20 SEED=7
	$(BIN)/python -m tests.equivalence --count $(or $(N),20) --seed $(or $(SEED),1) \
	  $(if $(ONLY),--only $(ONLY)) $(if $(REALHOST_DIR),--folder $(REALHOST_DIR))

fuzz: $(STAMP) ## send more hostile arguments and logs, replay more incidents: FUZZ=20000 SEED=7
	FUZZ=$(or $(FUZZ),20000) SEED=$(or $(SEED),$(shell date +%s)) $(BIN)/python -m pytest -p no:cacheprovider --timeout 0 \
	  tests/adversary/test_fuzz_arguments.py tests/adversary/test_fuzz_logs.py \
	  tests/service/replaying/test_fuzzed_sessions.py

bench: $(STAMP) ## measure
	$(BIN)/python -m bench

sessions: $(STAMP) ## record the sessions of this version again (tests/sessions)
	$(BIN)/python -m tests.sessions.record

format: $(STAMP) ## format and mend what can be mended
	$(BIN)/ruff format $(CODE)
	$(BIN)/ruff check --fix-only $(CODE)

lock: $(STAMP) ## pin every dependency anew
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
	  --custom-compile-command 'make lock' --group dev --output-file requirements.lock pyproject.toml
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
	  --custom-compile-command 'make lock' --output-file tests/clients/fastmcp.txt tests/clients/fastmcp.in
