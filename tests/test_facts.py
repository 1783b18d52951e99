"""Facts: what code alone says of a claim element, in five industries and in the ways people write."""

import random
import subprocess
import sys
import time

import pytest
from conftest import REPOSITORY
from hypothesis import given, settings
from hypothesis import strategies as st

from bini.cases import elements_for, load_cases
from bini.errors import BiniError
from bini.facts import decided_mark, explanation, facts_about, hints_for, rule_assessment, verdict
from bini.facts.baseline import score
from bini.facts.cues import read_status
from bini.quotes import find_quote
from bini.rules import mark_of, marks_of
from bini.schema import Case

SEEDS = load_cases(REPOSITORY / "data/raw/seeds/seed_cases.json", REPOSITORY / "data/processed/train.jsonl")
MARKS = {"L": "대응", "E": "균등", "N": "미대응", "U": "판단불가"}


def case(product: str, *elements: str, claim: str = "청구항.", regit_num: str = "1020000000000") -> Case:
    return Case(case_id="c", regit_num=regit_num, claim_text=claim, user_query=product, elements=elements)


def marks(product: str, *elements: str, claim: str = "청구항.") -> str:
    """The rule's marks as letters."""
    letters = {mark: letter for letter, mark in MARKS.items()}
    found = rule_assessment(case(product, *elements, claim=claim)).comparisons
    return "".join(letters[mark_of(finding)] for finding in found)


def test_words_between_hidden_characters_are_read_and_quoted_as_they_are_given():
    plain = "비타민C 15% 앰플입니다. 아세틸트리부틸시트레이트는 넣지 않았습니다."
    hidden = "\u200b\u2060\xad".join(plain)
    asked = case(hidden, "아세틸트리부틸시트레이트(ATBC)")
    [finding] = rule_assessment(asked).comparisons
    assert finding.match == "미대응" == rule_assessment(case(plain, *asked.elements)).comparisons[0].match
    assert finding.user_product_element and finding.user_product_element in hidden


def test_a_claim_with_hidden_characters_keeps_its_elements():
    claim = "ATBC 10 내지 25 중량% \u200b및 글리세린을 포함하는 미백용 화장료 조성물."  # plain, it falls into one more
    asked = Case(case_id="c", regit_num="1", claim_text=claim, user_query="ATBC 12% 미백 앰플")
    assert len(facts_about(asked)) == len(elements_for(asked))


@pytest.mark.parametrize(
    ("element", "product", "letter"),
    [
        # substances: alias, number, translation, species, genus, denial, open, collision, salt, another
        ("나이아신아마이드", "니코틴아마이드 2% 세럼", "L"),
        ("나이아신아마이드", "CAS 98-92-0 2%", "L"),
        ("나이아신아마이드", "a serum with niacinamide", "L"),
        ("나이아신아마이드", "나이아신아마이드는 안 넣고 알부틴을 넣은 크림", "N"),
        ("나이아신아마이드", "나이아신아마이드를 처방에서 뺐어요", "N"),
        ("나이아신아마이드", "나이아신아마이드 대신 알부틴 2%를 썼다", "N"),
        ("나이아신아마이드", "free of niacinamide and parabens", "N"),
        ("나이아신아마이드", "It contains no niacinamide.", "N"),
        ("나이아신아마이드", "niacinamide is not used in this toner", "N"),
        ("나이아신아마이드", "제외: 파라벤, 나이아신아마이드", "N"),
        ("나이아신아마이드", "파라벤은 넣지 않았고 나이아신아마이드는 2% 넣었다", "L"),
        ("나이아신아마이드", "파라벤 무첨가, 나이아신아마이드 2%", "L"),
        ("나이아신아마이드", "나이아신아마이드 2%, 파라벤 무첨가", "L"),
        ("나이아신아마이드", "나이아신아마이드(2%, 최종 농도 미정)를 넣은 크림", "L"),
        ("나이아신아마이드", "나이아신아마이드 적용 여부는 미정", "U"),
        ("나이아신아마이드", "whether to use niacinamide is undecided", "U"),
        ("나이아신아마이드", "후보: 나이아신아마이드, 알부틴", "U"),
        ("나이아신아마이드", "글리세린과 정제수", "U"),
        ("나이아신아마이드", "향긋한 크림입니다", "U"),
        ("나이아신아마이드", "알부틴과 정제수만 넣었고 다른 성분은 없음", "N"),
        ("살리실산", "BHA 2% 토너", "U"),
        ("레티놀", "레티닐팔미테이트 0.1%", "E"),
        ("레티놀 또는 이의 유도체", "레티닐팔미테이트 0.1%", "L"),
        ("음이온성 계면활성제", "소듐라우레스설페이트 12%", "L"),
        ("음이온성 계면활성제", "계면활성제를 넣었다", "U"),
        ("점증제로서 잔탄검", "점증제로는 카보머를 쓴다", "N"),
        ("점증제인 잔탄검", "점증제는 협력사와 협의 중이다", "U"),
        ("잔탄검, 카보머 및 구아검으로 이루어진 군에서 선택되는 하나 이상의 점증제", "카보머 0.2%", "L"),
        # numbers
        ("나이아신아마이드 2 내지 5 중량%", "나이아신아마이드 5.0 wt%, 글리세린 12%", "L"),
        ("나이아신아마이드 2 내지 5 중량%", "나이아신아마이드 5.5 %", "E"),
        ("나이아신아마이드 2 내지 5 중량%", "나이아신아마이드 10%", "N"),
        ("나이아신아마이드 2 내지 5 중량%", "나이아신아마이드 40,000 ppm", "L"),
        ("나이아신아마이드 2 내지 5 중량%", "나이아신아마이드 30 mg/mL", "U"),
        ("나이아신아마이드 2 내지 5 중량%", "나이아신아마이드를 넣었다. 글리세린 4%", "U"),
        ("나이아신아마이드 2 내지 5 중량%", "조성(중량%): 나이아신아마이드 3.0, 글리세린 20.0", "L"),
        ("리튬염 0.8 내지 1.5 M", "2.2 M LiPF6 전해액", "N"),
        ("분리막의 두께가 10 ㎛ 이상 20 ㎛ 이하", "Separator thickness: 16 µm", "L"),
        ("분리막의 두께가 10 ㎛ 이상 20 ㎛ 이하", "분리막은 두께 9 µm", "E"),
        ("pH가 3.0 이상 4.0 이하", "음료, pH 6.8", "N"),
        ("응답 시간이 200 ms 이하", "응답 시간은 0.15초", "L"),
        # negative elements
        ("파라벤을 포함하지 않는", "메틸파라벤 0.2%", "N"),
        ("파라벤을 포함하지 않는", "파라벤은 쓰지 않았습니다", "L"),
        ("파라벤을 포함하지 않는", "paraben-free", "L"),
        ("파라벤을 포함하지 않는", "글리세린 크림", "U"),
        ("설탕 불포함", "무설탕 음료", "L"),
        ("암호화 키를 서버에 저장하지 않는", "암호화 키를 서버에 저장합니다", "N"),
        ("암호화 키를 서버에 저장하지 않는", "암호화 키를 서버에 저장하지 않습니다", "L"),
        # steps, structures, features
        ("대두 단백질을 70 내지 90 ℃에서 가열하는 단계", "대두단백을 80도에서 가열한다", "L"),
        ("유산균으로 발효하는 단계", "유산균 발효는 하지 않음", "N"),
        ("팽창 가능한 풍선", "선단에 팽창 가능한 풍선이 달려 있다", "L"),
        ("팽창 가능한 풍선", "팽창 풍선이 없는 제품", "N"),
        ("팽창 가능한 풍선", "팽창 풍선 장착 여부는 검토 중", "U"),
        ("사용자 질의를 임베딩 벡터로 변환하는 단계", "The service converts a user query into an embedding vector.", "L"),
        ("사용자 질의를 임베딩 벡터로 변환하는 단계", "가격표를 보여 주는 화면", "U"),
    ],
)  # fmt: skip
def test_one_element_against_one_product(element: str, product: str, letter: str) -> None:
    assert marks(product, element) == letter


CLAIM = "레티놀을 포함하는 주름 개선용 화장료 조성물."


@pytest.mark.parametrize(
    ("product", "letter"),
    [("아이크림", "L"), ("a face serum", "L"), ("장난감용 슬라임", "N"), ("식품 포장용 랩", "N"), ("용도는 아직 정하지 않았다", "U"), ("원료 샘플", "U")],
)  # fmt: skip
def test_the_use_asks_for_the_same_kind_of_goods(product: str, letter: str) -> None:
    assert marks(product, "레티놀", "주름 개선용 화장료 조성물", claim=CLAIM)[1] == letter


@pytest.mark.parametrize(
    "product_and_mark",
    [
        ("센서로 착용을 감지하는 유선 이어폰이다.", ("미대응", False)),
        ("센서로 착용을 감지하는 무선 이어폰이다.", ("대응", True)),
        ("센서로 착용을 감지하는 이어폰이다.", ("대응", False)),
    ],
)
def test_the_opposite_of_what_qualifies_the_claimed_goods_is_not_the_same_kind_for_sure(product_and_mark) -> None:
    product, mark = product_and_mark
    claim = "착용 여부를 감지하는 센서를 포함하는 무선 이어폰."
    case = Case(case_id="c", regit_num="1", claim_text=claim, user_query=product, elements=("센서", "무선 이어폰"))
    fact = verdict(facts_about(case)[1])
    assert fact is not None and (fact.mark, fact.is_decided) == mark


@pytest.mark.parametrize(
    ("product", "letter"),
    [
        ("레티놀과 글리세린, 판테놀을 넣은 크림", "N"),
        ("레티놀과 글리세린만 넣은 크림", "L"),
        ("레티놀과 글리세린을 넣은 크림", "U"),
    ],
)
def test_a_closed_claim_takes_only_what_it_lists(product: str, letter: str) -> None:
    closed = "레티놀 및 글리세린으로만 이루어진 화장료 조성물."
    assert marks(product, "레티놀", "글리세린", "화장료 조성물", claim=closed) == "LL" + letter
    opened = "레티놀 및 글리세린을 포함하는 화장료 조성물."
    assert marks(product, "레티놀", "글리세린", "화장료 조성물", claim=opened) == "LLL"


def test_the_rule_on_the_seed_cases() -> None:
    """The rule was written with these 35 rows at hand: this guards it, it proves nothing about other rows."""
    assessments = [rule_assessment(seed) for seed in SEEDS]
    levels = [a.risk_level == seed.label.risk_level for a, seed in zip(assessments, SEEDS, strict=True) if seed.label]
    pairs = [
        (mark_of(finding), mark)
        for a, seed in zip(assessments, SEEDS, strict=True)
        if seed.label
        for finding, mark in zip(a.comparisons, marks_of(seed.label), strict=True)
    ]
    assert sum(levels) >= 34
    assert sum(one == other for one, other in pairs) >= 68


def test_the_baseline_counts_what_it_says() -> None:
    scored = score(SEEDS[:10])
    assert scored["cases"] == 10 and scored["risk_accuracy"] == 1.0 and scored["dangerous_errors"] == 0
    with pytest.raises(BiniError, match="label"):
        score([SEEDS[0].model_copy(update={"label": None})])


def test_what_is_decided_on_the_seed_cases_is_never_wrong() -> None:
    for seed in SEEDS:
        assert seed.label is not None
        for facts, mark in zip(facts_about(seed), marks_of(seed.label), strict=True):
            assert decided_mark(facts) in (None, mark), (seed.case_id, facts)


def test_an_abbreviation_of_the_patents_own_is_taken_and_said() -> None:
    seed = next(seed for seed in SEEDS if " TBC를" in seed.user_query)
    assert rule_assessment(seed).comparisons[0].match == "대응"
    elsewhere = seed.model_copy(update={"regit_num": "1020000000000", "label": None, "elements": elements_for(seed)})
    assert rule_assessment(elsewhere).comparisons[0].match == "판단불가"
    assert any("TBC" in hint for hint in hints_for(elsewhere))


def test_another_substance_for_the_role_rests_on_an_assumption_and_says_so() -> None:
    assessment = rule_assessment(SEEDS[-2])
    assert assessment.comparisons[0].match == "미대응"
    assert any("가정" in flag for flag in assessment.flags)
    assert assessment.risk_level == "낮음" and assessment.deciding_element == assessment.comparisons[0].patent_element


def test_is_decided_belongs_to_what_settles_the_element() -> None:
    (facts,) = facts_about(case("나이아신아마이드를 넣은 크림", "나이아신아마이드 2 내지 5 중량%"))
    assert [fact.is_decided for fact in facts if fact.mark == "대응"] == [False]
    (facts,) = facts_about(case("나이아신아마이드 9 %", "나이아신아마이드 2 내지 5 중량%"))
    assert decided_mark(facts) == "미대응"
    leading = verdict(facts)
    assert leading is not None and leading.kind == "quantity" and leading.quote == "9 %"


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.case_id)
def test_quotes_are_short_and_verbatim_and_hints_few(seed: Case) -> None:
    for facts in facts_about(seed):
        assert facts
        for fact in facts:
            assert fact.quote is None or (fact.quote in seed.user_query and len(fact.quote) <= 80)
    hints = hints_for(seed)
    assert all(len(hint) <= 75 for hint in hints)
    numbers = [hint.split(":")[0] for hint in hints]
    assert all(numbers.count(number) <= 2 for number in numbers)
    assert set(numbers) <= {str(number) for number in range(1, len(elements_for(seed)) + 1)}


@pytest.mark.parametrize(
    ("text", "name", "status"),
    [
        ("레티놀과 알부틴은 전혀 사용하지 않았다", "레티놀", "denied"),
        ("레티놀은 넣고 알부틴은 넣지 않았다", "레티놀", "present"),
        ("레티놀은 넣고 알부틴은 넣지 않았다", "알부틴", "denied"),
        ("레티놀을 넣지 않은 크림에 알부틴을 넣었다", "알부틴", "present"),
        ("앰플은 알부틴을 제외했다", "앰플", "present"),
        ("향은 미정이고 레티놀은 1%", "레티놀", "present"),
        ("레티놀을 쓸지 말지 고민 중", "레티놀", "undecided"),
        ("이름이 레티놀과 비슷해서", "레티놀", "aside"),
        ("without retinol or parabens", "retinol", "denied"),
        ("retinol, but no parabens", "retinol", "present"),
    ],
)
def test_what_the_words_around_a_name_say(text: str, name: str, status: str) -> None:
    start = text.index(name)
    assert read_status(text, start, start + len(name), ("레티놀", "알부틴")).status == status


PIECES = [
    "레티놀",
    "나이아신아마이드 5 %",
    "무첨가",
    "미정",
    "를 넣지 않은",
    "크림",
    "free of",
    "TBC",
    "77-90-7",
    "전성분:",
    "서버",
    ".",
    "\n",
    ",",
    "10 내지 20 ㎛",
]


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.one_of(st.text(max_size=25), st.sampled_from(PIECES)), min_size=1, max_size=15).map(" ".join),
    st.lists(st.one_of(st.text(min_size=1, max_size=25), st.sampled_from(PIECES)), min_size=1, max_size=4),
)  # fmt: skip
def test_any_texts_give_facts_with_verbatim_quotes(product: str, elements: list[str]) -> None:
    if not product.strip() or not all(element.strip() for element in elements):
        return
    asked = case(product, *elements)
    for facts in facts_about(asked):
        assert facts
        assert all(fact.quote is None or fact.quote in asked.user_query for fact in facts)
    for finding in rule_assessment(asked).comparisons:
        quote = finding.user_product_element
        assert quote is None or find_quote(quote, asked.user_query) == quote
        assert finding.match != "대응" or quote


def test_time_grows_no_faster_than_the_product() -> None:
    draw = random.Random(13)
    text = " ".join(draw.choice([*PIECES, "알부틴 2 %", "를 배합했고", "디자인은"]) for _ in range(6_000))
    small, large = seconds(text[:5_000]), seconds(text[:20_000])
    assert large < 4 * 2.5 * small


def seconds(text: str) -> float:
    asked = case(text, "나이아신아마이드 2 내지 5 중량%", "레티놀", "무선으로 전송하는 통신부")
    start = time.process_time()  # other work on the machine does not count
    facts_about(asked)
    return time.process_time() - start


def test_the_explanation_shows_every_element_and_the_grade() -> None:
    shown = explanation(SEEDS[32])
    assert "1. " in shown and "2. " in shown and "높음" in shown


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "bini.cli", "hints", *arguments], capture_output=True, encoding="utf-8", cwd=REPOSITORY)  # fmt: skip


def test_the_command_explains_a_case_without_torch() -> None:
    done = run("--claim", "레티놀을 포함하는 크림.", "--product", "레티놀 0.1% 크림", "--json")
    assert done.returncode == 0 and '"risk_level":"높음"' in done.stdout
    code = "import sys, bini.facts; assert not {'torch', 'vllm', 'transformers'} & set(sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY).returncode == 0


def test_the_command_refuses_an_empty_product() -> None:
    done = run("--claim", "레티놀을 포함하는 크림.", "--product", " ")
    assert done.returncode == 2 and "--product is empty" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("product", "element"),
    [
        ("물 한 모금 없이도 20초 만에 풀립니다.", "물 없이 60초 이내에 풀리는"),
        ("술덧에 주정을 붓던 공정은 이번에 없앴습니다.", "에탄올을 첨가하지 않고"),
        ("They make much of the absence of preservatives.", "containing no preservative"),
        ("We put in neither sucrose nor syrup.", "containing no sucrose"),
        ("에탄올은 처방에 없습니다.", "에탄올을 포함하지 않으며"),
        ("It leaves hair soft.", "the shampoo is free of silicone"),  # what the claim denies is no shampoo
    ],
)
def test_a_denied_thing_beside_a_denial_is_not_taken_for_present(product, element):
    assert decided_mark(facts_about(case(product, element))[0]) != "미대응"


def test_a_denied_thing_that_is_plainly_there_is_a_miss():
    assert decided_mark(facts_about(case("에탄올 4%를 섞습니다.", "에탄올을 포함하지 않으며"))[0]) == "미대응"


@pytest.mark.parametrize(
    ("product", "element"),
    [
        ("뚜껑은 알루미늄 하나로만 만들었습니다. 속에는 글리세린이 들어 있습니다.", "밀랍 10 내지 20중량%"),
        ("야자나무 왁스를 발라 반짝입니다.", "왁스 광택층"),
        ("따뜻한 물에 막이 불어 쑥 빠지므로 편합니다.", "물에 막이 불어 벗겨지는"),
        ("숯이 냄새를 잡아 주며, 향료는 일절 쓰지 않았습니다.", "냄새를 잡는 숯"),
    ],
)
def test_words_that_only_look_like_a_denial_settle_nothing(product, element):
    assert decided_mark(facts_about(case(product, element))[0]) != "미대응"


def test_a_number_behind_another_metal_is_not_the_first_ones():
    product = "The alloy is tin with 42 wt% bismuth plus 0.4% antimony."
    assert decided_mark(facts_about(case(product, "35 to 58 wt% bismuth"))[0]) != "미대응"
