"""Claims into elements: gold splits, verbatim slices, nothing lost, linear time, and the command line."""

import json
import random
import re
import subprocess
import sys
import time
from collections import Counter

import pytest
from conftest import REPOSITORY
from hypothesis import given, settings
from hypothesis import strategies as st

from bini.claims import Claim, elements_of, read_claims, render, split_claim, split_claims, with_parents
from bini.errors import BiniError

GOLD = [json.loads(line) for line in (REPOSITORY / "data/gold/claim_splits.jsonl").read_text("utf-8").splitlines()]
# What may stand outside every element: number, reference, transition, separators, conjunctions, a repeated subject.
OUTSIDE = re.compile(
    r"(?:제|항|내지|중|한|으로서|그리고|필수적|청구항|claims?|항 ?중|어느|한 ?항|있어서|따른|따르는|기재된|포함|함유|구비|구성|이루어|특징|갖|가지|되는|하는|것|으로|로서|를|을|및|와|과|또는|에|의|로|이|가|는|은|하고|되고|하며|이며|더|단계|인"
    r"|compris\w*|consist\w*|includ\w*|contain\w*|having|has|characteri[sz]ed|wherein|which|that|and|or|of|the|in|by|to|according|as|claimed|any|one|preceding|steps?|following|a|an|it|is)+",
    re.IGNORECASE,
)
WORDS = [
    "포함하는", "및", "또는", "상기", "제1항에 있어서,", "이루어진 군에서 선택되는", "10 내지 20 중량%", "것을 특징으로 하는", "방법", "조성물.",
    "comprising", "consisting of", "wherein", "selected from the group", "; and", ", a", "the method of claim 1", "(a)", "1.", "레티놀", "a processor",
    "\n", " ", ",", ";", ":", "(", ")", "[청구항 1]", "단계;",
]  # fmt: skip


def bounds(claim_text: str, elements: list[str] | tuple[str, ...]) -> set[int]:
    """Where elements begin and end, as offsets of the claim."""
    found: set[int] = set()
    position = 0
    for element in elements:
        start = claim_text.index(element, position)
        position = start + len(element)
        found |= {start, position}
    return found


def boundary_f1(rows: list[dict]) -> float:
    """F1 of the boundaries between elements over all rows."""
    hits = ours = theirs = 0
    for row in rows:
        gold, split = (
            bounds(row["claim_text"], row["elements"]),
            bounds(row["claim_text"], elements_of(row["claim_text"])),
        )
        hits, ours, theirs = hits + len(gold & split), ours + len(split), theirs + len(gold)
    return 2 * hits / (ours + theirs)


@pytest.mark.parametrize("part", ["dev", "test"])
@pytest.mark.parametrize("language", ["ko", "en"])
def test_boundaries_agree_with_the_claims_split_by_hand(part: str, language: str) -> None:
    rows = [row for row in GOLD if row["split"] == part and row["language"] == language]
    assert len(rows) >= 10
    assert boundary_f1(rows) >= 0.95


def test_gold_holds_thirty_claims_of_each_language_and_its_elements_are_slices() -> None:
    assert Counter(row["language"] for row in GOLD) == {"ko": 30, "en": 30}
    for row in GOLD:
        assert bounds(row["claim_text"], row["elements"])
        assert split_claim(row["claim_text"]).transition == row["transition"], row["id"]


@pytest.mark.parametrize("row", GOLD, ids=lambda row: row["id"])
def test_nothing_of_a_claims_body_is_lost(row: dict) -> None:
    claim = split_claim(row["claim_text"])
    assert_verbatim(claim)
    rest = outside(claim).replace(claim.transition_text, " ") if claim.transition_text else outside(claim)
    words = [word for word in re.findall(r"[^\W\d_]+", rest) if word.lower() not in claim.preamble.lower()]
    left = [word for word in words if not OUTSIDE.fullmatch(word)]
    assert left == []


def assert_verbatim(claim: Claim) -> None:
    position = 0
    for element in claim.elements:
        assert element.text == claim.text[element.start : element.end]
        assert element.start >= position, "elements overlap or are out of order"
        assert element.text.strip() == element.text != ""
        position = element.end


def outside(claim: Claim) -> str:
    pieces, position = [], 0
    for element in claim.elements:
        pieces.append(claim.text[position : element.start])
        position = element.end
    return " ".join([*pieces, claim.text[position:]])


@settings(max_examples=120, deadline=None)
@given(
    st.one_of(
        st.text(min_size=1, max_size=400), st.lists(st.sampled_from(WORDS), min_size=1, max_size=60).map(" ".join)
    )
)
def test_any_text_gives_verbatim_elements_and_no_crash(text: str) -> None:
    if not text.strip():
        with pytest.raises(BiniError, match="empty"):
            split_claim(text)
        return
    claim = split_claim(text)
    assert claim.elements
    position = 0
    for element in claim.elements:
        assert element.text == text[element.start : element.end]
        assert element.start >= position
        position = element.end
    for several in split_claims(text):
        assert several.text in text


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(["병풀 추출물", "레티놀 1 중량%", "판테놀", "알란토인", "토코페롤", "베타인"]),
        min_size=2,
        max_size=6,
        unique=True,
    )
)
def test_each_item_of_a_korean_list_is_an_element(items: list[str]) -> None:
    claim = f"{', '.join(items[:-1])} 및 {items[-1]}을 포함하는 화장료 조성물."
    assert elements_of(claim) == (*items, "화장료 조성물")


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("words", [WORDS, ["가", "나", " ", ",", "\U0001f600", "\u0301", "ﷺ", "1", "%", "(", "\n"]])
def test_time_grows_no_faster_than_the_text(seed: int, words: list[str]) -> None:
    draw = random.Random(seed)
    small = "".join(draw.choice(words) + draw.choice(["", " "]) for _ in range(60_000))
    small, large = small[:12_500], small[:50_000]
    assert seconds(large) < 4 * 2.5 * max(seconds(small), 0.004)


def seconds(text: str) -> float:
    """The best of three, so that a busy machine does not fail a test."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        split_claim(text)
        times.append(time.perf_counter() - start)
    return min(times)


def test_a_hundred_kilobytes_of_any_text_take_four_times_a_quarter_of_it() -> None:
    draw = random.Random(3)
    text = "".join(draw.choice(WORDS) + " " for _ in range(40_000))[:100_000]
    assert seconds(text) < 4 * 2.5 * seconds(text[:25_000])


def test_a_markush_group_and_a_range_stay_whole() -> None:
    claim = "글리세린, 부틸렌글라이콜 및 베타인으로 이루어진 군에서 선택되는 하나 이상 1 내지 10 중량%; 및 레티놀을 포함하는 크림."
    elements = split_claim(claim).elements
    assert [element.kind for element in elements] == ["markush", "element", "preamble"]
    assert elements[0].text.startswith("글리세린, 부틸렌글라이콜 및 베타인") and "1 내지 10 중량%" in elements[0].text


def test_a_dependent_claim_has_its_parents_elements() -> None:
    claims = split_claims(
        "1. 레티놀을 포함하는 크림.\n2. 제1항에 있어서, 판테놀을 더 포함하는 크림.\n3. 제2항에 있어서, 향료가 없는 크림."
    )
    assert [claim.depends_on for claim in claims] == [(), (1,), (2,)]
    texts = [[element.text for element in elements] for elements in with_parents(claims)]
    assert texts[2][:2] == ["레티놀", "크림"]
    assert set(texts[1]) < set(texts[2])
    assert [element.claim_number for element in with_parents(claims)[2]] == [1, 1, 2, 3]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("2. 제1항에 있어서, A를 포함하는 크림.", "claim 1"),
        ("1. 제2항에 있어서, A인 크림.\n2. 제1항에 있어서, B인 크림.", "each other"),
    ],
)
def test_a_chain_that_leads_nowhere_is_refused(text: str, message: str) -> None:
    with pytest.raises(BiniError, match=message):
        with_parents(split_claims(text))


@pytest.mark.parametrize(
    ("text", "transition"),
    [
        ("레티놀 및 물로 이루어진 크림.", "closed"),
        ("레티놀을 포함하는 크림.", "open"),
        ("A cream consisting of retinol and water.", "closed"),
        ("A cream consisting essentially of retinol and water.", "semi"),
        ("A cream comprising retinol and water.", "open"),
    ],
)
def test_the_transition_is_read(text: str, transition: str) -> None:
    assert split_claim(text).transition == transition


def test_the_table_numbers_every_element() -> None:
    claim = split_claim(
        "1. A method of baking bread, comprising: mixing flour and water; and heating the dough to 200 °C."
    )
    assert claim.is_method
    rows = render(claim).splitlines()
    assert "Claim 1" in rows[0] and len(rows) == 1 + len(claim.elements)


def test_claims_are_read_from_a_file_or_from_their_words(tmp_path) -> None:
    path = tmp_path / "claims.txt"
    path.write_text("﻿1. 레티놀을 포함하는 크림.\n2. 제1항에 있어서, 물을 포함하는 크림.", encoding="utf-8")
    assert [claim.number for claim in read_claims(str(path))] == [1, 2]
    assert [claim.number for claim in read_claims("레티놀을 포함하는 크림.")] == [None]
    path.write_bytes("1. 크림".encode("cp949"))
    with pytest.raises(BiniError, match="UTF-8"):
        read_claims(str(path))


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bini.cli", *arguments], capture_output=True, encoding="utf-8", cwd=REPOSITORY
    )


def test_the_command_prints_claims_as_json() -> None:
    done = run("claims", "1. 레티놀 및 물을 포함하는 크림.", "--json")
    assert done.returncode == 0
    claim = json.loads(done.stdout)
    assert [claim["text"][e["start"] : e["end"]] for e in claim["elements"]] == ["레티놀", "물", "크림"]


@pytest.mark.parametrize(("source", "message"), [("   ", "no claim"), ("no_such_file.txt", "no_such_file.txt")])
def test_the_command_refuses_what_holds_no_claim(source: str, message: str) -> None:
    done = run("claims", source)
    assert done.returncode == 2
    assert message in done.stderr and "Traceback" not in done.stderr and done.stdout == ""


@pytest.mark.parametrize(
    ("claim", "elements"),
    [
        (
            "외부 소음을 수집하는 마이크, 착용 여부를 감지하는 센서를 포함하는 무선 이어폰.",
            ["외부 소음을 수집하는 마이크", "착용 여부를 감지하는 센서", "무선 이어폰"],
        ),
        (
            "카드 정보를 토큰으로 변환하는 토큰화부, 상기 토큰을 저장하는 저장부, 지문으로 인증하는 인증부를 포함하는 단말.",
            [
                "카드 정보를 토큰으로 변환하는 토큰화부",
                "상기 토큰을 저장하는 저장부",
                "지문으로 인증하는 인증부",
                "단말",
            ],
        ),
        (
            "원두를 분쇄하는 그라인더, 물을 공급하는 급수부 및 펌프를 포함하는 커피 추출 장치.",
            ["원두를 분쇄하는 그라인더", "물을 공급하는 급수부", "펌프", "커피 추출 장치"],
        ),
        (
            "본체, 본체에 결합된 덮개, 덮개를 잠그는 잠금부를 구비한 용기.",
            ["본체", "본체에 결합된 덮개", "덮개를 잠그는 잠금부", "용기"],
        ),
        (
            "A drone comprising a body, four rotors coupled to the body, and a camera that captures images.",
            ["A drone", "a body", "four rotors coupled to the body", "a camera that captures images"],
        ),
        ("문자, 숫자를 저장하는 저장부를 포함하는 장치.", ["문자, 숫자를 저장하는 저장부", "장치"]),
        (
            "물, 글리세린 및 오일을 함유하는 에멀전, 보존제 및 향료를 포함하는 화장료.",
            ["물, 글리세린 및 오일을 함유하는 에멀전", "보존제", "향료", "화장료"],
        ),
    ],
)
def test_parts_that_are_each_described_are_elements_of_their_own(claim, elements):
    assert [element.text for element in split_claim(claim).elements] == elements
