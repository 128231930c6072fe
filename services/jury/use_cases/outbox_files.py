"""Step 2 of the other last resort: a tablet that reaches no network any more hands over what it kept, as a file.

The same operations under the same ids: the tablet may still send them later and gets the same answers. A tablet that
another one replaced may hand over its file too; its epoch says that it is the older one.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import outbox_file, queries, rules
from services.jury.models import Device, Juror, Round
from services.jury.use_cases import journal, operations
from services.jury.use_cases.calls import lock_juror, recuse
from services.jury.use_cases.tablets import hold_round
from shared import audit
from shared.errors import NotFound, RuleError

NOTE_LIMIT = 500  # characters, as the tablet's own form and API have it


@dataclass(frozen=True)
class TakenIn:
    """`results`: one per operation, in the order of the file. `links`: declared conflicts that were not noted yet.
    `doubtful`: those that could not be read, or not to the end of their note; the juror has to be asked."""

    juror: Juror
    kept: outbox_file.Kept
    results: list[operations.Result]
    links: int
    doubtful: int


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
    this = hold_round(session, round_id)
    if this.state == "signed":
        raise RuleError("round-state", "Le procès-verbal est signé : ce fichier ne change plus rien.")
    noted = [_declare(session, juror, one, now) for one in kept.conflicts]
    links = noted.count(True)
    doubtful = sum(made is None or _cut(one) for made, one in zip(noted, kept.conflicts, strict=True))
    here = journal.held(device, juror, this)
    results, _grew = operations.apply(session, here, list(kept.operations), source="file", now=now)
    audit.record(
        session,
        who=who,
        what="read in the file of a tablet",
        thing="round",
        thing_id=round_id,
        before=None,
        after={
            "juror": str(juror.id),
            "epoch": kept.epoch,
            "operations": len(results),
            "links": links,
            "doubtful": doubtful,
        },
        now=now,
    )
    return TakenIn(juror, kept, results, links, doubtful)


def _declare(session: Session, juror: Juror, one: dict[str, Any], now: dt.datetime) -> bool | None:
    """Note a declared link. True: it is new; False: it stood already; None: it cannot be read."""
    note = one["note"]
    if one["kind"] not in ("direct", "indirect") or rules.check_value("comment", note, {}) is not None:
        return None
    try:
        return recuse(
            session,
            juror,
            uuid.UUID(one["project_id"]),
            kind=one["kind"],
            note=rules.clean(note)[:NOTE_LIMIT],
            who=f"juror:{juror.id}",
            now=now,
        )
    except (ValueError, NotFound):
        return None


def _cut(one: dict[str, Any]) -> bool:
    return isinstance(one["note"], str) and len(rules.clean(one["note"])) > NOTE_LIMIT


def titles(session: Session, taken: TakenIn) -> tuple[dict[str, str], dict[str, str]]:
    """(project id → number and title, criterion id → title), samples of an exercise included."""
    this = session.get_one(Round, taken.kept.round)
    rehearsal = queries.exercise_of(session, this.id)
    projects = queries.projects_in(session, this, withdrawn=True)
    if rehearsal is not None:
        projects += queries.projects_in(session, rehearsal)
    grids = [one.frozen for one in (rehearsal, this) if one is not None and one.frozen]
    criteria = {criterion["id"]: criterion["title"] for grid in grids for criterion in grid["criteria"]}
    return {str(project.id): f"{project.number}. {project.title}" for project in projects}, criteria
