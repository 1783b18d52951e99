"""Commands that make a model: data, train, merge, calibrate, card, publish, plan, export-gguf."""

from pathlib import Path
from typing import Any

import click

from bini.commands.options import FILE, overrides_argument, recipe_argument, resolved_recipe


@click.command()
@recipe_argument
@overrides_argument
@click.option("--out", type=FILE, default=Path("data/processed"), show_default=True, help="Where the files go.")
def data(recipe: Path, overrides: tuple[str, ...], out: Path) -> None:
    """Validate a recipe's cases, report their distribution, write the joined cases and the training rows."""
    from bini.prepare import prepare

    prepare(resolved_recipe(recipe, overrides), out)


@click.command()
@recipe_argument
@overrides_argument
@click.option("--preview", is_flag=True, help="Show the first row, its supervised part in ⟦ ⟧, and stop.")
def train(recipe: Path, overrides: tuple[str, ...], preview: bool) -> None:
    """Fine-tune the recipe's base model; a killed run goes on where it was."""
    from bini.train import preview_row
    from bini.train import train as train_adapter

    if preview:
        click.echo(preview_row(resolved_recipe(recipe, overrides)))
    else:
        train_adapter(resolved_recipe(recipe, overrides))


@click.command()
@recipe_argument
@overrides_argument
def merge(recipe: Path, overrides: tuple[str, ...]) -> None:
    """Merge the adapter onto its 16-bit base and prove that both answer alike."""
    from bini.merge import merge as merge_adapter

    merge_adapter(resolved_recipe(recipe, overrides))


@click.command()
@recipe_argument
@overrides_argument
@click.option(
    "--cases",
    type=FILE,
    required=True,
    multiple=True,
    help="Development cases with labels, not trained on; repeatable.",
)
@click.option("--labels", type=FILE, help="Labels of the paired form; without it the cases carry their own.")
@click.option("--rescore", is_flag=True, help="Do not ask the model: use what `bini eval` on these cases kept.")
def calibrate(
    recipe: Path, overrides: tuple[str, ...], cases: tuple[Path, ...], labels: Path | None, rescore: bool
) -> None:
    """Fit the weights and the temperature of the run's probabilities on development cases."""
    resolved = resolved_recipe(recipe, overrides)
    from bini.calibrate import calibrate as fit

    fit(resolved, *cases, labels_file=labels, rescore=rescore)


@click.command()
@recipe_argument
@overrides_argument
def card(recipe: Path, overrides: tuple[str, ...]) -> None:
    """Write the model card beside the adapter: training, measurements, limits."""
    resolved = resolved_recipe(recipe, overrides)
    from bini.card import write_card

    write_card(resolved)


@click.command("plan")
@recipe_argument
@overrides_argument
@click.option("--gpu", default="rtx-2000-ada", show_default=True, help="The card to plan for.")
def plan_recipe(recipe: Path, overrides: tuple[str, ...], gpu: str) -> None:
    """Estimate memory and time of training and serving on a GPU; refuse what cannot fit."""
    resolved = resolved_recipe(recipe, overrides)
    from bini.plan import plan

    plan(resolved, gpu)


@click.command("export-gguf")
@recipe_argument
@overrides_argument
@click.option("--out", type=FILE, help="Without it outputs/<run>/model.gguf.")
@click.option("--precision", type=click.Choice(["bf16", "f16", "q8_0"]), default="bf16", show_default=True)
def export_to_gguf(recipe: Path, overrides: tuple[str, ...], out: Path | None, precision: Any) -> None:
    """Write the run's merged model as GGUF, for llama.cpp, and read it back."""
    resolved = resolved_recipe(recipe, overrides)
    from bini.engine import model_folder
    from bini.gguf_export import export_gguf
    from bini.runs import run_of

    export_gguf(Path(model_folder(resolved)), out or run_of(resolved).folder / "model.gguf", precision)


@click.command()
@recipe_argument
@overrides_argument
def publish(recipe: Path, overrides: tuple[str, ...]) -> None:
    """Write the run's adapter to outputs/published/, small enough for a repository."""
    resolved = resolved_recipe(recipe, overrides)
    from bini.publish import publish as publish_adapter

    publish_adapter(resolved)


COMMANDS: tuple[click.Command, ...] = (data, train, merge, calibrate, card, plan_recipe, export_to_gguf, publish)
