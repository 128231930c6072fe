"""A mail that came back is read, kept, and acted upon: once, in one transaction. The reading is in `bounces/`.

The address that is acted upon is the ledger's own, found by the envelope's token, never the one that the mail
names: anybody can write a mail that says that somebody else is gone.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import uuid

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.mailer import (
    announce,
    bounces,
    campaigns,
    contacts,
    envelopes,
    ledger,
    passing_on,
    suppressions,
    unsubscribe,
)
from services.mailer.bounces.explain import sentence
from services.mailer.bounces.mails import Mail, parse
from services.mailer.models.contacts import Contact
from services.mailer.models.ledger import Campaign, Message, Suppression
from services.mailer.models.returns import Return
from shared.errors import RuleError

log = structlog.get_logger(__name__)

_TOKEN = re.compile(r"[A-Za-z0-9_-]{40,160}")
_SAID = 2000  # characters kept of what a relay writes


class NotOurs(RuleError):
    """An envelope recipient that this installation never gave out."""


def expected(address: str, *, domain: str, secret: str) -> uuid.UUID | None:
    """The mail that an envelope recipient is about, None for the address that takes departures. Raises NotOurs."""
    if envelopes.is_leaving(address, domain):
        return None
    message = envelopes.message_of(address, domain, secret=secret)
    message = message or envelopes.answered(address, domain, secret=secret)
    if message is None:
        raise NotOurs("not-ours", "No such address here.")
    return message


def receive(
    session: Session,
    raw: bytes,
    address: str,
    *,
    domain: str,
    secret: str,
    now: dt.datetime,
    sender: str | None = None,
    ours: str = "",
) -> str:
    """Keep a mail and act on it; returns the action, "" when the very same mail was there already. Raises NotOurs.

    sender: of the envelope, where it is known. ours: the address that our single mails come from.
    """
    message_id = expected(address, domain=domain, secret=secret)
    if (answered := envelopes.answered(address, domain, secret=secret)) is not None:
        return passing_on.receive(session, raw, answered, sender=sender, ours=(f"@{domain}", ours), now=now)
    mail = parse(raw)
    message = session.get(Message, message_id) if message_id else None
    if message is None and message_id is None:
        tokens = _TOKEN.findall(mail.first("subject"))
        link = next(filter(None, (unsubscribe.verify(one, secret=secret) for one in tokens)), None)
        return _leave(session, raw, mail, link, now=now)
    if message is not None:  # whatever it says, it answers a mail that left
        ledger.taken(session, message.id, owner="return", text="a mail came back from it", reason="answered")
    reading = bounces.read_for(raw)
    if reading.kind == "unsubscribe":
        return _leave(session, raw, mail, _link_of(session, message), message, now=now)
    gone = message is not None and reading.verdict == "remove" and reading.kind in ("bounce", "complaint")
    row = Return(
        hash=hashlib.sha256(raw).hexdigest(),
        at=now,
        message_id=message.id if message else None,
        email_key=message.email_key if message else "",
        kind=reading.kind,
        recipient=_clean(reading.recipient, 320),
        status=reading.status[:20],
        reason=reading.reason,
        verdict=reading.verdict,
        action="suppressed" if gone else "none",
        said=_clean(mail.says, _SAID),
    )
    if not _keep(session, row):
        return ""
    if message is not None:
        if gone:
            _suppress(session, message.email_key, row)
            if row.kind == "complaint" and message.contact_id is not None:  # their address may be another by now
                today = session.get(Contact, contacts.leads_to(session, message.contact_id))
                if today is not None and today.email_key != message.email_key:
                    _suppress(session, today.email_key, row)
        if reading.kind == "bounce":
            announce.message_bounced(session, message, row, now=now)
        elif reading.kind == "complaint":
            announce.message_complained(session, message, now=now)
    if reading.verdict == "ours":
        log.warning("mail came back for a fault of ours", message=str(message_id), reason=reading.reason)
        if message is not None and message.campaign_id and reading.kind == "bounce":
            words = f"{sentence(reading.reason)} {row.status} {row.said}"
            if campaigns.pause_for_return(session, message.campaign_id, message.changed_at, words):
                log.error("campaign paused", campaign=str(message.campaign_id), reason=reading.reason)
    return row.action


def _link_of(session: Session, message: Message | None) -> unsubscribe.Link | None:
    """What a mail to many said about leaving; a single mail has no list to leave."""
    campaign = session.get(Campaign, message.campaign_id) if message and message.campaign_id else None
    if campaign is None or message is None or message.contact_id is None:
        return None
    return unsubscribe.Link(message.contact_id, campaign.list)


def _leave(
    session: Session,
    raw: bytes,
    mail: Mail,
    link: unsubscribe.Link | None,
    message: Message | None = None,
    *,
    now: dt.datetime,
) -> str:
    """A mail by which somebody leaves: who has the token of a list, or answers one of its mails; else nobody does."""
    contact = session.get(Contact, contacts.leads_to(session, link.contact_id)) if link else None
    row = Return(
        hash=hashlib.sha256(raw).hexdigest(),
        at=now,
        message_id=message.id if message else None,
        email_key=contact.email_key if contact else message.email_key if message else "",
        kind="unsubscribe",
        recipient="",
        status="",
        reason="unsubscribe",
        verdict="keep",
        action="unsubscribed" if contact else "none",
        said=_clean(mail.first("subject"), 200),
    )
    if not _keep(session, row):
        return ""
    if contact is not None and link is not None:
        wording = "désinscription par courriel"
        contacts.withdraw(session, contact.id, link.list, "courriel de désinscription", wording, "mail-1", now)
    return row.action


def _keep(session: Session, row: Return) -> bool:
    """Insert; False when a mail of the same bytes was kept before."""
    values = {column.key: getattr(row, column.key) for column in Return.__table__.columns}
    made = session.scalar(insert(Return).values(values).on_conflict_do_nothing().returning(Return.hash))
    return made is not None


def _suppress(session: Session, email_key: str, row: Return) -> None:
    """No letter goes to that address any more; a confirmation that somebody asks for still does.

    What the person says takes the place of what the team or a server said before, and never the other way round.
    """
    values = {
        "email_key": email_key,
        "scope": "bulk",
        "reason": "complaint" if row.kind == "complaint" else "absent",
        "evidence": f"{row.status} {row.reason} {row.hash}".strip(),
    }
    done = insert(Suppression).values(values)
    own = done.excluded.reason.in_(suppressions.OWN_WORD) & Suppression.reason.not_in(suppressions.OWN_WORD)
    reason = sa.case((own, done.excluded.reason), else_=Suppression.reason)
    change = {"reason": reason, "evidence": done.excluded.evidence, "until": None}
    session.execute(done.on_conflict_do_update(index_elements=["email_key", "scope"], set_=change))


def of_address(session: Session, *email_keys: str, limit: int = 50) -> list[Return]:
    """What came back about these addresses of one person, latest first."""
    known = [key for key in email_keys if key]
    query = sa.select(Return).where(Return.email_key.in_(known)).order_by(Return.at.desc()).limit(limit)
    return list(session.scalars(query))


def _clean(text: str, limit: int) -> str:
    """As PostgreSQL takes it: no NUL, no half of a character."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()[:limit]
