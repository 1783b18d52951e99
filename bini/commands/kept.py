"""`bini history` and `bini key`: what is kept on this machine, and who may call it from another one."""

import json
from pathlib import Path
from typing import Any

import click

from bini.errors import BiniError

STORE = Path("outputs/history/history.sqlite")
store_option = click.option(
    "--store", type=click.Path(path_type=Path), default=STORE, show_default=True, help="The history file."
)
out_option = click.option("--out", type=click.Path(path_type=Path), required=True, help="Where the rows go (.jsonl).")


@click.group()
def history() -> None:
    """Export or delete all that is kept: assessments, reviews, jobs, library."""


@history.command("export")
@store_option
@out_option
def export_history(store: Path, out: Path) -> None:
    """Write every kept row as a JSON line, the audit log included."""
    from bini.runs import write_text

    opened = _existing(store)
    rows = list(opened.everything())
    opened.log_export("everything", f"{len(rows)} rows")
    write_text(out, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    click.echo(f"{len(rows)} rows in {out}")


@history.command("cases")
@store_option
@out_option
def export_cases(store: Path, out: Path) -> None:
    """Write the wholly reviewed assessments as a cases file that `bini train` takes (data.cases=FILE data.labels=null)."""
    from bini.cases import dump_jsonl
    from bini.runs import write_text

    opened = _existing(store)
    cases, num_partly = opened.reviewed_cases()
    if not cases:
        raise BiniError(
            f"No assessment in {store} is reviewed in every cell ({num_partly} in part).\n"
            "Accept or correct each cell on the page first."
        )
    opened.log_export("reviewed cases", f"{len(cases)} cases")
    write_text(out, dump_jsonl(cases))
    click.echo(f"{len(cases)} cases in {out}; {num_partly} assessments reviewed in part are left out")


@history.command("delete")
@store_option
@click.confirmation_option(prompt="Delete every assessment, review, job and library entry?")
def delete_history(store: Path) -> None:
    """Delete every kept text. The audit log holds none, and stays."""
    click.echo(f"{_existing(store).delete_everything()} assessments deleted")


@click.group()
def key() -> None:
    """Make, list and remove the API keys that `bini serve` asks for beyond loopback."""


@key.command("make")
@click.argument("name")
@store_option
def make_key(name: str, store: Path) -> None:
    """Make a key and show it, once: only its hash is kept."""
    from bini.store import open_store

    click.echo(open_store(store).make_key(name))


@key.command("list")
@store_option
def list_keys(store: Path) -> None:
    """List the keys by id, without their secrets."""
    for one in _existing(store).list_keys():
        click.echo(f"{one.key_id}  {one.created_at[:10]}  {one.name}")


@key.command("remove")
@click.argument("key_id")
@store_option
def remove_key(key_id: str, store: Path) -> None:
    """Remove a key by its id; it opens nothing from now on."""
    _existing(store).remove_key(key_id)
    click.echo(f"{key_id} removed")


def _existing(path: Path) -> Any:
    from bini.store import open_store

    if not path.exists():
        raise BiniError(f"There is no history {path}.\n`bini serve` makes it; --store names another file.")
    return open_store(path)


COMMANDS: tuple[click.Command, ...] = (history, key)
