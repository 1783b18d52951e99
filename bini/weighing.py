"""Weighing: how likely each mark of each element is, from what the model wrote and what code found, and what follows.

A model that was shown a claim of five elements may hold each for 70 % likely to be met: written one by one the chart
says 높음, though all five are met in 17 % of such cases. So the grade is chosen first, the one that the decision table
makes most probable, and then the most probable chart with that grade (`likeliest_chart`). The likelihoods come with the
answer: at each mark's first token the engine says how likely the four marks were (no second pass).

What they are worth is fitted on development cases (`bini calibrate`): a multinomial logistic regression over the four
log-likelihoods, whether there is a quote, and what code found about the element. Without a fit they count as they are.
"""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ConfigDict

from bini.errors import BiniError
from bini.rules import MARKS, mark_of
from bini.schema import BY_CODE, INVENTED_QUOTE, ElementFinding, Mark, RiskLevel

if TYPE_CHECKING:
    from bini.facts import Fact

Name = TypeVar("Name", bound=str)
Likelihoods = dict[Mark, float]  # probabilities of the four marks, summing to 1
FLOOR = 1e-6  # a mark that the model holds for impossible is not worth more than this


class Weights(BaseModel):
    """A fitted logistic regression: per mark (or per grade), an intercept and one weight per feature.

    `certainty` is how often what code settled was right on the development cases.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    features: tuple[str, ...]
    weights: dict[str, tuple[float, ...]]
    intercepts: dict[str, float]
    certainty: float = 1.0

    def weighed(self, found: Mapping[str, float], names: Sequence[Name]) -> dict[Name, float]:
        """Return the probabilities of marks or grades given features; what the fit has not met counts nothing."""
        scores = {
            name: self.intercepts[name]
            + sum(w * found.get(feature, 0.0) for feature, w in zip(self.features, self.weights[name], strict=True))
            for name in self.weights
        }
        highest = max(scores.values())
        powers = {name: math.exp(score - highest) for name, score in scores.items()}
        total = sum(powers.values())
        return {name: powers.get(name, 0.0) / total for name in names}


def features(likelihoods: Likelihoods, has_quote: bool, facts: "Sequence[Fact]") -> dict[str, float]:
    """Return an element's features by name: log-likelihoods (nats), and 1 for what holds."""
    from bini.facts.fact import verdict

    found = {f"log {mark}": math.log(max(likelihoods[mark], FLOOR)) for mark in MARKS}
    if not has_quote:
        found["no quote"] = 1.0
    leading = verdict(facts)
    if leading is not None:
        found[f"{leading.kind} {leading.mark}"] = 1.0
    return found


def weighed_charts(
    findings: Sequence[ElementFinding],
    likelihoods: Sequence[Likelihoods],
    facts: "Sequence[Sequence[Fact]]",
    weights: Weights | None,
) -> list[Likelihoods]:
    """Return each element's mark probabilities, evidence checked as in the answer.

    What code settled is as certain as it was on development cases, and certain without weights; 판단불가 is certain for
    an invented quote; without a quote nothing can be 대응.
    """
    certainty = 1.0 if weights is None else weights.certainty
    charts = []
    for finding, likely, about in zip(findings, likelihoods, facts, strict=True):
        if is_settled(finding):
            sure = certainty if is_by_code(finding) else 1.0
            charts.append({mark: sure if mark == mark_of(finding) else (1 - sure) / (len(MARKS) - 1) for mark in MARKS})
            continue
        has_quote = finding.user_product_element is not None
        weighed = dict(likely) if weights is None else weights.weighed(features(likely, has_quote, about), MARKS)
        if not has_quote:
            weighed["대응"] = 0.0
        total = sum(weighed.values()) or 1.0
        charts.append({mark: weighed[mark] / total for mark in MARKS})
    return charts


def is_settled(finding: ElementFinding) -> bool:
    """Whether a finding stands, however likely the model holds its mark: code set it, or rejected its quote."""
    return is_by_code(finding) or INVENTED_QUOTE in finding.flags


def is_by_code(finding: ElementFinding) -> bool:
    """Whether code set the finding, whatever the model wrote."""
    return (finding.note or "").startswith(BY_CODE)


def fit(rows: Sequence[tuple[Mapping[str, float], str]], strength: float = 0.3) -> Weights:
    """Return the weights that make the true marks (or grades) most likely; `strength` is the inverse of the L2 penalty.

    Raises:
        BiniError: every mark is the same one.
    """
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    if len({mark for _, mark in rows}) < 2:
        raise BiniError(f"The cases to fit on have only {rows[0][1]}.\nAdd development cases with others.")
    vectorizer = DictVectorizer(sparse=False)
    matrix = vectorizer.fit_transform([dict(found) for found, _ in rows])
    model = LogisticRegression(C=strength, max_iter=5000).fit(matrix, [mark for _, mark in rows])
    return _weights(model, tuple(vectorizer.get_feature_names_out()))


def risk_probabilities(charts: Sequence[Likelihoods]) -> dict[RiskLevel, float]:
    """Return the grades' probabilities from the elements' by the decision table, elements taken as independent."""
    present = math.prod(marks["대응"] for marks in charts)
    not_absent = math.prod(1 - marks["미대응"] for marks in charts)
    return {"높음": present, "애매": max(0.0, not_absent - present), "낮음": 1 - not_absent}


def likeliest_chart(charts: Sequence[Likelihoods]) -> tuple[Mark, ...]:
    """Return the most probable marks among the charts that lead to the most probable grade."""
    probabilities = risk_probabilities(charts)
    level = max(probabilities, key=lambda name: probabilities[name])
    if level == "높음":
        return tuple(_best(marks, ("대응",)) for marks in charts)
    if level == "낮음":
        return _with_one(charts, ("미대응",), MARKS)
    return _with_one(charts, ("균등", "판단불가"), ("대응", "균등", "판단불가"))


def _with_one(charts: Sequence[Likelihoods], wanted: Sequence[Mark], allowed: Sequence[Mark]) -> tuple[Mark, ...]:
    """Return each element's best allowed mark, with one of the wanted ones where it costs least."""
    chosen = [_best(marks, allowed) for marks in charts]
    if not set(chosen) & set(wanted):
        best = [_best(marks, wanted) for marks in charts]
        cost = [marks[now] / max(marks[new], 1e-300) for marks, now, new in zip(charts, chosen, best, strict=True)]
        cheapest = cost.index(min(cost))
        chosen[cheapest] = best[cheapest]
    return tuple(chosen)


def _best(marks: Likelihoods, among: Sequence[Mark]) -> Mark:
    return max(among, key=lambda mark: marks[mark])


def _weights(model: Any, names: tuple[str, ...]) -> Weights:
    """Read scikit-learn's coefficients; of two classes it keeps the second one's only."""
    rows, intercepts = model.coef_.tolist(), model.intercept_.tolist()
    if len(model.classes_) == 2:
        rows, intercepts = [[0.0] * len(names), *rows], [0.0, *intercepts]
    return Weights(
        features=names,
        weights={mark: tuple(row) for mark, row in zip(model.classes_, rows, strict=True)},
        intercepts=dict(zip(model.classes_, intercepts, strict=True)),
    )
