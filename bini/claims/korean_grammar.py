"""What BINI needs of Korean grammar: endings that tell a clause, a topic and a list of nouns apart.

No parser: an ending is read from the last syllables of a word, with the words that only look so listed.
Each function looks at a bounded stretch of text, so a whole claim takes linear time.
"""

import re
from typing import Literal

MAX_HEAD_CHARACTERS = 160
MAX_HEAD_WORDS = 16
ADNOMINAL = re.compile(
    r"(?:하는|되는|시키는|있는|없는|않는|갖는|받는|이루는|[어아가해워여러려]지는|[가-힣]한|[가-힣]된|시킨|[하되이]던|될"
    r"|[어아여워해가러려]진|[얻남받담찍넣씻볶깎굳묶심붙]은|(?:것|이상|이하|미만|초과|범위|하나|조합|중량부|중량비|부피비|몰비|[^가-힣])인|^인)$"
)
# Words that look like a verb before a noun, but are nouns or introduce nothing that could stand alone.
LIGHT = re.compile(
    r"(?:위한|대한|관한|따른|의한|가능한|필요한|이용한|사용한|포함한|함유한|인한|통한|향한|허용되는|유용한|동일한|불가피한|표시되는|표시된"
    r"|유한|무한|제한|기한|권한|최소한|최대한|또한|^한|한한)$"
)
CONNECTIVE = re.compile(
    r"(?:하여|되어|하고|되고|이고|있고|않고|갖고|가지고|시키고|하며|되며|이며|있으며|으며|시키며|으로써|하면서|[가-힣]도록"
    r"|[하되이]되|하면|되면|거나|해서|[가-힣]에서|[가-힣]에게|경우|대하여|대해|따라|의해|의하여|기준으로|중량%로|^후|^다음)$"
)
SUBORDINATE = re.compile(r"(?:[을를]|[하되이]고|[하되이]며|하여|되어|으며|면서|도록)$")
NOT_A_TOPIC = re.compile(r"(?:또는|혹은|게는|적으로는)$")
WORDS = re.compile(r"[^ ,]+")
LOCATED_TOPIC = re.compile(r"(?:에는|에서는|으로는|[과와]는)$")
ADVERBIAL = re.compile(r"(?:에|으로|[%℃)]로|상태로|형태로)$")
NOUN_IN_I_OR_GA = re.compile(
    r"(?:길이|높이|깊이|사이|차이|나이|넓이|레이|종이|놀이|평가|첨가|증가|추가|국가|인가|허가)$"
)
NOUN_IN_WA = re.compile(r"(?:결과|통과|성과|경과|학과|일과|약과|치과|안과|한과)$")


def has_final_consonant(syllable: str) -> bool:
    return "가" <= syllable <= "힣" and (ord(syllable) - ord("가")) % 28 > 0


def _has_particle(word: str, after_consonant: str, after_vowel: str) -> bool:
    """Whether the word ends in the particle that its last syllable calls for: 글리세린+은, 프로세서+는."""
    if len(word) < 2 or word[-1] not in after_consonant + after_vowel:
        return False
    before = word[-2]
    return not "가" <= before <= "힣" or has_final_consonant(before) == (word[-1] == after_consonant)


def is_adnominal(word: str, or_light: bool = False) -> bool:
    """Whether the word is a verb that modifies the noun after it: 함유하는, 건조된, "10 이하인"."""
    return bool(ADNOMINAL.search(word)) and (or_light or not LIGHT.search(word))


def is_topic(word: str) -> bool:
    if LOCATED_TOPIC.search(word):
        return True
    is_other = NOT_A_TOPIC.search(word) or ADNOMINAL.search(word) or LIGHT.search(word)
    return not is_other and _has_particle(word, "은", "는")


def joins_nouns(word: str) -> bool:
    """Whether the word ends in the particle 와/과 (글리세린과, 용매와), unlike 결과 or 기와."""
    return _has_particle(word, "과", "와") and not NOUN_IN_WA.search(word)


def clause_head(text: str, start: int) -> Literal["topic", "subject"] | None:
    """Says what the clause at `start` begins with: "topic" (상기 A는), "subject" (평균 입경이), or neither.

    The words up to the first object or verb decide; whatever modifies the subject is passed over.
    """
    head = text[start : start + MAX_HEAD_CHARACTERS].split(";", 1)[0].replace("상기", " 상기 ")  # "인젝터는상기"
    if head.startswith(" 상기 ") and is_topic((WORDS.findall(head.split(",", 1)[0]) or [""])[-1]):
        return "topic"  # "상기 A를 저장하는 저장부는, …"
    for word in WORDS.findall(head)[:MAX_HEAD_WORDS]:
        if is_topic(word):
            return "topic"
        if SUBORDINATE.search(word):
            return None
        if _has_particle(word, "이", "가") and not NOUN_IN_I_OR_GA.search(word):
            return "subject"
    return None


def is_noun_phrase(text: str) -> bool:
    """Whether the text can be a claim's subject: no clause in it, though light words may modify it."""
    has_case = False
    for word in WORDS.findall(text):
        if CONNECTIVE.search(word) or (has_case and is_adnominal(word)):
            return False
        has_case = has_case or word.endswith(("을", "를")) or _has_particle(word, "이", "가")
    return True


def ends_an_item(word: str) -> bool:
    """Whether a comma after the word can part two items of a list: a noun or an amount, not a verb or a topic."""
    return bool(word) and not (
        CONNECTIVE.search(word)
        or SUBORDINATE.search(word)
        or ADVERBIAL.search(word)
        or ADNOMINAL.search(word)
        or is_topic(word)
    )
