"""Pairs: every product against every claim, made one at a time, each with an id of its own.

A pair's id is a hash of product, claim and model, so a changed text or model is another pair, and everything else is not
asked twice.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Protocol

from bini.cases import elements_for
from bini.schema import Case, Record
from bini.store.history import input_hash
from bini.store.nouns import JobPatent, JobProduct, Origin


class Products(Protocol):
    """A list of products, or a table that is read anew each time."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[JobProduct]: ...


class Pair(Record):
    """One product against one claim, answered by one model."""

    pair_id: str
    product_id: str
    case: Case
    input_sha256: str


class Pairs:
    """Every product against every claim, product by product, in the tables' order."""

    def __init__(self, products: Products, patents: Sequence[JobPatent], origin: Origin) -> None:
        self.products = products
        self.patents = [_with_elements(patent) for patent in patents]
        self.origin = origin

    def __len__(self) -> int:
        return len(self.products) * len(self.patents)

    def __iter__(self) -> Iterator[Pair]:
        return (_pair(product, patent, self.origin) for product in self.products for patent in self.patents)


def chunks(pairs: Iterable[Pair], size: int) -> Iterator[list[Pair]]:
    """Yield pairs in lists of `size`; the last may be shorter."""
    left = iter(pairs)
    while chunk := list(islice(left, size)):
        yield chunk


def _with_elements(patent: JobPatent) -> JobPatent:
    claim = _case(JobProduct(product_id="", user_query="x"), patent)
    return patent.model_copy(update={"elements": elements_for(claim)})


def _pair(product: JobProduct, patent: JobPatent, origin: Origin) -> Pair:
    case = _case(product, patent)
    asked = input_hash(case)
    parts = [product.product_id, patent.regit_num, asked, origin.model_version, origin.prompt_sha256]
    pair_id = hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:24]
    return Pair(pair_id=pair_id, product_id=product.product_id, case=case, input_sha256=asked)


def _case(product: JobProduct, patent: JobPatent) -> Case:
    return Case(
        case_id=product.product_id or "claim",
        regit_num=patent.regit_num,
        claim_text=patent.claim_text,
        user_query=product.user_query,
        elements=patent.elements,
    )
