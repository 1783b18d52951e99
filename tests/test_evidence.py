"""What code says of a quote: numbers against a claimed range, kinds of goods; and what that does to an answer."""

import pytest
from conftest import ScriptedEngine

from bini.assess import assess
from bini.facts import facts_about, subjects_of
from bini.facts.evidence import (
    clauses_with_its_number,
    lacks_its_number,
    mark_by_arithmetic,
    mark_by_denial,
    mark_by_kind,
    mark_by_name,
)
from bini.rules import mark_of
from bini.schema import BY_CODE, Case

RATE = "표시부의 주사율이 59 내지 135 Hz"


def case_of(element, product, claim="표시부의 주사율이 59 내지 135 Hz인 표시 장치."):
    return Case(case_id="c", regit_num="1", claim_text=claim, user_query=product, elements=(element,))


def arithmetic(element, quote, product=None):
    found = mark_by_arithmetic(element, "1", quote, facts_about(case_of(element, product or quote))[0])
    return found and found[0]


@pytest.mark.parametrize(
    ("element", "quote", "mark"),
    [
        (RATE, "화면 주사율은 142.6 Hz", "균등"),  # 7.6 of 76: near
        (RATE, "화면 주사율은 240 Hz", "미대응"),
        (RATE, "화면 주사율은 120 Hz", "대응"),
        (RATE, "화면 주사율은 0.12 kHz", "대응"),
        ("냉각 유로의 폭이 10.7 내지 19.7 mm", "하우징 두께가 0.4 mm", "판단불가"),  # of another thing
        ("건조 온도 70 내지 147 ℃", "바르는 속도를 20 m/min", "판단불가"),  # no temperature at all
        ("신뢰도의 임계값 0.56 내지 0.79", "확신 점수 커트라인이 0.56", None),  # a number that is not read
        ("CPU 및 FPGA 중 적어도 하나의 연산 소자", "CPU", None),  # "at least one" asks for no number
        ("ATBC", "ATBC 2%", None),
        ("왁스 10 내지 20중량%", "밀랍을 통 하나에 14 g 녹였고", None),  # of a whole that is not told
        ("왁스 10 내지 20중량%", "100 g 반죽에 밀랍이 14 g", "대응"),
        ("왁스 10 내지 20중량%", "1 kg당 왁스 300 g", "미대응"),
        ("펠릿의 지름이 1.5 내지 3 mm", "10 kg 한 포에 1만 4천 원", "판단불가"),  # a price measures nothing
        ("50 to 60 grooves cut into the rim", "the rim has 54 grooves", None),  # counted: nobody knows the unit
        ("행을 100 내지 5,000행씩 나누어", "이천 건씩이 아니라 천 건씩 끊어", None),  # in words
        ("두 액이 1:1로 나오는", "두 액이 같은 양씩 나와요", None),
        ("두 액이 1:1로 나오는", "두 액이 나와요", "판단불가"),
        ("a radio of the 5 GHz band", "devices join over 5 GHz", None),  # a bound word that is none
    ],
)
def test_quoted_numbers_are_compared_with_the_claimed_range(element, quote, mark):
    assert arithmetic(element, quote) == mark


def test_a_quote_without_a_number_is_no_reason_where_the_product_gives_it_elsewhere():
    assert arithmetic("필름의 두께가 20 내지 40 ㎛", "PU 필름", "PU 필름이다. 필름의 두께는 30 ㎛이다.") is None
    assert arithmetic("필름의 두께가 20 내지 40 ㎛", "PU 필름", "PU 필름이다.") == "판단불가"


def test_a_number_is_sought_where_the_claimed_thing_is_named():
    element = "염화나트륨 6 내지 9중량%"
    clauses = ["주정을 3% 넣었고", "소금은 100 g에 8 g", "향이 좋습니다"]
    assert lacks_its_number(element, "1", clauses[2]) and not lacks_its_number(element, "1", clauses[0])
    assert clauses_with_its_number(element, "1", clauses) == ["소금은 100 g에 8 g"]
    assert clauses_with_its_number(element, "1", [clauses[0], clauses[2]]) == [clauses[0]]  # nothing better
    assert clauses_with_its_number("염화나트륨", "1", clauses) == []  # it claims none


@pytest.mark.parametrize(
    ("element", "quote", "mark"),
    [
        ("소듐벤조에이트 함유", "나이트로셀룰로오스를 9.6% 포함", "판단불가"),
        ("소듐벤조에이트 함유", "소듐벤조애이트를 포함", None),  # a slip of spelling
        ("소듐벤조에이트 불포함", "나이트로셀룰로오스를 포함", None),
        ("내시경", "기관지경", None),  # no substance: another word may well mean it
    ],
)
def test_a_substance_that_nobody_names_is_not_there_for_sure(element, quote, mark):
    found = mark_by_name(element, "1", quote, facts_about(case_of(element, quote, "성분을 포함하는 조성물."))[0])
    assert (found and found[0]) == mark


def test_words_that_deny_the_claimed_thing_are_no_proof_of_it():
    element, quote = "a torque sensor that measures pedalling force", "there is no torque sensor"
    facts = facts_about(case_of(element, f"Assistance is set by a cadence sensor only; {quote}.", "An e-bike."))[0]
    assert mark_by_denial(element, "1", quote, facts) is not None
    assert mark_by_denial(element, "1", "set by a cadence sensor only", facts) is None


@pytest.mark.parametrize(
    ("element", "quote", "mark"),
    [
        ("일차전지", "고분자 전해질 연료전지", "미대응"),
        ("연료전지", "고분자 전해질 연료전지", None),
        ("화장료 조성물", "수분 크림", None),
        ("일차전지", "알 수 없는 물건", None),
        ("겔형 방향제", "젤리 향 제품", None),  # smells of it
        ("겔형 방향제", "포도 젤리", "미대응"),
        ("An anti-dandruff shampoo", "Detergent base: ammonium salt, 110 g per kg", None),  # a part of it
    ],
)
def test_goods_of_another_kind_are_not_the_claims_subject(element, quote, mark):
    found = mark_by_kind(element, quote)
    assert (found and found[0]) == mark


def test_the_claims_subject_is_told_from_its_limitations():
    case = Case(
        case_id="c",
        regit_num="1",
        claim_text="전극을 포함하는 일차전지.",
        user_query="x",
        elements=("전극", "일차전지"),
    )
    assert subjects_of(case) == [False, True]


def test_an_answer_is_held_to_its_quotes_where_code_may_decide(recipe):
    product = "화면 주사율은 142.6 Hz입니다. 그 밖의 사양은 미정입니다."
    text = '{"1":["화면 주사율은 142.6 Hz","대응"],"risk_level":"높음"}'
    decided = recipe.model_copy(update={"answer": recipe.answer.model_copy(update={"facts": "decided"})})
    case = case_of(RATE, product)
    found = assess([case], ScriptedEngine(text), decided)[0].assessment
    assert mark_of(found.comparisons[0]) == "균등" and found.risk_level == "애매"
    assert found.comparisons[0].note.startswith(BY_CODE) and "범위 밖" in found.comparisons[0].note
    assert found.comparisons[0].user_product_element == "화면 주사율은 142.6 Hz"
    assert assess([case], ScriptedEngine(text), recipe)[0].assessment.risk_level == "높음"  # facts ignored
    open_mark = text.replace('"대응"', '"판단불가"')
    assert mark_of(assess([case], ScriptedEngine(open_mark), decided)[0].assessment.comparisons[0]) == "판단불가"
