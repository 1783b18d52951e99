"""Would a second look help: element and quote alone, after the chart? Trains one, and says how well each ranks the marks.

    .venv/bin/python tests/second_look.py 16000 data/corpus/dev.jsonl data/gold/handwritten_cases.jsonl --cases 150
    {"file": "dev", "cells": …, "auc_chart": …, "auc_second_look": …, "auc_both": …, "right_chart": …, "right_both": …}

The chart is the published model's, its log-probabilities read at each mark with the label's quotes before it; the second
look is a fresh LoRA on top, trained on "element, quote -> mark" from the training splits (--stock adds
data/corpus/stock_pairs). Both are summed with weight one. AUC is for 미대응 against 대응. Needs `bini corpus`; about
18 minutes for 16,000 pairs on 2 cores with AVX-512 BF16. --adapter FOLDER keeps it, or reads it.
"""

import argparse
import json
import random
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from sklearn.metrics import roc_auc_score
from transformers import AutoModelForCausalLM, AutoTokenizer

from bini.cases import load_cases
from bini.corpus.pair_stock import Pair, read_pairs
from bini.engine import model_folder
from bini.prompts import completion_ids, gold_answer, messages, prompt_ids
from bini.recipe import Recipe, load_recipe
from bini.schema import Case

REPOSITORY = Path(__file__).parents[1]
MARKS = ("대응", "미대응", "판단불가")
SHARES = (0.42, 0.45, 0.13)  # of the training pairs: misses are rare in charts, and what is to be learned
WRITTEN = re.compile(r',"(대응|균등|미대응|판단불가)"\]')  # a mark after its quote or null
BATCH = 32
DIGITS_KEPT = 0.2  # numbers are code's work


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pairs", type=int)
    parser.add_argument("files", type=Path, nargs="+", help="labelled cases to score on")
    parser.add_argument("--cases", type=int, help="of each file, drawn at random; default: all")
    parser.add_argument("--learning-rate", type=float, default=4e-4)
    parser.add_argument("--stock", action="store_true")
    parser.add_argument(
        "--adapter", type=Path, help="a folder: the second look trained there before, or to be kept there"
    )
    asked = parser.parse_args()
    recipe = load_recipe(REPOSITORY / "recipes/gemma3-270m-bini.yaml")
    merged = model_folder(recipe)
    torch.manual_seed(recipe.seed)
    tokenizer = AutoTokenizer.from_pretrained(merged)
    base = AutoModelForCausalLM.from_pretrained(merged, dtype=torch.bfloat16)
    scored = {path.stem: chart_marks(base, tokenizer, recipe, drawn(path, asked.cases)) for path in asked.files}
    look = SecondLook(base, tokenizer, asked.adapter)
    if not (asked.adapter and asked.adapter.exists()):
        look.train(training_pairs(asked.pairs, asked.stock), asked.learning_rate)
        if asked.adapter:
            look.model.save_pretrained(asked.adapter)
    for name, (pairs, chart) in scored.items():
        print(json.dumps({"file": name, **compared(pairs, chart, look.log_probabilities(pairs))}, ensure_ascii=False))
    return 0


def drawn(path: Path, count: int | None) -> list[Case]:
    cases = load_cases(path)
    return random.Random(0).sample(cases, min(count or len(cases), len(cases)))


def training_pairs(count: int, with_stock: bool) -> list[Pair]:
    """Draw distinct pairs of the training splits, SHARES of each mark as far as there are so many."""
    chance, marks = random.Random(1), {}
    for split in ("train_more", "train"):
        for line in (REPOSITORY / f"data/corpus/{split}.jsonl").read_text(encoding="utf-8").splitlines():
            for row in json.loads(line)["label"]["comparisons"]:
                if row.get("user_product_element") and row["match"] in MARKS:
                    marks[row["patent_element"], row["user_product_element"]] = row["match"]
    pairs = [Pair(*both, mark) for both, mark in marks.items()]
    pairs = [p for p in pairs if not any(c.isdigit() for c in p.element) or chance.random() < DIGITS_KEPT]
    chance.shuffle(pairs)
    chosen = []
    for mark, share in zip(MARKS, SHARES, strict=True):
        chosen += [pair for pair in pairs if pair.mark == mark][: int(count * share)]
    for path in sorted((REPOSITORY / "data/corpus/stock_pairs").glob("*.txt")) if with_stock else ():
        chosen += read_pairs(path)
    chance.shuffle(chosen)
    return chosen


def chart_marks(model: Any, tokenizer: Any, recipe: Recipe, cases: list[Case]) -> tuple[list[Pair], torch.Tensor]:
    """Return the quoted cells of labelled cases and the chart model's (cells, 3) log-probabilities of MARKS."""
    first = [tokenizer(mark, add_special_tokens=False).input_ids[0] for mark in MARKS]
    pairs, found = [], []
    for case in cases:
        prompt = prompt_ids(tokenizer, messages(case, recipe.prompt, recipe.answer))
        text = gold_answer(case, recipe.answer)
        answer = completion_ids(tokenizer, text)
        offsets = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]
        with torch.no_grad():
            logits = model(torch.tensor([prompt + answer]), logits_to_keep=len(answer) + 1).logits[0, :-1]
        places = [
            next(i for i, (_, end) in enumerate(offsets) if end > mark.start(1)) for mark in WRITTEN.finditer(text)
        ]
        assert case.label is not None
        for row, place in zip(case.label.comparisons, places, strict=True):
            if row.user_product_element and row.match in MARKS:
                pairs.append(Pair(row.patent_element, row.user_product_element, row.match))
                found.append(logits[place].float().log_softmax(-1)[first])
    return pairs, torch.stack(found)


class SecondLook:
    """A LoRA that reads an element and a quote, and gives log-probabilities of MARKS."""

    def __init__(self, base: Any, tokenizer: Any, adapter: Path | None) -> None:
        config = LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM")
        trained = adapter is not None and adapter.exists()
        self.model = PeftModel.from_pretrained(base, adapter) if trained else get_peft_model(base, config)
        self.tokenizer = tokenizer
        first = [tokenizer(mark, add_special_tokens=False).input_ids[0] for mark in MARKS]
        self.heads = base.get_input_embeddings().weight[first].detach().float()

    def ids(self, pair: Pair) -> list[int]:
        text = f"구성요소: {pair.element}\n제품: {pair.quote}"
        chat = [{"role": "user", "content": text}]
        return self.tokenizer.apply_chat_template(chat, add_generation_prompt=True, tokenize=True, return_dict=False)

    def logits(self, batch: list[list[int]]) -> torch.Tensor:
        longest = max(map(len, batch))
        tokens = torch.tensor([row + [0] * (longest - len(row)) for row in batch])
        mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in batch])
        hidden = self.model.base_model.model.model(input_ids=tokens, attention_mask=mask).last_hidden_state
        return hidden[range(len(batch)), [len(row) - 1 for row in batch]].float() @ self.heads.T

    def train(self, pairs: list[Pair], learning_rate: float) -> None:
        batches = list(self.batches(pairs))
        optimizer = torch.optim.AdamW([p for p in self.model.parameters() if p.requires_grad], lr=learning_rate)
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: min(1, (step + 1) / 30) * (1 - step / len(batches))
        )
        self.model.train()
        losses, started = [], time.monotonic()
        for step, batch in enumerate(batches, 1):
            wanted = torch.tensor([MARKS.index(pair.mark) for pair in batch])
            loss = torch.nn.functional.cross_entropy(self.logits([self.ids(pair) for pair in batch]), wanted)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            optimizer.step(), schedule.step(), optimizer.zero_grad()
            losses.append(loss.item())
            if step % 20 == 0:
                print(
                    f"{step}/{len(batches)} loss {sum(losses[-20:]) / 20:.3f} {time.monotonic() - started:.0f} s",
                    file=sys.stderr,
                )

    def batches(self, pairs: list[Pair]) -> Iterator[list[Pair]]:
        """Yield batches of like length, in random order within each twenty."""
        for start in range(0, len(pairs), BATCH * 20):
            near = sorted(pairs[start : start + BATCH * 20], key=lambda pair: len(pair.element) + len(pair.quote))
            some = [near[i : i + BATCH] for i in range(0, len(near), BATCH)]
            random.Random(start).shuffle(some)
            yield from some

    def log_probabilities(self, pairs: list[Pair]) -> torch.Tensor:
        """Return (pairs, 3)."""
        self.model.eval()
        with torch.no_grad():
            return torch.cat(
                [
                    self.logits([self.ids(pair) for pair in pairs[i : i + BATCH]]).log_softmax(-1)
                    for i in range(0, len(pairs), BATCH)
                ]
            )


def compared(pairs: list[Pair], chart: torch.Tensor, look: torch.Tensor) -> dict[str, float]:
    wanted = torch.tensor([MARKS.index(pair.mark) for pair in pairs])
    two = wanted < 2
    figures: dict[str, float] = {"cells": len(pairs), "missed_elements": int((wanted == 1).sum())}
    for name, found in (("chart", chart), ("second_look", look), ("both", chart + look)):
        figures[f"auc_{name}"] = round(roc_auc_score(wanted[two] == 1, (found[:, 1] - found[:, 0])[two]), 3)
        figures[f"right_{name}"] = round((found.argmax(-1) == wanted).float().mean().item(), 3)
    return figures


if __name__ == "__main__":
    sys.exit(main())
