"""The kinds of goods by words of trade, Korean and English; a kind belongs to a family.

A family's general kind ("화장료", "의료 기기") is met by each of its kinds. Words are regular expressions; a number, a
material or a component (전극, 센서) names no kind of goods.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One kind of goods."""

    name: str
    family: str
    words: re.Pattern[str]
    is_general: bool = False  # the family as a whole


def _kind(name: str, family: str, words: str, is_general: bool = False) -> Kind:
    return Kind(name, family, re.compile(words, re.IGNORECASE), is_general)


KINDS: tuple[Kind, ...] = (
    _kind("cosmetic", "cosmetic", r"화장료|화장품|코스메틱|스킨 ?케어|\bcosmetics?\b|\bskincare\b|\btopical composition", True),
    _kind(
        "skin care",
        "cosmetic",
        "세럼|앰플|에센스|토너|(?<!샤워 )로션|(?<!아이스)(?<!아이스 )(?<!휘핑 )(?<!생)(?<!크림 )크림(?! ?염모| ?치즈| ?빵)|마스크 ?팩|시트 ?마스크|(?:글로우|수면|클레이|보습) ?마스크|(?:수면|필오프)팩|미스트|클렌저|클렌징|폼클|에멀[전젼](?! 베이스)"
        r"|메이크업|쿠션|파운데이션|립밤|립스틱|마스카라|매니큐어|데오드란트|바디 ?워시|아이 ?패치|피부 ?(?:미백|보습|진정)|주름 ?개선"
        r"|\bserum\b|\bampoules?\b|\bessence\b|\btoner\b|(?<!ice )\bcream\b(?! cheese)|\blotion\b|\bface mask\b|\bsheet mask\b|\bmoisturi[sz]er\b|\bcleanser\b|\bface mist\b|\blipstick\b|\bfoundation\b",
    ),
    _kind("sun care", "cosmetic", r"(?:선|썬) ?(?:크림|스틱|로션|쿠션|스크린|젤|밤)|자외선 ?차단용|톤업 선|\bsun ?(?:screen|stick|lotion|block|cream)"),
    _kind("hair wash", "cosmetic", r"샴푸|모발 ?세정|린스|헤어 ?컨디셔너|\bshampoo\b|\bhair (?:cleans|condition)"),
    _kind("hair dye", "cosmetic", r"염모제|염색[약제]|\bhair (?:dye|colou?r)"),
    _kind("oral care", "oral care", r"치약|가글|구강 ?(?:청결|세정|용)|\btoothpaste|\bmouthwash|\boral care"),
    _kind("food", "food", r"식품(?! ?포장| ?용기| ?보존)|(?<!녹여 )(?<!발라 )먹는|이너뷰티|\bfoods?\b(?! packaging)|\boral beauty|\bedible", True),
    _kind("beverage", "food", r"음료|주스|아이스티|쉐이크|\bbeverage|\bdrinks?\b|\bjuice|\bshake\b"),
    _kind("supplement", "food", r"건강 ?기능|유산균 ?(?:분말|스틱|캡슐)|비타민 (?:분말|스틱|캡슐)|멀티비타민|\bdietary supplement|\bsupplement (?:tablet|capsule)|\bprobiotic stick"),
    _kind("kimchi", "food", r"김치|\bkimchi"),
    _kind("noodles", "food", r"면류|라면|국수|생면|건면|우동|파스타|곤약면|\bnoodles?\b"),
    _kind("meat product", "food", r"육가공|소시지|햄(?![가-힣])|닭가슴살|스테이크|베이컨|\bsausage|\bham\b|\bmeat product|\bchicken breast"),
    _kind("fermented soy", "food", r"발효 ?대두|청국장|낫토|된장|간장|고추장|\bnatto|\bsoybean paste|\bfermented soy"),
    _kind("dairy", "food", r"요[구거]르트|요거트|치즈|우유|아이스크림|\byogh?urt|\bcheese\b|\bice cream"),
    _kind("bakery", "food", r"과자|스낵|(?<![가-힣])빵|초콜릿|사탕|젤리|시리얼|\bbread\b|\bsnack|\bcandy|\bcereal"),
    _kind("feed", "feed", r"사료|반려동물용|고양이 ?간식|애견|\bfeed\b|\bpet food|\bdog food|\bcat treat"),
    _kind("packaging", "packaging", r"포장용|포장재(?!는)|PVC 랩|포장 ?필름|\bpackaging film|\bwrap film"),
    _kind("coating", "coating", r"유리막 코팅|코팅제|페인트|도료|바니시|방청제|\bpaints?\b|\bcoating agent|\bvarnish\b|\bcar wax"),
    _kind("toy", "toy", r"장난감|슬라임|완구|\btoys?\b|\bslime\b"),
    _kind("cleaner", "cleaner", r"세탁|주방 ?세제|세제|섬유 ?유연제|방향제|탈취제|디퓨저|살충제|\bdetergent\b|\bfabric softener\b|\bair freshener"),
    _kind("medicine", "medicine", r"의약품|주사제|연고|좌제|경구제|약학(?:적)? ?조성물|점안|치료제|\bpharmaceutical|\bointment\b|\beye ?drops"),
    _kind("adhesive", "adhesive", r"접착제|점착제|실란트|본드(?![가-힣])|\badhesive\b|\bsealant\b|\bglue\b"),
    _kind("textile", "textile", r"섬유 ?원단|원단|직물|의류|\btextile|\bgarment"),
    _kind("battery cell", "battery", r"이차 ?전지|충전지|축전지|배터리 ?셀|(?:리튬|나트륨|전고체)[^\n.,]{0,12}(?:전지|배터리|셀)|(?:원통형|각형|파우치형|드론용|전기차용) ?(?:배터리|셀|전지)(?! ?팩)|\bsecondary batter|\bpouch cell|\blithium[- ]ion (?:cell|battery)|\bEV battery cell"),
    _kind("capacitor", "battery", r"커패시터|콘덴서|\b(?:super|ultra)?capacitor"),
    _kind("fuel cell", "battery", r"연료 ?전지|\bfuel cell"),
    _kind("primary battery", "battery", r"일차 ?전지|건전지|코인전지|공기아연|\bprimary batter|\balkaline batter|\bzinc-air"),
    _kind("battery pack", "battery", r"배터리 ?팩|전지 ?팩|ESS 팩|\bbattery pack|\b(?:ESS|EV) pack"),
    _kind("battery management", "battery", r"배터리 관리|\bBMS\b|\bbattery management"),
    _kind("power converter", "battery", r"인버터|컨버터|전력 변환|\binverter|\bconverter|\bpower conversion"),
    _kind("charger", "battery", r"충전기|충전 (?:장치|스테이션)|\bcharger|\bcharging (?:station|device)"),
    _kind("medical device", "medical", r"의료 ?기기|의료용 ?(?:기기|장치)|\bmedical (?:device|apparatus)", True),
    _kind("monitor", "medical", r"생체 ?신호|측정기|측정 장치|모니터링 (?:밴드|장치)|혈압계|심전도|혈당|산소포화도|웨어러블 의료|체온계|\bglucose monitor|\bblood pressure monitor|\boximeter|\becg patch|\bbiosignal"),
    _kind("medical robot", "medical", r"(?:의료용|수술 ?보조|재활[^\n.]{0,6}|약제 분류) ?로봇|\b(?:medical|surgical|rehabilitation) robot"),
    _kind("imaging", "medical", r"의료 영상|엑스레이|초음파 ?(?:진단|영상)|내시경|스캐너|MRI|CT 장치|\bx-ray|\bultrasound scanner|\bmedical imaging|\bendoscope|\bscanner"),
    _kind("stent", "medical", r"스텐트|\bstent"),
    _kind("catheter", "medical", r"카테터|중심정맥관|\bcatheter"),
    _kind("dressing", "medical", r"창상 ?피복|드레싱|습윤 밴드|하이드로겔 패치|\bwound dressing|\bburn gel"),
    _kind("dental implant", "medical", r"임플란트|임시 치아|픽스처|\bdental implant|\bimplant fixture"),
    _kind("exercise", "exercise", r"운동 ?기구|실내 자전거|러닝머신|\bexercise equipment|\bindoor bike|\btreadmill"),
    _kind("recommender", "software", r"추천 ?(?:서비스|시스템|엔진|앱|플랫폼)|[가-힣] 추천 (?:서비스|앱)|\brecommend(?:ation|er) (?:service|app|system|engine)"),
    _kind("authentication", "software", r"인증 (?:모듈|앱|장치|서비스|시스템)|본인 확인|\bauthentication (?:module|apparatus|app)|\bidentity verification"),
    _kind("game", "software", r"게임|\bgames?\b|\bRPG\b"),
    _kind("document editor", "software", r"문서 편집|워드프로세서|회의록 ?(?:편집|작성|앱|서비스|도구)|편집기|\bdocument edit|\bword processor|\bcollaborative editor"),
    _kind("search", "software", r"문서 검색|검색 (?:엔진|서비스|시스템|서버|방법)|\bsearch (?:engine|service|system)"),
    _kind("watch", "electronics", r"스마트 ?(?:워치|밴드)|손목시계|헬스 트래커|웨어러블 (?:전자|기기|장치)|\bsmart ?watch|\bfitness band|\bwrist wearable|\bwearable electronic"),
    _kind("earphone", "electronics", r"이어폰|이어버드|이어셋|헤드폰|\bear(?:phone|bud)s?|\bheadphone"),
    _kind("display", "electronics", r"표시 장치|디스플레이(?=[\s]|$)|모니터(?![링])|태블릿|\bdisplay device|\bgaming monitor|\btablet\b(?! press)"),
    _kind("robot cleaner", "electronics", r"로봇 ?청소기|물걸레 로봇|자율주행 청소기|\brobot (?:vacuum|cleaner)|\bmopping robot"),
    _kind("greenhouse", "agriculture", r"온실|비닐하우스|\bgreenhouse"),
)  # fmt: skip
