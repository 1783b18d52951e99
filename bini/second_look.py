"""The second look: after the chart, each quoted element is read once more beside its quote alone.

    구성요소: 에폭시 바인더를 포함하지 않는
    제품: 에폭시 수지를 3 중량% 넣었다            -> 미대응

The model that fills in a chart finds the clause that speaks of an element better than it sees that the clause says
something else, or nothing of it. Asked about the two alone, in one token, it sees that better: 대응, 미대응, 판단불가, or 무관
where the quote does not speak of the element. Both opinions are joined by weights that `bini calibrate` fitted on
development cases, or summed where nothing was fitted; a quote that has nothing to do with its element goes.
"""

import math
from collections.abc import Sequence
from random import Random
from typing import TYPE_CHECKING, Any

from bini.engine import Answerer, Request
from bini.errors import BiniError
from bini.neutralise import neutralise
from bini.prompts import ModelAnswer, likelihoods_of, prompt_ids
from bini.schema import SILENT, Mark

if TYPE_CHECKING:
    from bini.pairs import Pair
    from bini.weighing import Likelihoods, Weights

SEEN: tuple[Mark, ...] = ("대응", "미대응", "판단불가")  # 균등 is not looked at again
WORDS = (*SEEN, SILENT)
FLOOR = 1e-6
Look = dict[str, float]  # probabilities of WORDS, summing to 1
Looks = tuple[Look | None, ...]  # per element; None where there is nothing to look at


def look_ids(tokenizer: Any, element: str, quote: str) -> list[int]:
    """Return the token ids that ask for the mark of an element and a quote."""
    text = f"구성요소: {neutralise(element)}\n제품: {neutralise(quote)}"
    return prompt_ids(tokenizer, [{"role": "user", "content": text}])


def first_tokens(tokenizer: Any) -> dict[int, str]:
    """Return, by token id, the first token of each of WORDS.

    Raises:
        BiniError: two marks begin with the same token.
    """
    found = {int(tokenizer.encode(word, add_special_tokens=False)[0]): word for word in WORDS}
    if len(found) < len(WORDS):
        raise BiniError("answer.second_look: this tokenizer begins two marks with the same token.\nSet it to false.")
    return found


def looked_again(asked: Sequence[tuple[Sequence[str], ModelAnswer | None]], engine: Answerer) -> list[Looks | None]:
    """Return, per (elements, answer), the marks' likelihoods beside the quotes alone; None for an answer that is none."""
    marks = first_tokens(engine.tokenizer)
    places = [
        (number, i, element, quote)
        for number, (elements, answer) in enumerate(asked)
        if answer is not None
        for i, (element, quote) in enumerate(zip(elements, answer.quotes, strict=True))
        if quote and answer.marks[i] in SEEN
    ]
    requests = [
        Request(look_ids(engine.tokenizer, element, quote), max_tokens=1, schema=None, watched=tuple(marks))
        for *_, element, quote in places
    ]
    found: list[list[Look | None] | None] = [
        None if answer is None else [None] * len(elements) for elements, answer in asked
    ]
    for (number, i, *_), completion in zip(places, engine.generate(requests) if requests else [], strict=True):
        row = found[number]
        if row is not None and completion.steps:
            row[i] = likelihoods_of(completion.steps[0], marks)
    return [None if row is None else tuple(row) for row in found]


def joined(
    answer: ModelAnswer, likelihoods: Sequence["Likelihoods"], looks: Looks, weights: "Weights | None"
) -> tuple[ModelAnswer, tuple["Likelihoods", ...]]:
    """Return the answer with the marks that chart and second look together hold for likeliest, and their likelihoods."""
    both = likelihoods_by_both(likelihoods, looks, weights)
    marks, quotes = list(answer.marks), list(answer.quotes)
    for i, (likely, look) in enumerate(zip(both, looks, strict=True)):
        if look is not None:
            marks[i] = max(SEEN, key=lambda mark, likely=likely: likely[mark])  # type: ignore[misc]
            if marks[i] == "판단불가" and look[SILENT] > look["판단불가"]:
                quotes[i] = None
    return answer.model_copy(update={"marks": tuple(marks), "quotes": tuple(quotes)}), both


def likelihoods_by_both(
    likelihoods: Sequence["Likelihoods"], looks: Looks | None, weights: "Weights | None"
) -> tuple["Likelihoods", ...]:
    """Return the marks' likelihoods per element, the chart's where it was not looked at again."""
    if looks is None:
        return tuple(likelihoods)
    pairs = zip(likelihoods, looks, strict=True)
    return tuple(chart if look is None else together(chart, look, weights) for chart, look in pairs)


def together(chart: "Likelihoods", look: Look, weights: "Weights | None") -> "Likelihoods":
    """Return the probabilities of the four marks by both opinions; 균등 keeps what the chart gave it."""
    from bini.fitted import softmax

    if weights is None:
        seen = look | {"판단불가": look["판단불가"] + look[SILENT]}
        shares = softmax({mark: math.log(max(chart[mark], FLOOR)) + math.log(max(seen[mark], FLOOR)) for mark in SEEN})
    else:
        shares = weights.weighed(look_features(chart, look), SEEN)
    rest = 1 - chart["균등"]
    return {**{mark: shares[mark] * rest for mark in SEEN}, "균등": chart["균등"]}


def look_features(chart: "Likelihoods", look: Look) -> dict[str, float]:
    """Return log-likelihoods (nats) by name: what the weights of a second look read."""
    found = {f"chart {mark}": math.log(max(chart[mark], FLOOR)) for mark in SEEN}
    return found | {f"look {word}": math.log(max(look[word], FLOOR)) for word in WORDS}


def training_ids(pair: "Pair", tokenizer: Any) -> tuple[list[int], int]:
    """Return a pair's prompt ids and the one token to learn."""
    token = next(token for token, mark in first_tokens(tokenizer).items() if mark == pair.mark)
    return look_ids(tokenizer, pair.element, pair.quote), token


def in_batches(lengths: Sequence[int], batch_size: int, chance: Random) -> list[int]:
    """Return an order of rows in which each batch has rows of like length, and batches come in random order.

    Short rows (pairs) and long ones (charts) in one batch would be padding for the most part; one kind after the other
    would be forgotten.
    """
    order = list(range(len(lengths)))
    chance.shuffle(order)
    order.sort(key=lambda i: lengths[i])
    batches = [order[i : i + batch_size] for i in range(0, len(order), batch_size)]
    last = [batches.pop()] if len(order) % batch_size else []  # a short batch has to be the last
    chance.shuffle(batches)
    return [i for batch in batches + last for i in batch]
