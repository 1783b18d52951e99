"""Denied, undecided, or merely spoken of: what the words around a name say about it.

Korean denies behind the name, at the end of its clause ("A와 B는 넣지 않았고"), English mostly before it ("free of A
and B"). So one looks behind a name for the first of: a denial, an open question, a verb that says it is there. Each
look is bounded, so the time is linear in the number of names.
"""

import re
from dataclasses import dataclass
from typing import Literal

Status = Literal["present", "denied", "undecided", "aside"]
REACH = 70  # characters that a cue may stand away
CLAUSE_END = re.compile(r"(?:(?<![최광참재연창보경사])고|며|[는은인한]데|거든요?|지만|으나)(?=[\s,])")
SENTENCE_END = re.compile(r"[!?。;\n|→]|\.(?!\d)| / ")
BRACKETED = re.compile(r"\([^()]{0,40}\)")

VERBS = (
    "함유|포함|첨가|사용|배합|투입|구비|탑재|장착|적용|채용|채택|수행|실시|존재|설치|제공|도포|처리|혼합|이용|활용|부착|형성|"
    "배치|저장|전송|실행|생성|구현|지원|의존|추가|처방|구성|진행|포집|내장|결합|연결"
)
STEMS = "넣|쓰|섞|담|갖추|들어가|들어 ?있|거치|가지|두|입히|붙이|달"
DENIED = re.compile(
    rf"(?P<clause>(?:{VERBS})(?:을|를|은|는|도|이|가)? ?(?:하|되|돼|시키)(?:지|진)(?:는|도)? ?(?:않|못|아니|마)"
    rf"|(?:{STEMS}|(?<![정개인작시재기능리])[하되])(?:지|진)(?:는|도)? ?(?:않|못|아니|마)"
    rf"|(?<!지 )(?<![가-힣])(?:안|못) ?(?:넣|쓰|썼|쓴|써|씀|씁|들어|들었|섞|{VERBS}|했|하고|한다|합|함|달)"
    r"|무첨가|무함유|미함유|미사용|불포함|미포함|불사용|미첨가|미적용|미탑재|미장착|미구비|미수행|미실시|무배합|미배합"
    r"|제외|배제|생략|(?:다른|타) ?[가-힣]{1,6}에만 (?:쓰|사용|들어|적용|넣)|[을를] (?:모두 |전부 |완전히 )?(?:없애|없앴|덜어)|검토했(?:으나|지만)|(?<![가-힣])(?:뺐|뺀|빼[고며서기었]|빠졌|빠진|빠지[고며]|삭제)|제거한 처방|필요 ?없|불필요"
    r"|\b(?:is|are|was|were|has been|have been|be|being) (?:not|never) (?:used|included|present|added|contained|part|employed"
    r"|provided|performed|required|needed|involved)|\bnot (?:used|included|present|added|contained)\b"
    r"|\b(?:is|are|was|were|has been|have been) (?:omitted|excluded|absent|removed|left out|dropped)|\bomitted\b|\babsent\b)"
    r"|(?P<direct>(?:전혀 |아예 |일절 |하나도 )?없(?!지 ?않)(?:음|다|이|고|는|습|어|으|애)"
    r"|대신(?!하지)|(?<!로 )대체(?!로)|[이가] ?아[닌니님닙]|(?<![\d.,])0(?:\.0+)? ?%|[- ]?(?:프리(?=[임입이라예인거였로의]|[^가-힣]|$)|free(?![A-Za-z]))"
    r"|: ?(?:없음|무|no|none|n/a|×|x)(?![가-힣A-Za-z])|불검출|(?<![가-힣])무(?=[\s,.)]|$))",
    re.IGNORECASE,
)
UNDECIDED = re.compile(
    r"미정|미확정|미결정|검토(?!\.|$|:)(?! ?(?:보고|기록|요망|요청|부탁|바랍|의견|결과|를 (?:요청|부탁)|가 가능))|후보(?!(?: ?가운데|들? ?중(?:에서?)?)(?:[^.\n]|\.(?=\d)){0,40}(?:정했|정한|정해|확정|골랐|결정))|고민(?!하다|했)|고려 ?중|논의|협의|저울질|비공개|대외비|영업 ?비밀|여부|[가-힣]지 ?말지"
    r"|[을할쓸낼갈될둘일올릴울]지(?!는 않)(?=[\s,는도 ])|정하지 ?(?:않|못)|안 ?정[했해]|정해지지|결정되지|결정하지|(?:보고|따라|뒤|후|추후|나중에) ?(?:결정|정하|정할|정함|확정)|(?:측정|선정|시작|정|고르)하?지 ?(?:않|못)|받지 ?못|미뤘|미룬|고르는 ?중|조율 ?중|결정 ?(?:전|예정|할)|확정되지|확정하지|확정 ?전"
    r"|(?:공개|표기|기재|명시|공유)(?:하|되)지|밝히지|밝힐 수|알려 ?(?:드릴|줄) 수|알 수 (?:없|가 없)|모릅니다|모르|모름|불명|확인(?:되지|하지|이 안| ?중| ?필요|이 필요)"
    r"|열어 ?[두둘둔]|테스트 ?중|실험 ?중|시험 ?중|비교 ?중"
    r"|\bTBD\b|\bto be (?:decided|determined|confirmed)|\bundecided|\bundisclosed|\bconfidential|\bproprietary|\bunknown|\bunspecified"
    r"|\b(?:not|never) (?:yet )?(?:been )?(?:chosen|measured|received|started|decided|determined|disclosed|fixed|final|finali[sz]ed|specified|settled|confirmed)"
    r"|\bunder (?:review|consideration|evaluation|discussion)|\b(?:being |still )?consider(?:ed|ing)|\bevaluating|\bcandidates?\b|\bpending\b"
    r"|\bstill (?:to be|being)|\bmay or may not|\bmight\b|\bwhether\b",
    re.IGNORECASE,
)
ASIDE = re.compile(
    r"[와과랑](?:는|도|의)? ?(?:비슷|유사|달리|다른|다르|비교|헷갈|구별|무관|상관)|보다(?:는|도)? |라인에만|제품에만|에만 (?:쓰|사용|들어)"
    r"|(?: 관련)? ?특허|\b(?:similar to|unlike|compared (?:to|with)|different from)\b",
    re.IGNORECASE,
)
PRESENT = re.compile(  # a verb that says the thing is there, or the end of a clause about it
    rf"(?:{VERBS})(?:한|하는|하고|하며|하여|하였|했|합니다|함(?![유께])|해|된|되는|되어|됨|됐|되며|되고|되었|됩|시킨|시켜|하도록)"
    r"|(?:넣|담|섞)(?:은|는|고|어|었|습|으며|거든|기로)|(?:쓰|맡)(?:며|거든|는데|기로)|쓴다|씁니다|써요|써서|썼|맞추|맞춤|맞췄|정했|확정했|골랐|(?:^|[\s도로]) ?(?:쓴|쓰는|썼|쓰고|써서|씁)|더한|더해|들어간|들어갑|들어가[고며]|들어 ?[있간]|품[은고]|채운"
    r"|갖춘|갖추[고며어]|이루어진|(?<![최광참재연창보경사])고(?=[\s,])|[하되이으]며(?=[\s,])|[하되]되(?=[\s,])|지만|[는은인]데(?=[\s,.?!])|으나(?=[\s,])"
    r"|[아어해]서(?=[\s,])|니다|\b(?:but|while|whereas|however|is used|are used|is included|contains|includes)\b",
    re.IGNORECASE,
)
DENIED_BEFORE = re.compile(
    r"(?:\b(?:no|without|nor|zero|excluding|excludes?|omits?|avoids?|lacks?|devoid of|instead of|rather than|replac(?:es|ing)"
    r"|free (?:of|from)|(?:does|do|did|is|are|has|have) not (?:\w+ )?(?:contain|include|use|using|have|having|employ|require|need|comprise|perform|rely on)"
    r"|(?:contains?|includes?|uses?|has|have|with) no|neither|absence of)\b(?:[ -](?:any|added|the|an?|other|such))*|(?<![가-힣])무)"
    r"[ -]?(?P<list>[^.;:!?\n]{0,60})$",
    re.IGNORECASE,
)
ENDS_DENIAL = re.compile(
    r"\b(?:but|contains?|includes?|with|uses?|is|are|only|and (?:it|uses?|contains?|includes?))\b|[가-힣]", re.I
)
HEADED = re.compile(
    r"(?:(?P<denied>제외|무첨가|불포함|미사용|미함유|배제|미적용|free[- ]?of|free from|excluded|not used|without)"
    r"|(?P<undecided>후보군?|검토 ?중|검토안?|미정|candidates?|TBD|under review))"
    r"(?: ?(?:성분|원료|목록|물질|항목|ingredients?|list))? ?[:：](?!\d) ?[^\n/|;.]{0,80}$",
    re.IGNORECASE,
)
FILLER = re.compile(  # words that may stand between a name and the open question about it
    r"으로|로서|이나|이랑|[은는이가을를의로도와과랑만,·()\s]|및|또는|혹은|아직|현재|중|첨가|함유|투입|사용|적용|배합|추가|도입|채택|탑재|선택|하나|둘|여부"
    r"|다음|주|같은|등|계열|넣|쓸|쓰|할|있|했|하|어떤|것|지|인|일|[\d.,~%]+|wt|mg|or|and|is|are|was|to|be|still|the|use|of|adding|a"
)
OTHER_OBJECT = re.compile(
    r"(?<=[\s,])[^\s,]{1,20}[을를](?=\s)"
)  # "앰플은 ATBC를 제외했고" denies ATBC, not the ampoule
OPEN_BEFORE = re.compile(
    r"\b(?:whether (?:to use|it (?:has|uses|contains))|(?:not|never) (?:yet )?(?:disclosed|chosen|decided on|selected|fixed|settled on|named)"
    r"|undisclosed|yet to (?:choose|decide on)|may or may not (?:use|add|contain|include)|considering|evaluating)\b(?: the| an?| any| of)* ?$",
    re.IGNORECASE,
)
OF_IT = re.compile(r"의 (?!첨가|사용|함유|배합|투입|포함|적용|염|유도체|경우)[가-힣]")  # "ATBC의 함량은 미정": not ATBC
LOCATIVE = re.compile(r"에(?:는|서|서는|도)?\s(?!대)")  # "크림에 ATBC를 넣을지" leaves ATBC open, not the cream
OTHER_TOPIC = re.compile(
    r"\s(?!(?:시험 ?)?결과|여부|아직|실험|검토|확인)[^\s,]{2,}[은는이가]\s"
)  # "팩은 충전 전압은 미정"
ATTRIBUTE = re.compile(
    r"농도|함량|비율|용량|수량|향|색|용기|포장|디자인|가격|출시|일정|브랜드|납기|원산지|제조사|등급|최종|점도|concentration|level|amount|dose|grade|price"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the words around text[start:end] say of it, and where the words that say it end or begin."""

    status: Status
    start: int  # of the words that carry it, the name included
    end: int


def read_status(text: str, start: int, end: int, others: tuple[str, ...] = ()) -> Reading:
    """Read whether what is named at text[start:end] is there; `others` are names that may stand between."""
    headed = _headed(text, start)
    if headed:
        return Reading(headed, start, end)
    before = DENIED_BEFORE.search(_clause_before(text, start))
    if before and not ENDS_DENIAL.search(before["list"]) and before["list"].count(",") <= 4:
        return Reading("denied", start - len(before[0]), end)
    after = _clause_after(text, end)
    if OPEN_BEFORE.search(_clause_before(text, start)):
        return Reading("undecided", start, end)
    if LOCATIVE.match(after) or OF_IT.match(after):
        return Reading("present", start, end)
    cues: list[tuple[int, int, Status]] = []
    for found in DENIED.finditer(after):
        between = (
            () if found[0].startswith(("대신", "대체")) else others
        )  # "감미료로 A 대신 B": A is denied, not 감미료
        if found["direct"] and not _is_direct(after[: found.start()], between):
            continue
        gap = after[: found.start()]
        if CLAUSE_END.search(gap) or OTHER_OBJECT.search(gap) or ("," in gap and _is_parted(text, start, gap)):
            break
        cues.append((found.start(), found.end(), "denied"))
        break
    for found in UNDECIDED.finditer(after):
        if _is_about(after[: found.start()], others):
            cues.append((found.start(), found.end(), "undecided"))
        break
    aside = ASIDE.match(after)
    if aside:
        cues.append((aside.start(), aside.end(), "aside"))
    present = PRESENT.search(after)
    if present:
        cues.append((present.start(), present.end(), "present"))
    if not cues:
        return Reading("present", start, end)
    _, cue_end, status = min(cues, key=lambda cue: (cue[0], cue[2] == "present"))
    return Reading(status, start, _word_end(text, end + cue_end) if status != "present" else end)


def _headed(text: str, start: int) -> Status | None:
    found = HEADED.search(text[max(0, start - 100) : start])
    if found is None:
        return None
    return "denied" if found["denied"] else "undecided"


def _clause_before(text: str, start: int) -> str:
    window = text[max(0, start - REACH) : start]
    ends = [found.end() for found in SENTENCE_END.finditer(window)]
    return window[ends[-1] :] if ends else window


def _clause_after(text: str, end: int) -> str:
    window = text[end : end + REACH]
    found = SENTENCE_END.search(window)
    return window[: found.start()] if found else window


def _without(gap: str, others: tuple[str, ...]) -> str:
    gap = BRACKETED.sub("", gap)
    for other in others:
        gap = gap.replace(other, "")
    return gap


def _is_direct(gap: str, others: tuple[str, ...]) -> bool:
    """Whether nothing but particles stands between: "A가 없", "A 대신"; not "A는 향이 없"."""
    gap = BRACKETED.sub("", gap)
    left = re.sub(r"[은는이가을를의도와과,·()\s:]|및|또는|성분|함량|전혀|아예|or|and|is|\(", "", _without(gap, others))
    return len(left) <= 1 and not gap.startswith((",", "."))


def _is_about(gap: str, others: tuple[str, ...]) -> bool:
    """Whether an open question is about the name before it: "A를 넣을지", not "A를 쓰고 향은 미정"."""
    gap = _without(gap, others)
    behind_comma = gap.split(",")[1:]
    if OTHER_TOPIC.search(gap) or any(len(FILLER.sub("", part)) > 2 for part in behind_comma):
        return False
    return not ATTRIBUTE.search(gap) and len(FILLER.sub("", gap)) <= 6


def _is_parted(text: str, start: int, gap: str) -> bool:
    """Whether a comma parts the name from a denial behind it: "A 2%, B 무첨가", but not "A, B 무첨가"."""
    own = gap.split(",", 1)[0]
    in_list = re.search(
        r"(?:성분|원료|조성|ingredients?)[^\n:.]{0,12}:[^\n]*$", text[max(0, start - 200) : start], re.I
    )
    return bool(re.search(r"[\d:]", own) or in_list or gap.count(",") > 4)


def _word_end(text: str, position: int) -> int:
    """Where the word at a position ends, so that a quote does not stop within it."""
    found = re.compile(r"[가-힣A-Za-z]{0,6}").match(text, position)
    return found.end() if found else position
