.DEFAULT_GOAL := help
.PHONY: help run test bench bill lint lint-pages pages measure build invoke
.PHONY: test-whole test-parts synth bootstrap diff deploy destroy clean needs chromium

SHELL := /bin/sh
TOOLS := infra/tools/node_modules/.package-lock.json
FUNCTIONS := build/functions
# What is written for Node.js runs on the one that infra/tools pins, whatever the machine has.
NODE := PATH="$(CURDIR)/infra/tools/node_modules/node/bin:$$PATH"
CDK := $(NODE) infra/tools/node_modules/.bin/cdk
PAGES := ../../infra/tools/node_modules/.bin

help: ## List what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: needs pages build $(TOOLS) ## Run it all on localhost:8080 (PORT, ADMIN_PASSWORD, DEMO=off)
	@go build -o build/local ./infra/local
	@build/local

test: needs lint build $(TOOLS) chromium ## Run every test
	@go build -o build/local ./infra/local
	@$(MAKE) --no-print-directory --jobs=2 test-whole test-parts

# The tests of the whole system and of its stack run beside the others, without the race
# detector: what they start are programs of their own, which it doesn't look into. The local
# host is watched in the tests of its packages.
WHOLE := ./infra/local/endtoend ./infra/cdk/stack

# The tests' Java processes live too briefly for the better of its compilers to pay.
test-whole test-parts: export JAVA_TOOL_OPTIONS := -XX:TieredStopAtLevel=1 -XX:+UseSerialGC

test-whole:
	@$(NODE) go test -shuffle=on -timeout=20m $(WHOLE)

test-parts:
	@$(NODE) build/local with-dynamodb go test -race -shuffle=on -timeout=20m \
		$$(go list ./... | grep -vxF "$$(go list $(WHOLE))")

bench: needs build $(TOOLS) ## Measure each step beside bare engines, and its cost (BENCH_ROWS)
	@go run ./infra/local/bench

bill: ## Work out what AWS would ask for 1,000,000 users, from what bench measured last
	@go run ./infra/local/bench bill

lint: lint-pages ## Check format, style and known mistakes (.golangci.yml says why), then measure
	@go tool -modfile=infra/tools/go.mod golangci-lint run ./...
	@cd infra/tools && go tool golangci-lint run ./measure && go test ./measure
	@$(MAKE) --no-print-directory measure

lint-pages: $(TOOLS) ## Check the form and the rules of the pages' scripts and styles
	@cd functions/web && $(NODE) $(PAGES)/prettier --check --log-level=warn .
	@cd functions/web && $(NODE) $(PAGES)/eslint .

pages: $(TOOLS) ## Make what the pages load or hold, of their sources and of the packages they carry
	@$(NODE) node functions/web/vendor.mjs infra/tools
	@$(NODE) node functions/web/bundle.mjs infra/tools

measure: ## Measure how the code reads: its air, comments and columns, each beside its bar
	@go run -C infra/tools ./measure

# For another machine: make build FUNCTIONS=folder GOOS=linux GOARCH=arm64
build: ## Build every function to build/functions/<name>/bootstrap
	@mkdir -p $(FUNCTIONS)/.bin
	@CGO_ENABLED=0 go build -buildvcs=false -tags lambda.norpc -trimpath -ldflags="-s -w" \
		-o $(FUNCTIONS)/.bin/ ./functions/...
	@cd $(FUNCTIONS)/.bin && for name in *; do \
		mkdir -p ../$$name && mv $$name ../$$name/bootstrap || exit 1; done

invoke: needs build $(TOOLS) ## Run one function alone: make invoke FUNCTION=redeem EVENT=events/redeem.json
	@go build -o build/local ./infra/local
	@build/local invoke "$(FUNCTION)" "$(EVENT)"

synth: $(TOOLS) ## Write the stack's template to cdk.out: make synth ARGS='-c company="..." -c sender=...'
	@$(CDK) synth --quiet $(ARGS)

bootstrap: $(TOOLS) ## Make what the CDK needs in an account and region, once
	@$(CDK) bootstrap $(ARGS)

diff: $(TOOLS) ## Show what a deployment would change in the account
	@$(CDK) diff $(ARGS)

deploy: $(TOOLS) ## Deploy the stack
	@$(CDK) deploy $(ARGS)

destroy: $(TOOLS) ## Remove the stack; tables and bucket stay unless it was deployed with -c data=destroy
	@$(CDK) destroy $(ARGS)

clean: ## Remove what was built
	rm -rf build cdk.out

# What has to be on the machine; of what isn't, one line says what to install.
needs:
	@have() { command -v $$1 >/dev/null || { echo "$$1 is missing: install $$2" >&2; false; }; }; \
		have go "Go 1.26 or newer" && have npm "Node.js with npm (Debian: npm)" && \
		have java "a Java runtime, version 17 or newer (Debian: default-jre-headless)"

# The browser of the tests. Where root may install Debian's, that is done.
chromium:
	@command -v chromium >/dev/null || { \
		command -v apt-get >/dev/null && test "$$(id -u)" = 0 && apt-get -qq update && \
		DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium \
			>/dev/null; } || \
		{ echo "chromium is missing: install it, so that the program chromium is found" \
			"(Debian: chromium)" >&2; exit 1; }

$(TOOLS): infra/tools/package.json infra/tools/package-lock.json
	npm ci --prefix infra/tools
	@touch $@
