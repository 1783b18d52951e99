"""Charts composed of written pairs: labels that follow, quotes that the text holds, grades in equal number."""

import random
from collections import Counter
from pathlib import Path

import pytest

from bini.composed import claims_of, composed_as_read, composed_cases, shared
from bini.errors import BiniError
from bini.pairs import cells_of, pairs_as_read
from bini.rules import risk_level

DATA = Path(__file__).parents[1] / "data"
FILES = sorted([*(DATA / "corpus/stock_pairs").glob("*.txt"), *(DATA / "written").glob("*.txt")])
CLAIM = """claim 화학 | 접착제
K 풀; 본드
X 도료; 칠
E 수지를 녹인 액
+ 수지를 녹인 것
+ 레진 용액
- 물에 갠 전분
- 수지를 녹이지 않은 가루
? 바탕은 밝히지 않음
E 안료
+ 색가루를 넣음
- 색 없이 맑음
"""


def as_file(folder: Path, text: str = CLAIM) -> Path:
    path = folder / "one.txt"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_claim_has_names_and_sentences_by_mark(tmp_path):
    (claim,) = claims_of(as_file(tmp_path))
    assert claim.category == "접착제" and claim.names == {"대응": ["풀", "본드"], "미대응": ["도료", "칠"]}
    assert claim.elements["안료"] == {"대응": ["색가루를 넣음"], "미대응": ["색 없이 맑음"]}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_gives_charts_with_every_grade_whose_labels_follow(path):
    claims = claims_of(path)
    cases = composed_cases([path], 3 * len(claims), random.Random(0))
    grades = Counter(case.label.risk_level for case in cases)
    assert grades == dict.fromkeys(("높음", "애매", "낮음"), len(claims))
    for case in cases:
        assert case.label.risk_level == risk_level(case.label.comparisons)
        for row in case.label.comparisons:
            assert (row.user_product_element or case.user_query) in case.user_query
            assert row.user_product_element or row.match == "판단불가"


def test_the_words_that_element_and_sentence_share_do_not_tell_a_miss():
    cells = [p for p in cells_of(composed_cases(FILES, 900, random.Random(1))) if p.mark in ("대응", "미대응")]
    scores = {mark: [shared(p.element, p.quote) for p in cells if p.mark == mark] for mark in ("대응", "미대응")}
    higher = [(a > b) + (a == b) / 2 for a in scores["미대응"] for b in scores["대응"]]
    assert 0.35 < sum(higher) / len(higher) < 0.55


def test_the_charts_of_an_epoch_and_their_cells_in_place_of_the_files_pairs(recipe, tmp_path):
    data = recipe.data.model_copy(update={"pairs": as_file(tmp_path)})
    asked = recipe.model_copy(update={"data": data, "train": recipe.train.model_copy(update={"charts_from_pairs": 6})})
    charts = composed_as_read(asked)
    assert len(charts) == 6 and composed_as_read(asked) == charts
    assert pairs_as_read(asked, charts) == cells_of(charts) != []
    assert composed_as_read(recipe) == []


def test_pairs_without_names_cannot_be_composed(tmp_path):
    path = as_file(tmp_path, CLAIM.replace("K 풀; 본드\n", ""))
    with pytest.raises(BiniError, match="holds no claim"):
        composed_cases([path], 3, random.Random(0))
