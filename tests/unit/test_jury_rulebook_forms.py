"""The parts of a rulebook as rows of a form: what is shown is read back the same, and what is wrong is named."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import pytest

from services.jury import funding_presets, rulebook_forms, rulebooks
from services.jury import selection as money


@dataclass(frozen=True)
class Kept:
    """A criterion as the table holds it."""

    title: str
    title_en: str
    help: str
    weight: int
    max_level: int
    minimum: int | None
    comment_required_for: list[int]
    levels: list[dict[str, Any]]
    section: dict[str, Any] | None


@pytest.mark.parametrize("preset", list(funding_presets.PRESETS))
def test_what_is_shown_is_read_back_the_same(preset: str) -> None:
    one = funding_presets.PRESETS[preset]
    rulebook = one["rulebook"]
    for part, shown, read in (
        ("articles", rulebook_forms.articles_shown, rulebook_forms.articles_read),
        ("envelopes", rulebook_forms.envelopes_shown, rulebook_forms.envelopes_read),
        ("attachments", rulebook_forms.papers_shown, rulebook_forms.papers_read),
    ):
        found, problems = read(shown(rulebook[part]))
        assert problems == {}
        rulebooks.check(rulebook | {part: found})
        if part != "attachments":
            assert found == rulebook[part]
    criteria = one["criteria"]
    kept = [
        Kept(
            c["title"],
            c.get("title_en", ""),
            c["help"],
            c["weight"],
            c["max"],
            c["minimum"],
            c["comment_required_for"],
            c["levels"],
            c.get("section"),
        )
        for c in criteria
    ]
    assert rulebook_forms.criteria_read(rulebook_forms.criteria_shown(kept)) == (criteria, {})


def test_a_level_is_parted_from_what_it_asks_for_as_either_language_spaces_it() -> None:
    lines = "Non\nBon : ce que l’on voit\nBon\u202f: ce que l’on voit\nGood: what is seen"
    row = defaultdict(str, title="Besoin", weight="1", levels=lines)
    (criterion,), _problems = rulebook_forms.criteria_read([row])
    assert [(one["label"], one["evidence"]) for one in criterion["levels"]] == [
        ("Non", ""),
        ("Bon", "ce que l’on voit"),
        ("Bon", "ce que l’on voit"),
        ("Good", "what is seen"),
    ]


def test_an_age_of_five_thousand_digits_is_no_number() -> None:
    age = {"number": "1", "title": "x", "text": "x", "check": "founded_on", "values": "", "least": "9" * 5000}
    assert rulebook_forms.articles_read([age])[1] == {(0, "least"): "number"}


def test_each_wrong_cell_is_named() -> None:
    article = {"number": "1", "title": "", "text": "x", "check": "legal_form", "values": "licorne", "least": ""}
    age = {"number": "1", "title": "x", "text": "x", "check": "founded_on", "values": "", "least": "deux"}
    assert rulebook_forms.articles_read([article, age])[1] == {
        (0, "title"): "missing",
        (0, "values"): "values",
        (1, "number"): "twice",
        (1, "least"): "number",
    }
    envelope = {"id": "", "title": "x", "funder": "", "euros": "beaucoup", "unit": "0"}
    assert rulebook_forms.envelopes_read([envelope])[1] == {
        (0, "funder"): "missing",
        (0, "euros"): "amount",
        (0, "unit"): "amount",
    }
    criterion = dict.fromkeys(rulebook_forms.CRITERION, "") | {"title": "x", "weight": "0", "least_points": "1"}
    criterion |= {"minimum": "2", "comments": "0, 9", "levels": "Non\nOui"}
    assert rulebook_forms.criteria_read([criterion])[1] == {
        (0, "section"): "missing",
        (0, "weight"): "number",
        (0, "minimum"): "level",
        (0, "comments"): "level",
    }


# How an award weighs on its envelope


def test_a_three_year_award_reserves_all_its_years_or_one_at_a_time() -> None:
    wishes = [money.Wish(name, 1_500_000) for name in "ABC"]
    whole = money.select(wishes, 1_500_000, "stop")
    assert [award.project for award in whole.awards] == ["A"]
    yearly = money.select(wishes, 1_500_000, "stop", terms=money.Terms(years=3, yearly=True))
    assert [award.project for award in yearly.awards] == ["A", "B", "C"]
    assert (yearly.committed, yearly.remaining) == (1_500_000, 0)


def test_an_envelope_per_person_has_800_units_and_no_801st() -> None:
    unit = money.Terms(unit=100_000)
    wishes = [money.Wish("A", 79_900_000), money.Wish("B", 200_000, 100_000)]
    found = money.select(wishes, 80_000_000, "stop", partial=True, terms=unit)
    assert [award.awarded for award in found.awards] == [79_900_000, 100_000]
    odd = money.select([money.Wish("A", 300_000, 100_000)], 250_000, "stop", partial=True, terms=unit)
    assert [award.awarded for award in odd.awards] == [200_000]
