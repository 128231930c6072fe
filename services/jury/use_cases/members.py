"""Step 2 of the list of members: many at once, and one who goes. Next: calls.py for one appointment, then models."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import juror_import, queries
from services.jury.models import (
    CellHistory,
    ChairLink,
    Device,
    DismissedLink,
    Juror,
    JurorMail,
    LateEntry,
    OperationLog,
    PairingCode,
    Presence,
    Reading,
    Recusal,
    Round,
    RoundJuror,
    ScoreCell,
)
from services.jury.use_cases.calls import add_juror, find_call, lock_juror, refuse_after_closing, touch_rounds
from services.jury.use_cases.tablets import expire_codes
from shared import audit
from shared.errors import NotFound, RuleError

_TRACES = (ScoreCell, CellHistory, OperationLog, LateEntry, Reading, Recusal, Presence)
"""What a member leaves behind that the minutes or the journal need."""


@dataclass(frozen=True)
class Leaving:
    """What a member who goes leaves. `erased`: nothing, so the line can go; else it stays and says that they left.
    `complete`: sheets that stay and count; `open`: begun ones, which count no more than before; `pending`: values that
    their tablet has not sent."""

    erased: bool
    complete: int
    open: int
    readings: int
    pending: int


def add_many(
    session: Session, call_id: uuid.UUID, rows: list[dict[str, Any]], *, who: str, now: dt.datetime
) -> tuple[int, int]:
    """Appoint those who are not members yet. Returns (appointed, left as they were)."""
    find_call(session, call_id, lock=True)
    known = {juror_import.key(one.first_name, one.last_name) for one in queries.jurors_of(session, call_id)}
    fresh = [row for row in rows if juror_import.key(row["first_name"], row["last_name"]) not in known]
    for row in fresh:
        add_juror(session, call_id, row, who=who, now=now)
    return len(fresh), len(rows) - len(fresh)


def seat(session: Session, call_id: uuid.UUID, juror_id: uuid.UUID, *, who: str, now: dt.datetime) -> Juror:
    """A member of an earlier round sits in the one that the call is at too."""
    find_call(session, call_id, lock=True)
    refuse_after_closing(session, call_id)
    juror = lock_juror(session, juror_id)
    if juror.call_id != call_id:
        raise NotFound("unknown-juror", "Ce membre du jury n’existe pas.")
    if juror.away_since is not None:
        raise RuleError("juror-away", "Ce membre s’est retiré du jury : il ne siège plus.")
    this = queries.newest_round(session, call_id)
    if queries.sits(session, this, juror):
        return juror
    session.add(RoundJuror(round_id=this.id, juror_id=juror.id))
    juror.version += 1
    touch_rounds(session, call_id)
    after = {"round": this.title}
    audit.record(session, who=who, what="seated", thing="juror", thing_id=juror.id, before=None, after=after, now=now)
    return juror


def leaving(session: Session, juror: Juror) -> Leaving:
    """What happens to what this member did, before anything does."""
    this = queries.newest_round(session, juror.call_id)
    done = {project for owner, project in queries.complete_sheets(session, this) if owner == juror.id}
    begun = set(
        session.scalars(
            sa.select(ScoreCell.project_id).where(
                ScoreCell.round_id == this.id, ScoreCell.juror_id == juror.id, ScoreCell.value.is_not(None)
            )
        )
    )
    given = queries.assigned(session, this, juror.id) or set()
    pending = session.scalar(
        sa.select(sa.func.sum(Device.pending)).where(Device.juror_id == juror.id, Device.fenced_at.is_(None))
    )
    traces = any(session.scalar(sa.select(sa.exists().where(one.juror_id == juror.id))) for one in _TRACES)
    traces = traces or any(
        one.left_at is not None and queries.sits(session, one, juror)
        for one in queries.rounds_of(session, juror.call_id)
    )
    open_readings = sum(project not in done for _juror, project in given)
    return Leaving(not traces and not pending, len(done), len(begun - done), open_readings, pending or 0)


def leave(
    session: Session, call_id: uuid.UUID, juror_id: uuid.UUID, why: str, *, who: str, now: dt.datetime
) -> Leaving:
    """The member goes: a line that nothing hangs on is deleted; else what is complete stays, the tablet is fenced and
    the readings that are not complete come free."""
    find_call(session, call_id, lock=True)
    juror = lock_juror(session, juror_id)
    if juror.call_id != call_id:
        raise NotFound("unknown-juror", "Ce membre du jury n’existe pas.")
    refuse_after_closing(session, call_id)
    what = leaving(session, juror)
    before = {"first_name": juror.first_name, "last_name": juror.last_name, "function": juror.function}
    after = {"why": why.strip(), "complete": what.complete, "open": what.open}
    if what.erased:
        after["call"] = str(call_id)  # by which its journal still finds them
        before["email"] = juror.email  # by which the journal forgets them when they ask to be erased
        for model in (PairingCode, Device, DismissedLink, ChairLink, JurorMail, RoundJuror):
            session.execute(sa.delete(model).where(model.juror_id == juror.id))
        session.delete(juror)
    else:
        if not why.strip():
            raise RuleError("reason", "Écrivez pourquoi ce membre se retire.", field="why")
        _withdraw(session, juror, why.strip(), who, now)
    touch_rounds(session, call_id)
    said = "removed a member" if what.erased else "withdrew a member"
    audit.record(session, who=who, what=said, thing="juror", thing_id=juror_id, before=before, after=after, now=now)
    return what


def _withdraw(session: Session, juror: Juror, why: str, who: str, now: dt.datetime) -> None:
    juror.away_since = juror.away_since or now
    juror.version += 1
    session.execute(
        sa.update(Device)
        .where(Device.juror_id == juror.id, Device.fenced_at.is_(None))
        .values(fenced_at=now, fenced_by="withdrawn")
    )
    expire_codes(session, [juror.id], now)
    this: Round = queries.newest_round(session, juror.call_id)
    done = {project for owner, project in queries.complete_sheets(session, this) if owner == juror.id}
    session.execute(
        sa.update(Reading)
        .where(
            Reading.round_id == this.id,
            Reading.juror_id == juror.id,
            Reading.taken_at.is_(None),
            Reading.project_id.not_in(done),
        )
        .values(taken_at=now, taken_by=who, reason=why)
        .execution_options(synchronize_session=False)
    )
