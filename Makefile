# SPDX-License-Identifier: Apache-2.0
#
#   make run          install what building needs, build, open the dashboard on the simulated factory
#   make test         every test, with the seconds of each stage
#   make lint         format, import walls, scripts

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# Debian 12 packages. `make run` installs the first list only; nothing that is installed starts a service.
BUILD_PACKAGES := libncurses-dev zlib1g-dev libsqlite3-dev
TEST_PACKAGES  := python3 openssh-server openssh-client prometheus-node-exporter locales-all \
                  prometheus prometheus-pushgateway prometheus-alertmanager \
                  munge slurmctld slurmd slurmrestd slurm-client slurm-wlm-jwt-plugin
LIVE_PACKAGES  := python3-venv debootstrap

# Without the check a forbidden import builds once the other module lies in the build folder.
SWIFT_FLAGS := --explicit-target-dependency-import-check error
BINARY := .build/debug/tokenworks
PREFIX ?= /usr/local
# Real request traces and recorded replies that may not be copied into the project.
SHARED ?= ../shared
# A daemon of this host is not what a fresh checkout should open.
RUN_ARGS ?= --backend simulated
FUZZ_SECONDS ?= 600

.PHONY: help run build test lint format golden bench fuzz soak test-live test-shared install packages-build packages-test packages-live screenshots release deb clean

help:
	@sed -n 's/^#   \(make .*\)/  \1/p' Makefile
	@echo "  make build        a debug build"
	@echo "  make format       let swift format format"
	@echo "  make bench        counts and ratios, release build (Benchmarks/README.md)"
	@echo "  make fuzz         the fuzzers for FUZZ_SECONDS=$(FUZZ_SECONDS) each; FUZZ_SEED=... repeats one"
	@echo "  make soak         a day of the daemon and 200 kills of it: some fifteen minutes"
	@echo "  make test-live    real engines from PyPI under load, 256 nodes of Slurm, Debian 13's Slurm; says what it skips"
	@echo "  make test-shared  the main job on real traces and captures, from the founders' folder SHARED=$(SHARED)"
	@echo "  make golden       rewrite the golden frames: look at the diff before committing"
	@echo "  make screenshots  the pictures of docs/ (needs python3-pil fonts-dejavu-core)"
	@echo "  make install      a release build with man page, completions and unit, to PREFIX=$(PREFIX) under DESTDIR"
	@echo "  make deb          a package for Debian 12: apt install ./.build-release/tokenworks_*.deb"
	@echo "  make clean        remove the build folder"

packages-build:
	@Scripts/packages $(BUILD_PACKAGES)

packages-test: packages-build
	@Scripts/packages $(TEST_PACKAGES)

packages-live: packages-test
	@Scripts/packages $(LIVE_PACKAGES)

build: packages-build
	@swift build $(SWIFT_FLAGS) --product tokenworks

run: build
	@exec $(BINARY) $(RUN_ARGS)

test:
	@Scripts/stages \
	  "packages:$(MAKE) --no-print-directory packages-test" \
	  "build:swift build --build-tests $(SWIFT_FLAGS) --quiet" \
	  "unit:swift test --skip-build $(SWIFT_FLAGS)" \
	  "end-to-end:python3 Tests/EndToEnd/run.py"

lint:
	@Scripts/lint

format:
	@git ls-files '*.swift' | xargs swift format -i --parallel --configuration .swift-format

golden:
	@swift build --build-tests $(SWIFT_FLAGS) --quiet
	@GOLDEN=update swift test --skip-build $(SWIFT_FLAGS) --filter 'DashboardTests|tokenworksTests'
	@git --no-pager diff --stat -- Tests

bench: packages-build
	@Benchmarks/run

fuzz: packages-test
	@swift build --build-tests $(SWIFT_FLAGS) --quiet
	@FUZZ_SECONDS=$(FUZZ_SECONDS) swift test --skip-build $(SWIFT_FLAGS) --filter Fuzz

soak: packages-test build
	@python3 Tests/EndToEnd/run.py --soak

test-live: packages-live build
	@Scripts/test-live

test-shared: build
	@SHARED=$(SHARED) python3 Tests/EndToEnd/run.py --shared

screenshots: build
	@Scripts/screenshots

# A folder of its own: a release build must not throw away the debug build of `make test`.
RELEASE_FLAGS := -c release --static-swift-stdlib $(SWIFT_FLAGS) --scratch-path .build-release
RELEASE := .build-release/release/tokenworks

release: packages-build
	@swift build $(RELEASE_FLAGS) --product tokenworks
	@strip -o $(RELEASE).stripped $(RELEASE)

install: release
	@Scripts/stage $(RELEASE).stripped "$(DESTDIR)" "$(PREFIX)"
	@echo "installed $(DESTDIR)$(PREFIX)/bin/tokenworks; another host needs libncursesw6, zlib1g, libsqlite3-0 and libstdc++6"

deb: release
	@Scripts/deb $(RELEASE).stripped .build-release

clean:
	@rm -rf .build .build-release .build-bench
