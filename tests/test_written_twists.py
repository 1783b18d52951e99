"""Twists of written cases become cases of their own; each fault of a writer is named."""

import pytest
from test_written_cases import GOOD
from written_cases import read
from written_twists import read as read_twists

CASES = {case["case_id"]: case for case in read(GOOD, "W")[0]}


def test_a_twist_changes_one_clause_its_mark_and_the_grade():
    (met, missed), faults = read_twists("@ W01a 2\n+ 안료 가루\n- 투명한 채움재\n", CASES)
    assert faults == []
    assert (met["user_query"], met["label"]["risk_level"]) == ("레진에 안료 가루를 섞은 칠.", "높음")
    assert (missed["user_query"], missed["label"]["risk_level"]) == ("레진에 투명한 채움재를 섞은 칠.", "낮음")
    assert missed["label"]["comparisons"][0] == CASES["W01a"]["label"]["comparisons"][0]
    assert missed["label"]["comparisons"][1]["user_product_element"] == "투명한 채움재"
    assert CASES["W01a"]["user_query"] == "레진에 색가루를 섞은 칠." and met["case_id"] != missed["case_id"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("@ W09a 1\n- 물\n", "no such cell: W09a 1"),
        ("@ W01a 3\n- 물\n", "no such cell: W01a 3"),
        ("@ W01a 하나\n- 물\n", "no such cell: W01a 하나"),
        ("@ W01a 1\n* 물\n", "no line of the brief's form"),
        ("@ W01a 1\n- 레진\n", "no other clause"),
        ("@ W01c 2\n- 물\n", "does not stand once"),
    ],
)
def test_a_fault_is_named(text, says):
    assert any(says in fault for fault in read_twists(text, CASES)[1])


def test_a_clause_that_two_elements_quote_is_left_alone():
    case = CASES["W01a"]
    rows = [
        case["label"]["comparisons"][0] | {"user_product_element": "레진에 색가루"},
        case["label"]["comparisons"][1],
    ]
    shared = case | {"label": case["label"] | {"comparisons": rows}}
    assert read_twists("@ W01a 2\n- 물\n", {"W01a": shared})[1] == ["W01a 2: its clause is another element's, too"]
