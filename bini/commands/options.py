"""Arguments that many commands share."""

from pathlib import Path
from typing import Any

import click

recipe_argument = click.argument("recipe", type=click.Path(path_type=Path))
overrides_argument = click.argument("overrides", nargs=-1, metavar="[KEY=VALUE]...")
FILE = click.Path(path_type=Path)


def resolved_recipe(path: Path, overrides: tuple[str, ...]) -> Any:
    """Return the recipe with its overrides, and quiet the stack before any of it is imported."""
    from bini.quiet import quiet
    from bini.recipe import load_recipe

    quiet()
    return load_recipe(path, overrides)
