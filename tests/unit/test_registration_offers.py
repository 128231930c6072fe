"""Until when a freed seat is kept: at least the hours promised, never into the night, never into the last day."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from services.registration.rules import offers
from shared.clock import PARIS

STARTS = dt.datetime(2016, 11, 14, 9, tzinfo=PARIS)


def at(day: int, hour: int, minute: int = 0, *, month: int = 10) -> dt.datetime:
    return dt.datetime(2016, month, day, hour, minute, tzinfo=PARIS)


def test_a_deadline_at_night_waits_for_the_morning() -> None:
    assert offers.deadline(at(3, 9), 12, STARTS) == at(4, 10)
    assert offers.deadline(at(3, 15), 10, STARTS) == at(4, 10)
    assert offers.deadline(at(3, 11), 4, STARTS) == at(3, 15)


def test_hours_are_real_hours_when_the_clocks_change() -> None:
    # The night of 30 October 2016 has 25 hours.
    assert offers.deadline(at(29, 12), 24, STARTS) == at(30, 11)


def test_no_offer_runs_into_the_last_day() -> None:
    assert offers.deadline(at(12, 9, month=11), 48, STARTS) == at(12, 20, month=11)
    assert offers.deadline(at(12, 18, month=11), 48, STARTS) is None


@given(
    st.datetimes(
        dt.datetime(2016, 10, 1),  # noqa: DTZ001  (the zone is drawn beside)
        dt.datetime(2016, 11, 13),  # noqa: DTZ001
        timezones=st.just(dt.UTC),
    ),
    st.integers(1, offers.MOST_HOURS),
)
def test_every_deadline_is_by_day_and_leaves_time(now: dt.datetime, hours: int) -> None:
    end = offers.deadline(now, hours, STARTS)
    if end is None:
        assert STARTS - now < offers.LAST + dt.timedelta(hours=18)
        return
    local = end.astimezone(PARIS)
    assert offers.MORNING <= local.time() <= offers.EVENING
    assert end - now >= offers.SHORTEST
    assert STARTS - end >= offers.LAST
