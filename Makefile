# The few commands there are; `make help` lists them.
BUILD   ?= build
PROMPT  ?= compiler wizard: n.
TOKENS  ?= 200
THREADS ?= $(shell nproc)
GREEDY  ?=
FUZZ    ?= OFF
PYTHON  := $(CURDIR)/.venv/bin/python
TINYDS  := $(BUILD)/examples/tinyds
MODELS  := prefill decode_latent

.DEFAULT_GOAL := help
.PHONY: help run build test benchmark format clean setup

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

run: build ## compile the example model and generate text (PROMPT="…" TOKENS=200 GREEDY=1 THREADS=2)
	@mkdir -p $(TINYDS)
	@for m in $(MODELS); do \
	  $(BUILD)/bin/hadal-compile examples/tinyds/$$m.onnx -o $(TINYDS)/$$m.so --summary || exit 1; done
	@$(BUILD)/bin/generate --prefill $(TINYDS)/prefill.so --decode $(TINYDS)/decode_latent.so \
	  --threads $(THREADS) --tokens $(TOKENS) $(if $(GREEDY),--greedy) --prompt "$(PROMPT)"

build: setup ## build the tools into build/bin
	@cmake -G Ninja -S . -B $(BUILD) -DCMAKE_C_COMPILER=clang-22 -DCMAKE_CXX_COMPILER=clang++-22 \
	  -DHADAL_PYTHON=$(PYTHON) -DHADAL_FUZZ=$(FUZZ) >$(BUILD).log 2>&1 || { cat $(BUILD).log; exit 1; }
	@ninja -C $(BUILD) --quiet

test: build ## build and run all tests, ending with the totals (FUZZ=ON: with a minute of fuzzing)
	@$(PYTHON) scripts/run-tests.py $(BUILD)

benchmark: build ## time the example model beside ONNX Runtime
	@$(PYTHON) benchmarks/tinyds.py --build $(BUILD)

format: ## clang-format every C++ file
	@git ls-files '*.cpp' '*.h' | xargs clang-format-22 -i

clean: ## remove the build folder
	@rm -rf $(BUILD) $(BUILD).log

setup:
	@scripts/setup.sh
