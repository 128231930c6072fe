"""The day of a round: when each project is on, who is there, whether they are enough. Pure."""

from __future__ import annotations

import datetime as dt
import hashlib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from shared.clock import PARIS

Standing = Literal["present", "excused", "left", "expected"]
QUORUM_PERCENT = 50
"""What holds where the rulebook says nothing."""


DAY = dt.timedelta(hours=18)
"""How long after its beginning a running order is still under way."""


BEGINS = dt.timedelta(hours=4)
"""After midnight: as at the desk of an event, an evening ends when its people go home."""


def day_of(instant: dt.datetime) -> dt.date:
    return (instant - BEGINS).astimezone(PARIS).date()


def counts_from(starts_at: dt.datetime, ends_at: dt.datetime, now: dt.datetime) -> dt.datetime | None:
    """Since when who came to an event is taken to be there `now`: of several days, the one of `now`. None on the first,
    for which people come the evening before."""
    day = day_of(min(now, ends_at))
    return dt.datetime.combine(day, dt.time(), PARIS) + BEGINS if day > day_of(starts_at) else None


@dataclass(frozen=True)
class Turn:
    """A project in the running order; `starts` and `ends` as they were, or as they are foreseen."""

    project: str
    starts: dt.datetime
    ends: dt.datetime
    state: Literal["done", "on", "to_come"]


def timetable(
    starts_at: dt.datetime,
    turns: Sequence[tuple[str, dt.datetime | None, dt.datetime | None]],
    *,
    length: dt.timedelta,
    pause: dt.timedelta,
    now: dt.datetime | None = None,
    until: dt.datetime | None = None,
) -> list[Turn]:
    """turns: (project, really started, really ended), in order. What is to come follows from what was late or early.

    until: when the clock of the one that is on runs out. now: on the day itself, what was not called begins no earlier,
    and what is on ends no earlier."""
    begins = now if now is not None and starts_at <= now < starts_at + DAY else starts_at
    found: list[Turn] = []
    at = starts_at
    for project, started, ended in turns:
        starts = started or max(at, begins)
        ends = ended or (max(until or starts + length, begins) if started else starts + length)
        state: Literal["done", "on", "to_come"] = "done" if ended else "on" if started else "to_come"
        found.append(Turn(project, starts, ends, state))
        at = max(at, ends + pause) if state == "to_come" else ends + pause
    return found


@dataclass(frozen=True)
class Told:
    """What somebody was told of their turn."""

    starts: dt.datetime
    ends: dt.datetime
    place: str


MINUTE = dt.timedelta(minutes=1)


def to_tell(turns: Sequence[Turn], told: Mapping[str, Told], place: str) -> list[Turn]:
    """The turns to come of which nothing was told, or another place, or a time a minute or more away."""
    found = []
    for turn in turns:
        was = told.get(turn.project)
        same = (
            was is not None
            and was.place == place
            and abs(was.starts - turn.starts) < MINUTE
            and abs(was.ends - turn.ends) < MINUTE
        )
        if turn.state == "to_come" and not same:
            found.append(turn)
    return found


@dataclass(frozen=True)
class Quorum:
    """`needed` members of `members` must be there; `present` are."""

    present: int
    members: int
    needed: int

    @property
    def asked(self) -> bool:
        return self.needed > 0

    @property
    def reached(self) -> bool:
        return self.present >= self.needed


def quorum(present: int, members: int, percent: int) -> Quorum:
    """At least so many per cent of the members, rounded up."""
    return Quorum(present, members, -(-members * percent // 100))


def standing(noted: str | None, *, arrived: bool, on_tablet: bool) -> Standing:
    """The secretary's word counts before what the desk and the tablet saw."""
    if noted in ("present", "excused", "left"):
        return noted  # type: ignore[return-value]
    return "present" if arrived or on_tablet else "expected"


class Absence(NamedTuple):
    """From when to when a member was out of the room; `back_at`: None until the end."""

    left_at: dt.datetime
    back_at: dt.datetime | None


def absences(noted: Iterable[tuple[str, dt.datetime]]) -> list[Absence]:
    """noted: (state, when), oldest first, as the secretary wrote them of one member. Only who is noted present is back:
    who left and is excused afterwards stays out."""
    found: list[Absence] = []
    out: dt.datetime | None = None
    for state, at in noted:
        if state == "left":
            out = out or at
        elif state == "present" and out is not None:
            found.append(Absence(out, at))
            out = None
    return [*found, Absence(out, None)] if out is not None else found


def address_hash(email: str) -> str:
    """The hash by which a fact of registration names who arrived: SHA-256 of the folded address, hex."""
    return hashlib.sha256(unicodedata.normalize("NFC", email.strip()).casefold().encode()).hexdigest()
