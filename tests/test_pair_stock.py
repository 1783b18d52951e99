"""The hand-written pairs: readable, of all three marks, and silent on what the tests keep for themselves."""

from pathlib import Path

import pytest

from bini.corpus.pair_stock import Pair, read_pairs
from bini.errors import BiniError

STOCK = sorted((Path(__file__).parents[1] / "data/corpus/stock_pairs").glob("*.txt"))
HELD_OUT = ("시멘트", "모르타르", "콘크리트", "작물", "하이드로겔 마스크", "정전척", "cement", "mortar")


@pytest.mark.parametrize("path", STOCK, ids=lambda path: path.stem)
def test_every_element_has_sentences_of_all_three_marks(path: Path) -> None:
    pairs = read_pairs(path)
    marks: dict[str, set[str]] = {}
    for pair in pairs:
        marks.setdefault(pair.element, set()).add(pair.mark)
    assert len(pairs) > 1000
    assert {element for element, found in marks.items() if not {"대응", "미대응"} <= found} == set()
    assert sum(len(found) == 3 for found in marks.values()) > 150


@pytest.mark.parametrize("path", STOCK, ids=lambda path: path.stem)
def test_held_out_industries_do_not_occur(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert [word for word in HELD_OUT if word in text] == []


def test_a_claim_becomes_pairs(tmp_path: Path) -> None:
    path = tmp_path / "one.txt"
    path.write_text("claim 화학 | 접착제\nK 풀\nX 도료\nE 수지\n+ 레진\n- 물\n? 비공개\n", encoding="utf-8")
    assert read_pairs(path) == [
        Pair("접착제", "풀", "대응"),
        Pair("접착제", "도료", "미대응"),
        Pair("수지", "레진", "대응"),
        Pair("수지", "물", "미대응"),
        Pair("수지", "비공개", "판단불가"),
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("claim 화학 | 접착제\n+ 레진\n", "no element"),
        ("K 풀\n", "no claim"),
        ("E 수지\n* 레진\n", "expected claim"),
        ("E 수지\n+\n", "expected claim"),
        ("E 수지\n+ 레진\n- 레진\n", "both 대응 and 미대응"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "bad.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BiniError, match=says):
        read_pairs(path)
