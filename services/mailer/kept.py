"""What a person keeps of L'Écho: everything, or only the issues that hold something they chose. Step 2 of nine.

A choice is a word with its kind: "section:calls", "topic:eau", "zone:Madagascar". An issue is about its sections, and
about the topics and zones whose names its items say. One that holds a person's choice comes to them, whole; the others
do not. The statement that freezes an audience compares the two (`audience.py`).
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterable
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.mailer import contacts
from services.mailer.audience import Filter
from services.mailer.contacts import searchable
from services.mailer.models.contacts import ECHO, Contact
from services.mailer.models.issues import Issue

SECTIONS = ("calls", "agenda", "members", "resources")
FEWEST = 3
"""A word that fewer contacts have could be a remark about one person: it is offered to nobody else."""
MOST = 24

_WORDS = "SELECT word FROM (SELECT unnest({0}) AS word FROM contacts WHERE status = 'active') AS w GROUP BY word"


def offered(session: Session, contact: Contact) -> dict[str, list[str]]:
    """What this person may keep: sections, topics and zones, each as a choice; their own first choices among them."""
    found = {"section": [f"section:{one}" for one in SECTIONS]}
    for kind, column in (("topic", "topics"), ("zone", "zones")):
        common = f"{_WORDS.format(column)} HAVING count(*) >= :few ORDER BY count(*) DESC, word LIMIT :most"
        words = set(session.scalars(sa.text(common), {"few": FEWEST, "most": MOST})) | set(getattr(contact, column))
        mine = {one for one in contact.kept if one.startswith(f"{kind}:")}
        found[kind] = sorted({f"{kind}:{word}" for word in words} | mine, key=searchable)
    return found


def keep(session: Session, contact_id: uuid.UUID, chosen: Iterable[str], now: dt.datetime) -> None:
    """Only the issues that hold one of these; all of them when it is none. What is not offered is left out."""
    contact = session.get(Contact, contact_id)
    if contact is None:
        return
    possible = {one for group in offered(session, contact).values() for one in group}
    contacts.correct(session, contact_id, {"kept": sorted(set(chosen) & possible)}, who="contact", now=now)


def about(session: Session, issue: Issue) -> tuple[str, ...]:
    """Everything a person could have chosen that this issue holds."""
    said = searchable(*(part for item in issue.items for part in (item.title, item.text, item.structure)))
    chosen = sa.text("SELECT DISTINCT unnest(kept) AS choice FROM contacts WHERE status = 'active' ORDER BY choice")
    sections = {f"section:{item.section}" for item in issue.items}
    words = {one for one in session.scalars(chosen) if not one.startswith("section:") and _says(said, one)}
    return tuple(sorted(sections | words))


def _says(said: str, choice: str) -> bool:
    word = searchable(choice.partition(":")[2])
    return bool(word) and re.search(rf"(?<!\w){re.escape(word)}(?!\w)", said) is not None


def narrowed(session: Session, issue: Issue, asked: Filter) -> Filter:
    """An audience without those who keep nothing of this issue. Whom a segment asks for, it is about.

    The choice is about L'Écho: an issue sent to another list goes to everybody there.
    """
    if issue.list_key != ECHO:
        return asked
    also = [f"topic:{one}" for one in asked.topics] + [f"zone:{one}" for one in asked.zones]
    return replace(asked, about=tuple(sorted({*about(session, issue), *also})))
