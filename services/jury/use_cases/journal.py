"""The statements of a batch of operations, built once: what it is held under, what it reads, what it writes.

A hall that comes back after a cut sends thousands of operations a second, and what a statement costs is mostly its
making, its round trip and its objects. So rows stay plain here, identifiers are texts in their usual form, and what a
batch writes goes as one statement. Next: operations.py decides what is in it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import queries, rules
from services.jury.models import Device, Juror, OperationLog, Project, Reading, Recusal, Round, RoundProject, ScoreCell
from services.jury.use_cases.tablets import Fenced


@dataclass(frozen=True)
class Held:
    """Under what a batch is written: the juror's row is locked, the round cannot close, the tablet may speak.

    `chosen`: the round is over some projects of the call. `assigned`: jurors read only what they were given.
    `pack_version`: as it was before the batch.
    """

    juror_id: uuid.UUID
    call_id: uuid.UUID
    round_id: uuid.UUID
    device_id: uuid.UUID
    epoch: int
    state: str
    frozen: dict[str, Any]
    chosen: bool
    assigned: bool
    pack_version: int
    fenced: bool = False


def held(device: Device, juror: Juror, this: Round) -> Held:
    """For a caller who locked the juror and holds the round already."""
    return Held(
        juror_id=juror.id,
        call_id=juror.call_id,
        round_id=this.id,
        device_id=device.id,
        epoch=device.epoch,
        state=this.state,
        frozen=this.frozen or {"criteria": []},
        chosen=this.chosen,
        assigned=this.assigned_at is not None,
        pack_version=queries.pack_version(juror, this),
    )


_JUROR, _DEVICE, _ROUND = Juror.__table__.c, Device.__table__.c, Round.__table__.c
_LOCK = sa.select(_JUROR.call_id, _JUROR.version).where(_JUROR.id == sa.bindparam("juror")).with_for_update()
_HOLD = (
    sa.select(
        _DEVICE.epoch,
        _DEVICE.fenced_at,
        _ROUND.id,
        _ROUND.state,
        _ROUND.frozen,
        _ROUND.chosen,
        _ROUND.assigned_at,
        _ROUND.version,
    )
    .select_from(Device.__table__.join(Round.__table__, _ROUND.id == _DEVICE.round_id))
    .where(_DEVICE.id == sa.bindparam("device"))
    .with_for_update(read=True, of=Round.__table__)
)


def hold(session: Session, device_id: uuid.UUID, juror_id: uuid.UUID) -> Held:
    """Lock the juror, then hold the round; what is said of the tablet was read under the juror's lock.

    Raises Fenced when the member was deleted meanwhile, the tablet with them.
    """
    session.flush()
    connection = session.connection()
    locked = connection.execute(_LOCK, {"juror": juror_id}).one_or_none()
    if locked is None:
        raise Fenced("unknown-token", "Cette tablette n’est pas appairée. Demandez un code au secrétariat.")
    call_id, version = locked
    row = connection.execute(_HOLD, {"device": device_id}).one()
    return Held(
        juror_id=juror_id,
        call_id=call_id,
        round_id=row.id,
        device_id=device_id,
        epoch=row.epoch,
        state=row.state,
        frozen=row.frozen or {"criteria": []},
        chosen=row.chosen,
        assigned=row.assigned_at is not None,
        pack_version=version + row.version,
        fenced=row.fenced_at is not None,
    )


def _text(column: Any) -> sa.Cast[str]:
    return sa.cast(column, sa.Text)


def _keys(name: str) -> sa.ColumnElement[Any]:
    """Identifiers as one array, whatever their number: the statement stays the same, and stays prepared."""
    return sa.any_(sa.cast(sa.bindparam(name, type_=sa.Text), sa.ARRAY(sa.Uuid)))


def _array(keys: Iterable[str]) -> str:
    return "{" + ",".join(keys) + "}"


_LOG, _PROJECT, _CELL = OperationLog.__table__.c, Project.__table__.c, ScoreCell.__table__.c
_RECUSAL, _READING, _OVER = Recusal.__table__.c, Reading.__table__.c, RoundProject.__table__.c
_ANSWERED = sa.select(_text(_LOG.id), _LOG.outcome, _LOG.version, _LOG.value, _LOG.reason).where(
    _LOG.juror_id == sa.bindparam("juror"), _LOG.id == _keys("ids")
)
_CELLS = sa.select(_text(_CELL.project_id), _CELL.field, _CELL.version, _CELL.value, _CELL.epoch, _CELL.counter).where(
    _CELL.round_id == sa.bindparam("round"),
    _CELL.juror_id == sa.bindparam("juror"),
    _CELL.project_id == _keys("projects"),
)
_PROJECTS = (
    sa.select(_text(_PROJECT.id), _RECUSAL.id.is_not(None))
    .select_from(
        Project.__table__.outerjoin(
            Recusal.__table__,
            sa.and_(
                _RECUSAL.project_id == _PROJECT.id,
                _RECUSAL.juror_id == sa.bindparam("juror"),
                _RECUSAL.lifted_at.is_(None),
            ),
        )
    )
    .where(_PROJECT.call_id == sa.bindparam("call"), _PROJECT.id == _keys("projects"))
)
_CHOSEN = _PROJECTS.where(_PROJECT.id.in_(sa.select(_OVER.project_id).where(_OVER.round_id == sa.bindparam("round"))))
_GIVEN = (
    sa.select(_text(_READING.project_id), sa.func.bool_or(_READING.taken_at.is_(None)))
    .where(_READING.round_id == sa.bindparam("round"), _READING.juror_id == sa.bindparam("juror"))
    .group_by(_READING.project_id)
)


def answered(session: Session, juror_id: uuid.UUID, ids: Iterable[str]) -> dict[str, tuple[Any, ...]]:
    """What the log says of these operations of that juror: id → (outcome, version, value, reason)."""
    rows = session.connection().execute(_ANSWERED, {"juror": juror_id, "ids": _array(ids)})
    return {key: tuple(answer) for key, *answer in rows}


def projects(session: Session, here: Held, wanted: Iterable[str]) -> dict[str, bool]:
    """Which of these projects are of the round: id → whether the juror is recused."""
    asked = {"juror": here.juror_id, "call": here.call_id, "projects": _array(wanted)}
    if here.chosen:
        return dict(session.connection().execute(_CHOSEN, asked | {"round": here.round_id}).all())
    return dict(session.connection().execute(_PROJECTS, asked).all())


def given(session: Session, here: Held) -> dict[str, bool]:
    """What the juror was given to read, in a round that was assigned: project → whether it still is theirs."""
    asked = {"round": here.round_id, "juror": here.juror_id}
    return dict(session.connection().execute(_GIVEN, asked).all())


def cells(
    session: Session, round_id: uuid.UUID, juror_id: uuid.UUID, wanted: Iterable[str]
) -> dict[tuple[str, str], rules.Cell]:
    """(project, field) → what the juror's sheets of these projects hold."""
    asked = {"round": round_id, "juror": juror_id, "projects": _array(wanted)}
    rows = session.connection().execute(_CELLS, asked)
    return {(project, field): rules.Cell(*cell) for project, field, *cell in rows}


# `put` is the value as it is stored. A row that `tells` takes it to the history; the last one `written` to a field is
# what its cell holds from then on.
_WRITE = sa.text("""
WITH sent AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS row (
        id uuid, round_id uuid, project_id uuid, field text, sent jsonb, base_version integer, counter integer,
        client_time text, outcome text, version integer, value jsonb, reason text, put jsonb, tells boolean,
        written boolean)
), logged AS (
    INSERT INTO operations (juror_id, device_id, received_at, id, round_id, project_id, field, sent, base_version,
        counter, client_time, outcome, version, value, reason)
    SELECT :juror, :device, :now, id, round_id, project_id, field, sent, base_version, counter, client_time, outcome,
        version, value, reason
    FROM sent
), told AS (
    INSERT INTO cell_history (juror_id, at, epoch, source, operation_id, round_id, project_id, field, value, version,
        written)
    SELECT :juror, :now, :epoch, :source, id, round_id, project_id, field, put, version, written
    FROM sent WHERE tells
), grown AS (
    UPDATE jurors SET version = version + 1 WHERE id = :juror AND :grows
), spoke AS (
    UPDATE devices SET last_seen_at = :now, beats = beats + 1 WHERE id = :device AND :speaks
)
INSERT INTO cells (juror_id, updated_at, epoch, round_id, project_id, field, value, version, counter)
SELECT DISTINCT ON (round_id, project_id, field)
    :juror, :now, :epoch, round_id, project_id, field, put, version, counter
FROM sent WHERE written
ORDER BY round_id, project_id, field, version DESC
ON CONFLICT (round_id, juror_id, project_id, field) DO UPDATE
SET value = excluded.value, version = excluded.version, epoch = excluded.epoch, counter = excluded.counter,
    updated_at = excluded.updated_at
""").bindparams(
    sa.bindparam("juror", type_=sa.Uuid),
    sa.bindparam("device", type_=sa.Uuid),
    sa.bindparam("now", type_=sa.DateTime(timezone=True)),
    sa.bindparam("epoch", type_=sa.Integer),
    sa.bindparam("source", type_=sa.Text),
    sa.bindparam("grows", type_=sa.Boolean),
    sa.bindparam("speaks", type_=sa.Boolean),
)


def write(
    session: Session,
    here: Held,
    rows: list[dict[str, Any]],
    *,
    source: str,
    grows: bool,
    now: dt.datetime,
) -> None:
    """Operations with their answers, the history and the cells they add up to, in one statement.

    rows: in the order they were decided; the columns that `_WRITE` names. source: what the history says of how they
    came. grows: what the juror's pack shows has changed.
    """
    session.connection().execute(
        _WRITE,
        {
            "rows": orjson.dumps(rows).decode(),
            "juror": here.juror_id,
            "device": here.device_id,
            "epoch": here.epoch,
            "source": source,
            "grows": grows,
            "speaks": source == "tablet",
            "now": now,
        },
    )
