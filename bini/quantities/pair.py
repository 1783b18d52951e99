"""Pair a claim's quantities with a product's: the same kind, and the same thing measured.

pair("나이아신아마이드 2 내지 5 중량%를 포함하는", "나이아신아마이드 4%, 글리세린 10%") pairs 2 내지 5 중량% with 4%.
What could be paired in two ways is not paired: a wrong pair is worse than an open question.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable
from functools import lru_cache

from bini.quantities.find import find_quantities
from bini.quantities.names import measured_name
from bini.quantities.quantity import Quantity

SameName = Callable[[str, str], bool]
Named = tuple[Quantity, str]
MAX_NAMES = 300  # of one kind on one side: a longer list is a table, of which only equal names are paired

GENERIC = re.compile(  # words that tell nothing of what is measured
    "상기|함량|함유량|농도|비율|양|첨가량|배합량|사용량|평균|전체|총|값|범위|성분|정도|각각|"
    "the|an?|of|contents?|amount|concentration|level|average|mean|total|values?|its|said|in|by|is"
)
CLASS = re.compile(  # words that alone name no one thing: an 추출물 may be any
    "추출물|오일|분말|수지|화합물|조성물|혼합물|용액|용매|추출액|농축액|입자|물질|재료|원료|"
    "extract|oil|powder|resin|compound|composition|mixture|solution|solvent|particles?|material"
)
TOKEN = re.compile(r"[A-Za-z0-9]+(?:[-,.'][A-Za-z0-9]+)*|[가-힣]+|[Α-Ωα-ω]+")


def pair(claim_text: str, product_text: str, same_name: SameName | None = None) -> list[tuple[Quantity, Quantity]]:
    """Pair quantities in the order of the claim; `same_name(claim_name, product_name)` judges names that differ.

    Equal names are paired first, whatever `same_name` says; it then judges what is left, by default `names_overlap`.
    Repeated mentions of the same name and number count once.
    """
    claim, product = _named(claim_text, bare_numbers=False), _named(product_text, bare_numbers=True)
    pairs: list[tuple[Quantity, Quantity]] = []
    for group in claim.keys() & product.keys():
        ours, theirs = claim[group], product[group]
        pairs += _equal_names(ours, theirs)
        taken = {id(quantity) for both in pairs for quantity in both}
        ours, theirs = ([item for item in side if id(item[0]) not in taken] for side in (ours, theirs))
        if len(ours) <= MAX_NAMES and len(theirs) <= MAX_NAMES:
            pairs += _unambiguous(ours, theirs, same_name or names_overlap)
    return sorted(pairs, key=lambda both: both[0].start)


def names_overlap(name: str, other: str) -> bool:
    """True where every telling word of one name is in the other: 입경 and 평균 입경, not 길이 and 직경 of a tube."""
    ours, theirs = set(_words(name)), set(_words(other))
    if _key(name) == _key(other):
        return bool(ours)
    fewer = min(ours, theirs, key=len)
    return fewer <= ours and fewer <= theirs and not all(CLASS.fullmatch(word) for word in fewer)


def _named(text: str, *, bare_numbers: bool) -> dict[Hashable, list[Named]]:
    """Group a text's quantities by kind (counts by their unit too), once for each name and range."""
    groups: dict[Hashable, list[Named]] = defaultdict(list)
    seen: set[Hashable] = set()
    for quantity in find_quantities(text, bare_numbers=bare_numbers):
        name = measured_name(text, quantity)
        group = (quantity.kind, quantity.range.unit if quantity.kind == "count" else "")
        mention = (group, _key(name), quantity.basis, quantity.range)
        if _key(name) and mention not in seen:
            seen.add(mention)
            groups[group].append((quantity, name))
    return groups


def _equal_names(ours: list[Named], theirs: list[Named]) -> list[tuple[Quantity, Quantity]]:
    """Pair what bears the same name, where only one quantity on each side does."""
    by_name: dict[str, tuple[list[Quantity], list[Quantity]]] = defaultdict(lambda: ([], []))
    for side, items in enumerate((ours, theirs)):
        for quantity, name in items:
            by_name[_key(name)][side].append(quantity)
    return [(mine[0], other[0]) for mine, other in by_name.values() if len(mine) == len(other) == 1]


def _unambiguous(ours: list[Named], theirs: list[Named], same_name: SameName) -> list[tuple[Quantity, Quantity]]:
    """Pair what matches exactly one quantity on the other side, which in turn matches nothing else."""
    matches = [(i, j) for i, mine in enumerate(ours) for j, other in enumerate(theirs) if same_name(mine[1], other[1])]
    left, right = Counter(i for i, _ in matches), Counter(j for _, j in matches)
    return [(ours[i][0], theirs[j][0]) for i, j in matches if left[i] == right[j] == 1]


def _key(name: str) -> str:
    """Return a name without spaces and words that tell nothing: 감초 추출물의 함량 is 감초추출물."""
    return "".join(_words(name))


@lru_cache(maxsize=4096)
def _words(name: str) -> tuple[str, ...]:
    """Return the telling words of a name: lower case, without 의, 함량, content."""
    words = (re.sub(r"(?<=[가-힣])의$", "", word).lower() for word in TOKEN.findall(name))
    return tuple(word for word in words if not GENERIC.fullmatch(word))
