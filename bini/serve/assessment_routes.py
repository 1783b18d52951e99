"""POST /v1/assessments and /v1/claims: one product against one claim or many; a claim's text into its elements."""

from fastapi import APIRouter, HTTPException, Request
from fastapi.concurrency import run_in_threadpool

from bini.claims import split_claims, with_parents
from bini.errors import BiniError
from bini.serve.answers import Gateway, answer_and_keep, case_of
from bini.serve.line import Line
from bini.serve.measures import Measures
from bini.serve.messages import AssessmentRequest, AssessmentResponse, ClaimText, Result, SplitClaim, problems
from bini.store import Origin


def assessment_routes(gateway: Gateway, line: Line, measures: Measures) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["assessments"])

    @router.post("/assessments", responses=problems(404, 502))
    async def create_assessment(asked: AssessmentRequest, request: Request) -> AssessmentResponse:
        """Answer one product against one claim, or against all of `patents`, riskiest first."""
        claims = asked.patents or [asked]
        if asked.patents and (asked.claim_text or asked.regit_num or asked.elements):
            raise HTTPException(422, "Give either one claim (claim_text, regit_num, elements) or patents, not both.")
        cases = [
            await run_in_threadpool(case_of, gateway, claim, asked.user_query, f"request-{number}")
            for number, claim in enumerate(claims)
        ]
        async with line.place(len(cases)):
            try:
                answered = await run_in_threadpool(answer_and_keep, gateway, measures, cases, request.state.caller)
            except BiniError as error:
                raise HTTPException(502, str(error)) from error
        return _response(gateway, *answered)

    @router.post("/claims", responses=problems())
    async def split(asked: ClaimText) -> list[SplitClaim]:
        """Take a text of one claim or more apart, into what a chart's rows would be."""
        try:
            return await run_in_threadpool(_split, asked.claim_text)
        except BiniError as error:
            raise HTTPException(422, str(error)) from error

    return router


def _response(gateway: Gateway, results: list[Result], origin: Origin) -> AssessmentResponse:
    first = results[0]
    if first.assessment is None:
        is_too_long = "max_model_len" in (first.error or "")
        raise HTTPException(422 if is_too_long else 502, first.error or "The model's answer could not be read.")
    return AssessmentResponse(
        assessment=first.assessment,
        results=results,
        model=gateway.recipe.name,
        model_version=origin.model_version,
        prompt_sha256=origin.prompt_sha256,
    )


def _split(text: str) -> list[SplitClaim]:
    claims = split_claims(text)
    try:
        charted = with_parents(claims)
    except BiniError:  # a parent that was not pasted: the claim's own elements are still worth showing
        charted = [claim.elements for claim in claims]
    return [
        SplitClaim(
            number=claim.number,
            depends_on=list(claim.depends_on),
            text=claim.text.strip(),
            elements=[element.text for element in elements],
        )
        for claim, elements in zip(claims, charted, strict=True)
    ]
