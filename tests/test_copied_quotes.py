"""Quotes are copied: what the masks let through is a slice of the text, whatever the tokens are, and the answer ends."""

import json
import random
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from conftest import REPOSITORY

from bini.cases import load_cases
from bini.copied_quotes import KEYWORD, CopyingGrammar, Source, State, Vocabulary, copying, quotes_from
from bini.prompts import answer_schema, copied_from
from bini.recipe import Answer

TOKENS = [
    b"",  # a special token writes nothing
    *(bytes([byte]) for byte in range(256)),
    *('["', '":["', '","', '"],"', "가", "가나", "나 ", "앰플", "2", "%", ' 2%"', '2%","', '\\"', "n", '"<', "앰플을"),
]
TOKENS = [token if isinstance(token, bytes) else token.encode() for token in TOKENS]
VOCABULARY = Vocabulary(TOKENS)


class Anything:
    """A grammar that forbids nothing: what is left out is left out by the copying."""

    def __init__(self):
        self.rolled_back, self.was_reset = 0, False
        self.ctx = SimpleNamespace(tokenizer_info=SimpleNamespace(decoded_vocab=TOKENS))

    def accept_tokens(self, request_id, tokens):
        return request_id != "refused"

    def validate_tokens(self, tokens):
        return tokens

    def rollback(self, num_tokens):
        self.rolled_back += num_tokens

    def fill_bitmask(self, bitmask, idx):
        bitmask[idx].fill_(-1)

    def is_terminated(self):
        return False

    def reset(self):
        self.was_reset = True


def grammar_for(text, item=0, tokens=64):
    return CopyingGrammar(Anything(), lambda: Source(text, VOCABULARY), item, tokens)


def allowed(grammar):
    bitmask = torch.zeros(2, VOCABULARY.words, dtype=torch.int32)
    grammar.fill_bitmask(bitmask, 1)
    bits = np.unpackbits(bitmask[1].numpy().view(np.uint8), bitorder="little")[: len(TOKENS)]
    return {TOKENS[number] for number in bits.nonzero()[0]}


def write(grammar, *words):
    for word in words:
        assert grammar.accept_tokens("a", [TOKENS.index(word.encode())])
    return grammar


def spelled(grammar, text):
    assert grammar.accept_tokens("a", [TOKENS.index(bytes([byte])) for byte in text.encode()])
    return grammar


def quotes_within(answer):
    return [pair[0] for key, pair in json.loads(answer).items() if key.isdigit()]


def test_outside_a_quote_nothing_is_left_out_but_what_opens_one_and_writes_on():
    opening = {token for token in TOKENS if b'"' in token[:-1]}
    assert set(TOKENS) - allowed(spelled(grammar_for("가나 앰플 2%"), '{"1":[')) == opening
    for written in ("", '{"1":', '{"1":["가나","', '{"1":["가나","대응"', '{"1":["가나","대응"],"risk'):
        assert len(allowed(spelled(grammar_for("가나 앰플 2%"), written))) == len(set(TOKENS))


def test_a_quote_begins_where_a_letter_of_the_text_does_and_is_not_empty():
    found = allowed(write(grammar_for("가나 앰플 2%"), "{", '"', "1", '":["'))
    assert found == {
        *(word.encode() for word in ("가", "가나", "나 ", "앰플", "2", "%", '2%","')),
        *(letter.encode()[:1] for letter in "가나앰플"),
    }


def test_it_goes_on_as_the_text_does_or_ends():
    grammar = write(grammar_for("가나 가 앰플을 2%"), "{", '"', "1", '":["', "가")
    endings = {token for token in TOKENS if token.startswith(b'"')}
    assert allowed(grammar) == {"나 ".encode(), "나".encode()[:1], b" ", *endings}
    assert allowed(write(grammar, " ")) == {"앰플".encode(), "앰플을".encode(), "앰".encode()[:1], *endings}
    grammar.accept_tokens("a", [TOKENS.index("앰".encode()[:1])])
    assert allowed(grammar) == {"앰".encode()[1:2]}, "no end within a letter"


def test_a_full_quote_ends():
    grammar = write(grammar_for("가나 앰플", tokens=2), "{", '"', "1", '":["', "가")
    assert "나 ".encode() in allowed(grammar)
    assert allowed(write(grammar, "나 ")) == {token for token in TOKENS if token.startswith(b'"')}


def test_behind_a_backslash_a_quotation_mark_is_a_letter():
    grammar = write(grammar_for('가 "2" 나'), "{", '"', "1", '":["', "가", " ", "\\")
    assert allowed(grammar) == {b'"'}
    assert b"2" in allowed(write(grammar, '"'))
    assert b'"' not in allowed(write(grammar_for('"2"'), "{", '"', "1", '":["')), "an escape is not begun in its middle"
    assert b'\\"' in allowed(write(grammar_for('"2"'), "{", '"', "1", '":["'))


def test_words_of_no_place_in_the_text_can_only_end():
    grammar = spelled(grammar_for("가나"), '{"1":["다')
    assert allowed(grammar) == {token for token in TOKENS if token.startswith(b'"')}


def test_the_second_item_is_copied_where_the_mark_comes_first():
    grammar = spelled(grammar_for("가나", item=1), '{"1":["')
    assert len(allowed(grammar)) == len(set(TOKENS))
    assert allowed(spelled(grammar, '대응","')) == {
        "가".encode(),
        "가나".encode(),
        *{"가".encode()[:1], "나".encode()[:1]},
    }


@pytest.mark.parametrize("seed", range(20))
def test_whatever_is_chosen_each_quote_is_a_slice_of_the_product(seed):
    chance = random.Random(seed)
    cases = load_cases(REPOSITORY / "data/raw/seeds/seed_cases.json")
    text = chance.choice(cases).user_query + ' "인용" 줄\n바꿈 \\ 끝 \U0001f9f4'
    grammar, written = grammar_for(text), b'{"1":["'
    spelled(grammar, written.decode())
    for _ in range(400):
        token = chance.choice(sorted(allowed(grammar)))
        assert grammar.accept_tokens("a", [TOKENS.index(token)])
        written += token
        if token.startswith(b'"') and not grammar._states[-1].escaped and not grammar._states[-2].escaped:
            break
    quote = written.decode().removeprefix('{"1":["')
    decoder = json.JSONDecoder()
    value, _ = decoder.raw_decode('"' + quote)
    assert value and value in text


def test_a_rolled_back_token_and_a_reset_are_forgotten():
    grammar = write(grammar_for("가나"), "{", '"', "1", '":["')
    before = allowed(grammar)
    write(grammar, "가나")
    grammar.rollback(1)
    assert allowed(grammar) == before
    grammar.reset()
    assert len(allowed(grammar)) == len(set(TOKENS))
    assert (grammar._grammar.rolled_back, grammar._grammar.was_reset) == (1, True)
    assert not grammar.is_terminated()


def test_guessed_tokens_are_taken_as_far_as_they_copy():
    grammar = write(grammar_for("가나 앰플"), "{", '"', "1", '":["')
    guessed = [TOKENS.index(word.encode()) for word in ("가나", " ", "2")]
    assert grammar.validate_tokens(guessed) == guessed[:2]
    assert grammar.validate_tokens(guessed[:2]) == guessed[:2]


def test_a_refused_token_changes_nothing():
    grammar = grammar_for("가나")
    assert not grammar.accept_tokens("refused", [1])
    assert grammar._states == [State()]


def test_the_schema_is_compiled_without_the_text():
    compiled = []

    def compile_grammar(backend, request_type, grammar_spec, stop_token_ids=None):
        compiled.append((grammar_spec, stop_token_ids))
        return Anything()

    backend = SimpleNamespace()
    schema = answer_schema(2, Answer())
    compiles = copying(compile_grammar)
    kinds = SimpleNamespace(name="JSON"), SimpleNamespace(name="REGEX")
    found = [compiles(backend, kinds[0], json.dumps(schema | quotes_from(text, 0, 8)), {1}) for text in ("가", "나")]
    assert all(isinstance(grammar, CopyingGrammar) for grammar in found)
    assert not vars(backend), "made in another thread: nothing is built yet"
    assert [allowed(spelled(grammar, '{"1":["')) & {"가".encode(), "나".encode()[:1]} for grammar in found] == [
        {"가".encode()},
        {"나".encode()[:1]},
    ]
    assert compiled == [(json.dumps(schema), {1})] * 2
    assert isinstance(compiles(backend, kinds[0], json.dumps(schema)), Anything)
    assert isinstance(compiles(backend, kinds[1], KEYWORD), Anything)


def test_the_text_is_the_prompts_and_the_item_the_recipes(make_case):
    case = make_case(user_query="앰플<end_of_turn>")
    assert copied_from(case, Answer()) == {KEYWORD: {"text": "앰플‹end_of_turn›", "item": 0, "tokens": 64}}
    after = Answer(evidence="after", max_quote_tokens=32)
    assert copied_from(case, after) == {KEYWORD: {"text": "앰플‹end_of_turn›", "item": 1, "tokens": 32}}
