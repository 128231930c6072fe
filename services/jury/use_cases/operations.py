"""Step 2 of a score: apply what a tablet sends, each operation once, and answer each. Next: rules.decide.

Everything a batch needs is read at once and written at once, under the juror's lock (see tablets.py): a room of tablets
that comes back after a cut sends thousands of operations a second, so rows stay plain here.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import queries, rules
from services.jury.models import (
    CellHistory,
    Device,
    Juror,
    LateEntry,
    OperationLog,
    Project,
    Recusal,
    Round,
    ScoreCell,
)
from services.jury.use_cases.tablets import hold, seen
from shared.db import among, insert_rows, new_id


@dataclass(frozen=True)
class Result:
    """The answer to one operation."""

    id: str | None
    outcome: rules.Outcome
    version: int
    value: int | str | None
    reason: str | None


def write(session: Session, device: Device, raw: list[Any], *, now: dt.datetime) -> tuple[list[Result], int]:
    """Apply a batch, each operation on its own; returns one result per operation, in order, and the pack version.

    raw: whatever the client sent. Operations are applied in the order of the tablet's counter, so a reordered
    batch ends in the same table.
    """
    juror, this = hold(session, device)
    results = apply(session, device, juror, this, raw, source="tablet", now=now)
    seen(device, now)
    return results, juror.version + this.version


def apply(
    session: Session, device: Device, juror: Juror, this: Round, raw: list[Any], *, source: str, now: dt.datetime
) -> list[Result]:
    """Apply a batch whose juror is locked and whose round is held. source: what the history says of how it came."""
    batch = _Batch(session, device, juror, this, source, now)
    read = [rules.read_operation(one) for one in raw]
    batch.prepare([one for one in read if isinstance(one, rules.Operation)])
    results: list[Result | None] = [None] * len(raw)
    order = sorted(range(len(raw)), key=lambda i: getattr(read[i], "counter", 0))
    for index in order:
        operation = read[index]
        if isinstance(operation, rules.Operation):
            results[index] = batch.apply(operation)
        else:
            results[index] = Result(_id_of(raw[index]), "refused", 0, None, operation)
    batch.finish()
    return [result for result in results if result is not None]


def _id_of(raw: Any) -> str | None:
    found = raw.get("id") if isinstance(raw, dict) else None
    return found[:36].encode("utf-8", "replace").decode() if isinstance(found, str) else None


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


@dataclass(frozen=True)
class _Answered:
    """What the log says of an operation."""

    outcome: rules.Outcome
    version: int
    value: int | str | None
    reason: str | None


class _Batch:
    """One POST of a tablet: everything it needs is read at once, and written at once at the end."""

    def __init__(
        self, session: Session, device: Device, juror: Juror, this: Round, source: str, now: dt.datetime
    ) -> None:
        self.session, self.juror, self.round, self.source, self.now = session, juror, this, source, now
        # Plain from here on: an attribute of the session's objects costs as much as an operation.
        self.device_id, self.epoch, self.state = device.id, device.epoch, this.state
        self.here: dict[str, Any] = {"round_id": this.id, "juror_id": juror.id}
        self.frozen: dict[str, Any] = this.frozen or {"criteria": []}
        self.keys: dict[str, uuid.UUID | None] = {}
        self.known: dict[uuid.UUID, _Answered] = {}
        self.cells: dict[tuple[uuid.UUID, str], rules.Cell] = {}
        self.projects: set[uuid.UUID] = set()
        self.recused: set[uuid.UUID] = set()
        self.given: set[uuid.UUID] = set()
        self.samples: set[uuid.UUID] = set()
        self.exercise: Round | None = None
        self.log: list[dict[str, Any]] = []
        self.history: list[dict[str, Any]] = []
        self.late: list[dict[str, Any]] = []
        self.written: set[tuple[uuid.UUID, str]] = set()

    def prepare(self, operations: list[rules.Operation]) -> None:
        session, juror, this = self.session, self.juror, self.round
        self.keys = {text: _uuid(text) for text in {text for one in operations for text in (one.id, one.project_id)}}
        ids = self._keys(one.id for one in operations)
        columns = (OperationLog.id, OperationLog.outcome, OperationLog.version, OperationLog.value, OperationLog.reason)
        log = sa.select(*columns).where(OperationLog.juror_id == juror.id, among(OperationLog.id, ids))
        self.known = {key: _Answered(*answer) for key, *answer in session.execute(log)}
        projects = self._keys(one.project_id for one in operations)
        recused = sa.and_(Recusal.project_id == Project.id, Recusal.juror_id == juror.id, Recusal.lifted_at.is_(None))
        of_the_call = (
            sa.select(Project.id, Recusal.id.is_not(None))
            .outerjoin(Recusal, recused)
            .where(Project.call_id == juror.call_id, among(Project.id, projects))
        )
        found = session.execute(of_the_call).all()
        self.projects = {project for project, _recused in found}
        self.recused = {project for project, recused in found if recused}
        # Only what is not of this call can be a sample: an ordinary batch does not ask.
        self.samples, self.exercise = queries.samples_among(session, this.id, projects - self.projects)
        given = queries.assigned(session, this, juror.id)
        self.given = self.projects if given is None else {project for _juror, project in given}
        held = (ScoreCell.version, ScoreCell.value, ScoreCell.epoch, ScoreCell.counter)
        cells = sa.select(ScoreCell.project_id, ScoreCell.field, *held).where(
            among(ScoreCell.round_id, {this.id, self.exercise.id} if self.exercise else {this.id}),
            ScoreCell.juror_id == juror.id,
            among(ScoreCell.project_id, self.projects | self.samples),
        )
        self.cells = {(project, field): rules.Cell(*cell) for project, field, *cell in session.execute(cells)}

    def _keys(self, texts: Iterable[str]) -> set[uuid.UUID]:
        return {key for key in map(self.keys.get, texts) if key is not None}

    def apply(self, operation: rules.Operation) -> Result:
        operation_id, project_id = self.keys[operation.id], self.keys[operation.project_id]
        if operation_id is None:
            return Result(operation.id, "refused", 0, None, "L’identifiant de l’opération n’est pas lisible.")
        known = self.known.get(operation_id)
        if known is not None:
            outcome: rules.Outcome = "duplicate" if known.outcome == "applied" else known.outcome
            return Result(operation.id, outcome, known.version, known.value, known.reason)
        if project_id is not None and project_id in self.samples:
            return self._rehearse(operation, operation_id, project_id)
        if project_id is None or project_id not in self.projects:
            # Nothing to keep: the answer depends only on what was sent.
            return Result(operation.id, "refused", 0, None, "Ce projet ne fait pas partie de ce tour.")
        cell = self.cells.get((project_id, operation.field), rules.Cell())
        if self.state == "draft":
            reason = "Ce tour n’est pas encore ouvert."
            return self._log(operation, operation_id, project_id, "refused", 0, None, reason, keep=False)
        if project_id in self.recused:
            reason = "Vous êtes en retrait sur ce projet : cette saisie n’est pas prise en compte."
            return self._log(operation, operation_id, project_id, "refused", 0, None, reason, keep=False)
        problem = rules.check_value(operation.field, operation.value, self.frozen)
        if problem is not None:
            return self._log(
                operation, operation_id, project_id, "refused", cell.version, cell.value, problem, keep=False
            )
        if project_id not in self.given:
            # Kept in the log with its value: another juror reads it now, but what was typed is not lost.
            reason = "Ce projet ne vous est pas confié : cette saisie reste au journal et ne compte pas."
            return self._log(operation, operation_id, project_id, "refused", cell.version, cell.value, reason)
        if self.state != "open":
            return self._late(operation, operation_id, project_id, cell)
        return self._decide(operation, operation_id, project_id, cell)

    def _rehearse(self, operation: rules.Operation, operation_id: uuid.UUID, project_id: uuid.UUID) -> Result:
        """A score of the exercise. It counts nowhere, so one that comes late is written like the others."""
        frozen = (self.exercise.frozen if self.exercise else None) or {"criteria": []}
        held = self.cells.get((project_id, operation.field), rules.Cell())
        problem = rules.check_value(operation.field, operation.value, frozen)
        if problem is not None:
            return self._log(
                operation, operation_id, project_id, "refused", held.version, held.value, problem, keep=False
            )
        return self._decide(operation, operation_id, project_id, held)

    def _decide(
        self, operation: rules.Operation, operation_id: uuid.UUID, project_id: uuid.UUID, held: rules.Cell
    ) -> Result:
        decision = rules.decide(held, operation, self.epoch)
        value = _stored(operation)
        if decision.writes:
            place = (project_id, operation.field)
            held = rules.Cell(held.version + 1, value, self.epoch, operation.counter)
            self.cells[place] = held
            self.written.add(place)
        self.history.append(
            self._where(project_id, operation.field)
            | {
                "value": value,
                "version": held.version,
                "written": decision.writes,
                "operation_id": operation_id,
                "epoch": self.epoch,
                "source": self.source,
                "at": self.now,
            }
        )
        return self._log(
            operation, operation_id, project_id, decision.outcome, held.version, held.value, decision.reason
        )

    def _late(
        self, operation: rules.Operation, operation_id: uuid.UUID, project_id: uuid.UUID, held: rules.Cell
    ) -> Result:
        self.late.append(
            self._where(project_id, operation.field)
            | {
                "id": new_id(),
                "value": _stored(operation),
                "operation_id": operation_id,
                "epoch": self.epoch,
                "counter": operation.counter,
                "client_time": operation.client_time,
                "received_at": self.now,
                "state": "waiting",
            }
        )
        reason = "Le tour est clos : cette saisie attend la décision de la présidence du jury."
        return self._log(operation, operation_id, project_id, "late", held.version, held.value, reason)

    def _where(self, project_id: uuid.UUID, field: str) -> dict[str, Any]:
        place = self.here | {"project_id": project_id, "field": field}
        if self.exercise is not None and project_id in self.samples:
            place["round_id"] = self.exercise.id
        return place

    def _log(
        self,
        operation: rules.Operation,
        operation_id: uuid.UUID,
        project_id: uuid.UUID,
        outcome: rules.Outcome,
        version: int,
        value: int | str | None,
        reason: str | None,
        *,
        keep: bool = True,
    ) -> Result:
        """keep=False: what was sent is not fit to be stored, only that it was refused."""
        self.log.append(
            self._where(project_id, operation.field)
            | {
                "id": operation_id,
                "device_id": self.device_id,
                "sent": operation.value if keep else None,
                "base_version": operation.base_version,
                "counter": operation.counter,
                "client_time": operation.client_time,
                "received_at": self.now,
                "outcome": outcome,
                "version": version,
                "value": value,
                "reason": reason,
            }
        )
        self.known[operation_id] = _Answered(outcome, version, value, reason)
        return Result(operation.id, outcome, version, value, reason)

    def finish(self) -> None:
        cells = [self._cell(*place) for place in sorted(self.written)]
        insert_rows(self.session, OperationLog, self.log)
        insert_rows(self.session, ScoreCell, cells, replace=("value", "version", "epoch", "counter", "updated_at"))
        insert_rows(self.session, CellHistory, self.history)
        insert_rows(self.session, LateEntry, self.late)
        if self.written or self.late:
            self.juror.version += 1

    def _cell(self, project_id: uuid.UUID, field: str) -> dict[str, Any]:
        cell = self.cells[project_id, field]
        return self._where(project_id, field) | {
            "value": cell.value,
            "version": cell.version,
            "epoch": cell.epoch,
            "counter": cell.counter,
            "updated_at": self.now,
        }


def _stored(operation: rules.Operation) -> int | str | None:
    return rules.clean(operation.value) if isinstance(operation.value, str) else operation.value
