# Everything is built with --release, examples without -p, and the end-to-end tests together with the command: one profile and
# one choice of features, so that candle and its friends are compiled once.
CARGO   ?= cargo
PYTHON  ?= python3
WENBAO  := target/release/wenbao
VENV    := .venv/ok
SHARED  ?= ../shared
# The question of `make ask`. Passed through the environment, so that no character of it means anything to a shell.
Q       ?= 2025年新建智能化煤矿多少座
export Q

.DEFAULT_GOAL := help
.PHONY: page page-check test-page eval-many eval-reading test-pdf test-neon help setup build model ask serve test test-fast test-crate test-e2e bench bench-embed bench-reader eval lint fmt licences links clean-index test-clients test-clients-node test-inspector test-openwebui load

help: ## Show this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

setup: build model $(VENV) ## Build, fetch the model, install what the tests need

build: ## Build the command
	@$(CARGO) build --release -p wenbao-cli $(FEATURES)

model: build ## Fetch the embedding model (once)
	@$(WENBAO) model pull

ask: index/.samples ## Ask a question: make ask Q="…"
	@$(WENBAO) ask "$$Q" || [ $$? -eq 1 ]

# The samples go into the default index as long as it holds nothing else; whoever ingested reports of their own is left alone.
index/.samples: build model samples/*
	@if [ -e $@ ] || ! $(WENBAO) status >/dev/null 2>&1; then $(WENBAO) ingest samples && touch $@; fi

serve: index/.samples ## Serve the index on http://127.0.0.1:8080
	@$(WENBAO) serve

test: test-fast test-e2e ## Run all tests, fast ones first; fetches the model if it is missing

test-fast: ## Run the tests that need no model
	$(CARGO) test --release --workspace --exclude wenbao-tests --exclude wenbao-index-postgres --exclude wenbao-ocr

# The features are those of the command, so that nothing that it is made of is compiled again.
test-crate: ## Run the tests of one of our libraries alone: CRATE=report ONLY=kinds, of its tests/ those of one FILE=documents
	$(CARGO) test --release -p wenbao-$(CRATE) -p wenbao-cli $(if $(FILE),--test $(FILE),--lib) $(ONLY)

test-e2e: model $(VENV) ## Run the end-to-end tests of the command, the server and the openai client
	$(CARGO) test --release -p wenbao-tests -p wenbao-cli

$(VENV): tests/requirements.txt
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check -r tests/requirements.txt
	@touch $@

bench: build model ## Measure the command on the samples
	@tests/bench.sh

BENCH_TEXTS ?= $(firstword $(wildcard ../shared/reports/shanxi) samples)
bench-embed: model ## Measure the embedder beside onnxruntime (f32 and int8), in turn (THREADS=2 ROUNDS=5)
	$(CARGO) build --release --example bench_engine
	crates/embed/bench/setup.sh
	.venv/bench/bin/python crates/embed/bench/run.py target/release/examples/bench_engine \
	    "$${WENBAO_MODELS:-models}/multilingual-e5-small" $(or $(THREADS),2) $(BENCH_TEXTS)/*.txt

READER ?= models/reader.gguf
bench-reader: model ## Measure the reader on 1 to 6 passages (THREADS=2)
	$(CARGO) build --release --example bench_reader
	target/release/examples/bench_reader $(READER) $(firstword $(wildcard $(BENCH_TEXTS)/*.txt)) $(or $(THREADS),2)

eval: build model ## Grade the three question sets of ../shared, each on a fresh index
	@tests/eval.sh $(SHARED)

eval-many: build model ## Grade the questions over many reports of tests/questions, and hold them to their floors
	@tests/many.sh $(SHARED)

eval-reading: ## Measure the reading of reports on hand-labelled statements of ../shared
	@$(CARGO) run --quiet --release --example eval_reading -- crates/report/eval/reading.tsv crates/report/eval/heads.tsv crates/report/eval/cells.tsv $(SHARED)/reports $(if $(WRONG),--wrong)

test-pdf: ## Compare .docx and .html with the .pdf that LibreOffice and Chromium make of them
	@crates/report/tests/pdf.sh

.PHONY: test-ocr
# Outside CI: it fetches 27 MB, compiles much of the program anew, and a page takes some eight seconds of processor time.
test-ocr: ## Ask questions whose answers stand in scans; grade what OCR reads of drawn pages of ../shared's reports
	$(CARGO) test --release -p wenbao-cli -p wenbao-ocr --features wenbao-cli/ocr --lib
	$(CARGO) build --release -p wenbao-cli -p wenbao-ocr --features wenbao-cli/ocr --bin wenbao --example read_pages
	@tests/ocr/run.sh $(SHARED)

test-neon: ## Run the engine's tests on 64-bit ARM, under qemu where this is none
	@crates/embed/tests/neon.sh

# The page's tools come with npm, at the versions of web/package-lock.json; browsers are those of the machine.
web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	cd web && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund
	@touch $@

page: web/node_modules/.package-lock.json ## Build the page: web/src -> web/dist, which is committed
	cd web && npm run --silent check && npm run --silent build

page-check: web/node_modules/.package-lock.json ## Fail where web/dist is not what web/src gives
	cd web && npm run --silent check && npm run --silent build -- --check

test-page: ## Test the page in Chromium, on recorded replies (or on a server: WENBAO_PAGE=http://127.0.0.1:8080)
	@web/tests/run.sh

# Other people's clients, in one go by uv and with all versions settled: in a fraction of the time. Where that fails, one by one by
# pip; what cannot be installed is skipped by the checks, which say so.
CLIENTS := .venv/clients
UV      := uv==0.13.8
$(CLIENTS)/ok: tests/clients/requirements.lock
	$(PYTHON) -m venv $(CLIENTS)
	@$(CLIENTS)/bin/python -m pip install --quiet --disable-pip-version-check $(UV) && \
	    $(CLIENTS)/bin/uv pip install --quiet --python $(CLIENTS)/bin/python --no-deps -r tests/clients/requirements.lock || \
	    while read -r each; do $(CLIENTS)/bin/python -m pip install --quiet --disable-pip-version-check "$$each" \
	        || echo "not installed: $$each" >&2; done < tests/clients/requirements.txt
	@touch $@

test-clients: build model $(CLIENTS)/ok ## Drive the server with clients of OpenAI, MCP, rerank and so on: ONLY="mcp cohere"
	$(CLIENTS)/bin/python tests/clients/run.py $(ONLY)

tests/clients/node/node_modules/ok: tests/clients/node/package-lock.json
	cd tests/clients/node && npm ci --no-audit --no-fund --loglevel error
	@touch $@

test-clients-node: build model tests/clients/node/node_modules/ok ## The same with clients of Node: openai, the AI SDK, MCP
	$(PYTHON) tests/clients/run.py node

# Outside CI: hundreds of packages for one client each.
tests/clients/inspector/node_modules/ok: tests/clients/inspector/package-lock.json
	cd tests/clients/inspector && npm ci --no-audit --no-fund --loglevel error
	@touch $@

test-inspector: build model tests/clients/inspector/node_modules/ok ## The same with the command line of the MCP inspector
	$(PYTHON) tests/clients/run.py inspector

OPENWEBUI := .venv/openwebui
$(OPENWEBUI)/ok: tests/openwebui/requirements.txt tests/openwebui/left-out.txt
	$(PYTHON) -m venv $(OPENWEBUI)
	@$(OPENWEBUI)/bin/python -m pip install --quiet --disable-pip-version-check $(UV)
	@$(OPENWEBUI)/bin/uv pip install --python $(OPENWEBUI)/bin/python --override tests/openwebui/left-out.txt -r tests/openwebui/requirements.txt
	@touch $@

test-openwebui: build model $(OPENWEBUI)/ok ## Ask through Open WebUI itself; installs 1.3 GB
	$(PYTHON) tests/openwebui/run.py

load: build model ## How a question fares while other clients misbehave
	$(PYTHON) tests/clients/load.py $(ONLY)

lint: ## Formatting, clippy, licences, links between the documents
	$(CARGO) fmt --all --check
	$(CARGO) clippy --release --workspace --all-targets -- -D warnings
	$(CARGO) clippy --release --workspace --all-targets --features wenbao-cli/postgres,wenbao-cli/ocr -- -D warnings
	@$(MAKE) --no-print-directory licences links

fmt: ## Format the code
	$(CARGO) fmt --all

licences: ## Check the licences of all dependencies against deny.toml
	@$(PYTHON) .ci/licences.py

links: ## Check that every link between the documents leads somewhere
	@$(PYTHON) .ci/links.py

clean-index: ## Remove the default index
	@find index -mindepth 1 ! -name .gitkeep -delete

.PHONY: torture torture-short bench-index bench-index-long bench-index-own bench-million

torture-short: ## Kill the index's writers 20 times; let its disk fill, fail and lose power; look whether anything was lost
	$(CARGO) run --release --example torture -- 20

torture: ## The same with 200 kills
	$(CARGO) run --release --example torture -- 200

BENCH_VENV := .venv/bench-index

$(BENCH_VENV)/ok: scripts/bench_index.txt
	$(PYTHON) -m venv $(BENCH_VENV)
	$(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r scripts/bench_index.txt
	@touch $@

bench-index: $(BENCH_VENV)/ok ## Measure the vector graph against hnsw_rs, hnswlib, faiss and usearch (100,000 vectors)
	$(CARGO) build --release --example bench_graph
	$(BENCH_VENV)/bin/python scripts/bench_index.py

bench-index-long: $(BENCH_VENV)/ok ## The same with 1,000,000 vectors: an hour or more, 16 GB of memory
	$(CARGO) build --release --example bench_graph
	$(BENCH_VENV)/bin/python scripts/bench_index.py --count 1000000 --keep target/bench-index-1m --out docs/bench-index-1m.svg

# The reports' own vectors: those of indexes that `make eval` has left.
INDEXES ?= $(wildcard target/eval/national target/eval/provinces target/eval/shanxi)
bench-index-own: $(BENCH_VENV)/ok ## The same with the vectors of real indexes: INDEXES="DIR DIR"
	$(CARGO) build --release --example bench_graph
	$(BENCH_VENV)/bin/python scripts/bench_index.py $(foreach dir,$(INDEXES),--index $(dir)) \
	    --keep target/bench-index-own --out target/bench-index-own/plot.svg

# What is there already is used: an interrupted filling is searched as it is, a finished one is not repeated.
bench-million: ## Fill an index with 1,000,000 passages, measure opening and search, as filled and as one segment
	$(CARGO) build --release --example bench_million
	target/release/examples/bench_million target/bench-million $(or $(DOCUMENTS),5000) 200 rebuild

.PHONY: reference bundle wheel dist-test

reference: build ## Make docs/COMMANDS.md and docs/CONFIGURATION.md anew from the command line
	@$(WENBAO) reference commands > docs/COMMANDS.md
	@$(WENBAO) reference configuration > docs/CONFIGURATION.md

# What is handed out has the heavy optional parts that a first build goes without.
bundle wheel dist-test: export FEATURES := --features postgres,ocr

bundle: model ## Pack a tarball that runs without Rust and without a network: target/dist
	@packaging/bundle.sh

wheel: build ## Pack a wheel: target/dist; TARGET=x86_64-unknown-linux-gnu GLIBC=2.28 for an older Linux
	@packaging/wheel.sh

dist-test: bundle wheel ## Try wheel, tarball and image in an empty environment without a network
	@packaging/dist_test.sh
.PHONY: fuzz

# A finding is kept in fuzz/findings; what was done before is in fuzz/state, and the next run goes on from there.
fuzz: ## Throw damaged inputs at readers, questions, the index's files, HTTP and MCP: SECONDS=120 each, TARGETS="readers"
	$(CARGO) build --release --bin wenbao-fuzz
	@failed=0; for target in $(or $(TARGETS),readers questions index http mcp); do \
	    target/release/wenbao-fuzz $$target $(or $(SECONDS),120) $(SEED) || failed=1; done; exit $$failed

.PHONY: reader projection fit eval-held

# What the reader's training needs that a user never does.
READER_VENV := .venv/reader
READER_OUT  := target/reader
E5          := $${WENBAO_MODELS:-$(CURDIR)/models}/multilingual-e5-small

$(READER_VENV)/ok: training/requirements.txt
	$(PYTHON) -m venv $(READER_VENV)
	$(READER_VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r training/requirements.txt
	@touch $@

reader: model $(READER_VENV)/ok ## Train models/reader.gguf anew: two and a half hours on two quiet cores; resumes where it was stopped
	@[ -d $(SHARED)/reports ] || { echo "no reports in $(SHARED): the reader is trained on them; name their folder with SHARED=DIR" >&2; exit 1; }
	$(CARGO) build --release --example read --example windows
	@mkdir -p $(READER_OUT)
	target/release/examples/read $(SHARED)/reports/*/* training/documents/* > $(READER_OUT)/documents.jsonl
	training/windows.sh $(SHARED) $(READER_OUT)
	cd training && ../$(READER_VENV)/bin/python -m reader.train --embedder "$(E5)"/model.gguf --tokenizer "$(E5)"/tokenizer.json \
	    --documents ../$(READER_OUT)/documents.jsonl --questions questions/train --windows ../$(READER_OUT)/windows.jsonl \
	    --out ../$(READER_OUT)/run
	cd training && ../$(READER_VENV)/bin/python -m reader.export --embedder "$(E5)"/model.gguf \
	    --tokenizer "$(E5)"/tokenizer.json --checkpoint ../$(READER_OUT)/run/among.pt --out ../models/reader.gguf
	cd training && ../$(READER_VENV)/bin/python -m reader.measure --embedder "$(E5)"/model.gguf --tokenizer "$(E5)"/tokenizer.json \
	    --documents ../$(READER_OUT)/documents.jsonl --checkpoint ../$(READER_OUT)/run/among.pt questions/held

PROJECTED := shanxi provinces national national-more other provinces-2026
projection: model $(READER_VENV)/ok ## Learn where a question's vector is moved to (crates/answer/data/projection.f16); run `make fit` after it
	@[ -d $(SHARED)/reports ] || { echo "no reports in $(SHARED): name their folder with SHARED=DIR" >&2; exit 1; }
	$(CARGO) build --release -p wenbao-answer --example vectors
	for set in $(PROJECTED); do $(WENBAO) ingest $(SHARED)/reports/$$set --index target/held/index/$$set || exit 1; done
	target/release/examples/vectors "$${WENBAO_MODELS:-models}" target/vectors $(PROJECTED:%=target/held/index/%) -- training/questions/train/*.jsonl
	cd training && ../$(READER_VENV)/bin/python -m reader.projection --vectors ../target/vectors \
	    --out ../crates/answer/data/projection.f16 questions/train/*.jsonl

fit: build ## Fit the answerer's weights anew on the questions of training/ and ../shared
	$(CARGO) build --release --example fit
	@tests/fit.sh $(SHARED)

eval-held: build model ## Ask the held-out questions: WHICH=held (default), first-contact or fitted
	@tests/held.sh $(SHARED) $(or $(WHICH),held)

.PHONY: eval-talk

eval-talk: build model ## Hold the conversations of tests/questions with a server, on the reports of ../shared
	@tests/converse.sh $(SHARED)

.PHONY: eval-off-topic

eval-off-topic: build model ## Ask what no report tells: how many questions are answered or cited all the same
	@tests/off_topic.sh $(SHARED)

.PHONY: test-postgres faults-postgres recall-postgres bench-postgres

# Servers are started on loopback in target/, with pgvector built from Debian's source; where that cannot be had it is said.
test-postgres: ## The same answers from PostgreSQL, one server and three: SETS="shanxi" QUESTIONS=40 TRAINING=500 INDEXES=DIR
	$(CARGO) build --release -p wenbao-cli -p wenbao-index-postgres --features wenbao-cli/postgres --bin wenbao --lib --test store
	@$(WENBAO) model pull
	@tests/postgres/access.sh
	@tests/postgres/answers.sh $(SHARED)

faults-postgres: test-postgres ## Kill PostgreSQL servers and workers while they are used: after that test, whose build it needs
	@tests/postgres/faults.sh

recall-postgres: ## What a graph finds of the nearest, and how many answers stay the same with one: QUESTIONS=400 INDEXES=DIR
	$(CARGO) build --release -p wenbao-cli -p wenbao-index-postgres --features wenbao-cli/postgres --bin wenbao --example recall_postgres
	@$(WENBAO) model pull
	@tests/postgres/recall.sh $(SHARED)

bench-postgres: ## Fill three PostgreSQL servers, measure searches beside the folder: PASSAGES="10000 50000" STEP=fill|measure
	$(CARGO) build --release --example bench_million
	$(CARGO) build --release -p wenbao-cli -p wenbao-index-postgres --features wenbao-cli/postgres --bin wenbao --example bench_postgres
	@tests/postgres/bench.sh $(or $(PASSAGES),10000 50000 200000)
