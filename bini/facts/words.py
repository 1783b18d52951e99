"""Content words: what is left of a Korean or English phrase without particles, verbs of having, and patent language."""

import re
from functools import lru_cache

TOKEN = re.compile(r"[A-Za-z][A-Za-z0-9-]*|[가-힣]+|\d+[A-Za-z가-힣]+")
PARTICLES = re.compile(
    r"(?:으로부터|로부터|에서의|으로서|으로써|로서|로써|에서|에게|에는|에도|에의|으로|이며|이고|이나|이거나|인|와의|과의|와|과|을|를|은|는|이|가|의|에|로|도|만|및)$"
)
ENDINGS = re.compile(
    r"(?:하도록|되도록|하지|되지|시키지|하는지|하기|하는|하여|하고|하며|한다|한|할|함|되는|되어|되고|되며|된|될|됨|시키는|시켜|시킨|시키고|해서|했고|하였고|하여서|합니다|됩니다|했습니다|해)$"
)
NO_PARTICLE = (
    "유사도",
    "온도",
    "농도",
    "점도",
    "밀도",
    "염도",
    "당도",
    "순도",
    "습도",
    "속도",
    "전도도",
    "어레이",
    "높이",
    "길이",
    "넓이",
    "깊이",
)
WORD = re.compile(r"\S+")
STOP_KO = frozenset(
    WORD.findall(
        """
        상기 해당 이의 이들 이때 것 것을 특징 유효성분 유효 성분 활성성분 활성 주성분 함유 포함 구비 구성 이루어진 이루어지는 이루어 있어서 있어 따른 따라 대하여 대해 총 전체
        중량 조성물 기준 기준으로 하나 이상 이하 미만 초과 적어도 선택 군 그룹 중 또는 및 혹은 각각 더 추가 추가로 화장품학적 약학적 식품학적 허용 허용되는 염 종 그 위 위한
        통해 통하여 의한 의해 관한 관하여 실질적 실질적으로 로만 만으로 내지 약 범위 농도 함량 양 첨가 사용 않 않는 않은 않고 않으며 않으면서 않도록 아니하는 아니한 아니하고 아니하며 배합 복수 복수의 제1 제2 제3 제 상
        하 위에 갖는 가지는 되 하 이 가 수 등 단계 공정 과정 방법 갖추 갖춘 마련 제공 설치 형성 배치 수행 없 없이 없는 없고 없으며 없음 무첨 무첨가 무함유 불포함 미포함 미사용 바 경우 때 후 전 동안 매 당 인 데 값 평균 되어
        있는 있 이용 나타내 나타내는 유도체
        """
    )
)
STOP_EN = frozenset(
    WORD.findall(
        """
        a an the of to in on at by for from with and or said wherein which that is are be being has have
        having comprising comprises comprise including includes include containing contains consisting
        consists consist group selected at least one more any each its their as it thereof active
        ingredient step steps configured adapted arranged provided further least most than less about
        between total weight based composition amount percent wt not no never neither nor does do without free method using use
        used via into through first second third plurality and/or such being salt acceptable comprised
        range
        """
    )
)


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """Return a word without its particle and its verb ending; an English word in small letters, without plural s."""
    if word[0].isascii():
        small = word.lower()
        return small[:-1] if len(small) > 4 and small.endswith("s") and not small.endswith("ss") else small
    shorter = ENDINGS.sub("", word)
    if shorter != word and len(shorter) >= 2:
        return shorter
    for _ in range(2):
        shorter = PARTICLES.sub("", word)
        if len(shorter) < 2 and word[-1:] not in "을를은는":
            break  # 길이 and 온도 end like particles
        if word.endswith(NO_PARTICLE):
            break
        word = shorter or word
    shorter = ENDINGS.sub("", word)
    return shorter if len(shorter) >= 2 else word


def content_words(text: str) -> tuple[str, ...]:
    """Return the stems that carry a phrase's meaning, in order, each once."""
    stems = []
    for token in TOKEN.findall(text):
        if token in STOP_KO or token.lower() in STOP_EN:
            continue
        word = stem(token)
        if word not in STOP_KO and word not in STOP_EN and len(word) >= 2:
            stems.append(word)
    return tuple(dict.fromkeys(stems))
