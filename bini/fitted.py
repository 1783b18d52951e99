"""What was fitted on development cases: outputs/<run>/calibration.json, written by `bini calibrate`.

A temperature makes a grade's probability honest: p ** (1 / T), normalised (C. Guo et al., On Calibration of Modern
Neural Networks, ICML 2017). Weights say what the model's likelihoods are worth beside what code found (`weighing`).
"""

import math
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bini.errors import BiniError
from bini.recipe import Recipe
from bini.runs import run_of
from bini.schema import ABSTAINED, Assessment, RiskLevel
from bini.weighing import Weights

Probabilities = dict[RiskLevel, float]


class Fitted(BaseModel):
    """`source` says which probabilities the temperature is for; `run_id` which adapter it was fitted with."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    temperature: float = Field(gt=0)
    source: str
    run_id: str | None = None
    weights: Weights | None = None


def fitted_for(recipe: Recipe, source: str) -> Fitted:
    """Return what was fitted for the run and the source; temperature 1 and no weights where nothing was.

    Raises:
        BiniError: a calibration.json that cannot be read.
    """
    run = run_of(recipe)
    path, marker = run.folder / "calibration.json", run.merged / "fingerprint"
    found = _read(path, path.stat().st_mtime_ns) if path.exists() else None
    if found is None or found.source != source:
        return Fitted(temperature=1.0, source=source)
    if found.run_id and marker.exists() and marker.read_text(encoding="utf-8").strip() != found.run_id:
        print(f"{path} was fitted with another adapter and is not used. Fit again: bini calibrate.", file=sys.stderr)
        return Fitted(temperature=1.0, source=source)
    return found


def tempered(probabilities: Probabilities, temperature: float) -> Probabilities:
    """Return the probabilities at a temperature; above 1 they are less sure."""
    return softmax({level: math.log(max(p, 1e-12)) / temperature for level, p in probabilities.items()})


def softmax(scores: dict[Any, float]) -> dict[Any, float]:
    highest = max(scores.values())
    powers = {name: math.exp(score - highest) for name, score in scores.items()}
    total = sum(powers.values())
    return {name: power / total for name, power in powers.items()}


def with_probabilities_of(assessment: Assessment, probabilities: Probabilities, recipe: Recipe) -> Assessment:
    """Return the assessment with its probabilities, flagged where they are below calibration.abstain_below."""
    threshold = recipe.calibration.abstain_below
    unsure = threshold is not None and max(probabilities.values()) < threshold
    flags = (*assessment.flags, ABSTAINED) if unsure else assessment.flags
    return assessment.model_copy(update={"risk_probabilities": probabilities, "flags": flags})


@lru_cache(maxsize=8)
def _read(path: Path, _changed: int) -> Fitted:
    try:
        return Fitted.model_validate_json(path.read_text(encoding="utf-8"))
    except (ValidationError, ValueError) as error:
        raise BiniError(
            f"{path} is damaged ({str(error).splitlines()[0]}).\nDelete it and fit again: bini calibrate."
        ) from error
