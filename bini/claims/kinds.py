"""What kind of limitation an element is: the first that fits, from words in its text."""

import re

from bini.claims.korean_grammar import clause_head
from bini.claims.nouns import Kind, Language
from bini.claims.references import EN_NUMBERS, KO_LIST

STEP_KO = re.compile(r"(?:단계|공정|과정|동작) ?(?:\([^()]{1,12}\))?$")
STEP_EN = re.compile(
    r"(?!where|which)(?:\(?[a-z\d]{1,3}[).] )?(?:[a-z-]{1,30} )?[a-z-]{2,20}ing\b|for each\b", re.IGNORECASE
)
REFERENCE = re.compile(rf"{KO_LIST}|claims? {EN_NUMBERS}")
NEGATIVE = re.compile(
    r"(?:포함|함유|첨가|사용|구비|존재)[하되]지 ?(?:않|아니)|무첨가|제외"
    r"|\bfree (?:of|from)\b|\b(?:is|are|do|does) not\b|\bwithout\b|\bexcluding\b|\bother than\b",
    re.IGNORECASE,
)
MARKUSH = re.compile(
    r"(?:군|그룹) ?(?:으로부터|으로 ?부터|에서|중에서|중) ?(?:선택|선정)"
    r"|중(?:에서)? ?(?:선택|선정|어느(?! ?한 ?항)|하나 이상|적어도|1 ?종)"
    r"|\b(?:selected|chosen) from\b|group consisting of|\b(?:at least one|one or more|any one) of\b",
    re.IGNORECASE,
)
RANGE = re.compile(
    r"[<>≤≥≦≧]|\d ?[^\s\d,;]{0,12} ?(?:내지|[~∼–-] ?\d|이상|이하|미만|초과|to (?:about )?[\d.])"
    r"|\b(?:less|more|greater|fewer|lower|higher) than (?:or equal to )?(?:about )?\d"
    r"|\bat (?:least|most) (?:about )?\d|\b(?:below|above|exceeds?) \d|\bup to \d|\bbetween (?:about )?\d"
)
COUNT = re.compile(r"\d ?(?:종|개|가지) ?이상")


def kind_of(text: str, language: Language, is_preamble: bool, is_method: bool) -> Kind:
    if is_preamble:
        return "preamble"
    text = REFERENCE.sub("", text)
    if is_method and (STEP_KO.search(text) if language == "ko" else STEP_EN.match(text)):
        return "step"
    if NEGATIVE.search(text):
        return "negative"
    if MARKUSH.search(text):
        return "markush"
    if RANGE.search(COUNT.sub("", text)):
        return "range"
    if text.lower().startswith(("wherein", "where ", "which ")):
        return "wherein"
    if language == "ko" and text.startswith("상기") and clause_head(text, 0) == "topic":
        return "wherein"
    return "element"
