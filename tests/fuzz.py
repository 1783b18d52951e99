"""Malformed input by the thousand: every file BINI reads, mutated; only a BiniError or a valid answer may come out.

    .venv/bin/python tests/fuzz.py 100000 --seed 1     prints a JSON line; the exit code is 1 where anything failed

An input is made from the seed and its number alone, so that `--only N` makes a failing one again.
"""

import argparse
import json
import random
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bini.cases import elements_for, load_cases
from bini.claims import split_claims
from bini.corpus.recipe import load_corpus_recipe
from bini.errors import BiniError
from bini.exchange import import_cases
from bini.facts import facts_about
from bini.prefilter import settled_by_code
from bini.recipe import load_recipe
from bini.schema import Case
from bini.screen.tables import read_patents, read_products

MAX_SECONDS = 60  # for one input, by the clock on the wall, which others use, too; longer is a hang
CLAIM = "아세틸트리부틸시트레이트(ATBC) 10 내지 25 중량% 및 글리세린을 포함하는 미백용 화장료 조성물."
PRODUCT = "ATBC 12.5%와 글리세린을 넣고 파라벤은 무첨가인 미백 앰플입니다. CAS 77-90-7, pH 5.5."
LABEL = {
    "regit_num": "1",
    "comparisons": [
        {"patent_element": "ATBC 10 내지 25 중량%", "user_product_element": "ATBC 12.5%", "match": "대응"},
        {"patent_element": "화장료", "user_product_element": None, "match": "판단불가", "flags": ["확인"]},
    ],
    "risk_level": "애매",
    "decision_reason": "화장료인지 알 수 없다.",
}
CASE = {
    "case_id": "a",
    "regit_num": "1",
    "claim_text": CLAIM,
    "elements": ["ATBC 10 내지 25 중량%", "화장료"],
    "user_query": PRODUCT,
    "label": LABEL,
    "tags": ["numeric"],
}
CASES = "".join(json.dumps(CASE | {"case_id": n, "user_query": PRODUCT + n}, ensure_ascii=False) + "\n" for n in "abc")
PAIRED = json.dumps([{"regit_num": "1", "claim_text": CLAIM, "user_query": PRODUCT + n} for n in "ab"], indent=1)
LABELS = "".join(json.dumps(LABEL, ensure_ascii=False) + "\n" for _ in "ab")
CLAIMS = (
    f"1. {CLAIM}\n2. 제1항에 있어서, 상기 글리세린이 5 wt% 이하인 조성물.\n"
    "3. A battery comprising: (a) an anode; (b) a cathode selected from the group consisting of LFP and NMC.\n"
)
TABLE = f'case_id,regit_num,claim_text,user_query,patent_element,match\nx,1,{CLAIM},"{PRODUCT}",ATBC,\nx,,,,화장료,\n'
PRODUCTS = f'id,text\np1,"{PRODUCT}"\np2,물 세정제\n'
PATENTS = f'등록번호,청구항\n1,"{CLAIM}"\n2,물을 포함하는 세정제\n'
RECIPE = (
    "base_model: embedded:tiny-random\nseed: 3407\ndata:\n  cases: a.json\n  labels: null\nprompt: {hints: true}\n"
    "lora:\n  r: 16\n  target_modules: [q_proj, v_proj]\ntrain: {epochs: 2.5, learning_rate: 2.0e-4}\n"
)
CORPUS = (Path(__file__).parents[1] / "data/corpus/corpus.yaml").read_text(encoding="utf-8")
TOKENS = [
    *("\0", "\ufeff", "\u202e", "\u200b", "\r", "\r\n", "\u2028", "\t", '"', "'", "\\", "\\ud800", "\\u0000", "{", "}"),
    *(
        "[" * 5000,
        "{" * 300,
        "(" * 400,
        '{"a":' * 3000,
        "]",
        ",",
        ",,",
        ":",
        ";",
        "|",
        "&a [*a]",
        "*a",
        "!!python/x",
        "<<:",
    ),
    *(
        "NaN",
        "Infinity",
        "-Infinity",
        "1e999",
        "9" * 5000,
        "-0",
        "0x1F",
        "1_000",
        "2001-99-99",
        "12:99:99",
        "null",
        "true",
    ),
    *(
        "10^99999",
        "10 내지",
        "내지 25",
        "%%",
        "25 내지 10 %",
        "0 %",
        "1/0",
        "10⁹⁹",
        "½",
        "∞",
        "１２",
        "٣",
        "10 ~ ~ 20",
        "± 5",
    ),
    *(
        "제1항",
        "제9999999999999999999항에 있어서,",
        "청구항 2에 있어서",
        "claim 2",
        "2. 2. 2.",
        "=cmd()",
        "+1",
        "@x",
        "-2+3",
    ),
    *(
        "무첨가",
        "없는",
        "로만 이루어진",
        "군에서 선택되는 하나 이상",
        "또는 " * 200,
        "가" * 3000,
        "a" * 3000,
        " " * 3000,
        "\n" * 500,
    ),
    *(
        "77-90-7",
        "CAS 00-00-0",
        "ATBC" * 200,
        "and " * 200,
        "((((",
        "<end_of_turn>",
        "[제품]",
        "🧴",
        "\u0301" * 50,
        "한글",
    ),
]
VALUES: list[Any] = [
    None,
    True,
    0,
    -1,
    1e308,
    "",
    " ",
    [],
    {},
    [[]],
    ["x"] * 50,
    {"a": {"b": None}},
    "\ud800",
    "x" * 999,
]


@dataclass
class Outcome:
    """How a run went: inputs by target and result, and what failed."""

    counts: Counter[str] = field(default_factory=Counter)
    failures: list[dict[str, Any]] = field(default_factory=list)
    slowest_seconds: float = 0.0


def mutated(text: str, dice: random.Random) -> bytes:
    """Return a valid text with a few faults in it, as the bytes of a file."""
    if text.startswith("{") and dice.random() < 0.4:
        text = _restructured(text, dice)
    for _ in range(dice.choice((1, 1, 2, 3, 8))):
        start, length = dice.randrange(len(text) + 1), dice.choice((0, 1, 1, 3, 20, 200))
        piece = dice.choice((dice.choice(TOKENS), "", text[dice.randrange(len(text) + 1) :][:40]))
        text = text[:start] + piece + text[start + length :]
    if dice.random() < 0.1:
        text = text[: dice.randrange(len(text) + 1)]
    content = text.encode(dice.choice(("utf-8",) * 8 + ("utf-16", "cp949", "utf-8-sig")), "replace")
    if content and dice.random() < 0.15:
        place = dice.randrange(len(content))
        content = content[:place] + bytes([dice.randrange(256)]) + content[place + 1 :]
    return content


def _restructured(text: str, dice: random.Random) -> str:
    """Return JSON lines with a value of another type, or without a key, somewhere in one of them."""
    lines = text.splitlines()
    number = dice.randrange(len(lines))
    value = json.loads(lines[number])
    inside: Any = value
    while isinstance(inside, dict | list) and inside:
        key = dice.choice(list(inside) if isinstance(inside, dict) else range(len(inside)))
        if not isinstance(inside[key], dict | list) or dice.random() < 0.4:
            if dice.random() < 0.3:
                del inside[key]
            else:
                inside[key] = dice.choice(VALUES)
            break
        inside = inside[key]
    lines[number] = json.dumps(value, ensure_ascii=dice.random() < 0.5 or "\\ud800" in json.dumps(value))
    return "\n".join(lines) + "\n"


def _written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def _cases(folder: Path, dice: random.Random) -> None:
    for case in load_cases(_written(folder, "cases.jsonl", mutated(CASES, dice))):
        assert elements_for(case)


def _paired(folder: Path, dice: random.Random) -> None:
    is_first = dice.random() < 0.5
    cases = _written(folder, "pair.json", mutated(PAIRED, dice) if is_first else PAIRED.encode())
    labels = _written(folder, "labels.jsonl", LABELS.encode() if is_first else mutated(LABELS, dice))
    assert all(case.label for case in load_cases(cases, labels))


def _claims(folder: Path, dice: random.Random) -> None:
    text = mutated(CLAIMS, dice).decode("utf-8", "replace")
    for claim in split_claims(text):
        assert claim.elements


def _table(folder: Path, dice: random.Random) -> None:
    assert import_cases(_written(folder, "table.csv", mutated(TABLE, dice)))


def _json_import(folder: Path, dice: random.Random) -> None:
    text = CASES.replace("user_query", "product")
    path = _written(folder, "import.jsonl", mutated(text, dice))
    assert import_cases(path, mapping={"user_query": "product"})


def _products(folder: Path, dice: random.Random) -> None:
    assert read_products(Path("products.csv"), mutated(PRODUCTS, dice))


def _patents(folder: Path, dice: random.Random) -> None:
    assert read_patents(Path("patents.csv"), mutated(PATENTS, dice))


def _recipe(folder: Path, dice: random.Random) -> None:
    assert load_recipe(_written(folder, "recipe.yaml", mutated(RECIPE, dice))).base_model


def _corpus(folder: Path, dice: random.Random) -> None:
    load_corpus_recipe(_written(folder, "corpus.yaml", mutated(CORPUS, dice)))


def _facts(folder: Path, dice: random.Random) -> None:
    """A case of any texts at all: the claim is split, facts are found, the prefilter decides."""
    claim, product = (mutated(text, dice).decode("utf-8", "replace").strip() or "x" for text in (CLAIM, PRODUCT))
    case = Case(case_id="a", regit_num="1", claim_text=claim, user_query=product)
    assert len(facts_about(case)) == len(elements_for(case))
    settled_by_code(case)


TARGETS: dict[str, Callable[[Path, random.Random], None]] = {
    "cases file": _cases,
    "paired form": _paired,
    "claims": _claims,
    "table": _table,
    "mapped JSON": _json_import,
    "products": _products,
    "patents": _patents,
    "recipe": _recipe,
    "corpus recipe": _corpus,
    "facts": _facts,
}


def fuzz(count: int, seed: int, folder: Path, only: int | None = None, max_seconds: int = 0) -> Outcome:
    """Feed `count` inputs, target by target in turn; `only` feeds that one alone; 0 seconds: an input may take its time."""
    outcome = Outcome()
    names = list(TARGETS)
    for number in range(count) if only is None else [only]:
        name = names[number % len(names)]
        started = time.process_time()
        if max_seconds:
            signal.alarm(max_seconds)
        try:
            TARGETS[name](folder, random.Random(f"{seed}-{number}"))
            outcome.counts[f"{name}: answer"] += 1
        except BiniError as error:
            outcome.counts[f"{name}: error"] += 1
            if not str(error).strip() or len(str(error)) > 200_000:
                outcome.failures.append({"number": number, "target": name, "error": "an error without measure"})
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{Path(last.filename).name}:{last.lineno}"
            ours = [f for f in traceback.extract_tb(error.__traceback__) if "/bini/" in f.filename]
            room = f"{'/'.join(Path(ours[-1].filename).parts[-2:])}:{ours[-1].lineno}" if ours else ""
            said = f"{type(error).__name__}: {str(error)[:160]}"
            outcome.failures.append({"number": number, "target": name, "error": said, "where": where, "room": room})
        finally:
            if max_seconds:
                signal.alarm(0)
        outcome.slowest_seconds = max(outcome.slowest_seconds, time.process_time() - started)
    return outcome


def _too_long(*_: object) -> None:
    raise TimeoutError("no answer in time")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="the number of one input")
    options = parser.parse_args()
    signal.signal(signal.SIGALRM, _too_long)
    with tempfile.TemporaryDirectory() as folder:
        outcome = fuzz(options.count, options.seed, Path(folder), options.only, MAX_SECONDS)
    kinds = Counter((f["target"], f["error"].split(":")[0], f.get("room", "")) for f in outcome.failures)
    for kind, times in kinds.most_common():
        first = next(f for f in outcome.failures if (f["target"], f["error"].split(":")[0], f.get("room", "")) == kind)
        print(f"{times:6} {json.dumps(first, ensure_ascii=False)}", file=sys.stderr)
    print(
        json.dumps(
            {
                "inputs": options.count if options.only is None else 1,
                "failures": len(outcome.failures),
                "slowest_cpu_seconds": round(outcome.slowest_seconds, 2),
                "counts": dict(sorted(outcome.counts.items())),
            }
        )
    )
    return 1 if outcome.failures else 0


if __name__ == "__main__":
    sys.exit(main())
