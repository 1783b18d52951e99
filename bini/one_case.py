"""`bini assess`: one product, one claim, one readable claim chart."""

from pathlib import Path

from rich.console import Console
from rich.table import Table

from bini.assess import DISCLAIMER, assess
from bini.cases import load_cases, text_or_file
from bini.engine import Engine, model_folder
from bini.errors import BiniError
from bini.exports import export_file, format_name_of
from bini.glossary.in_force import glossary
from bini.recipe import Recipe, as_written
from bini.schema import Assessment, Case
from bini.store.history import kept_now
from bini.store.origin import origin_of

SIGNS = {"대응": "O", "미대응": "X", "판단불가": "△"}


def answer_one_case(
    recipe: Recipe,
    product: str,
    claim: str | None = None,
    regit_num: str | None = None,
    model: str | None = None,
    export: Path | None = None,
) -> Assessment:
    """Return the assessment of a product against a claim; `export` is a file to write it to (.docx, .pdf, …).

    Raises:
        BiniError: neither or both of claim and regit_num, an unknown number, no model, or an answer not to be parsed.
    """
    case = _case(recipe, text_or_file(product, "--product"), claim, regit_num)
    if export is not None:
        format_name_of(export)  # said before a model is loaded
    glossary()  # a faulty cell of the user's own, too
    folder = model_folder(recipe, model)
    if model is not None:
        recipe = as_written(recipe)
    with Engine(folder, recipe) as engine:
        prediction = assess([case], engine, recipe)[0]
    if prediction.assessment is None:
        raise BiniError(
            f"The model gave no answer that could be read: {prediction.error}.\nIt wrote: {prediction.raw_text[:300]!r}"
        )
    if export is not None:
        export_file([kept_now(case, prediction.assessment, origin_of(recipe, folder))], export)
    return prediction.assessment


def chart(assessment: Assessment) -> str:
    """Return the assessment as a table for the terminal."""
    table = Table(title=f"구성대비표 · {assessment.regit_num}", show_lines=True)
    for column in ("구성", "청구항", "제품", "판단"):
        table.add_column(column, overflow="fold")
    for number, finding in enumerate(assessment.comparisons, start=1):
        mark = f"{SIGNS[finding.match]} {finding.match}" + "".join(f"\n{flag}" for flag in finding.flags)
        mark += f"\n{finding.note}" if finding.note else ""
        table.add_row(str(number), finding.patent_element, finding.user_product_element or "—", mark)
    console = Console(width=110)
    with console.capture() as capture:
        console.print(table)
        console.print(f"위험도: [bold]{assessment.risk_level}[/bold]{_how_likely(assessment)}")
        console.print(f"이유: {assessment.decision_reason}", markup=False)
        if assessment.deciding_element:
            console.print(f"결정 구성: {assessment.deciding_element}", markup=False)
        for question in assessment.missing_information:
            console.print(f"필요한 정보: {question}", markup=False)
        console.print(DISCLAIMER, style="dim", markup=False)
    return capture.get()


def _how_likely(assessment: Assessment) -> str:
    shares = [f"{level} {p:.0%}" for level, p in (assessment.risk_probabilities or {}).items()]
    return f"  (확률: {' · '.join(shares)})" if shares else ""


def _case(recipe: Recipe, product: str, claim: str | None, regit_num: str | None) -> Case:
    if (claim is None) == (regit_num is None):
        raise BiniError("Say which claim: either --claim TEXT (or @FILE), or --regit-num N of the recipe's cases.")
    if claim is not None:
        text = text_or_file(claim, "--claim")
        return Case(case_id="terminal", regit_num=regit_num or "—", claim_text=text, user_query=product)
    known = {case.regit_num: case for case in load_cases(recipe.data.cases, recipe.data.labels)}
    if regit_num not in known:
        raise BiniError(f"{recipe.data.cases} holds no patent {regit_num}. It holds: {', '.join(sorted(known))}.")
    return known[regit_num].model_copy(update={"case_id": "terminal", "user_query": product})
