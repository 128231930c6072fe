"""What we hold about one person, for that person: a link to their mailbox, all of it on a page, and its end.

Step 2 of nine. The link at the foot of a letter opens the preferences only: a letter is forwarded. Names and what was
sent are behind a link that goes to the address itself and lives a day.
"""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.mailer import addresses, directory, erasure, mailed_links, moments, returns, transactional
from services.mailer.models.contacts import Contact, ContactImport
from services.mailer.models.issues import Contribution, ContributionDraft, Contributor
from services.mailer.models.lists import MailedLink
from shared import audit

_FIELDS = ("email", "first_name", "last_name", "structure", "locale", "topics", "zones", "kept", "departement", "kind")


def ask(session: Session, contact: Contact, *, organiser: Mapping[str, str], public_url: str, now: dt.datetime) -> bool:
    """Mail the link; False when this address has had its mails of the day."""
    address = addresses.parse(contact.email)
    made = mailed_links.make(session, "data", address, {}, now)
    if made is None:
        return False
    link, token = made
    transactional.send(
        session,
        template="own_data_link",
        to=address.email,
        data={
            "person": {"first_name": contact.first_name, "last_name": contact.last_name, "locale": contact.locale},
            "organiser": dict(organiser),
            "link": f"{public_url}/mes-donnees/{token}",
        },
        business_key=(f"own-data:{link.id}", "1"),
        contact_id=contact.id,
    )
    return True


def find(session: Session, token: str, now: dt.datetime) -> MailedLink:
    """Raises NotFound, Gone."""
    return mailed_links.find(session, "data", token, now)


def held(session: Session, email_key: str, now: dt.datetime) -> dict[str, Any]:
    """Everything under an address, as plain JSON."""
    contact = session.scalar(sa.select(Contact).where(Contact.email_key == email_key))
    links = sa.select(MailedLink).where(MailedLink.email_key == email_key).order_by(MailedLink.created_at)
    return {
        "made_at": now.isoformat(),
        "address": email_key,
        "contact": _contact(contact) if contact else None,
        "consents": [
            {
                "list": one.list,
                "status": one.status,
                "at": one.at.isoformat(),
                "source": one.source,
                "wording": one.wording,
                "wording_version": one.wording_version,
                "evidence": one.evidence,
            }
            for one in (directory.consents(session, contact.id) if contact else [])
        ],
        "not_written_to": [
            {"scope": one.scope, "reason": one.reason, "since": one.created_at.isoformat()}
            for one in directory.suppressions(session, email_key)
        ],
        "mails": [
            {
                "what": one.template,
                "state": one.state,
                "written_at": one.created_at.isoformat(),
                "changed_at": one.changed_at.isoformat(),
                "answer": one.last_text,
                "content": one.data,
            }
            for one in directory.messages(session, email_key, limit=10_000)
        ],
        "returned": [
            {"at": one.at.isoformat(), "kind": one.kind, "status": one.status, "said": one.said, "action": one.action}
            for one in returns.of_address(session, email_key, limit=10_000)
        ],
        "moments": [
            {"what": one.kind, "about": one.title, "at": one.at.isoformat()}
            for one in moments.of(session, [email_key, contact.email if contact else email_key])
        ],
        "links": [
            {"purpose": one.purpose, "asked": one.asked, "at": one.created_at.isoformat()}
            for one in session.scalars(links)
        ],
        "files": _files(session, email_key),
        "contributions": _contributions(session, email_key),
        "unsent": [
            {"at": one.at.isoformat(), **one.typed}
            for one in session.scalars(
                sa.select(ContributionDraft).join(Contributor).where(Contributor.email_key == email_key)
            )
        ],
    }


def _contributions(session: Session, email_key: str) -> list[dict[str, Any]]:
    """What they handed in for L'Écho, the photos whole."""
    query = sa.select(Contribution).join(Contributor).where(Contributor.email_key == email_key)
    return [
        {
            "at": one.created_at.isoformat(),
            "structure": one.contributor.structure,
            "state": one.state,
            "answer": one.reason,
            **{name: getattr(one, name) for name in ("section", "title", "text", "link", "credit")},
            "photo": one.photo and {"alt": one.photo_alt, "jpeg_base64": base64.b64encode(one.photo.body).decode()},
        }
        for one in session.scalars(query.order_by(Contribution.created_at)).unique()
    ]


def _contact(contact: Contact) -> dict[str, Any]:
    values = {name: getattr(contact, name) for name in _FIELDS}
    return values | {"created_at": contact.created_at.isoformat(), "updated_at": contact.updated_at.isoformat()}


def _files(session: Session, email_key: str) -> list[dict[str, Any]]:
    """The imports whose report has a line with this address."""
    named = sa.text("EXISTS (SELECT 1 FROM jsonb_array_elements(report) AS l WHERE lower(l ->> 'email') = :key)")
    found = sa.select(ContactImport).where(named.bindparams(key=email_key)).order_by(ContactImport.created_at)
    return [
        {"file": one.filename, "source": one.source, "at": one.done_at.isoformat() if one.done_at else None,
         "lines": [line["line"] for line in one.report if str(line["email"]).lower() == email_key]}
        for one in session.scalars(found)
    ]  # fmt: skip


def erase(session: Session, token: str, now: dt.datetime) -> dict[str, int]:
    """The mailbox's owner wants all of it gone, here. Raises NotFound, Gone, StillSending."""
    link = mailed_links.find(session, "data", token, now, lock=True)
    number = link.id
    erased = erasure.forget(session, link.email_key, now)
    after: dict[str, Any] = {name: count for name, count in erased.items() if count}
    audit.record(
        session, who="contact", what="erased", thing="erasure", thing_id=number, before=None, after=after, now=now
    )
    return erased
