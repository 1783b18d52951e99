"""The nouns of the room: a claim and its elements."""

from typing import Literal

from bini.schema import Record

Kind = Literal["preamble", "step", "negative", "markush", "range", "wherein", "element"]
Transition = Literal["open", "closed", "semi"]
Language = Literal["ko", "en"]


class ClaimElement(Record):
    """One row of a claim chart. `text` is `claim.text[start:end]` of the claim numbered `claim_number`.

    `kind` is the first that fits: preamble (the subject, or what a Jepson claim starts from), step (of a method),
    negative (something must be absent), markush (one of a closed list), range (a bound on a number),
    wherein (a statement about something already named), element (anything else that must be there).
    """

    text: str
    start: int
    end: int
    kind: Kind
    claim_number: int | None = None


class Claim(Record):
    """One claim, taken apart. `transition` is "open" where the claim has none, the reading that covers more."""

    text: str
    number: int | None
    language: Language
    preamble: str
    transition: Transition
    transition_text: str  # verbatim; "" where the claim has none
    is_method: bool
    depends_on: tuple[int, ...]
    elements: tuple[ClaimElement, ...]
