"""Clauses as pairs, and cases with a sentence taken out: what follows from a labelled chart without a writer."""

import random
from collections import Counter

from conftest import REPOSITORY

from bini.cases import load_cases
from bini.clause_pairs import clause_pairs
from bini.facts import subjects_of
from bini.pairs import Pair, pairs_as_read
from bini.recipe import load_recipe
from bini.rules import risk_level
from bini.schema import Case, ElementFinding, Label
from bini.silenced import silenced_as_read, silenced_cases

TEXT = "거름망이 달린 주전자입니다. 뚜껑은 유리이고 몸통은 놋쇠인데 3만 원입니다. 손잡이는 나무예요."
QUOTES = {
    "유리 뚜껑": ("뚜껑은 유리이고", "대응"),
    "강철 몸통": ("몸통은 놋쇠인데", "미대응"),
    "나무 손잡이": ("손잡이는 나무예요", "대응"),
}
WRITTEN = REPOSITORY / "data/written"


def labelled(quotes=QUOTES, text=TEXT):
    rows = [ElementFinding(patent_element=e, user_product_element=q, match=m) for e, (q, m) in quotes.items()]
    rows.append(ElementFinding(patent_element="주전자", user_product_element="주전자입니다", match="대응"))
    label = Label(regit_num="1", comparisons=tuple(rows), risk_level=risk_level(rows), decision_reason="그렇다")
    claim = ", ".join(quotes) + "를 포함하는 주전자."
    elements = tuple(row.patent_element for row in rows)
    return Case(case_id="c", regit_num="1", claim_text=claim, user_query=text, elements=elements, label=label)


def test_a_clause_speaks_of_the_elements_quoted_from_it_and_of_no_other():
    found = clause_pairs([labelled()], 9, random.Random(0), ())
    whole = "뚜껑은 유리이고 몸통은 놋쇠인데 3만 원입니다"
    assert {(p.element, p.mark) for p in found if p.quote == whole} == {
        ("유리 뚜껑", "대응"),
        ("강철 몸통", "미대응"),
        ("나무 손잡이", "무관"),
    }
    assert {p.element for p in found if p.quote == "거름망이 달린 주전자입니다"} == set(
        QUOTES
    )  # the claim's subject is left out
    assert all(p.element != "주전자" for p in found)


def test_what_is_known_is_left_out_and_few_are_drawn():
    known = Pair("나무 손잡이", "거름망이 달린 주전자입니다", "대응")
    found = clause_pairs([labelled()], 9, random.Random(0), [known])
    assert (known.element, known.quote) not in {(p.element, p.quote) for p in found}
    drawn = Counter((p.element, p.mark) for p in clause_pairs([labelled()], 1, random.Random(0), ()))
    assert max(drawn.values()) == 1


def test_a_sentence_taken_out_leaves_its_element_open():
    quotes = {"유리 뚜껑": ("뚜껑은 유리", "대응"), "나무 손잡이": ("손잡이는 나무", "대응")}
    text = "주전자입니다. 뚜껑은 유리 판입니다. 손잡이는 나무 막대예요. 값은 3만 원."
    made = silenced_cases([labelled(quotes, text)] * 20, 20, random.Random(0))
    assert {case.user_query for case in made} == {
        text.replace(s, "") for s in ("뚜껑은 유리 판입니다. ", "손잡이는 나무 막대예요. ")
    }
    for case in made:
        assert case.label.risk_level == "애매"
        silent = [row for row in case.label.comparisons if row.user_product_element is None]
        assert len(silent) == 1 and silent[0].match == "판단불가"
        assert all(row.user_product_element in case.user_query for row in case.label.comparisons if row not in silent)


def test_what_another_element_needs_stays():
    assert silenced_cases([labelled()], 5, random.Random(0)) == []  # 낮음 for another element
    both = QUOTES | {"강철 몸통": ("몸통은 놋쇠인데", "대응")}
    made = silenced_cases([labelled(both)] * 9, 9, random.Random(0))
    assert {case.user_query for case in made} == {
        TEXT.replace(" 손잡이는 나무예요.", "")
    }  # the middle one tells of two


def test_the_shipped_recipe_reads_both():
    recipe = load_recipe(REPOSITORY / "recipes/gemma3-270m-bini.yaml")
    files = [WRITTEN / "cases_household.jsonl", WRITTEN / "cases_digital.jsonl"]
    train = recipe.train.model_copy(update={"clauses_from_cases": 3, "silenced_cases": 7, "pairs_from_cases": 0})
    data = recipe.data.model_copy(update={"pairs": tuple(files), "more_cases": tuple(files), "corpus": ()})
    asked = recipe.model_copy(update={"data": data, "train": train})
    plain = asked.model_copy(update={"train": train.model_copy(update={"clauses_from_cases": 0, "silenced_cases": 0})})
    assert len(silenced_as_read(asked)) == 7 and silenced_as_read(plain) == []
    assert set(pairs_as_read(plain)) < set(pairs_as_read(asked)) and pairs_as_read(asked) == pairs_as_read(asked)
    cases = [case for path in files for case in load_cases(path)]
    subjects = {
        element
        for case in cases
        for element, is_subject in zip(case.elements, subjects_of(case), strict=True)
        if is_subject
    }
    new = set(pairs_as_read(asked)) - set(pairs_as_read(plain))
    assert new and not {pair.element for pair in new} & subjects
