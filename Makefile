# Two commands matter: `make run` tries the program, `make test` checks everything.

SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
FUZZTIME    ?= 60s
goversion   := $(shell go env GOVERSION)

.NOTPARALLEL:
.PHONY: run build test lint generate install imports release-image bench fuzz vulncheck clean

# Starts a demonstration server on loopback; Ctrl-C stops it.
run: build
	@exec .build/bin/tumend demo

# Both programs, into .build/bin.
build:
	@go build -o .build/bin/ ./cmd/...

# Everything, having installed what it needs; lint has vetted it. What takes longest comes
# first, so that nothing long runs alone in the end, and what does less under the race
# detector than it says is done without it as well.
test: install lint
	go test -race -vet=off -timeout 19m ./service ./service/records ./clients/cli ./cmd/... ./...
	go test -vet=off -run "^(TestMonthAmongMany|TestSearches|TestKilled|TestWhoIsAnsweredWhat|TestEverybodyIsToldWhatTheDocumentsSay|TestTenThousandDocumentsAreAMatterAndOneMoreIsNot|TestADenseMatterIsCheckedOnceALink|TestInABrowser)$$" ./clients/web ./service/records ./service

lint: imports
	@files=$$(gofmt -l .); test -z "$$files" || { echo "not formatted, run gofmt -w:" $$files; exit 1; }
	go vet ./...
	.build/bin/staticcheck ./...
	$(foreach module,$(wildcard tools/go.mod bench/go.mod),go vet -C $(dir $(module)) ./... &&) true
	.build/bin/buf lint
	$(if $(wildcard proto/released.binpb),.build/bin/buf breaking proto --against proto/released.binpb --exclude-imports)

# Go code from the contract, beside it.
generate: imports
	.build/bin/buf build -o /dev/null
	rm -f proto/tumen/v1/*.pb.go && .build/bin/buf generate

# The contract as it goes out with a release; `make lint` refuses what breaks it.
release-image: imports
	.build/bin/buf build proto --exclude-source-info -o proto/released.binpb

# Compares with other servers, on this machine.
bench:
	@go run -C bench .

# Every fuzz target in turn: make fuzz FUZZTIME=10m
fuzz:
	@go test -list '^Fuzz' ./... | awk '/^Fuzz/ {name[n++]=$$1} /^ok/ {while (n) print $$2, name[--n]}' | while read -r package target; do go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x "$$package"; done

# Known vulnerabilities in what the programs use; asks vuln.go.dev.
vulncheck: .build/tools-$(goversion)
	.build/bin/govulncheck ./...

clean:
	rm -rf .build

# Beyond Go, the tests need certificates (module proxy), a C compiler (race
# detector), Node (outside parsers and judges to compare with), chromium (which pages are
# looked at with), systemd (which judges our unit) and a font with Chinese and Korean
# letters (which pages and pictures are drawn with where there is one).
needed := $(if $(wildcard /etc/ssl/certs/*.crt),,ca-certificates) $(if $(shell command -v gcc),,gcc libc6-dev) $(if $(shell command -v node),,nodejs) $(if $(shell command -v npm),,npm) $(if $(shell command -v chromium),,chromium) $(if $(shell command -v systemd-analyze),,systemd) $(if $(wildcard /usr/share/fonts/truetype/wqy/*),,fonts-wqy-microhei)
as_root := $(if $(filter-out 0,$(shell id -u)),sudo)
install:
	@$(if $(strip $(needed)),$(as_root) apt-get -qq update && $(as_root) env DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends $(needed) >/dev/null)

# Tools are built once, and again for another Go or another pin. protoc-gen-go
# belongs to the runtime that the generated code needs, so go.mod itself pins it.
.build/tools-$(goversion): go.mod tools/go.mod tools/go.sum $(wildcard tools/*/main.go)
	@echo "building the tools (some minutes the first time)"
	@go build -C tools -o ../.build/bin/ tool
	@go build -o .build/bin/ google.golang.org/protobuf/cmd/protoc-gen-go
	@touch $@

# The protos that the contract imports, printed from the Go modules that go.mod pins.
imports: .build/imports
.build/imports: .build/tools-$(goversion) internal/project/importedprotos/main.go
	@go run ./internal/project/importedprotos | .build/bin/printprotos $@
	@touch $@
