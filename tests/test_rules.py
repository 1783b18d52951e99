"""The decision table."""

import itertools

import pytest

from bini.rules import MARKS, deciding_element, mark_of, marks_of, match_and_flags, risk_level, riskiest
from bini.schema import ElementFinding, Label


def findings(*marks: str) -> list[ElementFinding]:
    made = []
    for i, mark in enumerate(marks, start=1):
        match, flags = match_and_flags(mark)
        made.append(ElementFinding(patent_element=f"e{i}", match=match, flags=flags))
    return made


@pytest.mark.parametrize(
    ("marks", "risk", "decides"),
    [
        (("대응", "대응"), "높음", None),
        (("대응", "판단불가"), "애매", "e2"),
        (("대응", "균등"), "애매", "e2"),
        (("판단불가", "균등"), "애매", "e2"),
        (("판단불가", "미대응"), "낮음", "e2"),
        (("균등", "미대응", "대응"), "낮음", "e2"),
    ],
)
def test_the_first_line_that_holds_decides(marks, risk, decides):
    assert risk_level(findings(*marks)) == risk
    assert deciding_element(findings(*marks)) == decides


def test_one_absent_element_makes_every_chart_low_and_nothing_else_does():
    for marks in itertools.product(MARKS, repeat=3):
        assert (risk_level(findings(*marks)) == "낮음") == ("미대응" in marks)


def test_marks_survive_the_way_through_match_and_flags():
    assert [mark_of(finding) for finding in findings(*MARKS)] == list(MARKS)


def test_an_unflagged_absent_element_under_an_ambiguous_label_is_a_near_variant():
    label = Label(regit_num="1", comparisons=tuple(findings("대응", "미대응")), risk_level="애매", decision_reason="r")
    assert marks_of(label) == ("대응", "균등")


def test_the_riskiest_claim_leads():
    assert riskiest(["낮음", "높음", "애매"]) == "높음"
    assert riskiest(["낮음", "애매"]) == "애매"
