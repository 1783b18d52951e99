"""The likeliest chart: planted likelihoods give exactly known grades, marks and weights."""

import math
from dataclasses import replace

import pytest
from click.testing import CliRunner
from conftest import REPOSITORY, ScriptedEngine, WordTokenizer

from bini.assess import assess
from bini.calibrate import weigh
from bini.cli import cli
from bini.engine import Completion, Engine, Step
from bini.errors import BiniError
from bini.facts import Fact
from bini.fitted import fitted_for
from bini.prompts import mark_likelihoods, mark_tokens
from bini.recipe import Answer, Calibration, as_written
from bini.rules import MARKS
from bini.runs import run_of, write_json, write_text
from bini.schema import BY_CODE, INVENTED_QUOTE, ElementFinding
from bini.weighing import Weights, features, fit, likeliest_chart, risk_probabilities, weighed_charts

GOOD = '{"1":["ATBC 2%","대응"],"2":["미백 앰플","대응"],"risk_level":"높음"}'
FIRST = {"대응": "대", "균등": "균", "미대응": "미", "판단불가": "판"}


def chart(*values):
    return dict(zip(MARKS, values, strict=True))


class LikelyEngine(ScriptedEngine):
    """Writes a script, and holds the marks of element i for as likely as planted."""

    def __init__(self, text, *charts):
        super().__init__(text)
        self.charts = charts

    def generate(self, requests):
        return [replace(found, steps=self.steps(found.text)) for found in super().generate(requests)]

    def steps(self, text):
        found, left = [], iter(self.charts)
        for i, character in enumerate(text):
            is_mark = text[:i].endswith(',"') and character in FIRST.values()
            likely = next(left) if is_mark else chart(0.25, 0.25, 0.25, 0.25)
            found.append(Step(ord(character), {ord(FIRST[mark]): math.log(p) for mark, p in likely.items()}))
        return tuple(found)


@pytest.fixture
def likeliest(recipe, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return recipe.model_copy(update={"calibration": recipe.calibration.model_copy(update={"grade": "likeliest"})})


def test_five_elements_each_probably_met_are_probably_not_all_met():
    charts = [chart(0.7, 0.0, 0.2, 0.1)] * 5
    assert risk_probabilities(charts) == pytest.approx({"높음": 0.7**5, "애매": 0.8**5 - 0.7**5, "낮음": 1 - 0.8**5})
    assert likeliest_chart(charts).count("미대응") == 1


@pytest.mark.parametrize(
    ("charts", "marks"),
    [
        ([chart(0.9, 0.0, 0.05, 0.05)] * 2, ("대응", "대응")),
        ([chart(0.6, 0.0, 0.0, 0.4), chart(0.7, 0.0, 0.0, 0.3)], ("판단불가", "대응")),
        ([chart(0.6, 0.0, 0.4, 0.0), chart(0.7, 0.0, 0.3, 0.0)], ("미대응", "대응")),
        ([chart(0.1, 0.5, 0.4, 0.0), chart(1.0, 0.0, 0.0, 0.0)], ("균등", "대응")),
        ([chart(0.0, 0.0, 1.0, 0.0), chart(0.0, 0.0, 0.0, 1.0)], ("미대응", "판단불가")),
        # 애매 by many open elements, though one of them alone would rather be absent
        ([chart(0.3, 0.0, 0.36, 0.34), chart(0.1, 0.0, 0.05, 0.85)], ("판단불가", "판단불가")),
    ],
)
def test_the_likeliest_chart_has_the_likeliest_grade_and_costs_least(charts, marks):
    assert likeliest_chart(charts) == marks


def test_what_code_settled_is_certain_and_without_a_quote_nothing_corresponds():
    even = chart(0.25, 0.25, 0.25, 0.25)
    findings = [
        ElementFinding(patent_element="a", user_product_element="x", match="미대응", note=f"{BY_CODE}: x"),
        ElementFinding(patent_element="b", match="판단불가", flags=(INVENTED_QUOTE,)),
        ElementFinding(patent_element="c", match="판단불가"),
        ElementFinding(patent_element="d", user_product_element="x", match="대응"),
    ]
    found = weighed_charts(findings, [even] * 4, [()] * 4, None)
    assert found[:2] == [chart(0, 0, 1, 0), chart(0, 0, 0, 1)]
    assert found[2] == pytest.approx(chart(0, 1 / 3, 1 / 3, 1 / 3)) and found[3] == even
    weights = Weights(
        features=(), weights=dict.fromkeys(MARKS, ()), intercepts=dict.fromkeys(MARKS, 0.0), certainty=0.97
    )
    less = weighed_charts(findings, [even] * 4, [()] * 4, weights)
    assert less[0] == pytest.approx(chart(0.01, 0.01, 0.97, 0.01)) and less[1] == chart(0, 0, 0, 1)


def test_the_fit_learns_what_a_likelihood_and_a_fact_are_worth():
    def rows(fact, mark, count):
        return [(features(chart(0.7, 0.0, 0.2, 0.1), True, [fact] if fact else []), mark)] * count

    silence = Fact("silence", "판단불가", False, None, "")
    weights = fit(
        rows(None, "대응", 60) + rows(None, "미대응", 40) + rows(silence, "판단불가", 45) + rows(silence, "대응", 5),
        1e3,
    )
    plain = weights.weighed(features(chart(0.7, 0.0, 0.2, 0.1), True, []), MARKS)
    silent = weights.weighed(features(chart(0.7, 0.0, 0.2, 0.1), True, [silence]), MARKS)
    assert plain["대응"] == pytest.approx(0.6, abs=0.02) and plain["미대응"] == pytest.approx(0.4, abs=0.02)
    assert silent["판단불가"] == pytest.approx(0.9, abs=0.02) and silent["균등"] == 0.0


def test_the_marks_are_found_where_they_are_written_and_not_in_quotes(recipe):
    text = '{"1":["대나무, 균","미대응"],"2":[null,"판단불가"],"risk_level":"낮음"}'
    first, second = chart(0.1, 0.2, 0.4, 0.3), chart(0.4, 0.1, 0.1, 0.4)
    engine = LikelyEngine(text, first, second)
    found = mark_likelihoods(engine.steps(text), engine.tokenizer, 2, Answer())
    assert found == (pytest.approx(first), pytest.approx(second))
    assert mark_likelihoods(engine.steps(text), engine.tokenizer, 3, Answer()) is None
    assert mark_likelihoods((), engine.tokenizer, 2, Answer()) is None
    after = '{"1":["미대응","대나무"],"2":["판단불가",null],"risk_level":"낮음"}'
    steps = [replace(step, log_probabilities=dict(step.log_probabilities)) for step in engine.steps(after)]
    assert len(mark_likelihoods(steps, engine.tokenizer, 2, Answer(evidence="after"))) == 2


def test_a_tokenizer_that_cannot_tell_marks_apart_is_refused():
    class OneToken:
        def encode(self, text, add_special_tokens):
            return [1, 2, 3]

    with pytest.raises(ValueError, match="same token"):
        mark_tokens(OneToken())


def test_assess_watches_the_marks_and_answers_with_the_likeliest_chart(make_case, recipe, likeliest):
    charts = chart(0.55, 0.0001, 0.4499, 0.0001), chart(0.6, 0.0001, 0.3999, 0.0001)
    engine = LikelyEngine(GOOD, *charts)
    found = assess([make_case()], engine, likeliest)[0]
    assert set(engine.asked[0].watched) == {ord(first) for first in FIRST.values()}
    assert [finding.match for finding in found.assessment.comparisons] == ["미대응", "대응"]
    assert found.assessment.comparisons[0].user_product_element == "ATBC 2%"
    assert found.assessment.risk_level == "낮음" and found.assessment.model_risk_level == "높음"
    assert found.assessment.risk_probabilities["높음"] == pytest.approx(0.33, abs=0.01)
    assert found.mark_likelihoods[0] == pytest.approx(charts[0], abs=1e-3)
    written = assess([make_case()], LikelyEngine(GOOD, *charts), recipe)[0]
    assert written.assessment.risk_level == "높음" and written.assessment.risk_probabilities is None
    scored = recipe.model_copy(update={"calibration": Calibration(score=True, source="marks")})
    answered = assess([make_case()], LikelyEngine(GOOD, *charts), scored)[0].assessment
    assert answered.risk_level == "높음" and answered.risk_probabilities == found.assessment.risk_probabilities
    assert not as_written(scored).calibration.watches and not as_written(likeliest).calibration.watches


def test_an_answerer_that_cannot_tell_likelihoods_is_taken_at_its_word(make_case, likeliest):
    found = assess([make_case()], ScriptedEngine(GOOD), likeliest)[0]
    assert found.assessment.risk_level == "높음" and found.mark_likelihoods is None


@pytest.mark.parametrize("command", ["assess", "eval", "screen"])
def test_a_model_that_is_not_the_runs_own_is_not_watched(command, make_case, tmp_path, monkeypatch):
    watched = []

    def generate(self, requests):
        watched.extend(request.watched for request in requests)
        return [Completion(GOOD, "stop", 9, 9) for _ in requests]

    monkeypatch.setattr(Engine, "__init__", lambda self, *_, **__: setattr(self, "tokenizer", WordTokenizer()))
    monkeypatch.setattr(Engine, "generate", generate)
    monkeypatch.setattr(Engine, "close", lambda self: None)
    monkeypatch.chdir(tmp_path)
    case = make_case()
    write_text(tmp_path / "model/config.json", "{}")
    write_text(tmp_path / "cases.jsonl", case.model_dump_json() + "\n")
    write_text(tmp_path / "products.csv", f"id,text\n1,{case.user_query}\n")
    write_text(tmp_path / "patents.csv", f"regit_num,claim_text\n1,{case.claim_text}\n")
    recipe, marks = str(REPOSITORY / "recipes/smoke.yaml"), ("calibration.score=true", "calibration.source=marks")
    asked = {
        "assess": (recipe, *marks, "--claim", case.claim_text, "--product", case.user_query),
        "eval": (recipe, *marks, "--cases", "cases.jsonl", "--no-free"),
        "screen": ("products.csv", *marks, "--patents", "patents.csv", "--out", "out.jsonl", "--recipe", recipe),
    }[command]
    done = CliRunner().invoke(cli, [command, *asked, "--model", str(tmp_path / "model")], catch_exceptions=False)
    assert done.exit_code == 0 and watched == [()], done.output


def test_weights_come_from_development_answers_and_grades_from_other_folds(make_case, make_label, likeliest):
    sure, unsure = chart(0.9, 0.02, 0.04, 0.04), chart(0.6, 0.02, 0.34, 0.04)
    cases, answers = [], []
    for i in range(60):  # the second element is absent wherever the model is less than sure of it
        is_met = i % 2 == 0
        label = make_label("OO" if is_met else "OX", "높음" if is_met else "낮음")
        cases.append(make_case(label=label))
        answers += assess([cases[-1]], LikelyEngine(GOOD, sure, sure if is_met else unsure), likeliest)
    weights, rows = weigh(cases, answers)
    assert set(weights.weights) == {"대응", "미대응"}
    assert weights.certainty == 0.5  # nothing was settled by code: nothing is known of it
    assert len(rows) == 60 and {answered for _, answered, _ in rows} == {"높음"}
    assert all(probabilities[level] > 0.5 for probabilities, _, level in rows)
    with pytest.raises(BiniError, match="at least 20"):
        weigh(cases[:5], answers[:5])
    with pytest.raises(BiniError, match="only 대응"):
        weigh(cases[::2], answers[::2])


def test_a_calibration_of_another_adapter_is_not_used(likeliest, capsys):
    run = run_of(likeliest)
    write_json(run.folder / "calibration.json", {"temperature": 2.0, "source": "marks", "run_id": "one"})
    write_text(run.merged / "fingerprint", "one")
    assert fitted_for(likeliest, "marks").temperature == 2.0
    assert fitted_for(likeliest, "chart").temperature == 1.0
    write_text(run.merged / "fingerprint", "two")
    assert fitted_for(likeliest, "marks").temperature == 1.0
    assert "another adapter" in capsys.readouterr().err
    (run.folder / "calibration.json").write_text("{")
    with pytest.raises(BiniError, match="damaged"):
        fitted_for(likeliest, "marks")
