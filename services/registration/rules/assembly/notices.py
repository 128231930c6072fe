"""Step 3 of nine: what a corrected notice says otherwise, and whether it still may. Next: models/assembly.py."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from services.registration.rules.assembly.statutes import Statutes
from services.registration.rules.choices import N_
from shared.clock import PARIS
from shared.errors import RuleError, Sentence

LONGEST = 400
"""Characters of a change, as its fact takes them."""


@dataclass(frozen=True)
class Point:
    """line: as a notice says it. form: how it ends, in words. voted: in a vote."""

    line: str
    form: str
    voted: bool


@dataclass(frozen=True)
class Change:
    """A point that is another now; `before` "": it was added; `after` "": it was taken off. asks: for the days of
    notice, because the meeting votes on it as it is now."""

    before: str
    after: str
    asks: bool

    def to_json(self) -> dict[str, str]:
        return {"before": self.before, "after": self.after}


@dataclass(frozen=True)
class Correction:
    """moved: another day or hour; another_day: not the hour alone. days: from now to the meeting. late: after the days
    that the statutes ask for, where they only want it said."""

    renamed: bool
    moved: bool
    another_day: bool
    elsewhere: bool
    points: tuple[Change, ...]
    days: int
    late: bool


def changes(pairs: Iterable[tuple[Point | None, Point | None]]) -> tuple[Change, ...]:
    """pairs: each point as it was and as it is, None where there was or is none."""
    return tuple(_change(old, new) for old, new in pairs if old != new)


def _change(old: Point | None, new: Point | None) -> Change:
    before, after = old.line if old else "", new.line if new else ""
    if old and new and before == after:
        before, after = _whole(old), _whole(new)
    return Change(before, after, asks=bool(new and new.voted))


def _whole(point: Point) -> str:
    """A title as long as a point may be is cut to make room for how it ends, which is what changed."""
    room = LONGEST - len(f" : {point.form}")
    line = point.line if len(point.line) <= room else point.line[: room - 1].rstrip() + "…"
    return f"{line} : {point.form}"


def weigh(
    statutes: Statutes,
    was: tuple[dt.datetime, str],
    held_at: dt.datetime,
    place: str,
    points: tuple[Change, ...],
    now: dt.datetime,
    *,
    renamed: bool,
    second_session: bool,
) -> Correction:
    """What changes, of a notice that said `was` (when and where). Raises RuleError where nothing does, where the day is
    over, and where the statutes refuse it so late: the meeting may then only drop a vote, talk of something else, or be
    called something else."""
    moved, elsewhere = was[0] != held_at, was[1] != place
    if not (renamed or moved or elsewhere or points):
        raise RuleError("nothing-changes", N_("La convocation dit déjà cela : rien ne part."), status=422)
    if held_at <= now:
        raise RuleError("date-over", N_("Cette date est passée : choisissez-en une à venir."), status=422, field="date")
    if second_session and points:
        said = N_("Une seconde séance délibère sur le même ordre du jour que la première : il ne change pas.")
        raise RuleError("same-agenda", said, status=422, field="point1_title")
    days = days_left(held_at, now)
    late = days < statutes.notice_days and (moved or elsewhere or any(one.asks for one in points))
    if late and statutes.late_correction == "refused":
        raise RuleError(
            "notice-too-short",
            Sentence(
                "Les statuts demandent %(notice)s jours entre une convocation corrigée et la séance ; il en reste "
                "%(days)s. Choisissez une date plus lointaine. À cette date-ci, on peut encore retirer un vote, ou "
                "changer le titre ou un point dont on ne fait que parler.",
                notice=statutes.notice_days,
                days=days,
            ),
            status=422,
            field="date" if moved or not elsewhere else "place",
        )
    another_day = was[0].astimezone(PARIS).date() != held_at.astimezone(PARIS).date()
    return Correction(renamed, moved, another_day, elsewhere, points, days, late)


def days_left(held_at: dt.datetime, now: dt.datetime) -> int:
    """From one day of Paris to the other."""
    return (held_at.astimezone(PARIS).date() - now.astimezone(PARIS).date()).days
