"""HTML: one page that needs nothing else, laid out for print; every value is escaped."""

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bini.exports.sheet import Sheet


def render(sheets: Sequence[Sheet]) -> bytes:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("chart.html.jinja").render(sheets=sheets).encode("utf-8")
