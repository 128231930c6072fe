"""Step 2 of the other last resort: a tablet that reaches no network any more hands over what it kept, as a file.

The same operations under the same ids: the tablet may still send them later and gets the same answers. A tablet that
another one replaced may hand over its file too; its epoch says that it is the older one.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import outbox_file, queries, rules
from services.jury.models import Device, Juror
from services.jury.use_cases import operations
from services.jury.use_cases.calls import lock_juror, recuse
from shared import audit
from shared.errors import NotFound, RuleError


@dataclass(frozen=True)
class TakenIn:
    """`results`: one per operation, in the order of the file. `links`: declared conflicts that were not noted yet."""

    juror: Juror
    kept: outbox_file.Kept
    results: list[operations.Result]
    links: int


def take_in(session: Session, round_id: uuid.UUID, kept: outbox_file.Kept, *, who: str, now: dt.datetime) -> TakenIn:
    """Apply what the file holds as if its tablet had sent it. Reading a file twice changes nothing."""
    query = sa.select(Device).where(
        Device.juror_id == kept.juror, Device.round_id == round_id, Device.epoch == kept.epoch
    )
    device = session.scalars(query).one_or_none() if kept.round == round_id else None
    if device is None:
        raise RuleError(
            "foreign-file", "Ce fichier vient d’un autre tour, ou d’une tablette que ce tour ne connaît pas."
        )
    juror = lock_juror(session, device.juror_id)
    this = operations.hold_round(session, round_id)
    if this.state == "signed":
        raise RuleError("round-state", "Le procès-verbal est signé : ce fichier ne change plus rien.")
    links = sum(_declare(session, juror, one, now) for one in kept.conflicts)
    results = operations.apply(session, device, juror, this, list(kept.operations), source="file", now=now)
    audit.record(
        session,
        who=who,
        what="read in the file of a tablet",
        thing="round",
        thing_id=round_id,
        before=None,
        after={"juror": str(juror.id), "epoch": kept.epoch, "operations": len(results), "links": links},
        now=now,
    )
    return TakenIn(juror, kept, results, links)


def _declare(session: Session, juror: Juror, one: dict[str, str], now: dt.datetime) -> bool:
    """Note a declared link; one that is not readable, or about no project of this jury, is left out."""
    note = one["note"]
    if one["kind"] not in ("direct", "indirect") or rules.check_value("comment", note, {}) is not None:
        return False
    try:
        return recuse(
            session,
            juror,
            uuid.UUID(one["project_id"]),
            kind=one["kind"],
            note=rules.clean(note)[:500],
            who=f"juror:{juror.id}",
            now=now,
        )
    except (ValueError, NotFound):
        return False


def titles(session: Session, taken: TakenIn) -> tuple[dict[str, str], dict[str, str]]:
    """(project id → number and title, criterion id → title), samples of an exercise included."""
    this = operations.hold_round(session, taken.kept.round)
    rehearsal = queries.exercise_of(session, this.id)
    projects = queries.projects_of(session, this.call_id)
    if rehearsal is not None:
        projects += queries.projects_of(session, rehearsal.call_id)
    grids = [one.frozen for one in (rehearsal, this) if one is not None and one.frozen]
    criteria = {criterion["id"]: criterion["title"] for grid in grids for criterion in grid["criteria"]}
    return {str(project.id): f"{project.number}. {project.title}" for project in projects}, criteria
