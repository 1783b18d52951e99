"""Exports, read back by the libraries of their formats."""

import csv
import io
import json
import re

import docx
import openpyxl
import pypdf
import pytest

from bini.errors import BiniError
from bini.exports import MEDIA_TYPES, export, export_file
from bini.schema import Assessment
from bini.store import Origin
from bini.store.history import kept_now
from bini.store.nouns import CellReview

ORIGIN = Origin(model="gemma3-270m-cpu", model_version="abcdef012345", prompt_sha256="0" * 64)


@pytest.fixture
def make_kept(make_case, make_label):
    def make(claim="ATBC를 포함하는 미백 화장료.", product="ATBC 2%를 넣은 미백 앰플입니다.", **label):
        answer = Assessment.model_validate({**make_label(**label), "missing_information": ("CAS 번호는?",)})
        return kept_now(make_case(claim_text=claim, user_query=product), answer, ORIGIN)

    return make


def text_of(content, format_name):
    """Return all text that a reader of the format finds."""
    if format_name == "docx":
        document = docx.Document(io.BytesIO(content))
        cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
        return "\n".join([paragraph.text for paragraph in document.paragraphs] + cells)
    if format_name == "xlsx":
        book = openpyxl.load_workbook(io.BytesIO(content))
        return "\n".join(str(c.value) for page in book for row in page.rows for c in row if c.value is not None)
    if format_name == "pdf":
        return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)
    return content.decode("utf-8-sig")


@pytest.mark.parametrize("format_name", MEDIA_TYPES)
@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_format_holds_what_a_professional_must_see(make_kept, format_name, language):
    kept = make_kept()
    found = re.sub(r"\s", "", text_of(export([kept], format_name, language), format_name))
    wanted = [
        "법률 자문이 아닙니다",
        "ATBC를 포함하는 미백 화장료.",
        "ATBC 2%",
        "높음",
        "abcdef012345",
        kept.input_sha256,
    ]
    wanted += [kept.created_at[:10], "CAS 번호는?", kept.assessment_id]
    if format_name != "json":
        wanted += ["구성대비표", "서명", "O 대응"] if language == "ko" else ["Claim chart", "Signature", "O 대응"]
    for words in wanted:
        assert re.sub(r"\s", "", words) in found, words


ATTACKS = ["=1+1", "+1", "-1", "@SUM(A1)", " =1+1", "＝1+1", "\t=1", '=HYPERLINK("http://x")']


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("format_name", ["xlsx", "csv"])
def test_no_cell_of_a_spreadsheet_is_a_formula(make_kept, attack, format_name):
    kept = make_kept(product=f"{attack} ATBC 2% 미백 앰플")
    kept = kept.model_copy(update={"case": kept.case.model_copy(update={"user_query": attack})})
    content = export([kept], format_name)
    if format_name == "csv":
        cells = [cell for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))) for cell in row]
    else:
        rows = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].rows
        found = [cell for row in rows for cell in row if cell.value is not None]
        assert all(cell.data_type == "s" for cell in found)
        cells = [cell.value for cell in found]
    assert f"'{attack}" in cells and not [c for c in cells if c.strip()[:1] in ("=", "+", "-", "@", "＝")]


def test_a_csv_opens_in_excel_as_utf_8(make_kept):
    assert export([make_kept()], "csv").startswith(b"\xef\xbb\xbf")


def test_html_escapes_every_value(make_kept):
    content = export([make_kept(product="<script>alert(1)</script> ATBC 2% 미백 앰플")], "html").decode()
    assert "<script>" not in content and "&lt;script&gt;" in content


@pytest.mark.parametrize("format_name", MEDIA_TYPES)
def test_control_characters_and_very_long_texts_are_laid_out(make_kept, format_name):
    kept = make_kept(product="ATBC 2% 미백 앰플\x00\x0b\uffff " + "긴 설명 " * 5000, claim="가나다 " * 4000)
    assert "긴 설명" in text_of(export([kept] * 2, format_name), format_name)


def test_a_corrected_cell_is_exported_as_corrected(make_kept):
    review = CellReview(
        element=1,
        decision="corrected",
        match="미대응",
        quote="2%",
        reason="다른 물질",
        reviewer="김",
        review_id=1,
        created_at="t",
    )
    kept = make_kept().model_copy(update={"reviews": (review,)})
    found = text_of(export([kept], "docx"), "docx")
    assert "X 미대응" in found and "검토: 수정 (김)" in found and "다른 물질" in found and "낮음" in found
    reviewed = json.loads(export([kept], "json"))["assessments"][0]["reviewed"]
    assert reviewed["risk_level"] == "낮음" and reviewed["comparisons"][0]["user_product_element"] == "2%"


def test_the_ending_of_a_file_says_the_format(make_kept, tmp_path):
    export_file([make_kept()], tmp_path / "new/chart.PDF")
    assert (tmp_path / "new/chart.PDF").read_bytes().startswith(b"%PDF")
    with pytest.raises(BiniError, match="no export format"):
        export_file([make_kept()], tmp_path / "chart.hwp")
