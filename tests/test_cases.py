"""Cases files: what is read, and what is said of a wrong one."""

import json
from collections import Counter

import pytest
from conftest import REPOSITORY

from bini.cases import content_hash, distribution, elements_for, load_cases, text_or_file, warnings_about
from bini.errors import BiniError, raise_all
from bini.quotes import find_quote
from bini.rules import risk_level
from bini.schema import RISK_LEVELS

SEEDS = REPOSITORY / "data/raw/seeds/seed_cases.json"
LABELS = REPOSITORY / "data/processed/train.jsonl"


def write(path, *values):
    path.write_text(
        "".join(v if isinstance(v, str) else json.dumps(v, ensure_ascii=False) + "\n" for v in values), encoding="utf-8"
    )
    return path


def test_the_seed_cases_have_the_promised_distribution():
    cases = load_cases(SEEDS, LABELS)
    counts = distribution(cases)
    assert counts["risk_level"] == {"높음": 10, "애매": 11, "낮음": 14}
    assert sum(counts["match"].values()) == 70
    assert counts["elements"] == {"2": 35}
    assert warnings_about(cases) == []  # every quote verbatim, every grade by the table


@pytest.mark.parametrize(
    ("name", "of_each_grade"),
    [
        ("handwritten_cases", 40),
        ("written_dev", 14),
        ("written_dev_2", 14),
        ("../written/cases_chemistry_food_medical", 19),
    ],
)
def test_the_handwritten_cases_are_whole_and_their_grades_follow(name, of_each_grade):
    cases = load_cases(REPOSITORY / f"data/gold/{name}.jsonl")
    assert Counter(case.label.risk_level for case in cases) == dict.fromkeys(RISK_LEVELS, of_each_grade)
    for case in cases:
        assert risk_level(case.label.comparisons) == case.label.risk_level, case.case_id
        assert case.elements and all(element in case.claim_text for element in case.elements), case.case_id
        quotes = [finding.user_product_element for finding in case.label.comparisons]
        assert all(quote is None or quote in case.user_query for quote in quotes), case.case_id


def test_no_seed_reason_is_a_template():
    reasons = [case.label.decision_reason for case in load_cases(SEEDS, LABELS)]
    assert len(set(reasons)) == 35
    openings = [reason[:12] for reason in reasons]
    assert max(map(openings.count, openings)) <= 2


def test_both_forms_hold_the_same_cases(tmp_path, make_case, make_label):
    case = make_case(label=make_label(), elements=None)
    products = tmp_path / "products.json"
    products.write_text(
        json.dumps([{k: getattr(case, k) for k in ("regit_num", "claim_text", "user_query")}]), encoding="utf-8"
    )
    paired = load_cases(products, write(tmp_path / "labels.jsonl", make_label()))
    single = load_cases(write(tmp_path / "cases.jsonl", case.model_dump_json() + "\n"))
    assert content_hash(paired) == content_hash(single)
    assert elements_for(paired[0]) == ("ATBC", "미백 화장료")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("{broken\n", "cases.jsonl:2: not JSON"),
        ({"case_id": "b", "regit_num": "1", "claim_text": "c"}, "cases.jsonl:2: user_query: missing"),
        ({"case_id": "b", "regit_num": "1", "claim_text": "c", "user_query": " "}, "cases.jsonl:2: user_query: empty"),
        ({"case_id": "b", "regit_num": "1", "claim_text": "c", "user_qurey": "q"}, "Did you mean user_query?"),
        ([1], "cases.jsonl:2: row: found list; expected an object with case_id"),
        ({"case_id": "c1", "regit_num": "1", "claim_text": "c", "user_query": "q"}, "'c1' is also on line 1"),
    ],
)
def test_a_wrong_row_names_file_line_field_and_remedy(tmp_path, make_case, row, said):
    with pytest.raises(BiniError) as error:
        load_cases(write(tmp_path / "cases.jsonl", make_case().model_dump_json() + "\n", row))
    assert said in str(error.value)


def test_an_unknown_label_names_the_allowed_ones(tmp_path, make_case, make_label):
    label = make_label() | {"risk_level": "보통"}
    row = json.loads(make_case().model_dump_json()) | {"label": label}
    with pytest.raises(BiniError, match=r"label.risk_level: found '보통'; expected '높음', '애매' or '낮음'"):
        load_cases(write(tmp_path / "cases.jsonl", row))


def test_all_errors_come_at_once(tmp_path, make_case):
    rows = [{"regit_num": "1"}, "oops\n", {"claim_text": 3}]
    with pytest.raises(BiniError) as error:
        load_cases(write(tmp_path / "cases.jsonl", *rows))
    assert {line.split(": ")[0].rpartition(":")[2] for line in str(error.value).splitlines()} == {"1", "2", "3"}


def test_unequal_lengths_and_a_wrong_order_are_said(tmp_path, make_label):
    products = tmp_path / "products.json"
    products.write_text(
        json.dumps([{"regit_num": n, "claim_text": "c", "user_query": f"q{n}"} for n in "12"], indent=1),
        encoding="utf-8",
    )
    with pytest.raises(BiniError, match=r"holds 2 cases and .* 1 labels"):
        load_cases(products, write(tmp_path / "one.jsonl", make_label()))
    with pytest.raises(
        BiniError, match=r"labels.jsonl:1: regit_num: found '1', but the case at .*products.json:7 has '2'"
    ):
        products.write_text(
            json.dumps(json.loads(products.read_text(encoding="utf-8"))[::-1], indent=1), encoding="utf-8"
        )
        products.write_text("[\n\n\n\n\n\n" + products.read_text(encoding="utf-8")[1:].lstrip(), encoding="utf-8")
        load_cases(products, write(tmp_path / "labels.jsonl", make_label(), make_label()))


@pytest.mark.parametrize("content", ["", "\n\n", "[]"])
def test_an_empty_file_is_said_to_be_empty(tmp_path, content):
    (tmp_path / "cases.jsonl").write_text(content, encoding="utf-8")
    with pytest.raises(BiniError, match="holds no case"):
        load_cases(tmp_path / "cases.jsonl")


def test_a_duplicate_product_is_refused(tmp_path, make_case):
    rows = [make_case(case_id=name).model_dump_json() + "\n" for name in ("a", "b")]
    with pytest.raises(BiniError, match="the same claim and product as on line 1"):
        load_cases(write(tmp_path / "cases.jsonl", *rows))


def test_a_file_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "cases.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BiniError, match="not UTF-8"):
        load_cases(tmp_path / "cases.jsonl")


def test_labels_that_contradict_the_table_or_quote_nothing_are_warned_about(make_case, make_label):
    case = make_case(label=make_label("OX", "높음", ("ATBC 2%", "없는 말")))
    said = "\n".join(warnings_about([case]))
    assert "does not hold '없는 말'" in said
    assert "risk_level is 높음, its marks give 낮음" in said


@pytest.mark.parametrize(
    ("quote", "found"),
    [("ATBC  2%", "ATBC 2%"), ("atbc 2%", "ATBC 2%"), ("ATBC 3%", None), ("  ", None), ("앰플", "앰플")],
)
def test_a_quote_is_the_slice_of_the_text(quote, found):
    assert find_quote(quote, "저희 ATBC 2% 앰플") == found


def test_a_line_nested_too_deep_is_named(tmp_path):
    path = tmp_path / "cases.jsonl"
    path.write_text("{}\n" + '{"a":' * 100_000 + "\n", encoding="utf-8")
    with pytest.raises(BiniError, match="not JSON"):
        load_cases(path)


def test_an_option_takes_text_or_a_file_as_windows_writes_it(tmp_path):
    (tmp_path / "claim.txt").write_text("\ufeffATBC를 포함하는 크림.\r\n", encoding="utf-8")
    assert text_or_file(f"@{tmp_path}/claim.txt", "--claim") == text_or_file(" ATBC를 포함하는 크림. ", "--claim")


def test_every_fault_is_said_up_to_a_number_and_how_many_there_are_beyond():
    raise_all([])
    with pytest.raises(BiniError) as caught:
        raise_all([f"fault {number}" for number in range(25)])
    assert str(caught.value).splitlines()[-2:] == ["fault 19", "… and 5 more."]
