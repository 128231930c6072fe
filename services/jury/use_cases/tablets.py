"""Step 2 of a tablet's life: pair, declare conflicts, tell how it goes, leave. Scores are in operations.py (next).

The juror's row is locked first, always: two tablets of one juror, or a replay racing its original, take turns.
Then the round is read FOR SHARE, so that it cannot close in the middle of a batch.
"""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import queries, rules
from services.jury.models import (
    Device,
    Juror,
    PairingCode,
    Round,
)
from services.jury.use_cases.calls import lock_juror, recuse, refuse_left
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


def new_code(
    session: Session,
    round_id: uuid.UUID,
    juror_id: uuid.UUID,
    *,
    who: str,
    now: dt.datetime,
    lifetime: dt.timedelta = rules.CODE_LIFETIME,
    mailed: bool = False,
) -> str:
    """A one-use code for one juror; it replaces the unused ones. The paired tablet works until it is used.

    One that is mailed may come before the round opens, and waits for that.
    """
    juror = lock_juror(session, juror_id)
    this = session.get(Round, round_id)
    if this is None or not queries.sits(session, this, juror):
        raise NotFound("unknown-round", "Ce tour n’existe pas pour ce membre du jury.")
    refuse_left(this)
    if not _pairs(session, this) and not (mailed and this.state == "draft"):
        raise RuleError("round-state", "On appaire les tablettes quand le tour est ouvert.")
    expire_codes(session, [juror.id], now)
    code = rules.code_of(secrets.token_bytes(16))
    session.add(
        PairingCode(
            juror_id=juror.id,
            round_id=this.id,
            code_hash=hash_token(code),
            created_at=now,
            created_by=who,
            expires_at=now + lifetime,
            mailed=mailed,
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


def expire_codes(session: Session, jurors: Collection[uuid.UUID], now: dt.datetime, *, mailed: bool = False) -> int:
    """The unused codes of these jurors open nothing any more; with `mailed`, only those that went by mail. How many."""
    mine = sa.update(PairingCode).where(
        PairingCode.juror_id.in_(jurors), PairingCode.used_at.is_(None), PairingCode.expires_at > now
    )
    ended = (mine.where(PairingCode.mailed) if mailed else mine).values(expires_at=now).returning(PairingCode.id)
    return len(session.execute(ended).all())


def pair(session: Session, code: str, device: uuid.UUID, *, now: dt.datetime) -> Paired:
    """Swap a code for a bearer token. Fences the juror's earlier tablet. NotFound, or Gone when used or old; RuleError
    when it came before the round: it is not used up then."""
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
    if this.state == "draft" and not _pairs(session, this):
        raise RuleError("round-draft", "Ce tour n’est pas encore ouvert. Gardez ce lien : il servira dès l’ouverture.")
    if not _pairs(session, this):
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


def _pairs(session: Session, this: Round) -> bool:
    """Whether tablets take part now: in the round, or before it in its exercise."""
    if this.state == "draft":
        return queries.exercise_of(session, this.id) is not None
    return this.state in ("open", "closed")


_BEARER = sa.select(Device).where(Device.token_hash == sa.bindparam("digest"))  # each request asks it: built once


def authenticate(session: Session, token: str) -> Device:
    """The tablet that a bearer token belongs to. Raises Fenced when it may no longer speak."""
    device = session.scalar(_BEARER, {"digest": hash_token(token)})
    if device is None:
        raise Fenced("unknown-token", "Cette tablette n’est pas appairée. Demandez un code au secrétariat.")
    if device.fenced_at is not None:
        raise Fenced(
            "fenced",
            "Une autre tablette a pris la suite de celle-ci. Ce qui n’est pas parti reste gardé ici.",
        )
    return device


def hold(session: Session, device: Device) -> tuple[Juror, Round]:
    """Lock the juror, then hold the round's state; the fence is checked again under the lock."""
    juror = lock_juror(session, device.juror_id)
    session.refresh(device)
    if device.fenced_at is not None:
        raise Fenced("fenced", "Une autre tablette a pris la suite de celle-ci.")
    return juror, hold_round(session, device.round_id)


def hold_round(session: Session, round_id: uuid.UUID) -> Round:
    """The round, held FOR SHARE so that it cannot close in the middle of a batch."""
    return session.get_one(Round, round_id, with_for_update={"read": True})


def confirm(session: Session, device: Device, conflicts: list[dict[str, Any]], *, now: dt.datetime) -> None:
    """The juror said "that is me" and declared conflicts: [{project_id, kind, note}]. May be called again."""
    juror, _this = hold(session, device)
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
    seen(device, now)


def heartbeat(device: Device, pending: int, idle: int | None = None, *, now: dt.datetime) -> None:
    """What the chair's board says of the tablet: how many values wait on it, and when it last spoke.

    idle: seconds since somebody touched it; None when nobody did since its page was opened."""
    device.pending = pending
    if idle is not None:
        device.touched_at = now - dt.timedelta(seconds=idle)
    seen(device, now)


def unpair(session: Session, device: Device, *, now: dt.datetime) -> None:
    """The tablet is handed back; its token opens nothing from now on."""
    juror, _this = hold(session, device)
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


def seen(device: Device, now: dt.datetime) -> None:
    """Note that the tablet spoke, for the chair's board."""
    device.last_seen_at = now
    # Counted by the database: a heartbeat does not wait for the juror's lock and may cross a batch.
    device.beats = Device.beats + 1
