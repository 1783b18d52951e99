"""A tiny model for batches of ten thousand pairs: trained here on forty short pairs, so that its answers end.

The random model would write to its limit, and most of a batch's time would be that.
"""

import json
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
PATENTS = 50
TRAINED = 40
RECIPE = """# made by tests/pair_model.py
base_model: embedded:tiny-random
data: {{cases: {cases}, labels: null}}
prompt: {{instructions: short, claim_text: false}}
answer: {{max_quote_tokens: 16, reason: composed}}
lora: {{r: 32, alpha: 64}}
train: {{epochs: 60, batch_size: 8, learning_rate: 1.0e-2, checkpoint_every_steps: 1000, max_length: 512}}
engine: {{max_model_len: 512, max_num_seqs: 64, kv_cache_gib: 1}}
"""


def tables(folder: Path, num_pairs: int) -> tuple[Path, Path]:
    """Write short products and claims, `num_pairs` in all, rounded up to a multiple of PATENTS; return their files."""
    products, patents = folder / f"products-{num_pairs}.jsonl", folder / "patents.jsonl"
    write(products, [{"id": f"p{n}", "text": product(n)} for n in range(-(-num_pairs // PATENTS))])
    write(patents, [{"regit_num": str(n), "claim_text": claim(n), "elements": [element(n)]} for n in range(PATENTS)])
    return products, patents


def trained_recipe(folder: Path) -> Path:
    """Return the recipe of the tiny model, trained and merged; the second call finds it there."""
    cases, recipe = folder / "pairs.jsonl", folder / "pairs.yaml"
    write(cases, [labelled(n) for n in range(TRAINED)])
    recipe.write_text(RECIPE.format(cases=cases), encoding="utf-8")
    for stage in ("train", "merge"):
        subprocess.run([sys.executable, "-m", "bini.cli", stage, str(recipe)], cwd=REPOSITORY, check=True)
    return recipe


def labelled(n: int) -> dict[str, object]:
    is_met = n % 2 == 0
    patent = n % 40 if is_met else (n + 7) % 40
    match, risk = ("대응", "높음") if is_met else ("미대응", "낮음")
    comparison = {"patent_element": element(patent), "user_product_element": f"ATBC {n % 40 + 1}%", "match": match}
    label = {"regit_num": str(patent), "comparisons": [comparison], "risk_level": risk, "decision_reason": "함량."}
    return {
        "case_id": f"pair-{n}",
        "regit_num": str(patent),
        "claim_text": claim(patent),
        "user_query": product(n),
        "label": label,
    }


def product(n: int) -> str:
    return f"ATBC {n % 40 + 1}% 앰플 {n}"


def claim(n: int) -> str:
    return f"{element(n)}를 포함하는 화장료."


def element(n: int) -> str:
    return f"ATBC {n + 1}%"


def write(path: Path, rows: list[dict[str, object]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
