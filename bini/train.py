"""Fine-tuning: Unsloth and TRL, LoRA or QLoRA, the same code on CPU and GPU.

In: a recipe, its labelled cases, the base model. Out: outputs/<run>/adapter/, run.json, TRAINING_REPORT.md. A killed
run goes on from its last whole checkpoint when the same command is given; other settings or data start anew.

Training and answering are separate processes. vLLM is hidden from this one: Unsloth would load its AVX-512 library,
which dies with SIGILL on a CPU without AVX-512.
"""

import contextlib
import hashlib
import os
import random
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bini.cases import content_hash, load_cases
from bini.checkpoints import last_checkpoint, sealing
from bini.composed import composed_as_read
from bini.continued import check_continued, put_weights, weights_hash
from bini.errors import BiniError
from bini.hardware import profile
from bini.packed_head import use_packed_head
from bini.pairs import Pair, pairs_as_read
from bini.prompts import prompt_hash
from bini.quiet import quiet_transformers
from bini.recipe import Recipe
from bini.runs import Run, environment, new_folder, run_of, write_json, write_text
from bini.second_look import in_batches
from bini.sft import PAIR, Row, pair_rows, preview, training_rows
from bini.silenced import charts_as_read
from bini.weights import base_model_path

CE_CHUNK_ELEMENTS = 64 * 1024 * 1024  # logits computed at a time on the CPU; four times Unsloth's default is faster


def train(recipe: Recipe) -> Path:
    """Train the recipe's adapter and return its folder; does nothing where it is there and current.

    Raises:
        BiniError: wrong cases, rows that do not fit, a base model that cannot be had, a run in use.
    """
    run = run_of(recipe)
    with run.locked():
        check_continued(recipe)
        composed = composed_as_read(recipe)
        cases = charts_as_read(recipe, composed)
        pairs = pairs_as_read(recipe, composed)
        base = base_model_path(recipe.base_model, recipe.revision)
        fingerprint = training_fingerprint(recipe, content_hash(cases), pairs)
        if finished_fingerprint(run) == fingerprint:
            print(f"{run.adapter} is already trained with this recipe and these cases.")
            return run.adapter
        checkpoint = _checkpoint_to_go_on_from(run, fingerprint)
        unsloth = import_unsloth()
        with contextlib.redirect_stdout(sys.stderr):  # Unsloth prints; stdout is for results
            model, tokenizer = load_base(unsloth, recipe, base)
            rows = training_rows(cases, recipe, tokenizer) + pair_rows(pairs, recipe, tokenizer)
            trainer = make_trainer(add_adapter(unsloth, model, recipe), tokenizer, rows, recipe, run)
            started = time.monotonic()
            trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
        seconds = time.monotonic() - started
        details = _details(recipe, cases, rows, fingerprint, trainer, seconds)
        _publish(run, trainer, tokenizer, details)
        print(
            f"{run.adapter}: loss {details['epochs'][-1]['loss']:.3f} after {seconds / 60:.1f} min, {len(rows)} rows."
        )
    return run.adapter


def preview_row(recipe: Recipe) -> str:
    """Return the first training row as text, its supervised part marked."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(base_model_path(recipe.base_model, recipe.revision))
    rows = training_rows(load_cases(recipe.data.cases, recipe.data.labels)[:1], recipe, tokenizer)
    return preview(rows[0], tokenizer)


def training_fingerprint(recipe: Recipe, data_hash: str, pairs: Sequence[Pair] = ()) -> str:
    """Return a hash of all that decides the adapter: settings, prompt, data. Engine settings do not count."""
    settings = recipe.model_dump_json(
        include={"base_model", "revision", "seed", "lora", "train"},
        exclude={
            "lora": {"continue_from"},
            "train": {"whole_quotes", "pairs_from_cases", "charts_from_pairs", "clauses_from_cases", "silenced_cases"},
        },
    )
    parts = [settings, prompt_hash(recipe.prompt, recipe.answer), data_hash]
    if recipe.train.whole_quotes < 1:
        parts.append(f"whole_quotes {recipe.train.whole_quotes}")
    if pairs:
        parts.append(hashlib.sha256(repr([(p.element, p.quote, p.mark) for p in pairs]).encode()).hexdigest())
    if recipe.lora.continue_from is not None:
        parts.append(weights_hash(recipe.lora.continue_from))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def finished_fingerprint(run: Run) -> str | None:
    """Return the fingerprint of the adapter that is there, or None."""
    marker = run.adapter / "fingerprint"
    return marker.read_text(encoding="utf-8") if marker.exists() else None


def import_unsloth() -> Any:
    """Import Unsloth first of the stack, with vLLM hidden (see the module's text)."""
    os.environ.setdefault("UNSLOTH_CPU_CE_CHUNK_ELEMENTS", str(CE_CHUNK_ELEMENTS))
    os.environ.setdefault("UNSLOTH_COMPILE_LOCATION", str(Path("outputs/.unsloth_compiled_cache").resolve()))
    if profile().kind == "cpu":
        os.environ["UNSLOTH_FORCE_CPU"] = "1"
    if "vllm" not in sys.modules:
        sys.modules["vllm"] = None  # type: ignore[assignment]
    with contextlib.redirect_stdout(sys.stderr):
        import unsloth
    if profile().kind == "cpu" and profile().dtype == "float32":
        use_packed_head()
    quiet_transformers()
    return unsloth


def load_base(unsloth: Any, recipe: Recipe, base: str) -> tuple[Any, Any]:
    """Return the base model, frozen, in 4 bit for QLoRA, and its tokenizer."""
    import torch

    model, tokenizer = unsloth.FastLanguageModel.from_pretrained(**base_arguments(recipe, base, torch))
    tokenizer = getattr(tokenizer, "tokenizer", tokenizer)  # a multimodal model brings a processor; text only here
    return model, tokenizer


def base_arguments(recipe: Recipe, base: str, torch: Any) -> dict[str, Any]:
    """Return what FastLanguageModel.from_pretrained is called with."""
    return {
        "model_name": base,
        "max_seq_length": recipe.train.max_length,
        "dtype": getattr(torch, profile().dtype),
        "load_in_4bit": recipe.train.load_in_4bit,
        "use_gradient_checkpointing": "unsloth" if recipe.train.gradient_checkpointing else False,
        "random_state": recipe.seed,
        "trust_remote_code": False,
    } | ({"text_only": True} if profile().kind == "gpu" else {})


def add_adapter(unsloth: Any, model: Any, recipe: Recipe) -> Any:
    """Return the model with a LoRA adapter, fresh or the one to go on with, the only trainable part."""
    adapted = unsloth.FastLanguageModel.get_peft_model(model, **adapter_arguments(recipe))
    if recipe.lora.continue_from is not None:
        put_weights(adapted, recipe.lora.continue_from)
    return adapted


def adapter_arguments(recipe: Recipe) -> dict[str, Any]:
    """Return what FastLanguageModel.get_peft_model is called with."""
    return {
        "r": recipe.lora.r,
        "lora_alpha": recipe.lora.alpha,
        "lora_dropout": recipe.lora.dropout,
        "target_modules": list(recipe.lora.target_modules),
        "bias": "none",
        "use_gradient_checkpointing": "unsloth" if recipe.train.gradient_checkpointing else False,
        "random_state": recipe.seed,
    }


def make_trainer(model: Any, tokenizer: Any, rows: list[Row], recipe: Recipe, run: Run) -> Any:
    """Return TRL's SFTTrainer over tokenised rows."""
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    from bini.progress import TrainingProgress

    has_pairs = any(row.case_id == PAIR for row in rows)
    if has_pairs:
        lengths = [len(row.input_ids) for row in rows]
        rows = [rows[i] for i in in_batches(lengths, recipe.train.batch_size, random.Random(recipe.seed))]
    dataset = Dataset.from_list(
        [{"input_ids": row.input_ids, "attention_mask": [1] * len(row.input_ids), "labels": row.labels} for row in rows]
    )
    trainer = SFTTrainer(
        model=model,
        processing_class=tokenizer,
        train_dataset=dataset,
        args=SFTConfig(
            **trainer_arguments(recipe, run) | ({"train_sampling_strategy": "sequential"} if has_pairs else {})
        ),
        callbacks=[TrainingProgress(tokens_per_epoch=sum(len(row.input_ids) for row in rows)), sealing()],
    )
    from transformers.trainer_callback import PrinterCallback, ProgressCallback

    trainer.remove_callback(PrinterCallback)
    trainer.remove_callback(ProgressCallback)
    return trainer


def trainer_arguments(recipe: Recipe, run: Run) -> dict[str, Any]:
    """Return what TRL's SFTConfig is made with."""
    settings = recipe.train
    return {
        "output_dir": str(run.checkpoints),
        "num_train_epochs": settings.epochs,
        "per_device_train_batch_size": settings.batch_size,
        "gradient_accumulation_steps": settings.gradient_accumulation,
        "learning_rate": settings.learning_rate,
        "lr_scheduler_type": settings.scheduler,
        "warmup_steps": settings.warmup_steps,
        "weight_decay": settings.weight_decay,
        "max_grad_norm": settings.max_grad_norm,
        "optim": settings.optimizer,
        "max_length": settings.max_length,
        "gradient_checkpointing": settings.gradient_checkpointing,
        "train_sampling_strategy": "group_by_length" if settings.group_by_length else "random",
        "bf16": profile().dtype == "bfloat16",
        "fp16": False,
        "seed": recipe.seed,
        "data_seed": recipe.seed,
        "packing": False,
        "logging_strategy": "steps",
        "logging_steps": 1,
        "save_strategy": "steps",
        "save_steps": settings.checkpoint_every_steps,
        "save_total_limit": 2,
        "report_to": [],
        "disable_tqdm": True,
    }


def _checkpoint_to_go_on_from(run: Run, fingerprint: str) -> Path | None:
    """Drop checkpoints of other settings, remember whose the next ones are, and return the newest whole one."""
    marker = run.checkpoints / "fingerprint"
    if run.checkpoints.exists() and not (marker.exists() and marker.read_text(encoding="utf-8") == fingerprint):
        print("Settings or cases have changed since the last run: training starts anew.", file=sys.stderr)
        shutil.rmtree(run.checkpoints)
    write_text(marker, fingerprint)
    checkpoint = last_checkpoint(run.checkpoints)
    if checkpoint is not None:
        print(f"Going on from {checkpoint}.", file=sys.stderr)
    return checkpoint


def _details(
    recipe: Recipe, cases: Any, rows: list[Row], fingerprint: str, trainer: Any, seconds: float
) -> dict[str, Any]:
    from bini.progress import epochs_of

    steps = [entry for entry in trainer.state.log_history if "loss" in entry]
    if not steps or not all(entry["loss"] == entry["loss"] for entry in steps):
        raise BiniError("Training ended with no finite loss.\nLower train.learning_rate and train again.")
    return {
        "recipe": recipe.name,
        "fingerprint": fingerprint,
        "base_model": recipe.base_model,
        "revision": recipe.revision,
        "continued_from": _continued_from(recipe),
        "seed": recipe.seed,
        "cases_file": " + ".join(map(str, recipe.data.training_files)),
        "cases_hash": content_hash(cases),
        "prompt_hash": prompt_hash(recipe.prompt, recipe.answer),
        "rows": len(rows),
        "pairs": sum(row.case_id == PAIR for row in rows),
        "composed": recipe.train.charts_from_pairs,
        "pairs_files": [str(path) for path in recipe.data.pairs_files],
        "tokens": sum(len(row.input_ids) for row in rows),
        "supervised_tokens": sum(row.num_supervised for row in rows),
        "longest_row_tokens": max(len(row.input_ids) for row in rows),
        "trainable_parameters": sum(p.numel() for p in trainer.model.parameters() if p.requires_grad),
        "training_seconds": round(seconds, 1),  # of this process; a resumed run's earlier part is not in it
        "epochs": epochs_of(steps),
        "steps": [{"step": e["step"], "loss": e["loss"], "learning_rate": e["learning_rate"]} for e in steps],
        "environment": environment(),
    }


def _continued_from(recipe: Recipe) -> dict[str, str] | None:
    folder = recipe.lora.continue_from
    return None if folder is None else {"folder": str(folder), "weights_sha256": weights_hash(folder)}


def _publish(run: Run, trainer: Any, tokenizer: Any, details: dict[str, Any]) -> None:
    from bini.training_report import write_training_report

    write_json(run.folder / "run.json", details)
    write_training_report(run.folder, details)
    with new_folder(run.adapter) as folder:
        trainer.model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        (folder / "fingerprint").write_text(details["fingerprint"], encoding="utf-8")
    shutil.rmtree(run.checkpoints, ignore_errors=True)
