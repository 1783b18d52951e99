"""How a product tells of a material: present, named for the role, denied, left open, by class or by code."""

from random import Random

from bini.corpus.material_claims import Role
from bini.corpus.nouns import Fact
from bini.corpus.pool import Pool
from bini.corpus.roles import Told
from bini.corpus.spans import number_text
from bini.corpus.wording import (
    AMOUNT_OPEN_EN,
    AMOUNT_OPEN_KO,
    CANDIDATES_EN,
    CANDIDATES_KO,
    CODE_NAME_EN,
    CODE_NAME_KO,
    DENIED_EN,
    DENIED_KO,
    GENUS_EN,
    GENUS_KO,
    INSTEAD_EN,
    INSTEAD_KO,
    PRESENT_EN,
    PRESENT_KO,
    ROLE_EN,
    ROLE_KO,
    ROLE_OPEN_EN,
    ROLE_OPEN_KO,
    UNDECIDED_EN,
    UNDECIDED_KO,
    fill,
)


def write_fact(random: Random, pool: Pool, role: Role, told: Told) -> Fact:
    """Write what a product tells, in every wording."""
    values = {"R": role.korean, "A": "", "V": ""}
    english = {"R": role.english, "A": "", "V": ""}
    twist: str = told.says if told.says not in ("present", "role") else "replaced" if told.instead else ""
    if told.instead:
        values["O"], _ = pool.product_name(random, told.instead, "ko")
        english["O"], _ = pool.product_name(random, told.instead, "en")
    if told.entity:
        if told.says == "collision":
            values["N"] = english["N"] = pool.collision(told.entity) or ""
        else:
            values["N"], name_twist = pool.product_name(random, told.entity, "ko")
            english["N"], _ = pool.product_name(random, told.entity, "en")
            twist = twist or name_twist
    if told.amount is not None:
        text, unit_twist = _amount_text(random, told.amount)
        values["A"], english["A"] = text, text.replace("중량%", "wt%")
        twist = twist or unit_twist
    if told.says == "code":
        values["N"] = english["N"] = (
            random.choice("BCDHKMNPRSTX") + random.choice("AELNQRTX") + f"-{random.randrange(10, 990)}"
        )
    frames_ko, frames_en = _frames(told, role.is_weighed)
    ko = tuple(fill(frame, values) for frame in frames_ko)
    en = tuple(fill(frame, english) for frame in frames_en)
    items_ko, items_en = _items(told, values, role.korean), _items(told, english, role.english)
    return Fact(role.slot, ko, en, items_ko, items_en, told, twist)


def _frames(told: Told, is_weighed: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    tables = {
        "denied": (DENIED_KO, DENIED_EN),
        "undecided": (UNDECIDED_KO, UNDECIDED_EN),
        "role_open": (ROLE_OPEN_KO, ROLE_OPEN_EN),
        "genus": (GENUS_KO, GENUS_EN),
        "collision": (PRESENT_KO, PRESENT_EN),
        "code": (CODE_NAME_KO, CODE_NAME_EN),
        "present": (PRESENT_KO, PRESENT_EN),
        "role": (ROLE_KO, ROLE_EN),
        "candidates": (CANDIDATES_KO, CANDIDATES_EN),
    }
    frames_ko, frames_en = tables[told.says]
    if told.instead and told.says == "role":
        return INSTEAD_KO, INSTEAD_EN
    if told.says in ("present", "role") and told.amount is None and is_weighed:
        frames_ko, frames_en = frames_ko + AMOUNT_OPEN_KO, frames_en + AMOUNT_OPEN_EN
        if told.says == "role":
            frames_ko, frames_en = ROLE_KO, ROLE_EN
    if not is_weighed:
        frames_ko = tuple(frame for frame in frames_ko if not set(WEIGHED_WORDS) & set(frame.replace("«", "").split()))
    return frames_ko, frames_en


WEIGHED_WORDS = ("넣는다", "넣었다", "배합한다", "배합했다", "무첨가이다", "첨가", "함유한다", "들어간다", "처방에서")


def _items(told: Told, values: dict[str, str], role: str) -> tuple[str, ...]:
    if told.says == "present":
        return (f"«{values['N']} {values['A']}".strip() + "»",)
    if told.says == "role" and not told.instead:
        shown = f"{values['N']} {values['A']}".strip()
        return (f"«{role}: {shown}»", f"«{shown}»({role})", f"«{role} - {shown}»")
    return ()


def _amount_text(random: Random, amount: float) -> tuple[str, str]:
    shape = random.random()
    if amount <= 1 and shape < 0.2:
        return f"{number_text(round(amount * 10000, 2))} ppm", "unit_conversion"
    if shape < 0.07:
        return f"{number_text(round(amount * 10, 3))} mg/g", "unit_conversion"
    unit = random.choice(("%", "%", "%", " %", " 중량%", "wt%", " wt%", "중량%"))
    return f"{number_text(amount)}{unit}", ""
