"""A board renewed by thirds: which seats end, who replaces whom and until when."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.registration.rules.assembly import board
from services.registration.rules.assembly.board import Elected, Place, Seat
from shared.errors import RuleError


def people(*names: str) -> list[Elected]:
    """Elected, the first with most votes."""
    return [Elected(name, 100 - at) for at, name in enumerate(names)]


def sizes(seats: list[Seat]) -> list[int]:
    return [sum(one.ends == year for one in seats) for year in (2018, 2019, 2020)]


def test_the_lot_gives_a_third_of_the_seats_each_of_the_three_first_years() -> None:
    assert sizes(board.drawn(20, 2017, "a")) == [7, 7, 6]
    assert sizes(board.drawn(13, 2017, "a")) == [5, 4, 4]
    assert sizes(board.drawn(2, 2017, "a")) == [1, 1, 0]
    assert board.drawn(20, 2017, "a") == board.drawn(20, 2017, "a") != board.drawn(20, 2017, "b")


def test_where_the_whole_board_is_elected_votes_do_not_say_who_stays_longer() -> None:
    """Over many draws each of three seats goes to the one with most votes."""
    first = {
        next(
            one.ends
            for one in board.renewed([], 3, 2017, people("Awa", "Bruno", "Chloé"), str(seed))
            if one.name == "Awa"
        )
        for seed in range(40)
    }
    assert first == {2018, 2019, 2020}


def test_the_third_whose_term_is_over_is_elected_for_three_years() -> None:
    before = [Seat(1, 2018, "Awa"), Seat(2, 2019, "Bruno"), Seat(3, 2020, "Chloé")]

    assert board.to_fill(before, 2018) == [Place(1, 2021, "Awa", whole=True)]
    assert board.renewed(before, 3, 2018, people("Dana"), "s") == [
        Seat(1, 2021, "Dana"),
        Seat(2, 2019, "Bruno"),
        Seat(3, 2020, "Chloé"),
    ]


def test_who_resigned_is_replaced_for_what_was_left_and_most_votes_sit_longest() -> None:
    before = [Seat(1, 2018, "Awa"), Seat(2, 2019, ""), Seat(3, 2020, "")]

    assert board.to_fill(before, 2018) == [
        Place(1, 2021, "Awa", whole=True),
        Place(3, 2020, "", whole=False),
        Place(2, 2019, "", whole=False),
    ]
    assert [one.name for one in board.renewed(before, 3, 2018, people("Dana", "Élie", "Fanny"), "s")] == [
        "Dana",
        "Fanny",
        "Élie",
    ]


def test_the_lot_parts_as_many_votes_and_a_second_round_comes_after_the_first() -> None:
    before = [Seat(1, 2018, "Awa"), Seat(2, 2019, "")]
    level = [Elected("Dana", 5), Elected("Élie", 5)]
    longest = {board.renewed(before, 2, 2018, level, str(seed))[0].name for seed in range(20)}
    assert longest == {"Dana", "Élie"}

    second = [Elected("Dana", 9, tour=2), Elected("Élie", 5)]
    assert [one.name for one in board.renewed(before, 2, 2018, second, "s")] == ["Élie", "Dana"]


def test_a_seat_that_nobody_took_stays_vacant_and_ends_with_its_series() -> None:
    before = [Seat(1, 2018, "Awa"), Seat(2, 2018, "Bruno"), Seat(3, 2019, "Chloé")]
    after = board.renewed(before, 3, 2018, people("Dana"), "s")

    assert after == [Seat(1, 2021, "Dana"), Seat(2, 2021, ""), Seat(3, 2019, "Chloé")]
    assert board.to_fill(after, 2019) == [Place(3, 2022, "Chloé", whole=True), Place(2, 2021, "", whole=False)]


def test_a_year_without_an_election_moves_no_series() -> None:
    before = [Seat(1, 2018, "Awa"), Seat(2, 2019, "Bruno"), Seat(3, 2020, "Chloé")]

    assert [(one.number, one.ends) for one in board.to_fill(before, 2019)] == [(2, 2022), (1, 2021)]


def test_more_seats_join_the_smallest_series_and_fewer_take_nobody_away() -> None:
    before = [Seat(1, 2018, "Awa"), Seat(2, 2019, "Bruno"), Seat(3, 2020, "Chloé"), Seat(4, 2018, "")]

    assert board.resized(before, 6, 2017)[4:] == [Seat(5, 2019), Seat(6, 2020)]
    assert [one.number for one in board.resized(before, 3, 2018)] == [1, 2, 3]
    assert [one.number for one in board.resized(before, 2, 2018)] == [2, 3]
    assert [one.number for one in board.resized(before, 1, 2018)] == [2, 3]  # until a term ends


def test_more_people_than_seats_are_refused() -> None:
    with pytest.raises(RuleError) as refused:
        board.renewed([Seat(1, 2018, "Awa"), Seat(2, 2019, "Bruno")], 2, 2018, people("Dana", "Élie"), "s")
    assert refused.value.code == "more-elected-than-seats"


def test_nobody_takes_a_second_seat_while_the_first_goes_on() -> None:
    before = [Seat(1, 2018, "Awa"), Seat(2, 2019, "Bruno")]
    with pytest.raises(RuleError) as refused:
        board.renewed(before, 2, 2018, people("Bruno"), "s")
    assert refused.value.code == "sits-already"
    assert board.renewed(before, 2, 2018, people("Awa"), "s")[0] == Seat(1, 2021, "Awa")  # elected again


@settings(max_examples=40)
@given(seats=st.integers(1, 40), seed=st.text(max_size=5), gone=st.sets(st.integers(1, 40)), turnout=st.integers(0, 40))
def test_thirds_stay_thirds_over_ten_years(seats: int, seed: str, gone: set[int], turnout: int) -> None:
    """Whoever leaves and however few are elected, each series keeps its seats, and a term is three years at most."""
    now = board.renewed([], seats, 2017, people(*(f"0-{one}" for one in range(seats))), seed)
    third = [sum(one.ends % 3 == rest for one in now) for rest in range(3)]
    for year in range(2018, 2028):
        left = [Seat(one.number, one.ends, "" if one.number in gone else one.name) for one in now]
        places = board.to_fill(left, year)
        elected = people(*(f"{year}-{one}" for one in range(min(turnout, len(places)))))
        now = board.renewed(left, seats, year, elected, seed)
        assert [sum(one.ends % 3 == rest for one in now) for rest in range(3)] == third
        assert all(year < one.ends <= year + 3 for one in now)
        assert sum(one.name.startswith(f"{year}-") for one in now) == len(elected)
        assert {one.name for one in left if one.name and one.ends > year} <= {one.name for one in now}


def test_the_lot_is_asked_for_only_where_it_says_how_long_somebody_sits() -> None:
    two = [Seat(1, 2018, "Awa"), Seat(2, 2019, "")]  # of an election in 2018 one ends in 2021, the other in 2019
    level = [Elected("Dana", 5), Elected("Élie", 5)]

    assert board.lot_decides([], 3, 2018, people("Dana"))
    assert not board.lot_decides([], 1, 2018, people("Dana"))
    assert board.lot_decides(two, 2, 2018, level)
    assert not board.lot_decides(two, 2, 2018, people("Dana", "Élie"))
    assert not board.lot_decides(two, 2, 2018, [Elected("Dana", 5, tour=2), Elected("Élie", 5)])
    assert not board.lot_decides([Seat(1, 2018, "Awa"), Seat(2, 2018, "")], 2, 2018, level)
