"""Training rows: a labelled case becomes prompt ids, completion ids, and labels on the completion alone.

The row is tokenised here, with the same `prompts` functions that answering uses, so training and answering cannot
drift apart; the trainer gets ids and adds nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from bini.cases import elements_for
from bini.errors import BiniError
from bini.pairs import Pair
from bini.prompts import completion_ids, gold_answer, max_answer_tokens, messages, prompt_ids
from bini.recipe import Recipe
from bini.rules import MARKS
from bini.schema import Case
from bini.second_look import training_ids

IGNORED = -100  # label of a token that is read but not learned
PAIR = "pair"  # the case_id of a row that teaches the second look
FIRST_TOKENS = 3  # of a quote: which clause speaks of the element is a decision, its end is copying
QUOTED = re.compile(r'(?:(?<=:\[")|(?<=","))((?:[^"\\]|\\.)*)"')  # a pair's strings, both orders


@dataclass(frozen=True)
class Row:
    """One training row: token ids, and as many labels of which the prompt's are IGNORED."""

    case_id: str
    input_ids: list[int]
    labels: list[int]

    @property
    def num_supervised(self) -> int:
        return sum(label != IGNORED for label in self.labels)


def chat_rows(cases: Sequence[Case], recipe: Recipe) -> list[dict[str, Any]]:
    """Return the rows as chat, TRL's prompt-completion form: what sft_train.jsonl holds."""
    return [
        {
            "case_id": case.case_id,
            "prompt": messages(case, recipe.prompt, recipe.answer),
            "completion": [{"role": "assistant", "content": gold_answer(case, recipe.answer)}],
        }
        for case in cases
    ]


def training_rows(cases: Sequence[Case], recipe: Recipe, tokenizer: Any) -> list[Row]:
    """Tokenise labelled cases.

    Raises:
        BiniError: a case has no label, a row is longer than train.max_length, or an answer longer than it may be.
    """
    rows, errors = [], []
    random = Random(recipe.seed)
    for case in cases:
        if case.label is None:
            errors.append(f"{case.case_id}: no label. Training needs one per case.")
            continue
        prompt = prompt_ids(tokenizer, messages(case, recipe.prompt, recipe.answer))
        text = gold_answer(case, recipe.answer)
        answer = completion_ids(tokenizer, text)
        is_whole = random.random() < recipe.train.whole_quotes
        labels = answer if is_whole else without_quote_ends(tokenizer, text, answer)
        row = Row(case.case_id, prompt + answer, [IGNORED] * len(prompt) + labels)
        errors += _problems(row, recipe, len(answer), len(elements_for(case)))
        rows.append(row)
    if not rows and not errors:
        errors.append("There is no case to train on.")
    if errors:
        raise BiniError("\n".join(errors[:20]))
    return rows


def pair_rows(pairs: Sequence[Pair], recipe: Recipe, tokenizer: Any) -> list[Row]:
    """Tokenise pairs: what the second look asks, and the first token of the mark.

    Raises:
        BiniError: a pair is longer than train.max_length.
    """
    rows = []
    for pair in pairs:
        prompt, token = training_ids(pair, tokenizer)
        if len(prompt) >= recipe.train.max_length:
            raise BiniError(
                f"A pair has {len(prompt) + 1} tokens, train.max_length is {recipe.train.max_length}: {pair}."
            )
        rows.append(Row(PAIR, [*prompt, token], [IGNORED] * len(prompt) + [token]))
    return rows


def without_quote_ends(tokenizer: Any, text: str, ids: Sequence[int]) -> list[int]:
    """Return the labels of an answer's token ids, IGNORED for what follows the first tokens of each quote."""
    offsets = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]
    labels = list(ids)
    for quote in QUOTED.finditer(text):
        if quote[1] in MARKS:
            continue
        inside = [i for i, (start, end) in enumerate(offsets) if quote.start(1) <= start and end <= quote.end(1)]
        for i in inside[FIRST_TOKENS:]:
            labels[i] = IGNORED
    return labels


def preview(row: Row, tokenizer: Any) -> str:
    """Return a row as text with its supervised part between ⟦ and ⟧."""
    start = next(i for i, label in enumerate(row.labels) if label != IGNORED)
    return f"{tokenizer.decode(row.input_ids[:start])}⟦{tokenizer.decode(row.input_ids[start:])}⟧"


def _problems(row: Row, recipe: Recipe, answer_tokens: int, num_elements: int) -> list[str]:
    problems = []
    if len(row.input_ids) > recipe.train.max_length:
        problems.append(
            f"{row.case_id}: {len(row.input_ids)} tokens, train.max_length is {recipe.train.max_length}. "
            "Raise it, or shorten the product text; nothing is cut silently."
        )
    if answer_tokens > (limit := max_answer_tokens(num_elements, recipe.answer)):
        problems.append(
            f"{row.case_id}: its answer has {answer_tokens} tokens, answering stops at {limit}. "
            "Raise answer.max_quote_tokens or answer.max_reason_tokens."
        )
    return problems
