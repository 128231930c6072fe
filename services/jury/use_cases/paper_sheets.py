"""Step 2 of the last resort: a sheet filled in on paper, typed in twice by the secretary. Same cells, marked "paper".

A paper sheet counts like a tablet that is paired at that moment: it takes the juror's next epoch, so what an older
tablet still sends about the same cells stays in the history and does not replace it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import queries, rules
from services.jury.models import CellHistory, Juror, LateEntry, Recusal, Round, ScoreCell
from services.jury.use_cases.calls import lock_juror, refuse_left
from shared import audit
from shared.db import insert_rows, new_id
from shared.errors import NotFound, RuleError

Value = int | str | None


def find_sheet(session: Session, round_id: uuid.UUID, juror_id: uuid.UUID, project_id: uuid.UUID) -> None:
    """Raises NotFound or RuleError when no such sheet may be typed in."""
    juror, this = session.get(Juror, juror_id), session.get(Round, round_id)
    if (
        juror is None
        or this is None
        or not (queries.sits(session, this, juror) and queries.stands(session, this, project_id))
    ):
        raise NotFound("unknown-sheet", "Cette fiche ne fait pas partie de ce tour.")
    refuse_left(this)
    if this.state not in ("open", "closed"):
        raise RuleError(
            "round-state", "On saisit les fiches papier quand le tour est ouvert, ou clos et pas encore signé."
        )
    held = sa.select(Recusal.id).where(
        Recusal.juror_id == juror_id, Recusal.project_id == project_id, Recusal.lifted_at.is_(None)
    )
    if session.scalar(held) is not None:
        raise RuleError("recused", "Ce membre est en retrait sur ce projet : sa fiche n’est pas prise en compte.")
    given = queries.assigned(session, this, juror_id)
    if given is not None and (juror_id, project_id) not in given:
        raise RuleError("not-assigned", "Ce projet n’est pas confié à ce membre.")


def enter(
    session: Session,
    round_id: uuid.UUID,
    juror_id: uuid.UUID,
    project_id: uuid.UUID,
    values: Mapping[str, Value],
    *,
    who: str,
    now: dt.datetime,
) -> Literal["written", "late"]:
    """Write the fields of one sheet that was typed twice alike; after closing they wait in the late tray."""
    juror = lock_juror(session, juror_id)
    this = session.scalars(sa.select(Round).where(Round.id == round_id).with_for_update(read=True)).one_or_none()
    if this is None:
        raise NotFound("unknown-round", "Ce tour n’existe pas, ou n’existe plus.")
    find_sheet(session, round_id, juror_id, project_id)
    for field, value in values.items():
        if (problem := rules.check_value(field, value, this.frozen or {"criteria": []})) is not None:
            raise RuleError("bad-value", problem)
    juror.epoch += 1
    juror.version += 1
    where = {"round_id": round_id, "juror_id": juror_id, "project_id": project_id}
    whole = _whole(session, where, values)
    (_write if this.state == "open" else _keep_late)(session, where, whole, juror.epoch, now)
    audit.record(
        session,
        who=who,
        what="paper sheet typed in twice",
        thing="round",
        thing_id=round_id,
        before=None,
        after={"juror": str(juror_id), "project": str(project_id), "fields": sorted(values), "state": this.state},
        now=now,
    )
    return "written" if this.state == "open" else "late"


def _whole(session: Session, where: Mapping[str, Any], values: Mapping[str, Value]) -> dict[str, Value]:
    """What the sheet says, and what it takes back: a sheet with levels is no abstention, whatever was said before."""
    held = session.scalar(sa.select(ScoreCell.value).filter_by(**where, field="status"))
    takes_back = held == rules.ABSTAINED and not values.get("status") and not values.keys() <= set(rules.TEXT_FIELDS)
    return {**values, "status": None} if takes_back else dict(values)


def _write(session: Session, where: dict[str, Any], values: Mapping[str, Value], epoch: int, now: dt.datetime) -> None:
    held = sa.select(ScoreCell.field, ScoreCell.version).filter_by(**where)
    versions: dict[str, int] = {row.field: row.version for row in session.execute(held)}
    cells, history = [], []
    for counter, field in enumerate(sorted(values), start=1):
        one = where | {"field": field, "value": values[field], "version": versions.get(field, 0) + 1, "epoch": epoch}
        cells.append(one | {"counter": counter, "updated_at": now})
        history.append(one | {"written": True, "operation_id": new_id(), "source": "paper", "at": now})
    insert_rows(session, ScoreCell, cells, replace=("value", "version", "epoch", "counter", "updated_at"))
    insert_rows(session, CellHistory, history)


def _keep_late(
    session: Session, where: dict[str, Any], values: Mapping[str, Value], epoch: int, now: dt.datetime
) -> None:
    rows = [
        where
        | {
            "id": new_id(),
            "field": field,
            "value": values[field],
            "operation_id": new_id(),
            "epoch": epoch,
            "counter": counter,
            "client_time": "papier",
            "received_at": now,
            "state": "waiting",
        }
        for counter, field in enumerate(sorted(values), start=1)
    ]
    insert_rows(session, LateEntry, rows)
