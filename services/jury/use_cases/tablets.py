"""Step 2 of what a juror does on a tablet: pair, declare conflicts, write scores, leave.

The juror's row is locked first, always: two tablets of one juror, or a replay racing its original, take turns.
Then the round is read FOR SHARE, so that it cannot close in the middle of a batch. Next: rules.decide.
"""

from __future__ import annotations

import datetime as dt
import secrets
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
    PairingCode,
    Project,
    Recusal,
    Round,
    ScoreCell,
)
from services.jury.use_cases.calls import lock_juror, recuse
from shared import audit
from shared.db import hash_token, new_token
from shared.errors import Gone, NotFound, RuleError


class Fenced(RuleError):
    """Another tablet took over, or the pairing was ended."""

    status = 401


@dataclass(frozen=True)
class Paired:
    """What a tablet gets once: the bearer token is not kept in clear anywhere."""

    token: str
    epoch: int
    juror: Juror
    round: Round


@dataclass(frozen=True)
class Result:
    """The answer to one operation."""

    id: str | None
    outcome: rules.Outcome
    version: int
    value: int | str | None
    reason: str | None


def new_code(
    session: Session,
    round_id: uuid.UUID,
    juror_id: uuid.UUID,
    *,
    who: str,
    now: dt.datetime,
    lifetime: dt.timedelta = rules.CODE_LIFETIME,
) -> str:
    """A one-use code for one juror; it replaces the unused ones. The paired tablet works until it is used."""
    juror = lock_juror(session, juror_id)
    this = session.get(Round, round_id)
    if this is None or this.call_id != juror.call_id:
        raise NotFound("unknown-round", "Ce tour n’existe pas pour ce membre du jury.")
    if this.state not in ("open", "closed"):
        raise RuleError("round-state", "On appaire les tablettes quand le tour est ouvert.")
    session.execute(
        sa.update(PairingCode)
        .where(PairingCode.juror_id == juror.id, PairingCode.used_at.is_(None), PairingCode.expires_at > now)
        .values(expires_at=now)
    )
    code = rules.code_of(secrets.token_bytes(16))
    session.add(
        PairingCode(
            juror_id=juror.id,
            round_id=this.id,
            code_hash=hash_token(code),
            created_at=now,
            created_by=who,
            expires_at=now + lifetime,
        )
    )
    audit.record(
        session,
        who=who,
        what="made a pairing code",
        thing="juror",
        thing_id=juror.id,
        before=None,
        after=None,
        now=now,
    )
    return code


def pair(session: Session, code: str, device: uuid.UUID, *, now: dt.datetime) -> Paired:
    """Swap a code for a bearer token. Fences the juror's earlier tablet. NotFound, or Gone when used or old."""
    digest = hash_token(rules.read_code(code))
    juror_id = session.scalar(sa.select(PairingCode.juror_id).where(PairingCode.code_hash == digest))
    if juror_id is None:
        raise NotFound("unknown-code", "Ce code n’est pas connu. Demandez-en un autre au secrétariat.")
    juror = lock_juror(session, juror_id)
    found = session.scalars(sa.select(PairingCode).where(PairingCode.code_hash == digest).with_for_update()).one()
    if found.used_at is not None:
        raise Gone("used-code", "Ce code a déjà servi. Demandez-en un autre au secrétariat.")
    if found.expires_at <= now:
        raise Gone("expired-code", "Ce code n’est plus valable. Demandez-en un autre au secrétariat.")
    this = session.get(Round, found.round_id, with_for_update={"read": True})
    assert this is not None
    if this.state not in ("open", "closed"):
        raise Gone("round-state", "Ce tour est terminé : son procès-verbal est signé.")
    found.used_at = now
    session.execute(
        sa.update(Device)
        .where(Device.juror_id == juror.id, Device.fenced_at.is_(None))
        .values(fenced_at=now, fenced_by="pairing")
    )
    token = new_token()
    juror.epoch += 1
    juror.version += 1
    session.add(
        Device(
            juror_id=juror.id,
            round_id=this.id,
            device=device,
            token_hash=hash_token(token),
            epoch=juror.epoch,
            paired_at=now,
            last_seen_at=now,
        )
    )
    audit.record(
        session,
        who=f"juror:{juror.id}",
        what="paired a tablet",
        thing="juror",
        thing_id=juror.id,
        before=None,
        after={"epoch": juror.epoch, "device": str(device)},
        now=now,
    )
    return Paired(token, juror.epoch, juror, this)


def authenticate(session: Session, token: str) -> Device:
    """The tablet that a bearer token belongs to. Raises Fenced when it may no longer speak."""
    device = session.scalar(sa.select(Device).where(Device.token_hash == hash_token(token)))
    if device is None:
        raise Fenced("unknown-token", "Cette tablette n’est pas appairée. Demandez un code au secrétariat.")
    if device.fenced_at is not None:
        raise Fenced(
            "fenced",
            "Une autre tablette a pris la suite de celle-ci. Ce qui n’est pas parti reste gardé ici.",
        )
    return device


def _hold(session: Session, device: Device) -> tuple[Juror, Round]:
    """Lock the juror, then hold the round's state; the fence is checked again under the lock."""
    juror = lock_juror(session, device.juror_id)
    session.refresh(device)
    if device.fenced_at is not None:
        raise Fenced("fenced", "Une autre tablette a pris la suite de celle-ci.")
    this = session.get(Round, device.round_id, with_for_update={"read": True}, populate_existing=True)
    assert this is not None
    return juror, this


def confirm(session: Session, device: Device, conflicts: list[dict[str, Any]], *, now: dt.datetime) -> None:
    """The juror said "that is me" and declared conflicts: [{project_id, kind, note}]. May be called again."""
    juror, _this = _hold(session, device)
    who = f"juror:{juror.id}"
    for conflict in conflicts:
        recuse(
            session,
            juror,
            conflict["project_id"],
            kind=conflict["kind"],
            note=rules.clean(conflict["note"]),
            who=who,
            now=now,
        )
    if juror.confirmed_at is None:
        juror.confirmed_at = now
        juror.version += 1
        audit.record(
            session,
            who=who,
            what="confirmed",
            thing="juror",
            thing_id=juror.id,
            before=None,
            after={"conflicts": len(conflicts)},
            now=now,
        )
    _seen(device, now)


def heartbeat(device: Device, pending: int, *, now: dt.datetime) -> None:
    """What the chair's board says of the tablet: how many values wait on it, and when it last spoke."""
    device.pending = pending
    _seen(device, now)


def unpair(session: Session, device: Device, *, now: dt.datetime) -> None:
    """The tablet is handed back; its token opens nothing from now on."""
    juror, _this = _hold(session, device)
    device.fenced_at, device.fenced_by, device.pending = now, "unpair", 0
    juror.version += 1
    audit.record(
        session,
        who=f"juror:{juror.id}",
        what="unpaired a tablet",
        thing="juror",
        thing_id=juror.id,
        before=None,
        after={"epoch": device.epoch},
        now=now,
    )


def write(session: Session, device: Device, raw: list[Any], *, now: dt.datetime) -> tuple[list[Result], int]:
    """Apply a batch, each operation on its own; returns one result per operation, in order, and the pack version.

    raw: whatever the client sent. Operations are applied in the order of the tablet's counter, so a reordered
    batch ends in the same table.
    """
    juror, this = _hold(session, device)
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
    _seen(device, now)
    return [result for result in results if result is not None], juror.version + this.version


def _id_of(raw: Any) -> str | None:
    found = raw.get("id") if isinstance(raw, dict) else None
    return found[:36].encode("utf-8", "replace").decode() if isinstance(found, str) else None


def _seen(device: Device, now: dt.datetime) -> None:
    device.last_seen_at = now
    # Counted by the database: a heartbeat does not wait for the juror's lock and may cross a batch.
    device.beats = Device.beats + 1


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
