"""Environment variables that hurt: each with what it does here, and how to be rid of it."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from bini.doctor.finding import Finding, State
from bini.errors import BiniError
from bini.hardware import profile
from bini.recipe import load_recipe

TRUE = ("1", "true", "yes", "on")
OWN_VLLM = ("VLLM_LOGGING_LEVEL", "VLLM_NO_USAGE_STATS", "VLLM_DO_NOT_TRACK")  # change no answer
ALLOCATORS = ("tcmalloc", "jemalloc", "iomp5", "libgomp")  # what vLLM's CPU build is helped by


@dataclass(frozen=True)
class Rule:
    """A variable, when it hurts, how much, and why."""

    name: str
    hurts: Callable[[str], bool]
    state: State
    why: str


def is_true(value: str) -> bool:
    return value.lower() in TRUE


def is_set(value: str) -> bool:
    return bool(value)


RULES = (
    Rule("PYTHONHOME", is_set, "problem", "Python looks for its library elsewhere than in .venv"),
    Rule("PYTHONPATH", is_set, "warning", "packages from there come before those of the lock"),
    Rule("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", is_true, "problem", "torch would run code that a checkpoint carries"),
    Rule("VLLM_ALLOW_INSECURE_SERIALIZATION", is_true, "problem", "vLLM would unpickle what its processes are sent"),
    Rule("VLLM_USE_MODELSCOPE", is_true, "warning", "models come from another hub than the recipes' revisions"),
    Rule("HF_ENDPOINT", is_set, "warning", "models come from another hub than the recipes' revisions"),
    Rule("OPENBLAS_CORETYPE", is_set, "warning", "NumPy computes as on that processor, whatever this one is"),
    Rule("ATEN_CPU_CAPABILITY", is_set, "warning", "torch leaves this processor's newer instructions unused"),
    Rule("ONEDNN_MAX_CPU_ISA", is_set, "warning", "torch leaves this processor's newer instructions unused"),
    Rule("DNNL_MAX_CPU_ISA", is_set, "warning", "torch leaves this processor's newer instructions unused"),
    Rule("TORCH_COMPILE_DISABLE", is_true, "warning", "nothing is compiled: slower"),
    Rule("TORCHDYNAMO_DISABLE", is_true, "warning", "nothing is compiled: slower"),
    Rule("CUDA_LAUNCH_BLOCKING", is_true, "warning", "the GPU waits for every kernel: much slower"),
)
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
PROXIES = ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")


def look_at_environment(root: Path, variables: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """Say which variables hurt; one line says so where none does."""
    findings = [*_by_rule(variables), *_threads(variables), *_devices(variables), *_vllm(variables)]
    findings += [*_preloaded(variables), *_offline(root, variables), *_proxies(variables), *_places(variables)]
    yield from findings or [Finding("environment", "ok", "no variable that hurts")]


def _by_rule(variables: Mapping[str, str]) -> Iterator[Finding]:
    for rule in RULES:
        if rule.hurts(variables.get(rule.name, "")):
            yield _unset(rule.name, variables, rule.why, rule.state)


def _threads(variables: Mapping[str, str]) -> Iterator[Finding]:
    cores = len(os.sched_getaffinity(0))
    for name in THREADS:
        value = variables.get(name, "")
        if value.isdecimal() and int(value) < cores:
            yield _unset(name, variables, f"there are {cores} cores, and the rest stays idle")


def _devices(variables: Mapping[str, str]) -> Iterator[Finding]:
    try:
        is_gpu = profile().kind == "gpu"
    except BiniError:
        return  # the machine's part has said so
    hidden = variables.get("CUDA_VISIBLE_DEVICES")
    if is_gpu and hidden is not None and hidden.strip() in ("", "-1", "NoDevFiles"):
        why = "the GPU that nvidia-smi shows is hidden from torch and vLLM"
        yield _unset("CUDA_VISIBLE_DEVICES", variables, why, "problem", "or say PROFILE=cpu")


def _vllm(variables: Mapping[str, str]) -> Iterator[Finding]:
    known = {rule.name for rule in RULES}
    for name in sorted(variables):
        if name.startswith("VLLM_") and name not in OWN_VLLM and name not in known:
            yield _unset(name, variables, "it beats what BINI sets from the recipe and the machine")


def _preloaded(variables: Mapping[str, str]) -> Iterator[Finding]:
    libraries = variables.get("LD_PRELOAD", "").replace(":", " ").split()
    if foreign := [path for path in libraries if not any(name in path for name in ALLOCATORS)]:
        yield _unset("LD_PRELOAD", {"LD_PRELOAD": " ".join(foreign)}, "it is put before torch's own libraries")
    if missing := [path for path in libraries if "/" in path and not Path(path).exists()]:
        yield _unset("LD_PRELOAD", {"LD_PRELOAD": " ".join(missing)}, "there is no such library")


def _offline(root: Path, variables: Mapping[str, str]) -> Iterator[Finding]:
    """Name hub models that recipes need and the cache lacks, where the hub may not be asked."""
    asked = next((name for name in OFFLINE if is_true(variables.get(name, ""))), None)
    if asked is None:
        return
    home = Path(variables.get("HF_HOME") or Path.home() / ".cache/huggingface")
    cache = Path(variables.get("HF_HUB_CACHE") or home / "hub")
    lacking = [f"{hub_id} ({name})" for name, hub_id, revision in hub_models(root) if not _is_cached(cache, hub_id)]
    if lacking:
        why = f"{cache} lacks {', '.join(lacking)}"
        yield _unset(asked, variables, why, "warning", "for one download, or use a recipe with an embedded model")


def hub_models(root: Path) -> Iterator[tuple[str, str, str | None]]:
    """Yield recipe, hub id and revision of each shipped recipe that names a model of the hub."""
    for path in sorted((root / "recipes").glob("*.yaml")):
        try:
            recipe = load_recipe(path)
        except (BiniError, yaml.YAMLError):
            continue  # another kind of recipe, such as the corpus', or a broken one: the command that reads it says so
        is_hub = recipe.base_model.count("/") == 1 and not recipe.base_model.startswith((".", "/"))
        if is_hub and not (root / recipe.base_model).is_dir():
            yield path.stem, recipe.base_model, recipe.revision


def _is_cached(cache: Path, hub_id: str) -> bool:
    return any((cache / f"models--{hub_id.replace('/', '--')}" / "snapshots").glob("*/config.json"))


def _proxies(variables: Mapping[str, str]) -> Iterator[Finding]:
    name = next((name for name in PROXIES if variables.get(name)), None)
    spared = f"{variables.get('no_proxy', '')},{variables.get('NO_PROXY', '')}"
    if name is not None and "127.0.0.1" not in spared and "*" not in spared:
        found = f"{name} is set, and NO_PROXY does not name 127.0.0.1"
        remedy = "export NO_PROXY=127.0.0.1,localhost: clients that heed it ask the proxy for this machine's own server"
        yield Finding("environment", "warning", found, remedy)


def _places(variables: Mapping[str, str]) -> Iterator[Finding]:
    place = variables.get("TMPDIR")
    if place and not (Path(place).is_dir() and os.access(place, os.W_OK)):
        yield _unset("TMPDIR", variables, "nothing can be written there", "problem")
    encoding = (sys.stdout.encoding or "utf-8").lower().replace("-", "")
    if encoding != "utf8":
        found = f"the terminal's encoding is {sys.stdout.encoding}, which has no Korean"
        yield Finding("environment", "problem", found, "export PYTHONUTF8=1")


def _unset(name: str, variables: Mapping[str, str], why: str, state: State = "warning", otherwise: str = "") -> Finding:
    remedy = f"unset {name}" + (f", {otherwise}" if otherwise else "")
    return Finding("environment", state, f"{name}={variables.get(name, '')[:80]!r}: {why}", remedy)
