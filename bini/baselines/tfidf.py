"""TF-IDF and logistic regression: what the words alone give away, without any understanding of the claim.

Characters rather than words, because Korean endings stick to their words. Grades are learned from claim and product,
matches from the product, per claim element where there are enough rows of it and over all elements otherwise.
"""

from collections.abc import Sequence
from typing import Any

from bini.baselines.answer import guess
from bini.baselines.majority import labels_of
from bini.cases import elements_for
from bini.schema import RISK_LEVELS, Case, Prediction

MIN_ROWS_PER_ELEMENT = 10


def tfidf(train: Sequence[Case], test: Sequence[Case]) -> list[Prediction]:
    """Train on `train`, answer `test`."""
    labels_of(train)
    labelled = [case for case in train if case.label is not None]
    levels = _fitted([_text(case) for case in labelled], [case.label.risk_level for case in labelled if case.label])
    marks = _Matches(labelled)
    predictions = []
    for case in test:
        found = levels(_text(case))
        probabilities = {level: found.get(level, 0.0) for level in RISK_LEVELS}
        level = max(RISK_LEVELS, key=lambda name: probabilities[name])
        matches = [marks.answer(element, case.user_query) for element in elements_for(case)]
        predictions.append(guess(case, level, matches, "TF-IDF와 로지스틱 회귀", probabilities))
    return predictions


class _Matches:
    """A classifier of matches per claim element, and one over all for elements that are rare or new."""

    def __init__(self, train: Sequence[Case]) -> None:
        rows: dict[str, list[tuple[str, str]]] = {}
        for case in train:
            for comparison in case.label.comparisons if case.label else ():
                rows.setdefault(comparison.patent_element, []).append((case.user_query, comparison.match))
        every = [(f"{element}\n{product}", match) for element, found in rows.items() for product, match in found]
        self._overall = _fitted(*map(list, zip(*every, strict=True)))
        self._own = {
            element: _fitted(*map(list, zip(*found, strict=True)))
            for element, found in rows.items()
            if len(found) >= MIN_ROWS_PER_ELEMENT
        }

    def answer(self, element: str, product: str) -> Any:
        own = self._own.get(element)
        found = own(product) if own else self._overall(f"{element}\n{product}")
        return max(found, key=lambda match: found[match])


def _fitted(texts: list[str], answers: list[str]) -> Any:
    """Return a function from a text to {answer: probability}."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    if len(set(answers)) == 1:
        return lambda text: {answers[0]: 1.0}
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True)
    pipeline = make_pipeline(vectorizer, LogisticRegression(C=10, max_iter=1000))
    with threadpool_limits(1):  # rows are few: threads that wait for each other take a hundred times as long
        pipeline.fit(texts, answers)
    classes = [str(name) for name in pipeline.classes_]
    return lambda text: dict(zip(classes, map(float, pipeline.predict_proba([text])[0]), strict=True))


def _text(case: Case) -> str:
    return f"{case.claim_text}\n{case.user_query}"
