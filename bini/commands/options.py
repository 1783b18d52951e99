"""Arguments that many commands share."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

recipe_argument = click.argument("recipe", type=click.Path(path_type=Path))
overrides_argument = click.argument("overrides", nargs=-1, metavar="[KEY=VALUE]...")
FILE = click.Path(path_type=Path)
OWN_GLOSSARY = "BINI_GLOSSARY"  # bini.glossary.OWN_FILE, said again: `bini --help` does not load that room


def _put_in_force(context: click.Context, _: click.Parameter, path: Path | None) -> None:
    """Let a user's own glossary hold for this command and the processes that it starts."""
    if path is not None:
        context.with_resource(_variable(OWN_GLOSSARY, str(path.resolve())))


@contextlib.contextmanager
def _variable(name: str, value: str) -> Iterator[None]:
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        del os.environ[name]
        if before is not None:
            os.environ[name] = before


glossary_option = click.option(
    "--glossary",
    type=FILE,
    envvar=OWN_GLOSSARY,
    show_envvar=True,
    expose_value=False,
    callback=_put_in_force,
    help="Your own names (.csv), beside the shipped ones.",
)


def resolved_recipe(path: Path, overrides: tuple[str, ...]) -> Any:
    """Return the recipe with its overrides, and quiet the stack before any of it is imported."""
    from bini.quiet import quiet
    from bini.recipe import load_recipe

    quiet()
    return load_recipe(path, overrides)
