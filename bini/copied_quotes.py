"""Quotes that can only be copied: inside a quote, the tokens that the product's own text goes on with, and no others.

A JSON schema lets a string hold anything, so a small model invents quotes, slips while it copies, or says one word until
its room is used up. Here a quote is a slice of one text by construction. vLLM asks a request's grammar for a mask of the
tokens that may come next; `copying` puts a grammar around it that lets through, of those, the tokens that copy. The text
travels in the schema, under KEYWORD, which JSON Schema lets be there; a server without this plugin does not heed it.

    {"type": "object", …, "x-bini-quotes": {"text": "ATBC 2%를 넣은 앰플", "item": 0, "tokens": 64}}

Works on bytes, for tokens may end within a letter. It runs beside the scheduler, so it is one code for CPU and GPU
(on a GPU it has not been run).
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

KEYWORD = "x-bini-quotes"
QUOTATION_MARK, BACKSLASH, COMMA, OPENING, CLOSING = b'"\\,[]'
LETTER = re.compile(rb"\\.|[\x00-\x7f\xc0-\xff]", re.DOTALL)  # its first byte; an escape is one letter
SPACE = re.compile(rb" |\\[bfnrtu]")
TEXTS_KEPT = 256  # texts whose first tokens are remembered

Words = NDArray[np.int32]  # a bit a token, 32 to a word, as xgrammar's masks


def quotes_from(text: str, item: int, tokens: int) -> dict[str, Any]:
    """Return what a schema holds so that the strings at `item` of its arrays are copied from `text`, `tokens` at most."""
    return {KEYWORD: {"text": text, "item": item, "tokens": tokens}}


class Vocabulary:
    """A tokenizer's tokens by their bytes; `tokens[id]` is b"" where a token writes nothing."""

    def __init__(self, tokens: Sequence[bytes]) -> None:
        self.tokens = [bytes(token) for token in tokens]
        self.words = (len(self.tokens) + 31) // 32
        self._copying: dict[bytes, list[int]] = {}
        self._ending: dict[bytes, list[int]] = {}  # by what they write before the quotation mark that ends a string
        for number, token in enumerate(self.tokens):
            end = _end_of_string(token)
            (self._copying if end is None else self._ending).setdefault(token[:end], []).append(number)
            if end == 0:  # behind a backslash the mark is a letter like others
                self._copying.setdefault(token, []).append(number)
        self._copying.pop(b"", None)
        self._with_mark_inside = [n for n, token in enumerate(self.tokens) if QUOTATION_MARK in token[:-1]]
        self._outside: dict[tuple[bool, bool, int | None, int], Words] = {}
        self.longest = max(map(len, self._copying), default=0)

    def continuing(self, text: bytes, place: int) -> tuple[list[int], list[int]]:
        """Return the tokens that write what stands at `place`, and those that write some of it and end the string."""
        slices = [text[place:end] for end in range(place + 1, min(len(text), place + self.longest) + 1)]
        copying = [token for piece in slices for token in self._copying.get(piece, ())]
        return copying, [token for piece in slices for token in self._ending.get(piece, ())]

    @property
    def ending_at_once(self) -> list[int]:
        """The tokens that begin with the quotation mark that ends a string."""
        return self._ending.get(b"", [])

    def mask_outside(self, state: "State", item: int) -> Words:
        """Return the mask for `state`, outside a quote: all tokens but those that open one and write on."""
        key = (state.in_string, state.escaped, state.item, item)
        if key not in self._outside:
            opening = [n for n in self._with_mark_inside if state.opens_and_writes(self.tokens[n], item)]
            self._outside[key] = ~self.mask(opening)
        return self._outside[key]

    def mask(self, tokens: Sequence[int]) -> Words:
        """Return the mask that lets `tokens` through."""
        bits = np.zeros(self.words * 32, dtype=bool)
        bits[list(tokens)] = True
        return np.packbits(bits, bitorder="little").view(np.int32)


class Source:
    """A text to copy from, as JSON writes it inside a string."""

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        self.text = json.dumps(text, ensure_ascii=False)[1:-1].encode()
        self.vocabulary = vocabulary
        self._continuing: dict[int, tuple[list[int], list[int]]] = {}
        self._starts = [found.start() for found in LETTER.finditer(self.text) if not SPACE.match(found[0])]
        self._first: Words | None = None

    def within_a_letter(self, place: int) -> bool:
        return place < len(self.text) and self.text[place] & 0xC0 == 0x80

    def after(self, places: Sequence[int] | None, byte: int) -> tuple[int, ...]:
        """Return where the text goes on once `byte` is written at one of `places` (None: wherever a letter begins)."""
        wanted = self._starts if places is None else places
        return tuple(place + 1 for place in wanted if place < len(self.text) and self.text[place] == byte)

    def mask(self, places: Sequence[int] | None, *, escaped: bool, is_full: bool) -> Words:
        """Return the mask of what may be written at `places`; a quote that `is_full` is ended as soon as it can be."""
        if places is None:
            if self._first is None:
                self._first = self._mask(self._starts, may_end=False)
            return self._first
        may_end = not escaped and not any(map(self.within_a_letter, places))
        if is_full and may_end:
            places = ()
        return self._mask(places, may_end=may_end, escaped=escaped)

    def _mask(self, places: Sequence[int], *, may_end: bool, escaped: bool = False) -> Words:
        allowed = set(self.vocabulary.ending_at_once) if may_end else set()
        for place in places:
            if place not in self._continuing:
                self._continuing[place] = self.vocabulary.continuing(self.text, place)
            copying, ending = self._continuing[place]
            allowed.update(copying)
            if not escaped:
                allowed.update(ending)
        return self.vocabulary.mask(list(allowed))


@dataclass(frozen=True)
class State:
    """How far a JSON answer has been written, and whether its end stands in a quote."""

    in_string: bool = False
    escaped: bool = False  # the last character was a backslash that escapes the next
    item: int | None = None  # of an array, from 0; None outside
    quoting: bool = False
    places: tuple[int, ...] | None = None  # where the source goes on; None where nothing is copied yet
    tokens: int = 0  # written of the quote

    def after(self, token: bytes, source: Source, item: int) -> "State":
        """Return the state once `token` is written; the strings at `item` of an array are the quotes."""
        state = replace(self, tokens=self.tokens + 1) if self.quoting else self
        for byte in token:
            state = state._after(byte, source, item)
        return state

    def opens_and_writes(self, token: bytes, item: int) -> bool:
        """Tell whether `token` opens a quote before its last byte."""
        state, nothing = self, Source("", Vocabulary(()))
        for byte in token[:-1]:
            state = state._after(byte, nothing, item)
            if state.quoting:
                return True
        return False

    def _after(self, byte: int, source: Source, item: int) -> "State":
        if self.in_string and (self.escaped or byte != QUOTATION_MARK):
            escaped = not self.escaped and byte == BACKSLASH
            places = source.after(self.places, byte) if self.quoting else None
            return replace(self, escaped=escaped, places=places)
        if self.in_string:
            return State(item=self.item)
        if byte == QUOTATION_MARK:
            return State(in_string=True, item=self.item, quoting=self.item == item)
        if byte in (OPENING, CLOSING):
            return State(item=0 if byte == OPENING else None)
        return replace(self, item=self.item + 1) if byte == COMMA and self.item is not None else self


class Grammar(Protocol):
    """A request's grammar in vLLM (v1.structured_output.backend_types.StructuredOutputGrammar)."""

    def accept_tokens(self, request_id: str, tokens: list[int]) -> bool: ...
    def validate_tokens(self, tokens: list[int]) -> list[int]: ...
    def rollback(self, num_tokens: int) -> None: ...
    def fill_bitmask(self, bitmask: Any, idx: int) -> None: ...
    def is_terminated(self) -> bool: ...
    def reset(self) -> None: ...


class CopyingGrammar:
    """A request's grammar whose quotes are copied; `grammar` is what the schema asks.

    `source` is called when the first mask is asked for, in the scheduler's thread. vLLM makes grammars in other threads,
    and its scheduler asks without a pause whether they are done: what Python does there takes thirty times as long.
    """

    def __init__(self, grammar: Grammar, source: Callable[[], Source], item: int, tokens: int) -> None:
        self._grammar = grammar
        self._find_source, self._item, self._longest = source, item, tokens
        self._states = [State()]

    @cached_property
    def _source(self) -> Source:
        return self._find_source()

    def accept_tokens(self, request_id: str, tokens: list[int]) -> bool:
        accepted = self._grammar.accept_tokens(request_id, tokens)
        if accepted:
            self._states += self._states_after(tokens)
        return accepted

    def validate_tokens(self, tokens: list[int]) -> list[int]:
        accepted = self._grammar.validate_tokens(tokens)
        copied = [not state.quoting or state.places != () for state in self._states_after(accepted)]
        return accepted[: copied.index(False)] if False in copied else accepted

    def rollback(self, num_tokens: int) -> None:
        self._grammar.rollback(num_tokens)
        del self._states[len(self._states) - num_tokens :]

    def fill_bitmask(self, bitmask: Any, idx: int) -> None:
        self._grammar.fill_bitmask(bitmask, idx)
        state, row = self._states[-1], bitmask[idx].numpy()
        if state.quoting:
            is_full = state.tokens >= self._longest
            row &= self._source.mask(state.places, escaped=state.escaped, is_full=is_full)
        else:
            row &= self._source.vocabulary.mask_outside(state, self._item)

    def is_terminated(self) -> bool:
        return self._grammar.is_terminated()

    def reset(self) -> None:
        self._grammar.reset()
        self._states = [State()]

    def _states_after(self, tokens: Sequence[int]) -> list[State]:
        states = [self._states[-1]]
        for token in tokens:
            states.append(states[-1].after(self._source.vocabulary.tokens[token], self._source, self._item))
        return states[1:]


def copying(compile_grammar: Callable[..., Any]) -> Callable[..., Any]:
    """Return XgrammarBackend.compile_grammar with KEYWORD heeded; without it what is compiled is what it was.

    The schema is compiled without the text, so requests of one shape still share a grammar.
    """

    def compile_copying(backend: Any, request_type: Any, grammar_spec: str, stop_token_ids: Any = None) -> Any:
        asked = None
        if request_type.name == "JSON" and KEYWORD in grammar_spec:
            schema = json.loads(grammar_spec)
            asked = schema.pop(KEYWORD, None)
            grammar_spec = json.dumps(schema)
        grammar = compile_grammar(backend, request_type, grammar_spec, stop_token_ids)
        if asked is None:
            return grammar
        source = partial(_source_of, backend, grammar.ctx.tokenizer_info, asked["text"])
        return CopyingGrammar(grammar, source, asked["item"], asked["tokens"])

    return compile_copying


def _source_of(backend: Any, tokenizer_info: Any, text: str) -> Source:
    """Return the text's source; the backend keeps the vocabulary and the sources it has had."""
    if not hasattr(backend, "bini_sources"):
        vocabulary = Vocabulary(tokenizer_info.decoded_vocab)
        backend.bini_sources = lru_cache(TEXTS_KEPT)(lambda text: Source(text, vocabulary))
    sources: Callable[[str], Source] = backend.bini_sources
    return sources(text)


def _end_of_string(token: bytes) -> int | None:
    """Return where in a token the first quotation mark stands that no backslash escapes."""
    escaped = False
    for place, byte in enumerate(token):
        if byte == QUOTATION_MARK and not escaped:
            return place
        escaped = not escaped and byte == BACKSLASH
    return None
