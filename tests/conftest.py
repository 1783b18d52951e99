"""Shared pieces: a labelled case, and an answerer that says what a script tells it.

Property tests draw the same examples every time, so that a run that passed passes again. Other ones, and more of
them: HYPOTHESIS_PROFILE=search pytest -m "not slow and not gpu".
"""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from bini.engine import Completion, Request
from bini.recipe import Recipe
from bini.schema import Case

settings.register_profile("repeatable", derandomize=True)
settings.register_profile("search", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))

REPOSITORY = Path(__file__).parents[1]


class WordTokenizer:
    """Tokens are characters; the chat template is Gemma's in miniature."""

    def apply_chat_template(self, messages: Sequence[dict[str, str]], tokenize: bool, **_: Any) -> Any:
        text = "".join(f"<{m['role']}>{m['content']}<end>" for m in messages)
        return [ord(c) for c in text] if tokenize else text

    def encode(self, text: str, add_special_tokens: bool) -> list[int]:
        return [ord(c) for c in text]

    def __call__(self, text: str, add_special_tokens: bool, return_offsets_mapping: bool) -> dict[str, Any]:
        return {"input_ids": [ord(c) for c in text], "offset_mapping": [(i, i + 1) for i in range(len(text))]}

    def decode(self, ids: Sequence[int]) -> str:
        return "".join(map(chr, ids))


class ScriptedEngine:
    """Answers each request with the next line of a script, and remembers what it was asked."""

    def __init__(self, *script: str, finish_reason: str = "stop") -> None:
        self.tokenizer = WordTokenizer()
        self.script = list(script)
        self.finish_reason = finish_reason
        self.asked: list[Request] = []

    def generate(self, requests: Sequence[Request]) -> list[Completion]:
        self.asked += requests
        return [Completion(self.script.pop(0), self.finish_reason, len(request.prompt_ids), 7) for request in requests]


@pytest.fixture
def recipe() -> Recipe:
    return Recipe(name="test", base_model="embedded:tiny-random")


@pytest.fixture
def make_case() -> Callable[..., Case]:
    def make(**changes: Any) -> Case:
        values: dict[str, Any] = {
            "case_id": "c1",
            "regit_num": "1",
            "claim_text": "ATBC를 포함하는 미백 화장료.",
            "user_query": "ATBC 2%를 넣은 미백 앰플입니다.",
            "elements": ("ATBC", "미백 화장료"),
        }
        return Case.model_validate(values | changes)

    return make


@pytest.fixture
def make_label() -> Callable[..., dict[str, Any]]:
    def make(
        marks: str = "OO", risk_level: str = "높음", quotes: Sequence[str | None] = ("ATBC 2%", "미백 앰플")
    ) -> Any:
        names = {"O": "대응", "X": "미대응", "?": "판단불가"}
        return {
            "regit_num": "1",
            "risk_level": risk_level,
            "decision_reason": "두 구성을 모두 갖추었다.",
            "comparisons": [
                {"patent_element": element, "user_product_element": quote, "match": names[mark]}
                for element, quote, mark in zip(("ATBC", "미백 화장료"), quotes, marks, strict=True)
            ],
        }

    return make


@pytest.fixture(scope="session")
def embedded_tiny() -> Path:
    """The tiny random Gemma 3 with the genuine tokenizer, in the repository's own cache of base models."""
    from bini.weights import embedded_folder

    return embedded_folder("tiny-random", REPOSITORY / "outputs/base_models")
