.DEFAULT_GOAL := help
.PHONY: help run test bench lint build clean invoke

SHELL := /bin/sh
TOOLS := infra/tools/node_modules/.package-lock.json

help: ## List what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build $(TOOLS) ## Run the whole system on http://localhost:8080 (PORT, ADMIN_PASSWORD, DEMO=off change it)
	@go build -o build/local ./infra/local
	@build/local

test: lint build $(TOOLS) ## Run every test
	@go build -o build/local ./infra/local
	@build/local with-dynamodb go test -race -shuffle=on ./...

bench: build $(TOOLS) ## Measure the system beside what its engines do bare
	@go run ./infra/local/bench

lint: ## Check format, vet, staticcheck
	@unformatted=$$(go list -f '{{.Dir}}' ./... | xargs gofmt -l | sort -u); \
		test -z "$$unformatted" || { echo "not in gofmt's form:" $$unformatted; exit 1; }
	@go vet ./...
	@go tool staticcheck ./...

build: ## Build every function to build/functions/<name>/bootstrap (GOOS=linux GOARCH=arm64 for Lambda)
	@mkdir -p build/bin build/functions
	@CGO_ENABLED=0 go build -tags lambda.norpc -trimpath -ldflags="-s -w" -o build/bin/ ./functions/...
	@cd build/bin && for name in *; do mkdir -p ../functions/$$name && mv $$name ../functions/$$name/bootstrap || exit 1; done

invoke: build $(TOOLS) ## Run one function alone: make invoke FUNCTION=redeem EVENT=events/redeem.json
	@go build -o build/local ./infra/local
	@build/local invoke "$(FUNCTION)" "$(EVENT)"

clean: ## Remove what was built
	rm -rf build cdk.out

$(TOOLS): infra/tools/package.json infra/tools/package-lock.json
	npm ci --prefix infra/tools
	@touch $@
