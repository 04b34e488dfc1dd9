# "make" alone lists what can be made. Every target says after ## what it does.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.PHONY: $(shell sed -n 's/^\([a-z][a-z0-9-]*\):.*$$/\1/p' $(firstword $(MAKEFILE_LIST)))

# This module alone, whatever workspace it lies in.
export GOWORK := off

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
COMMIT ?= $(shell git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
LDFLAGS = -X main.version=$(VERSION) -X main.commit=$(COMMIT)

# More arguments for go test, for all packages: make test-unit TESTFLAGS=-v
TESTFLAGS ?=
# Flags of the demo: make demo DEMOFLAGS='--duration=60s'
DEMOFLAGS ?=
# How far the demo's operator may go: make demo MODE=shadow, or MODE=enforce
MODE ?= observe
# Flags of the benchmark at scale: make bench BENCHFLAGS='--pods 10000'
BENCHFLAGS ?=
# Flags of the benchmark of repair: make bench REPAIRFLAGS='--apps 30'
REPAIRFLAGS ?=
# How long make fuzz spends on each fuzz target, make bench-go on each Go
# benchmark, and make soak.
FUZZTIME ?= 30s
BENCHTIME ?= 1s
SOAK ?= 1h
# How often make faults runs its tests.
ROUNDS ?= 10

# Two packages at a time at the most; the integration suites, which have
# clusters of their own and watch the clock, one after the other.
UNIT_FLAGS = -race -p 2 -timeout 10m $(TESTFLAGS)
INTEGRATION_FLAGS = -race -p 1 -count=1 -timeout 25m $(TESTFLAGS)
E2E_FLAGS = -count=1 -timeout 40m $(TESTFLAGS)
# Flags of the end-to-end suite: make e2e E2EFLAGS='-cluster=evenkeel'
E2EFLAGS ?=

# Packages that have tests, in the two kinds.
with_tests = go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}'
unit_packages = $(with_tests) ./... | { grep -v '^evenkeel\.dev/evenkeel/test/' || true; }
integration_packages = $(with_tests) ./test/...
# In the module of the end-to-end tests, all packages but the suite have tests
# that need no container.
e2e_unit_packages = cd e2e && $(with_tests) ./... | { grep -v '^evenkeel\.dev/evenkeel/e2e$$' || true; }

# The race detector needs cgo; the informers panic if a cached object is changed.
testrun = CGO_ENABLED=1 KUBE_CACHE_MUTATION_DETECTOR=true go run ./hack/testrun
control_plane = go run ./hack/tool --path etcd kube-apiserver kube-controller-manager kube-scheduler kwok >/dev/null

help: ## Show this list
	@sed -n 's/^\([a-z][a-z0-9-]*\):[^#]*## \(.*\)$$/\1\t\2/p' $(firstword $(MAKEFILE_LIST)) | while IFS=$$'\t' read -r target what; do printf '%-18s %s\n' "$$target" "$$what"; done

build: ## Build the operator as bin/operator
	go build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)' -o bin/operator ./cmd/operator

image: ## Build the operator's image, with podman or docker, as IMAGE
	@VERSION='$(VERSION)' COMMIT='$(COMMIT)' bash hack/image.sh

image-source: ## Build the image as "docker build ." does, compiling in the build; GO_IMAGE names the Go to pull
	@source hack/engine.sh; "$$ENGINE" build --build-arg VERSION='$(VERSION)' --build-arg COMMIT='$(COMMIT)' $(if $(GO_IMAGE),--build-arg GO_IMAGE='$(GO_IMAGE)') --tag localhost/evenkeel/operator:source .

demo: ## Show the operator at work on a local cluster that keeps changing
	@go build -o bin/demo ./hack/demo
	@exec bin/demo --mode='$(MODE)' $(DEMOFLAGS)

cluster: ## Run a local cluster until Ctrl-C
	go run ./hack/cluster

test: ## Run every test that needs no container: unit and integration tests
	@$(control_plane)
	@unit=$$($(unit_packages)); e2e=$$($(e2e_unit_packages)); integration=$$($(integration_packages)); \
	$(testrun) -- $(UNIT_FLAGS) $$unit -- -C e2e $(UNIT_FLAGS) $$e2e -- $(INTEGRATION_FLAGS) $$integration

test-unit: ## Run the unit tests
	@unit=$$($(unit_packages)); e2e=$$($(e2e_unit_packages)); \
	$(testrun) -- $(UNIT_FLAGS) $$unit -- -C e2e $(UNIT_FLAGS) $$e2e

test-integration: ## Run the integration tests, against local clusters
	@$(control_plane)
	@integration=$$($(integration_packages)); \
	$(testrun) -- $(INTEGRATION_FLAGS) $$integration

e2e: ## Run the end-to-end tests in a kind cluster of their own
	@source hack/engine.sh; go run ./hack/testrun -- -C e2e $(E2E_FLAGS) . $(if $(E2EFLAGS),-args $(E2EFLAGS))

generate: ## Write anew what is generated
	go generate ./...

lint: ## Run golangci-lint
	@linter=$$(go run ./hack/tool --path golangci-lint); config=$$PWD/.golangci.yml; \
	for module in . e2e; do (cd $$module && "$$linter" run --config "$$config" ./...); done

verify: ## Check everything but the tests: formatting, vet, modules, lint, generated files
	@bash hack/verify.sh

bench: ## Measure the operator at 10,000 to 100,000 Pods beside a plain informer, and repair beside the descheduler
	@go build -o bin/bench ./hack/bench
	@go build -o bin/bench-repair ./hack/bench/repair
	@bin/bench $(BENCHFLAGS)
	@exec bin/bench-repair $(REPAIRFLAGS)

bench-record: ## Do what bench does and write docs/benchmarks.md and docs/benchmarks-repair.md
	@$(MAKE) bench BENCHFLAGS='$(BENCHFLAGS) --record docs/benchmarks.md' REPAIRFLAGS='$(REPAIRFLAGS) --record docs/benchmarks-repair.md'

faults: ## Run the tests that break things, ROUNDS times (10), each some nine minutes
	@[[ '$(ROUNDS)' =~ ^[1-9][0-9]*$$ ]] || { echo "ROUNDS must be a number from 1 on, not '$(ROUNDS)'" >&2; exit 2; }
	@go test -race -count=$(ROUNDS) -timeout $$(($(ROUNDS) * 25))m ./test/faults

bench-go: ## Run the Go benchmarks, each for BENCHTIME (1s)
	@folders=$$(bash hack/find-tests.sh Benchmark | cut -d' ' -f1 | sort -u); \
	[ -n "$$folders" ] || { echo 'there is no benchmark' >&2; exit 1; }; \
	go test -run='^$$' -bench=. -benchmem -benchtime=$(BENCHTIME) -timeout 30m -p 1 $$folders

soak: ## Run the operator for SOAK (1h) under churn, and fail if it grows
	@go build -o bin/soak ./hack/soak
	@exec bin/soak --for $(SOAK)

guards: ## Switch each guard of repair off in turn, and see a test fail for it
	@bash hack/guards.sh

fuzz: ## Run each fuzz target for FUZZTIME (30s)
	@bash hack/fuzz.sh $(FUZZTIME)

ci: ## Run what CI runs: install what the machine lacks, verify, test
	@bash .ci/run

ci-cold: ## Run what CI runs on a clone, with an empty home and empty caches
	@bash hack/cold.sh

clean: ## Remove what was built here
	rm -rf bin
