"""Korean grammar for the generator: particles after a word, and one plain clause in any register.

>>> with_particle("앰플", "을"), with_particle("세라마이드 NP", "으로")
('앰플을', '세라마이드 NP로')
>>> conjugate("분리막에 알루미나를 코팅한다", "polite"), conjugate("코팅하지 않는다", "and")
('분리막에 알루미나를 코팅합니다', '코팅하지 않고')
"""

import re
from typing import Literal

Ending = Literal["plain", "polite", "casual", "casual2", "memo", "and", "while", "but", "modifier"]
PAIRS = {
    "은": "는",
    "이": "가",
    "을": "를",
    "과": "와",
    "으로": "로",
    "이다": "다",
    "이고": "고",
    "인데": "인데",
    "이랑": "랑",
}
DIGIT_CONSONANT = "013678"
LETTER_CONSONANT = "LMNRlmnr"
IEUL_STEMS = {
    "만든다": "만들",
    "건다": "걸",
    "연다": "열",
    "민다": "밀",
    "썬다": "썰",
    "단다": "달",
    "돈다": "돌",
    "흔든다": "흔들",
}
BRIGHT_VOWELS = (0, 8)  # ㅏ, ㅗ
SIOS, SSANG_SIOS, BIEUP, MIEUM, NIEUN, RIEUL = 19, 20, 17, 16, 4, 8
SPOKEN_UNIT = re.compile(r"\d\s?(?:[kmμn]?m|c[mcP]|%|wt%|℃|m?V|k?Hz|ms|m?Ah|g/cc|mS/cm)[»\ue002]?$")  # ends in a vowel
TRAILING = re.compile(r"[\s\ue002)\]}»\"'*★]+$|\([^()]*\)$")


def with_particle(word: str, particle: str) -> str:
    """Return the word with the form of the particle that its last sound asks for; name the consonant form."""
    final = _final(word)
    if particle == "으로":
        return word + ("로" if final in (0, RIEUL) else "으로")
    return word + (particle if final else PAIRS[particle])


def conjugate(clause: str, ending: Ending) -> str:
    """Return a clause written in the plain form (…한다, …이다, …았다) with another ending."""
    if clause.endswith(("»", "\ue002")):
        return conjugate(clause[:-1], ending) + clause[-1]
    if ending == "plain" or not clause.endswith("다"):
        return clause
    if clause.endswith("아니다"):
        return clause[:-2] + _adjective("니", 0, ending)
    if clause.endswith("이다"):
        return clause[:-2] + _copula(clause[:-2], ending)
    body, last = clause[:-2], clause[-2]
    final = _jongseong(last)
    word = clause.rsplit(" ", 1)[-1]
    if word in IEUL_STEMS:
        return clause[: -len(word)] + _rieul(IEUL_STEMS[word], ending)
    if last == "는" and body:
        return body + _consonant_stem(body, ending)
    if last in "있없":
        return body + last + _regular(ending, "는")
    if final == SSANG_SIOS:
        return body + last + _regular(ending, "는")
    if final == NIEUN:
        return body + _vowel_stem(_with_jongseong(last, 0), ending)
    return body + _adjective(last, final, ending)


def _copula(noun: str, ending: Ending) -> str:
    vowel = not _final(noun)
    casual = "예요" if vowel else "이에요"
    endings = {"polite": "입니다", "casual": casual, "casual2": "거든요" if vowel else "이거든요", "memo": "임"}
    return (endings | {"and": "이고", "while": "이며", "but": "인데", "modifier": "인"})[ending]


def _regular(ending: Ending, modifier: str) -> str:
    endings = {"polite": "습니다", "memo": "음", "and": "고", "while": "으며", "but": modifier + "데"}
    endings |= {"casual": "어요", "casual2": "거든요"}
    return (endings | {"modifier": modifier})[ending]


def _consonant_stem(stem: str, ending: Ending) -> str:
    if ending == "while":
        return "으며"
    if ending in ("casual", "casual2"):
        bright = (ord(stem[-1]) - 0xAC00) // 28 % 21 in BRIGHT_VOWELS
        return ("아요" if bright else "어요") if stem[-1] == "않" and ending == "casual" else "거든요"
    return _regular(ending, "는")


def _vowel_stem(stem: str, ending: Ending) -> str:
    if ending == "casual":
        return {"하": "해요", "되": "돼요"}.get(stem, stem + "거든요")
    endings = {
        "polite": _with_jongseong(stem, BIEUP) + "니다",
        "casual2": stem + "거든요",
        "memo": _with_jongseong(stem, MIEUM),
    }
    return (endings | {"and": stem + "고", "while": stem + "며", "but": stem + "는데", "modifier": stem + "는"})[ending]


def _rieul(stem: str, ending: Ending) -> str:
    bare = stem[:-1] + _with_jongseong(stem[-1], 0)
    endings = {
        "polite": bare[:-1] + _with_jongseong(bare[-1], BIEUP) + "니다",
        "casual": stem + "거든요",
        "casual2": stem + "고요",
        "memo": stem[:-1] + _with_jongseong(stem[-1], 10),
    }
    return (endings | {"and": stem + "고", "while": stem + "며", "but": bare + "는데", "modifier": bare + "는"})[ending]


def _adjective(last: str, final: int, ending: Ending) -> str:
    if final:
        endings = {
            "polite": "습니다",
            "casual": "거든요",
            "casual2": "거든요",
            "memo": "음",
            "and": "고",
            "while": "으며",
        }
        return last + (endings | {"but": "은데", "modifier": "은"})[ending]
    endings = {
        "polite": _with_jongseong(last, BIEUP) + "니다",
        "casual": last + "거든요",
        "casual2": last + "거든요",
        "memo": _with_jongseong(last, MIEUM),
    }
    return (
        endings
        | {"and": last + "고", "while": last + "며", "but": _with_jongseong(last, NIEUN) + "데"}
        | {"modifier": _with_jongseong(last, NIEUN)}
    )[ending]


def _final(word: str) -> int:
    """Return the index of the word's final consonant as it is read aloud; 0 where it ends in a vowel."""
    shown = word
    if SPOKEN_UNIT.search(word):
        return 0
    while (stripped := TRAILING.sub("", shown)) != shown and stripped:
        shown = stripped
    last = shown[-1:] or "가"
    if "가" <= last <= "힣":
        return _jongseong(last)
    if last in DIGIT_CONSONANT:
        return RIEUL if last in "178" else 1
    return RIEUL if last in "LRlr" else int(last in LETTER_CONSONANT)


def _jongseong(letter: str) -> int:
    return (ord(letter) - 0xAC00) % 28 if "가" <= letter <= "힣" else 0


def _with_jongseong(letter: str, final: int) -> str:
    return chr(ord(letter) - _jongseong(letter) + final)
