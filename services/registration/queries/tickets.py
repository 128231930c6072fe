"""The ticket as most people open it: all they asked for is certain, and nothing else is to be said."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.queries.public import mark
from shared import hot
from shared.db import hash_token


@dataclass(frozen=True)
class Ticket:
    """A certain place, every workshop wished certain too; nobody came along, nobody is at the door yet."""

    mark: str
    """Of the event, as `public.Opened` has it."""
    event_id: uuid.UUID
    ends_at: dt.datetime
    form_version_id: uuid.UUID | None
    workshops: list[uuid.UUID]
    first_name: str
    last_name: str
    email: str
    structure: str
    reference: str
    ticket: str
    meal: bool | None
    carpool: bool

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}"


def plain(session: Session, token: str) -> Ticket | None:
    """The ticket that a personal link opens; None when there is none, or more to say. One statement."""
    rows = hot.rows(session, _PLAIN, {"hash": hash_token(token)})
    return Ticket(*rows[0]) if rows else None


_PLAIN = sa.text(f"""
    SELECT {mark("e")}, e.id, e.ends_at, r.form_version_id, coalesce(wished.workshops, '{{}}'),
        r.first_name, r.last_name, r.email, r.structure, r.reference, r.ticket, r.meal, r.carpool
    FROM personal_links l JOIN registrations r ON r.id = l.registration_id JOIN events e ON e.id = r.event_id,
        LATERAL (
            SELECT array_agg(w.workshop_id ORDER BY w.workshop_id) AS workshops,
                bool_and(c.state IS NOT NULL AND c.state = 'confirmed') AS certain
            FROM workshop_wishes w JOIN quotas q ON q.workshop_id = w.workshop_id
            LEFT JOIN seat_claims c ON c.quota_id = q.id AND c.registration_id = w.registration_id
            WHERE w.registration_id = r.id
        ) wished
    WHERE l.token_hash = :hash AND l.revoked_at IS NULL
        AND e.state <> 'called_off' AND r.status = 'confirmed' AND wished.certain IS NOT FALSE
        AND NOT EXISTS (SELECT FROM attendances a WHERE a.registration_id = r.id AND a.present)
        AND NOT EXISTS (SELECT FROM party_members p WHERE p.registration_id = r.id)
        AND NOT EXISTS (SELECT FROM allocations a WHERE a.event_id = e.id)
""")  # noqa: S608  (our own words)
