"""One prompt, one answer format."""

import itertools
import json

import jsonschema
import pytest

from bini.prompts import answer_schema, gold_answer, max_answer_tokens, messages, parse_answer
from bini.recipe import Answer, Prompt

ANSWERS = [Answer(evidence=e, reason=r) for e, r in itertools.product(("before", "after"), ("composed", "written"))]


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_gold_answer_fits_its_schema_and_reads_back(make_case, make_label, answer):
    case = make_case(label=make_label("O?", "애매", ("ATBC 2%", None)))
    text = gold_answer(case, answer)
    jsonschema.validate(json.loads(text), answer_schema(2, answer))
    read = parse_answer(text, 2, answer)
    assert read.quotes == ("ATBC 2%", None)
    assert read.marks == ("대응", "판단불가")
    assert read.risk_level == "애매"
    assert read.reason == (case.label.decision_reason if answer.reason == "written" else None)


def test_a_gold_answer_is_compact_and_says_korean_as_korean(make_case, make_label):
    text = gold_answer(make_case(label=make_label()), Answer())
    assert text == '{"1":["ATBC 2%","대응"],"2":["미백 앰플","대응"],"risk_level":"높음"}'


def test_the_schema_says_the_keys_in_the_order_of_the_answer_and_bounds_no_length():
    schema = answer_schema(3, Answer(reason="written"))
    assert list(schema["properties"]) == ["1", "2", "3", "risk_level", "reason"] == schema["required"]
    assert "maxLength" not in json.dumps(schema)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        "null",
        '{"1":["a","대응"],"risk_level":"높음"}',
        '{"1":["a","대응"],"2":["b","대응"],"3":["c","대응"],"risk_level":"높음"}',
        '{"1":["a","대응"],"2":["b"],"risk_level":"높음"}',
        '{"1":["a","맞음"],"2":["b","대응"],"risk_level":"높음"}',
        '{"1":[1,"대응"],"2":["b","대응"],"risk_level":"높음"}',
        '{"1":["a","대응"],"2":["b","대응"],"risk_level":"보통"}',
    ],
)
def test_an_answer_of_another_shape_is_an_error(text):
    with pytest.raises(ValueError):
        parse_answer(text, 2, Answer())


def test_the_product_stands_last_and_the_claim_can_be_left_out(make_case):
    case = make_case()
    full = messages(case, Prompt(), Answer())[0]["content"]
    short = messages(case, Prompt(claim_text=False), Answer())[0]["content"]
    assert full.endswith(f"[제품]\n{case.user_query}")
    assert case.claim_text in full and case.claim_text not in short


def test_cases_of_one_claim_share_all_of_the_prompt_up_to_the_product(make_case):
    prompts = [messages(make_case(user_query=q), Prompt(), Answer())[0]["content"] for q in ("가나다", "라마바")]
    assert prompts[0][: -len("가나다")] == prompts[1][: -len("라마바")]


def test_room_for_an_answer_grows_with_the_elements():
    assert max_answer_tokens(4, Answer()) - max_answer_tokens(3, Answer()) >= Answer().max_quote_tokens
