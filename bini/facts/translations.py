"""Everyday technical words in Korean and English, for claims and products that do not share a language.

Names of substances, devices and methods stand in the glossary; this table holds the plain words around them.
"""

from functools import lru_cache

PAIRS = """센서 sensor|감지 detect sense|검출 detect|측정 measure|모니터링 monitoring|감시 monitor|제어 control|제어부 controller|처리 process treat|프로세서 processor
메모리 memory|저장 store storage|저장부 storage|전송 transmit send|송신 transmit|수신 receive|통신 communication|무선 wireless|유선 wired|서버 server|단말 terminal|사용자 user
데이터 data|영상 image video|이미지 image|신호 signal|입력 input|출력 output|표시 display|디스플레이 display|화면 screen|알림 alert notification|경고 warning alarm|학습 training learning
신경망 neural|모델 model|추천 recommend recommendation|검색 search|질의 query|임베딩 embedding|벡터 vector|암호화 encrypt encryption|복호화 decrypt|인증 authentication|생성 generate
분류 classify classification|예측 predict prediction|추출 extract|분석 analyze analysis|비교 compare|정렬 sort|필터링 filter|압축 compress|캐시 cache|네트워크 network|클라우드 cloud
가열 heat heating|냉각 cool cooling 쿨링|건조 dry drying|동결건조 freeze-dry lyophil|분쇄 grind mill|혼합 mix blend|교반 stir|발효 ferment|숙성 aging age|살균 steriliz pasteuriz|여과 filter|농축 concentrate
소성 calcin sinter|코팅 coat coating|도포 apply coat|적층 laminate stack|압연 press roll|주입 inject|세척 wash|침지 immers soak|추출물 extract|분말 powder|입자 particle
용매 solvent|물 water|온도 temperature|압력 pressure|시간 time hour|두께 thickness|길이 length|직경 diameter 지름|입경 particle-size diameter|평균 average|밀도 density|점도 viscosity|비율 ratio
양극 cathode positive|음극 anode negative|전해액 electrolyte|전해질 electrolyte|분리막 separator|집전체 collector|활물질 active-material|바인더 binder|도전재 conductive|전극 electrode|전지 battery cell|배터리 battery
팩 pack|모듈 module|하우징 housing|케이스 case housing|밸브 valve|펌프 pump|튜브 tube|바늘 needle|풍선 balloon|카테터 catheter|스텐트 stent|프로브 probe|초음파 ultrasound ultrasonic
혈당 glucose|혈압 blood-pressure|심박 heart heartbeat|심전도 electrocardiogram ECG|산소포화도 SpO2 oximet|환자 patient|피부 skin|조직 tissue|혈관 vessel vascular|전극부 electrode|광원 light-source LED|광 light optical
캡슐 capsule|캡슐화 encapsulat|미세캡슐 microcapsule|리포좀 liposome|나노 nano|유화 emulsif emulsion|에멀젼 emulsion|젤 gel|필름 film|시트 sheet|층 layer|다공성 porous|기공 pore|섬유 fiber fibre|고분자 polymer
미백 whitening brightening|주름 wrinkle|보습 moistur hydrat|자외선 UV ultraviolet|항산화 antioxidant|진정 soothing calming|탄력 elasticity firming|화장료 cosmetic|식품 food|음료 beverage drink|조성물 composition
감미료 sweetener|단백질 protein|식이섬유 fiber|유산균 lactic probiotic|당 sugar|소금 salt|지방 fat|유지 oil|전분 starch|향료 flavor fragrance|색소 colorant dye|보존제 preservative|방부제 preservative
회전 rotat|이동 move|고정 fix|연결 connect|결합 couple join|분리 separate detach|삽입 insert|배치 dispose arrange|실시간 real-time|자동 automatic|주기적 periodic|원격 remote|휴대 portable|착용 wear wearable
로그 log|이벤트 event|임계값 threshold|기준값 reference threshold|점수 score|순위 rank|토큰 token|문서 document|문장 sentence|텍스트 text|음성 voice speech|번역 translat|요약 summar|접근 access|권한 permission authorization|세션 session|곡률 curvature|반경 radius|힌지 hinge|크기 size 직경 지름|차단 cut-off 컷오프 cutoff shut-off|상한 upper maximum|하한 lower minimum|응답 response|지연 latency delay|용량 capacity|주기 period interval|파장 wavelength|폭 width 너비|외경 outer-diameter 바깥지름|내경 inner-diameter 안지름|개수 number 갯수|오차 error 오차율|기간 period duration|임계값 threshold|유사도 similarity|기공률 porosity 기공도 공극률|비표면적 specific-surface-area|전도도 conductivity|당도 sugar-content|함량 content|염도 salinity|중량 weight 무게|면적 area 넓이|높이 height|깊이 depth|속도 speed velocity 빠르기"""


@lru_cache(maxsize=1)
def _table() -> dict[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    for entry in PAIRS.replace("\n", "|").split("|"):
        korean, *english = entry.split()
        table[korean] = (*table.get(korean, ()), *english)
        for word in english:
            table[word.lower()] = (*table.get(word.lower(), ()), korean)
    return table


def partners(word: str) -> tuple[str, ...]:
    """Return a word's counterparts in the other language; for English also by its stem: "measuring" is 측정."""
    table = _table()
    if word in table:
        return table[word]
    if word.isascii():
        return next(
            (
                korean
                for known, korean in table.items()
                if known.isascii() and len(known) >= 4 and word.startswith(known[:-1])
            ),
            (),
        )
    return next(
        (
            english
            for known, english in table.items()
            if not known.isascii() and len(known) >= 2 and word.startswith(known)
        ),
        (),
    )
