"""Writing a letter to a list: step 2 of nine. It is checked and sent by `letter_sending.py`.

A title and a text, to the people who agreed to one list. A sent letter never changes; before that a change takes the
row's lock and makes every approval void, as with an issue.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.mailer import lists, versions
from services.mailer.models.letters import TEXT_LIMIT, Letter
from shared import audit
from shared.errors import NotFound, RuleError
from shared.web.words import _

_TYPED = ("list_key", "title", "text", "public", "embargo_until")
SHORTEST_REASON = 10


def get(session: Session, letter_id: uuid.UUID, *, lock: bool = False) -> Letter:
    """Raises NotFound."""
    query = sa.select(Letter).where(Letter.id == letter_id)
    letter = session.scalar(query.with_for_update() if lock else query)
    if letter is None:
        raise NotFound("letter", _("Cette lettre n’existe pas, ou plus."))
    return letter


def every(session: Session) -> list[Letter]:
    """All letters: those being written first, then the latest sent."""
    order = (Letter.sent_at.desc().nulls_first(), Letter.updated_at.desc(), Letter.id)
    return list(session.scalars(sa.select(Letter).order_by(*order)))


def published(session: Session, list_key: str) -> list[Letter]:
    """The letters of a list that everybody may read, the latest first."""
    query = sa.select(Letter).where(Letter.list_key == list_key, Letter.state == "sent", Letter.public)
    return list(session.scalars(query.order_by(Letter.sent_at.desc(), Letter.id)))


def write(
    session: Session,
    letter_id: uuid.UUID | None,
    data: dict[str, Any],
    *,
    who: str,
    now: dt.datetime,
    seen: str | None = None,
) -> Letter:
    """A new letter, or a change of one that has not left: list_key, title, text, public, embargo_until.

    seen: the stamp of what the form was filled with. Raises RuleError naming the field, or "edited-meanwhile" when it
    is another by now; NotFound for a list that is not there.
    """
    values = {name: data[name] for name in _TYPED} | {"text": data["text"].replace("\r\n", "\n").strip()}
    lists.get(session, values["list_key"])
    if not values["title"].strip():
        raise RuleError("empty", _("Il faut un titre."), field="title")
    if not values["text"]:
        raise RuleError("empty", _("Il faut un texte."), field="text")
    if (over := len(values["text"]) - TEXT_LIMIT) > 0:
        message = _("%(limit)s caractères au plus : il y en a %(over)s de trop.", limit=TEXT_LIMIT, over=over)
        raise RuleError("too-long", message, field="text")
    if letter_id is None:
        letter = Letter(prepared_by=[who], created_at=now, updated_at=now, **values)
        session.add(letter)
        session.flush()
        record(session, letter, "written", None, _facts(values), who, now)
        return letter
    letter = _draft(session, letter_id)
    before = {name: getattr(letter, name) for name, value in values.items() if getattr(letter, name) != value}
    if before:
        versions.refuse_overwriting(versions.letter(letter), seen)
        for name in before:
            setattr(letter, name, values[name])
        letter.prepared_by = [*dict.fromkeys([*letter.prepared_by, who])]
        letter.approved_by, letter.alone_because, letter.schedule_failed, letter.updated_at = [], "", "", now
        record(session, letter, "changed", _facts(before), _facts({name: values[name] for name in before}), who, now)
    return letter


def drop(session: Session, letter_id: uuid.UUID, *, who: str, now: dt.datetime) -> None:
    """Throw away what has not left. The journal keeps its words."""
    letter = _draft(session, letter_id)
    record(session, letter, "deleted", _facts({name: getattr(letter, name) for name in _TYPED}), None, who, now)
    session.delete(letter)


def approve(session: Session, letter: Letter, *, who: str, now: dt.datetime, seen: str | None = None) -> None:
    """Say that one has read it and that it may leave. seen: the stamp of what was read. Raises RuleError."""
    versions.refuse_unread(versions.whole_letter(letter, lists.get(session, letter.list_key)), seen)
    if who not in letter.approved_by:
        letter.approved_by = [*letter.approved_by, who]
        record(session, letter, "approved", None, {"approved_by": letter.approved_by}, who, now)


def except_alone(session: Session, letter_id: uuid.UUID, reason: str, *, who: str, now: dt.datetime) -> None:
    """Say why nobody else can approve the letter as it stands. Raises RuleError without a reason."""
    letter = _draft(session, letter_id)
    reason = reason.strip()
    if len(reason) < SHORTEST_REASON:
        message = _("Dites en une phrase pourquoi personne d’autre ne peut relire : elle reste au journal.")
        raise RuleError("reason", message, field="reason")
    letter.alone_because = reason
    record(session, letter, "approved_alone", None, {"reason": reason}, who, now)


def unsent(session: Session, letter_id: uuid.UUID) -> Letter:
    """A letter that has not left, locked. Raises RuleError."""
    letter = get(session, letter_id, lock=True)
    if letter.state == "sent":
        raise RuleError("letter-sent", _("Cette lettre est partie : elle ne change plus."))
    return letter


def _draft(session: Session, letter_id: uuid.UUID) -> Letter:
    letter = unsent(session, letter_id)
    if letter.send_at is not None:
        message = _("L’envoi de cette lettre est programmé. Annulez-le d’abord : le texte pourra changer.")
        raise RuleError("scheduled", message)
    return letter


def _facts(values: dict[str, Any]) -> dict[str, Any]:
    """As the journal keeps it."""
    return {name: value.isoformat() if isinstance(value, dt.datetime) else value for name, value in values.items()}


def record(
    session: Session,
    letter: Letter,
    what: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    who: str,
    now: dt.datetime,
) -> None:
    audit.record(session, who=who, what=what, thing="letter", thing_id=letter.id, before=before, after=after, now=now)
