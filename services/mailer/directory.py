"""Finding contacts and reading what is known of one: for the staff's pages, never for deciding whom to write to."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.mailer.contacts import searchable
from services.mailer.models.contacts import ECHO, Consent, Contact, current_consents
from services.mailer.models.ledger import Message, Suppression
from shared.errors import NotFound

PAGE = 50


@dataclass(frozen=True)
class Listed:
    """A contact in a list page: `status` is given, withdrawn, suppressed or none."""

    contact: Contact
    status: str
    since: dt.datetime | None


@dataclass(frozen=True)
class Search:
    """Which contacts: words in any order, accents ignored; what is "" asks nothing.

    status: what they said of the list, of L'Écho without one. list: those who ever said something of it, or with the
    status "none" those who never did.
    """

    words: str = ""
    status: str = ""
    list: str = ""
    zone: str = ""
    departement: str = ""
    kind: str = ""
    page: int = 1

    @property
    def narrowed(self) -> bool:
        """Whether more than words is asked."""
        return any((self.status, self.list, self.zone, self.departement, self.kind))

    def told(self) -> dict[str, str]:
        """For the journal."""
        criteria = {"status": self.status, "list": self.list, "zone": self.zone, "departement": self.departement}
        return {"search": self.words, **criteria, "kind": self.kind}


@dataclass(frozen=True)
class Found:
    contacts: list[Listed]
    total: int
    search: Search

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))


def _suppressed(list: str) -> sa.ColumnElement[bool]:
    in_force = sa.or_(Suppression.until.is_(None), Suppression.until > sa.func.now())
    return (
        sa.exists()
        .where(Suppression.email_key == Contact.email_key, Suppression.scope.in_(["all", "bulk", list]), in_force)
        .correlate(Contact)
    )


def _standing(list: str, *, of_list: bool = False) -> sa.Select[Any]:
    """Every contact with what holds for a list. of_list: whom that list does not know is not asked whether barred."""
    current = current_consents(list)
    shown = sa.case((_suppressed(list), "suppressed"), else_=sa.func.coalesce(current.c.status, "none")).label("shown")
    query = (
        sa.select(Contact, shown, current.c.at)
        .outerjoin(current, current.c.contact_id == Contact.id)
        .where(Contact.status == "active")
    )
    return query.where(sa.or_(current.c.status.is_not(None), shown == "none")) if of_list else query


def _listing(search: Search) -> sa.Select[Any]:
    query = _standing(search.list or ECHO, of_list=bool(search.list))
    shown = query.selected_columns.shown
    for word in searchable(search.words).split()[:8]:
        query = query.where(Contact.search.contains(word, autoescape=True))
    if search.status:
        query = query.where(shown == search.status)
    elif search.list:
        query = query.where(shown != "none")
    if search.zone:
        query = query.where(Contact.zones.contains([search.zone]))
    if search.departement:
        query = query.where(Contact.departement == search.departement)
    if search.kind:
        query = query.where(Contact.kind == search.kind)
    return query


def find(session: Session, search: Search) -> Found:
    """One page of contacts, by name."""
    query = _listing(search)
    total = count(session, search)
    ordered = query.order_by(Contact.last_name, Contact.first_name, Contact.email_key)
    rows = session.execute(ordered.limit(PAGE).offset((max(search.page, 1) - 1) * PAGE))
    return Found([Listed(*row) for row in rows], total, search)


def count(session: Session, search: Search) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(_listing(search).subquery())) or 0


def every(session: Session, search: Search) -> Iterable[Listed]:
    """All contacts of a search, for an export."""
    rows = session.execute(_listing(search).order_by(Contact.email_key).execution_options(yield_per=500))
    for row in rows:
        yield Listed(*row)


def chosen(session: Session, search: Search) -> list[uuid.UUID]:
    """Everybody of a search, whatever the page, in one order."""
    found = _listing(search).subquery()
    return list(session.scalars(sa.select(found.c.id).order_by(found.c.id)))


def totals(session: Session, list: str = "") -> dict[str, int]:
    """How many contacts of each status for a list, L'Écho and everybody without one; "all" is their sum."""
    listing = _standing(list or ECHO, of_list=bool(list)).subquery()
    counted = session.execute(sa.select(listing.c.shown, sa.func.count()).group_by(listing.c.shown))
    found = {row.shown: row[1] for row in counted}
    return {"given": 0, "withdrawn": 0, "suppressed": 0, "none": 0} | found | {"all": sum(found.values())}


def get(session: Session, contact_id: uuid.UUID) -> Contact:
    contact = session.get(Contact, contact_id)
    if contact is None:
        raise NotFound("contact", "Ce contact n’existe pas, ou plus.")
    return contact


def consents(session: Session, *contact_ids: uuid.UUID) -> list[Consent]:
    """Every fact of consent of these contacts, latest first."""
    query = sa.select(Consent).where(Consent.contact_id.in_(contact_ids)).order_by(Consent.id.desc())
    return list(session.scalars(query))


def suppressions(session: Session, email_key: str) -> list[Suppression]:
    in_force = sa.or_(Suppression.until.is_(None), Suppression.until > sa.func.now())
    return list(session.scalars(sa.select(Suppression).where(Suppression.email_key == email_key, in_force)))


def former(session: Session, contact_id: uuid.UUID) -> list[Contact]:
    """The addresses that lead to this person but are not written to any more, latest first."""
    query = sa.select(Contact).where(Contact.merged_into == contact_id).order_by(Contact.updated_at.desc(), Contact.id)
    return list(session.scalars(query))


def messages(session: Session, *email_keys: str, limit: int = 100) -> list[Message]:
    """What was sent to these addresses of one person, latest first."""
    query = sa.select(Message).where(Message.email_key.in_(email_keys))
    return list(session.scalars(query.order_by(Message.created_at.desc()).limit(limit)))


def status(session: Session, contact: Contact, list: str = ECHO) -> str:
    """given, withdrawn, suppressed or none."""
    listing = _standing(list).where(Contact.id == contact.id).subquery()
    return session.scalar(sa.select(listing.c.shown)) or "none"
