"""What the workshops of an event brought back, and what a host may know of theirs. Next: models/restitution.py."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.events import Slot, Workshop
from services.registration.models.forms import FormAnswer
from services.registration.models.registrations import Registration
from services.registration.models.restitution import HostLink, RestitutionPart, RestitutionSent
from services.registration.models.seats import Quota, SeatClaim
from services.registration.queries.attendance import came
from services.registration.queries.wording import told
from services.registration.rules.restitution import PARTS


@dataclass(frozen=True)
class Account:
    """One workshop with its three parts. `parts`: part → (text, version), only those that were written."""

    workshop: Workshop
    slot: Slot
    parts: dict[str, tuple[str, int]]
    link: HostLink | None
    sent_at: dt.datetime | None
    """When exactly these words left for L'Écho."""

    @property
    def written(self) -> list[tuple[str, str]]:
        """(part, text) of the parts that say something, in their order."""
        return [(part, self.parts[part][0]) for part in PARTS if self.parts.get(part, ("", 0))[0].strip()]


def accounts(session: Session, event_id: uuid.UUID) -> list[Account]:
    """Every workshop of the event, in the order of the programme. Four statements."""
    query = sa.select(Workshop, Slot).join(Slot, Slot.id == Workshop.slot_id).where(Slot.event_id == event_id)
    rows = session.execute(query.order_by(Slot.starts_at, Slot.position, Workshop.position)).all()
    wanted = [workshop.id for workshop, _slot in rows]
    parts: dict[uuid.UUID, dict[str, tuple[str, int]]] = {}
    for one in session.scalars(sa.select(RestitutionPart).where(RestitutionPart.workshop_id.in_(wanted))):
        parts.setdefault(one.workshop_id, {})[one.part] = (one.text, one.version)
    live = sa.select(HostLink).where(HostLink.workshop_id.in_(wanted), HostLink.revoked_at.is_(None))
    links = {link.workshop_id: link for link in session.scalars(live)}
    left = sa.select(RestitutionSent).where(RestitutionSent.workshop_id.in_(wanted))
    sent = {(one.workshop_id, one.digest): one.at for one in session.scalars(left)}
    found = []
    for workshop, slot in rows:
        account = Account(workshop, slot, parts.get(workshop.id, {}), links.get(workshop.id), None)
        at = sent.get((workshop.id, digest(account.written)))
        found.append(Account(workshop, slot, account.parts, account.link, at))
    return found


def digest(written: list[tuple[str, str]]) -> bytes:
    """Two accounts with the same words have the same digest."""
    return hashlib.sha256("\x1f".join(f"{part}\x1e{text}" for part, text in written).encode()).digest()


PREPARING = ("countries", "expectations", "speaker_question")
"""The library's questions whose answers a host prepares with."""


@dataclass(frozen=True)
class Expected:
    """Who has a seat in a workshop: what its host needs to prepare, no address. `said`: (question, answer)."""

    id: uuid.UUID
    name: str
    structure: str
    actor_type: str
    said: list[tuple[str, str]]


def participants(session: Session, workshop_id: uuid.UUID, language: str) -> list[Expected]:
    """By name, with what they answered to PREPARING, in this language. Two statements."""
    query = (
        sa.select(Registration)
        .join(SeatClaim, SeatClaim.registration_id == Registration.id)
        .join(Quota, Quota.id == SeatClaim.quota_id)
        .where(Quota.workshop_id == workshop_id, SeatClaim.state == "confirmed", Registration.status == "confirmed")
        .order_by(Registration.name_key, Registration.id)
    )
    people = session.scalars(query).all()
    answers = sa.select(FormAnswer).where(
        FormAnswer.registration_id.in_([one.id for one in people]),
        FormAnswer.question.in_(PREPARING),
        ~FormAnswer.sensitive,
    )
    said: dict[uuid.UUID, list[FormAnswer]] = {}
    for one in session.scalars(answers.order_by(FormAnswer.question)):
        said.setdefault(one.registration_id, []).append(one)
    return [
        Expected(
            one.id,
            one.full_name,
            one.structure,
            one.actor_type,
            [(row.label, row.said) for row in told(session, said.get(one.id, []), one.actor_type, language)],
        )
        for one in people
    ]


@dataclass(frozen=True)
class Presence:
    registered: int
    present: int
    structures: int
    """Different structures among those present."""
    by_type: list[tuple[str, int]]


def presence(session: Session, event_id: uuid.UUID) -> Presence:
    """Who came, for the minutes of the day."""
    here = sa.func.count().filter(came())
    query = (
        sa.select(Registration.actor_type, sa.func.count(), here)
        .where(Registration.event_id == event_id, Registration.status == "confirmed")
        .group_by(Registration.actor_type)
        .order_by(here.desc(), Registration.actor_type)
    )
    rows = session.execute(query).all()
    structures = session.scalar(
        sa.select(sa.func.count(sa.distinct(sa.func.lower(Registration.structure)))).where(
            Registration.event_id == event_id, came(), Registration.structure != ""
        )
    )
    return Presence(
        sum(row[1] for row in rows),
        sum(row[2] for row in rows),
        structures or 0,
        [(row[0], row[2]) for row in rows if row[2]],
    )
