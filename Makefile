# BINI's workflow. Each target brings in what it needs and lacks; a second call does nothing over again.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PROFILE ?= $(shell nvidia-smi >/dev/null 2>&1 && echo gpu || echo cpu)
RECIPE ?= $(if $(filter gpu,$(PROFILE)),recipes/gemma3-1b-lora.yaml,recipes/gemma3-270m-cpu.yaml)
RUN := outputs/$(notdir $(basename $(RECIPE)))
CASES ?=
LABELS ?=
OUT ?= $(RUN)/eval/$(if $(CASES),$(notdir $(basename $(CASES))),seed_cases)
PORT ?= 8000
ARGS ?=

export BINI_PROFILE := $(PROFILE)
unexport PYTHONDONTWRITEBYTECODE # bini/bytecode.py says why
export HF_HUB_DISABLE_TELEMETRY := 1
BINI := .venv/bin/bini
READY := .venv/.ready-$(PROFILE)
SEEDS := data/raw/seeds/seed_cases.json data/processed/train.jsonl
CORPUS := $(shell sed -nE 's/^ +corpus: *\[?([^]#]+).*/\1/p' $(RECIPE) 2>/dev/null | tr ',' ' ')

# uv knows wheels on disk by UV_FIND_LINKS; without any, the CPU build of torch comes from PyTorch's own index.
ifneq ($(PIP_FIND_LINKS),)
  export UV_FIND_LINKS := $(shell echo $(PIP_FIND_LINKS) | tr ' ' ',')
else ifeq ($(PROFILE),cpu)
  INDEX := --extra-index-url https://download.pytorch.org/whl/cpu --index-strategy unsafe-best-match
endif

.PHONY: help setup ray router peers doctor data corpus train merge eval compare bench serve test test-fast test-long lint types lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12
	@echo; echo "RECIPE=$(RECIPE)  PROFILE=$(PROFILE)  run folder: $(RUN)"

setup: $(READY) ## make .venv from this machine's locked requirements (PROFILE=cpu|gpu)

ray: $(READY) ## add Ray Data to .venv, for bini screen --ray
	$$(command -v uv || echo .venv/bin/uv) pip install --quiet --python .venv/bin/python --no-deps --require-hashes -r requirements/ray.txt

router: $(READY) ## add vLLM's router to .venv, for several servers behind one address
	$$(command -v uv || echo .venv/bin/uv) pip install --quiet --python .venv/bin/python --no-deps --require-hashes -r requirements/router.txt

peers: $(READY) ## add llama.cpp to .venv, for bini bench (built from source: a C++ compiler, some minutes)
	$$(command -v uv || echo .venv/bin/uv) pip install --quiet --python .venv/bin/python --no-deps --require-hashes -r requirements/peers.txt

doctor: $(READY) ## check machine, versions, variables and models
	$(BINI) doctor

data: $(READY) ## validate the cases, report them, write data/processed/
	$(BINI) data $(RECIPE) $(ARGS)

corpus: data/corpus/train.jsonl ## make the labelled corpus that some recipes train on

train: $(RUN)/adapter/adapter_model.safetensors ## fine-tune the recipe's base model (RECIPE=recipes/NAME.yaml)

merge: $(RUN)/merged/parity.json ## merge the adapter onto its 16-bit base, with parity check

eval: $(OUT)/metrics.json ## evaluate: the main job (CASES=FILE LABELS=FILE OUT=DIR)
	@cat $(OUT)/summary.txt; echo $(OUT)/metrics.json

compare: $(RUN)/merged/parity.json ## tuned against untuned model, same prompts, same schema
	$(BINI) compare $(RECIPE) $(ARGS)

bench: $(RUN)/merged/parity.json ## measure throughput, free and guided
	$(BINI) bench $(RECIPE) $(ARGS)

serve: $(RUN)/merged/parity.json ## HTTP API on loopback (PORT=8000)
	@exec $(BINI) serve $(RECIPE) --port $(PORT) $(ARGS)

test: lint types $(READY) ## lint, types and the tests, as CI runs them
	.venv/bin/pytest -m "not long"

test-long: $(READY) ## the tests under load, kills and comparison, on a machine with nothing else to do
	.venv/bin/pytest -m long

test-fast: $(READY) ## the tests that need no model and no network
	.venv/bin/pytest -q -n auto --dist worksteal -m "not slow and not gpu"

lint: $(READY) ## ruff
	.venv/bin/ruff check . && .venv/bin/ruff format --check .

types: $(READY) ## mypy
	.venv/bin/mypy

lock: ## lock the requirements of both profiles anew
	PIP_FIND_LINKS="$(PIP_FIND_LINKS)" bash requirements/lock.sh

clean: ## remove every run, keep the environment, base models, published adapters and history
	rm -rf $(filter-out outputs/base_models outputs/published outputs/history,$(wildcard outputs/*))

$(READY): requirements/$(PROFILE).txt pyproject.toml
	@bash requirements/setup.sh $(PROFILE) $(INDEX)
	@touch $@

data/corpus/train.jsonl: data/corpus/corpus.yaml | $(READY)
	$(BINI) corpus $<

data/corpus/train_more.jsonl: data/corpus/train.jsonl ;

$(RUN)/adapter/adapter_model.safetensors: $(RECIPE) $(SEEDS) $(CORPUS) | $(READY)
	$(BINI) data $(RECIPE) $(ARGS)
	$(BINI) train $(RECIPE) $(ARGS)
	@touch $@

# A published adapter is merged as it is; `make train` makes the run's own.
$(RUN)/merged/parity.json: $(if $(wildcard $(RUN)/adapter/adapter_model.safetensors),$(RUN)/adapter/adapter_model.safetensors,$(or $(wildcard outputs/published/$(notdir $(RUN))/adapter_model.safetensors),$(RUN)/adapter/adapter_model.safetensors)) | $(READY)
	$(BINI) merge $(RECIPE) $(ARGS)
	@touch $@

$(OUT)/metrics.json: $(RUN)/merged/parity.json $(wildcard $(CASES) $(LABELS))
	$(BINI) eval $(RECIPE) $(if $(CASES),--cases $(CASES)) $(if $(LABELS),--labels $(LABELS)) --out $(OUT) $(ARGS) >/dev/null
