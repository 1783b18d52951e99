"""Cases in the written form become labelled cases; each fault of a writer is named."""

import pytest
from written_cases import read

GOOD = """claim 화학
T 수지 및 안료를 포함하는 도료.
E 수지
E 안료
P 레진에 색가루를 섞은 칠.
= 대응 | 레진
= 대응 | 색가루
P 레진만 든 칠. 색은 없다.
= 대응 | 레진
= 미대응 | 색은 없다
P 레진이 든 칠.
= 대응 | 레진
= 판단불가 | -
"""


def test_a_claim_with_three_products_becomes_three_cases():
    cases, faults = read(GOOD, "W")
    assert faults == [] and [case["label"]["risk_level"] for case in cases] == ["높음", "낮음", "애매"]
    assert cases[2]["label"]["comparisons"][1] == {
        "patent_element": "안료", "user_product_element": None, "match": "판단불가",
    }  # fmt: skip
    assert [case["case_id"] for case in cases] == ["W01a", "W01b", "W01c"] and cases[0]["group"] == "W01"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("E 수지", "E 왁스", "no slice of the claim: 왁스"),
        ("대응 | 색가루", "대응 | 물감", "no slice of the product: 물감"),
        ("= 대응 | 색가루\n", "", "1 marks for 2 elements"),
        ("대응 | 색가루", "대응 | -", "대응 without a quote"),
        ("대응 | 색가루", "있음 | 색가루", "no mark: 있음"),
        ("= 미대응 | 색은 없다", "= 대응 | 색은 없다", "grades"),
        ("claim 화학\n", "claim 화학\nX 무엇\n", "no line of the brief's form"),
    ],
)
def test_a_fault_is_named(old, new, says):
    assert any(says in fault for fault in read(GOOD.replace(old, new, 1), "W")[1])
