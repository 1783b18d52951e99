"""From the text of one claim to a `Claim`: number, language, subject, transition, elements."""

import re
from dataclasses import replace

from bini.claims import english, korean
from bini.claims.kinds import kind_of
from bini.claims.nouns import Claim, ClaimElement, Language
from bini.claims.page import Page, Reading, Span, read
from bini.claims.references import english_references, korean_references, own_number
from bini.errors import BiniError

METHOD_KO = ("방법", "공법", "제법", "용도", "프로세스")
METHOD_EN = re.compile(r"\b(?:method|process|use)\b", re.IGNORECASE)
SENTENCE_END = re.compile(r"(?<=[가-힣])\.\s{0,8}(?=[^\s.,;:)])|(?<=[)\]])\.\s{0,8}(?=[^\W\d_])")
SUBJECT_HEAD_EN = re.compile(r" (?:for|of|to|that|which|in|by)\b|,")


def split_claim(text: str) -> Claim:
    """Takes one claim apart. Raises `BiniError` where there is no text; any other text has at least one element."""
    if not text.strip():
        raise BiniError("The claim is empty. A claim's text is expected; paste it as the patent office published it.")
    page = read(text)
    language = language_of(text)
    number, start = own_number(page)
    if start == len(page.text):
        number, start = None, 0
    reading = _cut(page, start, language)
    references = korean_references(page, start) if language == "ko" else english_references(page, start, number)
    preamble = page.text[slice(*reading.subject)]
    is_method = _is_method(preamble, language)
    return Claim(
        text=text,
        number=number,
        language=language,
        preamble=_verbatim(page, reading.subject),
        transition=reading.transition,
        transition_text=_verbatim(page, reading.transition_span),
        is_method=is_method,
        depends_on=tuple(reference for reference in references if reference != number),
        elements=_elements(page, start, language, reading, is_method, number),
    )


def elements_of(text: str) -> tuple[str, ...]:
    """The claim's elements as text, in order."""
    return tuple(element.text for element in split_claim(text).elements)


def language_of(text: str) -> Language:
    """Korean where every fifth letter is: a Korean claim on a compound is largely Latin."""
    num_korean = sum("가" <= character <= "힣" for character in text)
    num_latin = sum(character.isascii() and character.isalpha() for character in text)
    return "ko" if num_korean * 4 > num_latin else "en"


def _cut(page: Page, start: int, language: Language) -> Reading:
    """Cuts each sentence of the claim; the first, mostly the only one, says what is claimed."""
    cut_sentence = korean.cut_sentence if language == "ko" else english.cut_sentence
    ends = [found.end() for found in SENTENCE_END.finditer(page.masked, start)]
    starts = [start, *ends]
    readings = [cut_sentence(page, first, last) for first, last in zip(starts, [*ends, len(page.text)], strict=True)]
    for place in ends:
        page.cut(place)
    preamble_ends = frozenset[int]().union(*(reading.preamble_ends for reading in readings))
    return replace(readings[0], preamble_ends=preamble_ends)


def _verbatim(page: Page, span: Span | None) -> str:
    return page.original[slice(*page.source(*span))] if span and span[0] < span[1] else ""


def _is_method(preamble: str, language: Language) -> bool:
    if language == "ko":
        return preamble.rstrip(" ()").endswith(METHOD_KO)
    return bool(METHOD_EN.search(SUBJECT_HEAD_EN.split(preamble, maxsplit=1)[0]))


def _elements(
    page: Page, start: int, language: Language, reading: Reading, is_method: bool, number: int | None
) -> tuple[ClaimElement, ...]:
    spans = page.elements(start, len(page.text)) or [(0, len(page.text.rstrip()))]
    elements = []
    for span in spans:
        first, last = page.source(*span)
        kind = kind_of(page.text[slice(*span)], language, span[1] in reading.preamble_ends, is_method)
        elements.append(
            ClaimElement(text=page.original[first:last], start=first, end=last, kind=kind, claim_number=number)
        )
    return tuple(elements)
