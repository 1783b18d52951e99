"""`bini hints`: what code finds about one product and one claim, for the terminal."""

from pathlib import Path

from bini.cases import elements_for
from bini.errors import BiniError
from bini.facts.about import facts_about
from bini.facts.fact import Fact
from bini.facts.rule import rule_assessment
from bini.schema import Case


def case_from_terminal(claim: str, product: str, regit_num: str) -> Case:
    """Return the case of a claim and a product, each as text or as @FILE."""
    return Case(
        case_id="terminal",
        regit_num=regit_num.strip() or "—",
        claim_text=_text(claim, "--claim"),
        user_query=_text(product, "--product"),
    )


def explanation(case: Case) -> str:
    """Return each element with its facts, and the grade that the rule alone gives."""
    lines = []
    for number, (element, facts) in enumerate(zip(elements_for(case), facts_about(case), strict=True), start=1):
        lines.append(f"{number}. {' '.join(element.split())}")
        lines += [f"   {_line(fact)}" for fact in facts]
    assessment = rule_assessment(case)
    lines.append(f"규칙만으로 본 위험도: {assessment.risk_level} (법률 자문이 아닙니다)")
    return "\n".join(lines)


def _line(fact: Fact) -> str:
    sure = "확실" if fact.is_decided else "추정"
    quote = f" «{fact.quote}»" if fact.quote else ""
    return f"{fact.mark or '—':<5} {sure}  {fact.kind:<24}{quote} {fact.note}".rstrip()


def _text(argument: str, option: str) -> str:
    text = argument
    if argument.startswith("@"):
        try:
            text = Path(argument[1:]).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise BiniError(f"{option} {argument}: the file cannot be read ({error}). Expected UTF-8 text.") from error
    if not text.strip():
        raise BiniError(f"{option} is empty. Give the text, or @FILE.")
    return text.strip()
