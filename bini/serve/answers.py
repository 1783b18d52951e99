"""Assess and keep: what every route and job that answers goes through, so that what is told is what is kept."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from fastapi import HTTPException

from bini.assess import assess
from bini.engine import Answerer
from bini.glossary import glossary_in_force, glossary_with
from bini.recipe import Recipe
from bini.schema import RISK_LEVELS, Case, Prediction
from bini.serve.limits import Limits
from bini.serve.measures import Measures
from bini.serve.messages import ClaimAsked, Result
from bini.store import Origin, Patent, Store
from bini.store.origin import with_names


@dataclass(frozen=True)
class Gateway:
    """What a gateway is made of."""

    engine: Answerer
    recipe: Recipe
    store: Store
    origin: Origin
    upstream_url: str
    upstream_model: str
    known: tuple[Case, ...] = ()  # of the recipe: their claims can be asked about by number
    limits: Limits = field(default_factory=Limits)
    needs_key: bool = False
    allowed_hosts: tuple[str, ...] | None = None  # None: any name may be used for this machine


def answer_and_keep(
    gateway: Gateway, measures: Measures, cases: Sequence[Case], actor: str
) -> tuple[list[Result], Origin]:
    """Answer cases and keep what was answered; the results are riskiest first, with what they were answered by."""
    predictions, origin = answer(gateway, cases)
    measures.answered(predictions)
    results = [
        _result(gateway, case, prediction, origin, actor) for case, prediction in zip(cases, predictions, strict=True)
    ]
    return sorted(results, key=_rank), origin


def answer(gateway: Gateway, cases: Sequence[Case]) -> tuple[list[Prediction], Origin]:
    """Answer cases with the library's names in force, and say what they were answered by."""
    names = gateway.store.glossary()
    with glossary_in_force(names):
        predictions = assess(cases, gateway.engine, gateway.recipe)
    return predictions, with_names(gateway.origin, names, beyond=glossary_with())


def case_of(gateway: Gateway, asked: ClaimAsked, user_query: str, case_id: str = "request") -> Case:
    """Return the case of a product and a claim that is given by text or by number.

    Raises:
        HTTPException: 422 where the claim is not said, 404 where its number is not known.
    """
    elements = tuple(asked.elements) if asked.elements else None
    if asked.claim_text is not None:
        return Case(
            case_id=case_id,
            regit_num=asked.regit_num or "—",
            claim_text=asked.claim_text,
            user_query=user_query,
            elements=elements,
        )
    if asked.regit_num is None:
        raise HTTPException(422, "Say which claim: claim_text, or regit_num of a known patent.")
    patent = patent_of(gateway, asked.regit_num)
    if patent is None:
        raise HTTPException(404, f"No patent {asked.regit_num} is known here. Send claim_text.")
    return Case(
        case_id=case_id,
        regit_num=patent.regit_num,
        claim_text=patent.claim_text,
        user_query=user_query,
        elements=elements or patent.elements,
    )


def patent_of(gateway: Gateway, regit_num: str) -> Patent | None:
    """Return a patent by its number: from the library, else from the recipe's cases."""
    return gateway.store.patent(regit_num) or recipe_patents(gateway).get(regit_num)


def recipe_patents(gateway: Gateway) -> dict[str, Patent]:
    """Return the claims of the recipe's cases by number, with the elements their labels use."""
    patents: dict[str, Patent] = {}
    for case in gateway.known:
        labelled = tuple(c.patent_element for c in case.label.comparisons) if case.label else None
        patents.setdefault(
            case.regit_num,
            Patent(regit_num=case.regit_num, claim_text=case.claim_text, elements=case.elements or labelled),
        )
    return patents


def _result(gateway: Gateway, case: Case, prediction: Prediction, origin: Origin, actor: str) -> Result:
    if prediction.assessment is None:
        gateway.store.log_no_answer(case.regit_num, actor)
        return Result(regit_num=case.regit_num, claim_text=case.claim_text, assessment=None, error=prediction.error)
    kept = gateway.store.keep(case, prediction.assessment, origin, actor)
    return Result(
        regit_num=case.regit_num,
        claim_text=case.claim_text,
        assessment=kept.assessment,
        assessment_id=kept.assessment_id,
        input_sha256=kept.input_sha256,
        created_at=kept.created_at,
    )


def _rank(result: Result) -> int:
    return RISK_LEVELS.index(result.assessment.risk_level) if result.assessment else len(RISK_LEVELS)
