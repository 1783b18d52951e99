"""The reason of a label: it names the deciding element and the product's words, and is written anew for each row."""

from collections.abc import Sequence
from random import Random

from bini.corpus.korean import with_particle
from bini.schema import Mark

ALL_MET = (
    "'{E}'에는 '{Q}'가 해당하고 나머지 구성요소도 모두 제품 설명에서 확인된다.",
    "구성요소 {n}개가 모두 갖추어져 있다. 특히 '{Q}'{이} '{E}'에 그대로 대응한다.",
    "청구항의 모든 구성이 제품에 있다('{E}' ↔ '{Q}').",
    "제품의 '{Q}'{은} '{E}'의 범위에 들며, 빠진 구성요소가 없어 문언상 모두 충족한다.",
)
ABSENT = (
    "'{E}'{을} 갖추지 않았다. 제품에는 '{Q}'라고 되어 있다.",
    "제품 설명의 '{Q}'{은} '{E}'{과} 다르므로 이 구성요소가 결여된다.",
    "'{Q}'라는 기재 때문에 '{E}'{이} 충족되지 않아 구성요소 완비를 벗어난다.",
    "다른 구성과 관계없이 '{E}'{이} 빠진다. 근거는 '{Q}'이다.",
)
NEAR = (
    "'{Q}'{은} '{E}'의 문언을 조금 벗어날 뿐이어서 균등 여부를 따져 보아야 한다.",
    "'{E}'에서 근소하게 벗어난 '{Q}'이므로 균등 검토가 필요하다.",
    "문언으로는 '{E}'{을} 벗어나지만 '{Q}'{은} 가까운 변형이다.",
)
OPEN = (
    "'{Q}'라고만 되어 있어 '{E}'의 충족 여부를 확정할 수 없다.",
    "'{E}'에 관하여 제품 설명은 '{Q}'에 그쳐 판단할 수 없다.",
    "'{Q}'만으로는 '{E}'에 해당하는지 알 수 없어 추가 자료가 필요하다.",
)
SILENT = (
    "'{E}'에 관한 기재가 제품 설명에 없어 확인이 필요하다.",
    "제품 설명이 '{E}'에 대해 말하지 않으므로 단정할 수 없다.",
    "'{E}'{을} 갖추었는지 나타나 있지 않아 판단을 보류한다.",
)
TABLES: dict[Mark, tuple[str, ...]] = {"대응": ALL_MET, "미대응": ABSENT, "균등": NEAR, "판단불가": OPEN}
ORDER: tuple[Mark, ...] = ("미대응", "균등", "판단불가", "대응")


def reason(elements: Sequence[str], marks: Sequence[Mark], quotes: Sequence[str | None], random: Random) -> str:
    """Write a reason from the chart."""
    mark = next(mark for mark in ORDER if mark in marks)
    index = random.choice([i for i, one in enumerate(marks) if one == mark])
    quote, element = quotes[index], elements[index]
    frame = random.choice(TABLES[mark] if quote else SILENT)
    text = frame.replace("{n}", str(len(elements)))
    for particle in ("은", "이", "을", "과"):
        for letter, word in (("Q", quote or ""), ("E", element)):
            text = text.replace(
                f"'{{{letter}}}'{{{particle}}}", f"'{word}'{with_particle(word, particle)[len(word) :]}"
            )
    return text.replace("{E}", element).replace("{Q}", quote or "")
