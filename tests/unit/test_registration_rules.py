"""The pure rules of registration."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registration.rules import dates, people, seats
from shared.clock import PARIS
from shared.errors import RuleError

NOON = dt.datetime(2016, 10, 14, 12, tzinfo=PARIS)
LATER = NOON + dt.timedelta(days=1)


def count(free: int, waiting: int = 0, *, quota_id: int = 1, workshop: bool = False) -> seats.Count:
    return seats.Count(quota_id, capacity=10, taken=10 - free, waiting=waiting, workshop=workshop)


def test_everything_free_is_granted() -> None:
    granted = seats.decide(count(1, quota_id=9), [count(1, quota_id=2, workshop=True)])
    assert granted == seats.Grant("confirmed", (9, 2), ())


def test_a_full_workshop_is_waited_for() -> None:
    granted = seats.decide(count(1, quota_id=9), [count(0, quota_id=2, workshop=True)])
    assert granted == seats.Grant("confirmed", (9,), (2,))


def test_without_a_seat_nothing_else_is_claimed() -> None:
    granted = seats.decide(count(0, quota_id=9), [count(5, quota_id=2, workshop=True)])
    assert granted == seats.Grant("wait_listed", (), (9,))


def test_a_newcomer_never_passes_the_queue() -> None:
    assert seats.decide(count(1, waiting=1), []).status == "wait_listed"


def kept(free: int, unused: int, waiting: int = 0) -> seats.Count:
    """With a reserve of `unused` seats for associations, for which `waiting` of them queue."""
    reserve = seats.Reserve(frozenset({"association"}), unused, used=0, waiting=waiting, until=NOON.date())
    return seats.Count(1, capacity=10, taken=10 - free, waiting=waiting, workshop=False, reserves=(reserve,))


def test_no_more_is_kept_than_is_left_and_nobody_else_takes_it() -> None:
    assert (kept(2, 3).kept, kept(2, 3).free) == (2, 0)
    assert seats.decide(kept(2, 3), [], "company").status == "wait_listed"
    assert seats.decide(kept(2, 3), [], "association").status == "confirmed"


def test_a_newcomer_of_a_reserve_never_passes_its_queue() -> None:
    assert seats.decide(kept(2, 1, waiting=1), [], "association").status == "wait_listed"


def session(name: str, hours: int, minutes: int = 0, *, length: int = 60) -> seats.Session:
    begins = NOON.replace(hour=hours, minute=minutes)
    return seats.Session(name, name, begins, begins + dt.timedelta(minutes=length))


def test_overlaps_are_found_and_touching_ends_are_none() -> None:
    ten, late, eleven = session("A", 10), session("B", 10, 59), session("C", 11)
    assert seats.first_overlap([ten, eleven]) is None
    assert seats.first_overlap([late, ten]) == (ten, late)
    with pytest.raises(RuleError, match="« A » et « B »"):
        seats.refuse_overlap([late, ten])


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 60)), max_size=6))
def test_overlap_agrees_with_the_definition(shape: list[tuple[int, int]]) -> None:
    sessions = [session(str(number), hours, length=length) for number, (hours, length) in enumerate(shape)]
    pairwise = any(
        one.starts_at < other.ends_at and other.starts_at < one.ends_at
        for place, one in enumerate(sessions)
        for other in sessions[:place]
    )
    assert (seats.first_overlap(sessions) is not None) == pairwise


def test_undo_ends_after_fifteen_minutes() -> None:
    assert seats.may_undo(NOON, NOON + dt.timedelta(minutes=15))
    assert not seats.may_undo(NOON, NOON + dt.timedelta(minutes=15, microseconds=1))
    assert not seats.may_undo(None, NOON)


@pytest.mark.parametrize(
    ("state", "opens", "closes", "code"),
    [
        ("draft", None, None, "event-not-open"),
        ("closed", None, None, "event-not-open"),
        ("published", NOON + dt.timedelta(seconds=1), None, "registration-not-open-yet"),
        ("published", None, NOON, "registration-closed"),
    ],
)
def test_closed_events_refuse(state: str, opens: dt.datetime | None, closes: dt.datetime | None, code: str) -> None:
    with pytest.raises(RuleError) as refusal:
        seats.refuse_closed(state, opens, closes, LATER, NOON)
    assert refusal.value.code == code


def test_an_event_is_open_from_its_first_instant() -> None:
    seats.refuse_closed("published", NOON, NOON + dt.timedelta(seconds=1), LATER, NOON)


def test_an_event_that_is_over_takes_nobody_even_without_a_closing_date() -> None:
    seats.refuse_closed("published", None, None, NOON + dt.timedelta(seconds=1), NOON)
    with pytest.raises(RuleError, match="closes"):
        seats.refuse_closed("published", None, None, NOON, NOON)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("lea@gmial.com", "lea@gmail.com"),
        ("lea@gmail.con", "lea@gmail.com"),
        ("lea@gmal.com", "lea@gmail.com"),
        ("lea@wanado.fr", "lea@wanadoo.fr"),
        ("lea@hotmial.fr", "lea@hotmail.fr"),
        ("lea@Orange.rf", "lea@orange.fr"),
        ("lea@gmail.com", None),
        ("lea@ymail.com", None),
        ("lea@mairie-albi.fr", None),
        ("lea", None),
        ("@gmial.com", None),
    ],
)
def test_slips_in_addresses(typed: str, meant: str | None) -> None:
    assert people.suggest_email(typed) == meant


@given(st.text(max_size=40))
def test_suggestions_are_stable_and_never_raise(text: str) -> None:
    meant = people.suggest_email(text)
    assert meant is None or people.suggest_email(meant) is None


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("Rakotondrainibé", "rakotondrainibe"),
        ("Œuvre  d’Été", "oeuvre d'ete"),
        ("ŁÓDŹ", "lodz"),
        ("Søren Đặng", "soren dang"),
        ("", ""),
    ],
)
def test_names_are_folded(name: str, folded: str) -> None:
    assert people.fold(name) == folded


def test_two_submissions_are_one_only_for_the_same_person() -> None:
    key = people.same_submission_key("k", "Lea@Example.org ", "Léa", "Dupont")
    assert key == people.same_submission_key("k", "lea@example.org", "lea", "DUPONT")
    assert key != people.same_submission_key("k", "lea@example.org", "Noé", "Dupont")
    assert key != people.same_submission_key("other", "lea@example.org", "lea", "DUPONT")


@pytest.mark.parametrize(
    "text",
    ["vendredi 14 octobre 2016", "Vendredi 14 OCTOBRE 2016", "14/10/2016", "14.10.2016", "2016-10-14", "14 oct. 2016"],
)
def test_dates_are_read(text: str) -> None:
    found = dates.read_date(text)
    assert found is not None
    assert (found.date, found.mismatch) == (dt.date(2016, 10, 14), "")


def test_a_wrong_weekday_is_warned_about() -> None:
    found = dates.read_date("samedi 23 octobre 2013")
    assert found is not None
    assert found.mismatch == "Le 23 octobre 2013 est un mercredi, pas un samedi."


def test_the_first_of_a_month() -> None:
    found = dates.read_date("mercredi 1er mars 2017")
    assert found is not None
    assert dates.french_date(found.date) == "mercredi 1er mars 2017"


@pytest.mark.parametrize("text", ["", "demain", "31 février 2016", "14 octobre", "xdi 14 octobre 2016", "1/2/3"])
def test_what_is_no_date_is_none(text: str) -> None:
    assert dates.read_date(text) is None


@given(st.dates(dt.date(1000, 1, 1)))
def test_every_date_is_read_as_it_is_said(date: dt.date) -> None:
    found = dates.read_date(dates.french_date(date))
    assert found is not None
    assert (found.date, found.mismatch) == (date, "")


@pytest.mark.parametrize(
    ("text", "time"),
    [("9h", dt.time(9)), ("9 h 30", dt.time(9, 30)), ("09:30", dt.time(9, 30)), ("25h", None), ("midi", None)],
)
def test_times_are_read(text: str, time: dt.time | None) -> None:
    assert dates.read_time(text) == time


@given(st.text(max_size=60))
def test_no_text_breaks_the_readers(text: str) -> None:
    dates.read_date(text)
    dates.read_time(text)
    people.fold(text)
