"""Korean spelling: jamo, the spellings that are confused in transliteration, and what may follow a noun."""

import itertools
import re
import unicodedata

# Old and new transliteration of the same morpheme; the Korean register, INCI and everyday use differ by these.
_SPELLINGS = (
    ("트라이", "트리"),
    ("다이", "디"),
    ("뷰틸", "부틸"),
    ("에틸", "에칠"),
    ("메틸", "메칠"),
    ("아이소", "이소"),
    ("하이드로", "히드로"),
    ("하이드록", "히드록"),
    ("사이클로", "시클로"),
    ("글라이콜", "글리콜"),
    ("실록세인", "실록산"),
    ("메티콘", "메치콘"),
    ("에스터", "에스테르"),
    ("에터", "에테르"),
    ("펩타이드", "펩티드"),
    ("솔비", "소르비"),
    ("카복시", "카르복시"),
    ("셀룰로오스", "셀룰로스"),
)
# Sounds that writers confuse: vowels ㅐ/ㅔ, ㅒ/ㅖ, ㅙ/ㅚ/ㅞ; tense and plain consonants.
_CONFUSED = str.maketrans("ᅢᅤᅫᅰᄁᄄᄈᄊᄍ", "ᅦᅨᅬᅬᄀᄃᄇᄉᄌ")
_INITIAL_CLASSES = ("ᄀᄁᄏ", "ᄃᄄᄐ", "ᄇᄈᄑ", "ᄉᄊ", "ᄌᄍᄎ")  # tense and aspirated pairs

_PARTICLES = (
    "으로부터|로부터|이라는|라는|이라고|라고|으로서|으로써|로서|로써|에서는|에서|에게|에는|에도|에의|에|으로는|으로|로는|로의|로|"
    "을|를|이며|이고|이나|이란|이다|이므로|이거나|인|임|이|가|은|는|의|와의|과의|와는|과는|와|과|도|만을|만이|만|나|며|고|란|부터|까지|"
    "보다|처럼|뿐|마다|조차|든|입니다|이었다|였다|이지만|거나|랑|이랑|하고|에다가|에다|밖에|라서|이라서|라든지|인데|인데요|이에요|예요|이구요|구요|요|인가요|입니까|씩|께|께서|께요|째"
)
PARTICLES = re.compile(f"(?:{_PARTICLES}){{1,3}}")
# Nouns and verb stems that follow a noun without a space and leave its meaning alone.
_FOLLOWERS = (
    "함유|포함|함량|성분|고함량|추출|용액|수용액|분말|파우더|농도|첨가|무첨가|미함유|불포함|미포함|배합|사용|추가|적용|대신|크림|세럼|앰플|에센스|로션|"
    "토너|입자|코팅|모듈|장치|유닛|소자|단독|원료|소재|베이스|기반|방식|기법|기술|알고리즘|모델|시스템|신호|데이터|값|비율|중량|질량|들|"
    "없|있|및|또는|혹은|등|각각|단계|공정|처리|혼합|구조|필름|시트|용기|제품|조성물|하여|하는|하고|한|된|되|시키|계|류|형|용|부|층|막|프리|"
    "이나|와|과"
)
FOLLOWERS = re.compile(f"(?:{_PARTICLES})?(?:{_FOLLOWERS})")
TAIL = re.compile(f"(?:{_PARTICLES}|{_FOLLOWERS}){{1,3}}")


def is_hangul(char: str) -> bool:
    """Tell whether a character is a Hangul syllable or letter, composed or not."""
    return "가" <= char <= "힣" or "\u1100" <= char <= "\u11ff" or "\u3131" <= char <= "\u318e"


def jamo(text: str) -> str:
    """Write each Hangul syllable as its letters; other characters stay."""
    return unicodedata.normalize("NFD", text)


def skeleton(text: str) -> str:
    """Write a text in jamo with the commonly confused sounds made one."""
    return jamo(text).translate(_CONFUSED)


def shares_initial(left: str, right: str) -> bool:
    """Tell whether two syllables begin with the same consonant, or a tense or aspirated form of it."""
    a, b = jamo(left)[0], jamo(right)[0]
    return a == b or any(a in group and b in group for group in _INITIAL_CLASSES)


def spellings(name: str) -> list[str]:
    """List the transliterations of a Korean name beside itself: 트라이에틸 and 트리에틸, 아이소 and 이소, …

    At most 16: a name holds few of the pairs.
    """
    choices = []
    for new, old in _SPELLINGS:
        if new in name:
            choices.append((new, old))
        elif old in name:
            choices.append((old, new))
    variants = []
    for swaps in itertools.product((False, True), repeat=min(len(choices), 4)):
        variant = name
        for is_swapped, (found, other) in zip(swaps, choices, strict=False):
            variant = variant.replace(found, other) if is_swapped else variant
        variants.append(variant)
    return [variant for variant in dict.fromkeys(variants) if variant != name]
