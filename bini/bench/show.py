"""The bench as a table for people and as a plot."""

import io
from collections.abc import Iterator
from typing import Any


def table(result: dict[str, Any]) -> list[str]:
    """Return the lines of the table."""
    return [*_ceilings(result["ceilings"]), *_answering(result), *_training(result["training"])]


def _ceilings(ceilings: dict[str, Any]) -> Iterator[str]:
    if ceilings["status"] != "measured":
        yield f"ceilings       {ceilings['status']}"
        return
    yield (
        f"ceilings       {ceilings['matrix_gflop_per_second']:,.0f} GFLOP/s in {ceilings['dtype']}, reading "
        f"{ceilings['read_gb_per_second']:.1f} and copying {ceilings['copy_gb_per_second']:.1f} GB/s"
    )


def _answering(result: dict[str, Any]) -> Iterator[str]:
    for name in ("guided", "free"):
        figures = result[name]
        yield f"vllm {name:10}{_rates(figures)}"
        if "roofline_fraction" in figures:
            yield (
                f"{'':15}{figures['roofline_fraction']:.1%} of the roofline, {figures['matrix_fraction']:.1%} of the "
                "matrix speed"
            )
    yield (
        f"guided         {result['guided_overhead_fraction']:+.1%} per generated token warm, "
        f"{result['guided_cold_overhead_fraction']:+.1%} the first time; loading {result['load_seconds']:.0f} s; "
        f"{result['same_answers_fraction']:.0%} of answers the same again"
    )
    for name, peer in result["peers"].items():
        if peer["status"] != "measured":
            yield f"{name:15}{peer['status']}"
            continue
        yield f"{name:15}{_rates(peer['guided'])}"
        yield (
            f"{'':15}vLLM is {peer['vllm_times_as_fast']:.2f} times as fast; {peer['equal_answers_fraction']:.0%} of "
            "answers are letter for letter vLLM's"
        )


def _rates(figures: dict[str, Any]) -> str:
    return (
        f"{figures['assessments_per_second']:.2f} assessments/s, {figures['generated_tokens_per_second']:.0f} generated and "
        f"{figures['prompt_tokens_per_second']:.0f} prompt tokens/s (spread {figures['spread_fraction']:.1%} over "
        f"{len(figures['pass_seconds'])})"
    )


def _training(rows: dict[str, Any]) -> Iterator[str]:
    for name, row in rows.items():
        label = f"training {name:6}"
        if row["status"] != "measured":
            yield f"{label}{row['status']}"
            continue
        line = f"{label}{row['tokens_per_second']:.0f} tokens/s (spread {row['spread_fraction']:.1%} over {row['steps']} steps)"
        if "matrix_fraction" in row:
            line += (
                f", {row['matrix_fraction']:.1%} of the matrix speed; memory planned "
                f"{row['planned_of_measured_memory']:.2f} of measured"
            )
        yield line


def draw(result: dict[str, Any]) -> str:
    """Return a plot as SVG: assessments per second, a dot per pass."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    from bini.report.plots import ACCENT, STYLE

    rows = [("vLLM, guided", result["guided"]), ("vLLM, free", result["free"])]
    rows += [(f"{name}, guided", p["guided"]) for name, p in result["peers"].items() if p["status"] == "measured"]
    with rc_context(STYLE):
        figure = Figure(figsize=(6.4, 0.8 + 0.4 * len(rows)), layout="constrained")
        axes = figure.subplots()
        for place, (_, figures) in enumerate(rows):
            speeds = [result["cases"] / seconds for seconds in figures["pass_seconds"]]
            axes.plot(speeds, [place] * len(speeds), "o", color=ACCENT, alpha=0.6)
        axes.set_yticks(range(len(rows)), [label for label, _ in rows])
        axes.set(xlabel="assessments per second", ylim=(len(rows) - 0.5, -0.5))
        axes.set_xlim(left=0)
        axes.grid(axis="x", alpha=0.25)
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()
