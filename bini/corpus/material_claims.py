"""How a claim asks for a material: alone, for its role, as a class, as a Markush group, with an amount, or its absence."""

from dataclasses import dataclass
from random import Random

from bini.corpus.korean import with_particle
from bini.corpus.nouns import Requirement
from bini.corpus.pool import Pool
from bini.corpus.roles import Wanted


@dataclass(frozen=True)
class Phrase:
    """One requirement in the making: Korean, English, chart rows."""

    korean: str
    english: str
    charts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Role:
    """The role in both languages, and whether what fills it is weighed."""

    slot: str
    korean: str
    english: str
    is_weighed: bool


def write_requirement(random: Random, pool: Pool, role: Role, wanted: Wanted) -> Requirement:
    """Write what a claim asks."""
    names_ko = [pool.claim_name(random, name, "ko") for name in wanted.entities]
    names_en = [pool.claim_name(random, name, "en") for name in wanted.entities]
    twist = "markush" if len(names_ko) > 1 else ""
    if twist:
        phrase = _group(random, role, names_ko, names_en)
    elif wanted.is_negative:
        name = with_particle(names_ko[0], "을")
        korean = random.choice((f"{name} 포함하지 않는다", f"{name} 함유하지 않는다"))
        english, row = f"wherein {names_en[0]} is not contained", (f"{names_ko[0]} 불포함",)
        return Requirement(role.slot, korean, english, row, wanted, "negative", wanted.entities)
    elif random.random() < 0.45:
        phrase = _for_role(random, role, names_ko[0], names_en[0])
    else:
        phrase = Phrase(names_ko[0], names_en[0])
    if wanted.span is not None:
        phrase = _with_amount(random, phrase, names_ko, wanted)
        twist = "numeric"
    elif random.random() < 0.35:
        phrase = Phrase(_clause(random, role, names_ko), phrase.english, phrase.charts)
    charts = phrase.charts or (f"{names_ko[0]} {'함유' if role.is_weighed else '사용'}",)
    return Requirement(role.slot, phrase.korean, phrase.english, charts, wanted, twist, wanted.entities)


def _group(random: Random, role: Role, names_ko: list[str], names_en: list[str]) -> Phrase:
    """Write a Markush group; it is one requirement and stays whole."""
    group = random.choice(("하나 이상", "1종 이상", "어느 하나", "적어도 하나"))
    tail = random.choice((f"의 {role.korean}", f"의 {role.korean}", ""))
    listed = with_particle(f"{', '.join(names_ko[:-1])} 및 {names_ko[-1]}", "으로")
    english = f"{', '.join(names_en[:-1])} and {names_en[-1]}"
    return Phrase(
        f"{listed} 이루어진 군에서 선택되는 {group}{tail}",
        f"at least one {role.english} selected from the group consisting of {english}",
        (
            f"{role.korean}: {', '.join(names_ko)} 중 {random.choice(('1종 이상', '하나 이상'))}",
            f"{', '.join(names_ko)}에서 선택된 {role.korean}",
            f"{with_particle(role.korean, '이')} {', '.join(names_ko[:-1])} 또는 {names_ko[-1]}",
        ),
    )


def _for_role(random: Random, role: Role, korean: str, english: str) -> Phrase:
    as_role = with_particle(role.korean, "으로")
    written = f"{as_role}서 {korean}" if random.random() < 0.6 else f"{role.korean}인 {korean}"
    article = "an" if role.english[0] in "aeiou" else "a"
    charts = (
        f"{role.korean}: {korean}",
        f"{as_role} {korean} 사용",
        f"{with_particle(role.korean, '이')} {with_particle(korean, '을')} 포함",
    )
    return Phrase(written, f"{english} as {article} {role.english}", charts)


def _with_amount(random: Random, phrase: Phrase, names: list[str], wanted: Wanted) -> Phrase:
    assert wanted.span is not None
    unit = random.choice(("중량%", "중량%", "중량%", "wt%", "질량%"))
    text = wanted.span.text_ko(unit, random.randrange(4))
    korean = phrase.korean
    forms = [f"{korean} {text}", f"{korean} {text}", f"조성물 총 중량에 대하여 {korean} {text}"]
    if len(names) == 1:
        forms += [f"{text}의 {korean}", f"상기 {names[0]}의 함량은 조성물 총 중량에 대하여 {text}이다"]
    chart = f"{phrase.charts[0] if phrase.charts else names[0]} {text}"
    return Phrase(random.choice(forms), f"{wanted.span.text_en('wt%')} of {phrase.english}", (chart,))


def _clause(random: Random, role: Role, names: list[str]) -> str:
    """Write the requirement as a clause: 상기 점증제는 카보머이다."""
    subject = with_particle(f"상기 {role.korean}", "은")
    if len(names) > 1:
        listed = with_particle(f"{', '.join(names[:-1])} 및 {names[-1]}", "으로")
        return f"{subject} {listed} 이루어진 군에서 선택되는 {random.choice(('하나 이상', '1종 이상'))}이다"
    name = with_particle(names[0], "을")
    taken = "함유" if role.is_weighed else "사용"
    forms = [
        f"{subject} {names[0]}이다",
        f"{subject} {name} 포함한다",
        f"{name} {with_particle(role.korean, '으로')} {taken}한다",
    ]
    return random.choice(forms)
