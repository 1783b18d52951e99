"""Training rows."""

import pytest
from conftest import WordTokenizer

from bini.errors import BiniError
from bini.prompts import completion_ids, messages, prompt_ids
from bini.sft import IGNORED, chat_rows, preview, training_rows, without_quote_ends


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


def learned(text):
    """The text with a dot for each character that is not learned."""
    ids = [ord(c) for c in text]
    labels = without_quote_ends(WordTokenizer(), text, ids)
    assert all(label in (token, IGNORED) for label, token in zip(labels, ids, strict=True))
    return "".join("·" if label == IGNORED else chr(label) for label in labels)


def test_of_a_quote_the_first_tokens_are_learned_and_of_the_marks_all():
    text = '{"1":["가나다라마","대응"],"2":[null,"판단불가"],"3":["a \\"b\\" c","미대응"],"risk_level":"낮음"}'
    assert learned(text) == (
        '{"1":["가나다··","대응"],"2":[null,"판단불가"],"3":["a \\······","미대응"],"risk_level":"낮음"}'
    )
    assert learned('{"1":["대응","가나다라마"],"risk_level":"높음"}') == '{"1":["대응","가나다··"],"risk_level":"높음"}'


def test_a_share_of_the_rows_learns_its_quotes_whole(make_case, make_label, recipe):
    cases = [make_case(case_id=f"c{n}", label=make_label()) for n in range(200)]

    def whole(share):
        some = recipe.model_copy(update={"train": recipe.train.model_copy(update={"whole_quotes": share})})
        rows = training_rows(cases, some, CharacterTokenizer())
        most = max(row.num_supervised for row in rows)
        return sum(row.num_supervised == most for row in rows), most

    assert whole(1.0)[0] == 200 and 20 < whole(0.2)[0] < 60
    assert whole(0.0)[1] < whole(1.0)[1]
    assert whole(0.2) == whole(0.2)
