"""Training rows."""

import pytest
from conftest import WordTokenizer

from bini.errors import BiniError
from bini.prompts import completion_ids, messages, prompt_ids
from bini.sft import IGNORED, chat_rows, preview, training_rows


class CharacterTokenizer(WordTokenizer):
    def decode(self, ids):
        return "".join(map(chr, ids))


def test_only_the_answer_and_its_end_are_supervised(make_case, make_label, recipe):
    tokenizer = CharacterTokenizer()
    case = make_case(label=make_label())
    row = training_rows([case], recipe, tokenizer)[0]
    prompt = prompt_ids(tokenizer, messages(case, recipe.prompt, recipe.answer))
    assert row.input_ids[: len(prompt)] == prompt  # what the engine is asked, id for id
    assert row.labels[: len(prompt)] == [IGNORED] * len(prompt)
    assert row.labels[len(prompt) :] == row.input_ids[len(prompt) :]
    assert preview(row, tokenizer).endswith('⟦{"1":["ATBC 2%","대응"],"2":["미백 앰플","대응"],"risk_level":"높음"}<⟧')


def test_the_end_of_turn_is_what_the_template_puts_behind_an_answer():
    assert completion_ids(CharacterTokenizer(), "ja")[-1] == ord("<")


def test_a_row_that_would_be_cut_is_an_error_and_so_is_one_without_a_label(make_case, make_label, recipe):
    short = recipe.model_copy(update={"train": recipe.train.model_copy(update={"max_length": 64})})
    cases = [make_case(label=make_label()), make_case(case_id="bare")]
    with pytest.raises(BiniError) as error:
        training_rows(cases, short, CharacterTokenizer())
    assert "c1: " in str(error.value) and "train.max_length is 64" in str(error.value)
    assert "bare: no label" in str(error.value)


def test_an_answer_longer_than_answering_allows_is_an_error(make_case, make_label, recipe):
    tight = recipe.model_copy(update={"answer": recipe.answer.model_copy(update={"max_quote_tokens": 8})})
    quotes = ("ATBC 2%를 넣은 미백 앰플입니다.", "ATBC 2%를 넣은 미백 앰플입니다.")
    case = make_case(label=make_label(quotes=quotes))
    with pytest.raises(BiniError, match="max_quote_tokens"):
        training_rows([case], tight, CharacterTokenizer())


def test_nothing_to_train_on_is_an_error(recipe):
    with pytest.raises(BiniError, match="no case to train on"):
        training_rows([], recipe, CharacterTokenizer())


def test_chat_rows_are_trls_prompt_completion_form(make_case, make_label, recipe):
    row = chat_rows([make_case(label=make_label())], recipe)[0]
    assert [turn["role"] for turn in row["prompt"] + row["completion"]] == ["user", "assistant"]
