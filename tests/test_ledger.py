"""A final test is read once per model, and every look is written down."""

import pytest

from bini.errors import BiniError
from bini.ledger import check_not_looked_at, looks_at, record_look


@pytest.fixture
def final_test(tmp_path):
    path = tmp_path / "test.jsonl"
    path.write_text("{}\n", encoding="utf-8")
    return path


def test_a_second_look_with_the_same_model_is_refused_and_names_the_first(final_test, tmp_path):
    check_not_looked_at(final_test, "model-a")
    assert record_look(final_test, "model-a", "recipe", tmp_path / "results") == 1
    with pytest.raises(BiniError, match="results"):
        check_not_looked_at(final_test, "model-a")


def test_another_model_may_look_and_the_looks_are_counted(final_test, tmp_path):
    record_look(final_test, "model-a", "recipe", tmp_path)
    check_not_looked_at(final_test, "model-b")
    assert record_look(final_test, "model-b", "recipe", tmp_path) == 2
    assert [look["run_id"] for look in looks_at(final_test)] == ["model-a", "model-b"]


def test_other_cases_under_the_same_name_are_another_test(final_test, tmp_path):
    record_look(final_test, "model-a", "recipe", tmp_path)
    final_test.write_text("{}\n{}\n", encoding="utf-8")
    check_not_looked_at(final_test, "model-a")


def test_a_damaged_ledger_is_evidence_and_not_overwritten(final_test):
    final_test.with_name("test.jsonl.looks").write_text("{", encoding="utf-8")
    with pytest.raises(BiniError, match="evidence"):
        looks_at(final_test)
