"""What was fitted on development cases: outputs/<run>/calibration.json, written by `bini calibrate`.

Grade weights make a grade's probability honest: a logistic regression over the logarithms of the three and the grade that
was answered, for an answer that code held to its quotes is right more often than its marks' likelihoods say (matrix
scaling of C. Guo et al., On Calibration of Modern Neural Networks, ICML 2017). From few cases a temperature is fitted
instead: p ** (1 / T), normalised. Weights say what the model's likelihoods are worth beside what code found (`weighing`).
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
from bini.schema import ABSTAINED, RISK_LEVELS, Assessment, RiskLevel
from bini.weighing import Weights

Probabilities = dict[RiskLevel, float]
FLOOR = 1e-4  # a grade that the chart holds for impossible is not worth more than this


class Fitted(BaseModel):
    """`source` says which probabilities the temperature is for; `run_id` which adapter it was fitted with."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    temperature: float = Field(gt=0)
    source: str
    run_id: str | None = None
    weights: Weights | None = None
    grades: Weights | None = None
    looks: Weights | None = None  # what chart and second look are worth beside each other

    def honest(self, probabilities: Probabilities, answered: RiskLevel) -> Probabilities:
        """Return the grades' probabilities as development cases taught to read them."""
        if self.grades is None:
            return tempered(probabilities, self.temperature)
        return self.grades.weighed(grade_features(probabilities, answered), RISK_LEVELS)


def grade_features(probabilities: Probabilities, answered: RiskLevel) -> dict[str, float]:
    """Return what grade weights read: each grade's log-probability (nats), and 1 for the one that was answered."""
    logs = {f"log {level}": math.log(max(p, FLOOR)) for level, p in probabilities.items()}
    return logs | {f"answered {answered}": 1.0}


def fitted_for(recipe: Recipe, source: str) -> Fitted:
    """Return what was fitted for the run and the source; temperature 1 and no weights where nothing was.

    Raises:
        BiniError: a calibration.json that cannot be read.
    """
    found = _of_this_adapter(recipe)
    return found if found is not None and found.source == source else Fitted(temperature=1.0, source=source)


def look_weights(recipe: Recipe) -> Weights | None:
    """Return what chart and second look are worth beside each other; None where nothing was fitted for the run.

    Raises:
        BiniError: a calibration.json that cannot be read.
    """
    found = _of_this_adapter(recipe)
    return None if found is None else found.looks


def _of_this_adapter(recipe: Recipe) -> Fitted | None:
    run = run_of(recipe)
    path, marker = run.folder / "calibration.json", run.merged / "fingerprint"
    found = _read(path, path.stat().st_mtime_ns) if path.exists() else None
    if found is None or not (found.run_id and marker.exists()):
        return found
    if marker.read_text(encoding="utf-8").strip() == found.run_id:
        return found
    print(f"{path} was fitted with another adapter and is not used. Fit again: bini calibrate.", file=sys.stderr)
    return None


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
