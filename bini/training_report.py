"""TRAINING_REPORT.md and loss.png: the curve, the settings, the data and the time of one training run."""

import io
from pathlib import Path
from typing import Any

from bini.runs import write_bytes, write_text


def write_training_report(folder: Path, details: dict[str, Any]) -> None:
    """Write both files into the run folder from run.json's content."""
    write_bytes(folder / "loss.png", _plot(details))
    write_text(folder / "TRAINING_REPORT.md", _markdown(details))


def _plot(details: dict[str, Any]) -> bytes:
    """Return the loss curve as PNG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 3.2), layout="constrained")
    axes = figure.add_subplot()
    steps = details["steps"]
    axes.plot([s["step"] for s in steps], [s["loss"] for s in steps], linewidth=1)
    axes.set(xlabel="step", ylabel="loss per supervised token", yscale="log", title=details["recipe"])
    axes.grid(alpha=0.3)
    content = io.BytesIO()
    figure.savefig(content, dpi=120)
    return content.getvalue()


def _markdown(details: dict[str, Any]) -> str:
    machine = details["environment"]["machine"]
    pairs, files = details.get("pairs", 0), details.get("pairs_files", [])
    facts = {
        "base model": details["base_model"] + (f" @ {details['revision']}" if details["revision"] else ""),
        "cases": f"{details['cases_file']} ({details['rows'] - pairs} rows, content {details['cases_hash'][:12]})",
        **({"of them composed of pairs": str(details["composed"])} if details.get("composed") else {}),
        **(
            {"pairs of the second look": f"{pairs}, of the cases' cells and {', '.join(files) or 'no file'}"}
            if pairs
            else {}
        ),
        "tokens per epoch": f"{details['tokens']}, {details['supervised_tokens']} of them supervised",
        "longest row": f"{details['longest_row_tokens']} tokens",
        "trainable parameters": f"{details['trainable_parameters']:,}",
        "time": f"{details['training_seconds'] / 60:.1f} min in the last process",
        "machine": f"{machine['device']}, {machine['kind']} profile, {machine['dtype']}",
        "seed": details["seed"],
        "prompt": details["prompt_hash"][:12],
        "versions": ", ".join(f"{name} {version}" for name, version in details["environment"]["versions"].items()),
    }
    rows = "".join(
        f"| {e['epoch']} | {e['loss']:.4f} | {'' if e['token_accuracy'] is None else format(e['token_accuracy'], '.3f')} |\n"
        for e in details["epochs"]
    )
    return (
        f"# Training report: {details['recipe']}\n\n"
        + "".join(f"- {name}: {value}\n" for name, value in facts.items())
        + "\n![loss](loss.png)\n\n| epoch | loss | token accuracy |\n|---|---|---|\n"
        + rows
        + "\nThe resolved settings are in `recipe.yaml`, every step's loss in `run.json`.\n"
    )
