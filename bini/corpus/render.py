"""From facts to a product text, with the verbatim quote of every slot.

Every choice about a fact is drawn from a generator seeded by the product and the slot, so a product with one fact
changed reads the same elsewhere: that is what makes a minimal pair minimal.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from bini.corpus.korean import PAIRS, conjugate, with_particle
from bini.corpus.noise import spoil
from bini.corpus.nouns import Fact
from bini.corpus.registers import CHATTER_EN, CHATTER_KO, FILLERS_KO, Register

OPEN, MIDDLE, CLOSE = "\ue000", "\ue001", "\ue002"
MARKED = re.compile(f"{OPEN}([^{MIDDLE}]*){MIDDLE}|{CLOSE}")
SPLIT_ENDING = re.compile(r"^(.*[^\s])(한다|했다|된다|되었다|이다)$")
HEADS = ("구성", "주요 구성", "조성", "배합", "성분", "전성분", "처방(중량%)")
JOINTS = (
    "또한 ",
    "그리고 ",
    "한편 ",
    "아울러 ",
    "참고로 ",
    "다음으로 ",
    "이어서 ",
    "특히 ",
    "다만 ",
    "또, ",
    "물론 ",
    "그 밖에 ",
)
PLACE = re.compile(r"\{P(?::([^}]+))?\}")


@dataclass(frozen=True)
class Telling:
    """A product and how it is told."""

    kind: Fact | None  # None: the text is silent about the kind of product
    facts: tuple[Fact, ...]
    register: Register
    seed: str
    industry: str
    chatter: int = 0  # sentences that touch no slot
    is_mixed: bool = False  # some sentences in the other language
    noise: float = 0.0
    extras: tuple[str, ...] = ()  # ingredients that touch no slot, for lists


@dataclass(frozen=True)
class Text:
    """A product text and the slice that speaks for each slot."""

    text: str
    quotes: dict[str, str]


def render(telling: Telling) -> Text:
    """Write the product text."""
    random = Random(f"{telling.seed}:text")
    opener = _opener(telling, random)
    closer = random.choice(telling.register.closers)
    facts = sorted(telling.facts, key=lambda fact: Random(f"{telling.seed}:{fact.slot}:place").random())
    if telling.kind is not None and not telling.kind.items_ko:
        facts.insert(random.randrange(len(facts) + 1), telling.kind)
    layouts = {"prose": _prose, "bullets": _bullets, "spec": _spec, "list": _list, "chain": _chain}
    body = layouts[telling.register.layout](telling, facts, random)
    separator = "\n" if telling.register.layout in ("bullets", "spec") else " "
    parts = (opener, body, closer)
    if (telling.register.layout == "prose" and random.random() < 0.15) or telling.register.layout == "chain":
        parts = (opener, body, closer) if telling.register.layout == "chain" else (body, opener, closer)
    marked = separator.join(part for part in parts if part)
    if telling.noise:
        marked = spoil(marked, telling.noise, Random(f"{telling.seed}:noise"))
    return _unmarked(marked)


def _opener(telling: Telling, random: Random) -> str:
    kind, register = telling.kind, telling.register
    spoken, silent = random.choice(register.openers), random.choice(register.without)
    if kind is None or not kind.items_ko:
        return silent
    nouns = kind.items_ko if register.language == "ko" else kind.items_en
    noun = Random(f"{telling.seed}:{kind.slot}").choice(nouns)
    marked = f"{OPEN}{kind.slot}{MIDDLE}{noun}{CLOSE}"

    def placed(found: re.Match[str]) -> str:
        particle = found.group(1)
        if particle is None:
            return marked
        spoken_particle = with_particle(noun, particle)[len(noun) :] if particle in PAIRS else particle
        return marked + spoken_particle

    return PLACE.sub(placed, spoken)


def _prose(telling: Telling, facts: Sequence[Fact], random: Random) -> str:
    clauses = _with_chatter(telling, [_clause(telling, fact) for fact in facts], random)
    if telling.register.language == "en":
        return " ".join(_sentence_en(clause) for clause in clauses)
    sentences = []
    waiting = ""
    for index, (text, language) in enumerate(clauses):
        joins = random.random() < 0.35 and index + 1 < len(clauses) and clauses[index + 1][1] == "ko"
        if language == "en":
            sentences.append(waiting + _sentence_en((text, language)))
            waiting = ""
        elif joins and not waiting:
            waiting = conjugate(text, random.choice(("and", "and", "while", "but"))) + random.choice((" ", ", "))
        else:
            joint = random.choice(JOINTS) if sentences and random.random() < 0.3 else ""
            said = conjugate(text, telling.register.ending)
            sentences.append(joint + waiting + said + _full_stop(telling.register, random))
            waiting = ""
    if waiting:
        sentences.append(waiting.rstrip(", ") + ".")
    return re.sub(r"( /|,)$", ".", " ".join(sentences))


def _chain(telling: Telling, facts: Sequence[Fact], random: Random) -> str:
    """Tell everything in one breath: one sentence that goes on and on."""
    clauses = _with_chatter(telling, [_clause(telling, fact) for fact in facts], random)
    korean = [text for text, language in clauses if language == "ko"]
    english = [_sentence_en(clause) for clause in clauses if clause[1] == "en"]
    said = [conjugate(text, random.choice(("and", "and", "while", "but"))) for text in korean[:-1]]
    said += [conjugate(text, telling.register.ending) + "." for text in korean[-1:]]
    return " ".join((*said, *english))


def _full_stop(register: Register, random: Random) -> str:
    if register.name == "brochure":
        return random.choice((".", "!", "."))
    if register.name == "memo":
        return random.choice((".", ",", " /", "."))
    return "."


def _bullets(telling: Telling, facts: Sequence[Fact], random: Random) -> str:
    mark = random.choice(("- ", "• ", "· ", "* ", "ㅇ ", "{}. ", "{}) ", "({}) ", "[{}] ", "{}단계: "))
    clauses = _with_chatter(telling, [_clause(telling, fact) for fact in facts], random)
    lines = [conjugate(text, telling.register.ending) if language == "ko" else text for text, language in clauses]
    return "\n".join(mark.format(number) + line for number, line in enumerate(lines, start=1))


def _spec(telling: Telling, facts: Sequence[Fact], random: Random) -> str:
    korean = telling.register.language == "ko"
    separator = random.choice((": ", " : ", " | ", " - "))
    lines = []
    for fact in facts:
        chooser = Random(f"{telling.seed}:{fact.slot}:item")
        items = fact.items_ko if korean else fact.items_en
        if items:
            lines.append(_marked(chooser.choice(items), fact.slot))
        else:
            text, language = _clause(telling, fact)
            text = conjugate(text, "memo") if language == "ko" else text
            title = _title(telling, fact)
            lines.append(f"{title}{separator}{text}" if title else text)
    chatter = _chatter(telling, random)
    lines += [conjugate(text, "memo") if language == "ko" else text for text, language in chatter]
    return random.choice(("\n", "\n", " / ")).join(lines)


def _title(telling: Telling, fact: Fact) -> str:
    """Return the name of the line in a Korean table; materials tell their role themselves."""
    _, sort, *name = fact.slot.split("/", 2)
    if telling.register.language == "en" or sort == "material":
        return ""
    return name[0] if name else "제품 유형"


def _list(telling: Telling, facts: Sequence[Fact], random: Random) -> str:
    listed = [fact for fact in facts if fact.items_ko and fact.twist != "numeric"]
    others = [fact for fact in facts if fact not in listed]
    items = [_marked(Random(f"{telling.seed}:{fact.slot}:item").choice(fact.items_ko), fact.slot) for fact in listed]
    if items:
        for name in telling.extras:
            amount = f" {random.choice((0.05, 0.1, 0.2, 0.5, 1, 1.5, 2, 3, 5, 8))}%" if random.random() < 0.7 else ""
            items.insert(random.randrange(len(items) + 1), name + amount)
    fillers = FILLERS_KO.get(telling.industry, ())
    if items and fillers:
        filler = random.choice(fillers).format(n=random.randrange(30, 80), m=random.randrange(1, 9))
        items.insert(random.randrange(len(items) + 1), filler)
    head = random.choice(HEADS if fillers else HEADS[:2]) + random.choice((": ", " - ", " → "))
    listing = head + random.choice((", ", ", ", " / ", "; ")).join(items) + "." if items else ""
    return " ".join(part for part in (listing, _prose(telling, others, random)) if part)


def _clause(telling: Telling, fact: Fact) -> tuple[str, str]:
    chooser = Random(f"{telling.seed}:{fact.slot}")
    language = telling.register.language
    if telling.is_mixed and chooser.random() < 0.35:
        language = "en"
    wordings = fact.ko if language == "ko" else fact.en
    if not wordings:
        language, wordings = "ko", fact.ko
    return _marked(chooser.choice(wordings), fact.slot), language


def _with_chatter(telling: Telling, clauses: list[tuple[str, str]], random: Random) -> list[tuple[str, str]]:
    for chatter in _chatter(telling, random):
        clauses.insert(random.randrange(len(clauses) + 1), chatter)
    return clauses


def _chatter(telling: Telling, random: Random) -> Iterator[tuple[str, str]]:
    language = telling.register.language
    lines = CHATTER_KO if language == "ko" else CHATTER_EN
    for line in random.sample(lines, telling.chatter):
        yield line.replace("«", "").replace("»", ""), language


def _sentence_en(clause: tuple[str, str]) -> str:
    text, language = clause
    if language == "ko":
        return conjugate(text, "polite") + "."
    start = text.index(MIDDLE) + 1 if text.startswith(OPEN) else 0
    return text[:start] + text[start : start + 1].upper() + text[start + 1 :] + "."


def _marked(wording: str, slot: str) -> str:
    """Turn «…» into marks that carry the slot; where none is written the whole clause is the quote, less its ending."""
    if "«" not in wording:
        found = SPLIT_ENDING.match(wording)
        wording = f"«{found.group(1)}»{found.group(2)}" if found else f"«{wording}»"
    return wording.replace("«", f"{OPEN}{slot}{MIDDLE}").replace("»", CLOSE)


def _unmarked(marked: str) -> Text:
    text: list[str] = []
    length = 0
    quotes: dict[str, tuple[int, int]] = {}
    slot, start, at = "", 0, 0
    for found in MARKED.finditer(marked):
        piece = marked[at : found.start()]
        text.append(piece)
        length += len(piece)
        if found.group() == CLOSE:
            quotes[slot] = (start, length)
        else:
            slot, start = found.group(1), length
        at = found.end()
    text.append(marked[at:])
    whole = "".join(text)
    return Text(whole.strip(), {name: whole[first:last].strip() for name, (first, last) in quotes.items()})
