"""Step 2 of a change to a round: open it with a frozen grid, close it, settle what arrived late."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy.orm import Session

from services.jury import queries, rules
from services.jury.models import CellHistory, LateEntry, Reading, Round, ScoreCell
from services.jury.use_cases.calls import find_call, find_round, lock_juror, refuse_left
from services.jury.use_cases.exercise import end
from shared import audit
from shared.errors import NotFound, RuleError


def open_round(session: Session, round_id: uuid.UUID, *, who: str, now: dt.datetime) -> Round:
    """Freeze criteria and rulebook under a hash, and let the jurors score. A calibration exercise ends with it."""
    this = find_round(session, round_id, lock=True)
    if this.state != "draft":
        raise RuleError("round-state", "Ce tour est déjà ouvert ou clos.")
    if not queries.projects_in(session, this):
        raise RuleError("no-projects", "Ajoutez d’abord les projets : ce tour n’en a aucun.")
    if not queries.jurors_in(session, this):
        raise RuleError("no-jurors", "Ajoutez d’abord les membres du jury : ce tour n’en a aucun.")
    former = queries.former_round(session, this)
    if former is not None and former.state != "signed":
        raise RuleError("former-unsigned", "Signez d’abord le procès-verbal du tour précédent : il dit qui continue.")
    end(session, this, now=now)
    frozen: dict[str, Any] = queries.grid_of(session, find_call(session, this.call_id))
    this.frozen, this.frozen_hash = frozen, rules.content_hash(frozen)
    this.state, this.opened_at, this.version = "open", now, this.version + 1
    _note(session, this, who, "opened", {"state": "draft"}, {"state": "open", "hash": this.frozen_hash}, now)
    return this


def close_round(session: Session, round_id: uuid.UUID, *, who: str, now: dt.datetime) -> Round:
    """No score counts any more from now on; what still arrives goes to the late tray."""
    this = find_round(session, round_id, lock=True)
    if this.state != "open":
        raise RuleError("round-state", "Ce tour n’est pas ouvert.")
    this.state, this.closed_at, this.version = "closed", now, this.version + 1
    this.seed = ""  # lots are drawn once the jury has talked, see deliberation.draw_lots
    _note(session, this, who, "closed", {"state": "open"}, {"state": "closed"}, now)
    return this


def settle_late(
    session: Session, round_id: uuid.UUID, entry_id: uuid.UUID, *, accept: bool, who: str, now: dt.datetime
) -> LateEntry:
    """Accept one late value into its cell, or refuse it; logged, and final. With a value of a sheet that had passed to
    another juror its reading comes back too, beside theirs."""
    entry = session.get(LateEntry, entry_id)
    if entry is None or entry.round_id != round_id:
        raise NotFound("unknown-late", "Cette saisie tardive n’existe pas.")
    juror = lock_juror(session, entry.juror_id)
    this = session.get_one(Round, round_id, with_for_update={"read": True})
    if this.state not in ("open", "closed"):
        raise RuleError("round-state", "Le procès-verbal est signé : les saisies tardives ne changent plus rien.")
    session.refresh(entry, with_for_update=True)
    if entry.state != "waiting":
        raise RuleError("late-settled", "Cette saisie tardive est déjà tranchée.")
    if accept:
        refuse_left(this)
    entry.state = "accepted" if accept else "refused"
    entry.decided_at, entry.decided_by = now, who
    if accept:
        _write_late(session, entry, now)
        _give_back(session, this, entry, who, now)
    juror.version += 1
    audit.record(
        session,
        who=who,
        what=f"late value {entry.state}",
        thing="round",
        thing_id=entry.round_id,
        before=None,
        after={"juror": str(juror.id), "project": str(entry.project_id), "field": entry.field},
        now=now,
    )
    return entry


def _write_late(session: Session, entry: LateEntry, now: dt.datetime) -> None:
    where = (entry.round_id, entry.juror_id, entry.project_id, entry.field)
    cell = session.get(ScoreCell, where)
    if cell is not None and (cell.epoch, cell.counter) > (entry.epoch, entry.counter):
        raise RuleError(
            "late-older",
            "Rien n’est changé : ce membre a écrit depuis une valeur plus récente, qui compte. Refusez cette saisie.",
        )
    if cell is None:
        cell = ScoreCell(
            round_id=entry.round_id,
            juror_id=entry.juror_id,
            project_id=entry.project_id,
            field=entry.field,
            version=0,
        )
        session.add(cell)
    cell.value, cell.version = entry.value, cell.version + 1
    cell.epoch, cell.counter, cell.updated_at = entry.epoch, entry.counter, now
    session.add(
        CellHistory(
            round_id=entry.round_id,
            juror_id=entry.juror_id,
            project_id=entry.project_id,
            field=entry.field,
            value=entry.value,
            version=cell.version,
            written=True,
            operation_id=entry.operation_id,
            epoch=entry.epoch,
            source="late",
            at=now,
        )
    )


def _give_back(session: Session, this: Round, entry: LateEntry, who: str, now: dt.datetime) -> None:
    """The sheet is the juror's again where it was given to somebody else: what was accepted is to count."""
    pair = (entry.juror_id, entry.project_id)
    held = queries.assigned(session, this, entry.juror_id)
    if (
        held is None
        or pair in held
        or any((r.juror_id, r.project_id) == pair for r in queries.recusals_in(session, this))
    ):
        return
    juror, project = pair
    session.add(Reading(round_id=this.id, juror_id=juror, project_id=project, given_at=now, given_by=who))


def _note(
    session: Session,
    this: Round,
    who: str,
    what: str,
    before: dict[str, Any],
    after: dict[str, Any],
    now: dt.datetime,
) -> None:
    audit.record(session, who=who, what=what, thing="round", thing_id=this.id, before=before, after=after, now=now)
