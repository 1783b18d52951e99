"""Textbook numbers, and verdicts that know when they know nothing."""

import pytest

from bini.statistics import bootstrap, cases_to_settle, compare_pairs, holm, mcnemar, ratio, wilson


def table(wins, losses, both=10):
    first = [True] * wins + [False] * losses + [True] * both
    second = [False] * wins + [True] * losses + [True] * both
    return compare_pairs(first, second)


def test_wilson_is_the_published_interval():
    low, high = wilson(28, 35)
    assert (round(low, 2), round(high, 2)) == (0.64, 0.90)
    assert wilson(0, 0) is None


@pytest.mark.parametrize(
    ("wins", "losses", "p_value"), [(5, 0, 0.0625), (8, 1, 20 / 512), (0, 0, 1.0), (1, 8, 20 / 512), (3, 3, 1.0)]
)
def test_mcnemar_is_the_exact_binomial(wins, losses, p_value):
    assert mcnemar(wins, losses) == pytest.approx(p_value)


def test_five_to_nothing_is_inconclusive_and_eight_to_one_is_not():
    assert table(5, 0).verdict == "inconclusive" and table(5, 0).cases_to_settle > 15
    assert table(8, 1).verdict == "better" and table(8, 1).cases_to_settle is None
    assert table(1, 8).verdict == "worse"
    assert "inconclusive" in table(5, 0).words() and "p = 0.0391" in table(8, 1).words()


def test_models_that_tie_are_not_settled_by_any_number_of_cases():
    tie = table(3, 3)
    assert (tie.verdict, tie.cases_to_settle, tie.difference) == ("inconclusive", None, 0.0)


def test_the_number_of_cases_to_settle_is_connors():
    # discordant 5/35, difference 5/35: (1.960 * 0.378 + 0.842 * 0.350)^2 / 0.0204 = 52.6
    assert cases_to_settle(5, 0, 35) == 53


def test_the_difference_has_an_interval_around_it():
    paired = table(8, 1, both=11)
    assert paired.difference == pytest.approx(7 / 20)
    low, high = paired.difference_ci95
    assert 0 < low < 7 / 20 < high < 0.7


def test_the_cluster_bootstrap_is_wider_than_independent_rows_would_be():
    clustered = [[2, 2]] * 20 + [[0, 2]] * 20  # both rows of a case are right or wrong together
    independent = [[1, 1]] * 40 + [[0, 1]] * 40
    low, high = bootstrap(clustered, ratio)
    inner_low, inner_high = bootstrap(independent, ratio)
    assert low < inner_low < 0.5 < inner_high < high
    assert high - low == pytest.approx(2 * 1.96 * (0.25 / 40) ** 0.5, rel=0.1)
    assert bootstrap([], ratio) is None and bootstrap([[0, 0]], ratio) is None


def test_holm_corrects_for_the_number_of_comparisons():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])


def test_other_cases_cannot_be_paired():
    with pytest.raises(ValueError, match="same cases"):
        compare_pairs([True], [True, False])
