"""Bring your own cases: from CSV, XLSX, JSONL and JSON into a cases file, and back.

    bini import chart.xlsx --out cases.jsonl --map claim_text="청구항 전문"
    bini export cases.jsonl --out chart.xlsx
    bini template form.xlsx

A table has one row per claim element, as a claim chart has; what belongs to the whole case (claim, product, risk level)
stands in its first row and is left empty below. Read in this order: `form`, `tables`, `reading`, `writing`.
"""

from bini.exchange.form import mapping_of
from bini.exchange.reading import import_cases
from bini.exchange.writing import export_cases, write_template

__all__ = ["export_cases", "import_cases", "mapping_of", "write_template"]
