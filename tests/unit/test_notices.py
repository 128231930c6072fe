"""How many mails those who organise get of a rush, and when a day is summed up."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from services.registration.rules.dates import at
from services.registration.rules.notices import HOUR, MOST, Pace, until

NOON = at(dt.date(2016, 10, 3), dt.time(12))
MINUTE = dt.timedelta(minutes=1)


@given(st.lists(st.integers(0, 40), max_size=200))
def test_no_hour_has_more_mails_than_it_may_and_nobody_is_left_untold(arriving: list[int]) -> None:
    """Each number: the forms that came in within one minute."""
    pace, waiting, sent = Pace(), 0, []
    for minute, came in enumerate([*arriving, *[0] * 61]):
        now = NOON + minute * MINUTE
        waiting += came
        if pace.held(now) or not waiting:
            continue
        alone, pace = pace.next(waiting, now)
        mails = alone + (waiting > alone)
        assert 0 < mails <= waiting
        sent += [now] * mails
        waiting = 0
    assert waiting == 0
    assert len(sent) <= sum(arriving)
    # Windows begin with their first mail, so that any hour overlaps two of them at most.
    assert all(sum(one <= other < one + HOUR for other in sent) <= 2 * MOST for one in sent)


def test_three_hundred_within_ten_minutes_are_eleven_mails() -> None:
    pace, waiting, sent, resumes = Pace(), 0, 0, []
    for minute in range(90):
        now = NOON + minute * MINUTE
        waiting += 30 if minute < 10 else 0
        if not pace.held(now) and waiting:
            alone, pace = pace.next(waiting, now)
            sent, waiting = sent + alone + (waiting > alone), 0
            resumes.append(pace.resumes)
    assert (sent, resumes) == (11, [NOON + HOUR, None])


def test_few_come_each_by_themselves() -> None:
    assert Pace().next(3, NOON) == (3, Pace(NOON, 3))
    assert Pace(NOON, 3).next(2, NOON + MINUTE) == (2, Pace(NOON, 5))
    assert Pace(NOON, 8).next(3, NOON + MINUTE) == (1, Pace(NOON, 10)), "the tenth takes both that are left"
    assert Pace(NOON, 9).next(1, NOON + HOUR) == (1, Pace(NOON + HOUR, 1)), "an hour that was not full leaves nothing"


def test_a_morning_is_told_once_it_is_eight_and_settled() -> None:
    evening, day = at(dt.date(2016, 10, 2), dt.time(20)), dt.date(2016, 10, 3)
    eight = at(day, dt.time(8))
    assert until("daily", evening, eight + MINUTE / 2) is None
    assert until("daily", evening, eight + MINUTE) == eight
    assert until("daily", eight, at(day, dt.time(23))) is None
    assert until("daily", at(dt.date(2016, 9, 1), dt.time(8)), at(day, dt.time(7))) == eight - dt.timedelta(days=1)
    assert until("each", NOON, NOON + 3 * MINUTE) == NOON + 2 * MINUTE
