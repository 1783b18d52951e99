"""`bini eval --rescore`: what a model wrote the last time, read by today's code, and nothing else's answers."""

import json

import pytest
from conftest import ScriptedEngine

from bini.assess import assess
from bini.calibrate import calibrate
from bini.errors import BiniError
from bini.evaluate import evaluate
from bini.predictions import write_predictions
from bini.runs import write_json, write_text

WROTE = '{"1":["ATBC 2%","미대응"],"2":["미백 앰플","대응"],"risk_level":"낮음"}'


@pytest.fixture
def answered(make_case, make_label, recipe, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    case = make_case(label=make_label())
    write_text(tmp_path / "cases.jsonl", case.model_dump_json() + "\n")
    write_predictions(tmp_path / "out/predictions.jsonl", assess([case], ScriptedEngine(WROTE), recipe))
    write_json(tmp_path / "out/metrics.json", {"run_id": "untrained"})
    return recipe


def test_the_models_words_are_read_by_the_recipe_of_today(answered, tmp_path, capsys):
    as_written = evaluate(answered, tmp_path / "cases.jsonl", out=tmp_path / "out", rescore=True)
    assert as_written["risk_accuracy"] == 0.0 and as_written["assessments_per_second"] is None
    decided = answered.model_copy(update={"answer": answered.answer.model_copy(update={"facts": "decided"})})
    by_code = evaluate(decided, tmp_path / "cases.jsonl", out=tmp_path / "out", rescore=True)
    assert by_code["risk_accuracy"] == 1.0  # code knows ATBC
    assert by_code["without_facts"]["risk_accuracy"] == 0.0 and by_code["rule_alone"]["risk_accuracy"] == 1.0
    assert "model alone          0/1" in capsys.readouterr().out
    assert json.loads((tmp_path / "out/metrics.json").read_text())["run_id"] == "untrained"


def test_answers_of_another_model_or_to_other_cases_are_refused(answered, make_case, tmp_path):
    write_text(tmp_path / "cases.jsonl", make_case(case_id="other").model_dump_json() + "\n")
    with pytest.raises(BiniError, match="other cases"):
        evaluate(answered, tmp_path / "cases.jsonl", out=tmp_path / "out", rescore=True)
    write_json(tmp_path / "out/metrics.json", {"run_id": "another"})
    with pytest.raises(BiniError, match=r"another model \(another\)"):
        evaluate(answered, tmp_path / "cases.jsonl", out=tmp_path / "out", rescore=True)
    with pytest.raises(BiniError, match="Only likelihoods"):
        calibrate(answered, tmp_path / "cases.jsonl", rescore=True)
    with pytest.raises(BiniError, match="There is no"):
        evaluate(answered, tmp_path / "cases.jsonl", out=tmp_path / "nowhere", rescore=True)
