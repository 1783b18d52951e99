"""Cases files: products and claims in, with or without labels, validated once and with every error named.

Two forms are read, wherever a command takes cases:

    cases file (.jsonl)   {"case_id", "regit_num", "claim_text", "elements"?, "user_query", "label"?, "group"?, "tags"?}
    paired form           a .json list of {"regit_num", "claim_text", "user_query"}, and a labels file (.jsonl) of
                          {"regit_num", "comparisons": [{"patent_element", "user_product_element", "match"}],
                           "risk_level", "decision_reason"}, one line per case in the same order
"""

import difflib
import hashlib
import json
import random
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from bini.errors import BiniError, raise_all
from bini.quotes import find_quote
from bini.recipe import Recipe
from bini.rules import mark_of, marks_of, risk_level
from bini.schema import MATCHES, RISK_LEVELS, Case, ElementFinding, Label

Noun = TypeVar("Noun", Case, Label)


@dataclass(frozen=True)
class Row:
    """One JSON object of a file and the line it starts on."""

    line: int
    value: Any


def load_cases(path: Path, labels: Path | None = None) -> list[Case]:
    """Return the cases of a file, joined with their labels where the paired form is used.

    Raises:
        BiniError: every wrong line of the files, with line, field and remedy, in one message.
    """
    rows, errors = _rows(path)
    if not rows and not errors:
        errors.append(f"{path}: the file holds no case. Expected at least one {{regit_num, claim_text, user_query}}.")
    values = [(row.line, _with_case_id(row.value, path, i)) for i, row in enumerate(rows)]
    if labels is not None:
        values = _joined(path, values, labels, errors)
    cases = [case for line, value in values if (case := _parsed(Case, value, f"{path}:{line}", errors))]
    if not errors:
        errors += _conflicts(path, cases, [line for line, _ in values])
    raise_all(errors)
    return cases


def text_or_file(argument: str, option: str) -> str:
    """Return what the terminal gave for an option: the argument, or the content of the file behind @.

    Raises:
        BiniError: the file cannot be read, or there is no text.
    """
    text = argument
    if argument.startswith("@"):
        try:
            text = Path(argument[1:]).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise BiniError(f"{option} {argument}: the file cannot be read ({error}). Expected UTF-8 text.") from error
    if not text.strip():
        raise BiniError(f"{option} is empty. Give the text, or @FILE.")
    return text.strip()


def training_cases(recipe: Recipe) -> list[Case]:
    """Return what a recipe trains on: its cases, and as many of its corpus as it asks for, drawn by its seed."""
    corpus = corpus_cases(recipe)
    wanted = min(recipe.data.max_corpus_cases or len(corpus), len(corpus))
    return own_cases(recipe) + random.Random(recipe.seed).sample(corpus, wanted)


def cases_as_read(recipe: Recipe) -> list[Case]:
    """Return the cases of one epoch: `training_cases`, those that are not the corpus's as often as the recipe says."""
    return training_cases(recipe) + own_cases(recipe) * (recipe.data.repeat_cases - 1)


def own_cases(recipe: Recipe) -> list[Case]:
    """Return a recipe's cases, data.cases and data.more_cases.

    Raises:
        BiniError: a file that is wrong or not there.
    """
    more = [case for path in recipe.data.more_files for case in load_cases(path)]
    return load_cases(recipe.data.cases, recipe.data.labels) + more


def corpus_cases(recipe: Recipe) -> list[Case]:
    """Return every case of a recipe's corpus.

    Raises:
        BiniError: it has not been made.
    """
    if lacking := [str(path) for path in recipe.data.corpus_files if not path.exists()]:
        raise BiniError(f"There is no corpus {', '.join(lacking)}.\nMake it with: bini corpus data/corpus/corpus.yaml")
    return [case for path in recipe.data.corpus_files for case in load_cases(path)]


def elements_for(case: Case) -> tuple[str, ...]:
    """Return the claim elements of a case: its own, else its label's, else the split claim."""
    if case.elements is not None:
        return case.elements
    if case.label is not None:
        return tuple(comparison.patent_element for comparison in case.label.comparisons)
    from bini.claims import elements_of

    return elements_of(case.claim_text)


def warnings_about(cases: Iterable[Case]) -> list[str]:
    """Return what a person should look at in labelled cases, though it is no error."""
    found = []
    for case in cases:
        if case.label is None:
            continue
        for comparison in case.label.comparisons:
            quote = comparison.user_product_element
            if quote is not None and find_quote(quote, case.user_query) is None:
                found.append(f"{case.case_id}: the product text does not hold {quote!r}; such an answer is rejected.")
        marks = marks_of(case.label)
        findings = [
            comparison.model_copy(update={"flags": ("균등 검토",)}) if mark == "균등" else comparison
            for comparison, mark in zip(case.label.comparisons, marks, strict=True)
        ]
        if (by_rule := risk_level(findings)) != case.label.risk_level:
            found.append(f"{case.case_id}: risk_level is {case.label.risk_level}, its marks give {by_rule}.")
    return found


def distribution(cases: Iterable[Case]) -> dict[str, dict[str, int]]:
    """Return how often each risk level, match and number of elements occurs in labelled cases."""
    labels = [case.label for case in cases if case.label is not None]
    matches = Counter[str](mark_of(comparison) for label in labels for comparison in label.comparisons)
    return {
        "risk_level": {level: sum(label.risk_level == level for label in labels) for level in RISK_LEVELS},
        "match": {match: matches[match] for match in (*MATCHES, "균등") if match in MATCHES or matches[match]},
        "elements": {str(n): c for n, c in sorted(Counter(len(label.comparisons) for label in labels).items())},
    }


def dump_jsonl(records: Iterable[BaseModel]) -> str:
    """Return records as JSON lines, without keys that say nothing."""
    return "".join(record.model_dump_json(exclude_defaults=True, exclude_none=False) + "\n" for record in records)


def content_hash(cases: Iterable[Case]) -> str:
    """Return the SHA-256 of what the cases say, whatever file or form they came in."""
    digest = hashlib.sha256()
    for case in cases:
        digest.update(case.model_dump_json(exclude={"case_id", "tags"}).encode())
    return digest.hexdigest()


def _rows(path: Path) -> tuple[list[Row], list[str]]:
    if not path.is_file():
        raise BiniError(f"There is no cases file {path}.\nExpected .jsonl with one case a line, or a .json list.")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BiniError(f"{path}: byte {error.start} is not UTF-8. Save the file as UTF-8.") from error
    errors: list[str] = []
    rows = list(_list_rows(path, text, errors) if text.lstrip().startswith("[") else _line_rows(path, text, errors))
    return rows, errors


def _line_rows(path: Path, text: str, errors: list[str]) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield Row(number, json.loads(line))
            except (ValueError, RecursionError) as error:
                errors.append(f"{path}:{number}: not JSON ({error}). Expected one object a line.")


def _list_rows(path: Path, text: str, errors: list[str]) -> Iterator[Row]:
    """Yield the items of a JSON list, each with its line; items after the first broken one cannot be told apart."""
    decoder = json.JSONDecoder()
    at = text.index("[") + 1
    while True:
        at += len(text[at:]) - len(text[at:].lstrip(" \t\r\n,"))
        line = text.count("\n", 0, at) + 1
        if text.startswith("]", at):
            return
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            errors.append(f"{path}:{line}: not JSON ({error}). Expected a list of objects that ends with ].")
            return
        yield Row(line, value)


def _with_case_id(value: Any, path: Path, index: int) -> Any:
    return {"case_id": f"{path.stem}-{index + 1:04}"} | value if isinstance(value, dict) else value


def _joined(path: Path, values: list[tuple[int, Any]], labels: Path, errors: list[str]) -> list[tuple[int, Any]]:
    label_rows, label_errors = _rows(labels)
    errors += label_errors
    if len(label_rows) != len(values):
        errors.append(
            f"{path} holds {len(values)} cases and {labels} {len(label_rows)} labels. "
            "Expected one label per case, in the same order."
        )
    joined = []
    for (line, value), row in zip(values, label_rows, strict=False):
        label = _parsed(Label, row.value, f"{labels}:{row.line}", errors)
        if label is not None and isinstance(value, dict):
            if label.regit_num != value.get("regit_num"):
                errors.append(
                    f"{labels}:{row.line}: regit_num: found {label.regit_num!r}, but the case at {path}:{line} "
                    f"has {value.get('regit_num')!r}. Put both files in the same order."
                )
            value = value | {"label": label}
        joined.append((line, value))
    return joined if len(label_rows) == len(values) else values


def _parsed(noun: type[Noun], value: Any, where: str, errors: list[str]) -> Noun | None:
    try:
        return noun.model_validate(value)
    except ValidationError as error:
        errors += [f"{where}: {_explained(noun, problem)}" for problem in error.errors()]
        return None


def _explained(noun: type[BaseModel], problem: Any) -> str:
    field = ".".join(str(part) for part in problem["loc"])
    found = problem["input"]
    match problem["type"]:
        case "missing":
            return f"{field}: missing. Add it."
        case "extra_forbidden":
            known = [*Case.model_fields, *Label.model_fields, *ElementFinding.model_fields]
            near = difflib.get_close_matches(str(problem["loc"][-1]), known, n=1)
            return f"{field}: unknown field." + (f" Did you mean {near[0]}?" if near else " Remove it.")
        case "literal_error":
            return f"{field}: found {found!r}; expected {problem['ctx']['expected']}."
        case "string_too_short" | "too_short":
            return f"{field}: empty. Fill it in."
        case "model_type" | "model_attributes_type":
            return f"{field or 'row'}: found {type(found).__name__}; expected an object with {', '.join(noun.model_fields)}."
        case _:
            return f"{field}: {problem['msg']} (found {str(found)[:60]!r})."


def _conflicts(path: Path, cases: list[Case], lines: list[int]) -> Iterator[str]:
    """Yield duplicates, and labels whose elements are not the case's."""
    ids: dict[str, int] = {}
    texts: dict[tuple[str, ...], int] = {}
    for case, line in zip(cases, lines, strict=True):
        if (first := ids.setdefault(case.case_id, line)) != line:
            yield f"{path}:{line}: case_id: {case.case_id!r} is also on line {first}. Give each case its own."
        pair = tuple(
            unicodedata.normalize("NFC", text) for text in (case.claim_text, case.user_query, *(case.elements or ()))
        )
        if (first := texts.setdefault(pair, line)) != line:
            yield f"{path}:{line}: the same claim and product as on line {first}. Remove one."
        if case.label is not None:
            if case.label.regit_num != case.regit_num:
                yield f"{path}:{line}: label.regit_num: found {case.label.regit_num!r}; the case has {case.regit_num!r}."
            labelled = tuple(comparison.patent_element for comparison in case.label.comparisons)
            if case.elements is not None and labelled != case.elements:
                yield f"{path}:{line}: label.comparisons: their patent_element are not the case's elements, in order."
