"""Step 2 of nine: minutes are numbered, corrected beside their text, and approved. Next: assembly_minutes.py."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.assembly import Assembly, MinutesAmendment
from services.registration.rules.choices import N_
from services.registration.use_cases import assembly_room
from shared import audit
from shared.clock import PARIS
from shared.errors import NotFound, RuleError


def next_number(session: Session) -> int:
    """One more than the last; nobody else takes one until the transaction ends."""
    session.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('registration.minutes'))"))
    return (session.scalar(sa.select(sa.func.max(Assembly.minutes_number))) or 0) + 1


def amend(session: Session, assembly_id: uuid.UUID, text: str, now: dt.datetime, *, who: str) -> MinutesAmendment:
    """Add a correction to closed minutes; sent again, it is there already, and nobody could take the second back."""
    assembly = assembly_room.load(session, assembly_id, lock=True)
    if assembly.state != "closed":
        raise RuleError("minutes-not-closed", N_("Le procès-verbal n’est pas encore arrêté : corrigez la séance."))
    before = amendments(session, assembly.id)
    if before and (before[-1].who, before[-1].text) == (who, text):
        return before[-1]
    if assembly.approved_at:  # while we waited: what was approved is without this
        now = max(now, assembly.approved_at + dt.timedelta(microseconds=1))
    made = MinutesAmendment(assembly_id=assembly.id, at=now, who=who, text=text)
    session.add(made)
    audit.record(
        session,
        who=who,
        what="minutes amended",
        thing="assembly",
        thing_id=assembly.id,
        before=None,
        after={"text": text},
        now=now,
    )
    session.flush()
    return made


def amendments(session: Session, assembly_id: uuid.UUID) -> Sequence[MinutesAmendment]:
    """In the order they were written."""
    query = sa.select(MinutesAmendment).where(MinutesAmendment.assembly_id == assembly_id)
    return session.scalars(query.order_by(MinutesAmendment.at, MinutesAmendment.id)).all()


def may_approve(session: Session, assembly: Assembly, now: dt.datetime) -> Sequence[Assembly]:
    """The later assemblies that may have approved these minutes by now, the first one first. One may be opened before
    its day, which is still to come then."""
    query = sa.select(Assembly).where(
        Assembly.held_at > assembly.held_at, ~Assembly.rehearsal, Assembly.state.in_(("open", "closed"))
    )
    today = now.astimezone(PARIS).date()
    later = session.scalars(query.order_by(Assembly.held_at, Assembly.id))
    return [one for one in later if one.held_at.astimezone(PARIS).date() <= today]


def approve(
    session: Session,
    assembly_id: uuid.UUID,
    now: dt.datetime,
    *,
    who: str,
    on: dt.date | None = None,
    in_id: uuid.UUID | None = None,
) -> Assembly:
    """A later assembly (in_id), or whoever the statutes say, on a day, approved the minutes with their corrections.

    Not a word of them changes. Raises RuleError when they are not closed, approved already, or the day cannot be.
    """
    assembly = assembly_room.load(session, assembly_id, lock=True)
    if assembly.minutes_number is None:
        raise RuleError("minutes-not-closed", N_("Seul le procès-verbal arrêté d’une vraie assemblée s’approuve."))
    if assembly.approved_hash:
        raise RuleError("already-approved", N_("Ce procès-verbal est déjà approuvé."))
    later = None
    if in_id:
        later = next((one for one in may_approve(session, assembly, now) if one.id == in_id), None)
        if later is None:
            raise RuleError(
                "assembly-not-later", N_("Choisissez une assemblée tenue après celle-ci."), status=422, field="in"
            )
        on = later.held_at.astimezone(PARIS).date()
    ended = dt.datetime.fromisoformat((assembly.minutes or {})["closed_at"])
    held_on, closed_on, today = (at.astimezone(PARIS).date() for at in (assembly.held_at, ended, now))
    if on is None or not min(held_on, closed_on) <= on <= today:  # a meeting may be opened before its day
        raise RuleError(
            "approval-day",
            N_("Indiquez le jour de l’approbation, entre la séance et aujourd’hui."),
            status=422,
            field="on",
        )
    now = max([now, *(one.at for one in amendments(session, assembly.id))])
    with session.no_autoflush:  # the day and its hash become true together
        assembly.approved_on, assembly.approved_at, assembly.approved_in_id = on, now, later.id if later else None
        assembly.approved_hash = fingerprint(approved(session, assembly))
    session.flush()
    after = {"number": assembly.minutes_number, "on": on.isoformat(), "hash": assembly.approved_hash}
    audit.record(
        session,
        who=who,
        what="minutes approved",
        thing="assembly",
        thing_id=assembly.id,
        before=None,
        after=after,
        now=now,
    )
    return assembly


def approved(session: Session, assembly: Assembly) -> dict[str, Any]:
    """What was approved: the minutes by their hash, with the corrections they had by then, and by whom."""
    if assembly.approved_on is None or assembly.approved_at is None:
        raise NotFound("minutes-not-approved", N_("Ce procès-verbal n’est pas approuvé."))
    later = session.get(Assembly, assembly.approved_in_id) if assembly.approved_in_id else None
    return {
        "minutes": assembly.minutes_hash,
        "amendments": [
            {"at": one.at.astimezone(dt.UTC).isoformat(), "who": one.who, "text": one.text}
            for one in amendments(session, assembly.id)
            if one.at <= assembly.approved_at
        ],
        "approved_on": assembly.approved_on.isoformat(),
        "approved_in": later.title if later else None,
    }


def canonical(minutes: dict[str, Any]) -> bytes:
    """JSON with sorted keys and no spaces, in UTF-8: what the fingerprint is of."""
    return json.dumps(minutes, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def fingerprint(minutes: dict[str, Any]) -> str:
    """SHA-256 of the minutes as canonical JSON, in hexadecimal."""
    return hashlib.sha256(canonical(minutes)).hexdigest()
