"""Where a name begins and ends: 나이아신 in 나이아신아마이드 is no mention, in 나이아신을 it is.

The rules prefer a missed mention to a wrong one: an unknown compound that contains a known name must not pass for it.
Each rule looks at most `_REACH` characters away, so a text is read in linear time.
"""

import re
from functools import lru_cache

from rapidfuzz.distance import OSA

from bini.glossary.hangul import FOLLOWERS, PARTICLES, is_hangul
from bini.glossary.morphemes import (
    CATIONS,
    KOREAN_PREFIX_WORDS,
    LATIN_PREFIX_WORDS,
    LATIN_SUFFIX_WORDS,
    SUFFIXES_PATTERN,
)

_REACH = 40
_LONG_NAME = 6  # syllables from which a name is no part of another word; 나이아신 is, of 나이아신아마이드
DASHES = "\\-\u2010\u2011\u2012\u2013\u2014\u2212\uff0d"  # the inside of a character class
_HANGUL_RUN = re.compile(r"[가-힣]+")
_HYPHENATED = re.compile(rf"([^\W_]+)[{DASHES}]$")
_WORD_BEFORE = re.compile(rf"([^\W\d_]+)[\s{DASHES}]+$")
_WORD_BEHIND = re.compile(rf"[ {DASHES}]?([A-Za-z]+)")
_DESCRIPTORS = frozenset({"d", "l", "dl"})  # stereo-descriptors under which the glossary's compounds are sold
_MODIFIER = re.compile(
    r"(?<![가-힣])(?:고순도|고농축|고농도|고함량|천연|합성|순수|유기농|나노|저분자|고분자|안정화|상기|및|또는|해당|"
    r"국내산|국산|친환경|미세|분말|액상|식용|공업용|시판)$"
)
_JOINER = re.compile(rf"(?:와|과|및|또는|이나|나|랑|하고|[{DASHES}])")
_SUFFIX = re.compile(rf" ?(?:{SUFFIXES_PATTERN}|염(?=[을이은의과,;. ]|$|또는))")
_SALT = re.compile(rf" ?(?:{'|'.join(sorted(CATIONS, key=len, reverse=True))}|염(?![가-힣]))")
_QUANTITY = re.compile(
    r"\.\d|\s*(?:[%％‰~∼]|ppm|ppb|mg|g\b|kg|㎎|mL|ml|중량|질량|부피|몰|wt|w/w|vol|mol|내지|이상|이하|초과|미만|부(?![가-힣]))"
)
_CODE = re.compile(rf"[{DASHES}]\d")
_SPACED_DIGITS = re.compile(r"\s\d+$")


def is_whole_name(text: str, start: int, end: int, previous_end: int, is_substance: bool) -> bool:
    """Tell whether text[start:end] stands as a name of its own.

    `previous_end` is where the mention before it ends (-1: none): after 레티놀과 a name may begin without a space.
    `is_substance` adds the rules for chemical names: no other compound's part may stand before it.
    """
    is_joined = previous_end >= 0 and _JOINER.fullmatch(text, previous_end, start) is not None
    before = text[max(0, start - _REACH) : start]
    after = text[end : end + _REACH]
    return (is_joined or _may_begin(text[start], before, is_substance)) and _may_end(text[start:end], after)


def _may_begin(first: str, before: str, is_substance: bool) -> bool:
    if not before:
        return True
    last = before[-1]
    if is_hangul(last) and is_hangul(first):
        return _MODIFIER.search(before) is not None
    if last.isalnum() and not is_hangul(last):
        return False
    if first.isdigit() and re.search(r"\d[.,]$", before):
        return False
    if before.lower().endswith(("poly(", "폴리(")):
        return False
    if not is_substance:
        return True
    hyphenated = _HYPHENATED.search(before)
    if hyphenated and hyphenated[1].lower() not in _DESCRIPTORS and _is_chemical_prefix(hyphenated[1]):
        return False
    word = _WORD_BEFORE.search(before)
    return word is None or not (word[1] in LATIN_PREFIX_WORDS or _makes_another_compound(word[1].lower()))


def _is_chemical_prefix(word: str) -> bool:
    """Tell whether a word before a hyphen belongs to the compound's name, as in 2-, N-, β-, 데옥시-."""
    return word.isdigit() or (len(word) <= 2 and not is_hangul(word[0])) or _makes_another_compound(word.lower())


@lru_cache(maxsize=4096)
def _makes_another_compound(word: str) -> bool:
    """Tell whether a word before a name changes the compound. One typing error does not hide it: "acetil" counts."""
    if is_hangul(word[0]):
        return KOREAN_PREFIX_WORDS.fullmatch(word) is not None
    if word in LATIN_PREFIX_WORDS:
        return True
    return len(word) >= 5 and any(
        len(prefix) >= 6 and OSA.distance(word, prefix, score_cutoff=1) <= 1 for prefix in LATIN_PREFIX_WORDS
    )


def _may_end(name: str, after: str) -> bool:
    if not after:
        return True
    last, following = name[-1], after[0]
    if _SUFFIX.match(after) or (name.endswith("산") and _SALT.match(after)):
        return False
    if not is_hangul(last) and not is_hangul(following) and following.isalnum():
        return last.isalpha() and len(name) >= 5 and re.match(r"e?s(?![A-Za-z0-9])", after) is not None
    if _CODE.match(after) and name.isascii() and len(name) <= 4:
        return False  # "HA-139" is a code, no hyaluronic acid
    if last.isdigit() and _QUANTITY.match(after) and _SPACED_DIGITS.search(name):
        return False  # "비타민 B 3 %" is three per cent of vitamin B
    word = _WORD_BEHIND.match(after)
    if word and word[1].lower() in LATIN_SUFFIX_WORDS:
        return False
    return not is_hangul(last) or _may_follow(sum(map(is_hangul, name)), after)


def _may_follow(num_syllables: int, after: str) -> bool:
    """Tell whether what is written directly behind a Korean name leaves it that name. Short names are words' parts."""
    run = _HANGUL_RUN.match(after)
    if run is None or num_syllables >= _LONG_NAME:
        return True
    if PARTICLES.fullmatch(run[0]):
        return True
    return num_syllables > 1 and FOLLOWERS.match(run[0]) is not None
