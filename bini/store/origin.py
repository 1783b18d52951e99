"""Where an answer comes from: the model's name and version, and the hashes of prompt and training data."""

import hashlib
import json
from pathlib import Path

from bini.glossary import Glossary, glossary_with, shipped_glossary
from bini.prompts import prompt_hash
from bini.recipe import Recipe
from bini.runs import run_of
from bini.store.nouns import Origin


def origin_of(recipe: Recipe, model_folder: str) -> Origin:
    """Return what answers with the model in a folder; a run's own model knows the data it was trained on."""
    folder = Path(model_folder)
    run = run_of(recipe)
    details = run.folder / "run.json"
    is_own = folder.resolve() == run.merged.resolve() and details.exists()
    origin = Origin(
        model=recipe.name if is_own else folder.name,
        model_version=model_version(folder),
        prompt_sha256=prompt_hash(recipe.prompt, recipe.answer),
        data_sha256=json.loads(details.read_text(encoding="utf-8")).get("cases_hash") if is_own else None,
    )
    return with_names(origin, glossary_with(), beyond=shipped_glossary())


def with_names(origin: Origin, names: Glossary, *, beyond: Glossary) -> Origin:
    """Return the origin of an answer for which more names were in force: they change the hints, and so the prompt."""
    if names.sha256 == beyond.sha256:
        return origin
    prompt = hashlib.sha256(f"{origin.prompt_sha256} {names.sha256}".encode()).hexdigest()
    return origin.model_copy(update={"prompt_sha256": prompt})


def model_version(folder: Path) -> str:
    """Return 12 hex digits that change whenever the weights do: of the run's fingerprint, else of the weights."""
    fingerprint = folder / "fingerprint"
    if fingerprint.exists():
        return fingerprint.read_text(encoding="utf-8").strip()[:12]
    from bini.weights import sha256

    weights = sorted(folder.glob("*.safetensors"))
    return sha256(weights[0])[:12] if weights else "unknown"
