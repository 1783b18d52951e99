"""Plots as SVG text to set into HTML. Text stays text, so it is sharp on paper and drawn by the reader's fonts."""

import io
import re
import warnings
from collections.abc import Sequence
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

INK, ACCENT, FAINT = "#1f2933", "#1d5fa8", "#9aa5b1"
FONTS = "system-ui, 'Noto Sans KR', 'Apple SD Gothic Neo', 'Malgun Gothic', sans-serif"
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "bini",  # the same plot gives the same file
    "font.size": 10,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def intervals(rows: Sequence[tuple[str, float, tuple[float, float] | None]], reference: float | None = None) -> str:
    """Draw one dot per row with its 95 % interval, on an axis from 0 to 1."""
    with rc_context(STYLE):
        figure, axes = _figure(6.4, 0.6 + 0.36 * len(rows))
        for place, (_, value, bounds) in enumerate(rows):
            if bounds is not None:
                axes.plot(bounds, [place, place], color=ACCENT, linewidth=3, alpha=0.35, solid_capstyle="butt")
            axes.plot([value], [place], "o", color=ACCENT, markersize=6)
        if reference is not None:
            axes.axvline(reference, color=FAINT, linewidth=1, linestyle="--")
        axes.set_yticks(range(len(rows)), [label for label, _, _ in rows])
        axes.set(xlim=(-0.02, 1.02), ylim=(len(rows) - 0.5, -0.5))
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        axes.grid(axis="x", alpha=0.25)
        return _svg(figure)


def reliability(bins: Sequence[dict[str, Any]]) -> str:
    """Draw accuracy over confidence per bin, with intervals; the diagonal is honesty."""
    with rc_context(STYLE):
        figure, axes = _figure(4.2, 3.6)
        axes.plot([0, 1], [0, 1], color=FAINT, linewidth=1, linestyle="--")
        for found in bins:
            axes.plot([found["confidence"]] * 2, found["accuracy_ci95"], color=ACCENT, linewidth=3, alpha=0.35)
            axes.plot(
                [found["confidence"]], [found["accuracy"]], "o", color=ACCENT, markersize=3 + found["count"] ** 0.5
            )
        axes.set(xlim=(0, 1.02), ylim=(0, 1.02), xlabel="confidence", ylabel="accuracy")
        return _svg(figure)


def risk_coverage(points: Sequence[dict[str, float]]) -> str:
    """Draw the error among the surest answers over the fraction that is answered."""
    with rc_context(STYLE):
        figure, axes = _figure(4.2, 3.6)
        coverage, error = [p["coverage"] for p in points], [p["error"] for p in points]
        axes.step(coverage, error, where="pre", color=ACCENT, linewidth=2)
        axes.plot(coverage, error, ".", color=ACCENT)
        axes.set(
            xlim=(0, 1.02), ylim=(0, max([0.1, *error]) * 1.1), xlabel="fraction answered", ylabel="error among them"
        )
        axes.grid(alpha=0.25)
        return _svg(figure)


def loss_curve(steps: Sequence[dict[str, Any]]) -> str:
    """Draw the training loss over steps."""
    with rc_context(STYLE):
        figure, axes = _figure(6.4, 2.6)
        axes.plot([s["step"] for s in steps], [s["loss"] for s in steps], color=ACCENT, linewidth=1)
        axes.set(xlabel="step", ylabel="loss per token", yscale="log")
        axes.grid(alpha=0.25)
        return _svg(figure)


def _figure(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.add_subplot()


def _svg(figure: Figure) -> str:
    """Return the figure as an SVG element that scales to its column."""
    buffer = io.StringIO()
    with warnings.catch_warnings():  # a letter that matplotlib's font lacks is drawn by the reader's
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'^<svg([^>]*?) width="[^"]*"', r'<svg\1 width="100%"', text, count=1, flags=re.DOTALL)
    text = re.sub(r'^<svg([^>]*?) height="[^"]*"', r"<svg\1", text, count=1, flags=re.DOTALL)
    return re.sub(r"'DejaVu Sans'(?:, [^;\"]*?sans-serif)?", FONTS.replace("'", "&apos;"), text)
