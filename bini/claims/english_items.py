"""An English list without semicolons into its items: "a cathode, an anode and an electrolyte".

A comma parts two items only where a new item visibly begins: an article, an amount, a label "b)", in a method a
verb in -ing; or where the whole list is short bare nouns ("sorbitol, xylitol and water").
"""

import re

from bini.claims.page import Page, Span

MAX_BARE_WORDS = 6
MAX_ITEM_CHARACTERS = 300
CHOICE = re.compile(
    r"\b(?:selected from|chosen from|group consisting of|combinations? of|mixtures? of"
    r"|(?:at least )?one(?: or more)? of|any of|either|such as|including|containing|e\.g)\b",
    re.IGNORECASE,
)
CONJUNCTION = re.compile(r"\b(?:and|or)\b")
JOINT = re.compile(r",? (?P<and>and) (?!/)|, ?")
LABEL = re.compile(r"\(?(?:[a-z]|[ivx]{1,4}|\d{1,2})\) ")
NEW_ITEM = re.compile(
    r"(?:an?|at least|at most|one|two|three|four|five|six|seven|eight|several|multiple|optionally|about|from|up to|less than|more than|no more than|greater than"
    r"|a plurality|[a-z][\w-]{1,30}(?: [\w-]{1,30}){0,3} (?:in an amount|(?:at|in) a concentration)"
    r"|\d[\d.,]{0,8}(?: ?(?:to|-|–) ?\d[\d.,]{0,8})?(?: ?%| ?[A-Za-z]{1,6})) ?\b",
    re.IGNORECASE,
)
GERUND = re.compile(
    r"(?:then )?(?:\(?[a-z]\) )?(?!thereby|using|including|comprising|having|being|containing|consisting)"
    r"(?!depending|resulting|according|during|forming|wherein)[a-z-]{2,20}ing\b"
)
NOT_A_NEW_ITEM = re.compile(
    r"(?:an?|one)(?: [\w-]{1,30}){1,5}? (?:being|thereof)\b|one or more of which|at least one of which"
)
OPEN_PHRASE = re.compile(
    r"\b(?:of|between|from|with|having|comprising|including|containing|both|to|into|by) "
    r"(?:an?|at least|one|two)\b"
)
VERB_OR_PREPOSITION = re.compile(
    r"\b(?:of|between|from|with|having|comprising|including|for|in|to|by|that|which|[a-z]+ed)\b"
)


def cut_commas(page: Page, start: int, end: int) -> None:
    """Cuts [start, end) between the items of its list, or leaves it whole."""
    joints = list(JOINT.finditer(page.masked, start, end))
    is_process = bool(GERUND.match(page.masked, start))
    if is_process:
        cuts = _gerunds(page, joints)
    elif _is_bare_list(page, start, end, joints):
        cuts = [joint.span() for joint in joints]
    else:
        cuts = _new_items(page, start, end, joints)
    for span in cuts:
        page.cut(*span)


def cut_labels(page: Page, start: int, end: int) -> None:
    """Cuts before each label: "a) a solvent, b) a salt and c) water", unlike "steps (a) and (b) are repeated"."""
    for joint in JOINT.finditer(page.masked, start, end):
        if LABEL.match(page.masked, joint.end()) and not page.masked.endswith(")", start, joint.start()):
            page.cut(*joint.span())


def _gerunds(page: Page, joints: list[re.Match[str]]) -> list[Span]:
    """mixing A with B, heating the mixture, and cooling it"""
    begun = [joint for joint in joints if GERUND.match(page.masked, joint.end())]
    is_serial = any(joint["and"] for joint in begun)
    return [
        joint.span() for joint in begun if is_serial and (joint["and"] is None or page.masked[joint.start()] == ",")
    ]


def _is_bare_list(page: Page, start: int, end: int, joints: list[re.Match[str]]) -> bool:
    if not joints or not joints[-1]["and"] or CHOICE.search(page.masked, start, end):
        return False
    edges = [start, *[joint.end() for joint in joints]]
    stops = [*[joint.start() for joint in joints], end]
    items = [page.masked[edge:stop] for edge, stop in zip(edges, stops, strict=True)]
    return all(len(item.split()) <= MAX_BARE_WORDS and not VERB_OR_PREPOSITION.search(item) for item in items[1:]) and (
        len(items) > 2 or not VERB_OR_PREPOSITION.search(items[0])
    )


def _new_items(page: Page, start: int, end: int, joints: list[re.Match[str]]) -> list[Span]:
    """a cathode, an anode and an electrolyte; the joints within a choice ("selected from A, B and C") stay."""
    spans: list[Span] = []
    choices = _choices(page, start, end)
    item_start = start
    for joint in joints:
        item = page.masked[max(item_start, joint.start() - MAX_ITEM_CHARACTERS) : joint.start()]
        has_comma = page.masked[joint.start()] == ","
        begins = NEW_ITEM.match(page.masked, joint.end()) and not NOT_A_NEW_ITEM.match(page.masked, joint.end())
        is_last = joint["and"] and has_comma and bool(spans)
        is_open = joint["and"] and not has_comma and OPEN_PHRASE.search(item)
        is_choice = any(first <= joint.start() < last for first, last in choices)
        if (begins or is_last) and not is_open and not is_choice:
            spans.append(joint.span())
            item_start = joint.end()
    return spans


def _choices(page: Page, start: int, end: int) -> list[Span]:
    """The lists to choose from: each up to its first "and" or "or", and all that is left where it has none."""
    choices = []
    place = start
    while found := CHOICE.search(page.masked, place, end):
        last = CONJUNCTION.search(page.masked, found.end(), end)
        place = last.end() if last else end
        choices.append((found.start(), place))
    return choices
