"""Planted predictions give exactly known numbers."""

import pytest

from bini.assess import assess
from bini.metrics import INVALID, score, valid_fraction, wilson

from conftest import ScriptedEngine  # isort: skip

MARK = {"O": "대응", "X": "미대응", "?": "판단불가"}


@pytest.fixture
def planted(make_case, make_label, recipe):
    """Four cases: 높음, 높음, 애매, 낮음."""

    def plant(*answers):
        labels = [("OO", "높음"), ("OO", "높음"), ("O?", "애매"), ("XO", "낮음")]
        cases = [make_case(case_id=f"c{i}", label=make_label(*label)) for i, label in enumerate(labels)]
        script = [
            "{"
            if marks is None
            else f'{{"1":["ATBC 2%","{MARK[marks[0]]}"],"2":["앰플","{MARK[marks[1]]}"],"risk_level":"높음"}}'
            for marks in answers
        ]
        return score(cases, assess(cases, ScriptedEngine(*script), recipe))

    return plant


def test_a_perfect_answer_scores_one(planted):
    metrics = planted("OO", "OO", "O?", "XO")
    assert metrics["risk_accuracy"] == metrics["match_accuracy"] == metrics["risk_macro_f1"] == 1.0
    assert metrics["dangerous_errors"] == 0
    assert metrics["rule_agreement_fraction"] == 0.5  # the script says 높음 four times, the rule twice
    assert metrics["quote_valid_fraction"] == 1.0 and metrics["quotes"] == 8


def test_the_majority_answer_scores_the_majoritys_share(planted):
    metrics = planted("OO", "OO", "OO", "OO")
    assert metrics["risk_accuracy"] == 0.5
    assert metrics["match_accuracy"] == 6 / 8
    assert metrics["risk_macro_f1"] == pytest.approx((2 * 2 / (2 + 4) + 0 + 0) / 3)
    assert metrics["risk_confusion"]["애매"] == {"높음": 1, "애매": 0, "낮음": 0, INVALID: 0}


def test_answers_that_cannot_be_read_are_wrong_and_not_missing(planted):
    metrics = planted(None, None, None, None)
    assert metrics["json_valid_fraction"] == 0.0
    assert metrics["risk_accuracy"] == metrics["match_accuracy"] == metrics["risk_macro_f1"] == 0.0
    assert metrics["comparisons"] == 8
    assert metrics["risk_confusion"]["높음"][INVALID] == 2
    assert metrics["quote_valid_fraction"] is None and metrics["rule_agreement_fraction"] is None


def test_high_answered_low_is_the_dangerous_error(planted):
    assert planted("XO", "OX", "O?", "XO")["dangerous_errors"] == 2


def test_permuted_answers_score_by_what_happens_to_agree(planted):
    metrics = planted("O?", "XO", "OO", "OO")
    assert metrics["risk_accuracy"] == 0.0
    assert metrics["match_accuracy"] == 4 / 8  # per case 1, 1, 1, 1 of 2


def test_wilson_is_the_published_interval():
    low, high = wilson(28, 35)
    assert (round(low, 2), round(high, 2)) == (0.64, 0.90)
    assert wilson(0, 0) is None


def test_predictions_out_of_order_are_a_programming_error(make_case, recipe):
    cases = [make_case(), make_case(case_id="c2")]
    predictions = assess(cases, ScriptedEngine("{", "{"), recipe)
    with pytest.raises(ValueError, match="order"):
        score(cases[::-1], predictions)
    assert valid_fraction(predictions) == 0.0
