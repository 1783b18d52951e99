"""Folds keep groups together and hold every case out once; pooled answers are scored once."""

import json

import pytest
from conftest import ScriptedEngine

from bini.assess import assess
from bini.crossval import pooled_metrics, seed_spread
from bini.crossval.fold_run import FoldRun, is_finished, stage_command
from bini.crossval.folds import folds_of
from bini.errors import BiniError
from bini.predictions import write_predictions

LEVELS = {"OO": "높음", "O?": "애매", "XO": "낮음"}
ANSWERS = {"OO": ("대응", "대응"), "O?": ("대응", "판단불가"), "XO": ("미대응", "대응")}


def answer(marks):
    first, second = ANSWERS[marks]
    return f'{{"1":["ATBC 2%","{first}"],"2":["앰플","{second}"],"risk_level":"높음"}}'


@pytest.fixture
def cases(make_case, make_label):
    """Thirty cases, ten of each grade, in fifteen groups of two."""
    marks = ["OO", "O?", "XO"] * 10
    return [
        make_case(
            case_id=f"c{i}",
            user_query=f"ATBC 2%를 넣은 미백 앰플 {i}호",
            group=f"g{i % 15}",
            label=make_label(m, LEVELS[m], ("ATBC 2%", "앰플")),
        )
        for i, m in enumerate(marks)
    ]


def test_every_case_is_held_out_once_and_groups_stay_together(cases):
    folds = folds_of(cases, 5, seed=1)
    held_out = [case.case_id for fold in folds for case in fold.test]
    assert sorted(held_out) == sorted(case.case_id for case in cases) and len(folds) == 5
    for fold in folds:
        assert not {case.group for case in fold.train} & {case.group for case in fold.test}
        assert {case.label.risk_level for case in fold.test} == {"높음", "애매", "낮음"}


def test_leave_one_group_out_has_a_fold_per_group(cases):
    assert len(folds_of(cases, None, seed=1)) == 15
    alone = [case.model_copy(update={"group": None}) for case in cases]
    assert len(folds_of(alone, None, seed=1)) == 30


def test_a_corpus_is_trained_on_in_every_fold(cases, make_case, make_label):
    corpus = [make_case(case_id="corpus", label=make_label())]
    assert all(fold.train[-1].case_id == "corpus" for fold in folds_of(cases, 5, 1, corpus))


def test_more_folds_than_any_grade_has_cases_are_refused(make_case, make_label):
    few = [
        make_case(case_id=f"c{i}", label=make_label(marks, level))
        for i, (marks, level) in enumerate([("OO", "높음"), ("OX", "낮음")] * 3)
    ]
    with pytest.raises(BiniError, match="the commonest has 3"):
        folds_of(few, 5, 1)
    assert len(folds_of(few, 3, 1)) == 3


def test_too_few_groups_and_missing_labels_are_said(cases, make_case):
    with pytest.raises(BiniError, match="fewer folds"):
        folds_of(cases[:3], 5, seed=1)
    with pytest.raises(BiniError, match="no label"):
        folds_of([*cases, make_case(case_id="bare")], 5, seed=1)


def test_a_folds_commands_train_on_the_rest_only(cases, recipe, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    from pathlib import Path

    fold = folds_of(cases, 5, seed=7)[0]
    run = FoldRun(Path("r.yaml"), ("train.epochs=1",), recipe, 7, fold, Path("outputs/test/crossval/5-fold"))
    command = stage_command(run, "train", [])
    assert "name=test/crossval/5-fold/seed-7/fold-1" in command and "seed=7" in command
    assert "data.cases=outputs/test/crossval/5-fold/seed-7/fold-1/train.jsonl" in command
    assert "data.labels=null" in command and "train.epochs=1" in command


def test_a_fold_is_finished_only_for_its_own_cases_and_settings(cases, recipe, tmp_path):
    from pathlib import Path

    first, second = folds_of(cases, 5, seed=7)[:2]
    run = FoldRun(Path("r.yaml"), (), recipe, 7, first, tmp_path)
    assert not is_finished(run)
    write_predictions(run.predictions, [])
    (run.folder / "fold.json").write_text(json.dumps({"key": run.key}), encoding="utf-8")
    assert is_finished(run)
    assert FoldRun(Path("r.yaml"), (), recipe, 7, second, tmp_path).key != run.key
    other = recipe.model_copy(update={"train": recipe.train.model_copy(update={"epochs": 2})})
    assert not is_finished(FoldRun(Path("r.yaml"), (), other, 7, first, tmp_path))


def test_pooled_answers_are_scored_once_beside_the_baselines(cases, recipe, tmp_path):
    file = tmp_path / "cases.jsonl"
    file.write_text("".join(case.model_dump_json() + "\n" for case in cases), encoding="utf-8")
    own = recipe.model_copy(update={"data": recipe.data.model_copy(update={"cases": file, "labels": None})})
    right = ["OO", "O?", "XO"] * 10
    first = assess(cases, ScriptedEngine(*map(answer, right)), recipe)
    second = assess(cases, ScriptedEngine(*map(answer, ["OO"] * 30)), recipe)
    splits = {seed: folds_of(cases, 5, seed) for seed in (1, 2)}
    metrics = pooled_metrics(own, cases, {1: first, 2: second}, splits)
    assert metrics["risk_accuracy"] == 1.0 and metrics["cases_seen_in_training"] == 0
    assert [fold["correct"] for fold in metrics["folds"]] == [fold["tested_on"] for fold in metrics["folds"]]
    assert [row["name"] for row in metrics["baselines"]] == ["majority", "tfidf", "rule"]
    majority = metrics["baselines"][0]
    assert majority["metrics"]["risk_accuracy"] <= 0.4 and majority["paired"]["verdict"] == "better"


def test_the_spread_over_seeds_is_reported(cases, recipe):
    pooled = {
        1: assess(cases, ScriptedEngine(*map(answer, ["OO", "O?", "XO"] * 10)), recipe),
        2: assess(cases, ScriptedEngine(*map(answer, ["OO"] * 30)), recipe),
    }
    spread = seed_spread(cases, pooled)
    assert (spread["lowest"], spread["highest"], spread["mean"]) == (pytest.approx(1 / 3), 1.0, pytest.approx(2 / 3))
    assert spread["standard_deviation"] == pytest.approx(2 / 3 / 2**0.5)
    low, high = spread["mean_ci95"]
    assert low < 2 / 3 < high
