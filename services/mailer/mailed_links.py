"""Links sent to an address, to know that its owner asks: made, opened, forgotten. Step 2 of nine.

Only the token's hash is kept. However often somebody types an address into a form, few mails go to it.
"""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.mailer.addresses import Address
from services.mailer.models.lists import MailedLink
from shared.db import hash_token
from shared.errors import Gone, NotFound
from shared.web.words import _

LASTS = {"subscribe": dt.timedelta(days=3), "data": dt.timedelta(hours=24)}
MOST = 3
"""Mails of one kind to one address in a day: enough for whoever lost one, no weapon."""
_KEPT = dt.timedelta(days=30)


def make(
    session: Session, purpose: str, address: Address, asked: dict[str, Any], now: dt.datetime
) -> tuple[MailedLink, str] | None:
    """A new link and its token, which is kept nowhere; None when this address has had its mails of the day."""
    # Two forms sent at once: the second counts what the first made.
    session.execute(sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 1))"), {"key": address.key})
    lately = sa.select(sa.func.count()).where(
        MailedLink.email_key == address.key,
        MailedLink.purpose == purpose,
        MailedLink.created_at > now - dt.timedelta(days=1),
    )
    if (session.scalar(lately) or 0) >= MOST:
        return None
    token = secrets.token_urlsafe(32)
    link = MailedLink(
        purpose=purpose,
        email=address.email,
        email_key=address.key,
        token_hash=hash_token(token),
        asked=asked,
        created_at=now,
        expires_at=now + LASTS[purpose],
    )
    session.add(link)
    session.flush()
    return link, token


def drop_old(session: Session, now: dt.datetime) -> None:
    """Whoever asked for a list and never confirmed it agreed to nothing: their address and their name go."""
    session.execute(sa.delete(MailedLink).where(MailedLink.created_at < now - _KEPT))


def find(session: Session, purpose: str, token: str, now: dt.datetime, *, lock: bool = False) -> MailedLink:
    """The link of a token, whether used before or not. Raises NotFound, Gone once its time is over."""
    query = sa.select(MailedLink).where(MailedLink.token_hash == hash_token(token), MailedLink.purpose == purpose)
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound("mailed-link", _("Ce lien est incomplet, ou trop ancien. Copiez-le en entier, ou recommencez."))
    if found.expires_at <= now:
        raise Gone("mailed-link-over", _("Ce lien n’est plus valable : il ne servait que quelques jours. Recommencez."))
    return found
