"""The second look: after the chart, each quoted element is read once more beside its quote alone.

    구성요소: 에폭시 바인더를 포함하지 않는
    제품: 에폭시 수지를 3 중량% 넣었다            -> 미대응

The model that fills in a chart finds the clause that speaks of an element better than it sees that the clause says
something else, or nothing of it. Asked about the two alone, in one token, it sees that better: 대응, 미대응, 판단불가, or 무관
where the quote does not speak of the element. Then, and where the chart has no quote or an invented one, it reads the element
beside every clause of the product, and the clause that speaks of it most takes the quote's place; if none does, the product is
silent. Where the element claims a number and the quote tells none, the clauses that tell one are read so, too.

Chart and look are joined by weights that `bini calibrate` fitted on development cases, or summed where nothing was fitted.
"""

import contextlib
import math
from collections.abc import Mapping, Sequence
from random import Random
from typing import TYPE_CHECKING, Any

from rapidfuzz import fuzz

from bini.cases import elements_for
from bini.engine import Answerer, Completion, Request
from bini.errors import BiniError
from bini.neutralise import neutralise
from bini.prompts import ModelAnswer, likelihoods_of, parse_answer, prompt_ids
from bini.quotes import clauses, find_quote, nearest_quote
from bini.recipe import Recipe
from bini.schema import SILENT, Case, Look, Mark

if TYPE_CHECKING:
    from bini.pairs import Pair
    from bini.weighing import Likelihoods, Weights

SEEN: tuple[Mark, ...] = ("대응", "미대응", "판단불가")  # 균등 is not looked at again
WORDS = (*SEEN, SILENT)
FLOOR = 1e-6
SPEAKS = 0.5  # a clause whose probability of 무관 is below this speaks of the element
MAX_CLAUSES = 16  # of a product that are read; the likest where there are more
Looks = tuple[Look | None, ...]  # per element; None where nothing was read
Place = tuple[int, int]  # of an answer, and of an element in it


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


def looked_again(
    cases: Sequence[Case], completions: Sequence[Completion], engine: Answerer, recipe: Recipe
) -> Sequence[Looks | None]:
    """Return the looks at each case's answer; None where it is no answer, or the recipe does not ask."""
    if not recipe.answer.second_look:
        return [None] * len(cases)
    answers = [_parsed(case, completion, recipe) for case, completion in zip(cases, completions, strict=True)]
    quoted: list[tuple[Place, str, str]] = []
    sought: dict[Place, Sequence[str]] = {}  # the clauses to read in the quote's place
    for number, (case, answer) in enumerate(zip(cases, answers, strict=True)):
        if answer is None:
            continue
        product, pieces = case.user_query, clauses(case.user_query)
        for i, (element, written, mark) in enumerate(zip(elements_for(case), answer.quotes, answer.marks, strict=True)):
            quote = (find_quote(written, product) or nearest_quote(written, product)) if written else None
            if quote and mark in SEEN:
                quoted.append(((number, i), element, quote))
                sought[number, i] = _with_its_number(element, case.regit_num, quote, pieces)
            elif not quote and (written or mark == "판단불가"):  # invented, or none
                sought[number, i] = pieces
    found = {
        place: Look(likelihoods=likely)
        for (place, *_), likely in zip(quoted, _read([pair for _, *pair in quoted], engine), strict=True)
        if likely is not None
    }
    sought |= {
        place: clauses(cases[place[0]].user_query)
        for place, look in found.items()
        if look.likelihoods[SILENT] >= SPEAKS
    }
    found |= _sought(sought, cases, engine)
    return [
        None if answer is None else tuple(found.get((number, i)) for i in range(len(answer.marks)))
        for number, answer in enumerate(answers)
    ]


def _parsed(case: Case, completion: Completion, recipe: Recipe) -> ModelAnswer | None:
    with contextlib.suppress(ValueError):
        return parse_answer(completion.text, len(elements_for(case)), recipe.answer)
    return None


def _with_its_number(element: str, regit_num: str, quote: str, pieces: Sequence[str]) -> list[str]:
    """Return the clauses with a number to compare, where the element claims one that the quote does not tell."""
    from bini.facts.evidence import clauses_with_its_number, lacks_its_number

    return clauses_with_its_number(element, regit_num, pieces) if lacks_its_number(element, regit_num, quote) else []


def _sought(places: Mapping[Place, Sequence[str]], cases: Sequence[Case], engine: Answerer) -> dict[Place, Look]:
    """Return, for the places where some of the clauses speaks of the element, the look at the one that does most."""
    read = []
    for (number, i), pieces in places.items():
        element = elements_for(cases[number])[i]
        read += [((number, i), element, clause) for clause in _likest(element, pieces)]
    found: dict[Place, Look] = {}
    for (place, _, clause), likely in zip(read, _read([pair for _, *pair in read], engine), strict=True):
        best = found[place].likelihoods[SILENT] if place in found else SPEAKS
        if likely is not None and likely[SILENT] < best:
            found[place] = Look(likelihoods=likely, quote=clause)
    return found


def _likest(element: str, texts: Sequence[str]) -> Sequence[str]:
    if len(texts) <= MAX_CLAUSES:
        return texts
    return sorted(texts, key=lambda text: -fuzz.token_set_ratio(element, text))[:MAX_CLAUSES]


def _read(pairs: Sequence[Sequence[str]], engine: Answerer) -> list[dict[str, float] | None]:
    """Return, per (element, words), the probabilities of WORDS; None where the answerer cannot tell them."""
    if not pairs:
        return []
    words = first_tokens(engine.tokenizer)
    requests = [
        Request(look_ids(engine.tokenizer, element, quote), max_tokens=1, schema=None, watched=tuple(words))
        for element, quote in pairs
    ]
    return [likelihoods_of(found.steps[0], words) if found.steps else None for found in engine.generate(requests)]


def joined(
    answer: ModelAnswer, likelihoods: Sequence["Likelihoods"], looks: Looks, weights: "Weights | None"
) -> tuple[ModelAnswer, tuple["Likelihoods", ...]]:
    """Return the answer with the marks that chart and second look together hold for likeliest, and their likelihoods."""
    both = likelihoods_by_both(likelihoods, looks, weights)
    marks, quotes = list(answer.marks), list(answer.quotes)
    for i, (likely, look) in enumerate(zip(both, looks, strict=True)):
        if look is not None:
            marks[i] = max(SEEN, key=lambda mark, likely=likely: likely[mark])  # type: ignore[misc]
            is_silent = marks[i] == "판단불가" and look.likelihoods[SILENT] > look.likelihoods["판단불가"]
            quotes[i] = None if is_silent else look.quote or quotes[i]
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
    """Return the probabilities of the four marks by both opinions; 균등 keeps what the chart gave it.

    What the chart thought of another quote does not count for a clause that was sought.
    """
    from bini.fitted import softmax

    found = look_features(chart, look)
    if weights is None:
        silent = math.log(max(look.likelihoods["판단불가"] + look.likelihoods[SILENT], FLOOR))
        scores = {mark: found.get(f"look {mark}", found.get(f"found {mark}", 0.0)) for mark in SEEN}
        scores["판단불가"] = silent
        shares = softmax({mark: scores[mark] + found.get(f"chart {mark}", 0.0) for mark in SEEN})
    else:
        shares = weights.weighed(found, SEEN)
    near = chart["균등"] if look.quote is None else 0.0
    return {**{mark: shares[mark] * (1 - near) for mark in SEEN}, "균등": near}


def look_features(chart: "Likelihoods", look: Look) -> dict[str, float]:
    """Return log-likelihoods (nats) by name: what the weights of a second look read."""

    def logs(name: str, likelihoods: Mapping[Any, float], words: Sequence[str]) -> dict[str, float]:
        return {f"{name} {word}": math.log(max(likelihoods[word], FLOOR)) for word in words}

    if look.quote is not None:
        return {"found": 1.0} | logs("found", look.likelihoods, WORDS)
    return logs("chart", chart, SEEN) | logs("look", look.likelihoods, WORDS)


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
