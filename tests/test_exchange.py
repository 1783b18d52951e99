"""Tables in and out: what a patent team fills in, what comes back, and every wrong cell named."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from bini.cases import load_cases
from bini.errors import BiniError
from bini.exchange import export_cases, import_cases, mapping_of, write_template
from bini.schema import EQUIVALENTS, Case

HEADER = "사건번호,등록번호,청구항,제품 설명,구성요소,제품의 해당 부분,대비,위험도,판단 이유\n"


def _table(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "chart.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("ending", ["csv", "xlsx", "jsonl"])
def test_exported_cases_come_back_as_they_were(
    ending: str, tmp_path: Path, make_case: Callable[..., Case], make_label: Callable[..., dict[str, Any]]
) -> None:
    label = make_label("OX", "애매")
    label["comparisons"][1] |= {"flags": [EQUIVALENTS], "note": "확인 요망"}
    labelled = make_case(label=label, group="family", tags=["a", "b:1"], regit_num="1")
    plain = make_case(case_id="c2", user_query='줄이 둘,\n"따옴표"와 쉼표')
    bare = make_case(case_id="c3", elements=None)
    out = tmp_path / f"chart.{ending}"
    export_cases([labelled, plain, bare], out)
    assert import_cases(out) == [labelled, plain, bare]


@pytest.mark.parametrize("dangerous", ["=1+1", "+82-2", "-5", "@SUM(A1)", "'=quoted", "=cmd|' /C calc'!A0"])
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_no_exported_cell_is_a_formula(
    dangerous: str, ending: str, tmp_path: Path, make_case: Callable[..., Case]
) -> None:
    out = tmp_path / f"chart.{ending}"
    case = make_case(user_query=dangerous, elements=None)
    export_cases([case], out)
    if ending == "xlsx":
        cells = [cell for row in load_workbook(out).worksheets[0].iter_rows() for cell in row]
        assert all(
            cell.data_type != "f" and not str(cell.value or "").startswith(("=", "+", "-", "@")) for cell in cells
        )
    else:
        assert f",{dangerous}" not in out.read_text(encoding="utf-8-sig")
        assert out.read_bytes().startswith(b"\xef\xbb\xbf")
    assert import_cases(out) == [case]


def test_rows_without_a_case_number_belong_to_the_case_above(tmp_path: Path) -> None:
    path = _table(
        tmp_path,
        HEADER + "a,1,A와 B를 포함하는 C.,A를 쓴다. B는 미정.,A,A를 쓴다,대응,애매,B가 미정\n,,,,B,B는 미정,균등,,\n",
    )
    (case,) = import_cases(path)
    assert case.label is not None
    assert case.elements == ("A", "B")
    assert case.label.comparisons[1].match == "미대응"
    assert case.label.comparisons[1].flags == (EQUIVALENTS,)


def test_excel_s_old_korean_encoding_is_read(tmp_path: Path) -> None:
    path = _table(tmp_path, HEADER + "a,1,청구항,제품 설명입니다,,,,,\n", encoding="cp949")
    assert import_cases(path)[0].user_query == "제품 설명입니다"


def test_every_wrong_cell_is_named_at_once(tmp_path: Path) -> None:
    rows = (
        "a,1,,제품,A,,맞음,높음,이유\n"
        "b,2,청구항,제품,B,,대응,위험,\n"
        "c,3,청구항,제품,,인용,대응,낮음,이유\n"
        "a,1,청구항,제품,,,,,\n"
    )
    with pytest.raises(BiniError) as caught:
        import_cases(_table(tmp_path, HEADER + rows), tmp_path / "out.jsonl")
    message = str(caught.value)
    for words in (
        "row 2, column claim_text (청구항): empty",
        "row 2, column match (대비): '맞음'; expected one of 대응",
        "row 3, column decision_reason",
        "row 3, column risk_level (위험도): '위험'",
        "row 4, column patent_element",
        "row 5, column case_id: 'a' began in row 2",
    ):
        assert words in message
    assert not (tmp_path / "out.jsonl").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        (HEADER, "no case"),
        ("등록번호,청구항\n1,x\n", "no column user_query"),
        ("등록번호,청구항,제품설명,가격\n1,x,y,3\n", "column 4 ('가격'): unknown column"),
        ("등록번호,등록번호,청구항,제품설명\n1,1,x,y\n", "stands in two columns"),
        (HEADER + "a,1,c,p,,,,,,넘침\n", "column 10: '넘침' stands beyond the header"),
        (HEADER + ",,,,A,,대응,,\n", "an element without a case above it"),
        (HEADER + "a,1,c,p,A,,대응,높음,이유\na,2,,,B,,대응,,\n", "'2' contradicts '1'"),
        ('등록번호,청구항,제품설명\n1,"x,y\n', "not CSV"),
    ],
)
def test_a_faulty_table_is_explained(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(BiniError) as caught:
        import_cases(_table(tmp_path, text))
    assert words in str(caught.value)


def test_own_column_names_are_mapped_and_left_out(tmp_path: Path) -> None:
    path = _table(tmp_path, "patent,claim,product,price\n1,C,P,9\n")
    mapping = mapping_of(["regit_num=patent", "claim_text=claim", "user_query=product"])
    (case,) = import_cases(path, mapping=mapping, ignored=["price"])
    assert (case.regit_num, case.claim_text, case.user_query) == ("1", "C", "P")
    with pytest.raises(BiniError, match="no column 'klaim'"):
        import_cases(path, mapping={"claim_text": "klaim"}, ignored=["price"])


def test_json_under_other_names_is_mapped(tmp_path: Path) -> None:
    path = tmp_path / "cases.json"
    path.write_text(json.dumps([{"patent": "1", "claim_text": "C", "user_query": "P"}]), encoding="utf-8")
    assert import_cases(path, mapping={"regit_num": "patent"})[0].regit_num == "1"
    with pytest.raises(BiniError, match=r"cases\.json:1: patent: unknown field"):
        import_cases(path)


def test_the_paired_form_is_imported(tmp_path: Path) -> None:
    out = tmp_path / "cases.jsonl"
    repository = Path(__file__).parents[1]
    import_cases(repository / "data/raw/seeds/seed_cases.json", out, labels=repository / "data/processed/train.jsonl")
    cases = load_cases(out)
    assert len(cases) == 35
    assert all(case.label is not None for case in cases)


def test_a_workbook_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "chart.xlsx"
    path.write_text("no workbook", encoding="utf-8")
    with pytest.raises(BiniError, match="no XLSX workbook"):
        import_cases(path)


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_the_template_can_be_imported_as_it_is(ending: str, tmp_path: Path) -> None:
    form = tmp_path / f"form.{ending}"
    write_template(form)
    (case,) = import_cases(form)
    assert case.label is not None
    assert case.elements == tuple(finding.patent_element for finding in case.label.comparisons)


def test_numbers_of_a_workbook_read_as_they_were_typed(tmp_path: Path, make_case: Callable[..., Case]) -> None:
    out = tmp_path / "chart.xlsx"
    export_cases([make_case(elements=None)], out)
    book = load_workbook(out)
    book.worksheets[0]["B2"] = 1029180910000
    book.save(out)
    assert import_cases(out)[0].regit_num == "1029180910000"
