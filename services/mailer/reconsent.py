"""Nobody is written to for ever: after three years without a sign from a person we ask once, then forget them.

Step 2 of nine. A sign is something the person did: an agreement, a choice on their page, a registration, an
application, a word to the staff. An opening is none, and neither is a click: our links are the same for everybody.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.mailer import contacts, directory, erasure, lists, transactional, unsubscribe
from services.mailer.models.contacts import GIVEN, Contact, Reconfirmation
from services.mailer.models.ledger import Message
from shared import audit

YEARS = 3
ANSWER = dt.timedelta(days=30)
MOST = 100
"""Mails of one round: a list imported in one go, three years ago, is not asked in one go."""

SIGNS = (
    "registration_confirmed", "registration_wait_listed", "registration_changed", "registration_cancelled",
    "registration_link", "application_started", "application_link", "application_filed", "subscription_confirm",
    "own_data_link", "erasure_asked",
)  # fmt: skip
"""Single mails that answer something the person has just done."""

SOURCE = "confirmation demandée après trois ans"
WORDING = "Je veux continuer à recevoir ces lettres"
VERSION = "reconfirm-1"

_HEARD = """
    greatest(p.created_at,
        (SELECT max(k.at) FROM consents k WHERE k.contact_id = ANY (same.ids)),
        (SELECT max(m.created_at) FROM messages m WHERE m.email_key = ANY (same.keys) AND m.template = ANY (:signs)),
        (SELECT max(a.at) FROM audit_entries a WHERE a.thing = 'contact' AND a.thing_id = ANY (same.ids::text[])
            AND (a.who = 'contact' OR a.what = 'heard')))
"""
REACHABLE = """
    EXISTS (SELECT 1 FROM (
        SELECT DISTINCT ON (k.list) k.status FROM consents k WHERE k.contact_id = p.id ORDER BY k.list, k.id DESC
    ) AS latest WHERE latest.status = 'given')
    AND NOT EXISTS (SELECT 1 FROM suppressions s WHERE s.email_key = p.email_key AND s.scope IN ('all', 'bulk')
        AND (s.until IS NULL OR s.until > now()))
"""
"""Of a contact `p`: whether a letter may still go to them."""
_SILENT = sa.text(f"""
    SELECT id, heard, reachable, asked_at, until FROM (
        SELECT p.id, p.email_key, {_HEARD} AS heard, {REACHABLE} AS reachable, r.asked_at, r.until
        FROM contacts p LEFT JOIN reconfirmations r ON r.contact_id = p.id
        CROSS JOIN LATERAL (
            SELECT array_agg(f.id) AS ids, array_agg(f.email_key) AS keys
            FROM contacts f WHERE f.id = p.id OR f.merged_into = p.id) AS same
        WHERE p.status = 'active' AND p.created_at < :before
    ) AS people
    WHERE heard < :before
    ORDER BY heard, email_key LIMIT :most
""")  # noqa: S608  (constants; every value is bound)


@dataclass(frozen=True)
class Silent:
    """Somebody we have not heard of for long. asked_at: None before we asked; reachable: whether we may ask at all."""

    id: uuid.UUID
    heard: dt.datetime
    reachable: bool
    asked_at: dt.datetime | None
    until: dt.datetime | None


@dataclass(frozen=True)
class Round:
    """What one round does, or would: asked by mail, forgotten unasked as we may not write, forgotten unanswered."""

    asked: int = 0
    unreachable: int = 0
    unanswered: int = 0


def years_before(now: dt.datetime, years: int = YEARS) -> dt.datetime:
    """The same day of the calendar; 28 February for a leap day."""
    try:
        return now.replace(year=now.year - years)
    except ValueError:
        return now.replace(year=now.year - years, day=28)


def silent(session: Session, before: dt.datetime, most: int = 100_000) -> list[Silent]:
    """Those last heard of before this instant, the longest silence first."""
    rows = session.execute(_SILENT, {"signs": list(SIGNS), "before": before, "most": most})
    return [Silent(*row) for row in rows]


def turn(
    session: Session,
    now: dt.datetime,
    *,
    organiser: Mapping[str, str],
    public_url: str,
    secret: str,
    dry_run: bool = False,
) -> Round:
    """One round: ask those whom we may ask, forget those who did not answer or cannot be asked."""
    asked = unreachable = unanswered = 0
    for one in silent(session, years_before(now)):
        if one.asked_at is None and one.reachable:
            if asked < MOST:
                asked += 1
                if not dry_run:
                    _ask(session, one, now, organiser=organiser, public_url=public_url, secret=secret)
        elif one.asked_at is None:
            unreachable += 1
            if not dry_run:
                _forget(session, one, "unreachable", now)
        elif one.until is not None and one.until <= now and _is_out(session, one.id):
            unanswered += 1
            if not dry_run:
                _forget(session, one, "unanswered", now)
    if not dry_run:  # who gave a sign after we asked, on whatever way, has answered
        heard = {one.id for one in silent(session, years_before(now))}
        answered = sa.select(Reconfirmation.contact_id)
        gone = [one for one in session.scalars(answered) if one not in heard]
        session.execute(sa.delete(Reconfirmation).where(Reconfirmation.contact_id.in_(gone)))
    return Round(asked, unreachable, unanswered)


def _ask(
    session: Session, one: Silent, now: dt.datetime, *, organiser: Mapping[str, str], public_url: str, secret: str
) -> None:
    contact = session.get_one(Contact, one.id, with_for_update=True)
    until = now + ANSWER
    session.add(Reconfirmation(contact_id=contact.id, asked_at=now, until=until))
    token = unsubscribe.token(contact.id, "rester", secret=secret)
    transactional.send(
        session,
        template="still_there",
        to=contact.email,
        data={
            "person": {"first_name": contact.first_name, "last_name": contact.last_name, "locale": contact.locale},
            "organiser": dict(organiser),
            "lists": _names(session, contact),
            "since": one.heard.isoformat(),
            "until": until.isoformat(),
            "link": f"{public_url}/rester/{token}",
        },
        business_key=(f"still-there:{contact.id}", now.date().isoformat()),
        contact_id=contact.id,
    )


def _names(session: Session, contact: Contact) -> list[str]:
    given = _given(session, contact.id)
    return [one.words(contact.locale)[0] for one in lists.every(session) if one.key in given]


def _given(session: Session, contact_id: uuid.UUID) -> set[str]:
    latest: dict[str, str] = {}
    for one in directory.consents(session, contact_id):
        latest.setdefault(one.list, one.status)
    return {key for key, status in latest.items() if status == GIVEN}


def _is_out(session: Session, contact_id: uuid.UUID) -> bool:
    """Nobody is forgotten for not answering what they never got: the question has left, or can never arrive."""
    asked = sa.select(Message.state).where(Message.thing == f"still-there:{contact_id}").order_by(Message.id.desc())
    return session.scalar(asked.limit(1)) in ("accepted", "rejected", "suppressed", None)


def _forget(session: Session, one: Silent, why: str, now: dt.datetime) -> None:
    contact = session.get_one(Contact, one.id)
    try:
        erased = erasure.forget(session, contact.email_key, now)
    except erasure.StillSending:
        return  # the next round
    after = {"why": why, **{name: count for name, count in erased.items() if count}}
    audit.record(
        session, who="retention", what="forgotten", thing="contact", thing_id=one.id, before=None, after=after, now=now
    )


def stay(session: Session, contact_id: uuid.UUID, now: dt.datetime) -> bool:
    """The person says yes: a fresh proof for each list they are on. False when they are no contact any more."""
    if session.get(Contact, contact_id, with_for_update=True) is None:
        return False
    asked = session.get(Reconfirmation, contact_id)
    if asked is None:
        return True  # said already
    for key in sorted(_given(session, contact_id)):
        evidence = f"question envoyée le {asked.asked_at:%Y-%m-%d}"
        contacts.confirm_again(session, contact_id, key, SOURCE, WORDING, VERSION, now, evidence)
    session.delete(asked)
    return True


def note_heard(session: Session, contact_id: uuid.UUID, how: str, *, who: str, now: dt.datetime) -> None:
    """The staff heard of this person: an answer by mail, a call."""
    directory.get(session, contact_id)
    audit.record(
        session, who=who, what="heard", thing="contact", thing_id=contact_id, before=None, after={"how": how}, now=now
    )
    session.execute(sa.delete(Reconfirmation).where(Reconfirmation.contact_id == contact_id))


def question(session: Session, contact_id: uuid.UUID) -> Reconfirmation | None:
    """What we asked this person and they have not answered yet."""
    return session.get(Reconfirmation, contact_id)
