"""The written pairs: readable, and of all three marks. That they are silent on what is held out: tests/test_corpus.py."""

import random
from pathlib import Path

import pytest

from bini.cases import load_cases
from bini.errors import BiniError
from bini.pairs import SHARES, Pair, cells_of, drawn_cells, pairs_as_read, read_pairs

STOCK = Path(__file__).parents[1] / "data/corpus/stock_pairs"


@pytest.mark.parametrize("name", ["chemistry_energy", "machines_consumer"])
def test_every_element_has_sentences_of_all_three_marks(name: str) -> None:
    pairs = read_pairs(STOCK / f"{name}.txt")
    marks: dict[str, set[str]] = {}
    for pair in pairs:
        marks.setdefault(pair.element, set()).add(pair.mark)
    assert len(pairs) > 1000
    assert {element for element, found in marks.items() if not {"대응", "미대응"} <= found} == set()
    assert sum("판단불가" in found for found in marks.values()) > 0.7 * len(marks)


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
        ("claim 화학 | 풀\nE 수지\n+ 레진\n- 레진\n", "both 대응 and 미대응"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "bad.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BiniError, match=says):
        read_pairs(path)


def test_cells_of_labels_are_pairs_once_and_only_where_they_agree(make_case, make_label):
    one, same = make_case(label=make_label()), make_case(label=make_label())
    other = make_case(label=make_label(marks="XO", risk_level="낮음"))
    silent = make_case(label=make_label(marks="?O", risk_level="애매", quotes=(None, "미백 앰플")))
    both = [Pair("ATBC", "ATBC 2%", "대응"), Pair("미백 화장료", "미백 앰플", "대응")]
    assert cells_of([one, same]) == both
    assert cells_of([one, other]) == both[1:]
    unsaid = [Pair("ATBC", words, "무관") for words in ("ATBC 2%를 넣은 미백 앰플입니다", "미백 앰플")]
    assert cells_of([silent]) == [*unsaid, both[1]]


def test_a_sentence_beside_another_element_does_not_speak_of_this_one(tmp_path):
    path = tmp_path / "one.txt"
    path.write_text(
        "claim 화학 | 풀\nK 본드\nE 수지\n+ 레진\nE 통\n+ 병\nclaim 화학 | 칠\nE 안료\n+ 색\n", encoding="utf-8"
    )
    assert [pair for pair in read_pairs(path) if pair.mark == "무관"] == [Pair("수지", "병", "무관")]


def test_cells_are_drawn_by_mark_and_numbers_are_rare():
    cells = [Pair(f"{mark} 수지{'' if i % 2 else ' 5%'}", str(i), mark) for mark in SHARES for i in range(2000)]
    found = drawn_cells(cells, 1000, random.Random(0))
    assert {mark: sum(cell.mark == mark for cell in found) for mark in SHARES} == {
        "대응": 360,
        "미대응": 360,
        "판단불가": 100,
        "무관": 180,
    }
    assert 0.1 < sum("%" in cell.element for cell in found) / 1000 < 0.25


def test_files_are_read_as_often_as_the_recipe_says_and_a_missing_one_is_named(recipe, tmp_path):
    path = tmp_path / "one.txt"
    path.write_text("claim 화학 | 접착제\nE 수지\n+ 레진\n- 물\n", encoding="utf-8")
    data = recipe.data.model_copy(update={"pairs": path, "repeat_pairs": 2})
    assert len(pairs_as_read(recipe.model_copy(update={"data": data}))) == 4
    folder = data.model_copy(update={"pairs": tmp_path})
    assert len(pairs_as_read(recipe.model_copy(update={"data": folder}))) == 4
    assert pairs_as_read(recipe) == []
    with pytest.raises(BiniError, match="there is no"):
        gone = data.model_copy(update={"pairs": tmp_path / "gone.txt"})
        pairs_as_read(recipe.model_copy(update={"data": gone}))


def test_a_cases_file_gives_its_quoted_cells_as_pairs(tmp_path, make_case, make_label, recipe):
    path = tmp_path / "own.jsonl"
    path.write_text(make_case(label=make_label()).model_dump_json() + "\n", encoding="utf-8")
    data = recipe.data.model_copy(update={"pairs": (STOCK, path), "repeat_pairs": 2})
    recipe = recipe.model_copy(update={"data": data})
    cells = cells_of(load_cases(path))
    assert cells and pairs_as_read(recipe)[-len(cells) :] == cells
    assert path in recipe.data.training_files  # so that these cases do not pass for unseen ones
