"""The year on one line: what comes in the weeks ahead, what is late, and where a day stands."""

from __future__ import annotations

import datetime as dt

import pytest

from services.registration.rules.year import Moment, Thing, ahead, late, place, rows

SUNDAY = dt.date(2016, 10, 16)


def thing(first: dt.date, last: dt.date | None = None, *moments: Moment, title: str = "A", **more: object) -> Thing:
    return Thing("event", title, first, last or first, moments=moments, **more)  # type: ignore[arg-type]


def test_the_week_runs_from_monday_to_sunday_and_keeps_its_days_that_are_over() -> None:
    monday, next_monday = dt.date(2016, 10, 10), dt.date(2016, 10, 17)
    days = [monday - dt.timedelta(days=1), monday, SUNDAY, next_monday, monday + dt.timedelta(weeks=5)]
    weeks = ahead([thing(day, None, Moment(day, "event"), title=f"{day}") for day in days], SUNDAY)
    assert [week.monday for week in weeks] == [monday + dt.timedelta(weeks=number) for number in range(5)]
    assert [[one.title for _moment, one in week.lines] for week in weeks] == [
        ["2016-10-10", "2016-10-16"],
        ["2016-10-17"],
        [],
        [],
        [],
    ]


def test_the_lines_of_a_day_follow_the_clock_and_whole_days_come_first() -> None:
    def at(hour: int) -> dt.datetime:
        return dt.datetime(2016, 10, 14, hour, tzinfo=dt.UTC)

    day = at(9).date()
    things = [thing(day, None, Moment(day, "event", at(hour)), title=f"{hour}") for hour in (14, 9)]
    things.append(thing(day, None, Moment(day, "issue_due"), title="whole"))
    assert [one.title for _moment, one in ahead(things, SUNDAY)[0].lines] == ["whole", "9", "14"]


def test_only_what_had_its_day_is_late_the_longest_first() -> None:
    day = dt.timedelta(days=1)
    things = [thing(SUNDAY, title=f"{since}", waits=since) for since in (SUNDAY, SUNDAY - day, SUNDAY - 9 * day, None)]
    assert [one.waits for one in late(things, SUNDAY)] == [SUNDAY - 9 * day, SUNDAY - day]


@pytest.mark.parametrize(
    ("day", "where"),
    [
        (dt.date(2016, 1, 1), 0.0),
        (dt.date(2016, 2, 1), 1 / 12),
        (dt.date(2016, 12, 31), (11 + 30 / 31) / 12),
        (dt.date(2015, 12, 31), 0.0),
        (dt.date(2017, 1, 1), 1.0),
    ],
)
def test_a_day_stands_in_its_month_and_other_years_at_the_ends(day: dt.date, where: float) -> None:
    assert place(day, 2016) == pytest.approx(where)


def test_nothing_covers_anything_and_no_row_is_wasted() -> None:
    def day(month: int, number: int) -> dt.date:
        return dt.date(2016, month, number)

    long = thing(day(1, 1), day(3, 1), title="long")
    beside = thing(day(2, 1), title="beside")
    close = thing(day(2, 4), title="close")  # drawn as broad as six days: it would touch the one before
    after = thing(day(5, 1), title="after")
    assert [[one.title for one in row] for row in rows([after, close, beside, long])] == [
        ["long", "after"],
        ["beside"],
        ["close"],
    ]
