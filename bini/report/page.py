"""Templates to text: HTML with every value escaped, Markdown with its table bars escaped."""

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined


def render(template: str, **context: Any) -> str:
    """Return the text of a template of this room; a name that the context lacks is an error."""
    environment = Environment(
        loader=PackageLoader("bini", "report"),
        autoescape=template.endswith(".html.jinja"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "percent": percent,
        "interval": interval,
        "number": number,
        "cell": markdown_cell,
        "shade": shade,
        "pvalue": p_value,
    }
    return environment.get_template(template).render(**context)


def percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def number(value: float | None, digits: int = 3) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def p_value(value: float) -> str:
    return "< 0.0001" if value < 0.0001 else f"{value:.4f}"


def interval(bounds: tuple[float, float] | None) -> str:
    return "–" if bounds is None else f"{bounds[0]:.1%} to {bounds[1]:.1%}"


def markdown_cell(value: object) -> str:
    """Return a value that does not break a Markdown table."""
    return str(value).replace("|", "\\|").replace("\n", " ")


def shade(count: int, total: int) -> str:
    """Return how dark a cell of a confusion matrix is, 0 to 0.85."""
    return f"{0.85 * count / total:.2f}" if total else "0"
