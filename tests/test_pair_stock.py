"""The written pairs: readable, and of all three marks. That they are silent on what is held out: tests/test_corpus.py."""

from pathlib import Path

import pytest

from bini.corpus.pair_stock import Pair, read_pairs
from bini.errors import BiniError

STOCK = Path(__file__).parents[1] / "data/corpus/stock_pairs"


@pytest.mark.parametrize("name", ["chemistry_energy"])
def test_every_element_has_sentences_of_all_three_marks(name: str) -> None:
    pairs = read_pairs(STOCK / f"{name}.txt")
    marks: dict[str, set[str]] = {}
    for pair in pairs:
        marks.setdefault(pair.element, set()).add(pair.mark)
    assert len(pairs) > 1000
    assert {element for element, found in marks.items() if not {"대응", "미대응"} <= found} == set()
    assert sum(len(found) == 3 for found in marks.values()) > 150


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
