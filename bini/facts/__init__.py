"""Facts: each claim element compared with the product text by code, before and beside any model.

In comes a case; out come, for every element, what names, numbers, denials, kinds of goods and plain words say:

    facts_about(case)      -> ((Fact(kind="name", mark="대응", is_decided=True, quote="ATBC 2%", note="ATBC = …"),), …)
    hints_for(case)        -> ("1: ATBC = Acetyl Tributyl Citrate, CAS 77-90-7", "2: '미백 앰플': 같은 종류의 물품")
    rule_assessment(case)  -> the assessment that the facts alone give: the baseline a model has to beat

Read in this order: `fact` (the noun), `cues` (denied, undecided), `product` and `element` (the two texts, read),
`names`, `amounts`, `goods`, `closed`, `wording` (one sort of fact each), `about` (all of them), `hints`, `rule`.
"""

from bini.facts.about import facts_about, subjects_of
from bini.facts.explain import case_from_terminal, explanation
from bini.facts.fact import ASSUMES_COMPLETE, Fact, FactKind, decided_mark, verdict
from bini.facts.hints import hints_for
from bini.facts.rule import rule_assessment

__all__ = [
    "ASSUMES_COMPLETE",
    "Fact",
    "FactKind",
    "case_from_terminal",
    "decided_mark",
    "explanation",
    "facts_about",
    "hints_for",
    "rule_assessment",
    "subjects_of",
    "verdict",
]
