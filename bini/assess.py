"""The heart: cases and an engine in, predictions out. Evaluation, benchmark, server and batch all call `assess`.

The model fills in the chart, and looks again where the recipe says so; code does the rest: a quote that the product text does not hold is rejected, the grade
follows from the chart by the decision table, and the reason is composed from the chart where the recipe says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bini.cases import elements_for
from bini.engine import Answerer, Completion, Request
from bini.fitted import fitted_for, look_weights, with_probabilities_of
from bini.neutralise import neutralise
from bini.prompts import (
    ModelAnswer,
    answer_schema,
    copied_from,
    mark_likelihoods,
    mark_tokens,
    max_answer_tokens,
    messages,
    parse_answer,
    prompt_ids,
)
from bini.quotes import find_quote, nearest_quote, repeats_itself
from bini.reason import composed_reason
from bini.recipe import Recipe
from bini.rules import deciding_element, mark_of, match_and_flags, risk_level
from bini.schema import (
    BY_CODE,
    EQUIVALENTS,
    INVENTED_QUOTE,
    NO_EVIDENCE,
    Assessment,
    Case,
    ElementFinding,
    Mark,
    Prediction,
)
from bini.second_look import Looks, joined, looked_again
from bini.weighing import Likelihoods, Weights, is_settled, likeliest_chart, risk_probabilities, weighed_charts

DISCLAIMER = "법률 자문이 아닙니다. 침해 여부는 변리사 또는 변호사의 검토가 필요합니다."


def assess(cases: Sequence[Case], engine: Answerer, recipe: Recipe, *, guided: bool = True) -> list[Prediction]:
    """Answer every case, in order, in one batch. A prompt too long for the engine gives a prediction with an error."""
    requests = [request_for(case, engine, recipe, guided=guided) for case in cases]
    fits = [len(r.prompt_ids) + r.max_tokens <= recipe.engine.max_model_len for r in requests]
    asked = [(case, request) for case, request, fit in zip(cases, requests, fits, strict=True) if fit]
    completions = _completed(asked, engine, recipe)
    looks = looked_again([case for case, _ in asked], completions, engine, recipe)
    found = iter(zip(completions, looks, strict=True))
    return [
        _predicted(case, *next(found), engine, recipe) if fit else too_long(case, request, recipe)
        for case, request, fit in zip(cases, requests, fits, strict=True)
    ]


def _predicted(case: Case, completion: Completion, looks: Looks | None, engine: Answerer, recipe: Recipe) -> Prediction:
    num_elements = len(elements_for(case))
    likelihoods = mark_likelihoods(completion.steps, engine.tokenizer, num_elements, recipe.answer)
    return prediction(case, completion, recipe, likelihoods, looks)


def _completed(asked: Sequence[tuple[Case, Request]], engine: Answerer, recipe: Recipe) -> list[Completion]:
    """Return the engine's completions; a guided answer that repeats itself is asked for once more.

    What runs away is a quote. The second time it can only be copied from the product, so it ends; the tokens of both
    answers are counted.
    """
    found = engine.generate([request for _, request in asked])
    runaway = [i for i, (_, request) in enumerate(asked) if request.schema and _is_runaway(found[i])]
    if not runaway:
        return found
    again = engine.generate([replace(asked[i][1], copied=copied_from(asked[i][0], recipe.answer)) for i in runaway])
    for i, completion in zip(runaway, again, strict=True):
        tokens = found[i].generated_tokens + completion.generated_tokens
        found[i] = replace(completion, generated_tokens=tokens)
    return found


def _is_runaway(completion: Completion) -> bool:
    return completion.finish_reason == "length" or repeats_itself(completion.text)


def request_for(case: Case, engine: Answerer, recipe: Recipe, *, guided: bool = True) -> Request:
    """Return what the engine is asked about a case."""
    num_elements = len(elements_for(case))
    return Request(
        prompt_ids=prompt_ids(engine.tokenizer, messages(case, recipe.prompt, recipe.answer)),
        max_tokens=max_answer_tokens(num_elements, recipe.answer),
        schema=answer_schema(num_elements, recipe.answer) if guided else None,
        watched=tuple(mark_tokens(engine.tokenizer)) if recipe.watches else (),
        copied=copied_from(case, recipe.answer) if guided and recipe.engine.quotes == "copied" else None,
    )


def prediction(
    case: Case,
    completion: Completion,
    recipe: Recipe,
    likelihoods: Sequence[Likelihoods] | None = None,
    looks: Looks | None = None,
    weights: Weights | None = None,
) -> Prediction:
    """Turn what the model wrote into an assessment; an answer that cannot be parsed keeps its text and says why.

    `likelihoods` are those of the marks, per element; the recipe says whether they count (calibration.grade). `looks`
    are those of the second look; with them the marks are what both together hold for likeliest, by `weights` or what was
    fitted for the run.
    """
    elements = elements_for(case)
    written: dict[str, Any] = {
        "case_id": case.case_id,
        "raw_text": completion.text,
        "finish_reason": completion.finish_reason,
        "prompt_tokens": completion.prompt_tokens,
        "generated_tokens": completion.generated_tokens,
        "mark_likelihoods": likelihoods,
        "looks": looks,
    }
    try:
        answer = parse_answer(completion.text, len(elements), recipe.answer)
    except ValueError as error:
        return Prediction(assessment=None, error=str(error).splitlines()[0], **written)
    quotes = [quote for quote in answer.quotes if quote]
    if recipe.answer.second_look and likelihoods is not None and looks is not None:
        answer, likelihoods = joined(answer, likelihoods, looks, weights or look_weights(recipe))
    assessment = assessment_of(case, elements, answer, _settled(case) if recipe.answer.facts == "decided" else {})
    if recipe.answer.facts == "decided":
        assessment = _assessment(case, _held_to_quotes(case, assessment.comparisons), answer)
    if recipe.calibration.watches and likelihoods is not None:
        assessment = weighed(case, assessment, answer, likelihoods, recipe)
    return Prediction(
        assessment=assessment,
        model_risk_level=answer.risk_level,
        quotes=len(quotes),
        invented_quotes=sum(find_quote(quote, case.user_query) is None for quote in quotes),
        **written,
    )


def assessment_of(
    case: Case, elements: Sequence[str], answer: ModelAnswer, settled: Mapping[str, ElementFinding] | None = None
) -> Assessment:
    """Return the public answer: checked quotes, the rule's grade, the reason, and what is missing.

    `settled` holds findings that code is sure of, by element; they take the place of the model's.
    """
    findings = tuple(
        (settled or {}).get(element) or _finding(element, quote, mark, case.user_query)
        for element, quote, mark in zip(elements, answer.quotes, answer.marks, strict=True)
    )
    return _assessment(case, findings, answer)


def weighed(
    case: Case, assessment: Assessment, answer: ModelAnswer, likelihoods: Sequence[Likelihoods], recipe: Recipe
) -> Assessment:
    """Return the assessment with the grades' probabilities, and with the likeliest chart where the recipe says so."""
    from bini.facts import facts_about

    fitted = fitted_for(recipe, "marks")
    charts = weighed_charts(assessment.comparisons, likelihoods, facts_about(case), fitted.weights)
    if recipe.calibration.grade == "likeliest":
        chosen = likeliest_chart(charts)
        findings = tuple(
            f if is_settled(f) else _marked(f, m) for f, m in zip(assessment.comparisons, chosen, strict=True)
        )
        assessment = _assessment(case, findings, answer)
    return with_probabilities_of(assessment, fitted.honest(risk_probabilities(charts), assessment.risk_level), recipe)


def _marked(finding: ElementFinding, mark: Mark) -> ElementFinding:
    """Return the finding with another mark; the flags that went with the old one go."""
    if mark_of(finding) == mark:
        return finding
    match, flags = match_and_flags(mark)
    return ElementFinding(
        patent_element=finding.patent_element,
        user_product_element=finding.user_product_element,
        match=match,
        flags=flags,
    )


def _assessment(case: Case, findings: tuple[ElementFinding, ...], answer: ModelAnswer) -> Assessment:
    level = risk_level(findings)
    return Assessment(
        regit_num=case.regit_num,
        comparisons=findings,
        risk_level=level,
        decision_reason=answer.reason or composed_reason(findings, level),
        deciding_element=deciding_element(findings),
        missing_information=tuple(
            f"'{finding.patent_element}'을(를) 갖추었는지 알려 주는 자료"
            for finding in findings
            if finding.match == "판단불가"
        ),
        flags=tuple(dict.fromkeys(flag for finding in findings for flag in finding.flags)),
        model_risk_level=answer.risk_level if answer.risk_level != level else None,
    )


def _settled(case: Case) -> dict[str, ElementFinding]:
    """Return the findings that code is sure of, by element, each with a note that says so."""
    from bini.facts import decided_mark, facts_about, verdict

    findings = {}
    for element, facts in zip(elements_for(case), facts_about(case), strict=True):
        mark, fact = decided_mark(facts), verdict(facts)
        if mark is None or fact is None or (mark == "대응" and fact.quote is None):
            continue
        match, flags = match_and_flags(mark)
        findings[element] = ElementFinding(
            patent_element=element,
            user_product_element=fact.quote,
            match=match,
            flags=flags,
            note=f"{BY_CODE}: {fact.note}",
        )
    return findings


def _held_to_quotes(case: Case, findings: Sequence[ElementFinding]) -> tuple[ElementFinding, ...]:
    """Return the findings with what code says of the quotes behind a 대응: numbers in a range, kinds of goods, names."""
    from bini.facts import facts_about, subjects_of
    from bini.facts.evidence import mark_by_arithmetic, mark_by_denial, mark_by_kind, mark_by_name

    checked = []
    for finding, facts, is_subject in zip(findings, facts_about(case), subjects_of(case), strict=True):
        quote, found = finding.user_product_element, None
        if quote is not None and finding.match == "대응" and not is_settled(finding):
            found = mark_by_kind(finding.patent_element, quote) if is_subject else None
            for look in (mark_by_arithmetic, mark_by_denial, mark_by_name):
                found = found or look(finding.patent_element, case.regit_num, neutralise(quote), facts)
        if found is not None and found[0] != "대응":
            finding = _marked(finding, found[0]).model_copy(update={"note": f"{BY_CODE}: {found[1]}"})
        checked.append(finding)
    return tuple(checked)


def _finding(element: str, quote: str | None, mark: str, product: str) -> ElementFinding:
    found = (find_quote(quote, product) or nearest_quote(quote, product)) if quote else None
    if quote and found is None:
        return ElementFinding(patent_element=element, match="판단불가", flags=(INVENTED_QUOTE,))
    if mark == "대응" and found is None:
        return ElementFinding(patent_element=element, match="판단불가", flags=(NO_EVIDENCE,))
    match, flags = match_and_flags(mark)  # type: ignore[arg-type]  # parse_answer has checked it
    return ElementFinding(patent_element=element, user_product_element=found, match=match, flags=flags)


def too_long(case: Case, request: Request, recipe: Recipe) -> Prediction:
    """Return the prediction of a case whose prompt leaves no room for an answer."""
    return Prediction(
        case_id=case.case_id,
        assessment=None,
        raw_text="",
        finish_reason="too_long",
        prompt_tokens=len(request.prompt_ids),
        generated_tokens=0,
        error=f"prompt and answer need {len(request.prompt_ids) + request.max_tokens} tokens, "
        f"engine.max_model_len is {recipe.engine.max_model_len}",
    )


__all__ = [
    "DISCLAIMER",
    "EQUIVALENTS",
    "assess",
    "assessment_of",
    "prediction",
    "request_for",
    "too_long",
]
