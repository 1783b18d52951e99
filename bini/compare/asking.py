"""Asking a contestant: the prompt alone, or after worked examples of other cases."""

import random
from collections.abc import Sequence
from typing import Any

from bini.assess import assess, prediction, too_long
from bini.cases import elements_for
from bini.compare.contestant import Decoding, Shots
from bini.engine import Answerer, Request
from bini.prompts import answer_schema, gold_answer, max_answer_tokens, messages, prompt_ids
from bini.recipe import Recipe
from bini.schema import RISK_LEVELS, Case, Prediction


def answers_of(
    cases: Sequence[Case], engine: Answerer, recipe: Recipe, decoding: Decoding, shots: Shots, pool: Sequence[Case]
) -> list[Prediction]:
    """Return the predictions of an engine; zero-shot it is the very call that evaluation and serving make."""
    if shots == "zero-shot":
        return assess(cases, engine, recipe, guided=decoding == "guided")
    requests = [_request(case, engine.tokenizer, recipe, decoding, pool) for case in cases]
    room = recipe.engine.max_model_len
    fits = [len(request.prompt_ids) + request.max_tokens <= room for request in requests]
    completions = iter(engine.generate([r for r, fit in zip(requests, fits, strict=True) if fit]))
    return [
        prediction(case, next(completions), recipe) if fit else too_long(case, request, recipe)
        for case, request, fit in zip(cases, requests, fits, strict=True)
    ]


def few_shot_messages(case: Case, recipe: Recipe, pool: Sequence[Case]) -> list[dict[str, str]]:
    """Return the chat: each example asked and answered, then the case."""
    chat: list[dict[str, str]] = []
    for example in examples_for(case, pool, recipe.seed):
        chat += messages(example, recipe.prompt, recipe.answer)
        chat.append({"role": "assistant", "content": gold_answer(example, recipe.answer)})
    return chat + messages(case, recipe.prompt, recipe.answer)


def examples_for(case: Case, pool: Sequence[Case], seed: int) -> list[Case]:
    """Return one labelled example per grade, never the case itself nor one of its group; the same on every call."""
    others = [
        other
        for other in pool
        if other.label is not None
        and (other.claim_text, other.user_query) != (case.claim_text, case.user_query)
        and (other.group is None or other.group != case.group)
    ]
    random.Random(seed).shuffle(others)
    by_level = {level: [o for o in others if o.label and o.label.risk_level == level] for level in RISK_LEVELS}
    return [found[0] for found in by_level.values() if found]


def _request(case: Case, tokenizer: Any, recipe: Recipe, decoding: Decoding, pool: Sequence[Case]) -> Request:
    num_elements = len(elements_for(case))
    return Request(
        prompt_ids=prompt_ids(tokenizer, few_shot_messages(case, recipe, pool)),
        max_tokens=max_answer_tokens(num_elements, recipe.answer),
        schema=answer_schema(num_elements, recipe.answer) if decoding == "guided" else None,
    )
