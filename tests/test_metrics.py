"""Planted predictions give exactly known numbers."""

import pytest

from bini.assess import assess
from bini.metrics import INVALID, breakdown, flips, health, score, valid_fraction, wilson

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


def answer(marks, quote="ATBC 2%", risk="높음"):
    return f'{{"1":["{quote}","{MARK[marks[0]]}"],"2":["앰플","{MARK[marks[1]]}"],"risk_level":"{risk}"}}'


def test_f1_per_class_is_counted_by_hand(planted):
    metrics = planted("OO", "OO", "OO", "XO")  # 애매 answered 높음, its open element answered 대응
    assert metrics["risk_f1"] == {"높음": pytest.approx(4 / 5), "애매": 0.0, "낮음": 1.0}
    assert metrics["match_f1"] == {"대응": pytest.approx(12 / 13), "미대응": 1.0, "판단불가": 0.0}
    assert metrics["match_macro_f1"] == pytest.approx((12 / 13 + 1 + 0) / 3)
    assert metrics["match_confusion"]["판단불가"]["대응"] == 1
    low, high = metrics["risk_macro_f1_ci95"]
    assert 0 < low < metrics["risk_macro_f1"] <= high <= 1


def test_a_minimal_pair_counts_only_where_both_are_right(make_case, make_label, recipe):
    labels = [("OO", "높음"), ("XO", "낮음"), ("OO", "높음"), ("XO", "낮음"), ("OO", "높음")]
    tags = ["pair:1", "pair:1", "pair:2", "pair:2", "pair:alone"]
    cases = [
        make_case(case_id=f"c{i}", label=make_label(*label), tags=(tag,))
        for i, (label, tag) in enumerate(zip(labels, tags, strict=True))
    ]
    script = [answer(marks) for marks in ("OO", "XO", "OO", "OO", "OO")]
    metrics = score(cases, assess(cases, ScriptedEngine(*script), recipe))
    assert (metrics["minimal_pairs"], metrics["minimal_pair_accuracy"]) == (2, 0.5)


def test_groups_widen_the_interval(make_case, make_label, recipe):
    cases = [
        make_case(
            case_id=f"c{i}",
            group=f"g{i // 5}",
            label=make_label("OO" if i < 20 else "XO", "높음" if i < 20 else "낮음"),
        )
        for i in range(40)
    ]
    metrics = score(cases, assess(cases, ScriptedEngine(*[answer("OO")] * 40), recipe))
    low, high = metrics["risk_accuracy_ci95"]
    group_low, group_high = metrics["risk_accuracy_group_ci95"]
    assert metrics["groups"] == 8 and group_high - group_low > 1.5 * (high - low)


def test_the_health_of_what_was_written_is_counted(make_case, recipe):
    good = answer("OO")
    texts = [
        good,
        good.replace(",", ", "),
        good.replace("앰플", "\\uc575\\ud50c"),
        "{" + " " * 30,
        "abc" * 20,
        good[::-1],
    ]
    texts.append('{"2":["앰플","대응"],"1":["ATBC 2%","대응"],"risk_level":"높음"}')
    cases = [make_case(case_id=f"c{i}") for i in range(len(texts))]
    found = health(cases, assess(cases, ScriptedEngine(*texts), recipe, guided=False), recipe.answer)
    assert (found["answers"], found["valid"], found["completed"]) == (7, 4, 7)
    assert (found["whitespace_loops"], found["repetition_loops"]) == (1, 1)
    assert (found["keys_in_order"], found["keys_out_of_order"]) == (3, 1)
    assert found["unicode_escapes"] == 2
    assert found["whitespace_characters"] == good.count(",") + 2 * 5  # an escape takes five characters more
    assert (found["wasted_tokens"], found["generated_tokens"]) == (21, 49)


def test_accuracy_is_broken_down_by_tag_and_kind_of_element(make_case, make_label, recipe):
    cases = [
        make_case(case_id="a", label=make_label("OO"), tags=("negation", "pair:1")),
        make_case(case_id="b", label=make_label("OO"), tags=("negation", "alias")),
    ]
    found = breakdown(cases, assess(cases, ScriptedEngine(answer("OO"), answer("XO")), recipe))
    assert [(row["name"], row["correct"], row["total"]) for row in found["tags"]] == [
        ("negation", 1, 2),
        ("alias", 0, 1),
    ]
    assert found["element_kinds"][0]["correct"] == 3 and found["element_kinds"][0]["total"] == 4


def test_flips_are_other_texts_and_other_grades(make_case, recipe):
    cases = [make_case(case_id=f"c{i}") for i in range(3)]
    first = assess(cases, ScriptedEngine(answer("OO"), answer("OO"), answer("OO")), recipe)
    second = assess(cases, ScriptedEngine(answer("OO"), answer("OO", risk="낮음"), answer("XO")), recipe)
    found = flips(first, second)
    assert (found["text_flips"], found["risk_flips"], found["flipped_cases"]) == (2, 1, ["c2"])
