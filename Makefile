# The commands of this repository; `make help` lists them. The work is done by scripts/, where each step says what it does.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
SHELL := /bin/bash

export PATH := $(CURDIR)/.tools/bin:$(CURDIR)/node_modules/.bin:$(PATH):$(HOME)/.cargo/bin

engine_sources := Cargo.toml $(wildcard Cargo.lock) .cargo/config.toml scripts/build-wasm.sh \
	$(shell find crates/relume crates/relume-kernels crates/relume-wasm -type f -not -path '*/tests/*' -not -name webdriver.json)
engines := $(foreach build,flex-relaxed flex ndarray,pkg/wasm/$(build)/relume_wasm_bg.wasm)

.PHONY: help run test setup build models train site figures bench check clean

help: ## list these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 13

run: build models ## set up, build and serve the page at http://localhost:8080/www/ (PORT=… for another port)
	@node scripts/serve.mjs

test: check ## every check and every test; needs Chromium, which setup installs where it may
	@scripts/test.sh

setup: ## install what building needs and is missing (make test also adds a browser)
	@scripts/setup.sh build

build: setup ## compile the engine for the browser, in three builds, into pkg/wasm/
	@$(MAKE) --no-print-directory $(engines)

models: setup ## fetch EfficientNet-Lite0's trained weights and convert them into www/models/
	@scripts/fetch-efficientnet.sh

ARCHITECTURE ?= all-cnn-c
TRAIN ?= --epochs 25 --resume

train: ## train a network: make train DATA=folder [ARCHITECTURE=all-cnn-c] [TRAIN="--epochs 25 --resume"]; takes hours
	@scripts/train.sh $(ARCHITECTURE) "$(DATA)" $(TRAIN)

site: build models ## lay out what a static host serves, in site/
	@scripts/site.sh

figures: ## draw the paper's figures of our networks into docs/figures/
	@scripts/figures.sh

bench: browser build models ## measure loading, forward and backward runs, and the page's cold load, in headless Chromium
	@cargo build --quiet --package relume-cli
	@CHROME="$$(scripts/browser.sh chrome)" node tests/bench/run.mjs

.PHONY: bench-peers
bench-peers: browser build models tests/bench/peers/node_modules/.package-lock.json ## measure beside onnxruntime-web and TensorFlow.js
	@CHROME="$$(scripts/browser.sh chrome)" node tests/bench/peers/run.mjs

tests/bench/peers/node_modules/.package-lock.json: tests/bench/peers/package-lock.json
	@echo "bench-peers: installing the libraries of $< (about 450 MB, under a minute)"
	@cd $(<D) && npm ci --silent --ignore-scripts && touch node_modules/.package-lock.json

.PHONY: bench-native
bench-native: ## measure beside PyTorch without a browser; PYTHON=… has tests/goldens/requirements.txt
	@$(or $(PYTHON),python3) tests/bench/native/run.py "$$(scripts/native.sh)"

.PHONY: precision
precision: browser build ## count the units that fire otherwise than in 64-bit floats: make precision [PICTURES=folder] [BACKEND=ndarray]
	@CHROME="$$(scripts/browser.sh chrome)" node tests/precision/run.mjs $(if $(PICTURES),--pictures "$(PICTURES)") $(if $(BACKEND),--backend $(BACKEND))

check: browser build ## formatting, lints, types, documentation, file and download sizes
	@scripts/check.sh

clean: ## delete what was built (not the tools in .tools/ and node_modules/, nor the fetched models)
	rm -rf target pkg/wasm pkg/types site

.PHONY: browser
browser:
	@scripts/setup.sh test

pkg/wasm/%/relume_wasm_bg.wasm: $(engine_sources)
	@scripts/build-wasm.sh $*
