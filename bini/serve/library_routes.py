"""The library: patents that can be asked about by number, and names added to the glossary."""

from typing import Annotated

from fastapi import APIRouter, Body, HTTPException, Path, Request

from bini.errors import BiniError
from bini.serve.answers import Gateway, patent_of, recipe_patents
from bini.serve.messages import LibraryPatent, PatentBody, problems
from bini.store import GlossaryAddition, Patent

RegitNum = Annotated[str, Path(min_length=1, max_length=40, pattern=r"^[\w.,\-]+$")]
MAX_ADDITIONS = 5_000


def library_routes(gateway: Gateway) -> APIRouter:
    router = APIRouter(prefix="/v1/library", tags=["library"])
    store = gateway.store

    @router.get("/patents", responses=problems())
    def list_patents() -> list[LibraryPatent]:
        own = {patent.regit_num: _from(patent, "library") for patent in store.patents()}
        known = {number: _from(patent, "recipe") for number, patent in recipe_patents(gateway).items()}
        return list((known | own).values())

    @router.get("/patents/{regit_num}", responses=problems(404))
    def get_patent(regit_num: RegitNum) -> Patent:
        patent = patent_of(gateway, regit_num)
        if patent is None:
            raise HTTPException(404, "There is no such patent.")
        return patent

    @router.put("/patents/{regit_num}", responses=problems())
    def put_patent(regit_num: RegitNum, body: PatentBody, request: Request) -> Patent:
        """Keep a patent in place of what its number held."""
        elements = tuple(body.elements) if body.elements else None
        patent = Patent(regit_num=regit_num, claim_text=body.claim_text, title=body.title, elements=elements)
        return store.put_patent(patent, request.state.caller)

    @router.delete("/patents/{regit_num}", status_code=204, responses=problems(404))
    def delete_patent(regit_num: RegitNum, request: Request) -> None:
        if not store.delete_patent(regit_num, request.state.caller):
            raise HTTPException(404, "There is no such patent in the library.")

    @router.get("/glossary", responses=problems())
    def list_additions() -> list[GlossaryAddition]:
        return store.glossary_additions()

    @router.put("/glossary", responses=problems())
    def put_additions(
        additions: Annotated[list[GlossaryAddition], Body(max_length=MAX_ADDITIONS)], request: Request
    ) -> list[GlossaryAddition]:
        """Keep these additions in place of all there were; each is checked as the shipped glossary is."""
        try:
            store.put_glossary_additions(additions, request.state.caller)
        except BiniError as error:
            raise HTTPException(422, str(error)) from error
        return store.glossary_additions()

    return router


def _from(patent: Patent, source: str) -> LibraryPatent:
    return LibraryPatent.model_validate(patent.model_dump() | {"source": source})
