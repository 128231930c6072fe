"""What a person settles on their own page, all at once: lists, what they keep of L'Écho, language. Step 2 of nine.

What counts is the difference to what the page showed: one left open for a week overrules nothing that its reader has
said elsewhere since, and the same form sent twice does what it did once.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from services.mailer import contacts, kept, lists, reconsent, signup
from services.mailer.models.contacts import GIVEN, Contact
from services.mailer.models.lists import MailingList
from shared.errors import RuleError
from shared.web.words import _

SOURCE = "page des préférences"
LEAVE = "Me désabonner"
LEAVE_VERSION = "unsubscribe-1"


@dataclass(frozen=True)
class Wishes:
    """What is to change. join, leave: keys of lists. locale: "fr" or "en".

    keeps: every issue of L'Écho ("all"), or only those that hold one of `chosen` ("some"). None: as it was.
    """

    join: frozenset[str] = frozenset()
    leave: frozenset[str] = frozenset()
    leave_all: bool = False
    keeps: str | None = None
    chosen: tuple[str, ...] = ()
    locale: str | None = None


@dataclass(frozen=True)
class Settled:
    """What is different now. asked: lists that wait for the owner's answer to a mail. kept: () for every issue."""

    left: tuple[MailingList, ...] = ()
    joined: tuple[MailingList, ...] = ()
    asked: tuple[MailingList, ...] = ()
    kept: tuple[str, ...] | None = None
    locale: str | None = None


def settle(
    session: Session,
    contact_id: uuid.UUID,
    wishes: Wishes,
    *,
    organiser: Mapping[str, str],
    public_url: str,
    now: dt.datetime,
) -> Settled:
    """All of it, or nothing. Raises RuleError for a choice of some issues that names none.

    Who presses the button and changes nothing has given a sign all the same: they want what they have.
    """
    contact = session.get(Contact, contact_id)
    if contact is None:
        return Settled()
    every = {one.key: one for one in lists.every(session)}
    on = {key for key in every if contacts.status(session, contact_id, key) == GIVEN}
    left = [key for key in every if key in on and (wishes.leave_all or key in wishes.leave)]
    for key in left:
        contacts.withdraw(session, contact_id, key, SOURCE, LEAVE, LEAVE_VERSION, now)
    wanted = [key for key, one in every.items() if one.open and key in wishes.join - on]
    words = {key: f"Recevoir « {every[key].name} »" for key in wanted}
    asked = signup.come_back(session, contact_id, words, SOURCE, organiser=organiser, public_url=public_url, now=now)
    done = Settled(
        left=tuple(every[key] for key in left),
        joined=tuple(every[key] for key in wanted if key not in asked),
        asked=tuple(every[key] for key in asked),
        kept=_keep(session, contact, wishes, now) if wishes.keeps else None,
        locale=_write_in(session, contact, wishes.locale, now) if wishes.locale else None,
    )
    if done == Settled():
        reconsent.note_heard(session, contact_id, SOURCE, who="contact", now=now)
    return done


def _keep(session: Session, contact: Contact, wishes: Wishes, now: dt.datetime) -> tuple[str, ...] | None:
    before = contact.kept
    kept.keep(session, contact.id, wishes.chosen if wishes.keeps == "some" else (), now)
    if wishes.keeps == "some" and not contact.kept:
        message = _("Cochez au moins une chose à garder, ou choisissez « tous les numéros ».")
        raise RuleError("keeps-nothing", message, field="which")
    return tuple(contact.kept) if contact.kept != before else None


def _write_in(session: Session, contact: Contact, locale: str, now: dt.datetime) -> str | None:
    if contact.locale == locale:
        return None
    contacts.correct(session, contact.id, {"locale": locale}, who="contact", now=now)
    return locale
