"""Typos and OCR faults: spaces lost or added, letters doubled, vowels confused, look-alike signs. Digits stay."""

from random import Random

CONFUSED = {1: 5, 5: 1, 8: 4, 13: 18, 3: 7, 7: 3, 20: 18}  # vowel indices: ㅐ/ㅔ, ㅗ/ㅓ, ㅜ/ㅡ, ㅒ/ㅖ, ㅣ/ㅡ
MARKS = ("\ue000", "\ue001", "\ue002")


def spoil(text: str, rate: float, random: Random) -> str:
    """Return the text with about `rate` faults per letter; marks of quotes and what they name stay whole."""
    written: list[str] = []
    is_name = False
    for letter in text:
        if letter == MARKS[0]:
            is_name = True
        if letter == MARKS[1]:
            is_name = False
        if is_name or letter in MARKS or letter.isdigit() or random.random() > rate:
            written.append(letter)
        else:
            written.append(_fault(letter, random))
    return "".join(written)


def _fault(letter: str, random: Random) -> str:
    if letter == " ":
        return random.choice(("", "  "))
    if "가" <= letter <= "힣":
        code = ord(letter) - 0xAC00
        initial, vowel, final = code // 588, code // 28 % 21, code % 28
        if vowel in CONFUSED and random.random() < 0.7:
            return chr(0xAC00 + initial * 588 + CONFUSED[vowel] * 28 + final)
        return random.choice((letter + " ", letter, letter + letter if random.random() < 0.3 else letter))
    if letter.isascii() and letter.isalpha():
        return random.choice((letter.swapcase(), letter + letter, ""))
    return letter
