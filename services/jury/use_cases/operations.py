"""Step 2 of a score: apply what a tablet sends, each operation once, and answer each. Next: rules.decide.

Everything a batch needs is read at once and written at once, under the juror's lock (see tablets.py).
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import rules
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
    batch = _Batch(session, device, juror, this, now)
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
    seen(device, now)
    return [result for result in results if result is not None], juror.version + this.version


def _id_of(raw: Any) -> str | None:
    found = raw.get("id") if isinstance(raw, dict) else None
    return found[:36].encode("utf-8", "replace").decode() if isinstance(found, str) else None


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


class _Batch:
    """One POST of a tablet: everything it needs is read at once, and written at once at the end."""

    def __init__(self, session: Session, device: Device, juror: Juror, this: Round, now: dt.datetime) -> None:
        self.session, self.device, self.juror, self.round, self.now = session, device, juror, this, now
        self.known: dict[uuid.UUID, OperationLog] = {}
        self.cells: dict[tuple[uuid.UUID, str], ScoreCell] = {}
        self.projects: set[uuid.UUID] = set()
        self.recused: set[uuid.UUID] = set()
        self.changed = False

    def prepare(self, operations: list[rules.Operation]) -> None:
        session, juror, this = self.session, self.juror, self.round
        ids = [found for found in (_uuid(one.id) for one in operations) if found is not None]
        log = sa.select(OperationLog).where(OperationLog.juror_id == juror.id, OperationLog.id.in_(ids))
        self.known = {one.id: one for one in session.scalars(log)}
        projects = {found for found in (_uuid(one.project_id) for one in operations) if found is not None}
        self.projects = set(
            session.scalars(sa.select(Project.id).where(Project.call_id == juror.call_id, Project.id.in_(projects)))
        )
        self.recused = set(
            session.scalars(
                sa.select(Recusal.project_id).where(Recusal.juror_id == juror.id, Recusal.lifted_at.is_(None))
            )
        )
        cells = sa.select(ScoreCell).where(
            ScoreCell.round_id == this.id,
            ScoreCell.juror_id == juror.id,
            ScoreCell.project_id.in_(self.projects),
        )
        self.cells = {(cell.project_id, cell.field): cell for cell in session.scalars(cells)}

    def apply(self, operation: rules.Operation) -> Result:
        operation_id, project_id = _uuid(operation.id), _uuid(operation.project_id)
        if operation_id is None:
            return Result(operation.id, "refused", 0, None, "L’identifiant de l’opération n’est pas lisible.")
        known = self.known.get(operation_id)
        if known is not None:
            outcome: Any = "duplicate" if known.outcome == "applied" else known.outcome
            return Result(operation.id, outcome, known.version, known.value, known.reason)
        if project_id is None or project_id not in self.projects:
            # Nothing to keep: the answer depends only on what was sent.
            return Result(operation.id, "refused", 0, None, "Ce projet ne fait pas partie de ce tour.")
        cell = self.cells.get((project_id, operation.field))
        version = cell.version if cell else 0
        if project_id in self.recused:
            reason = "Vous êtes en retrait sur ce projet : cette saisie n’est pas prise en compte."
            return self._log(operation, operation_id, project_id, "refused", 0, None, reason, keep=False)
        problem = rules.check_value(operation.field, operation.value, self.round.frozen or {"criteria": []})
        if problem is not None:
            value = cell.value if cell else None
            return self._log(operation, operation_id, project_id, "refused", version, value, problem, keep=False)
        if self.round.state != "open":
            return self._late(operation, operation_id, project_id, version, cell.value if cell else None)
        return self._decide(operation, operation_id, project_id, cell)

    def _decide(
        self, operation: rules.Operation, operation_id: uuid.UUID, project_id: uuid.UUID, cell: ScoreCell | None
    ) -> Result:
        held = rules.Cell(cell.version, cell.value, cell.epoch, cell.counter) if cell else rules.Cell()
        decision = rules.decide(held, operation, self.device.epoch)
        value = rules.clean(operation.value) if isinstance(operation.value, str) else operation.value
        version = held.version
        if decision.writes:
            version += 1
            if cell is None:
                cell = ScoreCell(
                    round_id=self.round.id, juror_id=self.juror.id, project_id=project_id, field=operation.field
                )
                self.session.add(cell)
                self.cells[project_id, operation.field] = cell
            cell.value, cell.version, cell.updated_at = value, version, self.now
            cell.epoch, cell.counter = self.device.epoch, operation.counter
            self.changed = True
        self.session.add(
            CellHistory(
                round_id=self.round.id,
                juror_id=self.juror.id,
                project_id=project_id,
                field=operation.field,
                value=value,
                version=version,
                written=decision.writes,
                operation_id=operation_id,
                epoch=self.device.epoch,
                source="tablet",
                at=self.now,
            )
        )
        current = value if decision.writes else held.value
        return self._log(operation, operation_id, project_id, decision.outcome, version, current, decision.reason)

    def _late(
        self,
        operation: rules.Operation,
        operation_id: uuid.UUID,
        project_id: uuid.UUID,
        version: int,
        held: int | str | None,
    ) -> Result:
        self.session.add(
            LateEntry(
                round_id=self.round.id,
                juror_id=self.juror.id,
                project_id=project_id,
                field=operation.field,
                value=rules.clean(operation.value) if isinstance(operation.value, str) else operation.value,
                operation_id=operation_id,
                epoch=self.device.epoch,
                counter=operation.counter,
                client_time=operation.client_time,
                received_at=self.now,
            )
        )
        self.changed = True
        reason = "Le tour est clos : cette saisie attend la décision de la présidence du jury."
        return self._log(operation, operation_id, project_id, "late", version, held, reason)

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
        entry = OperationLog(
            juror_id=self.juror.id,
            id=operation_id,
            round_id=self.round.id,
            device_id=self.device.id,
            project_id=project_id,
            field=operation.field,
            sent=operation.value if keep else None,
            base_version=operation.base_version,
            counter=operation.counter,
            client_time=operation.client_time,
            received_at=self.now,
            outcome=outcome,
            version=version,
            value=value,
            reason=reason,
        )
        self.session.add(entry)
        self.known[operation_id] = entry
        return Result(operation.id, outcome, version, value, reason)

    def finish(self) -> None:
        if self.changed:
            self.juror.version += 1
