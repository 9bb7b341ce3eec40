# What people type. Every target sets up what it needs (Debian packages, see scripts/setup) and shows its progress.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

ARGS ?=
FUZZ_SECONDS ?= 60
RELEASE := $(CURDIR)/build/release/kulla

# g++ 12's thread sanitizer does not start where the kernel spreads addresses widely.
NO_ASLR = $(shell setarch -R true 2>/dev/null && echo setarch -R)

# $(call build,PRESET,TARGETS): configures (quick when nothing changed) and builds.
define build
echo "make: configuring and building $(1)$(if $(2), ($(2)))"; \
cmake --preset $(1) --log-level=WARNING >/dev/null && ninja -C build/$(1) $(2)
endef

.PHONY: help drill build test test-long test-browser bench lint format fuzz clean

help: ## this text
	@echo "kulla: make TARGET"
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  \1\t\2/p' Makefile | expand -t 16

drill: build ## rehearse an attack on this machine, end to end (ARGS="--services 1225 --report DIR")
	@$(RELEASE) drill $(ARGS)

build: ## compile build/release/kulla
	@scripts/setup build
	@$(call build,release,kulla)

test: ## all unit and system tests (30 minutes at most)
	@scripts/setup test
	@$(call build,test)
	@scripts/run-tests build/test

test-long: ## what takes longer: many rounds, sanitizers, 1,225 services
	@scripts/setup test
	@$(call build,release,kulla)
	@$(call build,test)
	@KULLA_LONG=1 scripts/run-tests build/test
	@$(call build,long,test_incident)
	@KULLA_SEQUENCES=1000000 build/long/test_incident --gtest_filter='*InAMillionSequences'
	@$(call build,asan,unit_tests)
	@KULLA_LONG=1 scripts/run-tests build/asan -L unit
	@$(call build,tsan,unit_tests)
	@KULLA_LONG=1 $(NO_ASLR) scripts/run-tests build/tsan -L unit
	@$(RELEASE) drill --services 1225
	@$(MAKE) test-browser

test-browser: build ## the console in Chromium: against a fixture, and a whole incident against the real program
	@scripts/setup browser
	@web/build --with-dev
	@cd web && KULLA_BINARY=$(RELEASE) node --test --test-concurrency=1 ../tests/browser/unit/*.test.mjs ../tests/browser/*.test.mjs

bench: ## every figure beside its peer or limit
	@scripts/setup test
	@$(call build,bench)
	@scripts/run-benches build/bench
	@scripts/setup browser
	@web/build --with-dev
	@cd web && KULLA_BENCH_STREAM=$(CURDIR)/build/bench/bench_console_stream node --test --test-concurrency=1 ../tests/browser/figures.test.mjs

lint: ## clang-tidy, clang-format and the project's own rules
	@scripts/setup lint
	@cmake --preset test --log-level=WARNING >/dev/null
	@python3 tests/lint/lint.py .
	@scripts/lint format
	@scripts/lint tidy

format: ## rewrite src/, tests/ and bench/ as .clang-format says
	@scripts/setup lint
	@scripts/lint format --write

fuzz: ## each fuzz target for FUZZ_SECONDS (60)
	@scripts/setup lint
	@$(call build,fuzz,fuzz_targets)
	@scripts/run-fuzz build/fuzz $(FUZZ_SECONDS)

clean: ## remove build/
	rm -rf build
