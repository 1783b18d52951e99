"""What a number measures, as far as the words beside it say: "평균 입경 10 내지 50 ㎛" measures 평균 입경.

A name is a verbatim slice. It stands before the quantity (나이아신아마이드 5%, a thickness of 10 µm), or behind it
where nothing before can be a name (5%의 나이아신아마이드, 5 wt% of niacinamide). These are rules of thumb over words,
no parser stands behind them; where they find nothing the name is empty.
"""

import re

from bini.quantities.plain import simplify
from bini.quantities.quantity import Kind, Quantity
from bini.quantities.units import unit_at

WINDOW = 120  # characters before and behind a quantity
MAX_WORDS = 7
SELF_NAMED: frozenset[Kind] = frozenset({"ph", "spf", "pa"})
SELF_NAME = re.compile(r"[A-Za-zＡ-Ｚａ-ｚ]+|자외선\s?차단\s?지수")
IN_CHAIN = re.compile(r"[<≤≥>;]=?\s*([A-Za-zΑ-Ωα-ω가-힣][^<>≤≥&]*?)\s*(?:[<>≤≥]|&[lg]t)")  # 18 µm ≤ D50 < 21 µm
EDGES = frozenset(";,。\n")
WORD = re.compile(r"(?:[^\s;,。]|,(?=[0-9]))+|[;,。\n]")

# 전체 중량에 대하여, 커드 100중량부를 기준으로: the base that a share is of; the name stands before it.
BASE = re.compile(r"(?:에\s?대하여|에\s?대해|대비|기준으로|기준)[\s,]*$")
TOPIC = re.compile(r"[가-힣A-Za-z)](?<![하되있없갖지않높많같적깊낮])[은는을를](?=[\s,])")
OPENER = re.compile(r"[\s:=|(\[~∼-]+$")
PARTICLE = re.compile(r"(?<=[가-힣A-Za-z0-9)])(?:은|는|(?<![길높넓깊차])이|가|을|를|의)$")
KOREAN_STOP = re.compile(  # a word with such an end belongs to something else than the name
    r"(?:은|는|을|를|에|에서|[^가-힣]로|으로|와|과|하여|하고|되고|이고|이며|하며|되며|이거나|한|된|하는|되는|갖는|있는|있어서|중|각각|또한|후|및|또는|혹은)$"
)
NO_NAME = re.compile(  # what stands behind a number and is no thing: 5% 함유, 10분 동안
    r"(?:함유|포함|첨가|배합|사용|농도|함량|비율|비로|수준|범위|이상|이하|단위|동안|간격|정도|이내|내지|약|및|또는|중|더|씩)"
)
VERB = re.compile(r"(?:하는|하여|하고|한|된|되는|되어|시킨|시키는|시켜|하며|이고|이며|인|일)$")
LEADING = re.compile("상기|본|해당|각|그|이때|총|the|an?|said|each|of|its|and|in", re.IGNORECASE)
TAIL = re.compile(
    "is|are|was|were|be|being|of|at|in|to|from|any|number|with|by|an?|the|amounts?|concentration|content|level|"
    "range|ranging|set|present",
    re.IGNORECASE,
)
INNER = re.compile("of|the|an?", re.IGNORECASE)  # may stand between two words: pore size of the first membrane
ENGLISH_STOP = re.compile(
    f"{TAIL.pattern}|has|have|having|contain(?:s|ing)?|compris(?:es?|ing)|includ(?:es?|ing)|consist(?:s|ing)?|further|"
    "us(?:es?|ed|ing)|add(?:s|ed|ing)?|for|on|into|when|if|than|as|it|we|about|wherein|where|which|that|and|or|then|"
    "after|before|until|based|relative|heated|stirred|dried|mixed|cooled|wt|thereof|per|plus",
    re.IGNORECASE,
)
BASE_BEHIND = re.compile("total|whole|entire|composition|formulation|mixture|weight|mass|volume", re.IGNORECASE)
BEHIND = re.compile(r"\s?의\s+|\s+(?:of\s+)?|-")
BEHIND_END = re.compile(r"(?<=.)(?:을|를|이|가|은|는|에|에서|으로|로|와|과)$")
FIRST_WORD = re.compile(r"\s*(\S+)")
ENUMERATOR = re.compile(r"\(?(?:[a-zA-Z0-9]{1,3}|[가-하])\)|[0-9.,]+|[^\w(]+")


def measured_name(text: str, quantity: Quantity) -> str:
    """Return the noun phrase that a quantity of this text measures, "" where none is found beside it."""
    start, end = measured_span(text, quantity)
    return text[start:end]


def measured_span(text: str, quantity: Quantity) -> tuple[int, int]:
    """Return the offsets of the measured name; start and end are equal where none is found."""
    if quantity.kind in SELF_NAMED:
        own = SELF_NAME.search(quantity.text)
        return (quantity.start + own.start(), quantity.start + own.end()) if own else (quantity.start, quantity.start)
    chain = IN_CHAIN.search(quantity.text)
    if chain:
        return quantity.start + chain.start(1), quantity.start + chain.end(1)
    return _before(text, quantity.start) or _behind(text, quantity.end) or (quantity.start, quantity.start)


def _before(text: str, end: int) -> tuple[int, int] | None:
    """Read the name that ends where a quantity begins."""
    floor = max(0, end - WINDOW)
    base = BASE.search(text, floor, end)
    if base:
        topics = [topic.end() for topic in TOPIC.finditer(text, floor, base.start() + 1)]
        end = topics[-1] if topics else end
    opener = OPENER.search(text, floor, end)
    end = opener.start() if opener else end
    if text[end - 1 : end] == "," and text[end - 2 : end - 1] in set("은는이가"):  # 월든곱이, 2.5
        end -= 1
    words = [match.span() for match in WORD.finditer(text, floor, end)]
    if floor and words and words[0][0] == floor:
        words = words[1:]  # cut through by the window
    while words and TAIL.fullmatch(text, *words[-1]):
        words.pop()
    if not words or _stops(text, words, len(words) - 1, is_last=True):
        return None
    first = len(words) - 1
    while first > max(0, len(words) - MAX_WORDS) and not _stops(text, words, first - 1, is_last=False):
        first -= 1
    start, end = words[first][0], words[-1][1]
    particle = PARTICLE.search(text, start, end)
    return _without_leading(text, start, particle.start() if particle else end)


def _stops(text: str, words: list[tuple[int, int]], place: int, *, is_last: bool) -> bool:
    """True where a word ends the way back: it is punctuation, a verb, another thing's number, or its particle."""
    word = text[slice(*words[place])]
    if word in EDGES or word.endswith((".", ":", "!", "?")) or _is_amount(text, words, place):
        return True
    if ENGLISH_STOP.fullmatch(word):
        return is_last or INNER.fullmatch(word) is None
    if is_last:
        word = PARTICLE.sub("", word)
    return KOREAN_STOP.search(word) is not None or not re.search(r"\w", word)


def _is_amount(text: str, words: list[tuple[int, int]], place: int) -> bool:
    """True for 40%, 100중량부에, and for the mm of 10 mm; false for 1,2-헥산다이올 and the 20 of 폴리소르베이트 20."""
    word = simplify(text[slice(*words[place])]).text
    number = re.match(r"[~(-]?[0-9][0-9.,]*(?:[~-][0-9][0-9.,]*)?", word)
    if number:
        return number.end() < len(word) and not re.match(r"-?[A-Za-z가-힣]*-[A-Za-z가-힣]", word[number.end() :])
    previous = text[slice(*words[place - 1])] if place else ""
    return bool(re.search(r"[0-9]$", previous)) and unit_at(word, 0) is not None


def _behind(text: str, start: int) -> tuple[int, int] | None:
    """Read the name that begins where a quantity ends: 5%의 나이아신아마이드, 5 wt% of niacinamide."""
    ceiling = start + WINDOW
    opener = BEHIND.match(text, start, ceiling)
    if opener is None:
        return None
    words = [match.span() for match in WORD.finditer(text, opener.end(), ceiling)]
    end = begin = opener.end()
    for place, (word_start, word_end) in enumerate(words[:MAX_WORDS]):
        word = text[word_start:word_end]
        plain = word.rstrip(").:;!?")
        if place == 0 and (NO_NAME.match(word) or word.isnumeric()):
            return None
        if word in EDGES or (ENGLISH_STOP.fullmatch(word) and not (place == 0 and INNER.fullmatch(word))):
            break
        if BASE_BEHIND.fullmatch(plain) or VERB.search(plain) or "(" in word or _is_amount(text, words, place):
            break
        particle = BEHIND_END.search(plain)
        end = word_start + (particle.start() if particle else len(plain))
        if plain != word or particle:
            break
    return _without_leading(text, begin, end)


def _without_leading(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Drop 상기, the, and lone numbers and brackets from the front of a name; None where nothing is left."""
    while start < end:
        word = FIRST_WORD.match(text, start, end)
        if word is None:
            return None
        if not (LEADING.fullmatch(word[1]) or ENUMERATOR.fullmatch(word[1])):
            return word.start(1), end
        start = word.end()
    return None
