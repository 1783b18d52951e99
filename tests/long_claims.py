"""Cases with long claims, to see whether answers to them end: 12 elements and more, and claims of 4,000 characters.

    .venv/bin/python tests/long_claims.py outputs/long_claims.jsonl
    .venv/bin/bini eval recipes/gemma3-270m-bini.yaml --cases outputs/long_claims.jsonl --no-free

They are made of data/written/cases_*.jsonl, which the adapter was trained on: what is asked is whether an answer is whole,
not whether it is right. Half of them have the elements and products of three claims; the other half have twelve elements of
some 340 characters, each joined of several, and two products.
"""

import json
import random
import sys
from itertools import chain, islice
from pathlib import Path

from bini.cases import load_cases
from bini.schema import Case

WRITTEN = Path(__file__).resolve().parent.parent / "data/written"
COUNT = 20  # of each kind
LONG = 340  # characters an element


def main() -> int:
    chance = random.Random(0)
    cases = [case for path in sorted(WRITTEN.glob("cases_*.jsonl")) for case in load_cases(path)]
    made = [_joined(f"many-{i}", chance.sample(cases, 3)) for i in range(COUNT)]
    made += [_lengthened(f"long-{i}", chance.sample(cases, 30)) for i in range(COUNT)]
    out = Path(sys.argv[1])
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text("".join(case.model_dump_json() + "\n" for case in made), encoding="utf-8")
    sizes = [(len(case.elements or ()), len(case.claim_text), len(case.user_query)) for case in made]
    print(
        json.dumps(
            {"cases": len(made), "elements": _range(sizes, 0), "claim": _range(sizes, 1), "product": _range(sizes, 2)}
        )
    )
    return 0


def _joined(name: str, parts: list[Case]) -> Case:
    return _case(name, list(chain.from_iterable(part.elements or () for part in parts)), parts)


def _lengthened(name: str, parts: list[Case]) -> Case:
    left = chain.from_iterable(part.elements or () for part in parts)
    elements = []
    for _ in range(12):
        words: list[str] = []
        while sum(map(len, words)) < LONG:
            words += islice(left, 1)
        elements.append(", ".join(words))
    return _case(name, elements, parts[:2])


def _case(name: str, elements: list[str], products: list[Case]) -> Case:
    return Case(
        case_id=name,
        regit_num=name,
        claim_text="; ".join(elements) + "를 포함하는 물품.",
        elements=tuple(elements),
        user_query=" ".join(product.user_query for product in products),
    )


def _range(sizes: list[tuple[int, int, int]], which: int) -> list[int]:
    return [min(size[which] for size in sizes), max(size[which] for size in sizes)]


if __name__ == "__main__":
    sys.exit(main())
