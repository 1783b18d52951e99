"""The prefilter: what it settles, what it leaves to a model, and that its cost is counted."""

import json

import pytest

from bini.cases import dump_jsonl, load_cases
from bini.prefilter import ALL_REASONS, FLAG, prefilter, settled_assessment, settled_by_code

CLAIM = "아세틸트리부틸시트레이트를 포함하는 미백용 화장료 조성물"
ELEMENTS = ("아세틸트리부틸시트레이트", "미백용 화장료 조성물")


@pytest.mark.parametrize(
    ("product", "reason"),
    [
        ("ATBC 2%를 넣은 주방 세제입니다.", "category"),
        ("ATBC 무첨가 미백 앰플입니다.", "denied"),
        ("ATBC 2%를 넣은 미백 앰플입니다.", None),
        ("성분이 미정인 미백 앰플입니다.", None),
        ("나이아신아마이드를 넣은 미백 앰플입니다.", None),
    ],
)
def test_only_what_words_alone_settle_is_settled(make_case, product, reason):
    case = make_case(claim_text=CLAIM, elements=ELEMENTS, user_query=product)
    settled = settled_by_code(case)
    assert (settled.reason if settled else None) == reason
    if settled:
        assert settled.quote and settled.quote in product and settled.patent_element in ELEMENTS


def test_a_number_out_of_range_is_settled_only_where_that_is_asked_for(make_case):
    case = make_case(
        claim_text="ATBC 10 내지 25 중량%를 포함하는 화장료.",
        elements=("ATBC 10 내지 25 중량%", "화장료"),
        user_query="ATBC 60 중량%를 넣은 앰플입니다.",
    )
    assert settled_by_code(case) is None
    settled = settled_by_code(case, ALL_REASONS)
    assert settled is not None and settled.reason == "number"


def test_a_settled_pair_has_an_assessment_that_says_no_model_was_asked(make_case):
    case = make_case(claim_text=CLAIM, elements=ELEMENTS, user_query="ATBC 무첨가 미백 앰플입니다.")
    assessment = settled_assessment(case)
    assert assessment is not None
    assert (
        assessment.risk_level == "낮음" and assessment.flags[0] == FLAG and assessment.deciding_element == ELEMENTS[0]
    )
    assert settled_assessment(make_case()) is None


def test_wrong_and_dangerous_settlings_are_counted(make_case, make_label, tmp_path, capsys):
    lost = make_case(
        case_id="lost", user_query="ATBC 무첨가 미백 앰플입니다.", label=make_label(quotes=("ATBC", "미백 앰플"))
    )
    right = make_case(
        case_id="right",
        user_query="ATBC 없는 미백 앰플입니다.",
        label=make_label("XO", "낮음", quotes=("ATBC 없는", "미백 앰플")),
    )
    asked = make_case(case_id="asked", label=make_label())
    out = tmp_path / "settled.jsonl"
    prefilter([lost, right, asked], out=out)
    printed = capsys.readouterr().out
    counts = json.loads(printed.splitlines()[-1])
    assert (counts["cases"], counts["settled"], counts["reasons"]["denied"]) == (3, 2, 2)
    sure = next(row for row in counts["measured"] if row["reason"] == "sure (default)")
    assert (sure["settled"], sure["wrong"], sure["dangerous_errors"]) == (2, 1, 1)
    assert [json.loads(line)["case_id"] for line in out.read_text(encoding="utf-8").splitlines()] == ["lost", "right"]


def test_cases_without_labels_are_settled_without_being_measured(make_case, tmp_path, capsys):
    path = tmp_path / "cases.jsonl"
    path.write_text(dump_jsonl([make_case()]), encoding="utf-8")
    prefilter(load_cases(path))
    counts = json.loads(capsys.readouterr().out)
    assert counts["settled"] == 0 and counts["measured"] == []
