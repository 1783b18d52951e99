"""Training that goes on with an adapter, `lora.continue_from`: more cases, or a user's corrections, without starting anew.

In: a folder with adapter_model.safetensors and adapter_config.json, such as outputs/published/<run>/ or another run's
adapter/. The folder is read, never written. The optimizer starts afresh, with the recipe's learning rate and warm-up.
"""

import json
from pathlib import Path
from typing import Any

from bini.errors import BiniError, raise_all
from bini.published import WEIGHTS
from bini.recipe import Recipe
from bini.weights import sha256, verify

CONFIG = "adapter_config.json"


def check_continued(recipe: Recipe) -> None:
    """Raise BiniError with every reason why the recipe cannot go on with the adapter that it names."""
    folder = recipe.lora.continue_from
    if folder is None:
        return
    if not (folder / WEIGHTS).is_file() or not (folder / CONFIG).is_file():
        raise BiniError(f"lora.continue_from: {folder} holds no adapter.\nIt needs {WEIGHTS} and {CONFIG}.")
    if (folder / "checksums.json").exists():
        verify(folder)
    raise_all([f"lora.continue_from: {folder}: {fault}" for fault in _faults(folder, recipe)])


def weights_hash(folder: Path) -> str:
    """Return the SHA-256 of an adapter's weights."""
    return sha256(folder / WEIGHTS)


def files_read_before(recipe: Recipe) -> list[Path]:
    """Return the cases files that the adapter to go on with was trained on, and those before it, by their run.json."""
    folder, names = recipe.lora.continue_from, list[str]()
    while folder is not None and (facts := _facts_of(folder)):
        names += facts.get("cases_file", "").split(" + ")
        before = facts.get("continued_from")
        folder = Path(before["folder"]) if before else None
    return [Path(name) for name in dict.fromkeys(names) if name]


def put_weights(model: Any, folder: Path) -> None:
    """Give a model's fresh adapter the weights of the one in the folder.

    Raises:
        BiniError: the adapter has other layers than the model's.
    """
    from peft import get_peft_model_state_dict, set_peft_model_state_dict
    from safetensors.torch import load_file

    weights = load_file(folder / WEIGHTS)
    if weights.keys() != get_peft_model_state_dict(model).keys():
        raise BiniError(f"lora.continue_from: {folder} has other layers than the base model's adapter.")
    set_peft_model_state_dict(model, weights)


def _faults(folder: Path, recipe: Recipe) -> list[str]:
    config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    wanted = {
        "r": recipe.lora.r,
        "lora_alpha": recipe.lora.alpha,
        "target_modules": sorted(recipe.lora.target_modules),
    }
    found = {"r": config.get("r"), "lora_alpha": config.get("lora_alpha")}
    found["target_modules"] = sorted(config.get("target_modules") or ())
    faults = [
        f"its {key} is {found[key]}, the recipe's lora has {wanted[key]}" for key in wanted if wanted[key] != found[key]
    ]
    base = _facts_of(folder).get("base_model", recipe.base_model)
    if base != recipe.base_model:
        faults.append(f"it belongs to {base}, the recipe's base_model is {recipe.base_model}")
    return faults


def _facts_of(folder: Path) -> dict[str, Any]:
    """Return run.json, which lies in a published folder, or beside an adapter's; empty where there is none."""
    for path in (folder / "run.json", folder.parent / "run.json"):
        if path.is_file():
            return dict(json.loads(path.read_text(encoding="utf-8")))
    return {}
