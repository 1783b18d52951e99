"""predictions.jsonl: one line per case, the answer in the label's shape and how it came about, written and read."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bini.errors import BiniError
from bini.runs import write_text
from bini.schema import Assessment, Prediction

OWN_KEYS = (
    "case_id",
    "quotes",
    "invented_quotes",
    "raw_text",
    "finish_reason",
    "prompt_tokens",
    "generated_tokens",
    "error",
    "mark_likelihoods",
    "looks",
)


def write_predictions(path: Path, predictions: Sequence[Prediction]) -> None:
    """Write one JSON line per case: the answer in the label's shape, and what the model wrote."""
    write_text(path, "".join(json.dumps(as_row(p), ensure_ascii=False) + "\n" for p in predictions))


def as_row(prediction: Prediction) -> dict[str, Any]:
    """Return a prediction as one flat object: case_id, the assessment's keys, then how it came about."""
    row = prediction.model_dump(mode="json")
    assessment = row.pop("assessment")
    model_risk_level = row.pop("model_risk_level")
    answer = assessment or {"comparisons": None, "risk_level": None, "decision_reason": None}
    answer["model_risk_level"] = model_risk_level
    return {"case_id": row.pop("case_id"), **answer, "is_valid": assessment is not None, **row}


def read_predictions(path: Path) -> list[Prediction]:
    """Return what `write_predictions` wrote.

    Raises:
        BiniError: no such file, or a line that is no prediction.
    """
    if not path.is_file():
        raise BiniError(f"There is no {path}.\nMake it with: bini eval RECIPE")
    predictions = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            predictions.append(_prediction(json.loads(line)))
        except (ValueError, KeyError, TypeError, ValidationError) as error:
            first = str(error).splitlines()[0]
            raise BiniError(f"{path}:{number}: no prediction ({first}).\nEvaluate again to write it anew.") from error
    return predictions


def _prediction(row: dict[str, Any]) -> Prediction:
    own: dict[str, Any] = {"mark_likelihoods": None} | {key: row[key] for key in OWN_KEYS if key in row}
    word = row["model_risk_level"]
    if not row["is_valid"]:
        return Prediction(assessment=None, model_risk_level=word, **own)
    answer = {key: row[key] for key in Assessment.model_fields if key in row}
    answer["model_risk_level"] = word if word != row["risk_level"] else None
    return Prediction(assessment=Assessment.model_validate(answer), model_risk_level=word, **own)
