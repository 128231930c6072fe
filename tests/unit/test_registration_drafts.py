"""The programme of a template at other hours than its own."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from services.registration.drafts import NOON, draft, moved, next_edition, settled
from services.registration.event_templates import TEMPLATES
from services.registration.rules.dates import at
from services.registration.rules.question_library import default

DAY = dt.date(2017, 3, 25)


def programme(kind: str, starts: str, ends: str, *, days: int = 0) -> list[str]:
    made = moved(draft(TEMPLATES[kind], DAY), at(DAY, dt.time.fromisoformat(starts)))
    ends_at = at(DAY + dt.timedelta(days=days), dt.time.fromisoformat(ends))
    found = settled(dataclasses.replace(made, ends_at=ends_at)).programme
    return [f"{one.starts_at:%d %H:%M}-{one.ends_at:%H:%M} {one.title.split()[0]}" for one in found if one.ends_at]


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=list(TEMPLATES))
def test_at_its_own_hours_a_template_stays_as_it_is(template: object) -> None:
    made = draft(TEMPLATES[template.kind], DAY)  # type: ignore[attr-defined]
    assert settled(made) == made


@pytest.mark.parametrize(
    ("starts", "ends", "said"),
    [
        # A lunch an hour later is still one.
        ("10:30", "18:00", ["10:30-11:00 Accueil,", "11:00-13:30 Apports", "13:30-15:00 Pause", "15:00-17:30 Travail",
                            "17:30-18:00 Bilan"]),
        # At half past four it is none.
        ("14:00", "20:00", ["14:00-14:30 Accueil,", "14:30-17:00 Apports", "17:00-19:30 Travail", "19:30-20:00 Bilan"]),
        # A morning: what would come after it is left out, and it still closes.
        ("09:30", "13:00", ["09:30-10:00 Accueil,", "10:00-12:30 Apports", "12:30-13:00 Bilan"]),
        ("09:30", "09:50", []),
    ],
)  # fmt: skip
def test_a_training_at_other_hours(starts: str, ends: str, said: list[str]) -> None:
    assert programme("training", starts, ends) == [f"25 {one}" for one in said]


@pytest.mark.parametrize(
    ("starts", "ends", "lunch", "after"),
    [
        ("08:30", "16:30", "11:30-12:45", "12:45-14:15"),  # from half past eleven, and the afternoon stays
        ("07:30", "16:30", "11:30-12:30", "12:30-14:00"),  # an hour at least
        ("11:00", "18:00", "13:45-15:15", "15:15-16:45"),
        ("11:30", "18:30", "14:00-15:30", "15:45-17:15"),  # at two at the latest, once the workshops are over
        ("08:30", "12:30", "", "11:15-12:45"),  # it would not end before the day does
        ("14:00", "21:00", "", "16:45-18:15"),
    ],
)
def test_a_day_that_spans_noon_keeps_its_lunch_and_else_asks_nobody_about_it(
    starts: str, ends: str, lunch: str, after: str
) -> None:
    made = moved(draft(TEMPLATES["workshop_day"], DAY), at(DAY, dt.time.fromisoformat(starts)))
    found = settled(dataclasses.replace(made, ends_at=at(DAY, dt.time.fromisoformat(ends))))
    eaten = [
        f"{one.starts_at:%H:%M}-{one.ends_at:%H:%M}" for one in found.programme if one.follows == NOON and one.ends_at
    ]
    assert eaten == ([lunch] if lunch else [])
    assert f"{found.slots[1].starts_at:%H:%M}-{found.slots[1].ends_at:%H:%M}" == after
    asked = [one.key for one in found.questions or default(found.kind)]
    assert {"meal", "diet", "diet_note"} & set(asked) == ({"meal", "diet", "diet_note"} if lunch else set())
    assert "photo" in asked


def test_what_closes_is_on_the_last_day_across_a_change_of_clocks() -> None:
    assert programme("assembly", "09:30", "12:30", days=1)[-1] == "26 12:00-12:30 Échanges"


@pytest.mark.parametrize(
    ("edition", "title", "after"),
    [
        (1, "1er Forum", "2e Forum"),
        (1, "1re Agora", "2e Agora"),
        (6, "6e Agora", "7e Agora"),
        (6, "60e Agora", "60e Agora"),
    ],
)
def test_a_copy_has_the_next_number_in_its_title(edition: int, title: str, after: str) -> None:
    made = dataclasses.replace(draft(TEMPLATES["agora"], DAY, edition=edition), title=title)
    assert (next_edition(made).title, next_edition(made).edition) == (after, edition + 1)
