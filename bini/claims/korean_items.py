"""A Korean list into its items: the part of a claim that stands before "를 포함하는".

Drafters mark items in one of four ways, and the strongest sign present decides: a semicolon; a step ("…단계,");
the particle with a comma ("…하우징과, …덮개와,"); commas with 및 at the end ("A, B 및 C").
"""

import re

from bini.claims.korean_grammar import ends_an_item, is_adnominal, joins_nouns
from bini.claims.page import Page, Span

SEMICOLON = re.compile(
    r"(?<!거나);(?! ?(?:또는|혹은|(?:[을를이가은는의에인]|으?로) )) ?(?:(?:및|그리고|또한)(?: ?,)? ?)?"
)
STEP = re.compile(
    r"(?:단계|공정|과정|동작)(?: ?\([^()]{1,12}\))?"
    r"(?P<separator>[와과]? ?[,;](?! ?(?:또는|혹은|[을를로인] |으로 )) ?(?:(?:및|그리고)(?: ?,)? ?)?"
    r"| 및 ?(?=[상(]|[a-z]\))| (?=\([a-z]\)))"
    r"|[는한된] (?:단계|공정|과정)(?P<and> 및 )"
)
STEP_LAST = re.compile(r"(?:단계|공정|과정|동작)(?: ?\([^()]{1,12}\))? ?;? ?$")
PARTICLE_COMMA = re.compile(r"(?P<separator>[와과] ?, ?(?:및 |그리고 )?)")
LAST_AND = re.compile(r" (?P<separator>및 ?,? ?(?=상기)|및 ?, ?)")
COMMA_OR_AND = re.compile(
    r" ?(?P<comma>(?<!\d),|,(?!\d)) ?(?:(?:및|그리고) )?(?=[^ ])|(?<= )(?P<and>(?:및|그리고) |및(?=상기))"
)
NOT_A_NEW_ITEM = re.compile(r"(?:기타|불가피|이의|이들의|그의|그 |예를 들|바람직|또는|더욱|보다)")
ALTERNATIVES = re.compile(
    r"(?:군|그룹) ?(?:으로부터|으로 ?부터|에서|중에서|중)"
    r"|중(?:에서)? ?(?:선택|선정|어느|하나|적어도|1종|1 종|일종)| 또는 | 혹은 "
)
HAS = re.compile(r"(?:포함하|함유하|구비하|갖|가지)는 ")  # "A를 포함하는 B, C를 포함하는 D" are two
MIXED = re.compile(r" (?:혼합|복합)(?:물|추출물|분말|체)$")  # "A, B 및 C 복합추출물" is one thing
RELATION = re.compile(r"(?:[가-힣]의 |사이|동일|함께|같이|대비)")


def cut_items(page: Page, start: int, end: int, *, is_list: bool) -> None:
    """Cuts [start, end) between its items. Without `is_list` only signs that no clause would hold are used."""
    if STEP_LAST.search(page.masked, max(start, end - 30), end) and _cut_steps(page, start, end, is_list):
        return
    if not is_list and ALTERNATIVES.search(page.masked, max(start, end - 30), end):
        return  # "상기 A는 B; C; 및 D 중에서 선택된"
    if (
        _cut_semicolons(page, start, end)
        or _cut_steps(page, start, end, is_list)
        or _cut_particles(page, start, end, 1 if is_list else 2)
    ):
        return
    if is_list:
        _cut_commas(page, start, end) or _cut_joined_nouns(page, start, end)


def _cut_semicolons(page: Page, start: int, end: int) -> bool:
    """Cuts at each semicolon and the 및 after it; says whether that made more than one element."""
    num_items = 1
    for found in SEMICOLON.finditer(page.masked, start, end):
        before = page.trim(start, found.start())[1]
        if joins_nouns(_last_word(page, start, before)):
            before -= 1
        page.cut(before, found.end())
        num_items += bool(page.masked[found.end() : end].strip()) if found.end() > end - 8 else 1
    return num_items > 1


def _last_word(page: Page, start: int, end: int) -> str:
    return page.masked[max(start, end - 40) : end].rsplit(" ", 1)[-1]


def _cut_steps(page: Page, start: int, end: int, is_list: bool) -> bool:
    """…단계; …단계, and no sign within a step. A statement may name steps with commas; a list parts them so."""
    found_all = STEP.finditer(page.masked, start, end)
    spans = [found.span("and" if found["and"] else "separator") for found in found_all]
    spans = [span for span in spans if is_list or not page.masked.startswith(",", span[0])]
    for span in spans:
        page.cut(*span)
    return bool(spans)


def _cut_particles(page: Page, start: int, end: int, at_least: int) -> bool:
    """A와, B와, C 및 상기 D."""
    spans = [
        found.span("separator")
        for found in PARTICLE_COMMA.finditer(page.masked, start, end)
        if joins_nouns(_last_word(page, start, found.start() + 1))
    ]
    if len(spans) < at_least:
        return False
    for span in spans:
        page.cut(*span)
    last = [found.span("separator") for found in LAST_AND.finditer(page.masked, spans[-1][1], end)]
    if last:
        page.cut(*last[-1])
    return True


def _cut_commas(page: Page, start: int, end: int) -> bool:
    """A, B 및 C; kept whole where the list only modifies something, or where it lists alternatives."""
    alternatives = [found.end() for found in ALTERNATIVES.finditer(page.masked, start, end)]
    separators = [
        found
        for found in COMMA_OR_AND.finditer(page.masked, alternatives[-1] if alternatives else start, end)
        if ends_an_item(_last_word(page, start, page.trim(start, found.start())[1]))
        and not NOT_A_NEW_ITEM.match(page.masked, found.end())
    ]
    has_and = any(found["and"] or "및" in found[0] or "그리고" in found[0] for found in separators)
    if not has_and and len(separators) < 2:
        first = separators[0] if separators else None
        if first is None or not _are_parallel(page.masked[start : first.start()], page.masked[first.end() : end]):
            return bool(alternatives)
    if len(separators) == 1 and separators[0]["and"]:
        _cut_joined_nouns(page, start, end)
    for found in _own_separators(page, separators, start, end):
        page.cut(*found.span())
    return True


def _own_separators(page: Page, separators: list[re.Match[str]], start: int, end: int) -> list[re.Match[str]]:
    """Leaves out the separators of a list within an item: "A, B 및 C를 함유하는 D, E 및 F" has three items."""
    own: list[re.Match[str]] = []
    before = page.masked[start : separators[0].start()] if separators else ""
    for found, next_start in zip(separators, [*[other.start() for other in separators[1:]], end], strict=True):
        item = page.masked[found.end() : next_start]
        own.append(found)
        if not (item.startswith("상기") or _are_parallel(before, item)) and _is_modified(item):
            own = []
        before = item
    return [] if own and MIXED.search(page.masked, own[-1].end(), end) else own


def _are_parallel(before: str, item: str) -> bool:
    """Whether two items are built alike: "A를 포함하는 B, C를 포함하는 D"; "소리를 듣는 마이크, 착용을 감지하는 센서"."""
    if HAS.search(item):
        return bool(HAS.search(before))
    noun = before.strip()
    if noun and _is_modified(item) and re.match(rf"{re.escape(noun)}[에의을를와과]", item):
        return True  # "본체, 본체에 결합된 덮개"
    return _is_modified(before) and _is_modified(item)


def _is_modified(item: str) -> bool:
    return any(is_adnominal(word) for word in item.split(" "))


def _cut_joined_nouns(page: Page, start: int, end: int) -> bool:
    """A와 B: two elements where both are plain nouns, one where a relation holds them ("A와 B의 혼합물")."""
    text = page.masked[start:end]
    if RELATION.search(text) or any(is_adnominal(word) or not ends_an_item(word) for word in text.split(" ") if word):
        return False
    spans: list[Span] = []
    place = start
    for word in text.split(" "):
        place += len(word)
        if joins_nouns(word) and place < end:
            spans.append((place - 1, place + 1))
        place += 1
    for span in spans:
        page.cut(*span)
    return bool(spans)
