"""The command line: parse, then import one room. `bini --help` loads neither torch nor vLLM."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from bini import __version__
from bini.errors import BiniError
from bini.faults import explained
from bini.history_commands import history, key, store_option

recipe_argument = click.argument("recipe", type=click.Path(path_type=Path))
overrides_argument = click.argument("overrides", nargs=-1, metavar="[KEY=VALUE]...")
FILE = click.Path(path_type=Path)


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
@recipe_argument
@overrides_argument
@click.option("--out", type=FILE, default=Path("data/processed"), show_default=True, help="Where the files go.")
def data(recipe: Path, overrides: tuple[str, ...], out: Path) -> None:
    """Validate a recipe's cases, report their distribution, write the joined cases and the training rows."""
    from bini.prepare import prepare

    prepare(_recipe(recipe, overrides), out)


@cli.command()
@recipe_argument
@overrides_argument
@click.option("--preview", is_flag=True, help="Show the first row, its supervised part in ⟦ ⟧, and stop.")
def train(recipe: Path, overrides: tuple[str, ...], preview: bool) -> None:
    """Fine-tune the recipe's base model; a killed run goes on where it was."""
    from bini.train import preview_row
    from bini.train import train as train_adapter

    if preview:
        click.echo(preview_row(_recipe(recipe, overrides)))
    else:
        train_adapter(_recipe(recipe, overrides))


@cli.command()
@recipe_argument
@overrides_argument
def merge(recipe: Path, overrides: tuple[str, ...]) -> None:
    """Merge the adapter onto its 16-bit base and prove that both answer alike."""
    from bini.merge import merge as merge_adapter

    merge_adapter(_recipe(recipe, overrides))


@cli.command("eval")
@recipe_argument
@overrides_argument
@click.option("--cases", type=FILE, help="A cases file; without it the recipe's.")
@click.option("--labels", type=FILE, help="Labels of the paired form; without it the cases carry their own.")
@click.option("--out", type=FILE, help="Where the results go; without it outputs/<run>/eval/<cases>.")
@click.option("--model", help="A model folder or embedded:NAME instead of the run's merged model.")
@click.option("--free/--no-free", default=None, help="Also one pass without guidance, or not.")
@click.option("--probabilities", is_flag=True, help="Also how likely each grade is: calibration and abstention.")
@click.option("--flips", is_flag=True, help="Also ask again, alone and in a batch, and count other answers.")
@click.option("--final", is_flag=True, help="A final test: read once per model, and every look is written down.")
def evaluate(
    recipe: Path,
    overrides: tuple[str, ...],
    cases: Path | None,
    labels: Path | None,
    out: Path | None,
    model: str | None,
    free: bool | None,
    probabilities: bool,
    flips: bool,
    final: bool,
) -> None:
    """Score the tuned model on a cases file: predictions.jsonl, report.html, metrics.json, a summary."""
    if free is not None:
        overrides = (*overrides, f"evaluation.free={str(free).lower()}")
    if probabilities:
        overrides = (*overrides, "calibration.score=true")
    resolved = _recipe(recipe, overrides)
    from bini.evaluate import evaluate as run_evaluation

    run_evaluation(resolved, cases, labels, out, model, is_final=final, with_flips=flips)


@cli.command()
@recipe_argument
@click.argument("others", nargs=-1, metavar="[RECIPE]... [KEY=VALUE]...")
@click.option("--cases", type=FILE, help="A cases file; without it the recipe's.")
@click.option("--labels", type=FILE, help="Labels of the paired form; without it the cases carry their own.")
@click.option("--model", "models", multiple=True, help="Also this model: a folder, embedded:NAME or a hub id.")
@click.option("--endpoint", "endpoints", multiple=True, help="Also this server: URL#MODEL, OpenAI-compatible.")
@click.option("--decoding", type=click.Choice(["guided", "free"]), help="Only this one.")
@click.option("--prompt", type=click.Choice(["zero-shot", "few-shot"]), help="Only this one, for untuned models.")
def compare(recipe: Path, others: tuple[str, ...], decoding: str | None, prompt: str | None, **what: Any) -> None:
    """Compare tuned and untuned models and baselines on the same cases, with paired statistics."""
    overrides = tuple(text for text in others if "=" in text)
    files = [recipe, *(Path(text) for text in others if "=" not in text)]
    resolved = [_recipe(file, overrides) for file in files]
    from bini.compare import compare as run_comparison

    run_comparison(
        resolved,
        what["cases"],
        what["labels"],
        what["models"],
        what["endpoints"],
        decodings=(decoding,) if decoding else ("guided", "free"),  # type: ignore[arg-type]  # click has checked it
        shots=(prompt,) if prompt else ("zero-shot", "few-shot"),  # type: ignore[arg-type]
    )


@cli.command()
@recipe_argument
@overrides_argument
@click.option("--folds", type=click.IntRange(2), default=5, show_default=True, help="Parts, stratified by grade.")
@click.option("--leave-one-group-out", is_flag=True, help="A fold per group instead.")
@click.option("--seeds", default="", help="Several seeds, such as 1,2,3; without it the recipe's.")
def crossval(recipe: Path, overrides: tuple[str, ...], folds: int, leave_one_group_out: bool, seeds: str) -> None:
    """Train and score on other cases, fold by fold: the number that is about new products."""
    _recipe(recipe, overrides)
    from bini.crossval import crossval as run_crossval

    numbers = _seeds(seeds)
    run_crossval(recipe, overrides, None if leave_one_group_out else folds, numbers)


@cli.command()
@recipe_argument
@overrides_argument
@click.option("--cases", type=FILE, required=True, help="Development cases with labels, not trained on.")
@click.option("--labels", type=FILE, help="Labels of the paired form; without it the cases carry their own.")
def calibrate(recipe: Path, overrides: tuple[str, ...], cases: Path, labels: Path | None) -> None:
    """Fit the temperature of the run's probabilities on development cases."""
    resolved = _recipe(recipe, overrides)
    from bini.calibrate import calibrate as fit

    fit(resolved, cases, labels)


@cli.command()
@recipe_argument
@overrides_argument
def card(recipe: Path, overrides: tuple[str, ...]) -> None:
    """Write the model card beside the adapter: training, measurements, limits."""
    resolved = _recipe(recipe, overrides)
    from bini.card import write_card

    write_card(resolved)


@cli.command()
@click.argument("train", type=FILE)
@click.argument("test", type=FILE)
@click.option("--train-labels", type=FILE, help="Labels of TRAIN, where it is in the paired form.")
@click.option("--test-labels", type=FILE, help="Labels of TEST, where it is in the paired form.")
def leaks(train: Path, test: Path, train_labels: Path | None, test_labels: Path | None) -> int:
    """Say whether cases of TEST are in TRAIN, word for word or nearly; the exit code is 1 where they are."""
    from bini.cases import load_cases
    from bini.leaks import find_leaks

    report = find_leaks(load_cases(train, train_labels), load_cases(test, test_labels))
    for leak in report.leaks[:20]:
        click.echo(
            f"{leak.kind:10} {leak.test_case} ~ {leak.train_case}"
            + (f" {leak.similarity:.1%}" if leak.similarity else "")
        )
    click.echo(report.words())
    click.echo(json.dumps(report.as_dict(), ensure_ascii=False))
    return 1 if report.leaks else 0


@cli.command()
@recipe_argument
@overrides_argument
@click.option("--product", required=True, help="The product description, or @FILE.")
@click.option("--claim", help="The patent claim, or @FILE.")
@click.option("--regit-num", help="A patent number among the recipe's cases, instead of --claim.")
@click.option("--model", help="A model folder or embedded:NAME instead of the run's merged model.")
@click.option("--export", type=FILE, help="Also write the chart to a file: .docx .xlsx .pdf .csv .html .json.")
@click.option("--json", "as_json", is_flag=True, help="Print the assessment as JSON.")
def assess(recipe: Path, overrides: tuple[str, ...], product: str, as_json: bool, **where: Any) -> None:
    """Answer one case: claim chart, risk level and reason."""
    resolved = _recipe(recipe, overrides)
    from bini.one_case import answer_one_case, chart

    assessment = answer_one_case(resolved, product, **where)
    click.echo(json.dumps(assessment.model_dump(mode="json"), ensure_ascii=False) if as_json else chart(assessment))


@cli.command()
@recipe_argument
@overrides_argument
@click.option("--host", default="127.0.0.1", show_default=True, help="Beyond loopback an API key is asked for.")
@click.option("--port", default=8000, show_default=True)
@click.option("--model", help="A model folder or embedded:NAME instead of the run's merged model.")
@click.option("--upstream", metavar="URL", help="A vLLM elsewhere; without it one is started here.")
@store_option
def serve(
    recipe: Path,
    overrides: tuple[str, ...],
    host: str,
    port: int,
    model: str | None,
    upstream: str | None,
    store: Path,
) -> None:
    """Open the page and the API: vLLM on loopback, the gateway in front of it."""
    resolved = _recipe(recipe, overrides)
    from bini.serve import serve as run_server

    run_server(resolved, host, port, model, upstream, store)


@cli.command()
@recipe_argument
@overrides_argument
@click.option("--model", help="A model folder or embedded:NAME instead of the run's merged model.")
@click.option("--peers/--no-peers", default=True, show_default=True, help="Also transformers, llama.cpp, plain TRL.")
@click.option("--training/--no-training", default=True, show_default=True, help="Also a few steps of training.")
@click.option("--online", is_flag=True, help="Instead: latency of the server under 1, 4 and 16 clients.")
@click.option("--goodput-seconds", default=3.0, show_default=True, help="With --online: the limit of a good answer.")
@click.option("--against", type=FILE, help="An earlier bench.json: is the difference real?")
@click.option("--measured", is_flag=True, help="With --against: compare the result that is there, measure nothing.")
def bench(recipe: Path, overrides: tuple[str, ...], model: str | None, **what: Any) -> None:
    """Measure answering and training beside the machine's ceilings and beside peers, in one run."""
    resolved = _recipe(recipe, overrides)
    from bini.bench.command import run_bench

    run_bench(resolved, model, **what)


@cli.command("plan")
@recipe_argument
@overrides_argument
@click.option("--gpu", default="rtx-2000-ada", show_default=True, help="The card to plan for.")
def plan_recipe(recipe: Path, overrides: tuple[str, ...], gpu: str) -> None:
    """Estimate memory and time of training and serving on a GPU; refuse what cannot fit."""
    resolved = _recipe(recipe, overrides)
    from bini.plan import plan

    plan(resolved, gpu)


def _seeds(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise BiniError(f"--seeds {text!r}: expected whole numbers, such as 1,2,3.") from error


@cli.command()
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


@cli.command()
@click.option("--claim", required=True, help="The patent claim, or @FILE.")
@click.option("--product", required=True, help="The product description, or @FILE.")
@click.option("--regit-num", default="-", help="The patent's number, for aliases that hold in that patent only.")
@click.option("--json", "as_json", is_flag=True, help="Print the rule's assessment as JSON.")
def hints(claim: str, product: str, regit_num: str, as_json: bool) -> None:
    """Explain what code alone finds about each element: names, numbers, denials. No model."""
    from bini.facts import case_from_terminal, explanation, rule_assessment

    case = case_from_terminal(claim, product, regit_num)
    click.echo(rule_assessment(case).model_dump_json() if as_json else explanation(case))


@cli.command()
@click.argument("products", type=FILE)
@overrides_argument
@click.option("--patents", type=FILE, required=True, help="Table of regit_num, claim_text (.csv, .xlsx, .jsonl).")
@click.option("--out", type=FILE, required=True, help="Results (.jsonl, .csv, .xlsx), riskiest first.")
@click.option("--recipe", type=FILE, help="Without it this machine's default recipe.")
@click.option("--model", help="A model folder or embedded:NAME instead of the run's merged model.")
def screen(
    products: Path, overrides: tuple[str, ...], patents: Path, out: Path, recipe: Path | None, model: str | None
) -> None:
    """Answer products x patents from two tables; a killed batch goes on where it was."""
    from bini.hardware import profile

    default = "gemma3-1b-lora" if recipe is None and profile().kind == "gpu" else "gemma3-270m-cpu"
    resolved = _recipe(recipe or Path(f"recipes/{default}.yaml"), overrides)
    from bini.screen import screen as run_screen

    run_screen(resolved, products, patents, out, model)


@cli.command()
@click.argument("recipe", type=FILE)
@click.option("--out", type=FILE, help="Folder of the files; without it the recipe's.")
@click.option("--accept", is_flag=True, help="Write new hashes where the rows were changed on purpose.")
def corpus(recipe: Path, out: Path | None, accept: bool) -> None:
    """Make the labelled corpus of RECIPE, check its gates, verify its hashes."""
    from bini.corpus.build import build_corpus

    build_corpus(recipe, out, accept)


@cli.command("import")
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


@cli.command("export")
@click.argument("cases", type=FILE)
@click.option("--out", type=FILE, required=True, help=".csv, .xlsx or .jsonl")
@click.option("--labels", type=FILE, help="Labels of the paired form (.jsonl).")
def export_table(cases: Path, out: Path, labels: Path | None) -> None:
    """Write cases to a table that survives Excel, one row per claim element."""
    from bini.cases import load_cases
    from bini.exchange import export_cases

    export_cases(load_cases(cases, labels), out)
    click.echo(out)


@cli.command("export-gguf")
@recipe_argument
@overrides_argument
@click.option("--out", type=FILE, help="Without it outputs/<run>/model.gguf.")
@click.option("--precision", type=click.Choice(["bf16", "f16", "q8_0"]), default="bf16", show_default=True)
def export_to_gguf(recipe: Path, overrides: tuple[str, ...], out: Path | None, precision: Any) -> None:
    """Write the run's merged model as GGUF, for llama.cpp, and read it back."""
    resolved = _recipe(recipe, overrides)
    from bini.engine import model_folder
    from bini.gguf_export import export_gguf
    from bini.runs import run_of

    export_gguf(Path(model_folder(resolved)), out or run_of(resolved).folder / "model.gguf", precision)


@cli.command()
@click.argument("file", type=FILE)
def template(file: Path) -> None:
    """Write a form to fill in (.csv or .xlsx), with an example."""
    from bini.exchange import write_template

    write_template(file)
    click.echo(file)


@cli.command()
@recipe_argument
@overrides_argument
@click.option("--attacks", type=FILE, default=Path("data/injection/attacks.jsonl"), show_default=True)
@click.option("--out", type=FILE, help="Where the results go; without it outputs/<run>/injection.")
@click.option("--model", help="A model folder or embedded:NAME instead of the run's merged model.")
def injection(recipe: Path, overrides: tuple[str, ...], attacks: Path, out: Path | None, model: str | None) -> None:
    """Measure whether product texts that give orders move the grade or break the answer's form."""
    resolved = _recipe(recipe, overrides)
    from bini.injection import injection as measure

    measure(resolved, attacks, out, model)


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def doctor(as_json: bool) -> int:
    """Look at machine, packages, variables and models, and say what to do; exit code 1 where something is a problem."""
    from bini import doctor as room

    findings = room.doctor()
    click.echo(room.as_json(findings) if as_json else room.render(findings))
    return 1 if room.count(findings, "problem") else 0


@cli.command()
@click.argument("cases", type=FILE)
@click.option("--labels", type=FILE, help="Labels of the paired form (.jsonl).")
@click.option("--all", "with_all", is_flag=True, help="Also settle by numbers and by other materials in a role.")
@click.option("--out", type=FILE, help="Write the settled pairs, each with its reason and quote (.jsonl).")
def prefilter(cases: Path, labels: Path | None, with_all: bool, out: Path | None) -> None:
    """Say which pairs code alone settles as 낮음, and how many of them wrongly where CASES have labels. No model."""
    from bini.cases import load_cases
    from bini.prefilter import ALL_REASONS, SURE_REASONS
    from bini.prefilter import prefilter as settle

    settle(load_cases(cases, labels), ALL_REASONS if with_all else SURE_REASONS, out)


cli.add_command(history)
cli.add_command(key)


@cli.command()
@recipe_argument
@overrides_argument
def publish(recipe: Path, overrides: tuple[str, ...]) -> None:
    """Write the run's adapter to outputs/published/, small enough for a repository."""
    resolved = _recipe(recipe, overrides)
    from bini.publish import publish as publish_adapter

    publish_adapter(resolved)


def _recipe(path: Path, overrides: tuple[str, ...]) -> Any:
    from bini.quiet import quiet
    from bini.recipe import load_recipe

    quiet()
    return load_recipe(path, overrides)


def main() -> None:
    """Run the command line; a BiniError is said without a traceback and exits with 2."""
    try:
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
