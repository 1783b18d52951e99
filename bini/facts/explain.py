"""`bini hints`: what code finds about one product and one claim, for the terminal."""

from bini.cases import elements_for, text_or_file
from bini.facts.about import facts_about
from bini.facts.fact import Fact
from bini.facts.rule import rule_assessment
from bini.schema import Case


def case_from_terminal(claim: str, product: str, regit_num: str) -> Case:
    """Return the case of a claim and a product, each as text or as @FILE."""
    return Case(
        case_id="terminal",
        regit_num=regit_num.strip() or "—",
        claim_text=text_or_file(claim, "--claim"),
        user_query=text_or_file(product, "--product"),
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
