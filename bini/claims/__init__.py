"""Claims into elements: the rows of a claim chart, verbatim and with their offsets.

In comes the text of a claim as it was published, Korean or English; out comes a `Claim` with one `ClaimElement`
per limitation that can be present or absent on its own. Start at `split.py`: it finds the number and the
language, and hands over to `korean.py` or `english.py`.

    >>> from bini.claims import elements_of
    >>> elements_of("병풀 추출물 및 판테놀을 포함하는 피부 진정용 화장료 조성물.")
    ('병풀 추출물', '판테놀', '피부 진정용 화장료 조성물')

How a claim is charted:
1. An element is a contiguous, verbatim slice; its label, "(a)" or "단계(S1)", stays in it.
2. The subject is an element of its own ("미백용 화장료 조성물", "A capsule"); where the end of a Korean claim only
   repeats the subject that its beginning has named, it is charted once.
3. Alternatives are one element: "A 또는 B", and a Markush group with its whole list. So are a range and what it
   measures, and a Jepson preamble ("A와 B를 포함하는 장치에 있어서").
4. A wherein clause is an element of its own, and so is each statement "상기 A는 …이고," in a row of them.
5. What governs a list, but says nothing by itself, stays with the list's first item: "조성물 총 중량에 대하여",
   "상기 측정 모듈은,", "for each cell". An English head that names a thing is a row: "a controller configured to".
6. A transition stands outside ("A, B 및 C를 포함하는"), unless something stands between the object and the verb
   ("A를 유효성분으로 함유하는 것", "A를 더 포함하는"): then it says how, and belongs to the element.

What lies outside every element is only the claim's number, the reference of a dependent claim ("제1항에 있어서",
"of claim 1"), separators and conjunctions, the transition, and a repeated subject. `tests/test_claims.py` holds
this as a property, and `data/gold/claim_splits.jsonl` holds 60 claims charted by hand.
"""

from bini.claims.chain import split_claims, with_parents
from bini.claims.nouns import Claim, ClaimElement
from bini.claims.render import render
from bini.claims.source import read_claims
from bini.claims.split import elements_of, split_claim

__all__ = [
    "Claim",
    "ClaimElement",
    "elements_of",
    "read_claims",
    "render",
    "split_claim",
    "split_claims",
    "with_parents",
]
