"""The command line: parse, then import one room. `bini --help` loads neither torch nor vLLM."""

import sys
from pathlib import Path

import click

from bini import __version__
from bini.allocator import start_again_with_tcmalloc
from bini.bytecode import keep_bytecode
from bini.commands import answer, kept, measure, model, texts
from bini.commands.options import overrides_argument, recipe_argument
from bini.errors import BiniError
from bini.faults import explained


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def cli() -> None:
    """BINI: a small language model as a specialist in patent-infringement risk.

    RECIPE is a file of recipes/. KEY=VALUE beats the recipe, for example train.epochs=3. Not legal advice.
    """


@cli.command("recipe")
@recipe_argument
@overrides_argument
def show_recipe(recipe: Path, overrides: tuple[str, ...]) -> None:
    """Print the resolved recipe and what this machine is."""
    from bini.hardware import profile
    from bini.recipe import dump_recipe, load_recipe

    click.echo(dump_recipe(load_recipe(recipe, overrides)), nl=False)
    machine = profile()
    click.echo(f"# machine: {machine.device} ({machine.kind} profile)")
    for reason in machine.reasons:
        click.echo(f"#   {reason}")


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def doctor(as_json: bool) -> int:
    """Look at machine, packages, variables and models, and say what to do; exit code 1 where something is a problem."""
    from bini import doctor as room

    findings = room.doctor()
    click.echo(room.as_json(findings) if as_json else room.render(findings))
    return 1 if room.count(findings, "problem") else 0


for command in (*model.COMMANDS, *measure.COMMANDS, *answer.COMMANDS, *texts.COMMANDS, *kept.COMMANDS):
    cli.add_command(command)


def main() -> None:
    """Run the command line; a BiniError is said without a traceback and exits with 2."""
    keep_bytecode()
    try:
        if sys.argv[1:2] == ["train"]:
            start_again_with_tcmalloc()
        code = cli.main(standalone_mode=False)
    except BiniError as error:
        click.secho(str(error), fg="red", err=True)
        sys.exit(2)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("\nStopped.", err=True)
        sys.exit(130)
    except Exception as error:
        fault = explained(error)  # of the machine: a full disk, a missing permission
        if fault is None:
            raise
        click.secho(str(fault), fg="red", err=True)
        sys.exit(2)
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
