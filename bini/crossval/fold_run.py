"""One fold: train, merge and evaluate by BINI's own commands, each in a process of its own; resumable."""

import hashlib
import json
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bini.cases import content_hash, dump_jsonl
from bini.crossval.folds import Fold
from bini.errors import BiniError
from bini.prompts import prompt_hash
from bini.recipe import Recipe
from bini.runs import write_json, write_text

LAST_LINES = 5


@dataclass(frozen=True)
class FoldRun:
    """A fold with all that decides its answers."""

    recipe_file: Path
    overrides: tuple[str, ...]
    recipe: Recipe
    seed: int
    fold: Fold
    crossval_folder: Path

    @property
    def folder(self) -> Path:
        return self.crossval_folder / f"seed-{self.seed}" / f"fold-{self.fold.number}"

    @property
    def name(self) -> str:
        """The fold's recipe name: its run folder is outputs/<name>."""
        return str(self.folder.relative_to("outputs"))

    @property
    def predictions(self) -> Path:
        return self.folder / "held_out" / "predictions.jsonl"

    @property
    def key(self) -> str:
        """A hash of recipe, prompt, seed and cases: a fold with the same key need not run again."""
        settings = self.recipe.model_dump_json(exclude={"name", "data", "seed"})
        parts = [settings, prompt_hash(self.recipe.prompt, self.recipe.answer), str(self.seed)]
        parts += [content_hash(self.fold.train), content_hash(self.fold.test)]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def run_fold(run: FoldRun, num_folds: int) -> None:
    """Bring a fold's predictions about, unless they are there.

    Raises:
        BiniError: a command failed; its last lines, and where its log is.
    """
    where = f"seed {run.seed}, fold {run.fold.number} of {num_folds}"
    if is_finished(run):
        print(f"{where}: finished before.", file=sys.stderr)
        return
    train, test = run.folder / "train.jsonl", run.folder / "held_out.jsonl"
    write_text(train, dump_jsonl(run.fold.rest))
    write_text(test, dump_jsonl(run.fold.test))
    print(f"{where}: {len(run.fold.train)} cases to train on, {len(run.fold.test)} held out.", file=sys.stderr)
    for stage, options in (
        ("train", []),
        ("merge", []),
        ("eval", ["--cases", str(test), "--out", str(run.predictions.parent)]),
    ):
        started = time.monotonic()
        _run(run, stage, options)
        print(f"{where}: {stage} took {time.monotonic() - started:.0f} s.", file=sys.stderr, flush=True)
    write_json(run.folder / "fold.json", {"key": run.key, "trained_on": len(run.fold.train)})
    shutil.rmtree(run.folder / "merged")  # half a gigabyte per fold; the adapter stays


def is_finished(run: FoldRun) -> bool:
    """Return whether the fold ended with the same recipe, prompt, seed and cases."""
    marker = run.folder / "fold.json"
    if not marker.exists() or not run.predictions.exists():
        return False
    return bool(json.loads(marker.read_text(encoding="utf-8")).get("key") == run.key)


def stage_command(run: FoldRun, stage: str, options: list[str]) -> list[str]:
    """Return the command line of a stage of the fold."""
    own = [f"name={run.name}", f"seed={run.seed}", f"data.cases={run.folder / 'train.jsonl'}", "data.labels=null"]
    own += ["data.eval_cases=null", "data.eval_labels=null"]
    return [sys.executable, "-m", "bini.cli", stage, str(run.recipe_file), *run.overrides, *own, *options]


def _run(run: FoldRun, stage: str, options: list[str]) -> None:
    log = run.folder / f"{stage}.log"
    with log.open("w", encoding="utf-8") as file:
        process = subprocess.run(stage_command(run, stage, options), stdout=file, stderr=file, check=False)
    if process.returncode != 0:
        tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_LINES:])
        raise BiniError(f"{run.name}: {stage} ended with exit code {process.returncode}; the rest is in {log}:\n{tail}")
