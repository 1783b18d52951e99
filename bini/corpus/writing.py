"""From drawn rows to labelled cases."""

import hashlib
from collections.abc import Sequence
from random import Random

from bini.corpus.blocks import twists
from bini.corpus.drawing import Drawn
from bini.corpus.materials import MaterialSlot
from bini.corpus.nouns import State
from bini.corpus.product_block import complete_list
from bini.corpus.reasons import reason
from bini.corpus.roles import clashes
from bini.rules import match_and_flags, risk_level
from bini.schema import Case, ElementFinding, Label, Mark

MARKS: dict[State, Mark] = {"L": "대응", "E": "균등", "U": "판단불가", "N": "미대응"}
CHART_SHARE = 0.35  # of claims, those whose elements are told as rows of a chart and not as slices


def to_case(drawn: Drawn, case_id: str, seed: str, pair: str) -> Case | None:
    """Return the row as a case; None where a quote got lost or the marks give another level."""
    random = Random(f"{seed}:case")
    elements = drawn.claim.chart if Random(f"{drawn.claim.text}").random() < CHART_SHARE else drawn.claim.slices
    if len(set(elements)) < len(elements) or _is_unclear(drawn):
        return None
    marks = [MARKS[one.state] for one in drawn.asked]
    quotes = [
        drawn.product.quotes.get(one.witness or one.requirement.slot) if one.has_evidence else None
        for one in drawn.asked
    ]
    missing = [one for one, quote in zip(drawn.asked, quotes, strict=True) if one.has_evidence and not quote]
    if missing or any(quote and quote not in drawn.product.text for quote in quotes):
        return None
    findings = [_finding(*row) for row in zip(elements, quotes, marks, strict=True)]
    if risk_level(findings) != drawn.level:
        return None
    patent = patent_id(drawn.claim.text)
    label = Label(
        regit_num=patent,
        comparisons=tuple(findings),
        risk_level=drawn.level,
        decision_reason=reason(elements, marks, quotes, random),
    )
    return Case(
        case_id=case_id,
        regit_num=patent,
        claim_text=drawn.claim.text,
        elements=tuple(elements),
        user_query=drawn.product.text,
        label=label,
        group=patent,
        tags=_tags(drawn, pair),
    )


def _is_unclear(drawn: Drawn) -> bool:
    """Say whether a fact of one role speaks of what the claim asks in another: then nobody can say who is meant."""
    if any(one.requirement.slot.endswith("/성분 한정") and one.state == "L" for one in drawn.asked) and _has_more(
        drawn
    ):
        return True
    silent = (one for one in drawn.asked if not one.has_evidence)
    if complete_list(drawn.facts) and any("/material/" in one.requirement.slot for one in silent):
        return True
    slots = {slot.name: slot for slot in drawn.scene.slots if isinstance(slot, MaterialSlot)}
    told = [fact for fact in drawn.facts if fact.slot in slots]
    wanted = [one.requirement for one in drawn.asked if one.requirement.slot in slots]
    pairs = ((one, fact) for one in wanted for fact in told if one.slot != fact.slot)
    return any(clashes(slots[one.slot].pool, one.value, fact.value) for one, fact in pairs)


def _has_more(drawn: Drawn) -> bool:
    """Say whether the text names ingredients beyond those that the claim asks for."""
    asked = {one.requirement.slot for one in drawn.asked}
    return drawn.telling.register.layout == "list" or any(
        fact.slot not in asked and fact.slot.split("/")[1] == "material" for fact in drawn.facts
    )


def patent_id(claim: str) -> str:
    """Return the number under which the corpus files a claim it made up."""
    return f"99{int(hashlib.sha256(claim.encode()).hexdigest(), 16) % 10**11:011}"


def _finding(element: str, quote: str | None, mark: Mark) -> ElementFinding:
    match, flags = match_and_flags(mark)
    return ElementFinding(patent_element=element, user_product_element=quote, match=match, flags=flags)


def _tags(drawn: Drawn, pair: str) -> tuple[str, ...]:
    mixed = "mixed" if drawn.telling.is_mixed or drawn.telling.register.language != drawn.language else drawn.language
    facts: Sequence[str] = sorted(set(twists(drawn)))
    return (
        drawn.scene.industry,
        f"scene:{drawn.scene.name}",
        f"language:{mixed}",
        f"elements:{len(drawn.asked)}",
        f"register:{drawn.telling.register.name}",
        f"block:{drawn.block}",
        f"pair:{pair}",
        *facts,
    )
