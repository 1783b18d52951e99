"""The model card: README.md beside the adapter, with what it is, what it was trained on, and what it was measured at.

In: outputs/<run>/ with its run.json, and every metrics.json that its evaluations have written. Out: adapter/README.md.
"""

import json
from pathlib import Path
from typing import Any

from bini.assess import DISCLAIMER
from bini.errors import BiniError
from bini.recipe import Recipe, dump_recipe
from bini.report.page import render
from bini.runs import run_of, write_text


def write_card(recipe: Recipe) -> Path:
    """Write the card and return its path.

    Raises:
        BiniError: the recipe has no trained adapter.
    """
    run = run_of(recipe)
    facts = run.folder / "run.json"
    if not (run.adapter / "adapter_model.safetensors").exists() or not facts.exists():
        raise BiniError(f"{run.adapter} holds no adapter.\nTrain it first: bini train recipes/{recipe.name}.yaml")
    path = run.adapter / "README.md"
    training = json.loads(facts.read_text(encoding="utf-8"))
    text = render(
        "card.md.jinja",
        recipe=recipe,
        recipe_yaml=dump_recipe(recipe),
        training=training,
        evaluations=evaluations_of(run.folder, training["fingerprint"]),
        disclaimer=DISCLAIMER,
    )
    write_text(path, text)
    print(path)
    return path


def evaluations_of(folder: Path, fingerprint: str) -> list[dict[str, Any]]:
    """Return the run's metrics, cross-validation first; evaluations of an earlier adapter are left out."""
    found = []
    for path in [*sorted(folder.glob("crossval/*/metrics.json")), *sorted(folder.glob("eval/*/metrics.json"))]:
        metrics = json.loads(path.read_text(encoding="utf-8"))
        if (
            metrics.get("labelled_cases")
            and metrics.get("run_id", fingerprint) == fingerprint
            and "protocol" in metrics
        ):
            found.append(metrics)
    return found
