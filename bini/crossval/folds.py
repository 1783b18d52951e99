"""Folds: which cases are held out together. A group is never on both sides.

folds_of(cases, 5, seed)      stratified group 5-fold: each fold has about the same share of every grade
folds_of(cases, None, seed)   leave one group out: a fold per group (a case without a group is its own)
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bini.errors import BiniError
from bini.schema import Case


@dataclass(frozen=True)
class Fold:
    """One held-out part, the rest to train on, and the corpus that every fold is trained on beside it."""

    number: int
    rest: tuple[Case, ...]
    test: tuple[Case, ...]
    corpus: tuple[Case, ...] = ()

    @property
    def train(self) -> tuple[Case, ...]:
        return self.rest + self.corpus


def folds_of(cases: Sequence[Case], num_folds: int | None, seed: int, corpus: Sequence[Case] = ()) -> list[Fold]:
    """Split labelled cases; every case is held out exactly once.

    Raises:
        BiniError: too few groups, or cases without labels.
    """
    from sklearn.model_selection import LeaveOneGroupOut, StratifiedGroupKFold

    unlabelled = [case.case_id for case in cases if case.label is None]
    if unlabelled:
        raise BiniError(
            f"{len(unlabelled)} cases have no label, the first is {unlabelled[0]}.\n"
            "Cross-validation trains and scores on every case: label them, or take them out."
        )
    groups = [case.group or case.case_id for case in cases]
    if len(set(groups)) < (num_folds or 2):
        raise BiniError(
            f"There are {len(set(groups))} groups and {num_folds or 'leave-one-out'} folds.\n"
            "Each fold needs a group of its own: use fewer folds, or more groups."
        )
    levels = [case.label.risk_level for case in cases if case.label is not None]
    most = max(map(levels.count, levels))
    if num_folds is not None and num_folds > most:
        raise BiniError(
            f"No grade has {num_folds} cases, the commonest has {most}, and there are {num_folds} folds.\n"
            "Folds are stratified by grade: use fewer folds, or more cases."
        )
    splitter = (
        LeaveOneGroupOut()
        if num_folds is None
        else StratifiedGroupKFold(n_splits=num_folds, shuffle=True, random_state=seed)
    )
    return [
        Fold(number, tuple(cases[i] for i in train), tuple(cases[i] for i in test), tuple(corpus))
        for number, (train, test) in enumerate(splitter.split(cases, levels, groups), start=1)
    ]
