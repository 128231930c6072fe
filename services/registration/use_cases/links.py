"""Step 2 of nine: personal links. Next: services/registration/rules/people.py.

A link is a long random secret, kept hashed, and not what the badge says. Every mail carries a fresh one, so the
service can send « my link » again without ever having stored it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration import announce
from services.registration.models.events import Event
from services.registration.models.registrations import PersonalLink, Registration
from services.registration.queries.standing import standing
from services.registration.rules.choices import N_
from services.registration.rules.people import email_key, is_reachable
from shared.db import hash_token, new_token
from shared.errors import Gone, NotFound, RuleError

RESEND_EVERY = dt.timedelta(minutes=10)
_RESEND = "resend"
_SHOWN = ("page", "confirmation")
"""What carries a link that stood on the screen of who typed the address: it proves nothing about it."""
_INSERT = cast(sa.Table, PersonalLink.__table__).insert()
_OPEN = sa.select(PersonalLink.registration_id).where(
    PersonalLink.token_hash == sa.bindparam("hash"), PersonalLink.revoked_at.is_(None)
)


def issue(session: Session, registration_id: uuid.UUID, purpose: str, now: dt.datetime) -> str:
    """A new token of this registration; only its hash is kept. purpose: which mail or page carries it."""
    token, row = drawn(registration_id, purpose, now)
    session.execute(_INSERT, row)
    return token


def drawn(registration_id: uuid.UUID, purpose: str, now: dt.datetime) -> tuple[str, dict[str, Any]]:
    """(a token, its row), for whoever writes it together with others."""
    token = new_token()
    return token, {
        "token_hash": hash_token(token),
        "registration_id": registration_id,
        "issued_for": purpose,
        "issued_at": now,
    }


def address(site: str, token: str) -> str:
    return f"{site}/i/{token}"


def revoke_others(session: Session, registration_id: uuid.UUID, keep: str, now: dt.datetime) -> None:
    """Close every link of this registration but the token `keep`: they went to an address that was wrong. The one that
    is kept proves no more than a page does: no mail took it to the address of now."""
    kept = sa.update(PersonalLink).where(PersonalLink.token_hash == hash_token(keep))
    session.execute(kept.values(issued_for=_SHOWN[0]))
    session.execute(
        sa.update(PersonalLink)
        .where(
            PersonalLink.registration_id == registration_id,
            PersonalLink.token_hash != hash_token(keep),
            PersonalLink.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )


def revoke_all(session: Session, registration_id: uuid.UUID, now: dt.datetime) -> None:
    """Close every link of this registration."""
    session.execute(
        sa.update(PersonalLink)
        .where(PersonalLink.registration_id == registration_id, PersonalLink.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def open_link(session: Session, token: str) -> uuid.UUID:
    """The registration that a token opens. Raises NotFound for an unknown or revoked one, alike."""
    found = session.scalar(_OPEN, {"hash": hash_token(token)})
    if found is None:
        raise NotFound(
            "link-unknown",
            N_(
                "Ce lien personnel n’est pas ou plus valable. Demandez-en un nouveau : "
                "il vous sera envoyé à l’adresse de votre inscription."
            ),
        )
    return found


def proves(session: Session, token: str) -> bool:
    """Whether only a mail to the registration's address showed this link."""
    query = sa.select(PersonalLink.issued_for).where(PersonalLink.token_hash == hash_token(token))
    return session.scalar(query) not in (None, *_SHOWN)


def request(session: Session, email: str, now: dt.datetime, *, site: str) -> int:
    """Send a fresh link for each coming registration of this address; the caller says the same in every case.

    At most one mail per registration in ten minutes. Returns how many were sent, for the log only.
    """
    query = (
        sa.select(Registration.id)
        .join(Event, Event.id == Registration.event_id)
        .where(Registration.email_key == email_key(email), Event.ends_at > now)
        .order_by(Registration.registered_at.desc())
        .limit(20)
    )
    return sum(resend(session, one, now, site=site) for one in session.scalars(query).all())


def resend(session: Session, registration_id: uuid.UUID, now: dt.datetime, *, site: str) -> bool:
    """Send this registration's link, unless one was sent in the last ten minutes. Raises Gone for who was erased."""
    # The row lock makes two simultaneous requests see each other.
    email = sa.select(Registration.email).where(Registration.id == registration_id).with_for_update()
    kept = session.scalar(email)
    if kept and not is_reachable(kept):
        raise RuleError("no-address", N_("Cette personne est venue sans laisser d’adresse : personne à qui écrire."))
    if not kept:
        raise Gone("erased", N_("Cette personne a été effacée : il n’y a plus d’adresse à qui écrire."))
    recent = sa.exists().where(
        PersonalLink.registration_id == registration_id,
        PersonalLink.issued_for == _RESEND,
        PersonalLink.issued_at > now - RESEND_EVERY,
    )
    if session.scalar(sa.select(recent)):
        return False
    token = issue(session, registration_id, _RESEND, now)
    announce.link_requested(session, standing(session, registration_id), site=site, link=address(site, token))
    return True
