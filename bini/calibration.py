"""How sure the model is of a grade, and whether that can be believed.

Probabilities come from the model's own likelihoods of whole answers, not of one token: the answer is written out with
each alternative in one place, and the engine says how likely each is, given the prompt and all that stands before.

    source "word"    the three grades in the place of risk_level, after the model's own chart
    source "chart"   the four marks in the place of each element's mark; the decision table joins them, so the grade's
                     probability is that of the charts which lead to it (elements taken as independent)

What is fitted on development cases only makes the probabilities honest (`fitted`).
"""

import json
import math
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from bini.fitted import Probabilities, fitted_for, softmax, tempered, with_probabilities_of
from bini.prompts import completion_ids, messages, prompt_ids
from bini.recipe import CalibrationSource, Recipe
from bini.rules import MARKS
from bini.schema import RISK_LEVELS, Assessment, Case, Prediction, RiskLevel
from bini.weighing import risk_probabilities as grades_of
from bini.weighing import weighed_charts


class Scorer(Protocol):
    """Whatever says how likely completions are: this project's Engine, or a script in a test."""

    @property
    def tokenizer(self) -> Any: ...

    def score(self, pairs: Sequence[tuple[list[int], list[int]]]) -> list[list[float]]: ...


def with_probabilities(
    cases: Sequence[Case], predictions: Sequence[Prediction], engine: Scorer, recipe: Recipe
) -> list[Prediction]:
    """Return the predictions with risk_probabilities, calibrated where the run has a fit.

    An answer less sure than calibration.abstain_below carries the flag ABSTAINED.
    """
    found = risk_probabilities(cases, predictions, engine, recipe)
    fitted = fitted_for(recipe, recipe.calibration.source)
    return [
        prediction
        if (given := prediction.assessment) is None or raw is None
        else prediction.model_copy(
            update={"assessment": with_probabilities_of(given, fitted.honest(raw, given.risk_level), recipe)}
        )
        for prediction, raw in zip(predictions, found, strict=True)
    ]


def risk_probabilities(
    cases: Sequence[Case], predictions: Sequence[Prediction], engine: Scorer, recipe: Recipe
) -> list[Probabilities | None]:
    """Return, per case, {grade: probability} before any temperature; None where the answer could not be parsed."""
    pairs: list[tuple[list[int], list[int]]] = []
    for prompt, answers in _all_alternatives(cases, predictions, engine, recipe):
        start, left_out = _differing(answers)
        pairs += [(prompt + answer[:start], answer[start : len(answer) - left_out]) for answer in answers]
    likelihoods = iter([sum(score) for score in engine.score(pairs)])
    source = recipe.calibration.source
    return [
        None
        if prediction.assessment is None
        else _from_word(likelihoods)
        if source == "word"
        else _from_chart(prediction.assessment, likelihoods)
        for prediction in predictions
    ]


def fit_temperature(probabilities: Sequence[Probabilities], actual: Sequence[RiskLevel]) -> float:
    """Return the temperature (0.05 to 20) with the least log-loss on development cases."""
    from scipy.optimize import minimize_scalar

    def loss(log_temperature: float) -> float:
        temperature = math.exp(log_temperature)
        pairs = zip(probabilities, actual, strict=True)
        return -sum(math.log(max(tempered(p, temperature)[level], 1e-12)) for p, level in pairs)

    found = minimize_scalar(loss, bounds=(math.log(0.05), math.log(20)), method="bounded")
    return float(math.exp(found.x))


def _all_alternatives(
    cases: Sequence[Case], predictions: Sequence[Prediction], engine: Scorer, recipe: Recipe
) -> Iterator[tuple[list[int], list[list[int]]]]:
    """Yield, per place that can be filled otherwise, the prompt and the answers' token ids."""
    for case, prediction in zip(cases, predictions, strict=True):
        if prediction.assessment is None:
            continue
        prompt = prompt_ids(engine.tokenizer, messages(case, recipe.prompt, recipe.answer))
        for answers in alternatives(prediction.raw_text, recipe.calibration.source, recipe.answer.evidence == "before"):
            yield prompt, [completion_ids(engine.tokenizer, text) for text in answers]


def alternatives(text: str, source: CalibrationSource, mark_is_last: bool) -> Iterator[list[str]]:
    """Yield, per place, the whole answer with each grade ("word") or each of the four marks ("chart") in it."""
    written = json.loads(text)
    if source == "word":
        yield [_dumped(written | {"risk_level": level}) for level in RISK_LEVELS]
        return
    for key in (key for key in written if key.isdigit()):
        quote = written[key][0 if mark_is_last else 1]
        yield [_dumped(written | {key: [quote, mark] if mark_is_last else [mark, quote]}) for mark in MARKS]


def _dumped(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _differing(answers: Sequence[list[int]]) -> tuple[int, int]:
    """Return how many first tokens the answers share, and how many last ones may be left out.

    What all share tells nothing. One shared token is kept at the end: it closes the word.
    """
    shortest = min(map(len, answers))
    start = next((i for i in range(shortest) if len({answer[i] for answer in answers}) > 1), shortest)
    same = next((i for i in range(1, shortest - start + 1) if len({answer[-i] for answer in answers}) > 1), 1) - 1
    return start, max(0, same - 1)


def _from_word(likelihoods: Iterator[float]) -> Probabilities:
    return softmax({level: next(likelihoods) for level in RISK_LEVELS})


def _from_chart(assessment: Assessment, likelihoods: Iterator[float]) -> Probabilities:
    """Return the grade's probabilities from the marks' by the decision table, evidence checked as in the answer."""
    rows = assessment.comparisons
    charts = [softmax({mark: next(likelihoods) for mark in MARKS}) for _ in rows]
    return grades_of(weighed_charts(rows, charts, [()] * len(rows), weights=None))
