# `make run` and `make test` are all that a newcomer needs; `make help` lists the rest.

SHELL := /bin/bash
.DEFAULT_GOAL := help

# CI works in a fresh clone each time; keeping the target directory outside of
# it saves building every dependency again.
ifdef CI
export CARGO_TARGET_DIR ?= $(HOME)/.cache/pandaprobe/target
endif

TARGET := $(or $(CARGO_TARGET_DIR),target)
BINARY := $(TARGET)/release/pandaprobe
LISTEN ?= 127.0.0.1:8000
DATA ?= pandaprobe-data

.PHONY: help run build web binary wheel test soak bench generate format clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: binary ## Build everything and serve the sample sessions at http://127.0.0.1:8000/ui/
	$(BINARY) serve --listen $(LISTEN) --data $(DATA) --demo

build: binary wheel ## Build the release binary and the Python wheel (python/dist/)
	@ls -lh $(BINARY) python/dist/*.whl

web: web/dist/index.html ## Build the web app (web/dist/)

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	npm ci --prefix web --no-fund --no-audit
	@touch $@

web/dist/index.html: web/node_modules/.package-lock.json $(shell find web/src web/public web/index.html web/*.ts -type f 2>/dev/null)
	npm run build --prefix web

binary: web
	cargo build --release -p pandaprobe

wheel: ## Build the Python wheel
	scripts/python.sh build
	cd python && ../.venv/bin/maturin build --release --quiet -o dist

test: ## Install what tests need, then check and test everything
	scripts/test.py

soak: ## The same properties with long counts (hours)
	scripts/test.py --soak

bench: ## Measure the figures of the design on release builds
	scripts/bench.sh

generate: ## Renew generated files: API description, web client
	cargo run --quiet -p pandaprobe -- openapi > docs/reference/openapi.json
	npm run generate --prefix web

format: ## Format all code
	cargo fmt
	scripts/python.sh test
	.venv/bin/ruff format python examples scripts benches
	npm run format --prefix web

clean: ## Remove what was built
	rm -rf web/dist python/dist .venv
	cargo clean
