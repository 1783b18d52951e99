"""Contestants: who answers, how it is asked, and how its answer is held to the form.

    tuned · guided · zero-shot      the run's merged model, asked as it was trained
    base · free · few-shot          its base model, with the full instructions and worked examples

An untuned model does not know the task, so it is asked with the full instructions even where the tuned one was trained
on short ones, and few-shot it also sees labelled examples: a comparison that asks the base a riddle proves nothing.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bini.cases import content_hash
from bini.prompts import prompt_hash
from bini.recipe import Recipe, as_written
from bini.runs import run_of
from bini.schema import Case

Decoding = Literal["guided", "free"]
Shots = Literal["zero-shot", "few-shot"]
DECODINGS: tuple[Decoding, ...] = ("guided", "free")
SHOTS: tuple[Shots, ...] = ("zero-shot", "few-shot")
FEW_SHOT_CONTEXT_TOKENS = 4096


@dataclass(frozen=True)
class Model:
    """One model or endpoint. `name` is what the table calls it."""

    name: str
    model: str  # a folder, embedded:NAME, a hub id, or the model name at the endpoint
    recipe: Recipe  # how it is asked; a tuned model's is the one it was trained by
    is_tuned: bool
    url: str | None = None  # OpenAI-compatible endpoint

    def identity(self) -> str:
        """Return what tells this model's weights from others'."""
        if self.url is not None:
            return f"{self.url} {self.model}"
        folder = Path(self.model)
        for marker in (folder / "fingerprint", folder / "checksums.json"):
            if marker.is_file():
                return hashlib.sha256(marker.read_bytes()).hexdigest()
        weights = sorted(folder.glob("*.safetensors")) if folder.is_dir() else []
        return json.dumps([self.model, [(p.name, p.stat().st_size, p.stat().st_mtime_ns) for p in weights]])


@dataclass(frozen=True)
class Contestant:
    """A model with a way of asking and a way of decoding: one row of the table."""

    model: Model
    decoding: Decoding
    shots: Shots

    @property
    def name(self) -> str:
        return f"{self.model.name} · {self.decoding} · {self.shots}"

    def key(self, cases: list[Case], pool: list[Case]) -> str:
        """Return a hash of all that decides the answers: model, cases, prompt, examples, decoding."""
        recipe = self.model.recipe
        parts = [self.model.identity(), content_hash(cases), prompt_hash(recipe.prompt, recipe.answer)]
        parts += [self.decoding, self.shots, str(recipe.seed), recipe.engine.model_dump_json()]
        parts += [recipe.calibration.grade, _fitted(recipe)] if recipe.watches else []
        parts += [content_hash(pool)] if self.shots == "few-shot" else []
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _fitted(recipe: Recipe) -> str:
    path = run_of(recipe).folder / "calibration.json"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def untuned(recipe: Recipe) -> Recipe:
    """Return how a model that was not tuned is asked: with the full instructions, and room for examples."""
    prompt = recipe.prompt.model_copy(update={"instructions": "full"})
    tokens = max(recipe.engine.max_model_len, FEW_SHOT_CONTEXT_TOKENS)
    engine = recipe.engine.model_copy(update={"max_model_len": tokens})
    return as_written(recipe).model_copy(update={"prompt": prompt, "engine": engine})
