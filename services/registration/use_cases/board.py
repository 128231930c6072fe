"""Step 2 of nine: the board, written down once and renewed by each election. Next: rules/assembly/board.py."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.assembly import Assembly, Motion
from services.registration.models.board import BoardSeat
from services.registration.queries import board as queries
from services.registration.rules import editing
from services.registration.rules.assembly import board, elections, statutes
from services.registration.rules.assembly.board import Elected, Seat
from services.registration.rules.choices import N_
from services.registration.use_cases import assembly_room
from shared import audit
from shared.clock import PARIS
from shared.errors import NotFound, RuleError


def write(session: Session, colleges: Mapping[str, Sequence[Seat]], now: dt.datetime, *, who: str, seen: str) -> None:
    """The whole board by hand: who sits and until when. A seat whose holder stays keeps the assembly that elected them.
    A college that the statutes have no more keeps its seats until they are taken out here.

    seen: the stamp of the board that was read. Raises RuleError, beside the college, for what cannot be.
    """
    _lock(session)
    known = queries.seats(session)
    _refuse_another(known, seen)
    rules = queries.rules(session)
    sizes = {one.key: one.seats for one in rules.colleges} if rules else {}
    for key, seats in colleges.items():
        had = min(len(seats), len(known.get(key, [])))
        try:
            if seats:
                board.refuse(seats, sizes.get(key, had), now.astimezone(PARIS).year)
        except RuleError as error:
            raise RuleError(error.code, error.message, status=422, field=key) from None
    before = _said(known)
    for key, seats in colleges.items():
        _put(session, key, known.get(key, []), seats)
    _record(session, "board written", who, now, before)


def leave(session: Session, seat_id: uuid.UUID, now: dt.datetime, *, who: str, seen: str) -> str:
    """Whoever sits there resigned, or died: the seat is vacant until the next election. Returns their name.

    seen: as above, for somebody else may sit there by now.
    """
    _lock(session)
    _refuse_another(queries.seats(session), seen)
    seat = session.get(BoardSeat, seat_id)
    if seat is None or not seat.name:
        raise NotFound("seat-unknown", N_("Personne n’occupe ce siège : relisez le conseil."))
    before, name = _said(queries.seats(session)), seat.name
    seat.name, seat.elected_in_id = "", None
    _record(session, "board member left", who, now, before)
    return name


def renew(
    session: Session,
    assembly_id: uuid.UUID,
    chosen: Collection[int],
    now: dt.datetime,
    *,
    who: str,
    said: Sequence[int] = (),
) -> Assembly:
    """Seat those whom a closed assembly elected. chosen: places on its agenda, of the elections that fill the board.

    said: the numbers of two tellers, the other half of the seed; the assembly keeps it, and anyone draws again. Raises
    RuleError for an assembly that may not, or did, and where the lot decides and nobody said a number.
    """
    assembly = _waiting(session, assembly_id)
    motions = [
        one for one in assembly.motions if one.position in chosen and one.position in queries.elections(assembly)
    ]
    if not motions:
        raise RuleError("choose-election", N_("Cochez au moins une élection."), status=422, field="election")
    rules, year = statutes.from_json(assembly.statutes), assembly.held_at.astimezone(PARIS).year
    known = queries.seats(session)
    before, seed = _said(known), ""
    elected = {motion.college: list[Elected]() for motion in motions}
    for motion in motions:
        elected[motion.college] += _elected(motion)
    colleges = [
        (key, queries.plain(known.get(key, [])), rules.college(key).seats, some) for key, some in elected.items()
    ]
    if any(board.lot_decides(old, size, year, some) for _key, old, size, some in colleges):
        seed = elections.seed_of(assembly.draw_secret, said, elections.TERMS)
    for key, old, size, some in colleges:
        _put(session, key, known.get(key, []), board.renewed(old, size, year, some, f"{seed} {key}"), assembly)
    assembly.renewal = {"seed": seed, "elections": [one.position for one in motions]}
    _record(session, "board renewed", who, now, before)
    return assembly


def _refuse_another(known: Mapping[str, Sequence[BoardSeat]], seen: str) -> None:
    if stamp(known) != seen:
        raise RuleError("edited-meanwhile", N_("Quelqu’un a changé le conseil pendant que vous écriviez : relisez-le."))


def pass_over(session: Session, assembly_id: uuid.UUID, now: dt.datetime, *, who: str) -> None:
    """Nobody whom this assembly elected is to be seated: they sit already, or the election was not the board's."""
    assembly = _waiting(session, assembly_id)
    assembly.renewal = {"seed": "", "elections": []}
    _record(session, "board left as it is", who, now, _said(queries.seats(session)))


def _waiting(session: Session, assembly_id: uuid.UUID) -> Assembly:
    """Locked, with the board."""
    _lock(session)
    assembly = assembly_room.load(session, assembly_id, lock=True)
    if assembly not in queries.waiting(session):
        raise RuleError("no-renewal", N_("Cette assemblée n’a pas d’élus à installer, ou ils le sont déjà."))
    return assembly


def stamp(seats: Mapping[str, Sequence[BoardSeat]]) -> str:
    """Of the board as it was read."""
    return editing.stamp({"board": _said(seats)})


def _elected(motion: Motion) -> list[Elected]:
    """By vote, as the count says it."""
    names = {one["id"]: one["name"] for one in motion.candidates}
    chosen = (motion.decision or {})["elected"]
    return [Elected(names[one], (motion.counts or {}).get(one, 0), motion.round) for one in chosen]


def _put(
    session: Session, college: str, known: Sequence[BoardSeat], seats: Sequence[Seat], assembly: Assembly | None = None
) -> None:
    """The rows of a college as `seats` says. A holder who stays until the same year keeps where they were elected."""
    rows = {one.number: one for one in known}
    for number in rows.keys() - {one.number for one in seats}:
        session.delete(rows[number])
    for one in seats:
        row = rows.get(one.number)
        if row is None:
            row = BoardSeat(college=college, number=one.number, ends=one.ends)
            session.add(row)
        elif (row.name, row.ends) == (one.name, one.ends):
            continue
        row.ends, row.name, row.elected_in_id = one.ends, one.name, assembly.id if assembly and one.name else None
    session.flush()


def _said(seats: Mapping[str, Sequence[BoardSeat]]) -> dict[str, list[list[object]]]:
    return {key: [[one.number, one.ends, one.name] for one in some] for key, some in seats.items()}


def _record(session: Session, what: str, who: str, now: dt.datetime, before: dict[str, list[list[object]]]) -> None:
    session.flush()
    audit.record(
        session,
        who=who,
        what=what,
        thing="board",
        thing_id="board",
        before=before,
        after=_said(queries.seats(session)),
        now=now,
    )


def _lock(session: Session) -> None:
    """One change of the board at a time."""
    session.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('registration.board'))"))
