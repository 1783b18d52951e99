"""Baselines answer like models: one prediction per case, scored by the same code."""

import pytest

from bini.baselines import NAMES, baseline
from bini.errors import BiniError
from bini.metrics import risk_hits, score

PRODUCTS = {"OO": "ATBC 2%를 넣은 미백 앰플 {}호입니다.", "XO": "살리실산만 넣은 미백 토너 {}번 제품입니다."}
LEVELS = {"OO": "높음", "XO": "낮음"}


@pytest.fixture
def separable(make_case, make_label):
    """Cases whose words give their labels away: seven 높음, five 낮음."""
    rows = [("OO", i) for i in range(7)] + [("XO", i) for i in range(5)]
    return [
        make_case(
            case_id=f"{marks}{i}",
            user_query=PRODUCTS[marks].format(i),
            label=make_label(marks, LEVELS[marks], (None, None)),
        )
        for marks, i in rows
    ]


def test_the_majority_is_right_as_often_as_it_is_common(separable):
    metrics = score(separable, baseline("majority", separable, separable))
    assert metrics["risk_accuracy"] == 7 / 12
    assert metrics["match_f1"]["대응"] > 0 and metrics["match_accuracy"] == (7 + 12) / 24


def test_tfidf_learns_what_words_give_away(separable):
    train, test = separable[:6] + separable[7:11], [separable[6], separable[11]]
    found = baseline("tfidf", train, test)
    assert risk_hits(test, found) == [True, True]
    assert found[0].assessment.risk_probabilities["높음"] > 0.5
    assert [f.match for f in found[1].assessment.comparisons] == ["미대응", "대응"]


def test_one_kind_of_label_is_all_tfidf_can_say(separable):
    found = baseline("tfidf", separable[:3], separable[-1:])
    assert found[0].assessment.risk_level == "높음"


def test_the_pure_rule_needs_no_training(make_case, make_label):
    case = make_case(label=make_label())
    found = baseline("rule", (), [case])
    assert [p.case_id for p in found] == ["c1"] and len(found[0].assessment.comparisons) == 2


def test_unlabelled_cases_teach_nothing(make_case):
    with pytest.raises(BiniError, match="labelled"):
        baseline("majority", [make_case()], [make_case()])
    assert NAMES == ("majority", "tfidf", "rule")
