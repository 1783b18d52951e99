"""Read data/corpus/stock/*.txt: the hand-written stock of elements, with their paraphrases, contraries and near variants.

The format, line by line (docs/data.md tells how to add to it):

    scene cell | battery                                   a scene and its industry
    kind 리튬 이차전지 | a lithium secondary battery | 파우치형 셀; 원통형 배터리 | pouch cell; cylindrical cell
    material Lithium Salt | 리튬염 | lithium salt | 5-15     a glossary class, its role, typical weight percent
    number 상기 음극의 두께; 음극 두께 | thickness of the anode | μm | 30-120 | 0 | mm 0.001
    slot 분리막 코팅 | separator coating
    + claim | chart paraphrase | English claim             one value; the next two lines are its wordings
    - 한국어 서술 | 다른 서술
    > English wording | another
    ? 정하지 못한 서술 | … > undecided wording | …
    ~ 0 1                                                  values 0 and 1 are near variants (equivalents)
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bini.errors import BiniError


@dataclass
class Value:
    """One thing a slot can be: how a claim asks for it and how products tell it."""

    claim_ko: str
    chart_ko: str
    claim_en: str
    says_ko: list[str] = field(default_factory=list)
    says_en: list[str] = field(default_factory=list)


@dataclass
class StockSlot:
    """A slot of the stock file as it stands there."""

    title_ko: str
    title_en: str
    values: list[Value] = field(default_factory=list)
    undecided_ko: list[str] = field(default_factory=list)
    undecided_en: list[str] = field(default_factory=list)
    near: set[frozenset[int]] = field(default_factory=set)


@dataclass
class StockScene:
    """One scene of a stock file."""

    name: str
    industry: str
    kinds: list[list[str]] = field(default_factory=list)
    materials: list[list[str]] = field(default_factory=list)
    numbers: list[list[str]] = field(default_factory=list)
    slots: list[StockSlot] = field(default_factory=list)

    def numbers_with_units(self) -> Iterator[tuple[str, str, str, str, str, str]]:
        """Yield title, English title, unit, extent, decimals and another unit with its factor, or none."""
        for parts in self.numbers:
            title_ko, title_en, unit, extent, decimals, *other = parts
            yield title_ko, title_en, unit, extent, decimals, other[0] if other else ""


FIELDS = {"scene": 2, "kind": 4, "material": 4, "slot": 2, "+": 3}


def read_stock(folder: Path) -> list[StockScene]:
    """Return every scene of a folder's .txt files, in the order of their names.

    Raises:
        BiniError: every line that does not fit the format, with file and line.
    """
    files = sorted(folder.glob("*.txt"))
    if not files:
        raise BiniError(f"{folder} holds no stock of elements: expected *.txt files. docs/data.md shows the format.")
    scenes: list[StockScene] = []
    errors: list[str] = []
    for path in files:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if line.strip() and not line.startswith("#") and (problem := _take(line, scenes)):
                errors.append(f"{path}:{number}: {problem}")
    if errors:
        raise BiniError("\n".join(errors))
    return scenes


def _take(line: str, scenes: list[StockScene]) -> str | None:
    """Add one line to the scenes; return what is wrong with it."""
    word, _, rest = line.partition(" ")
    parts = [part.strip() for part in rest.split("|")]
    if word in FIELDS and len(parts) != FIELDS[word]:
        return f"`{word}` has {len(parts)} parts, expected {FIELDS[word]} with | between them."
    if word == "scene":
        scenes.append(StockScene(name=parts[0], industry=parts[1]))
        return None
    if not scenes:
        return f"`{word}` before the first `scene`."
    scene = scenes[-1]
    match word:
        case "kind":
            scene.kinds.append(parts)
        case "material":
            scene.materials.append(parts)
        case "number":
            scene.numbers.append(parts)
        case "slot":
            scene.slots.append(StockSlot(title_ko=parts[0], title_en=parts[1]))
        case "+" | "-" | ">" | "?" | "~" if scene.slots:
            return _take_slot_line(word, rest, parts, scene.slots[-1])
        case _:
            return f"{word!r} is no line of a stock file; expected one of scene kind material number slot + - > ? ~."
    return None


def _take_slot_line(word: str, rest: str, parts: list[str], slot: StockSlot) -> str | None:
    match word:
        case "+":
            slot.values.append(Value(claim_ko=parts[0], chart_ko=parts[1], claim_en=parts[2]))
        case "?":
            korean, _, english = rest.partition(">")
            slot.undecided_ko += _split(korean)
            slot.undecided_en += _split(english)
        case "~":
            numbers = [int(part) for part in rest.split() if part.isdecimal()]
            if len(numbers) != 2 or max(numbers) >= len(slot.values):
                return "`~` expects the numbers of two values above it."
            slot.near.add(frozenset(numbers))
        case _ if not slot.values:
            return f"`{word}` before the first `+`."
        case "-":
            slot.values[-1].says_ko += parts
        case _:
            slot.values[-1].says_en += parts
    return None


def _split(text: str) -> Iterator[str]:
    return (part.strip() for part in text.split("|") if part.strip())
