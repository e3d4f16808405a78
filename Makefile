# make run and make test are the two that matter; the others serve those who work on Sapar.

CODE  ?= *141\#
PHONE ?= +996700000001
FUZZTIME ?= 30s

STATICCHECK = go run honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOFUMPT     = go run mvdan.cc/gofumpt@v0.12.0
SUDO        = $(shell [ "$$(id -u)" = 0 ] || echo sudo)
APT         = $(SUDO) apt-get update && $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends

.DEFAULT_GOAL := help
.PHONY: help run test lint build postgres gcc chromium smpp dialogues bench bench-grow faults fuzz dial

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build postgres ## Build, find or install Postgres, and serve; data are kept in ./data
	bin/sapar serve

test: postgres gcc chromium smpp lint ## Check everything, on a Postgres that this starts and removes
	go run ./database/testcluster -- go test -race -shuffle=on ./...

lint: ## Read the code: go vet, staticcheck, gofumpt
	go vet ./...
	$(STATICCHECK) ./...
	@unformatted=$$($(GOFUMPT) -l .) || exit 1; \
	if [ -n "$$unformatted" ]; then echo "not formatted, run $(GOFUMPT) -w:"; echo "$$unformatted"; exit 1; fi

build: ## Build bin/sapar
	CGO_ENABLED=0 go build -trimpath -o bin/sapar ./cmd/sapar

# DATABASE_URL wins: then nothing is installed. Where there is no apt-get, sapar serve says what to do.
postgres: ## Install Postgres on Debian when there is none
	@[ -n "$$DATABASE_URL" ] || command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb /usr/pgsql-*/bin/initdb >/dev/null 2>&1 \
	|| ls /opt/homebrew/opt/postgresql@*/bin/initdb /usr/local/opt/postgresql@*/bin/initdb >/dev/null 2>&1 \
	|| ! command -v apt-get >/dev/null || { $(APT) postgresql; }

gcc:
	@command -v gcc >/dev/null || ! command -v apt-get >/dev/null || { $(APT) gcc libc6-dev; }

# SMPP_NEEDS are commands and the Debian packages that bring them. Where there is no apt-get the test says what it lacks; in CI nothing may lack.
SMPP_NEEDS = bearerbox=kannel smsbox=kannel node=nodejs npm=npm tshark=tshark dumpcap=tshark

smpp: ## Install what the test over SMPP needs: Kannel, an SMSC of node-smpp, tshark
	@lacks() { for need in $(SMPP_NEEDS); do PATH="$$PATH:/usr/sbin" command -v "$${need%%=*}" >/dev/null || echo "$${need##*=}"; done | sort -u; }; \
	if [ -n "$$(lacks)" ] && command -v apt-get >/dev/null; then $(APT) $$(lacks); fi; \
	if [ -n "$$(lacks)" ]; then echo "the test over SMPP needs" $$(lacks); [ -z "$$CI" ] || exit 1; exit 0; fi; \
	cmp -s smpp/package-lock.json smpp/node_modules/installed || { (cd smpp && npm ci --no-audit --no-fund) && cp smpp/package-lock.json smpp/node_modules/installed; }

# The test of the console in a browser fails where there is none.
chromium:
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || ! command -v apt-get >/dev/null || { $(APT) chromium; }

dialogues: postgres ## Write the expected screens of all dialogues again; read the diff
	go test ./menus/... -update
	go run ./database/testcluster -- go test ./cmd/sapar -run '^TestTextedDialogues' -update

bench: build postgres ## Measure turns, texts and sending against bare baselines in the same run; exits 1 when a target is missed
	bin/sapar bench ussd --check
	bin/sapar bench sms --check

bench-grow: build postgres ## Measure how the speed holds as the tables grow
	bin/sapar bench ussd --rows 10000000 --check

faults: postgres smpp ## Prove at length what make test proves briefly: killed senders and replicas, a million recipients, floods, forged signatures, killed key rotations, thousands of filings
	SAPAR_LONG=1 go run ./database/testcluster -- go test -v -timeout 60m ./sms/...
	SAPAR_LONG=1 go run ./database/testcluster -- go test -v -p 1 -timeout 60m ./scheduler/...
	SAPAR_LONG=1 go run ./database/testcluster -- go test -v -run 'Away|Restarts|Postgres|Thousands|EveryCarrier' ./cmd/sapar
	SAPAR_LONG=1 go run ./database/testcluster -- go test -v -run 'Killed|Thousands|PlainUser' ./database ./applications/...
	SAPAR_LONG=1 go run ./database/testcluster -- go test -v ./smpp

fuzz: ## Feed the engine and the carriers' callbacks with nonsense, FUZZTIME each
	go test ./menus -run '^$$' -fuzz '^FuzzStep$$' -fuzztime $(FUZZTIME)
	go test ./ussd/carriers -run '^$$' -fuzz '^FuzzCallback$$' -fuzztime $(FUZZTIME)
	go test ./sms/carriers -run '^$$' -fuzz '^FuzzInbound$$' -fuzztime $(FUZZTIME)

dial: build ## Dial a running server from this terminal: make dial CODE='*141#' PHONE=+996700000001
	bin/sapar dial '$(CODE)' --phone '$(PHONE)'
