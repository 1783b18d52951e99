"""Publishing: a run's adapter as a small folder that the repository carries.

    bini publish RECIPE   outputs/<run>/adapter -> outputs/published/<run>/ in bfloat16, with run.json (hashes of data
                          and settings), calibration.json, model card, NOTICE and checksums.json

`published` takes it back into a run of a fresh clone.
"""

import json
import shutil
from pathlib import Path

from bini.card import write_card
from bini.errors import BiniError
from bini.published import FITTED, PUBLISHED, WEIGHTS
from bini.recipe import Recipe
from bini.runs import new_folder, run_of, write_json
from bini.weights import write_checksums

MAX_BYTES = 16 * 1000 * 1000


def publish(recipe: Recipe) -> Path:
    """Write the run's adapter to outputs/published/<run>/ and return that folder.

    Raises:
        BiniError: the run has no adapter, or it is too large for a repository.
    """
    run = run_of(recipe)
    write_card(recipe)
    details = json.loads((run.folder / "run.json").read_text(encoding="utf-8"))
    details["steps"] = []  # every step's loss stays with the run
    target = PUBLISHED / recipe.name
    with new_folder(target) as folder:
        for path in run.adapter.iterdir():
            if path.name not in (WEIGHTS, "tokenizer.json"):  # the base model brings the tokenizer
                shutil.copyfile(path, folder / path.name)
        _write_bfloat16(run.adapter / WEIGHTS, folder / WEIGHTS)
        write_json(folder / "run.json", details)
        for name in FITTED:
            path = run.folder / name
            if path.exists() and json.loads(path.read_text(encoding="utf-8"))["run_id"] == details["fingerprint"]:
                shutil.copyfile(path, folder / name)
        shutil.copyfile("NOTICE", folder / "NOTICE")
        write_checksums(folder)
        size = sum(path.stat().st_size for path in folder.iterdir())
        if size > MAX_BYTES:
            raise BiniError(
                f"The adapter is {size / 1e6:.1f} MB, over {MAX_BYTES / 1e6:.0f} MB.\nTrain with a smaller lora.r."
            )
    print(f"{target}: {size / 1e6:.1f} MB.")
    return target


def _write_bfloat16(source: Path, target: Path) -> None:
    import torch
    from safetensors.torch import load_file, save_file

    save_file({name: tensor.to(torch.bfloat16) for name, tensor in load_file(source).items()}, target)
