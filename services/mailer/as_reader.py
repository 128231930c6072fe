"""An issue or a letter exactly as one contact would get it: step 2 of nine. What makes the mails makes the body."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from email import message_from_bytes, policy

from sqlalchemy.orm import Session

from services.mailer import campaigns, compose, directory, echo, kept, letter_sending, mime, publishing, unsubscribe
from services.mailer.audience import EVERYBODY
from services.mailer.models.contacts import Contact
from services.mailer.models.issues import Issue
from services.mailer.models.letters import Letter
from services.mailer.publishing import House


@dataclass(frozen=True)
class Seen:
    """raw: the body's octets; html and text: its parts, decoded from them. status: whether it would be sent.

    spared: they keep only other things than this issue holds (`kept.py`).
    """

    contact: Contact
    status: str
    spared: bool
    raw: bytes
    html: str
    text: str


def see(session: Session, issue: Issue, house: House, contact_id: uuid.UUID, *, secret: str) -> Seen:
    """Raises NotFound for somebody who is no contact."""
    contact = directory.get(session, contact_id)
    about = set(kept.narrowed(session, issue, EVERYBODY).about)  # empty: the mail is for everybody
    spared = bool(about and contact.kept) and not about & set(contact.kept)
    mail = publishing.render_issue(issue, house, contact.locale)
    return _seen(session, contact, issue, mail, house, secret=secret, spared=spared)


def see_letter(
    session: Session, letter: Letter, house: House, contact_id: uuid.UUID, *, secret: str, at: dt.datetime
) -> Seen:
    """The letter as it would leave at that instant. Raises NotFound for somebody who is no contact."""
    contact = directory.get(session, contact_id)
    mail = letter_sending.rendered(session, letter, house, at, contact.locale)
    return _seen(session, contact, letter, mail, house, secret=secret)


def _seen(
    session: Session,
    contact: Contact,
    sent: Issue | Letter,
    mail: echo.RenderedIssue,
    house: House,
    *,
    secret: str,
    spared: bool = False,
) -> Seen:
    whole = mime.Alternative(mail.text, mail.html, campaigns.boundary(sent.id))
    token = unsubscribe.token(contact.id, sent.list_key, secret=secret)
    content = compose.personal(whole, token, contact.first_name, house.public_url)
    read = message_from_bytes(b"".join([*content.headers, mime.CRLF, content.raw]), policy=policy.default)
    parts = {part.get_content_type(): part.get_content() for part in read.walk() if not
             part.is_multipart()}  # fmt: skip
    status = directory.status(session, contact, sent.list_key)
    return Seen(contact, status, spared, content.raw, str(parts["text/html"]), str(parts["text/plain"]))
