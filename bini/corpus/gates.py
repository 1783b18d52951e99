"""The gates: what a corpus must hold before anybody trains on it. One line of the table is one gate.

Cheap classifiers (TF-IDF of words and word pairs, logistic regression by gradient steps) stand for a model that does not compare product and claim. One
that sees the product alone or the claim alone must stay near a third; one that sees both as a bag of words must stay
below what reading earns. They are trained on a part of train and scored on test_iid.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bini.corpus.recipe import CorpusRecipe
from bini.corpus.recipe import Gates as Bounds
from bini.corpus.splits import skeleton
from bini.quotes import find_quote
from bini.rules import risk_level
from bini.schema import RISK_LEVELS, Case, RiskLevel

MAX_CLASSIFIER_ROWS = 12000
NOT_CELLS = ("pair:", "language:", "register:", "block:", "scene:")
Splits = Mapping[str, Sequence[Case]]


@dataclass(frozen=True)
class Gate:
    """One gate: what was measured, what it may be, and whether it holds."""

    name: str
    found: str
    bound: str
    holds: bool


def check_gates(splits: Splits, recipe: CorpusRecipe) -> list[Gate]:
    """Measure every gate."""
    every = [case for cases in splits.values() for case in cases]
    return [
        *_classifiers(splits["train"], splits["test_iid"], recipe.gates),
        _balance(splits["train"], recipe.gates),
        *_gates_of_more(splits.get("train_more", ()), recipe.gates),
        _apart("product texts in two splits", splits, lambda case: case.user_query),
        _apart("claim skeletons in two splits", splits, lambda case: skeleton(case.claim_text)),
        _none("gold differs from the rule", every, _gold_differs),
        _none("quotes that the text does not hold", every, _has_lost_quote),
        _none(
            "reasons that stand in the input", every, lambda case: _reason(case) in case.user_query + case.claim_text
        ),
        _none("reasons not grounded in their row", every, lambda case: not _is_grounded(case)),
        _none(
            "elements twice in one claim", every, lambda case: len(set(case.elements or ())) < len(case.elements or ())
        ),
    ]


def table(gates: Sequence[Gate]) -> str:
    """Return the gates as a table."""
    width = max(len(gate.name) for gate in gates)
    lines = [f"{'gate':{width}}  {'found':>12}  {'bound':>12}"]
    for gate in gates:
        lines.append(f"{gate.name:{width}}  {gate.found:>12}  {gate.bound:>12}  {'holds' if gate.holds else 'FAILS'}")
    return "\n".join(lines)


def _gates_of_more(cases: Sequence[Case], bounds: Bounds) -> list[Gate]:
    """Measure the wider training split by itself: its classifiers learn from nine tenths and are scored on the rest."""
    if not cases:
        return []
    cut = len(cases) * 9 // 10
    gates = [*_classifiers(cases[:cut], cases[cut:], bounds), _balance(cases, bounds)]
    return [replace(gate, name=f"train_more: {gate.name}") for gate in gates]


def _classifiers(train: Sequence[Case], test: Sequence[Case], bounds: Bounds) -> list[Gate]:
    views: tuple[tuple[str, Callable[[Case], str], float], ...] = (
        ("product-only classifier", lambda case: case.user_query, bounds.max_product_only),
        ("claim-only classifier", lambda case: "\n".join(case.elements or ()), bounds.max_claim_only),
        (
            "bag of words on both",
            lambda case: "\n".join((case.user_query, *(case.elements or ()))),
            bounds.max_bag_of_words,
        ),
    )
    gates = []
    for name, view, bound in views:
        accuracy = _accuracy(train[:MAX_CLASSIFIER_ROWS], test, view)
        error = math.sqrt(bound * (1 - bound) / max(len(test), 1))
        allowed = bound + bounds.sampling_sigmas * error
        gates.append(Gate(name, f"{accuracy:.3f}", f"{bound:.2f} + {allowed - bound:.3f}", accuracy <= allowed))
    return gates


def _accuracy(train: Sequence[Case], test: Sequence[Case], view: Callable[[Case], str]) -> float:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import SGDClassifier
    from sklearn.pipeline import make_pipeline

    words = TfidfVectorizer(token_pattern=r"\S+", ngram_range=(1, 2), min_df=2, max_features=60000, sublinear_tf=True)
    regression = SGDClassifier(loss="log_loss", alpha=1e-4, max_iter=20, tol=None, random_state=0)
    classifier = make_pipeline(words, regression)
    classifier.fit([view(case) for case in train], [_level(case) for case in train])
    return float(classifier.score([view(case) for case in test], [_level(case) for case in test]))


def _balance(cases: Sequence[Case], bounds: Bounds) -> Gate:
    """Every twist, number of elements and industry has each label in a third of its rows, within the tolerance."""
    cells: dict[str, Counter[RiskLevel]] = {}
    for case in cases:
        for tag in case.tags:
            if not tag.startswith(NOT_CELLS) and tag not in OUTCOME_TWISTS:
                cells.setdefault(tag, Counter())[_level(case)] += 1
    faults = [
        (fault, tag, level)
        for tag, counts in cells.items()
        for level in RISK_LEVELS
        if (fault := _fault(counts, level, bounds)) > 0
    ]
    worst = max(faults, default=None)
    found = f"{len(faults)} of {3 * len(cells)}" + (f", {worst[1]} {worst[2]} by {worst[0]:.1f}" if worst else "")
    return Gate("cells out of balance", found, "0", not faults)


# These name an outcome, so they cannot occur with every label alike; the marks of the others are free.
OUTCOME_TWISTS = frozenset(
    ("range_inside", "range_near_miss", "range_far_miss", "range_open", "silent", "undecided")
) | {"role_open", "genus", "code", "collision", "candidates", "denied"}


def _fault(counts: Counter[RiskLevel], level: RiskLevel, bounds: Bounds) -> float:
    """Return by how many points a label's share leaves its tolerance; 0 or less inside."""
    total = counts.total()
    noise = 100 * math.sqrt(2 / 9 / total)
    return abs(100 * counts[level] / total - 100 / 3) - bounds.balance_points - bounds.balance_sigmas * noise


def _apart(name: str, splits: Splits, key: Callable[[Case], str]) -> Gate:
    owners: dict[str, str] = {}
    shared = 0
    for split, cases in splits.items():
        for value in {key(case) for case in cases}:
            shared += owners.setdefault(value, split) != split
    return Gate(name, str(shared), "0", shared == 0)


def _none(name: str, cases: Iterable[Case], is_fault: Callable[[Case], bool]) -> Gate:
    faults = sum(map(is_fault, cases))
    return Gate(name, str(faults), "0", faults == 0)


def _gold_differs(case: Case) -> bool:
    assert case.label is not None
    return risk_level(case.label.comparisons) != case.label.risk_level


def _has_lost_quote(case: Case) -> bool:
    assert case.label is not None
    quotes = (finding.user_product_element for finding in case.label.comparisons)
    return any(quote is not None and find_quote(quote, case.user_query) is None for quote in quotes)


def _is_grounded(case: Case) -> bool:
    assert case.label is not None
    row = [finding.patent_element for finding in case.label.comparisons]
    row += [finding.user_product_element for finding in case.label.comparisons if finding.user_product_element]
    return any(words in case.label.decision_reason for words in row)


def _reason(case: Case) -> str:
    assert case.label is not None
    return case.label.decision_reason


def _level(case: Case) -> RiskLevel:
    assert case.label is not None
    return case.label.risk_level
