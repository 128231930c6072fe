"""A person confirmed that they want to be erased: contact, consents, and what the ledger says of them.

The ledger keeps its rows, so that its sums and its "nobody twice" still hold; they name nobody any more: where the
address stood is its mark.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from services.mailer import addresses, moments, photos, suppressions
from services.mailer.marks import mark
from services.mailer.models.contacts import Contact, ContactImport
from services.mailer.models.issues import Contribution, Contributor
from services.mailer.models.ledger import Attempt, Message
from services.mailer.models.lists import MailedLink
from services.mailer.models.photos import Photo
from services.mailer.models.programs import Order
from services.mailer.models.returns import Return
from services.mailer.partners import ORDERED
from shared import audit
from shared.messaging import deadletters, outbox
from shared.messaging.handlers import Event

_IN_FLIGHT = ("claimed", "transmitting")


class StillSending(Exception):
    """One of their mails is on the line right now: the fact is tried again in a moment."""


def on_person_erased(session: Session, event: Event) -> None:
    """Erase, and answer with a receipt. Raises StillSending."""
    erased = forget(session, addresses.email_key(event.data["email"]), event.time)
    erased["moments"] += moments.forget(session, [event.data["email_hash"]])  # as its own service folds the address
    erased["named"] += _unname(session, {event.data["email_hash"]})
    data: dict[str, Any] = {
        "request_id": event.data["request_id"],
        "erased": [{"what": kind, "count": count} for kind, count in erased.items() if count],
        "kept": [],
        "at": event.time,
    }
    outbox.add(session, "mailer.person.erased.v1", data, thing=event.data["request_id"])


def forget(session: Session, key: str, now: dt.datetime) -> Counter[str]:
    """Everything about one person goes, whichever of their addresses is given; that nobody writes to these stays,
    under their marks. Raises StillSending."""
    people = {row.id: (row.email_key, row.email) for row in session.execute(_of_one_person(key))}
    keys = sorted({key, *(known for known, _ in people.values())})
    messages = sa.select(Message.state).where(Message.email_key.in_(keys))
    if any(state in _IN_FLIGHT for state in session.scalars(messages)):
        raise StillSending  # unnamed: the log keeps it
    about = [str(one) for one in people]
    entries = audit.audit_entries
    told = sa.update(entries).where(entries.c.thing == "contact", entries.c.thing_id.in_(about))
    session.execute(told.values(before=None, after=None))
    session.execute(sa.delete(Contact).where(Contact.id.in_(people)))
    digests = {moments.digest(one) for one in (key, *(one for each in people.values() for one in each))}
    erased = Counter(contacts=len(people), moments=moments.forget(session, digests), named=_unname(session, digests))
    for one in keys:
        erased.update(_of_address(session, one))
        deadletters.forget(session, one)
        suppressions.forget(session, one, now)
    return erased


def preview(session: Session, contact: Contact, now: dt.datetime) -> dict[str, int]:
    """What would go, by kind: it is erased, counted, and taken back. Raises StillSending."""
    with session.begin_nested() as trial:
        would = forget(session, contact.email_key, now)
        trial.rollback()
    return {kind: count for kind, count in would.items() if count}


def _of_one_person(key: str) -> sa.Select[uuid.UUID, str, str]:
    """The contact of an address, and those of their other addresses."""
    today = sa.func.coalesce(Contact.merged_into, Contact.id)
    theirs = sa.select(today).where(Contact.email_key == key).scalar_subquery()
    return sa.select(Contact.id, Contact.email_key, Contact.email).where(
        sa.or_(Contact.id == theirs, Contact.merged_into == theirs)
    )


def _of_address(session: Session, key: str) -> dict[str, int]:
    messages = list(session.scalars(sa.select(Message.id).where(Message.email_key == key)))
    _forget_messages(session, key, messages)
    erased = {"messages": len(messages), "returns": _returns(session, key)}
    erased |= {"links": _links(session, key), "import_lines": _import_lines(session, key)}
    return erased | _contributions(session, key)


def _contributions(session: Session, key: str) -> dict[str, int]:
    """What they handed in for L'Écho, with its photos; an article of the newsroom made of it stays, signed by their
    structure, and so does the photo that it shows."""
    contributor = session.scalar(sa.select(Contributor.id).where(Contributor.email_key == key))
    if contributor is None:
        return {"contributions": 0, "photos": 0}
    theirs = sa.select(Contribution.id).where(Contribution.contributor_id == contributor)
    handed_in = list(session.scalars(theirs))
    given = list(session.scalars(sa.select(Photo.id).where(Photo.contributor_id == contributor)))
    about = [str(one) for one in (contributor, *handed_in)]
    entries = audit.audit_entries
    told = sa.update(entries).where(entries.c.thing.in_(("contributor", "contribution")), entries.c.thing_id.in_(about))
    session.execute(told.values(before=None, after=None))
    session.execute(told.where(sa.func.lower(entries.c.who) == key).values(who="contributor"))
    session.execute(sa.delete(Contributor).where(Contributor.id == contributor))
    return {"contributions": len(handed_in), "photos": photos.drop(session, given)}


def _forget_messages(session: Session, key: str, ids: list[Any]) -> None:
    """What waits is not sent, nor sent again where nobody knows its outcome; what was sent names nobody."""
    if not ids:
        return
    unknown = sa.update(Message).where(Message.id.in_(ids), Message.state == "unknown")
    session.execute(unknown.values(state="pending"))  # from there it can be cancelled, in this transaction
    waiting = sa.update(Message).where(Message.id.in_(ids), Message.state.in_(["pending", "deferred"]))
    session.execute(waiting.values(state="cancelled", reason="erased"))
    forgotten: dict[str, Any] = {"email": "", "email_key": mark(key), "contact_id": None, "data": {}, "last_text": ""}
    session.execute(sa.update(Message).where(Message.id.in_(ids)).values(**forgotten))
    # The key of an order is the program's own word, and may hold a name.
    by_order = sa.update(Message).where(Message.id.in_(ids), Message.kind == ORDERED)
    session.execute(by_order.values(thing_version=sa.cast(Message.id, sa.Text)))
    session.execute(sa.update(Attempt).where(Attempt.message_id.in_(ids)).values(text=""))
    # The same order again is still answered the same, but for the address.
    ordered = sa.update(Order).where(Order.answer["id"].astext.in_([str(one) for one in ids]))
    session.execute(ordered.values(answer=Order.answer.concat(sa.cast({"to": ""}, JSONB))))


_NAMING = sa.text("""
    UPDATE messages SET data = data || (
        SELECT jsonb_object_agg(list.key, coalesce((
            SELECT jsonb_agg(CASE WHEN one ->> 'email_hash' = ANY(:digests)
                THEN one || '{"name": "", "structure": ""}' ELSE one END)
            FROM jsonb_array_elements(list.value) one), '[]'))
        FROM jsonb_each(data) list WHERE list.key IN ('arrivals', 'promotions', 'departures'))
    WHERE template = 'registrations_told' AND data ? 'arrivals' AND EXISTS (
        SELECT 1 FROM jsonb_array_elements(
            (data -> 'arrivals') || coalesce(data -> 'promotions', '[]') || (data -> 'departures')) one
        WHERE one ->> 'email_hash' = ANY(:digests) AND one ->> 'name' <> '')
    RETURNING id
""")


def _unname(session: Session, digests: set[str]) -> int:
    """Mails to those who organise name who registered: they say of this person that somebody did; how many mails."""
    return len(session.execute(_NAMING, {"digests": sorted(digests)}).all())


def _returns(session: Session, key: str) -> int:
    """That a mail came back stays for the sums, without who: it would be counted as arrived. So does a complaint."""
    theirs = Return.email_key == key
    counted = sa.update(Return).where(theirs, Return.kind.in_(("bounce", "complaint")), Return.message_id.is_not(None))
    kept = session.execute(counted.values(email_key="", recipient="", said="").returning(Return.hash)).all()
    return len(kept) + len(session.execute(sa.delete(Return).where(theirs).returning(Return.hash)).all())


def _links(session: Session, key: str) -> int:
    """Subscriptions they asked for: the address, and the name they typed."""
    gone = sa.delete(MailedLink).where(MailedLink.email_key == key).returning(MailedLink.id)
    return len(session.execute(gone).all())


def _import_lines(session: Session, key: str) -> int:
    """The report of an import names its lines by address: the line stays, the address goes."""
    named = sa.text("EXISTS (SELECT 1 FROM jsonb_array_elements(report) AS l WHERE lower(l ->> 'email') = :key)")
    lines = 0
    for done in session.scalars(sa.select(ContactImport).where(named.bindparams(key=key)).with_for_update()):
        theirs = [str(line["email"]).lower() == key for line in done.report]
        done.report = [
            {**line, "email": "", "filled": {}, "same": {}} if mine else line
            for line, mine in zip(done.report, theirs, strict=True)
        ]
        lines += sum(theirs)
    # A file that waits keeps its lines, which are not written for who was erased; its page shows them no more.
    shown = sa.select(ContactImport).where(
        sa.func.lower(sa.cast(ContactImport.preview, sa.Text)).contains(key, autoescape=True)
    )
    for waiting in session.scalars(shown.with_for_update()):
        kept: dict[str, list[Any]] = {
            part: [line for line in waiting.preview[part] if str(line["email"]).lower() != key]
            for part in ("shown", "wrong")
            if part in waiting.preview
        }
        lines += sum(len(waiting.preview[part]) - len(left) for part, left in kept.items())
        waiting.preview = {**waiting.preview, **kept}
    return lines
