"""The tokenizer as GGUF stores it: tokens, kinds and scores by id, the ids that matter, the chat template.

llama.cpp merges by score: of two neighbours it joins those whose joined token has the highest. Gemma 3's scores are
the negated merge ranks, which tokenizer.json does not keep; the embedded base model's own GGUF has them, and all of
Gemma 3 shares one vocabulary. So kinds and scores are taken from there, for the same tokens only.
"""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bini.errors import BiniError
from bini.gguf_reading import embedded_gguf

CONTROL, UNUSED = 3, 5  # gguf.TokenType
NO_SCORE = -1000.0


@dataclass(frozen=True)
class Vocabulary:
    """Entry i is token i's; `tokens` as GGUF stores them (runs of spaces are spaces)."""

    tokens: list[str]
    kinds: list[int]
    scores: list[float]
    chat_template: str
    bos_id: int = 2
    eos_id: int = 1
    end_of_turn_id: int = 106
    unknown_id: int = 3
    padding_id: int = 0


def vocabulary_of(folder: Path) -> Vocabulary:
    """Return the vocabulary of a Gemma 3 folder.

    Raises:
        BiniError: no tokenizer or template there, or tokens that are not Gemma 3's.
    """
    path = folder / "tokenizer.json"
    if not path.is_file():
        raise BiniError(f"{path} is missing.\nMake the merged model anew: make merge RECIPE=…")
    tokens = _tokens(json.loads(path.read_text(encoding="utf-8")))
    with tempfile.TemporaryDirectory() as scratch:
        fields = embedded_gguf(Path(scratch) / "base.gguf").fields
        genuine: list[str] = fields["tokenizer.ggml.tokens"].contents()
        kinds: list[int] = fields["tokenizer.ggml.token_type"].contents()
        scores: list[float] = fields["tokenizer.ggml.scores"].contents()
    return Vocabulary(*_matched(tokens, genuine, kinds, scores, path), chat_template=_template(folder))


def _tokens(tokenizer: dict[str, Any]) -> list[str]:
    ids: dict[str, int] = dict(tokenizer["model"]["vocab"])
    ids |= {token["content"]: token["id"] for token in tokenizer["added_tokens"]}
    by_id = {i: token for token, i in ids.items()}
    return [by_id.get(i, f"<unused-id-{i}>") for i in range(max(by_id) + 1)]


def _matched(
    tokens: list[str], genuine: list[str], kinds: list[int], scores: list[float], path: Path
) -> tuple[list[str], list[int], list[float]]:
    """Return tokens, kinds, scores; tokens beyond the genuine ones (an image mark) are control tokens."""
    other = [
        i
        for i, token in enumerate(genuine)
        if i >= len(tokens) or tokens[i].replace(" ", "▁") != token.replace(" ", "▁")
    ]
    if other:
        raise BiniError(
            f"{path} is not Gemma 3's vocabulary: {len(other)} tokens differ, the first is {other[0]}, {genuine[other[0]]!r}.\n"
            "For other tokenizers, use llama.cpp's convert_hf_to_gguf.py."
        )
    more = tokens[len(genuine) :]
    return [*genuine, *more], [*kinds, *[CONTROL] * len(more)], [*scores, *[NO_SCORE] * len(more)]


def _template(folder: Path) -> str:
    path = folder / "chat_template.jinja"
    if path.is_file():
        return path.read_text(encoding="utf-8")
    config = folder / "tokenizer_config.json"
    found = json.loads(config.read_text(encoding="utf-8")).get("chat_template") if config.is_file() else None
    if not isinstance(found, str):
        raise BiniError(
            f"{folder} has no chat template: neither chat_template.jinja nor tokenizer_config.json holds one."
        )
    return found
