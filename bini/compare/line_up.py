"""The line-up: which models take part, and in which ways each is asked."""

from collections.abc import Sequence
from pathlib import Path

from bini.compare.contestant import DECODINGS, SHOTS, Contestant, Decoding, Model, Shots, untuned
from bini.engine import model_folder
from bini.errors import BiniError
from bini.hardware import profile
from bini.recipe import Recipe, load_recipe
from bini.runs import Run

LARGER_RECIPE = Path("recipes/gemma3-4b-qlora.yaml")  # joins by default where there is a GPU


def models_of(recipes: Sequence[Recipe], others: Sequence[str], endpoints: Sequence[str]) -> list[Model]:
    """Return the models to compare: each recipe's tuned and base model, then what else is named.

    `others` are folders, embedded:NAME or hub ids; `endpoints` are URL#MODEL.

    Raises:
        BiniError: a recipe without a merged model, or an endpoint without a model's name.
    """
    asked = untuned(recipes[0])
    found: list[Model] = []
    for recipe in recipes:
        found.append(_tuned(recipe))
        found.append(Model(f"base of {recipe.name}", recipe.base_model, untuned(recipe), is_tuned=False))
    if profile().kind == "gpu" and len(recipes) == 1 and not others and not endpoints:
        found += _larger(recipes[0])
    found += [Model(name, name, asked.model_copy(update={"revision": None}), is_tuned=False) for name in others]
    found += [_endpoint(text, asked) for text in endpoints]
    return _distinct(found)


def contestants_of(
    models: Sequence[Model], decodings: Sequence[Decoding] = DECODINGS, shots: Sequence[Shots] = SHOTS
) -> list[Contestant]:
    """Return the rows of the table. A tuned model is asked as it was trained, without examples."""
    return [
        Contestant(model, decoding, shot)
        for model in models
        for shot in (("zero-shot",) if model.is_tuned else shots)
        for decoding in decodings
    ]


def _tuned(recipe: Recipe) -> Model:
    return Model(f"tuned {recipe.name}", model_folder(recipe), recipe, is_tuned=True)


def _larger(than: Recipe) -> list[Model]:
    """Return the 4B recipe's base model, and its tuned one where it is there."""
    if not LARGER_RECIPE.exists() or than.name == LARGER_RECIPE.stem:
        return []
    larger = load_recipe(LARGER_RECIPE)
    models = [Model(f"base of {larger.name}", larger.base_model, untuned(larger), is_tuned=False)]
    if (Run(Path("outputs") / larger.name).merged / "parity.json").exists():
        models.append(_tuned(larger))
    return models


def _endpoint(text: str, asked: Recipe) -> Model:
    url, hash_sign, model = text.partition("#")
    if not hash_sign or not model or not url.startswith(("http://", "https://")):
        raise BiniError(f"--endpoint {text!r}: expected URL#MODEL, for example http://127.0.0.1:8000/v1#gemma-3-4b-it.")
    return Model(f"{model} at {url}", model, asked, is_tuned=False, url=url)


def _distinct(models: Sequence[Model]) -> list[Model]:
    """Drop a base model that two recipes share and ask alike; refuse two models of one name."""
    seen: dict[tuple[str, str | None, str], Model] = {}
    for model in models:
        seen.setdefault((model.model, model.url, model.recipe.prompt.model_dump_json()), model)
    found = list(seen.values())
    names = [model.name for model in found]
    if twice := {name for name in names if names.count(name) > 1}:
        raise BiniError(f"Two models are called {min(twice)!r}.\nName each model once.")
    return found
