"""What a presentation on the stage must say to be proposed: no money, its own questions."""

from __future__ import annotations

from typing import Any

import pytest

from services.jury import application_rules as rules
from services.jury import eligibility, presets, rulebooks
from shared import clock
from tests.jury_applications import ON_STAGE

TRIBUNE: dict[str, Any] = presets.TRIBUNE_RULEBOOK | presets.TRIBUNE_ASKS


def codes(**change: str) -> list[tuple[str, str]]:
    return [(one.field, one.code) for one in rules.problems(ON_STAGE | change, [], TRIBUNE)]


def test_a_presentation_is_proposed_without_a_budget_a_register_or_a_paper() -> None:
    assert codes() == []
    assert rules.awaited([], TRIBUNE) == []


@pytest.mark.parametrize("name", ["title", "summary", "presenters", "spoken", "length"])
def test_each_question_of_the_stage_is_asked(name: str) -> None:
    assert codes(**{name: ""}) == [(name, "missing")]


@pytest.mark.parametrize(
    ("typed", "code"), [("10", ""), ("11", "length"), ("0", "length"), ("dix", "number"), ("²", "number")]
)
def test_a_length_is_whole_minutes_within_what_the_call_gives(typed: str, code: str) -> None:
    rulebook = TRIBUNE | {"pitch_minutes": 10}
    found = rules.problems(ON_STAGE | {"length": typed}, [], rulebook)
    assert [one.code for one in found] == ([code] if code else [])
    assert [one.allowed for one in found if one.code == "length"] == ([10] if code == "length" else [])


def test_the_articles_of_the_stage_look_at_what_its_form_asks() -> None:
    found = eligibility.findings(TRIBUNE, rules.answers_of(ON_STAGE), clock.now())
    assert [(one.article["fact"], one.verdict) for one in found] == [
        ("legal_form", "met"),
        ("department", "met"),
        ("first", "met"),
    ]


def test_a_call_for_money_is_asked_nothing_of_the_stage() -> None:
    assert not set(rules.STAGE) & set(rules.asked({"ceilings": {}}))
    assert set(rules.STAGE) <= set(rules.asked(TRIBUNE))
    assert "siret" not in rules.asked(TRIBUNE)


def test_what_a_tribune_rules_is_checked_before_it_is_kept() -> None:
    assert rulebooks.check(TRIBUNE) == TRIBUNE
    money = TRIBUNE["articles"][0] | {"number": "9", "fact": "yearly", "test": "ceilings", "values": []}
    for wrong in ({"pitch_minutes": 0}, {"articles": [money]}, {"attachments": [{"key": "X"}]}):
        with pytest.raises(rulebooks.BadRulebook):
            rulebooks.check(TRIBUNE | wrong)
