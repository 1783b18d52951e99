"""The weights: base models and published adapters against their checksums, runs whole, nothing that could run code.

Weights are safetensors, which hold numbers only. A pickle (.bin, .pt, .pkl) can run code when it is loaded, and so can a
model folder with Python files or an `auto_map`. Checkpoints are left out: the trainer's optimizer.pt is a pickle that
torch reads with weights_only, and `checkpoints` lets only sealed ones be read.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from bini.doctor.environment import hub_models
from bini.doctor.finding import Finding
from bini.errors import BiniError
from bini.weights import verify

PICKLES = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib", ".npy", ".npz")
MAX_HEADER_BYTES = 100_000_000  # the format's own limit


def look_at_models(root: Path) -> Iterator[Finding]:
    """Say whether what is loaded as a model is whole, as it was written, and only numbers."""
    outputs = root / "outputs"
    yield from _checked(sorted((outputs / "base_models").glob("[!.]*/")), "base model", "delete it; it is made again")
    yield from _checked(
        sorted((outputs / "published").glob("[!.]*/")), "published adapter", "restore it from version control"
    )
    runs = [path for name in ("adapter", "merged") for path in sorted(outputs.glob(f"[!.]*/{name}"))]
    folders = [*runs, *outputs.glob("base_models/[!.]*"), *outputs.glob("published/[!.]*")]
    yield from _only_numbers(sorted(folder for folder in folders if folder.is_dir()))
    yield from _pinned(root)


def _checked(folders: list[Path], noun: str, remedy: str) -> Iterator[Finding]:
    for folder in folders:
        try:
            verify(folder)
        except BiniError as error:
            yield Finding("models", "problem", f"{noun}: {str(error).splitlines()[0]}", remedy)
        else:
            yield Finding("models", "ok", f"{noun} {folder} is what its checksums say")
    if not folders:
        yield Finding("models", "ok", f"no {noun} here")


def _only_numbers(folders: list[Path]) -> Iterator[Finding]:
    faults = [(path, fault) for folder in folders for path in sorted(folder.iterdir()) if (fault := fault_of(path))]
    for path, fault in faults:
        yield Finding("models", "problem", f"{path} {fault}", "delete it, and make the folder anew (train, merge)")
    if folders and not faults:
        yield Finding("models", "ok", f"{len(folders)} model folders hold whole safetensors, no pickle, no code")


def fault_of(path: Path) -> str | None:
    """Return what is wrong with a file of a model folder, or None."""
    suffix = path.suffix.lower()
    if suffix in PICKLES:
        return "may run code when it is loaded (pickle)"
    if suffix == ".py":
        return "is code that comes with a model"
    if suffix == ".safetensors":
        return safetensors_fault(path)
    if path.name in ("config.json", "tokenizer_config.json") and b'"auto_map"' in path.read_bytes():
        return "names code to load (auto_map)"
    return None


def safetensors_fault(path: Path) -> str | None:
    """Return why a file is no whole safetensors file; the header says where its last tensor ends.

    Layout: 8 bytes of header length, little endian; the header as JSON; the tensors
    (huggingface.co/docs/safetensors/index#format).
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > min(size, MAX_HEADER_BYTES):
            return "is no safetensors file, or is cut off"
        try:
            header = json.loads(file.read(length))
            ends = [tensor["data_offsets"][1] for name, tensor in header.items() if name != "__metadata__"]
        except (ValueError, LookupError, TypeError, AttributeError):
            return "is no safetensors file, or is damaged"
    expected = 8 + length + max(ends, default=0)
    return None if size == expected else f"is cut off or damaged: {size} bytes, its header says {expected}"


def _pinned(root: Path) -> Iterator[Finding]:
    models = list(hub_models(root))
    for name, hub_id, revision in models:
        if revision is None:
            remedy = "add `revision:` with the commit hash shown on the model's page"
            yield Finding("models", "problem", f"recipe {name}: {hub_id} without a revision", remedy)
    if all(revision for _, _, revision in models):
        yield Finding("models", "ok", f"{len(models)} recipes name a hub model, each with its revision")
