"""A row of training: a few real steps of the recipe, by `bini.train`'s own functions or by plain TRL + PEFT.

    python -m bini.bench.training bini|trl outputs/RUN/recipe.yaml STEPS

The rows, the base model, the adapter's size and the batch are the recipe's in both. Plain TRL keeps its own defaults
for all else: gradient checkpointing, random order, precision, whole-vocabulary loss (on a CPU transformers' own). The first step compiles and
allocates and is not counted. Tokens are those of the rows, padding left out. After each step one large matrix product
is made: the ceiling of that moment.
"""

import contextlib
import json
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Literal

from bini.bench.ceilings import matrix_seconds
from bini.cases import training_cases
from bini.hardware import profile
from bini.quiet import quiet
from bini.recipe import Recipe, load_recipe
from bini.runs import Run
from bini.sft import IGNORED, Row, training_rows
from bini.train import add_adapter, import_unsloth, load_base, make_trainer
from bini.weights import base_model_path

Trainer = Literal["bini", "trl"]
WARM_UP_STEPS = 1


def train_some_steps(name: Trainer, recipe: Recipe, steps: int) -> dict[str, Any]:
    """Return the row: seconds and tokens of each counted step, the losses, the memory at its highest."""
    base = base_model_path(recipe.base_model, recipe.revision)
    cases = training_cases(recipe)
    needed = (steps + WARM_UP_STEPS) * recipe.train.batch_size * recipe.train.gradient_accumulation
    epochs = -(-needed // len(cases))
    short = recipe.model_copy(
        update={"train": recipe.train.model_copy(update={"epochs": epochs, "checkpoint_every_steps": 10**6})}
    )
    started_bytes = 0
    with tempfile.TemporaryDirectory() as folder:
        run = Run(Path(folder))
        if name == "bini":
            unsloth = import_unsloth()
            started_bytes = peak_bytes()
            model, tokenizer = load_base(unsloth, short, base)
            rows = training_rows(cases[:needed], short, tokenizer)
            trainer = make_trainer(add_adapter(unsloth, model, short), tokenizer, rows, short, run)
        else:
            trainer, rows, started_bytes = _plain_trainer(short, base, cases[:needed], run)
        clock = _watch(trainer, steps + WARM_UP_STEPS, recipe.train.gradient_accumulation)
        trainer.train()
    return clock.result(trainer) | {"start_bytes": started_bytes, "peak_bytes": peak_bytes()}


def peak_bytes() -> int:
    """Return the most main memory this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


class _Clock:
    """Seconds of each step, and what each batch held, in the order they were made."""

    def __init__(self, steps: int, accumulation: int) -> None:
        self.steps, self.accumulation = steps, accumulation
        self.started = 0.0
        self.seconds: list[float] = []
        self.matrix_seconds: list[float] = []
        self.matrix = matrix_seconds(profile().dtype)
        self.batches: list[dict[str, Any]] = []

    def note(self, features: Any, batch: Any) -> None:
        self.batches.append(
            {
                "lengths": [len(row["input_ids"]) for row in features],
                "padded_tokens": batch["input_ids"].numel(),
                "supervised_tokens": sum(label != IGNORED for row in features for label in row["labels"]),
            }
        )

    def result(self, trainer: Any) -> dict[str, Any]:
        per_step = [
            self.batches[i * self.accumulation : (i + 1) * self.accumulation] for i in range(len(self.seconds))
        ][WARM_UP_STEPS:]
        batches = [batch for step in per_step for batch in step]
        return {
            "step_seconds": self.seconds[WARM_UP_STEPS:],
            "matrix_seconds": self.matrix_seconds[WARM_UP_STEPS:],
            "step_tokens": [sum(sum(batch["lengths"]) for batch in step) for step in per_step],
            "lengths": [length for batch in batches for length in batch["lengths"]],
            "padded_tokens": sum(batch["padded_tokens"] for batch in batches),
            "largest_batch_tokens": max(batch["padded_tokens"] for batch in batches),
            "largest_supervised_tokens": max(batch["supervised_tokens"] for batch in batches),
            "supervised_tokens": sum(batch["supervised_tokens"] for batch in batches),
            "losses": [entry["loss"] for entry in trainer.state.log_history if "loss" in entry],
        }


def _watch(trainer: Any, steps: int, accumulation: int) -> _Clock:
    """Set a clock on a trainer that stops it after so many steps."""
    from transformers import TrainerCallback

    clock = _Clock(steps, accumulation)
    collate = trainer.data_collator

    def noted(features: Any) -> Any:
        batch = collate(features)
        clock.note(features, batch)
        return batch

    class StepClock(TrainerCallback):  # type: ignore[misc]
        def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            clock.started = time.perf_counter()

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            clock.seconds.append(time.perf_counter() - clock.started)
            clock.matrix_seconds.append(clock.matrix())
            control.should_training_stop = len(clock.seconds) >= clock.steps

    trainer.data_collator = noted
    trainer.add_callback(StepClock())
    return clock


def _plain_trainer(recipe: Recipe, base: str, cases: Any, run: Run) -> tuple[Any, list[Row], int]:
    """Return TRL's trainer with a PEFT adapter and TRL's defaults, its rows, and the memory held before."""
    sys.modules.setdefault("vllm", None)  # type: ignore[arg-type]  # see bini.train
    import torch
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import AutoTokenizer
    from trl import SFTConfig, SFTTrainer

    started_bytes = peak_bytes()
    tokenizer = AutoTokenizer.from_pretrained(base)
    rows = training_rows(cases, recipe, tokenizer)
    settings = SFTConfig(
        output_dir=str(run.checkpoints),
        num_train_epochs=recipe.train.epochs,
        per_device_train_batch_size=recipe.train.batch_size,
        gradient_accumulation_steps=recipe.train.gradient_accumulation,
        learning_rate=recipe.train.learning_rate,
        seed=recipe.seed,
        logging_steps=1,
        save_strategy="no",
        report_to=[],
        disable_tqdm=True,
        use_cpu=not torch.cuda.is_available(),
    )
    lora = LoraConfig(
        r=recipe.lora.r,
        lora_alpha=recipe.lora.alpha,
        lora_dropout=recipe.lora.dropout,
        target_modules=list(recipe.lora.target_modules),
        task_type="CAUSAL_LM",
    )
    data = Dataset.from_list(
        [{"input_ids": row.input_ids, "attention_mask": [1] * len(row.input_ids), "labels": row.labels} for row in rows]
    )
    trainer_class = SFTTrainer if torch.cuda.is_available() else _on_a_cpu(SFTTrainer)
    trainer = trainer_class(model=base, processing_class=tokenizer, train_dataset=data, args=settings, peft_config=lora)
    return trainer, rows, started_bytes


def _on_a_cpu(trainer_class: Any) -> Any:
    """Return TRL's trainer with transformers' own loss: the fused head of TRL 1.15 is a Triton kernel, for GPUs only."""
    from transformers import Trainer

    class CpuTrainer(trainer_class):  # type: ignore[misc]
        compute_loss = Trainer.compute_loss

    return CpuTrainer


if __name__ == "__main__":
    quiet()
    with contextlib.redirect_stdout(sys.stderr):
        result = train_some_steps(sys.argv[1], load_recipe(Path(sys.argv[2])), int(sys.argv[3]))  # type: ignore[arg-type]
    print(json.dumps(result))
