"""An English claim into elements: "<subject>, comprising: A; B; and C, wherein A is …".

1. the subject up to the transition, and the reference of a dependent claim in it;
2. the body at its semicolons, its wherein clauses and its heads ("a controller configured to:");
3. where there is no semicolon, a list at its commas.
"""

import re

from bini.claims.english_items import cut_commas, cut_labels
from bini.claims.nouns import Transition
from bini.claims.page import Page, Reading
from bini.claims.references import EN_REFERENCE

MAX_SUBJECT_CHARACTERS = 600
MAX_CONDITION_CHARACTERS = 200
STRONG = re.compile(
    r"(?:,? ?(?:which |that |and )?)?\b(?:the improvement )?(?:further )?"
    r"(?:(?P<semi>consist(?:s|ing)? essentially of)|(?P<closed>(?:consist(?:s|ing)?|composed) (?:only |solely )?of)"
    r"|compris(?:ing|es|e)(?!d)|(?P<feature>characteri[sz]ed (?:in that|by)))\b"
    r"(?:,? (?:at least )?(?:the |one or more )?(?:following )?(?:steps?|acts?)(?: of)?(?= ?:| \w{1,30}ing\b))?"
    r"(?: the following)? ?:? ?",
    re.IGNORECASE,
)
WEAK = re.compile(
    r"(?:, ?)?\b(?:further )?(?:including|includes|containing|contains|having|has)\b ?:? ?", re.IGNORECASE
)
SUBJECT_AGAIN = re.compile(r",? (?:the|said) (?P<words>[^,;:]{1,80})$", re.IGNORECASE)
CLAUSE = re.compile(
    r"(?:,? and|,)? ?\b(?:(?P<kept>wherein)\b(?P<list> ?:)?|(?P<word>characteri[sz]ed in that))"
    r"|,(?: and)? (?P<where>where)\b"
    r"|,(?: and)? (?P<which>which (?!is|are|has|have|can|may|comprise|include|was|were|in turn)\w)"
    r"|,(?: and)? (?P<use>(?:adapted|suitable|intended|formulated) (?:for|to))",
    re.IGNORECASE,
)
STATEMENT = re.compile(
    r"(?<!\. ),(?: and)? (?=(?!each of which)(?:(?:the|said|each|an?)(?: [^\s,;:]{1,30}){1,8}?"
    r"|(?!and |or |it |this |there |which )[A-Za-z]\w{0,5})"
    r" (?:is|are|has|have|comprises?|represents?|denotes?|satisf(?:y|ies)|includes?|consists?)\b)"
)
CONDITION = re.compile(
    r"\b(?:when|if|during|upon|after|before|while|once|in response|for each|in an?|at|based|prior)\b[^,]*$",
    re.IGNORECASE,
)
SEMICOLON = re.compile(r" ?;(?! ?(?:and/)?or\b) ?(?:and\b ?,? ?)?")
HEAD_END = re.compile(r"(?<=[a-z)])(?<!NO) ?:(?= )")
THING = re.compile(
    r" ?(?:an?|the|said|at least|one or more|two|each|memory|\(?[a-z]\)|[a-z]+ configured)\b(?! of)", re.IGNORECASE
)
MADE = re.compile(r"\b(?:obtain\w*|produc\w*|made|prepared|manufactured|using|uses?|with|by|containing|comprising)\b")


def cut_sentence(page: Page, start: int, end: int) -> Reading:
    """Cuts the sentence [start, end) of the page into elements; says what its subject and transition are."""
    start, end = page.trim(start, end)
    clause_start = next((found.start() for found in CLAUSE.finditer(page.masked, start, end) if _narrows(found)), end)
    reference = EN_REFERENCE.search(page.masked, start, min(clause_start, start + MAX_SUBJECT_CHARACTERS))
    if reference and not MADE.search(page.masked, start, reference.start()):
        page.cut(*reference.span())
        after = reference.end()
        transition = STRONG.match(page.masked, after, end) or WEAK.match(page.masked, after, end)
        subject = page.trim(start, reference.start())
    else:
        transition = _transition(page, start, clause_start, end)
        after = transition.start() if transition else _subject_end(page, start, end)
        if clause_start < after:
            _cut_segment(page, clause_start, after, is_statement=False, has_semicolons=True)
            after = clause_start
        subject = page.trim(start, _without_subject_again(page, start, after))
    body = transition.end() if transition else after
    page.cut(subject[1], after)
    if transition:
        page.cut(*transition.span())
    _cut_body(page, body, end)
    if not transition:
        return Reading(subject, frozenset({subject[1]}))
    return Reading(subject, frozenset({subject[1]}), _kind(transition), page.trim(*transition.span()))


def _narrows(clause: re.Match[str]) -> bool:
    return bool(clause["kept"] or clause["where"])


def _transition(page: Page, start: int, clause_start: int, end: int) -> re.Match[str] | None:
    """The first transition before any wherein; or "…, wherein it is …, and comprises:", or a weaker verb or colon."""
    for strong in STRONG.finditer(page.masked, start + 1, end):
        if strong.start() < clause_start or re.match(r",? ?and .*: ?$", strong[0]):
            return strong
    return WEAK.search(page.masked, start + 1, clause_start) or HEAD_END.search(page.masked, start, clause_start)


def _kind(transition: re.Match[str]) -> Transition:
    if transition.re is not STRONG or not (transition["semi"] or transition["closed"]):
        return "open"
    return "semi" if transition["semi"] else "closed"


def _without_subject_again(page: Page, start: int, end: int) -> int:
    """Where the subject ends in "A method for baking bread, the method"."""
    low = max(start, end - 100)
    again = SUBJECT_AGAIN.search(page.text[low:end])
    if again and set(again["words"].lower().split()) <= set(page.text[start : low + again.start()].lower().split()):
        return low + again.start()
    return end


def _subject_end(page: Page, start: int, end: int) -> int:
    """Where the subject ends in a claim without a transition."""
    clause = CLAUSE.search(page.masked, start, end)
    semicolon = page.masked.find(";", start, end)
    return min(clause.start() if clause else end, semicolon if semicolon >= 0 else end)


def _cut_body(page: Page, start: int, end: int) -> None:
    has_semicolons = False
    is_statement = False
    for found in [*SEMICOLON.finditer(page.masked, start, end), None]:
        stop = found.start() if found else end
        has_semicolons = has_semicolons or found is not None
        is_statement = _cut_segment(page, start, stop, is_statement, has_semicolons)
        if found:
            page.cut(*found.span())
            start = found.end()


def _cut_segment(page: Page, start: int, end: int, is_statement: bool, has_semicolons: bool) -> bool:
    """Cuts what stands between two semicolons; says whether it ended in statements ("wherein: A is …")."""
    for clause in [*CLAUSE.finditer(page.masked, start, end), None]:
        stop = clause.start() if clause else end
        _cut_heads(page, start, stop)
        cut_labels(page, start, stop)
        if is_statement:
            _cut_statements(page, start, stop)
        elif not has_semicolons:
            cut_commas(page, start, stop)
        if clause:
            start = next(clause.start(group) for group in ("kept", "word", "where", "which", "use") if clause[group])
            page.cut(stop, clause.end() if clause["list"] or clause["word"] else start)
            is_statement = not clause["use"]
    return is_statement


def _cut_heads(page: Page, start: int, end: int) -> None:
    """a controller configured to: | A; | B"""
    for found in HEAD_END.finditer(page.masked, start, end):
        if THING.match(page.masked, start):
            page.cut(*found.span())


def _cut_statements(page: Page, start: int, end: int) -> None:
    """wherein A is X, | B is Y, and | C is Z; a condition stays with what it is a condition of."""
    for found in STATEMENT.finditer(page.masked, start, end):
        last_phrase = page.masked[max(start, found.start() - MAX_CONDITION_CHARACTERS) : found.start()]
        if not CONDITION.search(last_phrase):
            page.cut(*found.span())
