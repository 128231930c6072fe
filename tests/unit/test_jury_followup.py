"""What is paid when, and when a reminder leaves."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.jury import followup_rules as rules


def test_a_year_at_once_or_an_advance_and_its_balance() -> None:
    three = [rules.Part(year, "advance", 500_000) for year in (1, 2, 3)]
    assert rules.plan([500_000] * 3, 100) == three
    assert rules.plan([500_001], 80) == [rules.Part(1, "advance", 400_000), rules.Part(1, "balance", 100_001)]


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=3), st.integers(1, 100))
def test_the_parts_are_the_award_to_the_cent(yearly: list[int], advance: int) -> None:
    parts = rules.plan(yearly, advance)
    assert sum(one.cents for one in parts) == sum(yearly)
    assert all(one.cents > 0 for one in parts)


def test_the_first_advance_waits_for_nothing_and_each_later_part_for_its_report() -> None:
    def state(year: int, kind: str, *accepted: int) -> str:
        return rules.state_of(year, kind, paid=False, cancelled=False, accepted=set(accepted))

    assert state(1, "advance") == "due"
    assert (state(1, "balance"), state(1, "balance", 1)) == ("blocked", "due")
    assert (state(2, "advance"), state(2, "advance", 1)) == ("blocked", "due")
    assert state(3, "advance", 1) == "blocked"


@pytest.mark.parametrize(
    ("today", "sent"),
    [
        (dt.date(2030, 12, 31), 0),
        (dt.date(2031, 1, 1), 1),
        (dt.date(2031, 1, 23), 1),
        (dt.date(2031, 1, 24), 2),
        (dt.date(2031, 2, 6), 2),
        (dt.date(2031, 2, 7), 3),
        (dt.date(2032, 1, 1), 3),
    ],
)
def test_two_reminders_before_the_day_and_one_after(today: dt.date, sent: int) -> None:
    assert rules.reminders_by(dt.date(2031, 1, 31), today) == sent


def test_the_report_of_a_leap_day_is_due_on_the_28th() -> None:
    assert rules.same_day(dt.date(2032, 2, 29), 1) == dt.date(2033, 2, 28)


def test_a_report_says_what_was_done_for_how_many_and_for_how_much() -> None:
    assert rules.problems({}) == dict.fromkeys(("done", "results", "people", "spent"), "missing")
    wrong = {"done": "x", "results": "y", "people": "beaucoup", "spent": "cher"}
    assert rules.problems(wrong) == {"people": "number", "spent": "amount"}
