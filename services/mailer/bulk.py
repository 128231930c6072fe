"""Many contacts at once, by the filter of the list: onto a list, off it, a topic more. Step 2 of nine.

A filter is not a list of names: the people are chosen again under their locks, and when they are not those that were
announced nothing is done. Each person's own history tells what was done, with the number of the action.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.mailer import announce, contacts, directory, lists
from services.mailer.directory import Search
from services.mailer.models.contacts import GIVEN, WITHDRAWN, Consent, Contact
from shared import audit
from shared.db import new_id
from shared.errors import RuleError
from shared.web.words import _

LONGEST_SEAL = 40
MOST = 5_000
"""People of one action: it is done while somebody waits."""
LONGEST_TOPIC, MOST_TOPICS = 60, 20
VERSION = "ensemble-1"

_LATEST = sa.text("""
    SELECT DISTINCT ON (contact_id, list) contact_id, list, status FROM consents
    WHERE contact_id = ANY (:ids) ORDER BY contact_id, list, id DESC
""")
_BARRED = sa.text("""
    SELECT p.id FROM contacts p JOIN suppressions s ON s.email_key = p.email_key
    WHERE p.id = ANY (:ids) AND s.scope IN ('all', 'bulk', :list) AND (s.until IS NULL OR s.until > now())
""")


@dataclass(frozen=True)
class Done:
    """How many of the people that were chosen are not as they were."""

    people: int
    changed: int


def seal(ids: Sequence[uuid.UUID]) -> str:
    """Which people a page announces, in short: their number, and a digest of who they are, in one order."""
    return f"{len(ids)}-{hashlib.sha256(b''.join(one.bytes for one in ids)).hexdigest()[:16]}"


def standing(session: Session, ids: Sequence[uuid.UUID]) -> dict[str, Counter[str]]:
    """Of these people, how many said what of each list: given, withdrawn; key of the list -> counts."""
    found: dict[str, Counter[str]] = {}
    for row in session.execute(_LATEST, {"ids": ids}):
        found.setdefault(row.list, Counter())[row.status] += 1
    return found


def join(
    session: Session, search: Search, key: str, *, source: str, wording: str, announced: str, who: str, now: dt.datetime
) -> Done:
    """Write down that these people agreed to a list. source: how we know; wording: what they agreed to.

    Who ever said something of the list is left as they are, and so is who is barred from letters.
    """
    lists.get(session, key)
    if len(source) < 5:
        raise RuleError("no-source", _("Dites d’où vient leur accord."), field="source")
    if len(wording) < 5:
        raise RuleError("no-wording", _("Dites ce que ces personnes ont accepté."), field="wording")
    ids = _people(session, search, announced)
    said = {row.contact_id for row in session.execute(_LATEST, {"ids": ids}) if row.list == key}
    barred = set(session.scalars(_BARRED, {"ids": ids, "list": key}))
    come = [one for one in ids if one not in said and one not in barred]
    number = _done(session, "joined", search, {"list": key, "source": source}, ids, come, who, now)
    _write(session, come, key, GIVEN, source, wording, who, now, number)
    return Done(len(ids), len(come))


def leave(
    session: Session, search: Search, key: str, *, reason: str, announced: str, who: str, now: dt.datetime
) -> Done:
    """Take these people off a list; each may come back by their own doing."""
    lists.get(session, key)
    if len(reason) < 5:
        raise RuleError("no-reason", _("Dites pourquoi : chaque fiche le garde."), field="reason")
    ids = _people(session, search, announced)
    latest = session.execute(_LATEST, {"ids": ids})
    gone = [row.contact_id for row in latest if row.list == key and row.status == GIVEN]
    number = _done(session, "left", search, {"list": key, "reason": reason}, ids, gone, who, now)
    source = f"équipe : {who}"
    _write(session, gone, key, WITHDRAWN, source, reason, who, now, number)
    for contact in session.scalars(sa.select(Contact).where(Contact.id.in_(gone)).order_by(Contact.id)):
        announce.contact_unsubscribed(session, contact, list=key, source=source, now=now)
    return Done(len(ids), len(gone))


def add_topic(session: Session, search: Search, topic: str, *, announced: str, who: str, now: dt.datetime) -> Done:
    """One topic more for each of these people. Who has it, or twenty others, is left."""
    topic = " ".join(topic.split())
    if not topic or "," in topic or len(topic) > LONGEST_TOPIC:
        raise RuleError("topic", _("Un seul sujet, sans virgule, en 60 caractères au plus."), field="topic")
    ids = _people(session, search, announced)
    changed = []
    entries = []
    for contact in session.scalars(sa.select(Contact).where(Contact.id.in_(ids)).order_by(Contact.id)):
        before = list(contact.topics)
        if topic in before or len(before) >= MOST_TOPICS:
            continue
        contact.topics, contact.updated_at = [*before, topic], now
        contact.search = contacts.search_text(contact)
        changed.append(contact.id)
        told: dict[str, Any] = {"before": {"topics": before}, "after": {"topics": contact.topics}}
        entries.append(audit.entry(who=who, what="corrected", thing="contact", thing_id=contact.id, now=now, **told))
    _done(session, "topic-added", search, {"topic": topic}, ids, changed, who, now)
    if entries:
        session.execute(audit.audit_entries.insert(), entries)
    return Done(len(ids), len(changed))


def _people(session: Session, search: Search, announced: str) -> list[uuid.UUID]:
    """The people of the search, locked in one order. Raises RuleError when they are not those that were announced."""
    ids = directory.chosen(session, search)
    if len(ids) > MOST:
        raise RuleError("too-many", _("5 000 personnes au plus à la fois : précisez la recherche."))
    locked = sa.select(Contact.id).where(Contact.id.in_(ids)).order_by(Contact.id).with_for_update()
    session.execute(locked)
    ids = directory.chosen(session, search)
    if seal(ids) != announced:
        raise RuleError("changed", _changed(announced.partition("-")[0], len(ids)))
    if not ids:
        raise RuleError("nobody", _("Personne ne correspond à cette recherche : rien n’a été changé."))
    return ids


def _changed(before: str, now: int) -> str:
    if before == str(now):
        said = _("Ce ne sont plus les mêmes personnes, bien qu’elles soient autant : rien n’a été changé.")
    elif before.isdecimal():
        said = _(
            "%(before)s étaient annoncés, la sélection en compte maintenant %(now)s : rien n’a été changé.",
            before=before,
            now=now,
        )
    else:
        said = _("La sélection a changé entre-temps : rien n’a été changé.")
    return said


def _write(
    session: Session, ids: Sequence[uuid.UUID], key: str, status: str, source: str, wording: str, who: str,
    now: dt.datetime, number: uuid.UUID,
) -> None:  # fmt: skip
    same = {"list": key, "status": status, "source": source, "wording": wording, "wording_version": VERSION, "at": now}
    if ids:
        evidence = f"plusieurs personnes à la fois, par {who} {number}"
        session.execute(sa.insert(Consent), [{"contact_id": one, "evidence": evidence, **same} for one in ids])


def _done(
    session: Session, what: str, search: Search, how: dict[str, str], ids: Sequence[uuid.UUID],
    touched: Sequence[uuid.UUID], who: str, now: dt.datetime,
) -> uuid.UUID:  # fmt: skip
    """The action in the journal, with whom it touched."""
    number = new_id()
    after = {"chosen": search.told(), **how, "people": len(ids)}
    after |= {"touched": [str(one) for one in touched]}
    audit.record(session, who=who, what=what, thing="contacts", thing_id=number, before=None, after=after, now=now)
    return number
