"""Step 3 of nine: the seats of a board that is renewed by thirds. Next: services/registration/models/board.py.

A seat belongs to one of three series, which end one year after the other, and is filled for three years. When the whole
board is elected at once the lot says which seats end after one year, after two, after three. A seat that empties before
its term is filled at the next election for what is left of it: the thirds stay thirds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from shared.errors import RuleError, Sentence

TERM = 3
"""Years, and series."""


@dataclass(frozen=True)
class Seat:
    """ends: the year whose election fills it again. name: "" while nobody holds it."""

    number: int
    ends: int
    name: str = ""


@dataclass(frozen=True)
class Place:
    """A seat to fill. ends: for whoever is elected. leaving: who held it until its term, "" for none. whole: the term
    is a whole one, not what is left of one."""

    number: int
    ends: int
    leaving: str
    whole: bool


@dataclass(frozen=True)
class Elected:
    """tour: 1, and more for whoever a later round elected: they come after."""

    name: str
    votes: int
    tour: int = 1


def drawn(seats: int, year: int, seed: str) -> list[Seat]:
    """A whole board of vacant seats, elected in `year`; where thirds are not equal, the earlier have a seat more."""
    order = sorted(range(1, seats + 1), key=lambda number: _lot(seed, str(number)))
    ends = {number: year + 1 + at % TERM for at, number in enumerate(order)}
    return [Seat(number, ends[number]) for number in range(1, seats + 1)]


def resized(board: Sequence[Seat], seats: int, year: int) -> list[Seat]:
    """The board under statutes with another number of seats. A seat more joins the smallest series. A seat less takes
    nobody's: vacant ones go first, then those whose term is over; what is still too much goes at a later term.
    """
    kept = list(board)
    while len(kept) < seats:
        sizes = {ends: sum((one.ends - ends) % TERM == 0 for one in kept) for ends in range(year + 1, year + 1 + TERM)}
        number = max((one.number for one in kept), default=0) + 1
        kept.append(Seat(number, min(sizes, key=lambda ends: (sizes[ends], ends))))
    spare = sorted(
        (one for one in kept if not one.name or one.ends <= year), key=lambda one: (bool(one.name), -one.number)
    )
    for one in spare[: max(0, len(kept) - seats)]:
        kept.remove(one)
    return kept


def to_fill(board: Iterable[Seat], year: int) -> list[Place]:
    """What an election of `year` fills, the longest first: each term that is over, and each vacant seat.

    A seat whose year passed without an election waits, and ends with its series all the same.
    """
    places = [
        Place(one.number, _end(one.ends, year), one.name if one.ends <= year else "", whole=one.ends <= year)
        for one in board
        if one.ends <= year or not one.name
    ]
    return sorted(places, key=lambda place: (-place.ends, place.number))


def renewed(board: Sequence[Seat], seats: int, year: int, elected: Sequence[Elected], seed: str) -> list[Seat]:
    """The board after the election of `year`. Whoever has more votes sits longer, the lot parts equal votes; where the
    whole board is elected at once (`board` is empty) the lot alone says how long. A seat nobody took stays vacant.

    Raises RuleError for more people than seats to fill, and for somebody whose term goes on: nobody has two seats.
    """
    before = resized(board, seats, year) if board else drawn(seats, year, seed)
    places = to_fill(before, year)
    if not board:
        places.sort(key=lambda place: place.number)
    if len(elected) > len(places):
        raise RuleError(
            "more-elected-than-seats",
            Sentence(
                "%(elected)s personnes élues pour %(seats)s sièges à pourvoir : corrigez d’abord le conseil, ou "
                "décochez une élection qui n’est pas la sienne.",
                elected=len(elected),
                seats=len(places),
            ),
            status=422,
        )
    going_on = {one.name: one.ends for one in before if one.name and one.ends > year}
    if again := next((one for one in elected if one.name in going_on), None):
        raise RuleError(
            "sits-already",
            Sentence(
                "%(name)s siège déjà jusqu’en %(year)s : notez d’abord son départ. Si c’est une autre personne du même "
                "nom, corrigez le conseil pour les distinguer.",
                name=again.name,
                year=going_on[again.name],
            ),
            status=422,
        )
    ranked = sorted(elected, key=lambda one: (one.tour, -one.votes, _lot(seed, one.name)))
    names = {place.number: one.name for place, one in zip(places, ranked, strict=False)}
    ends = {place.number: place.ends for place in places}
    return [
        replace(one, ends=ends[one.number], name=names.get(one.number, "")) if one.number in ends else one
        for one in before
    ]


def lot_decides(board: Sequence[Seat], seats: int, year: int, elected: Sequence[Elected]) -> bool:
    """Whether the seed says how long anybody sits: where the whole board is elected at once, or as many votes meet
    terms of another length."""
    if not board:
        return seats > 1
    places = to_fill(resized(board, seats, year), year)
    ranked = sorted(elected, key=lambda one: (one.tour, -one.votes))
    return any(
        (one.tour, one.votes) == (other.tour, other.votes) and here.ends != there.ends
        for (one, here), (other, there) in pairwise(zip(ranked, places, strict=False))
    )


def refuse(board: Sequence[Seat], seats: int, year: int) -> None:
    """Raise RuleError when seats that were written by hand are not those of a board in `year`."""
    if len(board) != seats:
        raise RuleError(
            "seats-not-the-statutes",
            Sentence(
                "Les statuts donnent %(seats)s sièges à ce collège, et %(lines)s sont écrits. Un siège vacant s’écrit "
                "sans nom : « ; %(year)s ».",
                seats=seats,
                lines=len(board),
                year=year + 1,
            ),
            status=422,
        )
    if any(not year - TERM <= one.ends <= year + TERM for one in board):
        raise RuleError(
            "term-too-far",
            Sentence(
                "L’année de fin d’un siège va de %(first)s à %(last)s : un mandat dure trois ans.",
                first=year - TERM,
                last=year + TERM,
            ),
            status=422,
        )


def _end(ends: int, year: int) -> int:
    """The first year after `year` in which this series ends."""
    return ends if ends > year else year + 1 + (ends - year - 1) % TERM


def _lot(seed: str, what: str) -> bytes:
    """The order of SHA-256(seed, what), as elections draw a tie."""
    return hashlib.sha256(f"{seed}\x1f{what}".encode()).digest()
