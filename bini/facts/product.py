"""The product text, read once: its names with what is said of them, its quantities, and whether its list is complete."""

import re
from bisect import bisect_left
from dataclasses import dataclass
from typing import Literal

from bini.facts.cues import Status, read_status
from bini.glossary import Mention
from bini.glossary.in_force import glossary, remembered
from bini.quantities import Quantity, find_quantities

ListState = Literal["complete", "label", "cut", "open"]
COMPLETE = re.compile(
    r"(?:이|그) ?(?:밖|외)(?:의|에)?(?: 다른)? ?(?:성분|원료|물질|첨가물|구성)?(?:은|는|이)? ?(?:전혀 )?(?:없|넣지|쓰지|포함하지|함유하지|사용하지)"
    r"|다른 (?:성분|원료|물질|첨가물|구성)(?:은|는|이)? ?(?:전혀 |일절 )?(?:없|넣지|쓰지|더하지|첨가하지|포함하지|함유하지|사용하지)"
    r"|(?:(?<![겹개번회층할])(?<! )뿐(?=이|입|임|[.,!\s]))|(?<!하나)(?<!가지)(?:만으로|로만) (?:이루어|구성|만들|제조)|(?<!에)(?<!조금)(?<!살짝)(?<!약간)(?<!소량)(?<!번)만 (?:들어 ?[있간갑]|들었|넣(?!어|고)|함유|사용|포함|쓰)"
    r"|전부(?:이다|다|입니다|임|예요)|(?:성분|원료|재료|구성)[은는이] (?:이게 |이것이 )?(?:모두|전부)"
    r"|\bno other\b|\bnothing else\b|\bconsists? (?:only |solely |exclusively )?of\b|\bonly ingredients?\b|\bcomplete (?:list|formula)|\bfull formula",
    re.IGNORECASE,
)
LABEL = re.compile(r"전 ?성분|원재료명|\bfull ingredients?\b|\bingredients? ?(?:list)?[:：]|\bINCI\b", re.IGNORECASE)
CUT = re.compile(
    r"…|\.\.\.|뒤는|찢어|잘려|잘린|일부만|앞부분|외 \d+종|(?<=[가-힣A-Za-z)]) 등(?=[ 을이의으,.)]|$)|나머지(?:는|가)? (?:비공개|미정|모)"
    r"|\bet cetera\b|\betc\b|\bamong others\b|\bpartial\b|\btruncated\b|\bsuch as\b",
    re.IGNORECASE,
)
SECRET = re.compile(
    r"코드 ?명|코드명|사내 ?코드|품명은|원료명은|(?:성분|원료|처방|조성|물질|활성)[^.\n]{0,24}(?:비공개|대외비|영업 ?비밀|공개하지|밝힐 수|밝히지|알려 ?(?:드릴|줄) 수|미정|검토 ?중|정하지 ?(?:않|못)|모릅|모르|확인되지|안 ?정)"
    r"|\b(?:code ?named?|coded as|proprietary (?:active|ingredient|blend|complex)|undisclosed|confidential (?:active|ingredient))\b",
    re.IGNORECASE,
)

REACH = 160  # characters beside a slice within which a name can belong to it


@dataclass(frozen=True, slots=True)
class Named:
    """One name in the product text, and what the words around it say."""

    mention: Mention
    status: Status
    start: int  # of the words that carry the status
    end: int


@dataclass(frozen=True, slots=True)
class Product:
    """A product text, read."""

    text: str
    named: tuple[Named, ...]
    quantities: tuple[Quantity, ...]
    list_state: ListState

    def named_near(self, start: int, end: int) -> tuple[Named, ...]:
        """Return the names that begin within reach of a slice, in order."""
        first = bisect_left(self.named, start - REACH, key=lambda named: named.mention.start)
        last = bisect_left(self.named, end + REACH, lo=first, key=lambda named: named.mention.start)
        return self.named[first:last]


@remembered(maxsize=4096)
def mentions_in(text: str, regit_num: str) -> tuple[Mention, ...]:
    """Find the names of a text; a claim's elements come back in many cases."""
    return tuple(glossary().find(text, regit_num))


def is_material(mention: Mention) -> bool:
    """Whether a name stands for a substance or a class of substances, unlike a device, a method or a product."""
    return any(_is_material(name) for name in mention.candidates)


@remembered(maxsize=4096)
def _is_material(name: str) -> bool:
    entities = glossary().entities
    kinds = {entities[name].kind}
    if kinds == {"class"}:
        kinds = {entities[species].kind for species in glossary().species(name)}
    return "substance" in kinds


@remembered(maxsize=512)
def read_product(text: str, regit_num: str) -> Product:
    """Read a product text."""
    mentions = mentions_in(text, regit_num)
    others = tuple(dict.fromkeys(mention.text for mention in mentions if is_material(mention)))
    named = []
    for mention in mentions:
        reading = read_status(text, mention.start, mention.end, others)
        named.append(Named(mention, reading.status, reading.start, reading.end))
    return Product(text, tuple(named), tuple(find_quantities(text, bare_numbers=True)), _list_state(text))


def _list_state(text: str) -> ListState:
    if CUT.search(text):
        return "cut"
    if COMPLETE.search(text):
        return "complete"
    return "label" if LABEL.search(text) else "open"
