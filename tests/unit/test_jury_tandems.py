"""A tandem is one association and one class: who writes what, what is missing, no pupil named, no day of holidays."""

from __future__ import annotations

import datetime as dt

import pytest

from services.jury import application_rules, rulebooks, school_holidays, tandems
from services.jury.application_rules import Problem
from services.jury.funding_presets import PRESETS
from tests.jury_applications import TANDEM

RULES = PRESETS["tandems"]["rulebook"]


def problems(**change: str) -> list[Problem]:
    return application_rules.problems(TANDEM | change, [], RULES)


def test_the_preset_is_a_rulebook_whose_articles_look_at_what_its_form_asks() -> None:
    assert rulebooks.check(RULES)["tandem"] is True
    with pytest.raises(rulebooks.BadRulebook, match="what the form does not ask"):
        rulebooks.check(
            RULES | {"articles": [RULES["articles"][0] | {"fact": "founded_on", "test": "age", "least": 2}]}
        )


def test_two_whole_halves_can_be_filed() -> None:
    assert problems() == []


@pytest.mark.parametrize("half", tandems.HALVES)
def test_a_half_that_is_missing_is_one_problem_that_says_which(half: str) -> None:
    alone = {name: text for name, text in TANDEM.items() if name not in tandems.own(half)}
    found = application_rules.problems(alone, [], RULES)
    assert [one.code for one in found if one.field in tandems.own(half)] == [f"no_{half}"]
    assert tandems.lacking(alone) == half


def test_each_half_writes_its_own_part_and_both_the_project() -> None:
    assert not tandems.may_write("class", "siret")
    assert not tandems.may_write("class", "request_1")
    assert not tandems.may_write("class", "expense_amount_3")
    assert not tandems.may_write("association", "pupils")
    assert all(tandems.may_write(half, name) for half in tandems.HALVES for name in tandems.TOGETHER)
    assert tandems.may_write("", "pupils")


def test_the_class_says_how_many_pupils_and_that_the_head_agrees() -> None:
    assert problems(pupils="Emma, Lucas") == [Problem("pupils", "pupils")]
    assert problems(pupils="0") == [Problem("pupils", "pupils")]
    assert problems(school_agrees="") == [Problem("school_agrees", "head")]


@pytest.mark.parametrize(
    "text",
    [
        "Emma Martin, Lucas Petit, Chloé Durand",
        "Les élèves : Emma Martin ; Lucas Petit et Chloé Durand",
        "1. Emma M.\n2. Lucas P.\n3. Chloé D.",
        "- Emma\n- Lucas\n- Chloé\n- Inès\n- Noé\n- Jean-Baptiste",
    ],
)
def test_a_list_of_names_does_not_go_into_the_half_of_the_class(text: str) -> None:
    assert problems(class_work=text) == [Problem("class_work", "names")]


@pytest.mark.parametrize(
    "text",
    [
        "La classe enquête à Toulouse, Albi et Castres.",
        "Deux élèves présentent, quatre filment, les autres écrivent.",
        "Avec Anne Roux, de l’association, la classe écrit à Battambang.",
        "Histoire, géographie, arts plastiques, anglais",
    ],
)
def test_towns_subjects_and_one_guest_are_no_list_of_names(text: str) -> None:
    assert problems(class_work=text) == []


def test_the_departments_of_the_three_zones_are_those_of_the_mainland_once_each() -> None:
    held = [one for zone in school_holidays.ZONES.values() for one in zone]
    mainland = {f"{number:02}" for number in range(1, 96)} - {"20"}
    assert len(held) == len(set(held))
    assert set(held) == mainland
    assert school_holidays.zone_of("31") == "C"
    assert school_holidays.zone_of("2A") is None


def test_each_zone_has_its_own_winter() -> None:
    day = dt.date(2027, 2, 10)
    assert school_holidays.on(day, "31") == school_holidays.Holiday(
        "winter", "C", dt.date(2027, 2, 6), dt.date(2027, 2, 21)
    )
    assert school_holidays.on(day, "33") is None
    assert school_holidays.on(dt.date(2027, 2, 22), "31") is None


def test_every_zone_has_five_holidays_in_each_year_that_begin_on_a_saturday() -> None:
    for year in school_holidays.CALENDAR:
        for zone in school_holidays.ZONES:
            spans = (year.shared | year.of_zone[zone]).values()
            assert len(spans) == 5
            assert {first.weekday() for first, _last in spans} == {5}


def test_a_public_holiday_and_the_bridge_of_ascension_have_no_school() -> None:
    days = [dt.date(2026, 11, 11), dt.date(2027, 5, 7), dt.date(2027, 5, 10)]
    assert [one.kind if (one := school_holidays.on(day, "31")) else "" for day in days] == ["closed", "closed", ""]
    for year in school_holidays.CALENDAR:
        assert all(day.weekday() < 5 and year.begins < day < year.ends for day in year.closed)


def test_a_meeting_in_the_holidays_of_the_school_is_told_and_one_that_nobody_knows_too() -> None:
    told = tandems.meetings(TANDEM | {"meeting_1": "2027-02-10", "meeting_2": "2027-03-16", "meeting_3": "2031-01-20"})
    assert [(one.field, one.holiday.kind if one.holiday else "", one.known) for one in told] == [
        ("meeting_1", "winter", True),
        ("meeting_3", "", False),
    ]


def test_the_portfolio_names_both_halves() -> None:
    assert tandems.both("Eau et Compagnie", TANDEM) == "Eau et Compagnie + Collège Jean-Moulin, Albi"
    assert tandems.both("Eau et Compagnie", {}) == "Eau et Compagnie"
