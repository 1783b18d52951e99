"""A claim as a plain-text table, one numbered line per element."""

from bini.claims.nouns import Claim

TRANSITIONS = {
    "open": "open (others may be added)",
    "closed": "closed (nothing else)",
    "semi": "closed to what matters",
}


def render(claim: Claim) -> str:
    """Writes the claim as a table: number, kind and text of each element, under a line on the claim itself."""
    facts = [
        f"Claim {claim.number}" if claim.number is not None else "Claim",
        "method" if claim.is_method else "product",
        TRANSITIONS[claim.transition] + (f': "{claim.transition_text}"' if claim.transition_text else ""),
    ]
    if claim.depends_on:
        facts.append("refers to claim " + ", ".join(str(number) for number in claim.depends_on))
    width = len(str(len(claim.elements)))
    rows = [
        f"{place:>{width + 2}}  {element.kind:<8}  {' '.join(element.text.split())}"
        for place, element in enumerate(claim.elements, 1)
    ]
    return "\n".join([" · ".join(facts), *rows])
