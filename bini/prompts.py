"""What the model reads and what it writes: one prompt and one answer format, for training and answering alike.

The prompt goes from what many cases share to what is a case's own (instructions, claim, elements, product), so that
an engine can reuse the shared beginning. The answer is as short as the chart's information: one [quote, mark] pair
per element, by number, then the grade.

    {"1":["ATBC 2%","대응"],"2":["앰플","대응"],"risk_level":"높음"}
"""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict

from bini.cases import elements_for
from bini.copied_quotes import quotes_from
from bini.engine import Step
from bini.neutralise import neutralise
from bini.recipe import Answer, Prompt
from bini.rules import MARKS, marks_of
from bini.schema import RISK_LEVELS, Case, Mark, RiskLevel

FULL_INSTRUCTIONS = """특허 청구항의 구성요소마다 제품 설명을 대비하라.
근거: 제품 설명에서 그대로 옮긴 짧은 인용, 없으면 null.
판단: 대응(갖춤), 균등(조금 벗어남), 미대응(다르거나 없다고 밝힘), 판단불가(언급이 없거나 확정되지 않음).
risk_level: 미대응이 있으면 낮음, 아니고 균등이나 판단불가가 있으면 애매, 모두 대응이면 높음.
답은 JSON 한 줄: """
SHORT_INSTRUCTIONS = "구성요소마다 제품 설명을 대비하라: "

Word = TypeVar("Word", bound=str)


class ModelAnswer(BaseModel):
    """What the model wrote, parsed."""

    model_config = ConfigDict(frozen=True)

    quotes: tuple[str | None, ...]
    marks: tuple[Mark, ...]
    risk_level: RiskLevel
    reason: str | None = None


def messages(case: Case, prompt: Prompt, answer: Answer) -> list[dict[str, str]]:
    """Return the chat messages that ask about `case`; what comes from outside is neutralised, for it is data."""
    elements = [neutralise(element) for element in elements_for(case)]
    parts = [_instructions(prompt) + _shape(answer)]
    if prompt.claim_text:
        parts.append(f"[청구항]\n{neutralise(case.claim_text)}")
    parts.append("[구성요소]\n" + "\n".join(f"{i}. {element}" for i, element in enumerate(elements, start=1)))
    parts.append(f"[제품]\n{neutralise(case.user_query)}")
    if prompt.hints:
        from bini.facts import hints_for

        parts.append("[참고]\n" + "\n".join(neutralise(hint) for hint in hints_for(case)))
    return [{"role": "user", "content": "\n\n".join(parts)}]


def gold_answer(case: Case, answer: Answer) -> str:
    """Return the text that a labelled case teaches."""
    if case.label is None:
        raise ValueError(f"case {case.case_id} has no label")
    label = case.label
    written: dict[str, Any] = {}
    for i, (comparison, mark) in enumerate(zip(label.comparisons, marks_of(label), strict=True), start=1):
        quote = comparison.user_product_element
        written[str(i)] = _ordered(quote and neutralise(quote), mark, answer)
    written["risk_level"] = label.risk_level
    if answer.reason == "written":
        written["reason"] = label.decision_reason
    return json.dumps(written, ensure_ascii=False, separators=(",", ":"))


def answer_schema(num_elements: int, answer: Answer) -> dict[str, Any]:
    """Return the JSON schema of an answer about `num_elements` elements.

    Elements are numbers, so none can be invented; keys come in this order; the same number of elements gives the
    same schema, so its grammar is compiled once. There is no maxLength: it slows masks down (see docs).
    """
    quote = {"anyOf": [{"type": "string"}, {"type": "null"}]}
    mark = {"type": "string", "enum": list(MARKS)}
    pair = {"type": "array", "prefixItems": _ordered(quote, mark, answer), "items": False, "minItems": 2, "maxItems": 2}
    properties: dict[str, Any] = {str(i): pair for i in range(1, num_elements + 1)}
    properties["risk_level"] = {"type": "string", "enum": list(RISK_LEVELS)}
    if answer.reason == "written":
        properties["reason"] = {"type": "string"}
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def copied_from(case: Case, answer: Answer) -> dict[str, Any]:
    """Return what a schema is told so that quotes are copied from the product as the prompt holds it."""
    item = 0 if answer.evidence == "before" else 1
    return quotes_from(neutralise(case.user_query), item, answer.max_quote_tokens)


def parse_answer(text: str, num_elements: int, answer: Answer) -> ModelAnswer:
    """Read what the model wrote.

    Raises:
        ValueError: not JSON, or not the shape of `answer_schema` (pydantic's ValidationError is one).
    """
    written = json.loads(text)
    if not isinstance(written, dict):
        raise ValueError("not a JSON object")
    expected = list(answer_schema(num_elements, answer)["properties"])
    if sorted(written) != sorted(expected):
        raise ValueError(f"keys {list(written)}, expected {expected}")
    pairs = [written[str(i)] for i in range(1, num_elements + 1)]
    if not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
        raise ValueError("an element without its [quote, mark] pair")
    if answer.evidence == "after":
        pairs = [pair[::-1] for pair in pairs]
    return ModelAnswer.model_validate(
        {
            "quotes": [quote for quote, _ in pairs],
            "marks": [mark for _, mark in pairs],
            "risk_level": written["risk_level"],
            "reason": written.get("reason"),
        },
        strict=False,
    )


def max_answer_tokens(num_elements: int, answer: Answer) -> int:
    """Return how many tokens an answer may take; `sft` refuses a gold answer that would not fit."""
    reason = answer.max_reason_tokens if answer.reason == "written" else 0
    return 16 + num_elements * (12 + answer.max_quote_tokens) + reason


def prompt_ids(tokenizer: Any, chat: Sequence[dict[str, str]]) -> list[int]:
    """Return the token ids that ask for an answer, BOS included, by the tokenizer's own chat template."""
    ids = tokenizer.apply_chat_template(
        list(chat), tokenize=True, add_generation_prompt=True, return_dict=False, enable_thinking=False
    )
    return list(ids)


def completion_ids(tokenizer: Any, text: str) -> list[int]:
    """Return the token ids of an answer, with the end-of-turn token that stops it."""
    return [*tokenizer.encode(text, add_special_tokens=False), end_of_turn(tokenizer)]


def end_of_turn(tokenizer: Any) -> int:
    """Return the id of the token that the chat template puts behind an assistant's words."""
    probe = [{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}]
    rendered: str = tokenizer.apply_chat_template(probe, tokenize=False)
    after = rendered.rpartition("y")[2].strip()
    return int(tokenizer.encode(after, add_special_tokens=False)[0])


def mark_tokens(tokenizer: Any) -> dict[int, Mark]:
    """Return, by token id, the marks' first tokens as an answer writes them, each another one.

    Raises:
        ValueError: two marks begin with the same token, so one token does not tell them apart.
    """
    written = {mark: tokenizer.encode(f'{{"1":["가","{mark}"]', add_special_tokens=False) for mark in MARKS}
    shortest = min(map(len, written.values()))
    place = next((i for i in range(shortest) if len({ids[i] for ids in written.values()}) > 1), shortest - 1)
    found: dict[int, Mark] = {ids[place]: mark for mark, ids in written.items()}
    if len(found) < len(MARKS):
        raise ValueError("this tokenizer begins two marks with the same token")
    return found


def mark_likelihoods(
    steps: Sequence[Step], tokenizer: Any, num_elements: int, answer: Answer
) -> tuple[dict[Mark, float], ...] | None:
    """Return, per element, the probabilities of the four marks where the model wrote one; None where that is unclear."""
    if not steps:
        return None
    marks = mark_tokens(tokenizer)
    opening = ',"' if answer.evidence == "before" else '["'
    written = [step.token for step in steps]
    found = [
        likelihoods_of(step, marks)
        for place, step in enumerate(steps)
        if step.token in marks and tokenizer.decode(written[max(0, place - 2) : place]).endswith(opening)
    ]
    return tuple(found) if len(found) == num_elements else None


def likelihoods_of(step: Step, marks: Mapping[int, Word]) -> dict[Word, float]:
    """Return the probabilities of `marks`, by their tokens, in the place of one token, as if there were no others."""
    log_probabilities = {mark: step.log_probabilities[token] for token, mark in marks.items()}
    highest = max(log_probabilities.values())
    powers = {mark: math.exp(value - highest) for mark, value in log_probabilities.items()}
    total = sum(powers.values())
    return {mark: power / total for mark, power in powers.items()}


def prompt_hash(prompt: Prompt, answer: Answer) -> str:
    """Return a hash of everything that shapes prompts and answers besides the cases."""
    parts = [_instructions(prompt), _shape(answer), prompt.model_dump_json()]
    parts.append(answer.model_dump_json(exclude=None if answer.second_look else {"second_look"}))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _instructions(prompt: Prompt) -> str:
    return FULL_INSTRUCTIONS if prompt.instructions == "full" else SHORT_INSTRUCTIONS


def _shape(answer: Answer) -> str:
    pair = "[근거,판단]" if answer.evidence == "before" else "[판단,근거]"
    reason = ',"reason":이유' if answer.reason == "written" else ""
    return f'{{"1":{pair},…,"risk_level":위험도{reason}}}'


def _ordered(quote: Any, mark: Any, answer: Answer) -> list[Any]:
    return [quote, mark] if answer.evidence == "before" else [mark, quote]
