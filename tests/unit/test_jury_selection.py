"""Awards out of an envelope: both rules at the line, cut awards, the reserve list, and never a cent too many."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.jury.selection import Rule, Terms, Wish, instalments, select

EURO = 100
RANKED = [
    Wish("A", 5000 * EURO),
    Wish("B", 5000 * EURO + 1, minimum=3000 * EURO),
    Wish("C", 2000 * EURO),
    Wish("D", 500 * EURO),
]


def awarded(envelope: int, rule: Rule, *, partial: bool = False) -> dict[str, int]:
    return {a.project: a.awarded for a in select(RANKED, envelope, rule, partial=partial).awards}


def test_stop_ends_at_the_first_project_that_does_not_fit() -> None:
    found = select(RANKED, 10_000 * EURO, "stop")
    assert [a.project for a in found.awards] == ["A"]
    assert [(r.project, r.rank, r.missing) for r in found.reserve] == [("B", 2, 1), ("C", 3, 0), ("D", 4, 0)]
    assert (found.committed, found.remaining) == (5000 * EURO, 5000 * EURO)


def test_skip_goes_on_with_those_that_fit() -> None:
    found = select(RANKED, 10_000 * EURO, "skip")
    assert [(a.project, a.rank) for a in found.awards] == [("A", 1), ("C", 3), ("D", 4)]
    assert [(r.project, r.missing) for r in found.reserve] == [("B", 2500 * EURO + 1)]


def test_a_cent_decides() -> None:
    assert awarded(10_000 * EURO + 1, "stop") == {"A": 5000 * EURO, "B": 5000 * EURO + 1}
    assert awarded(10_000 * EURO, "stop") == {"A": 5000 * EURO}


def test_a_cut_award_needs_its_minimum() -> None:
    assert awarded(8000 * EURO, "stop", partial=True) == {"A": 5000 * EURO, "B": 3000 * EURO}
    assert awarded(8000 * EURO - 1, "stop", partial=True) == {"A": 5000 * EURO}
    # C and D gave no minimum: they take the whole sum or nothing, and "stop" ended at B.
    assert awarded(8000 * EURO - 1, "skip", partial=True) == {"A": 5000 * EURO, "C": 2000 * EURO, "D": 500 * EURO}
    cut = select(RANKED, 8000 * EURO, "stop", partial=True).awards[-1]
    assert cut.is_partial


def test_nothing_to_share_and_nobody_to_serve() -> None:
    assert select(RANKED, 0, "skip").awards == ()
    assert len(select(RANKED, 0, "stop").reserve) == 4
    assert select([], 100, "stop").remaining == 100


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="négative"):
        select(RANKED, -1, "stop")
    with pytest.raises(ValueError, match="deux fois"):
        select([Wish("A", 1), Wish("A", 2)], 10, "stop")
    with pytest.raises(ValueError, match="positive"):
        Wish("A", 0)
    with pytest.raises(ValueError, match="minimum"):
        Wish("A", 10, minimum=11)


@st.composite
def rankings(draw: st.DrawFn) -> list[Wish]:
    wishes = []
    for index in range(draw(st.integers(0, 30))):
        asked = draw(st.integers(1, 1_500_000))
        minimum = draw(st.none() | st.integers(1, asked))
        wishes.append(Wish(f"P{index}", asked, minimum))
    return wishes


@given(rankings(), st.integers(0, 10_000_000), st.sampled_from(["stop", "skip"]), st.booleans())
def test_what_always_holds(ranked: list[Wish], envelope: int, rule: Rule, partial: bool) -> None:
    found = select(ranked, envelope, rule, partial=partial)
    assert sum(a.awarded for a in found.awards) <= envelope
    assert found.committed + found.remaining == envelope
    wishes = {wish.project: wish for wish in ranked}
    assert {a.project for a in found.awards} | {r.project for r in found.reserve} == set(wishes)
    assert len(found.awards) + len(found.reserve) == len(ranked)
    for award in found.awards:
        least = wishes[award.project].minimum if partial else None
        assert (least or award.asked) <= award.awarded <= award.asked
        assert ranked[award.rank - 1].project == award.project
    assert sum(a.is_partial for a in found.awards) <= 1
    if rule == "stop":
        assert [a.rank for a in found.awards] == list(range(1, len(found.awards) + 1))
    else:
        # Passing over never costs: whoever waits under "skip" did not fit into what is left either.
        assert all(r.asked > found.remaining for r in found.reserve)
        assert found.committed >= select(ranked, envelope, "stop", partial=partial).committed


@st.composite
def asked_by_year(draw: st.DrawFn) -> list[Wish]:
    wishes = []
    for index in range(draw(st.integers(0, 12))):
        yearly = tuple(draw(st.lists(st.integers(0, 500_000), min_size=1, max_size=3).filter(sum)))
        asked = draw(st.just(sum(yearly)) | st.integers(1, sum(yearly)))
        wishes.append(Wish(f"P{index}", asked, draw(st.integers(1, asked)), draw(st.just(yearly) | st.just(()))))
    return wishes


@given(asked_by_year(), st.integers(0, 2_000_000), st.integers(1, 3), st.sampled_from([1, 100]))
def test_a_year_at_a_time_the_first_years_never_exceed_the_envelope(
    ranked: list[Wish], envelope: int, years: int, unit: int
) -> None:
    terms = Terms(years, yearly=True, unit=unit)
    found = select(ranked, envelope, "skip", partial=True, terms=terms)
    wishes = {wish.project: wish for wish in ranked}
    firsts = 0
    for award in found.awards:
        wish = wishes[award.project]
        parts = instalments(award.awarded, years, wish.yearly)
        assert sum(parts) == award.awarded
        assert all(part >= 0 for part in parts)
        assert all(part <= year for part, year in zip(parts, wish.yearly, strict=False)), "above what was asked"
        assert (wish.minimum or 0) <= award.awarded <= wish.asked
        firsts += parts[0]
    assert firsts == found.committed <= envelope


def test_a_year_at_a_time_a_cut_is_never_a_cent_above_what_is_asked() -> None:
    wish = Wish("A", 2_000_000, minimum=1)
    found = select([wish], 666_666, "skip", partial=True, terms=Terms(3, yearly=True))
    assert [(one.awarded, one.weight) for one in found.awards] == [(1_999_998, 666_666)]


def test_a_project_is_paid_as_it_asked_and_a_cut_keeps_the_proportions() -> None:
    assert instalments(800_000, 3, (500_000, 300_000)) == (500_000, 300_000, 0)
    assert instalments(400_001, 3, (500_000, 300_000)) == (250_001, 150_000, 0)
    assert instalments(500_000, 3, (500_000,)) == (500_000, 0, 0)
    assert instalments(500_000, 3) == (166_667, 166_667, 166_666)


def test_the_odd_cents_of_a_cut_go_to_no_year_above_what_it_asked() -> None:
    assert instalments(1_499_999, 3, (500_000,) * 3) == (500_000, 500_000, 499_999), "5,000.01 is above a ceiling"
    assert instalments(100_001, 3, (0, 150_000, 150_000)) == (0, 50_001, 50_000), "nothing was asked for the first year"
