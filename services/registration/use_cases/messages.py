"""Step 2 of nine: the staff write to a selection; it leaves when the window ends. Next: rules/messages.py.

The people are chosen once, when the message is confirmed: who registers meanwhile is not written to. The facts are
written by the worker when the window is over, so that taking a message back leaves nothing to stop on the way.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.registration.announce import messages as announce
from services.registration.models.events import Event
from services.registration.models.messages import StaffMessage, StaffMessageRecipient
from services.registration.models.registrations import Registration
from services.registration.queries import messages as queries
from services.registration.queries.selection import Wanted, people
from services.registration.rules import messages as rules
from services.registration.rules.choices import N_
from services.registration.rules.lists import fingerprint
from services.registration.use_cases import links
from shared import audit
from shared.db import new_id
from shared.errors import NotFound, RuleError
from shared.identity import Staff

AT_ONCE = 50
"""So many to a transaction: a crash repeats none, and nobody who registers waits behind a long lock."""


@dataclass(frozen=True)
class Words:
    """What is said. Text is data: nothing in it is ever replaced or run."""

    subject: str
    body: str
    subject_en: str = ""
    body_en: str = ""

    def check(self) -> None:
        rules.check(self.subject, self.body, self.subject_en, self.body_en)

    def for_locale(self, locale: str) -> tuple[str, str]:
        return rules.in_language(locale, self.subject, self.body, self.subject_en, self.body_en)


def send_trial(session: Session, event: Event, words: Words, to: Staff, *, site: str) -> None:
    """The message to who writes it, in each language that it was written in. Nothing else happens."""
    words.check()
    for locale in ("fr", "en") if words.subject_en else ("fr",):
        subject, body = words.for_locale(locale)
        person = {"first_name": to.name[:120], "last_name": "", "email": to.email, "locale": locale}
        announce.tried(session, event, new_id(), person, subject=subject, body=body, site=site)


def confirm(
    session: Session,
    event_id: uuid.UUID,
    words: Words,
    wanted: Wanted,
    now: dt.datetime,
    *,
    message_id: uuid.UUID,
    selection: Mapping[str, str],
    expected: int,
    seen: str | None = None,
    who: str,
) -> StaffMessage:
    """Choose the people and start the window. The same message_id again changes nothing.

    expected: how many people the writer was shown; seen: their fingerprint, where there was a page. Raises RuleError
    "message-moved" when there are others by now, "message-nobody" when there is nobody, and what `rules.check` raises.
    """
    words.check()
    values = {
        "id": message_id,
        "event_id": event_id,
        "subject": words.subject,
        "body": words.body,
        "subject_en": words.subject_en,
        "body_en": words.body_en,
        "selection": dict(selection),
        "written_by": who,
        "confirmed_at": now,
        "leaves_at": now + rules.WINDOW,
    }
    made = insert(StaffMessage).values(values).on_conflict_do_nothing().returning(StaffMessage.id)
    if session.scalar(made) is None:
        return find(session, event_id, message_id)
    chosen = people(event_id, wanted).add_columns(sa.literal(message_id).label("message_id")).subquery()
    rows = sa.insert(StaffMessageRecipient).from_select(
        ["registration_id", "message_id"], sa.select(chosen.c.id, chosen.c.message_id)
    )
    reached = session.scalars(rows.returning(StaffMessageRecipient.registration_id)).all()
    count = len(reached)
    if count == 0:
        raise RuleError("message-nobody", N_("Personne ne correspond à cette sélection."), status=422)
    if count != expected or (seen is not None and seen != fingerprint(reached)):
        raise RuleError(
            "message-moved",
            N_("Depuis l’aperçu, la sélection a changé. Relisez le nombre de personnes, puis confirmez."),
        )
    _note(session, message_id, "confirmed", who, {"subject": words.subject, "people": count}, now)
    return find(session, event_id, message_id)


def find(session: Session, event_id: uuid.UUID, message_id: uuid.UUID, *, lock: bool = False) -> StaffMessage:
    query = sa.select(StaffMessage).where(StaffMessage.id == message_id, StaffMessage.event_id == event_id)
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound("message-unknown", N_("Ce message n’existe pas."))
    return found


def cancel(session: Session, event_id: uuid.UUID, message_id: uuid.UUID, now: dt.datetime, *, who: str) -> None:
    """Take it back: no mail has left. Again changes nothing. Raises RuleError "message-left"."""
    found = find(session, event_id, message_id, lock=True)
    if found.cancelled_at is not None:
        return
    if found.began_at is not None or now >= found.leaves_at:
        raise RuleError("message-left", N_("Ce message est déjà parti : il ne peut plus être repris."))
    found.cancelled_at = now
    _note(session, message_id, "cancelled", who, None, now)


def due(session: Session, now: dt.datetime) -> list[uuid.UUID]:
    """Messages whose window is over and that are not all gone, in the order they were confirmed.

    What was written for an event before it was called off waits: until that is taken back, or for ever.
    """
    query = sa.select(StaffMessage.id).where(
        StaffMessage.leaves_at <= now,
        StaffMessage.left_at.is_(None),
        StaffMessage.cancelled_at.is_(None),
        ~queries.overtaken,
    )
    return list(session.scalars(query.order_by(StaffMessage.confirmed_at, StaffMessage.id)))


def drop_overtaken(session: Session, event_id: uuid.UUID, now: dt.datetime, *, who: str) -> None:
    """The event was called off, and its people know: what was written to them before does not leave any more."""
    waiting = sa.select(StaffMessage).where(
        StaffMessage.event_id == event_id, StaffMessage.cancelled_at.is_(None), queries.overtaken
    )
    for message in session.scalars(waiting.with_for_update()):
        message.cancelled_at = now
        _note(session, message.id, "overtaken", who, None, now)


def leave(session: Session, message_id: uuid.UUID, now: dt.datetime, *, site: str) -> int:
    """Write the facts of the next few people; 0 when all are written. Two workers never write the same one."""
    ready = sa.select(StaffMessage).where(StaffMessage.id == message_id, ~queries.overtaken)
    query = ready.with_for_update(skip_locked=True)
    message = session.scalar(query)
    if message is None or message.left_at or message.cancelled_at or now < message.leaves_at:
        return 0
    message.began_at = message.began_at or now
    waiting = (
        sa.select(StaffMessageRecipient)
        .where(
            StaffMessageRecipient.message_id == message_id,
            StaffMessageRecipient.told_at.is_(None),
            StaffMessageRecipient.passed_over == "",
        )
        .order_by(StaffMessageRecipient.registration_id)
        .limit(AT_ONCE)
    )
    rows = list(session.scalars(waiting))
    for row in rows:
        _tell(session, message, row, now, site=site)
    if len(rows) < AT_ONCE:
        message.left_at = now
    return len(rows)


def _tell(session: Session, message: StaffMessage, row: StaffMessageRecipient, now: dt.datetime, *, site: str) -> None:
    person = session.get_one(Registration, row.registration_id)
    if not person.email:
        row.passed_over = "erased"
        return
    row.told_at = now
    words = Words(message.subject, message.body, message.subject_en, message.body_en)
    subject, body = words.for_locale(person.locale)
    link = links.address(site, links.issue(session, person.id, "message", now))
    announce.written(session, message.id, person, subject=subject, body=body, site=site, link=link)


def _note(
    session: Session, message_id: uuid.UUID, what: str, who: str, after: dict[str, str | int] | None, now: dt.datetime
) -> None:
    audit.record(session, who=who, what=what, thing="message", thing_id=message_id, before=None, after=after, now=now)
