# Parley. `make` lists what there is.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory --no-builtin-rules

MODULES := pkg api gateway standalone loadtest e2e
UNIT_PACKAGES := $(foreach m,$(filter-out e2e,$(MODULES)),./$(m)/...)
SCRIPTS := deploy/install.sh deploy/cluster/cluster.sh deploy/cluster/render.sh .ci/run .ci/test

FUZZTIME ?= 10s#      ## fuzz: how long each target runs
RUN ?= .#             ## test-go, e2e, bench: a regular expression of the names to run
JOBS ?= 2#            ## build and test: how many packages at a time
LOAD ?= --help#       ## load: arguments for bin/parley-loadtest
DURATION ?= 5m#       ## chaos: how long people write
CHAOS ?= --rate 100#  ## chaos: more arguments for bin/parley-chaos; see its --help
STORM ?= --sockets 5000# ## storm: arguments for bin/parley-storm; see its --help
BENCH ?= --repeat 3#  ## bench: more arguments for bin/parley-bench; see its --help
SOCKETS ?= 90000#     ## bench-sockets: how many
REPORTS ?= bin/reports#  ## where test runs leave their reports

# One set of flags for all that is built, tested and linted, so that each package is compiled once, and once more for the
# race detector (which needs cgo). Lint has vet, so tests need not run it again.
export CGO_ENABLED := 0
GO_BUILD := go build -p $(JOBS)
GOTESTSUM = bin/tools/gotestsum --format pkgname --format-hide-empty-pkg --jsonfile $(REPORTS)/$@.go.json --
TOOLS := bin/tools/golangci-lint bin/tools/gotestsum bin/tools/tally

WEB_SOURCES := $(shell find web/src web/public web/*.html web/*.ts web/*.json -type f 2>/dev/null)
WEB_INSTALLED := web/node_modules/.package-lock.json
BROWSER_INSTALLED := e2e/browser/node_modules/.package-lock.json
WEB_BUILT := web/dist/index.html
WEBDIST := standalone/webdist

## Use

.PHONY: run
run: web ## Build everything into one process and start it; data in ./data (needs Go and Node, no root)
	@$(GO_BUILD) -o bin/ ./standalone/cmd/parley
	@exec bin/parley

.PHONY: cluster cluster-stop cluster-status
cluster: build ## Start the production shape on this host: nginx, Redis, 2 API nodes, 3 gateways, Prometheus
	@deploy/install.sh cluster
	@deploy/cluster/cluster.sh start
cluster-stop: ## Drain and stop it (its data stays in ./run)
	@deploy/cluster/cluster.sh stop
cluster-status: ## What runs where, and is it ready
	@deploy/cluster/cluster.sh status

.PHONY: load
load: bin/parley-loadtest ## Generate load: make load LOAD="--help"
	@bin/parley-loadtest $(LOAD)

.PHONY: chaos
chaos: ## Break a cluster in every way known, by a seed's plan, and prove what became of each message: make chaos DURATION=30m
	@deploy/install.sh cluster
	@$(GO_BUILD) -o bin/ ./e2e/cmd/parley-chaos
	@bin/parley-chaos --duration $(DURATION) $(CHAOS)

.PHONY: chaos-redis storm
chaos-redis: | $(REPORTS) ## Redis is dead for a minute under 200 messages a second: what is late, what comes twice?
	@$(MAKE) chaos DURATION=110s CHAOS="--only '^kill: redis' --faults 1 --hold 60s --rate 200 --steady --clocks=false --within 99 --duplicates 3 --json $(REPORTS)/$@.json"
storm: | $(REPORTS) ## A gateway with 5,000 sockets is killed: how soon are all back?
	@deploy/install.sh cluster
	@$(GO_BUILD) -o bin/ ./e2e/cmd/parley-storm
	@bin/parley-storm --json $(REPORTS)/$@.json $(STORM)

.PHONY: chaos-check
chaos-check: ## Is the checker of `make chaos` any good? It has to find deliberate bugs, which are in no other build
	@deploy/install.sh cluster
	@E2E_BIN_DIR= go test -tags flaws -count=1 -v -vet=off -timeout 15m -run '^TestTheCheckerFindsEveryFlaw$$' ./e2e/chaos

## Build

.PHONY: build
build: web ## Build the binaries into bin/, with the web client in bin/parley
	@$(GO_BUILD) -o bin/ ./api/cmd/parley-api ./gateway/cmd/parley-gateway ./standalone/cmd/parley ./loadtest/cmd/parley-loadtest

.PHONY: bin/parley-loadtest
bin/parley-loadtest:
	@$(GO_BUILD) -o bin/ ./loadtest/cmd/parley-loadtest

.PHONY: web
web: $(WEB_BUILT) ## Build the web client, and put it where the all-in-one embeds it from
	@find $(WEBDIST) -mindepth 1 ! -name .gitignore ! -name placeholder -delete
	@cp -r web/dist/. $(WEBDIST)/

$(WEB_BUILT): $(WEB_INSTALLED) $(WEB_SOURCES)
	@cd web && npm run --silent build
	@touch $@

%/node_modules/.package-lock.json: %/package.json %/package-lock.json
	@command -v npm >/dev/null || { echo 'The web client needs Node 20.19 or newer with npm: https://nodejs.org' >&2; exit 1; }
	@cd $* && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund --loglevel=error
	@touch $@

## Check

.PHONY: test
test: ## Everything: checks, unit, end-to-end and browser tests; installs what is missing; the last line counts
	@.ci/test

.PHONY: test-go test-web e2e browser
test-go: bin/tools/gotestsum | $(REPORTS) ## Unit and contract tests of all modules, with the race detector
	@CGO_ENABLED=1 $(GOTESTSUM) -race -vet=off -p $(JOBS) -timeout 10m -run '$(RUN)' $(UNIT_PACKAGES)
test-web: $(WEB_INSTALLED) | $(REPORTS) ## Types, lint and unit tests of the web client
	@cd web && npm run --silent typecheck && npm run --silent lint
	@cd web && npx vitest run --reporter=default --reporter=json --outputFile.json=$(abspath $(REPORTS))/$@.vitest.json
# Whole servers that are killed and watched: one package at a time, and never from the cache.
e2e: bin/tools/gotestsum build | $(REPORTS) ## End-to-end tests: real processes, killed on purpose
	@E2E_BIN_DIR=$(abspath bin) $(GOTESTSUM) -count=1 -vet=off -p 1 -timeout 14m -run '$(RUN)' ./e2e/...
browser: build $(BROWSER_INSTALLED) | $(REPORTS) ## The web client in a real browser (Debian's Chromium)
	@cd e2e/browser && npm run --silent typecheck
	@$(GO_BUILD) -o bin/ ./e2e/cmd/parley-history
	@rm -f $(REPORTS)/$@.playwright.json
	@cd e2e/browser && PLAYWRIGHT_JSON_OUTPUT_FILE=$(abspath $(REPORTS))/$@.playwright.json npx playwright test
	@test -s $(REPORTS)/$@.playwright.json || { echo 'The browser tests ended without a report.' >&2; exit 1; }

.PHONY: lint verify-fmt fix-fmt verify-tidy fix-tidy verify-modules verify-scripts
lint: bin/tools/golangci-lint ## golangci-lint (with go vet) over all modules
	@bin/tools/golangci-lint run --allow-parallel-runners $(addprefix ./,$(addsuffix /...,$(MODULES)))
verify-fmt: bin/tools/golangci-lint ## Is all Go formatted?
	@bin/tools/golangci-lint fmt --diff $(addprefix ./,$(MODULES))
fix-fmt: bin/tools/golangci-lint ## Format all Go
	@bin/tools/golangci-lint fmt $(addprefix ./,$(MODULES))
verify-tidy: ## Do go.mod and go.sum name what is used?
	@for m in $(MODULES) .ci/tools; do (cd $$m && GOWORK=off go mod tidy -diff) || { echo "$$m/go.mod is not tidy: make fix-tidy" >&2; exit 1; }; done
fix-tidy: ## Write them anew
	@for m in $(MODULES) .ci/tools; do (cd $$m && GOWORK=off go mod tidy); done
	@go work sync
# In a workspace a module compiles with a dependency that only its neighbour names.
verify-modules: ## Does each module build without the workspace?
	@for m in $(MODULES); do (cd $$m && GOWORK=off go build -p $(JOBS) ./...) || { echo "$$m does not build by itself" >&2; exit 1; }; done
verify-scripts: ## shellcheck
	@shellcheck -x $(SCRIPTS)

.PHONY: fuzz bench
fuzz: ## Each fuzz target for FUZZTIME
	@grep -rEo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' $(MODULES) | while IFS=: read -r file func; do \
		echo "$${func#func } in $$(dirname $$file)"; \
		go test -run '^$$' -fuzz "^$${func#func }$$" -fuzztime $(FUZZTIME) "./$$(dirname $$file)" </dev/null; \
	done
bench: | $(REPORTS) ## Go benchmarks with allocations, then costs on real processes beside a floor: make bench BENCH="--sockets 4000"
	@go test -run '^$$' -bench '$(RUN)' -benchmem -p 1 $(UNIT_PACKAGES) | grep -Ev '^(ok|PASS|\?)'
	@$(GO_BUILD) -o bin/ ./e2e/cmd/parley-bench
	@bin/parley-bench --json $(REPORTS)/bench.json $(BENCH)

.PHONY: bench-large
bench-large: | $(REPORTS) ## What a group of 10,000 members costs, with 2,000 of them there: make bench-large LARGE="--members 3000 --sockets 500"
	@deploy/install.sh cluster
	@$(GO_BUILD) -o bin/ ./e2e/cmd/parley-large
	@bin/parley-large --json $(REPORTS)/large.json $(LARGE)

.PHONY: bench-growth bench-sockets
bench-growth: | $(REPORTS) ## What one thing costs as the work grows: make bench-growth GROWTH="--only rooms --rooms 10,10000"
	@deploy/install.sh cluster
	@$(GO_BUILD) -o bin/ ./e2e/cmd/parley-growth
	@bin/parley-growth --json $(REPORTS)/growth.json $(GROWTH)
bench-sockets: ## 90,000 sockets over five gateways, all alive; then one gateway is drained: make bench-sockets SOCKETS=90000
	@$(MAKE) bench-growth GROWTH="--only '^spread' --spread $(SOCKETS) --idle 1m"

.PHONY: profile
profile: | $(REPORTS) ## CPU profiles of the servers under each load of make bench, into bin/reports/profiles
	@$(GO_BUILD) -o bin/ ./e2e/cmd/parley-bench
	@mkdir -p $(REPORTS)/profiles
	@bin/parley-bench --repeat 1 --idle 10s --profiles $(REPORTS)/profiles
	@for p in $(REPORTS)/profiles/*.pprof; do echo; echo "$$p"; go tool pprof -top -nodecount 15 "$$p" 2>/dev/null | tail -n +4; done

## Set up

.PHONY: deps fetch tools clean
deps: ## Install the Debian packages that tests and cluster need (only what is missing; needs root then)
	@deploy/install.sh
fetch: $(WEB_INSTALLED) $(BROWSER_INSTALLED) ## Download the packages that Go and the web client are built from
	@for m in $(MODULES) .ci/tools; do (cd $$m && GOWORK=off go mod download) || exit 1; done
tools: $(TOOLS) ## Build the pinned tools into bin/tools
bin/tools/golangci-lint bin/tools/gotestsum bin/tools/tally &: .ci/tools/go.mod .ci/tools/go.sum $(wildcard .ci/tools/tally/*.go)
	@echo 'Building the tools (about a minute, once)'
	@mkdir -p bin/tools && cd .ci/tools && GOWORK=off go build -p $(JOBS) -ldflags='-s -w' -o ../../bin/tools/ tool ./tally
$(REPORTS):
	@mkdir -p $@
clean: ## Remove what was built, and the cluster's state; ./data, where `make run` keeps messages, stays
	@test ! -d run/pids || deploy/cluster/cluster.sh stop
	@rm -rf bin run web/dist web/node_modules e2e/browser/node_modules e2e/artifacts
	@find $(WEBDIST) -mindepth 1 ! -name .gitignore ! -name placeholder -delete

.PHONY: help
help: ## This list
	@awk 'BEGIN { FS = ":.*## " } \
		/^## / { printf "\n%s\n", substr($$0, 4) } \
		/^[a-z0-9-]+( [a-z0-9-]+)*:.*## / { printf "  \033[36m%-16s\033[0m %s\n", $$1, $$2 }' Makefile
	@printf '\nVariables\n'
	@awk 'match($$0, /^[A-Z]+ \?= [^#]*#/) { split($$0, part, /## /); name = $$1; value = substr($$0, length(name) + 5, RLENGTH - length(name) - 5); \
		printf "  \033[36m%-16s\033[0m %s (now %s)\n", name, part[2], value }' Makefile
