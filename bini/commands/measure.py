"""Commands that measure: eval, compare, crossval, leaks, bench, injection, prefilter."""

import json
from pathlib import Path
from typing import Any

import click

from bini.commands.options import FILE, overrides_argument, recipe_argument, resolved_recipe
from bini.errors import BiniError


@click.command("eval")
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
@click.option("--rescore", is_flag=True, help="Do not ask the model: read what it wrote the last time by today's code.")
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
    rescore: bool,
) -> None:
    """Score the tuned model on a cases file: predictions.jsonl, report.html, metrics.json, a summary."""
    if free is not None:
        overrides = (*overrides, f"evaluation.free={str(free).lower()}")
    if probabilities:
        overrides = (*overrides, "calibration.score=true")
    resolved = resolved_recipe(recipe, overrides)
    from bini.evaluate import evaluate as run_evaluation

    run_evaluation(resolved, cases, labels, out, model, is_final=final, with_flips=flips, rescore=rescore)


@click.command()
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
    resolved = [resolved_recipe(file, overrides) for file in files]
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


@click.command()
@recipe_argument
@overrides_argument
@click.option("--folds", type=click.IntRange(2), default=5, show_default=True, help="Parts, stratified by grade.")
@click.option("--leave-one-group-out", is_flag=True, help="A fold per group instead.")
@click.option("--seeds", default="", help="Several seeds, such as 1,2,3; without it the recipe's.")
def crossval(recipe: Path, overrides: tuple[str, ...], folds: int, leave_one_group_out: bool, seeds: str) -> None:
    """Train and score on other cases, fold by fold: the number that is about new products."""
    resolved_recipe(recipe, overrides)
    from bini.crossval import crossval as run_crossval

    numbers = _seeds(seeds)
    run_crossval(recipe, overrides, None if leave_one_group_out else folds, numbers)


@click.command()
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


@click.command()
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
    resolved = resolved_recipe(recipe, overrides)
    from bini.bench.command import run_bench

    run_bench(resolved, model, **what)


def _seeds(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise BiniError(f"--seeds {text!r}: expected whole numbers, such as 1,2,3.") from error


@click.command()
@recipe_argument
@overrides_argument
@click.option("--attacks", type=FILE, default=Path("data/injection/attacks.jsonl"), show_default=True)
@click.option("--out", type=FILE, help="Where the results go; without it outputs/<run>/injection.")
@click.option("--model", help="A model folder or embedded:NAME instead of the run's merged model.")
def injection(recipe: Path, overrides: tuple[str, ...], attacks: Path, out: Path | None, model: str | None) -> None:
    """Measure whether product texts that give orders move the grade or break the answer's form."""
    resolved = resolved_recipe(recipe, overrides)
    from bini.injection import injection as measure

    measure(resolved, attacks, out, model)


@click.command()
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


COMMANDS: tuple[click.Command, ...] = (evaluate, compare, crossval, leaks, bench, injection, prefilter)
