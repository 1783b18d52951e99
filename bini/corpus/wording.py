"""Sentence frames for materials: many ways to name, deny, leave open and replace.

`{N}` is a name, `{R}` the role, `{A}` the amount; `{N:을}` adds the particle. `«…»` is what a claim chart quotes.
"""

import re
from collections.abc import Mapping
from functools import partial

from bini.corpus.korean import PAIRS, with_particle

PLACE = re.compile(r"\{(\w)(?::([^}]+))?\}")

PRESENT_KO = (
    "«{N} {A}»{E:을} 넣는다",
    "«{N:을} {A} 함유»한다",
    "«{N:이} {A} 들어간다»",
    "«{N:을} {A} 배합»했다",
    "«{N} {A}»{E:을} 쓴다",
    "«{N:을} {A} 사용»한다",
    "«{N:을} {A} 적용»했다",
    "핵심은 «{N} {A}»이다",
    "주요 구성은 «{N} {A}»이다",
    "«{N} {A}»{E:을} 더했다",
    "«{N:을} {A} 포함»한다",
    "«{N:을} {A} 채택»했다",
    "이번 안에는 «{N:을} {A} 쓰기로 확정»했다",
)
PRESENT_EN = (
    "it contains «{N} {A}»",
    "we use «{N} {A}»",
    "«{N} {A}» is included",
    "the formula has «{N} {A}»",
    "«{N} {A}» is part of the design",
)
ROLE_KO = (
    "{R:으로}는 «{N} {A}»{E:을} 쓴다",
    "«{R:은} {N} {A}»이다",
    "{R:으로} «{N:을} {A} 사용»한다",
    "«{N:을} {A} {R:으로} 사용»한다",
    "{R} 역할은 «{N} {A}»{E:이} 맡는다",
    "{R:으로}서 «{N:을} {A} 적용»했다",
    "{R} 쪽은 «{N} {A}»{E:으로} 확정했다",
    "{R} 자리에는 «{N} {A}»{E:을} 쓴다",
    "{R:은} 여러 후보 가운데 «{N} {A}»{E:으로} 정했다",
)
INSTEAD_KO = (
    "{R:으로}는 {O} 대신 «{N} {A}»{E:을} 쓴다",
    "{O:은} 빼고 {R} 자리에 «{N} {A}»{E:을} 넣었다",
    "처음에는 {O:을} 검토했으나 {R:은} «{N} {A}»{E:으로} 확정했다",
    "{R:은} {O:이} 아니라 «{N} {A}»이다",
    "기존 제품의 {O:을} 없애고 {R:으로} «{N:을} {A} 채택»했다",
    "{O:은} 원가 때문에 포기했고 {R:으로} «{N} {A}»{E:을} 사용한다",
)
CANDIDATES_KO = (
    "«{R:은} {N:과} {O} 가운데 하나로 정할 예정»이다",
    "{R:은} «{N:과} {O:을} 놓고 고민 중»이다",
    "«{R} 후보: {N}, {O}» 중 하나를 고른다",
    "«{N:이} 될지 {O:이} 될지는 안정도 시험 뒤에 결정»한다",
    "{R:으로} «{N} 또는 {O:을} 검토 중»이다",
)
CANDIDATES_EN = ("«the {R} will be either {N} or {O}, not decided yet»", "«candidates for the {R}: {N}, {O}»")
INSTEAD_EN = (
    "the {R} is «{N} {A}» instead of {O}",
    "we dropped {O} and now use «{N} {A}» as the {R}",
    "as the {R} it has «{N} {A}», not {O}",
)
ROLE_EN = (
    "the {R} is «{N} {A}»",
    "«{N} {A}» serves as the {R}",
    "we use «{N} {A}» as the {R}",
    "for the {R} we settled on «{N} {A}»",
)
AMOUNT_OPEN_KO = (
    "«{N:을} 쓰지만 양은 미정»이다",
    "«{N}의 함량은 아직 확정하지 못했다»",
    "«{N:을} 적당량 넣는다»",
    "«{N:은} 넣기로 했고 배합량은 조율 중»이다",
    "«{N} 소량»을 쓴다",
)
AMOUNT_OPEN_EN = ("we use «{N}, amount to be fixed»", "it contains «{N} (level not disclosed)»")
DENIED_KO = (
    "«{N:은} 넣지 않는다»",
    "«{N} 무첨가»이다",
    "«{N:을} 쓰지 않는다»",
    "«{N:은} 함유하지 않는다»",
    "«{N:은} 전혀 사용하지 않았다»",
    "«{N:을} 처방에서 제외»했다",
    "«{N:은} 뺐다»",
    "«{N} 프리»이다",
    "«{N:이} 들어가지 않는다»",
    "«{N} 불검출»이다",
    "«{N} 0%»이다",
    "«{N:은} 배제»했다",
    "«{N:을} 일절 쓰지 않기로 했다»",
    "«{N:은} 없다»",
    "«{N} 미사용»이다",
    "«{N:은} 다른 라인에만 쓰고 이 제품에는 들어가지 않는다»",
    "«{N:은} 한 방울도 쓰지 않는다»",
    "«{N} 제외 처방»이다",
    "초기 시제품과 달리 «{N:은} 더 이상 사용하지 않는다»",
    "«{N:을} 포함하지 않는다»",
    "«{N:은} 들어 있지 않다»",
)
DENIED_EN = (
    "«{N} is not used»",
    "it is «free of {N}»",
    "it contains «no {N}»",
    "«{N} has been left out»",
    "it works «without {N}»",
    "«we do not add {N}»",
)
UNDECIDED_KO = (
    "«{N:을} 넣을지 아직 정하지 못했다»",
    "«{N} 적용 여부는 미정»이다",
    "«{N} 사용을 검토 중»이다",
    "«{N:은} 후보 중 하나»이다",
    "«{N:을} 쓸지 말지 고민 중»이다",
    "«{N} 채택 여부는 협의 중»이다",
    "«{N:은} 시험 결과를 보고 결정»한다",
    "«{N} 사용 가능성을 열어 두었다»",
)
UNDECIDED_EN = (
    "«whether to use {N} is undecided»",
    "«{N} is one of the candidates»",
    "«{N} is under consideration»",
    "«we may or may not use {N}»",
)
ROLE_OPEN_KO = (
    "«{R:은} 아직 정하지 않았다»",
    "«{R:은} 미정»이다",
    "«{R:은} 협력사와 협의 중»이다",
    "«{R} 종류는 공개할 수 없다»",
    "«{R:은} 고르는 중»이다",
    "«{R:이} 무엇인지는 확인되지 않았다»",
    "«{R} 선정은 다음 달로 미뤘다»",
    "«{R} 정보는 아직 받지 못했다»",
)
ROLE_OPEN_EN = ("«the {R} has not been chosen»", "«the {R} is TBD»", "«the supplier has not disclosed the {R}»")
GENUS_KO = (
    "«{N:을} 쓴다»",
    "«{N} 계열»을 쓴다",
    "«{N}» 1종을 적용한다",
    "«{N:을} 사용»한다",
    "«{N} 중 하나»를 쓰는데 구체적인 이름은 모른다",
    "«{N} 종류»를 사용한다",
)
GENUS_EN = ("it uses «{N} of some kind»", "«some kind of {N}» is used", "«{N} (grade not specified)» is used")
CODE_NAME_KO = (
    "«{R:은} 사내 코드 {N}»으로만 관리한다",
    "«{R:은} {N}»라는 코드명만 전달받았다",
    "«{R:은} 비공개 품번 {N}»이다",
)
CODE_NAME_EN = ("«the {R} is known only by its code {N}»", "«{R}: internal code {N}»")


def fill(frame: str, values: Mapping[str, str]) -> str:
    """Fill a frame; an empty amount leaves no gap, and {E:을} takes its sound from the words before it."""
    text = frame
    for _ in range(2):  # the second pass knows what stands before {E:…}
        text = PLACE.sub(partial(_filled, values=values, text=text), text)
    text = re.sub(r"\s{2,}", " ", text).replace(" »", "»").replace("« ", "«")
    return re.sub(r"\s+([,.)])", r"\1", text)


def _filled(found: re.Match[str], values: Mapping[str, str], text: str) -> str:
    letter, particle = found.group(1), found.group(2)
    if letter == "E":
        before = text[: found.start()].rstrip("» ")
        if "{" in before:
            return found.group()  # the second pass knows what stands before
        return with_particle(before, particle)[len(before) :]
    word = values[letter]
    if particle is None:
        return word
    return with_particle(word, particle) if particle in PAIRS else word + particle
