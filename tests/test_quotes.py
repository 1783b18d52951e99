"""Quotes: found word for word, forgiven a slip of copying, never a number."""

import pytest

from bini.quotes import MAX_CHARACTERS, clauses, find_quote, nearest_quote

TEXT = "저희 제품은 아세틸트리부틸시트레이트 2.5%를 넣은 미백 앰플입니다. 향료는 넣지 않았습니다."


@pytest.mark.parametrize(
    ("quote", "found"),
    [("미백 앰플입니다", "미백 앰플입니다"), ("미백  앰플", "미백 앰플"), ("주름 앰플", None), ("", None)],
)
def test_a_quote_is_found_word_for_word_or_not_at_all(quote, found):
    assert find_quote(quote, TEXT) == found


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ("아세틸트리부틸시트레이트 2.5% 넣은", "아세틸트리부틸시트레이트 2.5%를 넣은"),  # a particle is missing
        ("아세틸트리뷰틸시트레이트 2.5%를", "아세틸트리부틸시트레이트 2.5%를"),  # a letter is wrong
        ("아세틸트리부틸시트레이트 2.9%를 넣은", None),  # a number is never forgiven
        ("토코페롤 2.5%를 넣은 미백", None),  # another compound
        ("앰", None),
        ("향료는 넣었습니다", None),
    ],
)
def test_a_slip_of_copying_gives_the_text_s_own_words(quote, found):
    assert nearest_quote(quote, TEXT) == found
    assert found is None or found in TEXT


def test_a_clause_too_long_to_be_written_is_cut_between_its_words():
    text = "".join(f"나이아신아마이드 {n}% " for n in range(9)) + "x" * 200
    found = clauses(text)
    assert all(0 < len(piece) <= MAX_CHARACTERS and piece in text for piece in found)
    assert found[0].startswith("나이아신아마이드 0%") and "x" * MAX_CHARACTERS in found


def test_clauses_are_verbatim_and_keep_their_decimals():
    found = clauses("ATBC 2.5%, 물 1,000 g; 향료 무첨가.\n끝!")
    assert found == ["ATBC 2.5%", "물 1,000 g", "향료 무첨가", "끝"]
