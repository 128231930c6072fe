"""What the desk compares: the same asked gives the same, more money never makes anybody leave where one stops."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.jury.desk import trials
from services.jury.selection import PLAIN, Wish

A, B, C = Wish("A", 500), Wish("B", 400, 200), Wish("C", 100)


def test_the_line_moves_with_the_envelope_and_each_rule_draws_its_own() -> None:
    stop, skip = trials([A, B, C], [A, B, C], 900, 700, partial=False, terms=PLAIN)
    assert (stop.entering, stop.leaving, stop.given, stop.tried.remaining) == ([], ["B"], {"A": 500}, 200)
    assert (skip.entering, skip.leaving, skip.given) == (["C"], ["B"], {"A": 500, "C": 100})


def test_another_order_lets_in_who_was_out() -> None:
    stop, _skip = trials([A, B, C], [C, A, B], 600, 600, partial=False, terms=PLAIN)
    assert (stop.entering, stop.leaving) == (["C"], [])


wishes = st.lists(st.integers(1, 900), min_size=1, max_size=8).map(
    lambda sums: [Wish(str(n), s) for n, s in enumerate(sums)]
)


@given(wishes, st.integers(0, 3000), st.integers(0, 3000), st.booleans())
def test_the_money_is_never_passed_and_what_is_not_changed_changes_nothing(
    ranked: list[Wish], today: int, wanted: int, partial: bool
) -> None:
    for trial in trials(ranked, ranked, today, wanted, partial=partial, terms=PLAIN):
        assert sum(trial.given.values()) + trial.tried.remaining == wanted
        assert trial.tried.remaining >= 0
        if today == wanted:
            assert (trial.entering, trial.leaving) == ([], [])
        if trial.rule == "stop" and wanted >= today:
            assert trial.leaving == []
