"""Commands about texts and tables: claims, hints, corpus, import, export, template."""

from pathlib import Path

import click

from bini.commands.options import FILE, glossary_option


@click.command()
@click.argument("source", metavar="FILE|TEXT")
@click.option("--with-parents", is_flag=True, help="Give a dependent claim the elements of its parents, too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a claim.")
def claims(source: str, with_parents: bool, as_json: bool) -> None:
    """Split claims into numbered elements, Korean or English; every element is a slice of the text."""
    from bini.claims import read_claims, render
    from bini.claims import with_parents as chained

    found = read_claims(source)
    if with_parents:
        pairs = zip(found, chained(found), strict=True)
        found = [claim.model_copy(update={"elements": elements}) for claim, elements in pairs]
    if as_json:
        click.echo("\n".join(claim.model_dump_json() for claim in found))
    else:
        click.echo("\n\n".join(render(claim) for claim in found))


@click.command()
@click.option("--claim", required=True, help="The patent claim, or @FILE.")
@click.option("--product", required=True, help="The product description, or @FILE.")
@click.option("--regit-num", default="-", help="The patent's number, for aliases that hold in that patent only.")
@glossary_option
@click.option("--json", "as_json", is_flag=True, help="Print the rule's assessment as JSON.")
def hints(claim: str, product: str, regit_num: str, as_json: bool) -> None:
    """Explain what code alone finds about each element: names, numbers, denials. No model."""
    from bini.facts import case_from_terminal, explanation, rule_assessment

    case = case_from_terminal(claim, product, regit_num)
    click.echo(rule_assessment(case).model_dump_json() if as_json else explanation(case))


@click.command()
@click.argument("recipe", type=FILE)
@click.option("--out", type=FILE, help="Folder of the files; without it the recipe's.")
@click.option("--accept", is_flag=True, help="Write new hashes where the rows were changed on purpose.")
def corpus(recipe: Path, out: Path | None, accept: bool) -> None:
    """Make the labelled corpus of RECIPE, check its gates, verify its hashes."""
    from bini.corpus.build import build_corpus

    build_corpus(recipe, out, accept)


@click.command("import")
@click.argument("file", type=FILE)
@click.option("--out", type=FILE, required=True, help="The cases file to write (.jsonl).")
@click.option("--map", "maps", multiple=True, metavar="FIELD=COLUMN", help="Your name of a field's column; repeatable.")
@click.option("--ignore", multiple=True, metavar="COLUMN", help="A column to leave out; repeatable.")
@click.option("--labels", type=FILE, help="Labels of the paired form (.jsonl).")
def import_table(file: Path, out: Path, maps: tuple[str, ...], ignore: tuple[str, ...], labels: Path | None) -> None:
    """Read cases from CSV, XLSX, JSONL or JSON; every wrong cell is named with row and column."""
    from bini.exchange import import_cases, mapping_of

    cases = import_cases(file, out, mapping_of(maps), ignore, labels)
    click.echo(f"{out}: {len(cases)} cases, {sum(case.label is not None for case in cases)} with labels")


@click.command("export")
@click.argument("cases", type=FILE)
@click.option("--out", type=FILE, required=True, help=".csv, .xlsx or .jsonl")
@click.option("--labels", type=FILE, help="Labels of the paired form (.jsonl).")
def export_table(cases: Path, out: Path, labels: Path | None) -> None:
    """Write cases to a table that survives Excel, one row per claim element."""
    from bini.cases import load_cases
    from bini.exchange import export_cases

    export_cases(load_cases(cases, labels), out)
    click.echo(out)


@click.command()
@click.argument("file", type=FILE)
def template(file: Path) -> None:
    """Write a form to fill in (.csv or .xlsx), with an example."""
    from bini.exchange import write_template

    write_template(file)
    click.echo(file)


COMMANDS: tuple[click.Command, ...] = (claims, hints, corpus, import_table, export_table, template)
