"""`bini data`: validate a recipe's cases, say what is in them, write the joined cases and the training rows.

In: data/raw/seeds/seed_cases.json and data/processed/train.jsonl (or what the recipe names).
Out: cases.jsonl (the working form) and sft_train.jsonl (chat rows), both made anew each time.
"""

import json
from pathlib import Path

import click

from bini.cases import cases_as_read, content_hash, distribution, dump_jsonl, training_cases, warnings_about
from bini.recipe import Recipe
from bini.runs import write_text
from bini.sft import chat_rows


def prepare(recipe: Recipe, out: Path) -> None:
    """Validate, report, write. Raises BiniError with every fault of the files."""
    cases = training_cases(recipe)
    for warning in warnings_about(cases):
        click.secho(f"warning: {warning}", fg="yellow", err=True)
    labelled = [case for case in cases if case.label is not None]
    write_text(out / "cases.jsonl", dump_jsonl(cases))
    rows = chat_rows([case for case in cases_as_read(recipe) if case.label is not None], recipe)
    write_text(out / "sft_train.jsonl", "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    click.echo(f"{recipe.data.cases}: {len(cases)} cases, {len(labelled)} labelled, content {content_hash(cases)[:12]}")
    for name, counts in distribution(cases).items():
        click.echo(f"  {name:11} " + "  ".join(f"{key} {count}" for key, count in counts.items()))
    click.echo(f"{out}/cases.jsonl, {out}/sft_train.jsonl")
