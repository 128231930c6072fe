"""Step 2 of nine for what a workshop brings back: links, texts, L'Écho. Next: rules/restitution.py.

Lock: the host's link, which is the one row of a workshop that every writer holds. Two devices with the same link take
turns, and the second is told.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.registration.announce import gatherings
from services.registration.models.events import Event, Slot, Workshop
from services.registration.models.restitution import (
    HostLink,
    RestitutionOperation,
    RestitutionPart,
    RestitutionSent,
)
from services.registration.queries import restitution as queries
from services.registration.rules import device
from services.registration.rules import restitution as rules
from services.registration.rules.choices import N_
from shared import audit
from shared.db import hash_token, new_token
from shared.errors import NotFound, RuleError


class Closed(RuleError):
    """The link is unknown, or a newer one replaced it."""

    status = 401


@dataclass(frozen=True)
class Result:
    """The answer to one text."""

    id: str | None
    outcome: rules.Outcome
    version: int
    value: str | None
    reason: str | None
    wrote: bool = False
    """Whether it changed something just now."""


def invite(session: Session, event_id: uuid.UUID, workshop_id: uuid.UUID, now: dt.datetime, *, who: str) -> str:
    """A link for the host of a workshop; the one they had closes. Returns the token, which is kept nowhere."""
    workshop = _workshop(session, event_id, workshop_id)
    session.execute(
        sa.update(HostLink)
        .where(HostLink.workshop_id == workshop.id, HostLink.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    token = new_token()
    session.add(HostLink(token_hash=hash_token(token), workshop_id=workshop.id, issued_at=now))
    session.flush()
    _note(session, who, "host link given", workshop.id, {"workshop": workshop.title}, now)
    return token


def authenticate(session: Session, token: str, *, lock: bool = False) -> HostLink:
    """The link a bearer token belongs to. Raises Closed."""
    query = sa.select(HostLink).where(HostLink.token_hash == hash_token(token))
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise Closed("unknown-token", N_("Ce lien n’est pas le bon. Demandez-en un autre à l’organisation."))
    if found.revoked_at is not None:
        raise Closed("fenced", N_("Un lien plus récent a remplacé celui-ci. Ce qui n’est pas parti reste gardé ici."))
    return found


def write(session: Session, token: str, raw: list[Any], now: dt.datetime) -> list[Result]:
    """Apply texts in the order of the device's counter; one result each, in the order sent."""
    link = authenticate(session, token, lock=True)
    link.last_seen_at = now
    return apply(session, link, raw, now)


def apply(session: Session, link: HostLink, raw: list[Any], now: dt.datetime) -> list[Result]:
    """The same under a link that is locked already, whoever brings what was written under it."""
    read = [rules.read(one) for one in raw]
    ids = [one.id for one in read if isinstance(one, rules.Operation)]
    query = sa.select(RestitutionOperation).where(RestitutionOperation.id.in_(ids))
    known = {one.id: one for one in session.scalars(query)}
    mine = sa.select(RestitutionPart).where(RestitutionPart.workshop_id == link.workshop_id)
    parts = {one.part: one for one in session.scalars(mine)}
    results: dict[int, Result] = {}
    for index in sorted(range(len(raw)), key=lambda i: getattr(read[i], "counter", 0)):
        operation = read[index]
        if isinstance(operation, rules.Operation):
            results[index] = _apply(session, link, operation, known, parts, now)
        else:
            sent = raw[index].get("id") if isinstance(raw[index], dict) else None
            results[index] = Result(sent[:36] if isinstance(sent, str) else None, "refused", 0, None, operation)
    return [results[index] for index in range(len(raw))]


def _apply(
    session: Session,
    link: HostLink,
    operation: rules.Operation,
    known: dict[uuid.UUID, RestitutionOperation],
    parts: dict[str, RestitutionPart],
    now: dt.datetime,
) -> Result:
    before = known.get(operation.id)
    if before is not None:
        if before.workshop_id != link.workshop_id:
            return Result(str(operation.id), "refused", 0, None, N_("Ce texte vient d’un autre atelier."))
        outcome: rules.Outcome = "duplicate" if before.outcome == "applied" else "conflict"
        return Result(str(operation.id), outcome, before.version, before.value, before.reason)
    part = parts.get(operation.part)
    text, version = (part.text, part.version) if part else ("", 0)
    decision = rules.decide(text, version, operation)
    at = device.when(operation.at, now)
    if decision.writes:
        if part is None:
            part = RestitutionPart(workshop_id=link.workshop_id, part=operation.part, version=0)
            session.add(part)
            parts[operation.part] = part
        part.text, part.version, part.changed_at = operation.text, version + 1, at
        text, version = part.text, part.version
        after = {"part": operation.part, "version": version, "characters": len(text)}
        _note(session, f"host:{link.id}", "restitution written", link.workshop_id, after, now)
    made = RestitutionOperation(
        id=operation.id,
        workshop_id=link.workshop_id,
        part=operation.part,
        text=operation.text,
        outcome=decision.outcome,
        version=version,
        value=text,
        reason=decision.reason,
        at=at,
        received_at=now,
    )
    session.add(made)
    known[operation.id] = made
    return Result(str(operation.id), decision.outcome, version, text, decision.reason, decision.writes)


def to_echo(session: Session, event: Event, workshop_id: uuid.UUID, now: dt.datetime, *, who: str, site: str) -> bool:
    """Hand the account to L'Écho. False when exactly these words left before: a second click sends nothing."""
    _workshop(session, event.id, workshop_id)
    account = next(one for one in queries.accounts(session, event.id) if one.workshop.id == workshop_id)
    if not account.written:
        raise RuleError("nothing-written", N_("Cet atelier n’a encore rien écrit : il n’y a rien à envoyer."))
    row = insert(RestitutionSent).values(
        workshop_id=workshop_id, digest=queries.digest(account.written), at=now, who=who
    )
    if session.scalar(row.on_conflict_do_nothing().returning(RestitutionSent.workshop_id)) is None:
        return False
    gatherings.workshop_restituted(session, event, account.workshop, account.written, site=site)
    _note(session, who, "restitution sent to L’Écho", workshop_id, {"workshop": account.workshop.title}, now)
    return True


def _workshop(session: Session, event_id: uuid.UUID, workshop_id: uuid.UUID) -> Workshop:
    query = sa.select(Workshop).join(Slot).where(Workshop.id == workshop_id, Slot.event_id == event_id)
    found = session.scalar(query.with_for_update(of=Workshop, key_share=True))
    if found is None:
        raise NotFound("workshop-unknown", N_("Cet atelier n’existe pas."))
    return found


def _note(
    session: Session, who: str, what: str, workshop_id: uuid.UUID, after: dict[str, Any], now: dt.datetime
) -> None:
    audit.record(session, who=who, what=what, thing="workshop", thing_id=workshop_id, before=None, after=after, now=now)
