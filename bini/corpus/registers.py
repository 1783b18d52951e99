"""Registers: how somebody tells of a product: question, brochure, spec sheet, memo, list of ingredients, English mail.

A register is an ending, a layout, openers and closers. `{P}` is the product's name, `{P:을}` with its particle; openers
of `without` know no product. Registers of HELD_OUT never occur in training.
"""

from dataclasses import dataclass
from typing import Literal

from bini.corpus.korean import Ending
from bini.corpus.nouns import Language

Layout = Literal["prose", "bullets", "spec", "list", "chain"]


@dataclass(frozen=True)
class Register:
    """One way to tell."""

    name: str
    language: Language
    ending: Ending
    layout: Layout
    openers: tuple[str, ...]
    without: tuple[str, ...]
    closers: tuple[str, ...] = ("",)
    title: str = "{P}"


QUESTION_CLOSERS = (
    "침해에 해당할까요?", "이 특허에 걸리나요?", "출시해도 괜찮을지 궁금합니다.", "특허 위험이 어느 정도인지 검토 부탁드립니다.",
    "등록특허와 겹치는 부분이 있을까요?", "문제가 될까요?", "저촉 가능성을 봐 주세요.", "이대로 진행해도 될까요?", "",
)  # fmt: skip
CASUAL_CLOSERS = (
    "이거 팔아도 되나요?", "걸릴까요?", "괜찮겠죠?", "어떻게 봐야 할까요?", "특허 때문에 좀 걱정돼서요.", "답변 기다릴게요.", "ㅠㅠ 걱정이네요.", "",
)  # fmt: skip
ENGLISH_CLOSERS = (
    "Could this infringe the patent?", "Please let us know the risk.", "Are we clear to launch?", "Do you see an issue?", "", "",
)  # fmt: skip

TRAINING: tuple[Register, ...] = (
    Register(
        "question", "ko", "polite", "prose",
        ("저희가 준비 중인 제품은 {P}입니다.", "{P:을} 개발하고 있습니다.", "안녕하세요. {P} 출시를 앞두고 문의드립니다.", "당사는 {P:을} 제조합니다.",
         "이번에 기획한 {P} 관련 검토를 요청드립니다.", "{P} 시제품을 만들었습니다.", "협력사에서 {P:을} 납품받기로 했습니다.", "저희 회사의 {P:은} 다음과 같습니다."),
        ("저희가 준비 중인 신제품 관련 문의입니다.", "안녕하세요. 개발 중인 과제가 있어 여쭙니다.", "검토를 요청드립니다.", "아래와 같은 구성을 생각하고 있습니다."),
        QUESTION_CLOSERS,
    ),
    Register(
        "casual", "ko", "casual", "prose",
        ("{P} 하나 만들고 있는데요.", "저희 {P}인데 봐 주세요.", "우리 팀에서 {P:을} 준비해요.", "이번에 {P:을} 내려고 해요.", "작은 회사에서 {P:을} 만들어요.", "{P} 사업을 시작하려고 해요."),
        ("신제품 하나 준비하고 있는데요.", "요즘 개발하는 게 있는데요.", "하나만 여쭤볼게요."),
        CASUAL_CLOSERS,
    ),
    Register(
        "chatty", "ko", "casual2", "prose",
        ("우리 이번에 {P} 내거든?", "{P} 만들고 있거든요.", "내가 {P:을} 구상 중인데 들어 봐.", "회사에서 {P} 맡았는데 말이야."),
        ("새로 준비하는 게 있는데 말이야.", "하나 물어볼 게 있거든."),
        ("이거 특허 걸리나?", "괜찮을까?", "팔아도 되지?", "어때 보여?", ""),
    ),
    Register(
        "report", "ko", "plain", "prose",
        ("본 제품은 {P}이다.", "당사의 {P}에 관한 설명이다.", "검토 대상은 {P}이다.", "대상 제품: {P}."),
        ("검토 대상 제품의 구성은 다음과 같다.", "대상 제품의 특징을 적는다."),
    ),
    Register(
        "memo", "ko", "memo", "prose",
        ("[회의 메모] {P} /", "{P} 개발 현황:", "{P} 사양 요약.", "품목은 {P}임."),
        ("[회의 메모]", "개발 현황 공유:", "사양 요약."),
        ("", "", "검토 요망.", "이상."),
    ),
    Register(
        "brochure", "ko", "polite", "prose",
        ("새로워진 {P:을} 만나 보세요!", "하루를 바꾸는 {P}, 드디어 출시!", "고객님이 기다리던 {P:이} 왔습니다.", "차원이 다른 {P}!", "연구진이 3년을 매달린 {P:을} 소개합니다."),
        ("기다리던 신제품이 왔습니다!", "차원이 다른 변화를 경험하세요!"),
        ("지금 바로 경험해 보세요!", "오늘 주문하면 내일 도착합니다.", "정식 출시는 다음 달입니다.", ""),
    ),
    Register(
        "bullets", "ko", "memo", "bullets",
        ("제품: {P}", "품목: {P}", "{P} 개발 사양", "프로젝트: {P}"),
        ("개발 사양", "신규 프로젝트", "제품 개요"),
        ("", "", "위 내용으로 검토 부탁드립니다."),
    ),
    Register(
        "spec", "ko", "memo", "spec",
        ("제품명: {P}", "품목: {P}", "제품 유형: {P}"),
        ("사양서", "[제품 사양]", "기술 자료"),
    ),
    Register(
        "list", "ko", "polite", "list",
        ("{P}입니다.", "{P} 성분표입니다.", "{P} 관련 문의입니다.", "제품 유형: {P}.", "{P} 구성표입니다."),
        ("구성표를 보내 드립니다.", "아래 배합표를 봐 주세요.", "라벨에 적힌 내용입니다."),
        QUESTION_CLOSERS,
    ),
    Register(
        "breath", "ko", "casual", "chain",
        ("{P}인데", "이번에 내는 {P}인데", "{P:은}", "우리 {P:은}", "{P} 만드는데", "저희는 {P:을} 하는 회사이고"),
        ("신제품인데", "이번 과제는", "아이디어 단계인데"),
        CASUAL_CLOSERS,
    ),
    Register(
        "polite_breath", "ko", "polite", "chain",
        ("당사가 개발한 {P:은}", "이번 {P:은}", "문의드릴 {P:은}", "{P:으로}서"),
        ("문의드릴 물건은", "당사가 개발한 것은"),
        QUESTION_CLOSERS,
    ),
    Register(
        "english", "en", "plain", "prose",
        ("We are preparing a {P}.", "Our product is a {P}.", "We plan to launch a {P} next year.", "Please review our {P}.", "This is a {P} made by our plant."),
        ("We are preparing a new product.", "Please review the following.", "Here is a summary of our project."),
        ENGLISH_CLOSERS,
    ),
    Register(
        "english_spec", "en", "plain", "spec",
        ("Product: {P}", "Item: {P}", "Product type: {P}"),
        ("Technical data sheet", "Specification", "Summary"),
    ),
)  # fmt: skip
HELD_OUT: tuple[Register, ...] = (
    Register(
        "letter", "ko", "polite", "prose",
        ("담당 변리사님께, 귀 소에 의뢰드릴 물건은 {P}이며 내용은 아래와 같습니다.", "제목: {P} 자유실시 검토 의뢰의 건.", "수신: 지식재산팀 / 대상: {P}."),
        ("담당 변리사님께, 의뢰드릴 내용은 아래와 같습니다.", "제목: 자유실시 검토 의뢰의 건."),
        ("회신을 기다리겠습니다.", "바쁘시겠지만 의견 주시면 감사하겠습니다."),
    ),
    Register(
        "review", "ko", "casual", "bullets",
        ("[사용 후기] {P} 써 봤어요", "온라인 몰에서 본 {P} 설명을 옮겨요", "카탈로그에 실린 {P} 문구예요"),
        ("[사용 후기] 설명을 옮겨요", "카탈로그 문구예요"),
        ("우리 특허를 베낀 걸까요?", "경쟁사 물건인데 침해로 볼 수 있나요?"),
    ),
    Register(
        "dossier", "ko", "plain", "prose",
        ("{P}에 관하여 실시 형태를 기술하면 이러하다.", "실사 결과 확인된 물건은 {P}이다.", "감정 대상물은 {P:으로} 특정된다."),
        ("실시 형태를 기술하면 이러하다.", "실사 결과는 이러하다."),
        ("이상과 같이 특정한다.",),
    ),
    Register(
        "english_mail", "en", "plain", "bullets",
        ("Hi team, quick freedom-to-operate question about a {P}:", "Forwarding the vendor's notes on the {P}:"),
        ("Hi team, quick freedom-to-operate question:", "Forwarding the vendor's notes:"),
        ("Thanks!", "Need your take by Friday."),
    ),
)  # fmt: skip

CHATTER_KO = (
    "«용기 디자인은 아직 미정»이다", "출시는 내년 상반기가 목표이다", "동물 실험은 하지 않는다", "가격은 아직 정하지 못했다", "포장 상자는 재활용 종이를 쓴다",
    "판매처는 협의 중이다", "상표는 출원했다", "로고 색은 고르는 중이다", "시험 성적서를 받았다", "국내 공장에서 생산한다", "초도 물량은 확정되지 않았다", "보증 기간은 2년이다",
    "해외 수출도 검토 중이다", "인증 심사를 통과했다", "소비자 평가에서 좋은 점수를 받았다", "별도의 설명서는 제공하지 않는다", "담당 부서는 연구 2팀이다", "작년 모델보다 가볍다",
    "광고 모델은 쓰지 않는다", "공동 개발사는 밝히지 않는다", "원가는 12% 줄였다", "경쟁사 제품을 참고하지 않았다", "샘플은 100개를 만들었다", "납기는 6주이다", "색상은 세 가지이다",
    "정기 구독 판매는 하지 않는다", "사용 설명 영상은 준비 중이다", "특허 출원은 하지 않았다", "매장 전시 여부는 미정이다", "고객 문의는 전화로 받는다",
)  # fmt: skip
CHATTER_EN = (
    "the launch date is still open", "packaging design is TBD", "we do not test on animals", "the price has not been fixed", "it is made in our Busan plant",
    "samples are available", "the warranty is two years", "no advertising is planned", "export is under consideration", "the colour is not decided", "it passed the certification",
)  # fmt: skip
FILLERS_KO = {
    "cosmetics": ("정제수 {n}%", "향료 0.{m}%", "정제수 잔량", "효모 배양액 {m}%"), "food": ("정제수 {n}%", "합성향료 0.{m}%", "배 농축액 {m}%"),
    "battery": ("분산 용매 적량", "기타 첨가물 0.{m}%"), "medical_device": ("접착 수지 {m}%",), "software": (),
}  # fmt: skip
