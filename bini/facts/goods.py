"""Kinds of goods: which kind a claim is for, and which kind the product is. 세럼 is a cosmetic, 사료 is not.

The use of a claim ("미백용") is read leniently: any product of the same kind meets it. The table names kinds by words
of trade; where it knows neither side, words are compared (`wording`).
"""

import re
from dataclasses import dataclass

from bini.facts.cues import UNDECIDED, Status, read_status
from bini.facts.fact import Fact
from bini.facts.product import Product
from bini.facts.quotes import open_quote

KINDS: dict[str, str] = {
    "cosmetic": "화장료|화장품|코스메틱|세럼|앰플|에센스|토너|로션|(?:아이|나이트|데이|수분|미백|핸드|바디|페이스|선|썬|비비|보습|영양|주름|화이트닝|브라이트닝|기능성|케어|진정|탄력) ?크림"
    "|(?<![가-힣]아이스)(?<!휘핑 )(?<!생)크림|마스크 ?팩|시트 ?마스크|(?:글로우|수면|클레이) ?마스크|(?:수면|필오프)팩|미스트|선 ?스틱|쿠션|파운데이션|립밤|립스틱|샴푸|린스|트리트먼트|클렌저|클렌징|폼클|에멀[전젼](?! 베이스)"
    "|스킨 ?케어|메이크업|마스카라|매니큐어|염모제|데오드란트|바디 ?워시|스킨(?= |을|은|이)|아이 ?패치"
    r"|\bcosmetics?\b|\bserum\b|\bampoules?\b|\bessence\b|\btoner\b|(?<!ice )\bcream\b|\blotion\b|\bface mask\b|\bsheet mask\b|\bshampoo\b|\bconditioner\b|\bmoisturi[sz]er\b|\bsunscreen\b|\bcleanser\b|\bmist\b|\bskincare\b|\blipstick\b|\bfoundation\b",
    "food": "식품(?! ?포장| ?용기)|건강 ?기능|음료|주스|(?:먹는|이너뷰티|츄어블|섭취)[^,.\n]{0,10}(?:정제|캡슐|젤리|분말|스틱)|젤리|스낵|과자|빵|면류|라면|국수|소스|간장|된장|고추장|김치|두부|요[구거]르트|요거트|치즈|우유|아이스크림|초콜릿|사탕|시리얼|이유식|밀키트"
    r"|\bfood\b(?!s? packaging)|\bbeverage|\bdrinks?\b|\bjuice|\bsnack|\bdietary supplement|\byogh?urt|\bcheese\b|\bbread\b|\bnoodle|\bsauce\b",
    "feed": r"사료|반려견|반려동물 ?간식|\bfeed\b|\bpet food",
    "packaging": r"포장용|포장재(?!는)|PVC 랩|포장 ?필름|\bpackaging film|\bwrap film",
    "coating": r"유리막 코팅|코팅제|페인트|도료|바니시|방청제|왁스|\bpaint\b|\bcoating agent|\bvarnish\b|\bcar wax",
    "toy": r"장난감|슬라임|완구|\btoys?\b|\bslime\b",
    "cleaner": r"세탁 ?세제|주방 ?세제|세정제(?!용)|섬유 ?유연제|방향제|탈취제|디퓨저|향초|살충제|\bdetergent\b|\bfabric softener|\bair freshener|\bcandle",
    "medicine": r"의약품|주사제|연고|좌제|경구제|약학(?:적)? 조성물|점안|치료제|\bpharmaceutical|\bointment\b|\binjection\b|\beye ?drops",
    "adhesive": r"접착제|점착제|실란트|\badhesive\b|\bsealant\b",
    "textile": r"섬유 ?원단|원단|직물|의류|\bfabrics?\b(?! soft)|\btextile",
    "battery": r"전지|배터리|이차전지|양극재?|음극재?|분리막|전해[질액]|전극|\bbatter(?:y|ies)\b|\bcathode|\banode|\belectrolyte|\bseparator",
    "medical_device": "의료 ?기기|의료용|카테터|스텐트|내시경|초음파 ?(?:진단|장치|프로브)|혈압계|혈당|심전도|인공 ?호흡|인슐린 ?펌프|임플란트|수술|환자|생체 ?신호|인공 ?관절|보청기|주사기|환자 ?감시|웨어러블|패치형"
    r"|\bmedical\b|\bcatheter|\bstent|\bendoscope|\bultrasound|\bblood (?:pressure|glucose)|\becg\b|\bimplant|\bsurgical|\bpatients?\b|\binsulin|\bwearable",
    "software": "소프트웨어|서버|어플리케이션|애플리케이션|모바일 ?앱|플랫폼|프로그램|클라우드|알고리즘|데이터베이스|챗봇|추천 ?(?:시스템|서비스|엔진)|검색 ?엔진|SaaS|인공지능|기계 ?학습|딥러닝|신경망|컴퓨터"
    r"|\bsoftware\b|\bservers?\b|\bapp(?:lication)?s?\b(?= (?:that|which|for|runs|stores|uses))|\bplatform|\bcloud\b|\balgorithm|\bdatabase|\bchatbot|\bneural network|\bmachine learning|\bcomputer",
}
COMPILED = {kind: re.compile(words, re.IGNORECASE) for kind, words in KINDS.items()}
GENERIC_HEAD = re.compile(
    r"조성물|제품|시스템|장치|방법|기기|물품|composition|device|system|method|product|apparatus", re.IGNORECASE
)
USE_OPEN = re.compile(
    r"(?:용도|제품 ?군|제품 ?형태|제형|적용 ?제품|적용 ?분야|사용처|application|end use|product type)[은는이가의 을를:]{0,3}[^.\n]{0,24}",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Goods:
    """One word in the product text that tells its kind."""

    kind: str
    status: Status
    start: int
    end: int


def claimed_kinds(element: str) -> tuple[str, ...]:
    """Return the kinds of goods that an element names."""
    return tuple(kind for kind, pattern in COMPILED.items() if pattern.search(element))


def facts_of_use(element: str, product: Product) -> tuple[Fact, ...]:
    """Say whether the product is of the claimed kind; nothing where the claimed kind is not in the table."""
    claimed = claimed_kinds(element)
    if not claimed:
        return ()
    goods = _goods_in(product)
    same = [item for item in goods if item.kind in claimed]
    other = [item for item in goods if item.kind not in claimed and item.status == "present"]
    if found := next((item for item in same if item.status == "present"), None):
        is_sure = not other
        quote = _widened(product.text, found)
        return (Fact("use", "대응", is_sure, quote, f"'{quote}': 같은 종류의 물품"),)
    if found := next((item for item in same if item.status == "undecided"), None):
        return (Fact("undecided", "판단불가", True, product.text[found.start : found.end], "용도가 정해지지 않음"),)
    use = USE_OPEN.search(product.text)
    if use and (cue := UNDECIDED.search(use[0])):
        quote = open_quote(product.text, use.start(), use.start() + cue.end())
        return (Fact("undecided", "판단불가", not other, quote, "용도가 정해지지 않음"),)
    if other:
        quote = _widened(product.text, other[0])
        return (Fact("use", "미대응", len({item.kind for item in other}) == 1, quote, f"'{quote}': 다른 종류의 물품"),)
    return ()


def _goods_in(product: Product) -> list[Goods]:
    found = []
    for kind, pattern in COMPILED.items():
        for match in pattern.finditer(product.text):
            reading = read_status(product.text, match.start(), match.end())
            found.append(Goods(kind, reading.status, match.start(), reading.end))
    return sorted(found, key=lambda item: item.start)


def _widened(text: str, goods: Goods) -> str:
    """Return the kind's word with the word before it: "미백 앰플"."""
    end = re.compile(
        r"[가-힣A-Za-z]*?(?=(?:입니다|이에요|인데|이다|으로|에서|은|는|이|가|을|를|의|에|도|용)?(?:[\s,.!?/)]|$))"
    ).match(text, goods.end)
    stop = end.end() if end and end.end() - goods.end <= 6 else goods.end
    before = re.compile(r"(?:[가-힣A-Za-z·]+(?<![은는이가을를의에서로]) )?[가-힣A-Za-z·]*$").search(
        text[max(0, goods.start - 16) : goods.start]
    )
    start = goods.start - (len(before[0]) if before else 0)
    return text[start:stop].strip()
