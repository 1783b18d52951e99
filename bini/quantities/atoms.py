"""The numbers of a plain text, each with the unit beside it; what only looks like a number is passed over.

Passed over are dates, CAS and patent numbers, 제1, section numbers, 1,2-헥산다이올, PEG-40, D50. An `Atom` is one
number: "10 내지 25 중량%" has two, 10 (no unit yet) and 25 중량%.
"""

import re
from dataclasses import dataclass, replace
from fractions import Fraction

from bini.quantities.units import ANGLE_UNIT, DAY, PA, Unit, unit_at

MAX_DIGITS = 24  # longer runs of digits are identifiers
KOREAN_NUMBERS = {"한": 1, "두": 2, "세": 3, "네": 4, "다섯": 5, "여섯": 6, "일곱": 7, "여덟": 8, "아홉": 9, "열": 10}
ENGLISH_NUMBERS = {
    **{"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10},
    **{"eleven": 11, "twelve": 12},
}
DAYS = {
    "이틀": 2,
    "사흘": 3,
    "나흘": 4,
    "닷새": 5,
    "엿새": 6,
    "이레": 7,
    "여드레": 8,
    "아흐레": 9,
    "열흘": 10,
    "보름": 15,
    "일주일": 7,
}
AND_HALF = re.compile(r"\s반(?=[\s,.)]|[을이만은도쯤]|정도|$)")  # 1분 반, 한 시간 반
VULGAR = {"½": Fraction(1, 2), "⅓": Fraction(1, 3), "⅔": Fraction(2, 3), "¼": Fraction(1, 4), "¾": Fraction(3, 4)}
SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")

D, DECIMAL = "[0-9]", r"[0-9]++(?:\.[0-9]++)?+"
TOKEN = re.compile(
    rf"""
    (?P<skip>
        (?<![가-힣])제\s?{D}++(?:\s?항)?(?:\s?(?:내지|~|-)\s?(?:제\s?)?{D}++(?:\s?항)?)*+        # 제1항 내지 제3항
      | (?<!{D})(?:
            {D}{{4}}\s?년(?:\s?{D}{{1,2}}\s?월)?(?:\s?{D}{{1,2}}\s?일)?                          # 2025년 3월 1일
          | {D}{{1,2}}\s?월\s?{D}{{1,2}}\s?일
          | {D}{{4}}\s?[./]\s?{D}{{1,2}}\s?[./]\s?{D}{{1,2}}(?!{D})
          | {D}{{1,2}}:{D}{{2}}(?=\s?[apAP]\.?[mM]) | (?<=오[전후]\s){D}{{1,2}}:{D}{{2}}
          | {D}++(?:-{D}++){{2,}}+ | {D}{{2}}-{D}{{6,8}}(?!{D})                                 # CAS, 10-2918091
          | {DECIMAL}(?:\s?:\s?{DECIMAL}){{2,}}+                                                # 1:2:3
          | {D}++(?:\.{D}++){{2,}}+ | {DECIMAL}(?:/{DECIMAL})++                                 # 1.2.3, 99.5/0.5
          | (?!{D}{{1,3}}(?:,{D}{{3}})++(?!,?{D})){D}++(?:,{D}++)++(?:\.{D}++)*+                # 1,2-
        )
    )
  | (?<![A-Za-z])PA\s?(?P<pa>\++)
  | (?<!{D})(?P<number>(?:{D}{{1,3}}(?:,{D}{{3}})++|{D}++)(?:\.{D}++)?+|(?<![^\s(\[~])\.{D}++)
    (?:\s?(?P<vulgar>[½⅓⅔¼¾]))?
    (?:\s?[×xX*]\s?10(?:                                                            # 2.5×10^-6, 10⁻⁶, 10-6
        \^\s?(?P<caret>[-+]?{D}{{1,2}})|(?P<super>[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{{1,2}})|(?P<minus>-(?:1[0-2]|[1-9]))
    )(?![.{D}]))?
  | (?P<half>[½⅓⅔¼¾])
  | (?<![가-힣])(?P<korean>한(?!번|층)|{"|".join(list(KOREAN_NUMBERS)[1:])})
    (?=\s?(?:개|가지)|\s(?:종|회|번|층|겹|쌍|매|장|시간))
  | (?<![가-힣])(?P<days>{"|".join(DAYS)})(?=[\s,.)]|동안|간|쯤|뒤|후|정도|만에|이면|[을를이은이도씩째]|$)
  | (?<![A-Za-z])(?P<english>(?i:{"|".join(ENGLISH_NUMBERS)}))
    (?=[\s-](?i:(?:(?:or|to)\s(?:[a-z]{{3,6}})\s)?(?:layer|kind|type|time|piece|sheet|pl[yi]|hour|minute|day|week)))
    """,
    re.VERBOSE,
)
UNIT_GAP = re.compile(r"-(?=[A-Za-z]{2})|\s{0,3}")
GLUED = re.compile(r"[A-Za-z_^²³⁰¹⁴⁵⁶⁷⁸⁹']|-[A-Za-z가-힣]|\s?[×*]\s?[0-9]")
TIMES = re.compile(r"[0-9]\s?[×xX*]\s?$")
HANGUL_NAME = re.compile("[가-힣]-")
MINUS = re.compile(r"[\s(\[{~,:;=/<>≤≥]?-")
BELOW_ZERO = re.compile(r"(?:영하|(?<![A-Za-z])(?i:minus))\s?$")
ANGLE_WORDS = re.compile("(?:각도|경사|기울|회전|배향|접촉각|angle)[^0-9,;]{0,8}$")


@dataclass(frozen=True, slots=True)
class Atom:
    """One number; `start` to `end` holds number and unit, `number_end` lies between the two."""

    start: int
    number_end: int
    end: int
    magnitude: Fraction
    unit: Unit | None
    signed: bool = False  # a minus stands before `start`, or 영하 there
    glued: bool = False  # something is stuck to it (5-아미노, 10²): alone it is no number

    @property
    def value(self) -> Fraction:
        return -self.magnitude if self.signed else self.magnitude


def read_atoms(plain: str) -> list[Atom]:
    """Read every number of a plain text, in order."""
    atoms: list[Atom] = []
    for match in TOKEN.finditer(plain):
        last_end = atoms[-1].end if atoms else -1
        atom = None if match["skip"] else _atom(plain, match, last_end)
        if atom is not None and atom.start >= last_end:
            atoms.append(_also_below_zero(plain, atoms[-1], atom) if atoms else atom)
    return atoms


def _also_below_zero(plain: str, first: Atom, second: Atom) -> Atom:
    """Return the second number below zero where the words say it of both at once: 영하 20~30도; its first digit is as a minus."""
    is_one_range = plain[first.end : second.start].strip() in ("~", "-", "내지", "에서")
    worded = first.signed and plain[first.start - 1] != "-" and first.unit is None
    is_cold = second.unit is not None and second.unit.kind == "temperature" and not second.signed
    return replace(second, start=second.start + 1, signed=True) if is_one_range and worded and is_cold else second


def _atom(plain: str, match: re.Match[str], last_end: int) -> Atom | None:
    """Make an atom of a token, given where the atom before it ended; None for part of a name or formula."""
    start, end = match.span()
    if match["pa"]:
        return Atom(start, end, end, Fraction(len(match["pa"])), PA) if len(match["pa"]) <= 5 else None
    magnitude = _magnitude(match)
    joins = 0 <= start - 1 - last_end <= 3 and plain[last_end:start].strip() == "-"  # 80-100, 80 mm -100 mm
    if magnitude is None or not (joins or _stands_alone(plain, start)):
        return None
    if match["days"]:
        return Atom(start, end, end, magnitude, DAY)  # the word is number and unit
    found = unit_at(plain, UNIT_GAP.match(plain, end).end())  # type: ignore[union-attr]  # may match nothing, not fail
    hyphen = plain[max(0, start - 2) : start]
    if not joins and HANGUL_NAME.fullmatch(hyphen) and (found is None or plain[end].isspace()):
        return None  # 폴리쿼터늄-10
    unit, unit_end = found if found else (None, end)
    if unit is not None and unit.symbol == "도" and ANGLE_WORDS.search(plain, max(0, start - 16), start):
        unit = ANGLE_UNIT
    below_zero = BELOW_ZERO.search(plain, max(0, start - 7), start)
    signed = not joins and (MINUS.fullmatch(hyphen) is not None or below_zero is not None)
    start = below_zero.start() + 1 if signed and below_zero else start  # as if the first letter were the minus
    if unit is not None and unit.kind == "time" and (half := AND_HALF.match(plain, unit_end)):
        magnitude, unit_end = magnitude + Fraction(1, 2), half.end()
    return Atom(start, end, unit_end, magnitude, unit, signed, unit is None and GLUED.match(plain, end) is not None)


def _magnitude(match: re.Match[str]) -> Fraction | None:
    """Return the number a token writes, exactly; None for a run of digits too long to be a measurement."""
    if match["korean"]:
        return Fraction(KOREAN_NUMBERS[match["korean"]])
    if match["days"]:
        return Fraction(DAYS[match["days"]])
    if match["english"]:
        return Fraction(ENGLISH_NUMBERS[match["english"].lower()])
    if match["half"]:
        return VULGAR[match["half"]]
    if len(match["number"]) > MAX_DIGITS:
        return None
    exponent = match["caret"] or (match["super"] or "").translate(SUPERSCRIPT) or match["minus"]
    written = Fraction(match["number"].replace(",", "")) + VULGAR.get(match["vulgar"] or "", Fraction(0))
    return written * Fraction(10) ** int(exponent) if exponent else written


def _stands_alone(plain: str, start: int) -> bool:
    """True unless the number belongs to a name or formula: D50, PEG-40, (MMP)-2, 2×10, v.5, mg/100 g."""
    before, earlier = plain[max(0, start - 1) : start], plain[max(0, start - 2) : max(0, start - 1)]
    if before in {"_", "#", "^"} or _is_letter(before):
        return plain[max(0, start - 3) : start].lower().endswith(("ph", "spf"))
    if before == "-":
        return earlier != ")" and not _is_letter(earlier)
    if before in {"/", "."}:
        return not (earlier.isascii() and earlier.isalnum())
    return TIMES.search(plain, max(0, start - 4), start) is None


def _is_letter(character: str) -> bool:
    """True for a letter that binds a number to it; those of East Asia do not (나이아신아마이드5%)."""
    return character.isalpha() and ord(character) < 0x2E80
