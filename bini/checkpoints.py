"""Checkpoints of a training, each with a seal: `checksums.json`, written when the disk has all the rest.

    outputs/<run>/checkpoints/checkpoint-40/   adapter, optimizer, random states, trainer_state.json, checksums.json

A checkpoint that a kill or a full disk left torn, that was changed later, or that BINI never finished has no seal that
holds. It is named, set aside as `broken-checkpoint-40`, and the one before it is used.

The trainer throws old checkpoints away by their modification time, so a clock that goes backwards would cost the newest
one (transformers 5, trainer_utils.rotate_checkpoints). A sealed checkpoint's time is therefore its step number.
"""

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from bini.errors import BiniError
from bini.runs import sync_all
from bini.weights import verify, write_checksums


def seal(checkpoint: Path) -> None:
    """Write a checkpoint's checksums, when the disk has all its files."""
    sync_all(checkpoint)
    write_checksums(checkpoint)
    step = step_of(checkpoint) or 0
    os.utime(checkpoint, (step, step))


def last_checkpoint(folder: Path) -> Path | None:
    """Return the newest checkpoint whose seal holds, or None; broken ones are named and set aside."""
    numbered = [path for path in folder.glob("checkpoint-*") if step_of(path) is not None]
    for path in sorted(numbered, key=lambda path: step_of(path) or 0, reverse=True):
        fault = fault_of(path)
        if fault is None:
            return path
        aside = folder / f"broken-{path.name}"
        shutil.rmtree(aside, ignore_errors=True)
        path.rename(aside)
        print(f"{path} is not used: {fault}. It is now {aside}.", file=sys.stderr, flush=True)
    return None


def fault_of(checkpoint: Path) -> str | None:
    """Return why a checkpoint is not to be trusted; None where it is whole."""
    if not (checkpoint / "checksums.json").exists():
        return "it was never finished (it has no checksums.json)"
    try:
        verify(checkpoint)
    except BiniError as error:
        return str(error).splitlines()[0].rstrip(".")
    known = json.loads((checkpoint / "checksums.json").read_text(encoding="utf-8"))
    if "trainer_state.json" not in known:
        return "it is no checkpoint (no trainer_state.json)"
    foreign = sorted(path.name for path in checkpoint.iterdir() if path.name not in (*known, "checksums.json"))
    return f"{', '.join(foreign)} came into it later" if foreign else None


def step_of(checkpoint: Path) -> int | None:
    """Return the training step in a checkpoint's name; None where the name holds none."""
    number = checkpoint.name.rpartition("-")[2]
    return int(number) if checkpoint.is_dir() and number.isdecimal() else None


def sealing() -> Any:
    """Return the trainer's callback that seals each checkpoint when it has been written."""
    from transformers import TrainerCallback  # here: Unsloth has to be imported before it

    class SealCheckpoint(TrainerCallback):  # type: ignore[misc]
        def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            seal(Path(args.output_dir) / f"checkpoint-{state.global_step}")

    return SealCheckpoint()
