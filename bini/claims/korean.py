"""A Korean claim into elements. Korean puts the subject last: "A; B; 및 C를 포함하는 <subject>".

The reading goes from the outside in:
1. the reference ("제1항에 있어서,") and the lead ("…장치에 있어서,") at the front, the subject at the end;
2. what is between falls into clauses: "A; 및 B를 포함하고," "상기 A는 …이고," "… 것을 특징으로 하는";
3. a clause that ends in a transition ("를 포함하는") is a list, and falls into items.
"""

import re
from dataclasses import replace

from bini.claims.korean_grammar import clause_head, is_adnominal, is_noun_phrase
from bini.claims.korean_items import cut_items
from bini.claims.korean_listings import FEATURE, Listing, find_listings
from bini.claims.nouns import Transition
from bini.claims.page import Page, Reading, Span
from bini.claims.references import KO_DEPENDENT

MAX_SUBJECT_CHARACTERS = 250
MAX_LEAD_CHARACTERS = 1000
MAX_PLAIN_LEAD_CHARACTERS = 120

STEPS_FOLLOW = re.compile(
    r" ?(?:다음|하기|이하)의? ?(?:[^,;:]{0,40} )?(?:단계|공정|과정|성분|구성|구성요소)(?:들)?"
    r"(?:[을를] (?P<open>포함|구비|함유)하는|으?로 (?:이루어진|구성된)) (?P<subject>[^,;:]{1,120}?) ?: ?"
)
DEFINITIONS = re.compile(r" ?: ?(?=<|\[|&|상기|하기|여기서)")
LEAD = re.compile(r"에 ?있어서? ?[,:;] ?")
PLAIN_LEAD = re.compile(r"으?로서 ?, ?")
NAMED_AGAIN = re.compile(r"(?:으?로서|이며|이고) ?, ?")
CLAUSE_END = re.compile(r"(?P<ending>[고며되로인]) ?[,;] ?|[고며] (?=상기|여기서|이때)|[,;] ?(?=여기서|이때|단,|다만)")
ASIDE = re.compile(r"여기서|이때|단,|다만")
SAYS_WHAT_IS_IN = re.compile(r"[^,;]{1,60}(?:포함|함유|첨가|사용|구비)하")
OR_ELSE = re.compile(r"이거나 ?[,;]")
SEMI_WORD = re.compile(r" ?(?:필수적|본질적|실질적)으로 ")
STEP_WORDS = ("단계", "공정", "과정", "동작", ";", "; ")
ADJECTIVES = ("인,", "운,", "높은,", "낮은,", "작은,", "많은,", "적은,", "같은,", "큰,", "긴,", "다른,", "빠른,")
BOUND_NOUNS = ("바와", "바 ", "경우", "상태", "후", "다음", "때")  # a verb before these still has no subject
SHARED_AMOUNT = re.compile(r"비로|비율로|혼합|조합|합계|합하여")


def cut_sentence(page: Page, start: int, end: int) -> Reading:
    """Cuts the sentence [start, end) of the page into elements; says what its subject and transition are."""
    start, end = page.trim(start, end)
    dependent = KO_DEPENDENT.match(page.text, start, end)
    if dependent:
        page.cut(*dependent.span())
        start = page.trim(dependent.end(), end)[0]
    steps = STEPS_FOLLOW.match(page.masked, start, end)
    if steps:
        return _cut_steps_after_subject(page, steps, end)
    definitions = DEFINITIONS.search(page.masked, start, end)
    if definitions and page.masked.find(";", start, definitions.start()) < 0:
        page.cut(*definitions.span())
        _cut_clauses(page, definitions.end(), end, [])
        end = definitions.start()
    return _cut_around_subject(page, start, end)


def _cut_steps_after_subject(page: Page, steps: re.Match[str], end: int) -> Reading:
    """다음 단계를 포함하는 <subject>: (a) …단계; …"""
    subject = page.trim(*steps.span("subject"))
    page.cut(steps.start(), subject[0])
    page.cut(subject[1], steps.end())
    cut_items(page, steps.end(), end, is_list=True)
    transition_span = page.trim(steps.start(), subject[0])
    return Reading(subject, frozenset({subject[1]}), "open" if steps["open"] else "closed", transition_span)


def _cut_around_subject(page: Page, start: int, end: int) -> Reading:
    listings = find_listings(page.masked, start, end)
    subject_start = _subject_start(page, start, end, listings)
    subject = page.trim(subject_start, end)
    page.cut(subject_start, subject[0])
    lead, body_start = _cut_lead(page, start, subject_start, subject)
    body = _cut_clauses(page, body_start, subject_start, [found for found in listings if found.end > body_start])
    named = frozenset({subject[1]}) if subject[0] < subject[1] else frozenset[int]()
    if lead is None:
        return replace(body, subject=subject, preamble_ends=named)
    is_named_again = _ends_with(page, lead.subject, subject)
    if is_named_again:
        page.cut(subject_start, end)
    leading = lead if lead.transition_span else body
    preamble_ends = lead.preamble_ends | named
    return replace(leading, subject=lead.subject if is_named_again else subject, preamble_ends=preamble_ends)


def _ends_with(page: Page, span: Span, subject: Span) -> bool:
    """Whether the phrase ends in the subject's very words, however they are spaced."""
    tail = page.text[max(span[0], span[1] - 2 * MAX_SUBJECT_CHARACTERS) : span[1]]
    return subject[0] < subject[1] and tail.replace(" ", "").endswith(page.text[slice(*subject)].replace(" ", ""))


def _mention(page: Page, end: int, subject: Span) -> int:
    """Where the subject's words begin that end at `end`, with the space before them."""
    for _ in page.text[slice(*subject)].replace(" ", ""):
        end = len(page.text[:end].rstrip()) - 1
    return end - (page.text[end - 1 : end] == " ")


def _cut_lead(page: Page, start: int, end: int, subject: Span) -> tuple[Reading | None, int]:
    """Cuts off what names the subject before the body, and says where the body begins.

    "…장치에 있어서," is one element even where it lists known parts (a Jepson claim). "…를 포함하는 양극으로서,"
    is a claim of its own, which the words after it narrow.
    """
    first_list = page.masked.find(";", start, end)
    lead_limit = min(first_list + 1 if first_list >= 0 else end, start + MAX_LEAD_CHARACTERS)
    found = LEAD.search(page.masked, start, lead_limit)
    if found and found.start() > start:
        page.cut(*found.span())
        return _plain_lead(page, start, found.start()), found.end()
    is_short = subject[1] - subject[0] <= MAX_SUBJECT_CHARACTERS
    for found in NAMED_AGAIN.finditer(page.masked, start, end if is_short else start):
        if _ends_with(page, (start, found.start()), subject):
            page.cut(*found.span())
            return _named_lead(page, start, found.start(), subject), found.end()
    found = PLAIN_LEAD.search(page.masked, start, min(lead_limit, start + MAX_PLAIN_LEAD_CHARACTERS))
    if found and is_noun_phrase(page.masked[start : found.start()]):
        page.cut(*found.span())
        return _plain_lead(page, start, found.start()), found.end()
    return None, start


def _named_lead(page: Page, start: int, end: int, subject: Span) -> Reading:
    """What stands before the first mention of the subject: a list that ends there, or words that belong to it."""
    mention = _mention(page, end, subject)
    listings = find_listings(page.masked, start, end)
    if not any(found.end == mention for found in listings):
        mention = min(mention, _subject_start(page, start, end, listings))
        if page.masked.find(",", start, mention) < 0 or not is_adnominal(
            page.masked[start:mention].rstrip(" ,").rsplit(" ", 1)[-1]
        ):
            return _plain_lead(page, start, end)
    named = page.trim(mention, end)
    page.cut(mention, named[0])
    return replace(_cut_clauses(page, start, mention, listings), subject=named, preamble_ends=frozenset({named[1]}))


def _plain_lead(page: Page, start: int, end: int) -> Reading:
    span = page.trim(start, end)
    return Reading(span, frozenset({span[1]}))


def _subject_start(page: Page, start: int, end: int, listings: list[Listing]) -> int:
    """Finds where the noun phrase begins that names what is claimed, after the last verb of the claim."""
    if page.masked.endswith("다", start, end):  # a definition at the end: "R1은 수소이다"
        return end
    low = max(start, end - MAX_SUBJECT_CHARACTERS, page.masked.rfind(";", start, end))
    first = PLAIN_LEAD.search(page.masked, start, min(low, start + MAX_PLAIN_LEAD_CHARACTERS))
    if first and _ends_with(page, (low, end), (start, first.start())):
        return _mention(page, end, (start, first.start()))
    features = [found.end() for found in FEATURE.finditer(page.masked, low, end) if found.end() < end]
    if features:
        return features[-1]
    finals = [found for found in listings if found.is_final and low <= found.end < end]
    for found in finals:
        if found.is_direct and page.masked.endswith(STEP_WORDS, start, found.list_end):
            return found.end
    for found in reversed(finals):
        if is_noun_phrase(page.masked[found.end : end]):
            return found.end
    return _after_last_modifier(page, start, low, end)


def _after_last_modifier(page: Page, start: int, low: int, end: int) -> int:
    """…생성하는, <subject>; else …기록된 <subject>; else all of it is the subject."""
    is_statement = clause_head(page.masked, start) == "topic"
    place, candidates = low, []
    for word in page.masked[low:end].split(" "):
        place += len(word) + 1
        is_modifier = is_adnominal(word.rstrip(","), or_light=is_statement) or word.endswith(ADJECTIVES)
        if is_modifier and place < end and not page.masked.startswith(BOUND_NOUNS, place):
            candidates.append((word.endswith(","), place))
    for with_comma in (True, False):
        for has_comma, place in reversed(candidates):
            if has_comma == with_comma and is_noun_phrase(page.masked[place:end]):
                return place
    return start


def _cut_clauses(page: Page, start: int, end: int, listings: list[Listing]) -> Reading:
    """Cuts [start, end) into clauses and each clause into items; says which transition came first."""
    for feature in FEATURE.finditer(page.masked, start, end):
        page.cut(feature.end("noun") if feature["noun"] else feature.start(), feature.end())
    closing = {found.end: found for found in listings if not found.is_final or found.end == end}
    is_alternative = bool(OR_ELSE.search(page.masked, start, end))  # "A는 0이고, B는 1이거나, …" is one statement
    last_list_end = max([found.end for found in closing.values() if found.is_direct], default=start)
    transitions = []
    for clause_end in CLAUSE_END.finditer(page.masked, start, end):
        stop = clause_end.start() + (clause_end[0][0] not in ",;")
        is_part = is_alternative and stop not in closing
        if is_part or not _begins_a_clause(page, clause_end, closing.get(stop), stop >= last_list_end):
            continue
        transitions += _cut_clause(page, start, stop, closing.get(stop))
        page.cut(stop, clause_end.end())
        start = clause_end.end()
    transitions += _cut_clause(page, start, end, closing.get(end))
    return Reading((end, end), frozenset(), *transitions[0]) if transitions else Reading((end, end), frozenset())


def _begins_a_clause(page: Page, clause_end: re.Match[str], listing: Listing | None, is_after_lists: bool) -> bool:
    """Whether a new statement begins here: "상기 A는" anywhere, any topic after a list, any subject after the last."""
    place = clause_end.end()
    if ASIDE.match(page.masked, place) or (listing and page.masked.endswith((";", "; "), 0, listing.list_end)):
        return True
    head = clause_head(page.masked, place)
    if head == "topic" and (page.masked.startswith("상기", place) or listing):
        return True
    if clause_end["ending"] in ("로", "인") or not is_after_lists:
        return False
    return head is not None or bool(SAYS_WHAT_IS_IN.match(page.masked, place))


def _cut_clause(page: Page, start: int, end: int, listing: Listing | None) -> list[tuple[Transition, Span]]:
    """Cuts one clause into items; returns its transition where it has one."""
    semi = SEMI_WORD.match(page.masked, start, end)
    if semi:
        page.cut(*semi.span())
        start = semi.end()
    is_statement = clause_head(page.masked, start) == "topic" and page.masked.find(";", start, end) < 0
    if listing is None or is_statement:
        cut_items(page, start, end, is_list=False)
        return []
    page.cut(listing.list_end if listing.is_direct else listing.keep_end, listing.end)
    if not SHARED_AMOUNT.search(listing.role):
        cut_items(page, start, listing.list_end, is_list=True)
    return [("semi" if semi else listing.transition, page.trim(listing.list_end, listing.end))]
