"""Step 2 of a score: apply what a tablet sends, each operation once, and answer each. Next: rules.decide.

Everything a batch needs is read at once and written at once, under the juror's lock (see tablets.py): a room of tablets
that comes back after a cut sends thousands of operations a second, so rows stay plain here.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from services.jury import queries, rules
from services.jury.models import Device, LateEntry, Round
from services.jury.use_cases import journal
from services.jury.use_cases.journal import Held
from services.jury.use_cases.tablets import Fenced
from shared.db import insert_rows, new_id


class Result(NamedTuple):
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
    here = journal.hold(session, device.id, device.juror_id)
    if here.fenced:
        raise Fenced("fenced", "Une autre tablette a pris la suite de celle-ci.")
    results, grew = apply(session, here, raw, source="tablet", now=now)
    return results, here.pack_version + grew


def apply(session: Session, here: Held, raw: list[Any], *, source: str, now: dt.datetime) -> tuple[list[Result], bool]:
    """Apply a batch whose juror is locked and whose round is held; also returns whether the juror's pack changed.

    source: what the history says of how it came.
    """
    batch = _Batch(session, here, source, now)
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
    grew = batch.finish()
    return [result for result in results if result is not None], grew


def _id_of(raw: Any) -> str | None:
    found = raw.get("id") if isinstance(raw, dict) else None
    return found[:36].encode("utf-8", "replace").decode() if isinstance(found, str) else None


def _key(text: str) -> str | None:
    """An identifier in its usual form."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return None


NOTHING = rules.Cell()
CLOSED = "Le tour est clos : cette saisie attend la décision de la présidence du jury."
PASSED = "Ce projet est passé à un autre membre : cette saisie attend la décision de la présidence du jury."
SIGNED = "Le procès-verbal est signé : cette saisie est notée, et n’y change plus rien."
Answer = tuple[rules.Outcome, int, int | str | None, str | None]
"""Outcome, version, value, reason."""


class _Batch:
    """One POST of a tablet: everything it needs is read at once, and written at once at the end."""

    def __init__(self, session: Session, here: Held, source: str, now: dt.datetime) -> None:
        self.session, self.here, self.source, self.now = session, here, source, now
        self.epoch, self.state, self.frozen = here.epoch, here.state, here.frozen
        self.keys: dict[str, str | None] = {}
        self.known: dict[str, tuple[Any, ...]] = {}
        self.cells: dict[tuple[str, str], rules.Cell] = {}
        self.projects: dict[str, bool] = {}
        self.given: dict[str, bool] | None = None
        self.samples: set[str] = set()
        self.exercise: Round | None = None
        self.rows: list[dict[str, Any]] = []
        self.late: list[dict[str, Any]] = []

    def prepare(self, operations: list[rules.Operation]) -> None:
        session, here = self.session, self.here
        self.keys = {text: _key(text) for text in {text for one in operations for text in (one.id, one.project_id)}}
        self.known = journal.answered(session, here.juror_id, self._keys(one.id for one in operations))
        wanted = self._keys(one.project_id for one in operations)
        self.projects = journal.projects(session, here, wanted)
        if here.assigned:
            self.given = journal.given(session, here)
        self.cells = journal.cells(session, here.round_id, here.juror_id, self.projects)
        # Only what is not of this call can be a sample: an ordinary batch does not ask.
        strange = {uuid.UUID(key) for key in wanted - self.projects.keys()}
        samples, self.exercise = queries.samples_among(session, here.round_id, strange)
        if self.exercise is not None:
            self.samples = {str(sample) for sample in samples}
            self.cells |= journal.cells(session, self.exercise.id, here.juror_id, self.samples)

    def _keys(self, texts: Iterable[str]) -> set[str]:
        return {key for key in map(self.keys.get, texts) if key is not None}

    def apply(self, operation: rules.Operation) -> Result:
        operation_id, project_id = self.keys[operation.id], self.keys[operation.project_id]
        if operation_id is None:
            return Result(operation.id, "refused", 0, None, "L’identifiant de l’opération n’est pas lisible.")
        known = self.known.get(operation_id)
        if known is not None:
            outcome, *answer = known
            return Result(operation.id, "duplicate" if outcome == "applied" else outcome, *answer)
        if project_id in self.samples:
            return self._rehearse(operation, operation_id, project_id)
        if project_id not in self.projects:
            # Nothing to keep: the answer depends only on what was sent.
            return Result(operation.id, "refused", 0, None, "Ce projet ne fait pas partie de ce tour.")
        held = self.cells.get((project_id, operation.field), NOTHING)
        if self.state == "draft":
            return self._refuse(operation, operation_id, project_id, NOTHING, "Ce tour n’est pas encore ouvert.")
        if self.projects[project_id]:
            reason = "Vous êtes en retrait sur ce projet : cette saisie n’est pas prise en compte."
            return self._refuse(operation, operation_id, project_id, NOTHING, reason)
        problem = rules.check_value(operation.field, operation.value, self.frozen)
        if problem is not None:
            return self._refuse(operation, operation_id, project_id, held, problem)
        if self.given is not None and project_id not in self.given:
            reason = "Ce projet ne vous est pas confié : cette saisie reste au journal et ne compte pas."
            return self._log(operation, operation_id, project_id, ("refused", held.version, held.value, reason))
        if self.given is not None and not self.given[project_id]:
            # The sheet may have been finished before it passed to another juror, on a tablet without a network.
            return self._late(operation, operation_id, project_id, held, PASSED)
        if self.state != "open":
            return self._late(operation, operation_id, project_id, held, CLOSED if self.state == "closed" else SIGNED)
        return self._decide(operation, operation_id, project_id, held)

    def _rehearse(self, operation: rules.Operation, operation_id: str, project_id: str) -> Result:
        """A score of the exercise. It counts nowhere, so one that comes late is written like the others."""
        frozen = (self.exercise.frozen if self.exercise else None) or {"criteria": []}
        held = self.cells.get((project_id, operation.field), NOTHING)
        problem = rules.check_value(operation.field, operation.value, frozen)
        if problem is not None:
            return self._refuse(operation, operation_id, project_id, held, problem)
        return self._decide(operation, operation_id, project_id, held)

    def _decide(self, operation: rules.Operation, operation_id: str, project_id: str, held: rules.Cell) -> Result:
        outcome, writes, reason = rules.decide(held, operation, self.epoch)
        value = _stored(operation)
        if writes:
            held = rules.Cell(held.version + 1, value, self.epoch, operation.counter)
            self.cells[project_id, operation.field] = held
        answer = (outcome, held.version, held.value, reason)
        return self._log(operation, operation_id, project_id, answer, put=value, tells=True, written=writes)

    def _late(
        self, operation: rules.Operation, operation_id: str, project_id: str, held: rules.Cell, reason: str
    ) -> Result:
        self.late.append(
            {
                "id": new_id(),
                "round_id": self.here.round_id,
                "juror_id": self.here.juror_id,
                "project_id": project_id,
                "field": operation.field,
                "value": _stored(operation),
                "operation_id": operation_id,
                "epoch": self.epoch,
                "counter": operation.counter,
                "client_time": operation.client_time,
                "received_at": self.now,
                "state": "waiting",
            }
        )
        return self._log(operation, operation_id, project_id, ("late", held.version, held.value, reason))

    def _refuse(
        self, operation: rules.Operation, operation_id: str, project_id: str, held: rules.Cell, reason: str
    ) -> Result:
        """What was sent is not fit to be stored, only that it was refused."""
        answer: Answer = ("refused", held.version, held.value, reason)
        return self._log(operation, operation_id, project_id, answer, keep=False)

    def _log(
        self,
        operation: rules.Operation,
        operation_id: str,
        project_id: str,
        answer: Answer,
        *,
        keep: bool = True,
        put: int | str | None = None,
        tells: bool = False,
        written: bool = False,
    ) -> Result:
        """keep: the log keeps what was sent. tells: it goes to the history."""
        outcome, version, value, reason = answer
        round_id = self.exercise.id if self.exercise and project_id in self.samples else self.here.round_id
        self.rows.append(
            {
                "id": operation_id,
                "round_id": round_id,
                "project_id": project_id,
                "field": operation.field,
                "sent": operation.value if keep else None,
                "base_version": operation.base_version,
                "counter": operation.counter,
                "client_time": operation.client_time,
                "outcome": outcome,
                "version": version,
                "value": value,
                "reason": reason,
                "put": put,
                "tells": tells,
                "written": written,
            }
        )
        self.known[operation_id] = answer
        return Result(operation.id, outcome, version, value, reason)

    def finish(self) -> bool:
        """Write what was decided; returns whether the juror's pack changed."""
        grew = bool(self.late) or any(row["written"] for row in self.rows)
        journal.write(self.session, self.here, self.rows, source=self.source, grows=grew, now=self.now)
        insert_rows(self.session, LateEntry, self.late)
        return grew


def _stored(operation: rules.Operation) -> int | str | None:
    return rules.clean(operation.value) if isinstance(operation.value, str) else operation.value
