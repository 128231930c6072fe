"""Subscribing by oneself, in two steps: a form asks, the owner of the mailbox confirms. Step 2 of nine.

The form answers the same whoever's address it is given; only the mail knows more. Nothing is written about
anybody before the confirmation, which is a POST: the scanner of a mail server that follows the link subscribes
nobody.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.mailer import addresses, contacts, lists, mailed_links, suppressions, transactional
from services.mailer.models.contacts import GIVEN, WITHDRAWN, Consent, Contact
from services.mailer.models.lists import MailedLink
from shared import audit, clock
from shared.errors import RuleError
from shared.web.words import _

VERSION = "abonnement-1"
SOURCE = "formulaire public, confirmé par courriel"
SLIP = dt.timedelta(hours=1)
"""Who left a list may come back by the same click for so long: it was a slip."""
AGAIN = dt.timedelta(minutes=10)
"""Within it the same wish from the same page sends no second mail."""


def wording(names: list[str], language: str) -> str:
    """What the person agrees to, word for word as the page shows it beside the button."""
    if language == "en":
        return f"I ask to receive by e-mail: {', '.join(names)}. I can leave with one click in each message."
    return f"Je demande à recevoir par courriel : {', '.join(names)}. Je peux partir d’un clic dans chaque message."


def ask(
    session: Session,
    data: Mapping[str, Any],
    *,
    organiser: Mapping[str, str],
    public_url: str,
    language: str,
    now: dt.datetime,
) -> None:
    """Mail the link that confirms. data: email, lists (keys), first_name, last_name, structure.

    Raises RuleError for what is no address, or when no open list is chosen. Says nothing about the address.
    """
    try:
        address = addresses.parse(data["email"])
    except addresses.InvalidAddress:
        raise RuleError("address", _("Cette adresse n’a pas la forme nom@domaine.fr."), field="email") from None
    chosen = [one for one in lists.every(session) if one.open and one.key in data["lists"]]
    if not chosen:
        raise RuleError("no-list", _("Choisissez au moins une lettre."), field="lists")
    names = [one.words(language)[0] for one in chosen]
    person = {name: str(data[name]) for name in ("first_name", "last_name", "structure")}
    asked = {
        **person,
        "lists": [one.key for one in chosen],
        "locale": language,
        "wording": wording(names, language),
    }
    made = mailed_links.make(session, "subscribe", address, asked, now)
    if made is None:
        return
    link, token = made
    transactional.send(
        session,
        template="subscription_confirm",
        to=address.email,
        data={
            # No name: whoever fills in somebody else's address shall not write the greeting of our mail.
            "person": {"first_name": "", "last_name": "", "locale": language},
            "organiser": dict(organiser),
            "lists": names,
            "link": f"{public_url}/abonnement/confirmer/{token}",
        },
        business_key=(f"subscription:{link.id}", "1"),
    )


def come_back(
    session: Session,
    contact_id: uuid.UUID,
    wished: Mapping[str, str],
    source: str,
    *,
    organiser: Mapping[str, str],
    public_url: str,
    now: dt.datetime,
) -> list[str]:
    """Whoever holds a person's link wants open lists for them, each by its key with the words on the button.

    A letter is forwarded, and its link with it: the owner of the mailbox is asked, by one mail for all of them, but for
    a list they have just left by a slip. Returns those that wait for the owner's answer.
    """
    contact = session.get(Contact, contact_id)
    if contact is None:
        return list(wished)
    asked = []
    for key, wording in wished.items():
        if _just_left(session, contact_id, key, since=now - SLIP):
            contacts.resubscribe(session, contact_id, key, source, now, wording)
        else:
            asked.append(key)
    if asked and not _just_asked(session, contact, asked, since=now - AGAIN):
        person = {"email": contact.email, "lists": asked, "first_name": "", "last_name": "", "structure": ""}
        ask(session, person, organiser=organiser, public_url=public_url, language=contact.locale, now=now)
    return asked


def _just_asked(session: Session, contact: Contact, keys: list[str], *, since: dt.datetime) -> bool:
    """Whether the same question is on its way: a button pressed twice sends one mail."""
    links = sa.select(MailedLink.asked).where(
        MailedLink.email_key == contact.email_key,
        MailedLink.purpose == "subscribe",
        MailedLink.created_at > since,
        MailedLink.used_at.is_(None),
    )
    return any(set(keys) <= set(asked["lists"]) for asked in session.scalars(links))


def _just_left(session: Session, contact_id: uuid.UUID, key: str, *, since: dt.datetime) -> bool:
    """Whether the person was on the list and left it after that instant."""
    about = sa.select(Consent.status, Consent.at).where(Consent.contact_id == contact_id, Consent.list == key)
    said = session.execute(about.order_by(Consent.id.desc()).limit(2)).all()
    return [one.status for one in said] == [WITHDRAWN, GIVEN] and said[0].at > since


def open_with(session: Session, token: str, now: dt.datetime) -> MailedLink:
    """What a link asks for. Raises NotFound, Gone."""
    return mailed_links.find(session, "subscribe", token, now)


def confirm(session: Session, token: str, now: dt.datetime) -> MailedLink:
    """The owner of the mailbox says yes; a second time changes nothing. Raises NotFound, Gone."""
    link = mailed_links.find(session, "subscribe", token, now, lock=True)
    if link.used_at is not None:
        return link
    link.used_at = now
    asked = link.asked
    person = contacts.Person(
        email=link.email,
        first_name=asked["first_name"],
        last_name=asked["last_name"],
        structure=asked["structure"],
        locale=asked["locale"],
    )
    open_now = {one.key for one in lists.every(session) if one.open}
    for key in asked["lists"]:
        if key in open_now:
            asked_at = link.created_at.astimezone(clock.PARIS)
            proof = f"demande {link.id} du {asked_at:%d/%m/%Y à %H h %M}, confirmée par le lien envoyé"
            contacts.subscribe(session, person, key, SOURCE, asked["wording"], VERSION, now, proof)
    _reachable_again(session, link, now)
    return link


def _reachable_again(session: Session, link: MailedLink, now: dt.datetime) -> None:
    """The mailbox answered, so it is there; and whoever complained once has now asked themselves."""
    lifted = suppressions.lift(session, link.email_key, ["bulk", *link.asked["lists"]])
    if lifted:
        audit.record(
            session,
            who="contact",
            what="suppression_lifted",
            thing="mailed_link",
            thing_id=link.id,
            before={"suppressions": lifted},
            after=None,
            now=now,
        )
