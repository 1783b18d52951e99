"""Likelihoods planted in a script give exactly known probabilities; a temperature is fitted and used."""

import json
import math

import pytest
from conftest import ScriptedEngine, WordTokenizer

from bini.assess import assess
from bini.calibrate import check_development, fitted
from bini.calibration import alternatives, fit_temperature, risk_probabilities, with_probabilities
from bini.errors import BiniError
from bini.fitted import fitted_for, softmax, tempered
from bini.metrics.confidence import CURVE_POINTS, abstention, confidence_metrics, risk_coverage, thinned
from bini.rules import MARKS
from bini.runs import write_json
from bini.schema import ABSTAINED, RISK_LEVELS

GOOD = '{"1":["ATBC 2%","대응"],"2":["미백 앰플","대응"],"risk_level":"높음"}'


class ScriptedScorer:
    """Says for each word how likely it is, whatever stands before it."""

    def __init__(self, likely):
        self.tokenizer = WordTokenizer()
        self.likely = likely
        self.asked = []

    def score(self, pairs):
        self.asked += ["".join(map(chr, completion)) for _, completion in pairs]
        return [[math.log(self.likely[self._word(completion)])] for _, completion in pairs]

    def _word(self, completion):
        text = "".join(map(chr, completion))
        return next(word for word in sorted(self.likely, key=len, reverse=True) if text.startswith(word))


@pytest.fixture
def in_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def with_source(recipe, source, **more):
    return recipe.model_copy(update={"calibration": recipe.calibration.model_copy(update={"source": source, **more})})


def test_the_grades_own_word_is_scored_as_a_whole(make_case, recipe):
    cases = [make_case()]
    scorer = ScriptedScorer({"높음": 0.6, "애매": 0.3, "낮음": 0.1})
    found = risk_probabilities(cases, assess(cases, ScriptedEngine(GOOD), recipe), scorer, with_source(recipe, "word"))
    assert found[0] == pytest.approx({"높음": 0.6, "애매": 0.3, "낮음": 0.1})
    assert [text[:2] for text in scorer.asked] == ["높음", "애매", "낮음"]


def test_the_marks_are_joined_by_the_decision_table(make_case, recipe):
    cases = [make_case()]
    scorer = ScriptedScorer({"대응": 0.5, "균등": 0.1, "미대응": 0.2, "판단불가": 0.2})
    found = risk_probabilities(cases, assess(cases, ScriptedEngine(GOOD), recipe), scorer, with_source(recipe, "chart"))
    assert found[0] == pytest.approx({"높음": 0.25, "낮음": 1 - 0.8**2, "애매": 0.8**2 - 0.25})


def test_rejected_evidence_is_as_certain_as_the_code_that_rejects_it(make_case, recipe):
    cases = [make_case()]
    scorer = ScriptedScorer(dict.fromkeys(MARKS, 0.25))
    invented = assess(cases, ScriptedEngine(GOOD.replace("ATBC 2%", "ATBC 9%")), recipe)
    found = risk_probabilities(cases, invented, scorer, with_source(recipe, "chart"))
    assert found[0] == pytest.approx({"높음": 0.0, "애매": 0.75, "낮음": 0.25})


def test_alternatives_differ_in_one_place_only():
    places = list(alternatives(GOOD, "chart", mark_is_last=True))
    assert len(places) == 2 and all(len(found) == 4 for found in places)
    assert [json.loads(text)["2"][1] for text in places[1]] == list(MARKS)
    assert all(json.loads(text)["1"] == ["ATBC 2%", "대응"] for text in places[1])
    assert [json.loads(text)["risk_level"] for text in next(alternatives(GOOD, "word", True))] == [
        "높음",
        "애매",
        "낮음",
    ]


def test_an_answer_that_was_not_parsed_has_no_probabilities(make_case, recipe, in_empty_folder):
    cases = [make_case()]
    broken = assess(cases, ScriptedEngine("{"), recipe)
    assert with_probabilities(cases, broken, ScriptedScorer({}), recipe) == broken


def test_the_runs_temperature_is_used_and_an_unsure_answer_is_flagged(make_case, recipe, in_empty_folder):
    cases, unsure = [make_case()], with_source(recipe, "word", abstain_below=0.5)
    scorer = ScriptedScorer({"높음": 0.8, "애매": 0.1, "낮음": 0.1})
    plain = with_probabilities(cases, assess(cases, ScriptedEngine(GOOD), recipe), scorer, unsure)[0].assessment
    assert plain.risk_probabilities["높음"] == pytest.approx(0.8) and ABSTAINED not in plain.flags
    write_json(in_empty_folder / "outputs/test/calibration.json", {"temperature": 10.0, "source": "word"})
    cool = with_probabilities(cases, assess(cases, ScriptedEngine(GOOD), recipe), scorer, unsure)[0].assessment
    assert cool.risk_probabilities["높음"] == pytest.approx(8**0.1 / (8**0.1 + 2)) and ABSTAINED in cool.flags


def test_the_fitted_temperature_makes_overconfidence_honest():
    sure = softmax({"높음": 4.0, "애매": 0.0, "낮음": 0.0})
    rows = [(sure, "높음", "높음")] * 63 + [(sure, "높음", "애매")] * 13 + [(sure, "높음", "낮음")] * 14
    temperature = fit_temperature([p for p, *_ in rows], [level for *_, level in rows])
    assert tempered(sure, temperature)["높음"] == pytest.approx(0.7, abs=1e-3)
    found = fitted(rows)
    assert found["grades"] is None  # of 90 cases
    assert found["log_loss_after"] == pytest.approx(-0.7 * math.log(0.7) - 0.3 * math.log(0.15), abs=1e-4)
    assert found["log_loss_before"] > found["log_loss_after"]


def test_grade_weights_learn_that_the_answered_grade_is_right_more_often_than_the_chart_says(recipe, in_empty_folder):
    even = {"높음": 0.4, "애매": 0.3, "낮음": 0.3}
    rows = [
        (even, said, true) for said in RISK_LEVELS for true in RISK_LEVELS for _ in range(80 if said == true else 10)
    ]
    found = fitted(rows)
    write_json(in_empty_folder / "outputs/test/calibration.json", found | {"source": "marks"})
    honest = fitted_for(recipe, "marks").honest
    for said in RISK_LEVELS:
        assert honest(even, said)[said] == pytest.approx(0.8, abs=0.02)
        assert sum(honest(even, said).values()) == pytest.approx(1)
    assert found["log_loss_after"] < found["log_loss_before"]
    assert fitted_for(recipe, "word").honest(even, "높음") == pytest.approx(even)  # another source is left as it is


def test_calibration_refuses_training_cases_final_tests_and_a_handful(make_case, make_label, recipe, in_empty_folder):
    case = make_case(label=make_label())
    file = in_empty_folder / "cases.jsonl"
    file.write_text(case.model_dump_json() + "\n", encoding="utf-8")
    own = recipe.model_copy(update={"data": recipe.data.model_copy(update={"cases": file, "labels": None})})
    with pytest.raises(BiniError, match="trained on"):
        check_development(own, file, [case])
    (in_empty_folder / "cases.jsonl.looks").write_text('{"run_id": "x"}\n', encoding="utf-8")
    with pytest.raises(BiniError, match="final test"):
        check_development(own, file, [make_case(user_query="다른 제품")])
    with pytest.raises(BiniError, match="at least 20"):
        fitted([({"높음": 1.0, "애매": 0.0, "낮음": 0.0}, "높음", "높음")])


def planted(make_case, make_label, recipe, answers):
    """Cases labelled 높음, answered 높음 with the probabilities given."""
    cases = [make_case(case_id=f"c{i}", label=make_label()) for i in range(len(answers))]
    predictions = assess(cases, ScriptedEngine(*[GOOD if a else "{" for a in answers]), recipe)
    return cases, [
        p
        if a is None
        else p.model_copy(
            update={
                "assessment": p.assessment.model_copy(
                    update={"risk_probabilities": {"높음": a, "애매": 1 - a, "낮음": 0.0}}
                )
            }
        )
        for p, a in zip(predictions, answers, strict=True)
    ]


def test_log_loss_brier_and_ece_are_counted_by_hand(make_case, make_label, recipe):
    found = confidence_metrics(*planted(make_case, make_label, recipe, [0.9, 0.9, 0.5, None]))
    assert found["log_loss"] == pytest.approx(-(2 * math.log(0.9) + math.log(0.5) + math.log(1 / 3)) / 4)
    assert found["brier"] == pytest.approx((2 * (0.01 + 0.01) + 0.5 + (4 / 9 + 2 / 9)) / 4)
    assert found["ece"] == pytest.approx((2 * 0.1 + 0.5 + 1 / 3) / 4)  # the unparsed answer is wrong at a third
    low, high = found["ece_ci95"]
    assert low <= found["ece"] <= high
    assert [b["count"] for b in found["reliability"]] == [1, 1, 2]


def test_without_probabilities_there_is_nothing_to_measure(make_case, make_label, recipe):
    cases = [make_case(label=make_label())]
    assert confidence_metrics(cases, assess(cases, ScriptedEngine(GOOD), recipe)) is None


def test_risk_and_coverage_and_abstention():
    sure, hits = [0.9, 0.8, 0.8, 0.4], [True, True, False, False]
    points = risk_coverage(sure, hits)
    assert [(p["coverage"], p["error"]) for p in points] == [(0.25, 0.0), (0.75, pytest.approx(1 / 3)), (1.0, 0.5)]
    found = abstention(sure, hits, 0.5)
    assert (found["answered"], found["abstained"], found["accuracy"]) == (3, 1, pytest.approx(2 / 3))


@pytest.mark.parametrize("length", [1, 49, 50, 99, 100, 101, 1234])
def test_a_long_curve_is_thinned_and_keeps_its_end(length):
    points = [{"coverage": float(i)} for i in range(length)]
    kept = thinned(points)
    assert (
        kept[-1] == points[-1] and len(kept) <= 2 * CURVE_POINTS and kept == sorted(kept, key=lambda p: p["coverage"])
    )
    assert length >= 100 or kept == points
