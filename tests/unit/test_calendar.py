"""A calendar file that any reader takes, in spring and in autumn."""

from __future__ import annotations

import datetime as dt

import icalendar
import pytest

from shared.calendar import Slot, ics
from shared.clock import PARIS


def slot(**more: object) -> Slot:
    at = dt.datetime(2016, 10, 14, 9, 30, tzinfo=PARIS)
    given = {"uid": "a@agora.example", "sequence": 0, "starts_at": at, "ends_at": at + dt.timedelta(hours=2)}
    return Slot(**(given | {"summary": "Agora"} | more))  # type: ignore[arg-type]


def read(*slots: Slot) -> list[icalendar.Event]:
    return list(icalendar.Calendar.from_ical(ics(list(slots))).walk("VEVENT"))


def test_times_are_the_instants_given() -> None:
    (entry,) = read(slot())
    assert entry.decoded("dtstart") == dt.datetime(2016, 10, 14, 7, 30, tzinfo=dt.UTC)
    assert entry.decoded("dtend") == dt.datetime(2016, 10, 14, 9, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(("day", "utc_hour"), [(dt.date(2016, 10, 29), 12), (dt.date(2016, 10, 30), 13)])
def test_two_in_the_afternoon_stays_so_across_the_clock_change(day: dt.date, utc_hour: int) -> None:
    at = dt.datetime.combine(day, dt.time(14), PARIS)
    (entry,) = read(slot(starts_at=at, ends_at=at + dt.timedelta(hours=1)))
    assert entry.decoded("dtstart").hour == utc_hour


def test_a_change_keeps_the_uid_and_a_cancellation_says_so() -> None:
    (entry,) = read(slot(sequence=3, cancelled=True))
    assert (entry["uid"], entry["sequence"], entry["status"]) == ("a@agora.example", 3, "CANCELLED")


def test_text_cannot_break_out_of_its_line() -> None:
    hostile = "Salle A\r\nATTENDEE:mailto:x@y.example\nEND:VEVENT; virgule, « guillemets »"
    (entry,) = read(slot(location=hostile))
    assert "ATTENDEE" not in entry
    assert "END:VEVENT" in str(entry["location"])
