"""The rules of a call for projects: ceilings to the cent, zones, articles, and deadlines on days that change length."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest

from services.jury import deadlines, eligibility, funding_presets, presets, rulebooks, rules, zones
from services.jury.funding_presets import COOPDEV
from services.jury.published_grids import GRIDS

CLOSES = deadlines.closing(dt.date(2017, 3, 31))
GOOD = eligibility.Answers(
    legal_form="association",
    department="31",
    founded_on=dt.date(2010, 1, 1),
    place="SN",
    authority="letter",
    starts_on=dt.date(2017, 9, 1),
    years=3,
    yearly=500_000,
    total=3_000_000,
    first=True,
)
THREE_YEARS = rulebooks.Earlier(cents=1_500_000, years=3)


def test_three_times_5000_is_accepted_and_one_cent_or_one_year_more_is_not() -> None:
    assert rulebooks.over_ceilings(COOPDEV, [500_000] * 3) == []
    assert rulebooks.over_ceilings(COOPDEV, [500_001])[0] == rulebooks.Over("per_year", 500_000, 500_001)
    assert [one.ceiling for one in rulebooks.over_ceilings(COOPDEV, [300_000] * 4)] == ["years"]
    fourth = rulebooks.over_ceilings(COOPDEV, [500_000], earlier=THREE_YEARS)
    assert [one.ceiling for one in fourth] == ["per_project", "years"]


def test_the_articles_count_what_a_renewed_project_already_got() -> None:
    one_more = dataclasses.replace(GOOD, years=1)
    assert eligibility.overall(eligibility.findings(COOPDEV, one_more, CLOSES)) == "met"
    found = eligibility.findings(COOPDEV, one_more, CLOSES, THREE_YEARS)
    assert [one.article["number"] for one in found if one.verdict == "not_met"] == ["7", "8"]


def test_the_articles_add_up_what_each_year_asks() -> None:
    falling = dataclasses.replace(GOOD, years=2, total=1_000_000)
    assert eligibility.overall(eligibility.findings(COOPDEV, falling, CLOSES)) == "not_met"
    known = dataclasses.replace(falling, sums=(500_000, 200_000))
    assert eligibility.overall(eligibility.findings(COOPDEV, known, CLOSES)) == "met"


def test_the_share_of_the_cost_is_exact() -> None:
    assert rulebooks.over_ceilings(COOPDEV, [300_000], total=400_000) == []
    assert [one.ceiling for one in rulebooks.over_ceilings(COOPDEV, [300_001], total=400_000)] == ["share"]


@pytest.mark.parametrize(
    ("text", "cents"),
    [("5 000,01", 500_001), ("5\u202f000 €", 500_000), ("12.5", 1250), ("-1", None), ("1,234", None), ("", None)],
)
def test_money_is_read_to_the_cent_or_not_at_all(text: str, cents: int | None) -> None:
    assert rulebooks.cents(text) == cents


def test_sichuan_passes_the_gate_and_yunnan_does_not() -> None:
    codes = COOPDEV["zones"]["codes"]
    assert zones.within("CN-SC", codes) == "in"
    assert zones.within("CN-YN", codes) == "out"
    assert zones.within("CN", codes) == "unsure"
    assert zones.within("BR-BA", codes) == "in"


@pytest.mark.parametrize(
    ("change", "article", "verdict"),
    [
        ({}, "4", "met"),
        ({"legal_form": "company"}, "1", "not_met"),
        ({"department": "75"}, "2", "not_met"),
        ({"founded_on": dt.date(2015, 3, 31)}, "3", "met"),
        ({"founded_on": dt.date(2015, 4, 1)}, "3", "not_met"),
        ({"place": "CN-SC"}, "4", "met"),
        ({"place": "CN-YN"}, "4", "not_met"),
        ({"authority": "none"}, "5", "to_complete"),
        ({"starts_on": dt.date(2017, 3, 31)}, "6", "not_met"),
        ({"years": 4}, "7", "not_met"),
        ({"yearly": 500_001}, "8", "not_met"),
        ({"total": 1_000_000}, "9", "not_met"),
        ({"first": False}, "10", "not_met"),
        ({"founded_on": None}, "3", "unknown"),
    ],
)
def test_each_article_answers_for_itself(change: dict[str, Any], article: str, verdict: str) -> None:
    found = eligibility.findings(COOPDEV, dataclasses.replace(GOOD, **change), CLOSES)
    assert {one.article["number"]: one.verdict for one in found}[article] == verdict
    assert len(found) == 10
    assert eligibility.overall(found) == verdict


@pytest.mark.parametrize(("mode", "verdict"), [("gate", "not_met"), ("bonus", "met"), ("none", "met")])
def test_only_a_gate_refuses_a_place(mode: str, verdict: str) -> None:
    changed = COOPDEV | {"zones": COOPDEV["zones"] | {"mode": mode}}
    found = eligibility.findings(changed, dataclasses.replace(GOOD, place="CN-YN"), CLOSES)
    assert {one.article["number"]: one.verdict for one in found}["4"] == verdict


@pytest.mark.parametrize(("day", "utc"), [("2019-03-31", "21"), ("2024-03-31", "21"), ("2024-03-30", "22")])
def test_the_last_second_in_paris_on_days_that_change_length(day: str, utc: str) -> None:
    closes = deadlines.closing(dt.date.fromisoformat(day))
    assert closes.isoformat() == f"{day}T{utc}:59:59+00:00"
    assert deadlines.is_open(closes + dt.timedelta(microseconds=999_999), closes)
    assert not deadlines.is_open(closes + dt.timedelta(seconds=1), closes)


@pytest.mark.parametrize(
    ("place", "there"),
    [("MG", "2019-04-01T00:59:59"), ("KH", "2019-04-01T04:59:59"), ("BR-DF", "2019-03-31T18:59:59")],
)
def test_the_partner_sees_their_own_clock(place: str, there: str) -> None:
    clock = deadlines.partner_clock(place, deadlines.closing(dt.date(2019, 3, 31)))
    assert clock is not None
    assert clock.at.isoformat().startswith(there)
    assert deadlines.partner_clock("FR", clock.at) is None


@pytest.mark.parametrize("name", list(funding_presets.PRESETS))
def test_every_preset_holds_and_can_be_hashed(name: str) -> None:
    preset = funding_presets.PRESETS[name]
    assert len(rules.content_hash(rulebooks.check(preset["rulebook"]))) == 64
    for line in preset["criteria"]:
        assert [level["value"] for level in line["levels"]] == list(range(line["max"] + 1))
        assert line["weight"] > 0


@pytest.mark.parametrize("name", list(funding_presets.PRESETS))
def test_a_network_of_another_region_starts_from_its_own_departements_and_name(name: str) -> None:
    started = presets.of_region(funding_presets.PRESETS[name]["rulebook"], "Bretagne")
    assert "Occitanie" not in str(started)
    assert rulebooks.check(started)["articles"] == started["articles"]
    seats = [one for one in started["articles"] if one["fact"] == "department"]
    assert [one["values"] for one in seats] == [["22", "29", "35", "56"]] * len(seats)
    assert presets.of_region(presets.TRIBUNE_ASKS, "Bretagne")["articles"][1]["values"] == ["22", "29", "35", "56"]


def test_published_weights_add_up_to_what_was_published() -> None:
    totals = {name: sum(line["weight"] for line in grid["criteria"]) for name, grid in GRIDS.items()}
    expected = {"eu_concept_note": 50, "wyde": 50, "acp_culture": 100, "aid_committee": 100, "uemoa": 100}
    assert totals == expected | {"phare_access": 15, "eu_cross_border": 50}
    assert all(grid["source"] for grid in GRIDS.values())


@pytest.mark.parametrize(
    "change",
    [
        {"zones": {"mode": "gate", "codes": [], "bonus_points": 0}},
        {"zones": {"mode": "gate", "codes": ["Sichuan"], "bonus_points": 0}},
        {"ceilings": COOPDEV["ceilings"] | {"per_year_cents": 5000.01}},
        {"ceilings": COOPDEV["ceilings"] | {"per_project_cents": 100}},
        {"articles": [*COOPDEV["articles"], COOPDEV["articles"][0]]},
        {"surprise": 1},
    ],
)
def test_a_rulebook_that_cannot_be_applied_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(rulebooks.BadRulebook):
        rulebooks.check(COOPDEV | change)


def test_articles_that_speak_of_what_changed_are_to_be_read_again() -> None:
    lower = COOPDEV | {"ceilings": COOPDEV["ceilings"] | {"per_year_cents": 400_000}}
    open_to_all = COOPDEV | {"zones": COOPDEV["zones"] | {"mode": "none"}}
    said = [one | ({"text": "L’aide est de 4 000 €."} if one["number"] == "8" else {}) for one in COOPDEV["articles"]]
    assert [rulebooks.outdated(COOPDEV, after) for after in (COOPDEV, lower, open_to_all)] == [[], ["8"], ["4"]]
    assert rulebooks.outdated(COOPDEV, lower | {"articles": said}) == []
