"""Quantities: what is read from text, in which unit, and where it lies against a claimed range."""

import random
import time
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bini.quantities import (
    Quantity,
    compare,
    convert,
    find_quantities,
    measured_name,
    note,
    pair,
)


def one(text: str) -> Quantity:
    """The only quantity of a text."""
    (quantity,) = find_quantities(text)
    return quantity


@pytest.mark.parametrize(
    ("text", "kind", "unit", "low", "high"),
    [
        ("10 %", "content", "%", 10, 10),
        ("10 중량%", "content", "%", 10, 10),
        ("５．５ ％", "content", "%", "5.5", "5.5"),
        ("300 ppm", "content", "ppm", 300, 300),
        ("5 mg/g", "content", "mg/g", 5, 5),
        ("30 mg/mL", "content", "mg/mL", 30, 30),
        ("1.5 mg in every millilitre", "content", "mg/mL", "1.5", "1.5"),
        ("110 g per kg", "content", "g/kg", 110, 110),
        ("0.18 g per 100 mL", "content", "g/dL", "0.18", "0.18"),
        ("80℃", "temperature", "°C", 80, 80),
        ("섭씨 80도", "temperature", "°C", 80, 80),
        ("-20 °C", "temperature", "°C", -20, -20),
        ("영하 42도", "temperature", "°C", -42, -42),
        ("영하 20~30도", "temperature", "°C", -30, -20),
        ("영하 20도에서 영하 30도 사이", "temperature", "°C", -30, -20),
        ("1분 반", "time", "min", "1.5", "1.5"),
        ("한 시간 반이면", "time", "h", "1.5", "1.5"),
        ("아흐레 동안", "time", "day", 9, 9),
        ("보름쯤", "time", "day", 15, 15),
        ("minus 18 °C", "temperature", "°C", -18, -18),
        ("2.4기가헤르츠", "frequency", "GHz", "2.4", "2.4"),
        ("5밀리짜리", "length", "mm", 5, 5),
        ("12나노", "length", "nm", 12, 12),
        ("180초보다", "time", "s", 180, 180),
        ("176 °F", "temperature", "°F", 176, 176),
        ("12 ㎛", "length", "μm", 12, 12),
        ("12 마이크로미터", "length", "μm", 12, 12),
        ("3.2 mm", "length", "mm", "3.2", "3.2"),
        ("pH 5.5", "ph", "pH", "5.5", "5.5"),
        ("SPF 50", "spf", "SPF", 50, 50),
        ("3종", "count", "kind", 3, 3),
        ("1.2 M", "molarity", "mol/L", "1.2", "1.2"),
        ("30분", "time", "min", 30, 30),
        ("200 ms", "time", "ms", 200, 200),
        ("30 중량부", "parts", "part", 30, 30),
        ("1,000 mAh", "charge", "mAh", 1000, 1000),
        ("180 mAh/g", "specific_capacity", "mAh/g", 180, 180),
        ("10 내지 25 중량%", "content", "%", 10, 25),
        ("10~25 %", "content", "%", 10, 25),
        ("10%부터 25%까지", "content", "%", 10, 25),
        ("10 to 25 wt%", "content", "%", 10, 25),
        ("from 10 to 25 % by weight", "content", "%", 10, 25),
        ("between 60 and 80 °C", "temperature", "°C", 60, 80),
        ("pH of the composition: 2.9", "ph", "pH", "2.9", "2.9"),
        ("122 억 CFU", "cfu", "억 CFU", 122, 122),
        ("12.7 mS/cm", "conductivity", "mS/cm", "12.7", "12.7"),
        ("15 ± 5 nm", "length", "nm", 10, 20),
    ],
)
def test_a_quantity_is_read(text: str, kind: str, unit: str, low: object, high: object) -> None:
    quantity = one(text)
    assert (quantity.kind, quantity.range.unit) == (kind, unit)
    assert (quantity.range.low, quantity.range.high) == (Fraction(str(low)), Fraction(str(high)))


@pytest.mark.parametrize(
    ("text", "low", "low_in", "high", "high_in"),
    [
        ("5 % 이상", 5, True, None, False),
        ("5 % 이하", None, False, 5, True),
        ("5 % 초과", 5, False, None, False),
        ("5 % 미만", None, False, 5, False),
        ("1 % 초과 5 % 미만", 1, False, 5, False),
        ("1 % 이상 5 % 이하", 1, True, 5, True),
        ("0.1 중량% 이상 5 중량% 미만", "0.1", True, 5, False),
        ("at least 5 %", 5, True, None, False),
        ("at most 5 %", None, False, 5, True),
        ("less than 5 %", None, False, 5, False),
        ("more than 5 %", 5, False, None, False),
        ("not more than 5 %", None, False, 5, True),
        ("up to 5 %", None, False, 5, True),
        ("5 % or more", 5, True, None, False),
        ("5 % or less", None, False, 5, True),
        ("≥ 5 %", 5, True, None, False),
        ("more than 1 and less than 5 %", 1, False, 5, False),
    ],
)
def test_bounds_are_open_or_closed_as_worded(text: str, low: object, low_in: bool, high: object, high_in: bool) -> None:
    interval = one(text).range
    assert interval.low == (None if low is None else Fraction(str(low)))
    assert interval.high == (None if high is None else Fraction(str(high)))
    assert (interval.low_included or low is None) == (low_in or low is None)
    assert (interval.high_included or high is None) == (high_in or high is None)


def test_a_rate_is_no_amount_and_a_slash_in_a_list_is_no_rate() -> None:
    assert one("Bromelain 3900 ppm / aged in cellars").range.unit == "ppm"
    assert [q.kind for q in find_quantities("flow of 5 mL / min")] != ["volume"]
    assert [q.kind for q in find_quantities("flow of 5 mL/min")] != ["volume"]


def test_a_ratio_is_read() -> None:
    quantity = one("중량비 3:7")
    assert quantity.kind == "ratio"
    assert compare(quantity, one("1:9 내지 5:5")).state == "inside"
    assert compare(one("9:1"), one("1:9 내지 5:5")).state == "outside"


@pytest.mark.parametrize(
    "text",
    ["청구항 1", "도 2", "제3항", "5번째", "농약 살포", "1,2-헥산다이올", "폴리소르베이트 20", "3차원", "2024-05-01"],
)
def test_a_label_or_a_name_is_no_quantity(text: str) -> None:
    assert find_quantities(text) == []


@pytest.mark.parametrize(
    ("value", "claimed", "state"),
    [
        ("10 %", "10 내지 25 중량%", "inside"),
        ("25 %", "10 내지 25 중량%", "inside"),
        ("9.9 %", "10 내지 25 중량%", "near_miss"),
        ("6.25 %", "10 내지 25 중량%", "near_miss"),
        ("6.24 %", "10 내지 25 중량%", "outside"),
        ("28.75 %", "10 내지 25 중량%", "near_miss"),
        ("28.76 %", "10 내지 25 중량%", "outside"),
        ("10 %", "10 중량% 초과", "near_miss"),
        ("10.1 %", "10 중량% 초과", "inside"),
        ("10 %", "10 중량% 미만", "near_miss"),
        ("11 %", "10 중량% 이하", "near_miss"),
        ("11.1 %", "10 중량% 이하", "outside"),
        ("0 %", "0.1 내지 5 %", "outside"),
        ("5~15 %", "10 내지 25 %", "overlap"),
        ("20000 ppm", "1 내지 3 중량%", "inside"),
        ("20 mg/g", "1 내지 3 중량%", "inside"),
        ("20 mg/mL", "1 내지 3 중량%", "not_comparable"),
        ("20 mg", "1 내지 3 중량%", "not_comparable"),
        ("3 vol%", "1 내지 3 중량%", "not_comparable"),
        ("0.6 mm", "500 ㎛ 이상 800 ㎛ 이하", "inside"),
        ("0.9 mm", "500 ㎛ 이상 800 ㎛ 이하", "outside"),
        ("176 °F", "70 내지 90 ℃", "inside"),
        ("0.15초", "200 ms 이하", "inside"),
        ("1시간", "30분 이상", "inside"),
        ("pH 4.2", "pH 3 내지 4", "near_miss"),
        ("2종", "3종 이상", "outside"),
        ("440 x 10^8 CFU", "335 ~ 656 억 CFU", "inside"),
    ],
)
def test_where_a_value_lies(value: str, claimed: str, state: str) -> None:
    assert compare(one(value), one(claimed)).state == state


def test_the_distance_is_exact_and_said() -> None:
    result = compare(one("9.9 %"), one("10 내지 25 중량%"))
    assert (result.side, result.distance, result.share_of_width) == ("below", Fraction(1, 10), Fraction(1, 150))
    assert (
        note(one("9.9 %"), one("10 내지 25 중량%")) == "9.9 %: 10 내지 25 중량% 범위 밖, 0.1 %p 미달(범위 폭의 0.7 %)"
    )
    assert note(one("20 %"), one("10 내지 25 중량%")).endswith("범위 안")
    assert (
        note(one("20 mg/mL"), one("1 내지 3 중량%"))
        == "20 mg/mL: 1 내지 3 중량% 범위와 비교할 수 없음(기준이 다름: 밀도 필요)"
    )
    assert note(one("20 %"), one("10 to 25 wt%"), "en") == "20 % is inside 10 to 25 wt%"


@pytest.mark.parametrize(
    ("value", "unit", "target", "result"),
    [(1, "%", "ppm", 10_000), (5, "mg/g", "%", "0.5"), (1, "mm", "μm", 1000), (0, "°C", "°F", 32), (1, "h", "s", 3600)],
)
def test_units_are_converted_exactly(value: int, unit: str, target: str, result: object) -> None:
    assert convert(Fraction(value), unit, target) == Fraction(str(result))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("나이아신아마이드 5%", "나이아신아마이드"),
        ("5 wt% of niacinamide", "niacinamide"),
        ("5%의 나이아신아마이드", "나이아신아마이드"),
        ("평균 입경이 12 ㎛", "평균 입경"),
        ("a thickness of 10 µm", "thickness"),
    ],
)
def test_a_number_is_tied_to_what_it_measures(text: str, name: str) -> None:
    assert measured_name(text, one(text)) == name


def test_pairs_join_equal_names_only() -> None:
    pairs = pair(
        "나이아신아마이드 2 내지 5 중량%, 글리세린 10 중량% 이상", "글리세린 12%, 나이아신아마이드 4%, 향료 0.1%"
    )
    assert [(ours.text, theirs.text) for ours, theirs in pairs] == [("2 내지 5 중량%", "4%"), ("10 중량% 이상", "12%")]
    assert pair("레티놀 1 내지 2 %", "글리세린 1.5 %") == []


numbers = st.decimals(min_value=0, max_value=1000, places=2, allow_nan=False).map(str)


@settings(max_examples=120, deadline=None)
@given(numbers, numbers, numbers)
def test_a_value_is_inside_exactly_where_arithmetic_says_so(low: str, high: str, value: str) -> None:
    if Fraction(low) >= Fraction(high):
        return
    state = compare(one(f"{value} %"), one(f"{low} 내지 {high} %")).state
    assert (state == "inside") == (Fraction(low) <= Fraction(value) <= Fraction(high))
    if state == "near_miss":
        gap = max(Fraction(low) - Fraction(value), Fraction(value) - Fraction(high))
        assert gap <= (Fraction(high) - Fraction(low)) / 4


@settings(max_examples=80, deadline=None)
@given(numbers, st.sampled_from(["%", " 중량%", " wt%", " ppm", " ㎛", " mm", "℃", " mg/mL", "분", " M"]))
def test_a_written_number_is_read_back(number: str, unit: str) -> None:
    assert one(f"{number}{unit}").value == Fraction(number)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.text(max_size=20),
            numbers,
            st.sampled_from(["%", " 내지 ", "이상", "~", "pH", "㎛", ":", "약", "at least", "-", "±"]),
        ),
        max_size=25,
    )
)
def test_any_text_gives_quantities_that_are_slices_in_order(pieces: list[str]) -> None:
    text = "".join(pieces)
    for bare_numbers in (False, True):
        position = 0
        for quantity in find_quantities(text, bare_numbers=bare_numbers):
            assert text[quantity.start : quantity.end] == quantity.text != ""
            assert quantity.start >= position
            position = quantity.end
            low, high = quantity.range.low, quantity.range.high
            assert low is not None or high is not None


def test_time_grows_no_faster_than_the_text() -> None:
    draw = random.Random(11)
    words = [
        "10 내지 25 중량%",
        "나이아신아마이드",
        " ",
        "1:2",
        "12 ㎛ 이상",
        "pH 3",
        "를",
        "at least 5 %",
        ",",
        "1",
        "~",
        "약 ",
    ]
    text = "".join(draw.choice(words) for _ in range(8_000))
    assert seconds(text[:24_000]) < 4 * 2.5 * seconds(text[:6_000])


def seconds(text: str) -> float:
    times = []
    for _ in range(3):
        start = time.perf_counter()
        find_quantities(text)
        times.append(time.perf_counter() - start)
    return min(times)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("펌프는 9바를 유지", [("9바", "pressure")]),
        ("60헤르츠", [("60헤르츠", "frequency")]),
        ("3바가지", []),
        ("9바퀴", []),
    ],
)
def test_korean_spellings_of_units_end_where_the_word_ends(text, found):
    assert [(quantity.text, quantity.kind) for quantity in find_quantities(text)] == found


@pytest.mark.parametrize(
    ("text", "share", "unit", "name"),
    [
        ("100 g에 소금은 8 g만 들었고", 8, "%", "소금"),
        ("송진은 프리폴리머 1 kg당 120 g", 12, "%", None),
        ("물 1 L에 붕사 5 g을 탄다", "0.5", "g/dL", "붕사"),
        ("23 g of milk protein, all of it whey, in 400 g of liquid", "5.75", "%", "milk protein"),
        ("톤당 2 kg", "0.2", "%", None),
    ],
)
def test_a_mass_told_of_a_whole_is_a_share_of_it(text, share, unit, name):
    found = [quantity for quantity in find_quantities(text) if quantity.kind == "content"]
    assert len(found) == 1 and found[0].range.unit == unit and found[0].value == Fraction(share)
    assert text[found[0].start : found[0].end] == found[0].text
    assert name is None or measured_name(text, found[0]) == name


@pytest.mark.parametrize("text", ["한 병 500 g, 포장 20 g", "무게 0.5 g", "1 kg 한 포에 3천 원", "0 g에 5 g"])
def test_a_mass_of_no_whole_stays_a_mass(text):
    assert "content" not in {quantity.kind for quantity in find_quantities(text)}
