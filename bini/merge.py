"""Merging: the adapter onto the 16-bit base with PEFT, LoRA and QLoRA alike, published only if it answers alike.

In: outputs/<run>/adapter/. Out: outputs/<run>/merged/, with parity.json: how far the merged model's logits are from
the adapter's on real prompts and answers. A merged folder that fails the check does not come to be.
"""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

from bini.cases import load_cases
from bini.errors import BiniError
from bini.hardware import profile
from bini.prompts import completion_ids, gold_answer, messages, prompt_ids
from bini.published import adopt
from bini.quiet import quiet_transformers
from bini.recipe import Recipe
from bini.runs import new_folder, run_of, write_json
from bini.weights import base_model_path

NUM_PROMPTS = 20
NUM_BASE_PROMPTS = 2  # enough to see that the adapter changes something
MIN_TOP1_AGREEMENT = 0.99  # of answer positions where merged and adapter rank the same token first
TEXT_ONLY_NAMES = {  # of a multimodal checkpoint's tensors, as transformers 5 and Unsloth's text_only rename them
    r"^language_model\.model\.": "model.",
    r"^model\.language_model\.": "model.",
    r"^language_model\.lm_head\.": "lm_head.",
}
MAX_MEAN_KL = 0.01  # nats, of the merged distribution from the adapter's


def merge(recipe: Recipe) -> Path:
    """Merge the run's adapter and return the merged folder; does nothing where it is there and current.

    Raises:
        BiniError: no adapter, an adapter that changes nothing, tensors not finite, or a merged model that drifts.
    """
    run = run_of(recipe)
    adopt(recipe)
    if not (run.adapter / "adapter_model.safetensors").exists():
        raise BiniError(f"{run.adapter} holds no adapter.\nTrain it first: bini train recipes/{recipe.name}.yaml")
    with run.locked():
        fingerprint = (run.adapter / "fingerprint").read_text(encoding="utf-8")
        marker = run.merged / "fingerprint"
        if marker.exists() and marker.read_text(encoding="utf-8") == fingerprint:
            print(f"{run.merged} is already merged from this adapter.")
            return run.merged
        with new_folder(run.merged) as folder:
            parity = write_merged(base_model_path(recipe.base_model, recipe.revision), run.adapter, folder, recipe)
            write_json(folder / "parity.json", parity)
            (folder / "fingerprint").write_text(fingerprint, encoding="utf-8")
    print(f"{run.merged}: parity on {parity['prompts']} prompts, mean KL {parity['mean_kl_nats']:.2e} nats.")
    return run.merged


def write_merged(base: str, adapter: Path, folder: Path, recipe: Recipe) -> dict[str, Any]:
    """Write the merged model into `folder` and return its parity with the adapter."""
    import torch
    from peft import PeftModel
    from transformers import AutoTokenizer

    quiet_transformers()
    tokenizer = AutoTokenizer.from_pretrained(adapter)
    probes = _probes(recipe, tokenizer)
    model = _load(base)
    base_logits = _answer_logits(model, probes[:NUM_BASE_PROMPTS])
    print(f"Merging {adapter} …", file=sys.stderr)
    model = PeftModel.from_pretrained(model, adapter)
    _check_adapter_loaded(model, adapter)
    adapter_logits = _answer_logits(model, probes)
    merged = model.merge_and_unload(safe_merge=True).to(torch.bfloat16)
    merged.config.use_cache = True
    merged.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    _keep_generation_config(base, folder)
    merged = _load(str(folder))
    _check_tensors(merged)
    parity = _parity(base_logits, adapter_logits, _answer_logits(merged, probes))
    _check_parity(parity)
    return parity


def _probes(recipe: Recipe, tokenizer: Any) -> list[tuple[list[int], list[int]]]:
    """Return prompt and answer ids of the first training cases."""
    cases = load_cases(recipe.data.cases, recipe.data.labels)[:NUM_PROMPTS]
    return [
        (
            prompt_ids(tokenizer, messages(case, recipe.prompt, recipe.answer)),
            completion_ids(tokenizer, gold_answer(case, recipe.answer)),
        )
        for case in cases
    ]


def _load(folder: str) -> Any:
    """Return a model in main memory: in float32, or as stored (16 bit) where float32 would take over half of it.

    Of a multimodal base (Gemma 3 4B) the language model alone is loaded, under its own names, as it was trained.
    """
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    float32_bytes = 2 * sum(path.stat().st_size for path in Path(folder).glob("*.safetensors"))
    dtype = torch.float32 if float32_bytes < profile().memory_bytes / 2 else torch.bfloat16
    config = AutoConfig.from_pretrained(folder)
    text_only: dict[str, Any] = {}
    if config.get_text_config() is not config:
        text_only = {"config": config.get_text_config(), "key_mapping": TEXT_ONLY_NAMES}
    return AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, device_map="cpu", **text_only).eval()


def _answer_logits(model: Any, probes: list[tuple[list[int], list[int]]]) -> list[Any]:
    """Return, per probe, the float32 logits (answer tokens, vocabulary) with which each answer token is predicted."""
    import torch

    logits = []
    with torch.inference_mode():
        for prompt, answer in probes:
            ids = torch.tensor([prompt + answer])
            logits.append(model(input_ids=ids, logits_to_keep=len(answer) + 1).logits[0, :-1].float())
    return logits


def _parity(base: list[Any], adapter: list[Any], merged: list[Any]) -> dict[str, Any]:
    import torch

    kl, top1, largest, positions = 0.0, 0, 0.0, 0
    for a, m in zip(adapter, merged, strict=True):
        a_log, m_log = a.log_softmax(-1), m.log_softmax(-1)
        kl += torch.nn.functional.kl_div(m_log, a_log, log_target=True, reduction="sum").item()
        top1 += (a.argmax(-1) == m.argmax(-1)).sum().item()
        largest = max(largest, (a - m).abs().max().item())
        positions += len(a)
    moved = max((a - b).abs().max().item() for a, b in zip(adapter, base, strict=False))
    return {
        "prompts": len(adapter),
        "positions": positions,
        "mean_kl_nats": kl / positions,
        "top1_agreement_fraction": top1 / positions,
        "largest_logit_difference": largest,
        "largest_logit_difference_to_base": moved,
        "max_mean_kl_nats": MAX_MEAN_KL,
        "min_top1_agreement_fraction": MIN_TOP1_AGREEMENT,
    }


def _check_parity(parity: dict[str, Any]) -> None:
    if parity["largest_logit_difference_to_base"] == 0:
        raise BiniError("The adapter changes nothing: its outputs are the base model's.\nTrain again.")
    drifted = parity["mean_kl_nats"] > MAX_MEAN_KL or parity["top1_agreement_fraction"] < MIN_TOP1_AGREEMENT
    if drifted:
        raise BiniError(
            f"The merged model drifts from its adapter and is not published: {json.dumps(parity)}.\n"
            "Check that the base model is the one the adapter was trained on."
        )


def _check_adapter_loaded(model: Any, adapter: Path) -> None:
    """Raise where the file's tensors and the model's adapter tensors are not the same set (trap: ignored adapter)."""
    from peft import get_peft_model_state_dict
    from safetensors import safe_open

    with safe_open(adapter / "adapter_model.safetensors", framework="pt") as file:
        stored = set(file.keys())
    expected = set(get_peft_model_state_dict(model))
    if stored != expected:
        raise BiniError(
            f"{adapter} does not fit the base model: {len(stored ^ expected)} tensors differ in name, "
            f"for example {min(stored ^ expected)}.\nUse the base model the adapter was trained on."
        )


def _check_tensors(model: Any) -> None:
    bad = [name for name, tensor in model.state_dict().items() if not tensor.isfinite().all()]
    if bad:
        raise BiniError(f"The merged model has values that are not finite, for example in {bad[0]}.\nTrain again.")
    embeddings, head = model.get_input_embeddings(), model.get_output_embeddings()
    tied = getattr(model.config.get_text_config(), "tie_word_embeddings", False)
    if tied and head.weight.data_ptr() != embeddings.weight.data_ptr():
        raise BiniError("The merged model's embeddings are no longer tied.\nThis is a fault of BINI; please report it.")


def _keep_generation_config(base: str, folder: Path) -> None:
    source = Path(base) / "generation_config.json"
    if source.exists():
        shutil.copyfile(source, folder / source.name)
