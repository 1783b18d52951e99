"""The report is one file that needs nothing else, escapes what it shows, and names its protocol."""

import json
import re

import pytest
from conftest import ScriptedEngine

from bini.assess import assess
from bini.card import write_card
from bini.errors import BiniError
from bini.evaluate import protocol
from bini.metrics import breakdown, health, score
from bini.metrics.confidence import confidence_metrics
from bini.report import plots, write_report
from bini.report.wrong import marked, wrong_cases
from bini.runs import environment
from bini.summary import summary

HIGH = '{"1":["ATBC 2%","대응"],"2":["앰플","대응"],"risk_level":"높음"}'
LOW = '{"1":["ATBC 2%","미대응"],"2":["앰플","대응"],"risk_level":"낮음"}'
ATTACK = "<script>alert('x')</script>"


@pytest.fixture
def evaluated(make_case, make_label, recipe, tmp_path, monkeypatch):
    """Three cases labelled 높음, answered 높음, 낮음 and not at all; the first two with probabilities."""
    monkeypatch.chdir(tmp_path)
    cases = [
        make_case(
            case_id=f"c{i}", user_query=f"ATBC 2%를 넣은 미백 앰플 {i}호 {ATTACK}", label=make_label(), tags=("alias",)
        )
        for i in range(3)
    ]
    predictions = [
        p
        if p.assessment is None
        else p.model_copy(
            update={
                "assessment": p.assessment.model_copy(
                    update={"risk_probabilities": {"높음": 0.7, "애매": 0.2, "낮음": 0.1}}
                )
            }
        )
        for p in assess(cases, ScriptedEngine(HIGH, LOW, "{"), recipe)
    ]
    metrics = score(cases, predictions) | {
        "json_valid_fraction_free": None,
        "assessments_per_second": 2.0,
        "model": "planted",
        "recipe": "test",
        "cases_file": "cases.jsonl",
        "cases_sha256": "ab" * 32,
        "cases_seen_in_training": 3,
        "protocol": protocol(3, 3, is_final=False),
        "final_looks": 0,
        "leaks": None,
        "health": {"guided": health(cases, predictions, recipe.answer)},
        "without_facts": None,
        "mask_overhead_fraction": None,
        "calibration": confidence_metrics(cases, predictions) | {"source": "chart", "temperature": 1.0},
        "breakdown": breakdown(cases, predictions),
        "flips": None,
        "environment": environment(),
    }
    write_report(tmp_path, recipe, cases, predictions, metrics)
    return tmp_path, cases, predictions, metrics


def test_the_page_is_self_contained_and_escapes_what_it_shows(evaluated):
    page = (evaluated[0] / "report.html").read_text(encoding="utf-8")
    assert ATTACK not in page and "&lt;script&gt;" in page
    assert not re.search(r"""(?:src|href)=["'](?!#)""", page.replace("xlink:href", "")) and "@import" not in page
    assert page.count("<svg") == 3 and "viewport" in page and "@media print" in page
    assert "resubstitution" in page and "learned by heart" in page


def test_dangerous_errors_come_first_with_their_text_and_chart(evaluated):
    _, cases, predictions, metrics = evaluated
    wrong = wrong_cases(cases, predictions)
    assert [(w.case_id, w.is_dangerous, w.answered) for w in wrong] == [("c1", True, "낮음"), ("c2", False, "invalid")]
    assert [row.is_right for row in wrong[0].rows] == [False, True]
    page = (evaluated[0] / "report.html").read_text(encoding="utf-8")
    assert "<mark>ATBC 2%</mark>" in page and "dangerous: 높음 answered 낮음" in page
    assert metrics["dangerous_errors"] == 1 and "not parsed" in page


def test_the_markdown_holds_the_same_numbers(evaluated):
    text = (evaluated[0] / "report.md").read_text(encoding="utf-8")
    assert "| risk level | 1/3, 33.3% | 6.1% to 79.2% |" in text
    assert "`c1` label 높음, answer 낮음 (DANGEROUS)" in text
    assert "| 높음 | 1 | 0 | 1 | 1 |" in text


def test_the_summary_says_what_was_measured(evaluated):
    text = summary(evaluated[3])
    assert "RESUBSTITUTION: 3 of these 3 cases" in text and "dangerous errors       1" in text and "log-loss" in text


@pytest.mark.parametrize(
    ("seen", "is_final", "name"),
    [(3, False, "resubstitution"), (1, False, "partly resubstitution"), (0, False, "held-out"), (0, True, "final")],
)
def test_the_protocol_is_named_for_what_it_is(seen, is_final, name):
    assert protocol(seen, 3, is_final) == name


def test_quotes_are_marked_once_where_they_overlap():
    assert marked("ATBC 2% & 앰플", ["ATBC 2%", "2%", None, "없는 말"]) == "<mark>ATBC 2%</mark> &amp; 앰플"


def test_a_plot_is_drawn_alike_each_time_and_scales():
    rows = [("risk level", 0.5, (0.2, 0.8)), ("한글 이름", 0.9, None)]
    assert plots.intervals(rows) == plots.intervals(rows)
    assert 'width="100%"' in plots.intervals(rows) and "한글 이름" in plots.intervals(rows)
    assert "Noto Sans KR" in plots.loss_curve([{"step": 1, "loss": 2.0}, {"step": 2, "loss": 1.0}])


def test_the_model_card_says_what_was_trained_and_measured(recipe, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = tmp_path / "outputs/test"
    with pytest.raises(BiniError, match="no adapter"):
        write_card(recipe)
    (run / "adapter").mkdir(parents=True)
    (run / "adapter/adapter_model.safetensors").write_bytes(b"")
    facts = {
        "base_model": "embedded:tiny-random",
        "fingerprint": "f" * 64,
        "prompt_hash": "p" * 64,
        "cases_hash": "c" * 64,
        "cases_file": "cases.jsonl",
        "rows": 35,
        "seed": 1,
        "trainable_parameters": 1234,
        "training_seconds": 60.0,
        "epochs": [{"epoch": 1, "loss": 0.5}],
        "environment": environment(),
    }
    (run / "run.json").write_text(json.dumps(facts), encoding="utf-8")
    measured = score([], []) | {"labelled_cases": 35, "risk_accuracy": 0.8, "risk_accuracy_ci95": [0.6, 0.9]}
    measured |= {"protocol": "5-fold cross-validation", "cases_file": "cases.jsonl", "run_id": "f" * 64}
    (run / "eval/cases").mkdir(parents=True)
    (run / "eval/cases/metrics.json").write_text(json.dumps(measured), encoding="utf-8")
    (run / "eval/stale").mkdir()
    (run / "eval/stale/metrics.json").write_text(json.dumps(measured | {"run_id": "old", "protocol": "stale"}))
    text = write_card(recipe).read_text(encoding="utf-8")
    assert text.startswith("---\nbase_model: embedded:tiny-random\n")
    assert "| 5-fold cross-validation | 35 of `cases.jsonl` | 80.0% | 60.0% to 90.0% |" in text
    assert "stale" not in text and "1,234 parameters" in text and "went on" not in text and "pairs for" not in text
    (run / "run.json").write_text(json.dumps(facts | {"pairs": 5, "pairs_files": ["a.txt"]}), encoding="utf-8")
    assert "30 cases of `cases.jsonl`" in (card := write_card(recipe).read_text(encoding="utf-8"))
    assert "5 pairs for the second look, of their cells, `a.txt`" in card and "charts composed" not in card
    (run / "run.json").write_text(json.dumps(facts | {"composed": 7}), encoding="utf-8")
    assert "7 of them charts composed of the written pairs" in write_card(recipe).read_text(encoding="utf-8")
    facts["continued_from"] = {"folder": "outputs/first/adapter", "weights_sha256": "a" * 64}
    (run / "run.json").write_text(json.dumps(facts), encoding="utf-8")
    assert "went on with the adapter in `outputs/first/adapter`" in write_card(recipe).read_text(encoding="utf-8")
