# The commands of this repository; `make help` lists them. The work is done by scripts/, where each step says what it does.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
SHELL := /bin/sh

export PATH := $(CURDIR)/.tools/bin:$(CURDIR)/node_modules/.bin:$(PATH):$(HOME)/.cargo/bin

.PHONY: help run check test setup build engine engine-ndarray models train site figures bench lint clean

help: ## list these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 17

run: ## serve the page at http://localhost:8080/www/ (or PORT=…); compiles nothing while the engine is up to date
	@sh scripts/run.sh

check: ## say whether the engine in pkg/wasm matches its sources; takes less than a second
	@sh scripts/run.sh --check

test: ## every check and every test; as root on Debian it installs the browsers it needs, and says so first
	@scripts/test.sh

.PHONY: test-python
test-python: browser ## test the Python package; with PYTHON=…, which has torch and torchvision, exporting too; takes minutes
	@cargo build --quiet --package relume-cli
	@CHROME="$$(scripts/browser.sh chrome)" scripts/python-tests.sh

setup: ## install what building needs into .tools/ and node_modules/; lists missing system packages
	@scripts/setup.sh build

engine: setup ## build the engine for the browser into pkg/wasm/, which is part of the repository
	@scripts/build-engine.sh flex-relaxed flex onnx checkpoint

build: engine ## the same, and the types of the npm package
	@npm run --silent --prefix pkg types

engine-ndarray: setup ## build the engine on NdArray, a second backend, to check the first, into pkg/wasm/ndarray/
	@scripts/build-engine.sh ndarray

models: setup ## fetch EfficientNet-Lite0's trained weights and convert them into www/models/
	@scripts/fetch-efficientnet.sh

ARCHITECTURE ?= all-cnn-c
TRAIN ?= --epochs 25 --resume

train: ## train a network: make train DATA=folder [ARCHITECTURE=all-cnn-c] [TRAIN="--epochs 25 --resume"]; takes hours
	@scripts/train.sh $(ARCHITECTURE) "$(DATA)" $(TRAIN)

site: ## write the files for a static host into site/
	@scripts/site.sh

figures: ## draw the paper's figures of our networks into docs/figures/
	@scripts/figures.sh

.PHONY: trust
trust: ## randomise the layers of our networks one after another and compare the maps: docs/trust.md, its charts into docs/figures/
	@scripts/trust.sh

.PHONY: test-trust
test-trust: ## compare relume sanity with PyTorch, SciPy and scikit-image; PYTHON=… has tests/trust/requirements.txt; takes minutes
	@cargo build --quiet --workspace --bins --tests
	@$(or $(PYTHON),python3) tests/trust/check.py --relume target/debug/relume

.PHONY: test-grad-cam
test-grad-cam: ## compare Grad-CAM with pytorch-grad-cam; PYTHON=… has tests/grad-cam/requirements.txt
	@cargo build --quiet --workspace --bins --tests
	@$(or $(PYTHON),python3) tests/grad-cam/check.py --relume target/debug/relume

bench: browser ## measure loading, forward and backward passes, the page's cold load, figure 6 and methods of many steps, in headless Chromium
	@cargo build --quiet --package relume-cli
	@CHROME="$$(scripts/browser.sh chrome)" node tests/bench/run.mjs
	@CHROME="$$(scripts/browser.sh chrome)" node tests/bench/own-network.mjs
	@CHROME="$$(scripts/browser.sh chrome)" node tests/bench/trust.mjs
	@CHROME="$$(scripts/browser.sh chrome)" node tests/bench/methods.mjs

.PHONY: bench-live
bench-live: browser ## count the live camera's frames a second; make bench-live MINUTES=10 watches its memory instead [ONLY=word]
	@CHROME="$$(scripts/browser.sh chrome)" node tests/bench/live.mjs --only "$(ONLY)" $(if $(MINUTES),--minutes $(MINUTES))

.PHONY: soak
soak: browser ## mixed work in the browser for an hour, with a report every minute: make soak [MINUTES=60] [EXPLAINS=10000] [SEED=1]
	@CHROME="$$(scripts/browser.sh chrome)" node tests/soak/run.mjs $(if $(MINUTES),--minutes $(MINUTES)) $(if $(EXPLAINS),--explains $(EXPLAINS)) $(if $(SEED),--seed $(SEED))

.PHONY: bench-peers
bench-peers: browser models tests/bench/peers/node_modules/.package-lock.json ## measure beside onnxruntime-web, TensorFlow.js, LiteRT.js and jax-js [ONLY=word]
	@CHROME="$$(scripts/browser.sh chrome)" node tests/bench/peers/run.mjs --only "$(ONLY)"

tests/bench/peers/node_modules/.package-lock.json: tests/bench/peers/package-lock.json
	@echo "bench-peers: installing the libraries of $< (about 490 MB, under a minute)"
	@cd $(<D) && npm ci --silent --ignore-scripts && touch node_modules/.package-lock.json

.PHONY: bench-ab
bench-ab: browser ## measure two builds of the package: make bench-ab BASE=folder, another copy of it [ONLY=word]
	@CHROME="$$(scripts/browser.sh chrome)" node tests/bench/ab.mjs "$(BASE)" --only "$(ONLY)"

.PHONY: bench-networks
bench-networks: ## write networks of torchvision for bench, bench-ab and bench-peers; PYTHON=… has tests/bench/requirements.txt
	@$(or $(PYTHON),python3) tests/bench/networks.py

.PHONY: bench-native
bench-native: ## measure beside PyTorch without a browser; PYTHON=… has tests/goldens/requirements.txt
	@$(or $(PYTHON),python3) tests/bench/native/run.py "$$(scripts/native.sh)"

.PHONY: engine-sizes
engine-sizes: ## print what fills the engine, by crate, after make engine; takes a minute
	@scripts/engine-sizes.sh

.PHONY: precision
precision: browser ## count the units that fire differently from 64-bit floats: make precision [MODEL=file] [PICTURES=folder] [BACKEND=ndarray]
	@CHROME="$$(scripts/browser.sh chrome)" node tests/precision/run.mjs $(if $(MODEL),--model "/$(MODEL)") $(if $(PICTURES),--pictures "$(PICTURES)") $(if $(BACKEND),--backend $(BACKEND))

.PHONY: test-models
test-models: ## convert networks of torchvision and onnx, and compare with PyTorch; PYTHON=… has tests/models/requirements.txt
	@cargo build --quiet --workspace --bins --tests
	@$(or $(PYTHON),python3) tests/models/export.py --relume target/debug/relume
	@$(or $(PYTHON),python3) tests/models/light.py --relume target/debug/relume

lint: ## formatting, lints, types, documentation, file and download sizes
	@scripts/setup.sh lint && scripts/lint.sh

clean: ## delete what was built (not the committed engine, the tools in .tools/ and node_modules/, nor the fetched models)
	rm -rf target pkg/wasm/ndarray pkg/types site

.PHONY: browser
browser:
	@scripts/setup.sh browser && node scripts/engine-manifest.mjs check
