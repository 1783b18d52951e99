"""Cases and an answerer in, predictions out."""

from dataclasses import replace

import pytest
from conftest import ScriptedEngine

from bini.assess import assess
from bini.copied_quotes import KEYWORD
from bini.prompts import copied_from
from bini.recipe import load_recipe  # noqa: F401  (the room must stay importable beside assess)
from bini.schema import EQUIVALENTS, INVENTED_QUOTE, NO_EVIDENCE

BOTH = '{"1":["ATBC 2%","대응"],"2":["미백 앰플","대응"],"risk_level":"높음"}'


def one(case, recipe, script, **how):
    return assess([case], ScriptedEngine(script, **how), recipe)[0]


def test_a_full_chart_is_high_and_its_quotes_are_slices_of_the_product(make_case, recipe):
    found = one(make_case(), recipe, BOTH).assessment
    assert found.risk_level == "높음"
    assert [f.user_product_element for f in found.comparisons] == ["ATBC 2%", "미백 앰플"]
    assert [f.patent_element for f in found.comparisons] == ["ATBC", "미백 화장료"]
    assert found.model_risk_level is None and found.deciding_element is None
    assert "ATBC 2%" in found.decision_reason


def test_an_invented_quote_becomes_undecided_and_flagged(make_case, recipe):
    prediction = one(make_case(), recipe, BOTH.replace("ATBC 2%", "ATBC 7%"))
    first = prediction.assessment.comparisons[0]
    assert (first.match, first.user_product_element, first.flags) == ("판단불가", None, (INVENTED_QUOTE,))
    assert prediction.assessment.risk_level == "애매"
    assert (prediction.quotes, prediction.invented_quotes) == (2, 1)
    assert INVENTED_QUOTE in prediction.assessment.flags


def test_a_match_without_evidence_becomes_undecided(make_case, recipe):
    found = one(make_case(), recipe, BOTH.replace('"ATBC 2%"', "null")).assessment
    assert found.comparisons[0].match == "판단불가" and NO_EVIDENCE in found.flags


def test_the_grade_is_the_rules_and_the_models_own_word_is_kept(make_case, recipe):
    prediction = one(make_case(), recipe, BOTH.replace('"미백 앰플","대응"', '"미백 앰플","미대응"'))
    assert prediction.assessment.risk_level == "낮음"
    assert prediction.assessment.model_risk_level == "높음" == prediction.model_risk_level
    assert prediction.assessment.deciding_element == "미백 화장료"


def test_a_near_variant_is_absent_with_the_flag_and_ambiguous(make_case, recipe):
    found = one(make_case(), recipe, BOTH.replace('"ATBC 2%","대응"', '"ATBC 2%","균등"')).assessment
    assert found.comparisons[0].match == "미대응"
    assert found.comparisons[0].flags == (EQUIVALENTS,)
    assert found.risk_level == "애매"


def test_an_undecided_element_asks_for_what_is_missing(make_case, recipe):
    found = one(make_case(), recipe, BOTH.replace('["ATBC 2%","대응"]', '[null,"판단불가"]')).assessment
    assert "'ATBC'" in found.missing_information[0]


@pytest.mark.parametrize("text", ["", "{", BOTH[:-4], "높음"])
def test_an_answer_that_cannot_be_read_keeps_its_text_and_says_why(make_case, recipe, text):
    engine = ScriptedEngine(text, text, finish_reason="length")  # runs away both times
    prediction = assess([make_case()], engine, recipe)[0]
    assert prediction.assessment is None and prediction.error
    assert prediction.raw_text == text and prediction.finish_reason == "length"


def test_only_guided_requests_carry_a_schema(make_case, recipe):
    for guided in (True, False):
        engine = ScriptedEngine(BOTH)
        assess([make_case()], engine, recipe, guided=guided)
        assert (engine.asked[0].schema is not None) == guided


def test_a_prompt_too_long_for_the_engine_is_answered_with_an_error_in_its_place(make_case, recipe):
    cases = [make_case(), make_case(case_id="long", user_query="가" * 5000), make_case(case_id="c3")]
    predictions = assess(cases, ScriptedEngine(BOTH, BOTH), recipe)
    assert [p.case_id for p in predictions] == ["c1", "long", "c3"]
    assert predictions[1].finish_reason == "too_long" and "max_model_len" in predictions[1].error
    assert predictions[2].assessment is not None


def test_the_written_reason_is_kept_where_the_recipe_asks_for_one(make_case, recipe):
    recipe = recipe.model_copy(update={"answer": recipe.answer.model_copy(update={"reason": "written"})})
    found = one(make_case(), recipe, BOTH[:-1] + ',"reason":"둘 다 있다."}').assessment
    assert found.decision_reason == "둘 다 있다."


class RunawayEngine(ScriptedEngine):
    """Runs into the limit the first time, and answers from the script the second."""

    def generate(self, requests):
        answers = super().generate(requests)
        if len(self.asked) > len(requests):
            return answers
        return [replace(answer, finish_reason="length") for answer in answers]


def test_an_answer_that_runs_away_is_asked_for_again_with_copied_quotes(make_case, recipe):
    engine = RunawayEngine('{"1":["균균균균균', BOTH)
    case = make_case()
    prediction = assess([case], engine, recipe)[0]
    assert prediction.assessment.risk_level == "높음" and prediction.finish_reason == "stop"
    assert prediction.generated_tokens == 14  # both answers'
    first, second = engine.asked
    assert (first.prompt_ids, first.schema) == (second.prompt_ids, second.schema)
    assert first.copied is None and second.copied == copied_from(case, recipe.answer)
    assert second.copied == {KEYWORD: {"text": case.user_query, "item": 0, "tokens": recipe.answer.max_quote_tokens}}


def test_so_is_one_that_ends_but_repeats_itself(make_case, recipe):
    engine = ScriptedEngine(BOTH.replace("ATBC 2%", "이름 " * 12), BOTH, BOTH)
    predictions = assess([make_case(), make_case(case_id="c2")], engine, recipe)
    assert [p.raw_text for p in predictions] == [BOTH, BOTH]
    assert [request.copied is None for request in engine.asked] == [True, True, False]


def test_a_recipe_may_have_quotes_copied_from_the_first(make_case, recipe):
    engine = ScriptedEngine(BOTH, BOTH)
    copied = recipe.model_copy(update={"engine": recipe.engine.model_copy(update={"quotes": "copied"})})
    assess([make_case()], engine, copied)
    assess([make_case()], engine, copied, guided=False)
    assert [request.copied is None for request in engine.asked] == [False, True]


def test_a_free_answer_that_runs_away_is_not_asked_for_again(make_case, recipe):
    engine = RunawayEngine("{")
    assert assess([make_case()], engine, recipe, guided=False)[0].finish_reason == "length"
