"""Commands that answer: assess, serve, screen."""

import json
from pathlib import Path
from typing import Any

import click

from bini.commands.kept import store_option
from bini.commands.options import FILE, glossary_option, overrides_argument, recipe_argument, resolved_recipe
from bini.errors import BiniError


@click.command()
@recipe_argument
@overrides_argument
@click.option("--product", required=True, help="The product description, or @FILE.")
@click.option("--claim", help="The patent claim, or @FILE.")
@click.option("--regit-num", help="A patent number among the recipe's cases, instead of --claim.")
@click.option("--model", help="A model folder or embedded:NAME instead of the run's merged model.")
@glossary_option
@click.option("--export", type=FILE, help="Also write the chart to a file: .docx .xlsx .pdf .csv .html .json.")
@click.option("--json", "as_json", is_flag=True, help="Print the assessment as JSON.")
def assess(recipe: Path, overrides: tuple[str, ...], product: str, as_json: bool, **where: Any) -> None:
    """Answer one case: claim chart, risk level and reason."""
    resolved = resolved_recipe(recipe, overrides)
    from bini.one_case import answer_one_case, chart

    assessment = answer_one_case(resolved, product, **where)
    click.echo(json.dumps(assessment.model_dump(mode="json"), ensure_ascii=False) if as_json else chart(assessment))


@click.command()
@recipe_argument
@overrides_argument
@click.option("--host", default="127.0.0.1", show_default=True, help="Beyond loopback an API key is asked for.")
@click.option("--port", default=8000, show_default=True)
@click.option("--model", help="A model folder or embedded:NAME instead of the run's merged model.")
@click.option("--upstream", metavar="URL", help="A vLLM or a router elsewhere; without it one is started here.")
@click.option("--vllm-only", is_flag=True, help="No page, no gateway: vLLM alone, as one of several behind a router.")
@glossary_option
@store_option
def serve(
    recipe: Path,
    overrides: tuple[str, ...],
    host: str,
    port: int,
    model: str | None,
    upstream: str | None,
    vllm_only: bool,
    store: Path,
) -> None:
    """Open the page and the API: vLLM on loopback, the gateway in front of it."""
    resolved = resolved_recipe(recipe, overrides)
    if vllm_only:
        if upstream is not None:
            raise BiniError("--vllm-only starts a vLLM, --upstream asks one that is there: give one of the two.")
        from bini.serve.upstream import become_vllm

        become_vllm(resolved, host, port, model)
    from bini.serve import serve as run_server

    run_server(resolved, host, port, model, upstream, store)


@click.command()
@click.argument("products", type=FILE)
@overrides_argument
@click.option("--patents", type=FILE, required=True, help="Table of regit_num, claim_text, in any of these formats.")
@click.option(
    "--out", type=FILE, required=True, help="Results, riskiest first: .jsonl, .csv, .xlsx; .parquet: a folder."
)
@click.option("--recipe", type=FILE, help="Without it this machine's default recipe.")
@click.option("--model", help="A model folder or embedded:NAME instead of the run's merged model.")
@glossary_option
@click.option("--skip-settled", is_flag=True, help="Ask no model where code alone settles a pair: see bini prefilter.")
@click.option("--retry-failed", is_flag=True, help="Ask anew what an earlier call found no answer for.")
@click.option(
    "--ray",
    metavar="[ADDRESS]",
    is_flag=False,
    flag_value="local",
    help="Answer on a Ray cluster; without ADDRESS one on this machine.",
)
@click.option("--workers", type=click.IntRange(1), help="With --ray: engines; without it one a GPU or 8 cores.")
def screen(
    products: Path, overrides: tuple[str, ...], patents: Path, out: Path, recipe: Path | None, **how: Any
) -> None:
    """Answer products x patents from two tables (.csv, .xlsx, .jsonl, .parquet); a killed batch goes on where it was."""
    from bini.hardware import profile

    default = "gemma3-1b-lora" if recipe is None and profile().kind == "gpu" else "gemma3-270m-cpu"
    resolved = resolved_recipe(recipe or Path(f"recipes/{default}.yaml"), overrides)
    from bini.screen import screen as run_screen

    run_screen(resolved, products, patents, out, **how)


COMMANDS: tuple[click.Command, ...] = (assess, serve, screen)
