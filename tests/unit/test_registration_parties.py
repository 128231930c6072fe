"""Several people on one form, and parties in a queue: who sits, who waits."""

from __future__ import annotations

import uuid

from hypothesis import given
from hypothesis import strategies as st

from services.registration.rules import seats

EVENT, ROOM = 9, 2


def event(free: int, waiting: int = 0) -> seats.Count:
    return seats.Count(EVENT, capacity=20, taken=20 - free, waiting=waiting, workshop=False)


def room(free: int) -> dict[int, seats.Count]:
    return {ROOM: seats.Count(ROOM, capacity=20, taken=20 - free, waiting=0, workshop=True)}


def outcomes(free: int, people: int, *, together: bool) -> list[str]:
    wishes = [seats.Wish((ROOM,))] * people
    return [grant.status for grant, _ in seats.decide_party(event(free), room(20), wishes, together=together)]


def test_as_many_as_possible_in_the_order_of_the_form() -> None:
    assert outcomes(2, 3, together=False) == ["confirmed", "confirmed", "wait_listed"]


def test_together_is_everyone_or_nobody() -> None:
    assert outcomes(2, 3, together=True) == ["wait_listed"] * 3
    assert outcomes(3, 3, together=True) == ["confirmed"] * 3


@given(st.integers(0, 6), st.integers(0, 6), st.integers(1, 6), st.booleans())
def test_a_party_never_takes_more_than_is_free(free: int, in_room: int, people: int, together: bool) -> None:
    decided = seats.decide_party(event(free), room(in_room), [seats.Wish((ROOM,))] * people, together=together)
    claims = [quota for grant, _ in decided for quota in grant.claims]
    assert claims.count(EVENT) <= free
    assert claims.count(ROOM) <= in_room
    assert claims.count(EVENT) in ({0, people} if together else {min(free, people)})
    ranks = [met[EVENT].waiting for grant, met in decided if EVENT in grant.waits]
    assert ranks == list(range(len(ranks)))


PARTIES = st.lists(st.tuples(st.integers(1, 4), st.booleans()), max_size=6)


def queue_of(units: list[tuple[int, bool]]) -> list[tuple[int, uuid.UUID | None, str]]:
    found: list[tuple[int, uuid.UUID | None, str]] = []
    for size, together in units:
        party = uuid.uuid4() if together else None
        found += [(len(found) + place, party, "association") for place in range(size)]
    return found


@given(st.integers(0, 8), PARTIES)
def test_no_party_is_divided_and_no_seat_stays_empty_for_one(free: int, units: list[tuple[int, bool]]) -> None:
    queue = queue_of(units)
    taken = seats.next_in_line(event(free), queue)
    assert len(taken) <= free
    parties = {party for _, party, _ in queue if party}
    for party in parties:
        members = {number for number, of, _ in queue if of == party}
        assert members <= set(taken) or not members & set(taken)
    left = free - len(taken)
    waiting = [one for one in queue if one[0] not in taken]
    assert seats.next_in_line(event(left), waiting) == []


@given(st.integers(0, 8), st.integers(0, 12))
def test_without_parties_the_oldest_go_first(free: int, people: int) -> None:
    queue = [(number, None, "") for number in range(people)]
    assert seats.next_in_line(event(free), queue) == list(range(min(free, people)))
