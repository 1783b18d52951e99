"""Baselines: what a model has to beat to be worth its weight. Cases in, predictions out, like any model's.

majority     the commonest grade, and per element the commonest match
tfidf        TF-IDF of character n-grams and logistic regression, trained on the same rows
rule         glossary, quantities and decision table alone: no model, no training
"""

from collections.abc import Sequence

from bini.baselines.majority import majority
from bini.baselines.rule import rule
from bini.baselines.tfidf import tfidf
from bini.schema import Case, Prediction

TRAINED = {"majority": majority, "tfidf": tfidf}  # (training cases, test cases) -> predictions
NAMES = ("majority", "tfidf", "rule")


def baseline(name: str, train: Sequence[Case], test: Sequence[Case]) -> list[Prediction]:
    """Return the predictions of a baseline for the test cases, in their order."""
    return rule(test) if name == "rule" else TRAINED[name](train, test)


__all__ = ["NAMES", "baseline", "majority", "rule", "tfidf"]
