"""A published adapter: outputs/published/<run>/, which the repository carries, taken into a run that has none.

So a fresh clone merges and answers at once; `make train` makes the same adapter again. `publish` writes the folder.
"""

import shutil
from pathlib import Path

from bini.recipe import Recipe
from bini.runs import new_folder, run_of, write_bytes
from bini.weights import base_model_path, verify

PUBLISHED = Path("outputs/published")
WEIGHTS = "adapter_model.safetensors"
FITTED = ("calibration.json",)  # fitted on development cases; belongs to the run's folder, not to the adapter's


def published_folder(recipe: Recipe) -> Path | None:
    """Return where the recipe's published adapter lies, or None where there is none."""
    folder = PUBLISHED / recipe.name
    return folder if (folder / "checksums.json").exists() else None


def adopt(recipe: Recipe) -> bool:
    """Put the published adapter into the run's folder where the run has none; return whether it did.

    Raises:
        BiniError: a published file that differs from its checksum.
    """
    run, source = run_of(recipe), published_folder(recipe)
    if source is None or (run.adapter / WEIGHTS).exists():
        return False
    verify(source)
    with new_folder(run.adapter) as folder:
        for path in source.iterdir():
            if path.name in FITTED:
                continue
            shutil.copyfile(path, folder / path.name)
        shutil.copyfile(
            Path(base_model_path(recipe.base_model, recipe.revision)) / "tokenizer.json", folder / "tokenizer.json"
        )
    for name in ("run.json", *FITTED):
        if (source / name).exists():
            write_bytes(run.folder / name, (source / name).read_bytes())
    print(f"{run.adapter}: taken from {source}.")
    return True
