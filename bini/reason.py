"""The reason of an assessment, composed in code: which elements decided, and by which words of the product."""

from collections.abc import Sequence

from bini.rules import mark_of
from bini.schema import ElementFinding, RiskLevel


def composed_reason(findings: Sequence[ElementFinding], level: RiskLevel) -> str:
    """Return a Korean sentence or two that say which elements decided and by which words of the product."""
    decisive = {"낮음": ("미대응",), "애매": ("균등", "판단불가"), "높음": ("대응",)}[level]
    clauses = [_clause(i, finding) for i, finding in enumerate(findings, 1) if mark_of(finding) in decisive]
    verdict = {
        "낮음": "구성요소 완비의 원칙상 침해 위험이 낮다.",
        "애매": "확인되기 전에는 침해 여부를 단정할 수 없다.",
        "높음": "모든 구성요소를 갖추어 침해 위험이 높다.",
    }[level]
    return f"{', '.join(clauses)}. {verdict}"


def _clause(number: int, finding: ElementFinding) -> str:
    quote = finding.user_product_element
    words = {
        "대응": "에 나타나 있다",
        "균등": "에서 문언을 조금 벗어나 균등 여부를 검토해야 한다",
        "미대응": "에 비추어 갖추지 않았다",
        "판단불가": "만으로는 알 수 없다",
    }
    mark = mark_of(finding)
    if quote is None:
        return f"구성 {number}은 제품 설명에 " + ("없다" if mark in ("미대응", "균등") else "언급이 없어 알 수 없다")
    return f"구성 {number}은 제품의 '{quote}'" + words[mark]
