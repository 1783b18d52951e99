"""Malformed input: a few hundred mutated files in every test run; tests/fuzz.py does them by the hundred thousand."""

import random

from fuzz import CASES, TARGETS, fuzz, mutated

COUNT = 300


def test_malformed_input_gives_a_clear_error_or_a_valid_answer(tmp_path):
    outcome = fuzz(COUNT, 1, tmp_path)
    assert outcome.failures == []
    assert sum(outcome.counts.values()) == COUNT  # none is dropped in silence
    for name in TARGETS:
        assert outcome.counts[f"{name}: answer"] + outcome.counts[f"{name}: error"] == COUNT / len(TARGETS)
    assert sum(count for kind, count in outcome.counts.items() if kind.endswith("error")) > COUNT / 3


def test_an_input_can_be_made_again_from_its_number():
    assert mutated(CASES, random.Random("1-7")) == mutated(CASES, random.Random("1-7"))
    assert mutated(CASES, random.Random("1-7")) != mutated(CASES, random.Random("1-8"))


def test_a_traceback_is_counted_as_a_failure(tmp_path, monkeypatch):
    def breaks(folder, dice):
        raise KeyError("a fault of the program")

    monkeypatch.setitem(TARGETS, "claims", breaks)
    (failure,) = fuzz(3, 1, tmp_path).failures
    assert failure["target"] == "claims" and "KeyError" in failure["error"]
