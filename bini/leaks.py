"""Leaks: does a test file hold what a model was trained on, word for word or nearly?

In: two cases files. Out: the test cases that are exact copies, copies but for punctuation and width, near-duplicates
of a training case of the same claim, or of a group that was trained on; and how many word 5-grams they share.

    exact          claim and product the same (after Unicode NFC)
    normalised     the same after NFKC, lower case, without punctuation and spaces
    near           products at least 90 % alike by edit distance, the same claim
    group          a group that training cases also have
    product        the product was trained on, with another claim: told, but no leak of the label

Near-duplicates are found by MinHash and locality-sensitive hashing (A. Z. Broder, 1997), then measured, so that
12,000 x 600 cases take seconds and not 7 million comparisons.
"""

import re
import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bini.schema import Case

NEAR_FRACTION = 0.90
SHINGLE = 3  # characters
BANDS, ROWS = 24, 3  # a pair with Jaccard 0.6 becomes a candidate with probability 0.997
WORDS = 5
HIGH_OVERLAP_FRACTION = 0.5
PRIME = np.uint64(4294967291)  # the largest below 2 ** 32


@dataclass(frozen=True)
class Leak:
    """One test case and the training case that gives it away."""

    kind: str  # exact, normalised, near, group
    test_case: str
    train_case: str
    similarity: float | None = None


@dataclass(frozen=True)
class LeakReport:
    """What was found. `verdict` is "leaks" or "clean"; shared products and claims are told beside it."""

    verdict: str
    train_cases: int
    test_cases: int
    leaked_test_cases: int
    leaks: tuple[Leak, ...]
    shared_products: int  # test cases whose product was trained on with another claim
    shared_claims: int  # test cases whose claim was trained on
    ngram_overlap_fraction: float | None  # mean share of a test product's word 5-grams that training holds
    high_overlap_cases: int  # test cases where that is over half

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def words(self) -> str:
        """Return the verdict as a person reads it."""
        kinds = {
            kind: sum(leak.kind == kind for leak in self.leaks) for kind in ("exact", "normalised", "near", "group")
        }
        found = ", ".join(f"{count} {kind}" for kind, count in kinds.items() if count) or "none"
        overlap = (
            "no 5-grams" if self.ngram_overlap_fraction is None else f"{self.ngram_overlap_fraction:.1%} of 5-grams"
        )
        return (
            f"leaks: {self.verdict.upper()}: {self.leaked_test_cases} of {self.test_cases} test cases ({found}); "
            f"claim seen in training {self.shared_claims}, product under another claim {self.shared_products}, "
            f"{overlap} shared, {self.high_overlap_cases} cases over half"
        )


def find_leaks(train: Sequence[Case], test: Sequence[Case]) -> LeakReport:
    """Compare two sets of cases; a test case is reported once, for the gravest reason."""
    found: dict[str, Leak] = {}
    for leak in _all_leaks(train, test):
        found.setdefault(leak.test_case, leak)
    products = {_normal(case.user_query) for case in train}
    claims = {_normal(case.claim_text) for case in train}
    pairs = {_key(case) for case in train}
    overlaps = _overlaps(train, test)
    return LeakReport(
        verdict="leaks" if found else "clean",
        train_cases=len(train),
        test_cases=len(test),
        leaked_test_cases=len(found),
        leaks=tuple(found.values()),
        shared_products=sum(_normal(c.user_query) in products and _key(c) not in pairs for c in test),
        shared_claims=sum(_normal(case.claim_text) in claims for case in test),
        ngram_overlap_fraction=float(np.mean(overlaps)) if overlaps else None,
        high_overlap_cases=sum(overlap > HIGH_OVERLAP_FRACTION for overlap in overlaps),
    )


def near_duplicates(train: Sequence[Case], test: Sequence[Case]) -> Iterator[Leak]:
    """Yield test cases whose product is at least NEAR_FRACTION that of a training case with the same claim."""
    from rapidfuzz.fuzz import ratio

    train_texts, test_texts = ([_normal(case.user_query) for case in cases] for cases in (train, test))
    buckets: dict[tuple[int, bytes], list[int]] = {}
    for i, bands in enumerate(map(_bands, train_texts)):
        for band in bands:
            buckets.setdefault(band, []).append(i)
    train_claims, test_claims = ([_normal(case.claim_text) for case in cases] for cases in (train, test))
    for j, bands in enumerate(map(_bands, test_texts)):
        candidates = {i for band in bands for i in buckets.get(band, ()) if train_claims[i] == test_claims[j]}
        scored = [(ratio(train_texts[i], test_texts[j], score_cutoff=100 * NEAR_FRACTION), -i) for i in candidates]
        if scored and (best := max(scored))[0] > 0:
            yield Leak("near", test[j].case_id, train[-best[1]].case_id, round(best[0] / 100, 3))


def _all_leaks(train: Sequence[Case], test: Sequence[Case]) -> Iterator[Leak]:
    exact = {_exact(case): case.case_id for case in train}
    yield from (Leak("exact", case.case_id, exact[_exact(case)]) for case in test if _exact(case) in exact)
    normal = {_key(case): case.case_id for case in train}
    yield from (Leak("normalised", case.case_id, normal[_key(case)]) for case in test if _key(case) in normal)
    yield from near_duplicates(train, test)
    groups = {case.group: case.case_id for case in train if case.group is not None}
    yield from (Leak("group", case.case_id, groups[case.group]) for case in test if case.group in groups)


def _exact(case: Case) -> tuple[str, str]:
    return unicodedata.normalize("NFC", case.claim_text), unicodedata.normalize("NFC", case.user_query)


def _key(case: Case) -> tuple[str, str]:
    return _normal(case.claim_text), _normal(case.user_query)


def _normal(text: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())


def _bands(text: str) -> list[tuple[int, bytes]]:
    """Return the text's LSH buckets: one per band of its MinHash signature."""
    shingles = {text[i : i + SHINGLE] for i in range(max(1, len(text) - SHINGLE + 1))}
    hashes = np.array([zlib.crc32(shingle.encode()) for shingle in shingles], dtype=np.uint64)
    signature = ((hashes[:, None] * _FACTORS + _OFFSETS) % PRIME).min(axis=0)
    return [(band, signature[band * ROWS : (band + 1) * ROWS].tobytes()) for band in range(BANDS)]


def _permutations() -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    generator = np.random.default_rng(0)
    factors = generator.integers(1, 2**31, BANDS * ROWS, dtype=np.uint64)
    return factors, generator.integers(0, 2**31, BANDS * ROWS, dtype=np.uint64)


_FACTORS, _OFFSETS = _permutations()


def _overlaps(train: Sequence[Case], test: Sequence[Case]) -> list[float]:
    """Return, per test product long enough to have one, the fraction of its word 5-grams that training holds."""
    known = {gram for case in train for gram in _grams(case.user_query)}
    grams = [_grams(case.user_query) for case in test]
    return [sum(gram in known for gram in found) / len(found) for found in grams if found]


def _grams(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold())
    return {tuple(words[i : i + WORDS]) for i in range(len(words) - WORDS + 1)}
