"""The glossary: every row's facts, names found in text, collisions that nobody resolves in silence, relations."""

import csv
import random
import time
from collections import Counter
from pathlib import Path

import pytest
from conftest import REPOSITORY
from hypothesis import given, settings
from hypothesis import strategies as st

from bini.errors import BiniError
from bini.glossary import DEFAULT_GLOSSARY, Glossary, is_cas, load_glossary

ROWS = list(csv.DictReader((REPOSITORY / "data/glossary.csv").open(encoding="utf-8", newline="")))
COLLISIONS = list(csv.DictReader((REPOSITORY / "data/glossary_collisions.csv").open(encoding="utf-8", newline="")))
SEED_PATENT = "1029180910000"


@pytest.fixture(scope="module")
def glossary() -> Glossary:
    return load_glossary()


def found(glossary: Glossary, text: str, regit_num: str | None = None) -> list[tuple[str, ...]]:
    return [mention.candidates for mention in glossary.find(text, regit_num)]


def check_digit_holds(number: str) -> bool:
    """The rule of the registry, written anew: the digits from the right, weighted 1, 2, 3 …, modulo ten."""
    *digits, check = [int(char) for char in number if char.isdigit()]
    return sum(weight * digit for weight, digit in enumerate(reversed(digits), start=1)) % 10 == check


def test_every_cas_number_passes_its_check_digit() -> None:
    numbers = [number.strip() for row in ROWS for number in row["cas"].split(";") if number.strip()]
    assert len(numbers) >= 400
    assert [number for number in numbers if not check_digit_holds(number) or not is_cas(number)] == []


def test_a_cas_number_with_one_digit_changed_is_none() -> None:
    numbers = [number.strip() for row in ROWS for number in row["cas"].split(";") if number.strip()]
    for number in numbers:
        assert not is_cas(number[:-1] + str((int(number[-1]) + 1) % 10))


def test_each_industry_has_its_share() -> None:
    counts = Counter(row["industry"] for row in ROWS)
    ingredients = sum(row["industry"] == "cosmetics" and row["kind"] == "substance" for row in ROWS)
    assert ingredients >= 300
    assert all(counts[industry] >= 40 for industry in ("battery", "food", "medical_device", "software"))
    concrete = Counter(row["industry"] for row in ROWS if row["kind"] != "class")
    assert all(concrete[industry] >= 40 for industry in ("battery", "food", "medical_device", "software")), concrete


def test_every_row_is_found_by_its_standard_korean_name(glossary: Glossary) -> None:
    missed = [
        name
        for name, entity in glossary.entities.items()
        if name not in {candidate for names in found(glossary, f"{entity.korean[0]} 사용") for candidate in names}
    ]
    assert missed == []


def test_every_cas_number_leads_to_its_row(glossary: Glossary) -> None:
    for name, entity in glossary.entities.items():
        for number in entity.cas:
            assert name in glossary.candidates(number)


@pytest.mark.parametrize("row", COLLISIONS, ids=lambda row: f"{row['term']}-{row['regit_num']}")
def test_no_collision_is_resolved_in_silence(glossary: Glossary, row: dict[str, str]) -> None:
    is_nothing = not row["candidates"]  # listed so that it is not taken for a name: 구성요소 is no 요소
    mentions = [m for m in glossary.find(f"{row['term']} 2 %", row["regit_num"] or None) if m.text == row["term"]]
    if is_nothing:
        assert all(mention.candidates == () for mention in mentions)
    else:
        assert mentions and mentions[0].is_collision and mentions[0].warning
    for mention in mentions:
        assert mention.is_collision == bool(mention.warning) or mention.how == "fuzzy"


def test_tbc_means_two_compounds_and_one_in_the_seed_patent(glossary: Glossary) -> None:
    (general,) = glossary.find("TBC 3 중량%")
    assert set(general.candidates) == {"Tributyl Citrate", "Acetyl Tributyl Citrate"}
    assert general.is_collision
    (scoped,) = glossary.find("TBC 3 중량%", SEED_PATENT)
    assert scoped.candidates == ("Acetyl Tributyl Citrate",)
    assert scoped.is_collision and "CAS" in (scoped.warning or "")
    (named,) = {m.candidates for m in glossary.find("트리부틸시트레이트(TBC)", SEED_PATENT) if m.text != "TBC"}
    assert named == ("Tributyl Citrate",)


@pytest.mark.parametrize(
    "text",
    ["아세틸트리부틸시트레이트", "아세틸 트리부틸 시트레이트", "아세틸트라이부틸시트레이트", "acetyl tributyl citrate", "ACETYL TRIBUTYL CITRATE",
     "Acetyl-Tributyl-Citrate", "tributyl acetylcitrate", "77-90-7", "７７－９０－７", "아세틸트리뷰틸시트레이트", "ATBC", "아세틸시트르산트리부틸"],
)  # fmt: skip
def test_one_compound_is_found_by_every_spelling(glossary: Glossary, text: str) -> None:
    assert found(glossary, f"{text} 2 %를 넣었다") == [("Acetyl Tributyl Citrate",)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("나이아신아마이드를", "Niacinamide"),
        ("나이아신아마이드유도체", None),
        ("메틸나이아신아마이드", None),
        ("트리에틸시트레이트", "Triethyl Citrate"),
        ("구성요소", None),
        ("2020-01-01", None),
        ("레티놀과 레티날", "Retinol"),
        ("나이아신이랑", "Niacin"),
        ("판테놀하고", "Panthenol"),
    ],
)
def test_a_name_is_whole_or_it_is_none(glossary: Glossary, text: str, name: str | None) -> None:
    names = found(glossary, text)
    assert (names[0] == (name,)) if name else names == []


def test_a_misspelt_name_is_flagged_as_such(glossary: Glossary) -> None:
    (mention,) = glossary.find("트리에틸시트레이드 2%")
    assert mention.how == "fuzzy" and mention.candidates == ("Triethyl Citrate",) and mention.warning


@pytest.mark.parametrize("text", ["나이아신마마이드 2%", "나이아신아미노산 2%", "레티놀산유도체", "HA-139"])
def test_the_beginning_of_an_unknown_name_is_no_name(glossary: Glossary, text: str) -> None:
    assert found(glossary, text) == []


def test_a_wrong_check_digit_names_nothing_and_is_said(glossary: Glossary) -> None:
    (mention,) = glossary.find("CAS 77-90-8")
    assert mention.candidates == () and mention.warning


@pytest.mark.parametrize(
    ("one", "other", "relation"),
    [
        ("Acetyl Tributyl Citrate", "Acetyl Tributyl Citrate", "same"),
        ("Sodium Laureth Sulfate", "Surfactant", "species_of"),
        ("Surfactant", "Sodium Laureth Sulfate", "genus_of"),
        ("Acetyl Tributyl Citrate", "Tributyl Citrate", "different"),
        ("Retinol", "Retinyl Palmitate", "same_active"),
        ("Retinol", "nothing known", "unknown"),
        ("Lithium Iron Phosphate", "Cathode Active Material", "species_of"),
    ],
)
def test_relations(glossary: Glossary, one: str, other: str, relation: str) -> None:
    assert glossary.relation(one, other) == relation


def test_relations_mirror_each_other(glossary: Glossary) -> None:
    mirror = {"species_of": "genus_of", "genus_of": "species_of"}
    draw = random.Random(5)
    names = list(glossary.entities)
    for _ in range(3000):
        one, other = draw.choice(names), draw.choice(names)
        relation = glossary.relation(one, other)
        assert glossary.relation(other, one) == mirror.get(relation, relation)


def test_a_users_file_extends_and_overrides(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(
        "canonical,industry,kind,korean,cas,is_a,abbreviations\n"
        "Secret Peptide,cosmetics,substance,비밀펩타이드,,Peptide,SPX9\n"
        "Retinol,cosmetics,substance,우리레티놀,,,\n",
        encoding="utf-8",
    )
    (tmp_path / "mine_collisions.csv").write_text("term,candidates\nSPQ,Secret Peptide;Retinol\n", encoding="utf-8")
    glossary = load_glossary(DEFAULT_GLOSSARY, path)
    assert found(glossary, "비밀펩타이드와 SPX9") == [("Secret Peptide",)] * 2
    assert found(glossary, "우리레티놀") == [("Retinol",)]
    assert "68-26-8" in glossary.entities["Retinol"].cas
    assert glossary.relation("Secret Peptide", "Peptide") == "species_of"
    (mention,) = glossary.find("SPQ 1%")
    assert mention.is_collision


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("canonical,industry,kind,korean,cas\nX,cosmetics,substance,엑스,77-90-8\n", "77-90-8"),
        ("canonical,industry,kind,korean\nX,cosmetic,substance,엑스\n", "cosmetics"),
        ("canonical,industry,kind,korean,is_a\nX,cosmetics,substance,엑스,Surfactent\n", "Surfactant"),
        ("canonical,industry,kind,korean\nX,cosmetics,substance,\n", "korean"),
        ("canonicl,industry\nX,cosmetics\n", "canonical"),
    ],
)
def test_a_faulty_row_is_refused_with_file_row_and_remedy(tmp_path: Path, content: str, problem: str) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BiniError, match=problem) as refused:
        load_glossary(DEFAULT_GLOSSARY, path)
    assert "mine.csv" in str(refused.value)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.text(max_size=30),
            st.sampled_from([row["korean"].split(";")[0] for row in ROWS] + ["ATBC", "TBC", "77-90-7"]),
        ),
        max_size=12,
    )
)
def test_any_text_gives_mentions_that_are_slices_and_do_not_overlap(pieces: list[str]) -> None:
    text = " ".join(pieces)
    position = 0
    for mention in LOADED.find(text):
        assert text[mention.start : mention.end] == mention.text != ""
        assert mention.start >= position
        position = mention.end


LOADED = load_glossary()


def test_time_grows_no_faster_than_the_text(glossary: Glossary) -> None:
    draw = random.Random(7)
    names = [row["korean"].split(";")[0] for row in ROWS] + [
        "아무말이나",
        "zzz",
        "qwertyuiopas",
        "를 함유하는",
        "\n",
        "2 %",
    ]
    text = " ".join(draw.choice(names) for _ in range(10_000))
    assert seconds(glossary, text[:30_000]) < 4 * 2.5 * seconds(glossary, text[:7_500])


def seconds(glossary: Glossary, text: str) -> float:
    times = []
    for _ in range(2):
        start = time.perf_counter()
        glossary.find(text)
        times.append(time.perf_counter() - start)
    return min(times)
