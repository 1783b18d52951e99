"""Several claims: finds them in one text, and gives a dependent claim the elements of its parents."""

import re
from collections.abc import Sequence
from itertools import pairwise

from bini.claims.nouns import Claim, ClaimElement
from bini.claims.split import SENTENCE_END, language_of, split_claim
from bini.errors import BiniError

BOXED = re.compile(
    r"[\[【<(] ?(?:청구항|claim) ?(\d{1,4}) ?[\]】>)]|(?:^|(?<=\n))[ \t]{0,8}(?:청구항|claim)[ \t]?(\d{1,4}) ?[.:]",
    re.IGNORECASE,
)
PLAIN = re.compile(r"(?:^|(?<=\n)|(?<=[.;]\s)|(?<=[.;]))[ \t]{0,8}(\d{1,4}) ?(?:\. ?(?=[^\W\d_]|[\[(])|: (?=[A-Z]))")
HEADING = re.compile(
    r"(?:what (?:is|are) claimed(?: is)?|(?:i|we) claim|the invention claimed is|claims?"
    r"|(?:특허 ?)?청구의? ?범위|청구항)?",
    re.IGNORECASE,
)
REFERENCE = re.compile(r"(?:제 ?\d{1,3} ?항|청구항 ?\d{1,3})")
MAX_NUMBER_STEP = 100  # a larger jump is not the next claim's number


def split_claims(text: str) -> list[Claim]:
    """Finds the claims in a text and takes each apart. A claim's offsets count in its own `Claim.text`.

    Claims are told apart by their numbers ("[청구항 1]", "Claim 1.", "1."). A Korean text without numbers is told
    apart at its full stops, for a claim is one sentence; those claims have no number.
    """
    if not text.strip():
        raise BiniError(
            'The text holds no claim. Expected one claim or more, each with its number: "1. …" or "[청구항 1] …".'
        )
    starts = _claim_starts(text)
    pieces = [text[start:end] for start, end in pairwise([*starts, len(text)])]
    return [split_claim(piece) for piece in pieces if piece.strip()]


def _claim_starts(text: str) -> list[int]:
    numbered = list(BOXED.finditer(text)) or list(PLAIN.finditer(text))
    starts: list[int] = []
    last_number = 0
    for found in numbered:
        number = int(next(group for group in found.groups() if group))
        if last_number < number <= last_number + MAX_NUMBER_STEP:
            starts.append(found.start())
            last_number = number
    if not starts and language_of(text) == "ko":
        return [0, *[found.end() for found in SENTENCE_END.finditer(text) if _ends_a_claim(text, found)]]
    if not starts or not HEADING.fullmatch(text[: starts[0]].strip(" \t\n\r:")):
        return [0, *[start for start in starts if start]]
    return starts


def _ends_a_claim(text: str, found: re.Match[str]) -> bool:
    """Unlike the full stop of a definition within a claim: "…이다. 상기 식에서"."""
    return text[found.start() - 1] not in "다음임됨함" or bool(REFERENCE.match(text, found.end()))


def with_parents(claims: Sequence[Claim]) -> list[tuple[ClaimElement, ...]]:
    """Gives each claim the elements of its whole chain, oldest parent first; an independent claim has only its own.

    An element that an ancestor already has word for word is not repeated, nor is a subject that only refers back
    ("The composition"). Where a claim names parents in the alternative ("제1항 또는 제2항"), its chain goes through
    the first. Offsets count in the claim that `ClaimElement.claim_number` names.
    Raises `BiniError` where a parent is missing or claims refer to each other.
    """
    by_number = {claim.number: claim for claim in claims if claim.number is not None}
    return [_chain_elements(_chain(claim, by_number)) for claim in claims]


def _chain(claim: Claim, by_number: dict[int, Claim]) -> list[Claim]:
    chain = [claim]
    passed = {claim.number}
    while chain[0].depends_on:
        number = chain[0].depends_on[0]
        if number not in by_number:
            raise BiniError(
                f"Claim {chain[0].number or '(unnumbered)'} depends on claim {number}, which the text does not hold. "
                f"Add claim {number}: a dependent claim has all elements of its parent."
            )
        if number in passed:
            raise BiniError(f"Claims {number} and {chain[0].number} depend on each other. Correct their references.")
        chain.insert(0, by_number[number])
        passed.add(number)
    return chain


def _chain_elements(chain: list[Claim]) -> tuple[ClaimElement, ...]:
    elements: list[ClaimElement] = []
    for claim in chain:
        known = {_key(element.text) for element in elements}
        subjects = [element.text for element in elements if element.kind == "preamble"]
        for element in claim.elements:
            refers_back = element.kind == "preamble" and any(
                _refers_back(element.text, subject) for subject in subjects
            )
            if _key(element.text) not in known and not refers_back:
                elements.append(element)
    return tuple(elements)


def _key(text: str) -> str:
    return "".join(text.split()).lower()


def _refers_back(subject: str, earlier: str) -> bool:
    """Whether the subject says nothing that an earlier one has not: "The composition", "조성물"."""
    words = set(re.findall(r"\w+", subject.lower())) - {"a", "an", "the", "said"}
    return words <= set(re.findall(r"\w+", earlier.lower())) or _key(earlier).endswith(_key(subject))
