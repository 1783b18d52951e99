"""From requirements to the text of a claim and its elements as verbatim slices, or as rows of a claim chart."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from bini.corpus.korean import conjugate, with_particle
from bini.corpus.nouns import Language, Requirement

TAKING_KO = ("포함하는", "포함하는", "함유하는", "구비하는", "포함하는 것을 특징으로 하는")
TAKING_PLAIN_KO = tuple(taking for taking in TAKING_KO if taking != "함유하는")
TAKING_AND = {
    "포함하는": "포함하고",
    "함유하는": "함유하고",
    "구비하는": "구비하고",
    "포함하는 것을 특징으로 하는": "포함하며",
}


@dataclass(frozen=True)
class ClaimText:
    """A claim and one text per requirement, in the order of `requirements`."""

    text: str
    requirements: tuple[Requirement, ...]
    slices: tuple[str, ...]
    chart: tuple[str, ...]


def claim_text(
    requirements: Sequence[Requirement], kind: Requirement | None, language: Language, seed: str
) -> ClaimText:
    """Write a claim; noun phrases come first, clauses after them, the kind of product last."""
    random = Random(f"{seed}:claim")
    phrases = [one for one in requirements if not _is_clause(one, language)]
    clauses = [one for one in requirements if _is_clause(one, language)]
    write = _korean if language == "ko" else _english
    text, slices = write(phrases, clauses, kind, random)
    ordered = (*phrases, *clauses, *((kind,) if kind else ()))
    chart = tuple(
        random.choice(one.chart_ko) if one.chart_ko and language == "ko" else slice_
        for one, slice_ in zip(ordered, slices, strict=True)
    )
    return ClaimText(text, ordered, tuple(slices), chart)


def _is_clause(requirement: Requirement, language: Language) -> bool:
    return requirement.ko.endswith("다") if language == "ko" else requirement.en.startswith("wherein ")


def _korean(
    phrases: Sequence[Requirement], clauses: Sequence[Requirement], kind: Requirement | None, random: Random
) -> tuple[str, list[str]]:
    slices = [one.ko for one in phrases]
    text = ""
    taking = random.choice(TAKING_KO if all(one.hidden for one in phrases) else TAKING_PLAIN_KO)
    if phrases:
        last = with_particle(slices[-1], "을")
        if len(phrases) == 1:
            text = last
        else:
            separator = random.choice((", ", "; "))
            text = separator.join(slices[:-1]) + (" 및 " if separator == ", " else "; 및 ") + last
        text += f" {TAKING_AND[taking]}, " if clauses else f" {taking} "
    for index, one in enumerate(clauses):
        if index + 1 < len(clauses):
            slices.append(conjugate(one.ko, random.choice(("and", "while"))))
            text += slices[-1] + ", "
        else:
            slices.append(conjugate(one.ko, "modifier") + " 것")
            text += slices[-1] + "을 특징으로 하는 "
    name = kind.ko if kind else "물건"
    if kind:
        slices.append(name)
    return text + name + ".", slices


def _english(
    phrases: Sequence[Requirement], clauses: Sequence[Requirement], kind: Requirement | None, random: Random
) -> tuple[str, list[str]]:
    slices = [one.en for one in phrases]
    name = kind.en if kind else "a product"
    separator = random.choice(("; ", ", "))
    listed = (
        slices[0]
        if len(slices) == 1
        else separator.join(slices[:-1]) + separator + "and " + slices[-1]
        if slices
        else ""
    )
    parts = [f"{name[0].upper()}{name[1:]} comprising: {listed}" if listed else name[0].upper() + name[1:]]
    for one in clauses:
        slices.append(one.en)
        parts.append(one.en)
    if kind:
        slices.append(name[0].upper() + name[1:])
    return ", ".join(parts) + ".", slices
