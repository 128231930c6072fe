"""Step 2 of nine: the team invites people to an event. Next: services/registration/use_cases/invitations_leaving.py.

A list is kept until somebody confirms what becomes of each line. The facts are written by the worker when the window is
over, so that taking a round back leaves nothing to stop on the way (decision 0639).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.registration.models.events import Event
from services.registration.models.invitations import (
    Invitation,
    InvitationLine,
    InvitationLink,
    InvitationMail,
    InvitationRound,
)
from services.registration.queries import invitations as queries
from services.registration.rules import invitations as rules
from services.registration.rules.choices import N_
from services.registration.rules.lists import fingerprint
from services.registration.rules.messages import WINDOW
from services.registration.rules.people import email_hash, email_key, fold
from shared import audit
from shared.db import hash_token, new_id, new_token
from shared.errors import NotFound, RuleError


@dataclass(frozen=True)
class Source:
    """Where the addresses come from. kind: of rules.SOURCES. origin: in words, French and English; "" in English: the
    French."""

    kind: str
    origin: str
    origin_en: str = ""


@dataclass(frozen=True)
class Line:
    """Somebody of a list. person: first_name, last_name, email, locale, and answers to open the form with; None and
    why, when the line cannot be read."""

    line: int
    name: str
    email: str
    person: dict[str, str] | None
    why: str = ""


def keep(
    session: Session, event: Event, source: Source, lines: Sequence[Line], now: dt.datetime, *, who: str
) -> uuid.UUID:
    """Keep a list; nobody is invited yet. Raises RuleError: nobody in it, too many, no origin, or an event that takes
    nobody."""
    refuse_closed(event, now)
    rules.check_origin(source.origin)
    rules.refuse_many(len(lines))
    if not lines:
        raise RuleError("nobody", N_("Cette liste n’a personne à inviter."), field="source", status=422)
    row = InvitationRound(
        event_id=event.id,
        kind="first",
        source=source.kind,
        origin=source.origin.strip(),
        origin_en=source.origin_en[: rules.ORIGIN],
        made_by=who,
        made_at=now,
    )
    session.add(row)
    session.flush()
    read = [
        {
            "round_id": row.id,
            "line": one.line,
            "name": one.name[:300],
            "email": one.email[:254],
            "why": one.why[:500],
            "person": one.person,
        }
        for one in lines
    ]
    session.execute(sa.insert(InvitationLine), read)
    return row.id


def refuse_closed(event: Event, now: dt.datetime) -> None:
    """Raises RuleError when an invitation would open no form."""
    if event.state != "published" or event.ends_at <= now or (event.closes_at and event.closes_at <= now):
        raise RuleError(
            "not-open",
            N_("On n’invite qu’à une rencontre publiée, dont les inscriptions ne sont pas closes."),
            field="source",
        )


def find(session: Session, event_id: uuid.UUID, round_id: uuid.UUID, *, lock: bool = False) -> InvitationRound:
    query = sa.select(InvitationRound).where(InvitationRound.id == round_id, InvitationRound.event_id == event_id)
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound("round-unknown", N_("Cette liste d’invitations n’est plus là : chargez-la de nouveau."))
    return found


def confirm(
    session: Session,
    event: Event,
    round_id: uuid.UUID,
    word: tuple[str, str],
    now: dt.datetime,
    *,
    expected: int,
    seen: str | None = None,
    who: str,
) -> None:
    """Invite the people of a list, and start the window. Again changes nothing.

    word: of the team, French and English. expected: how many the staff were shown; seen: their fingerprint, where there
    was a page. Raises RuleError "round-moved" when there are others by now, "round-nobody" when there is nobody,
    "round-confirmed" when it leaves with other words.
    """
    rules.check_word(*word)
    # Two lists confirmed at once would each see the people of the other as new: one after the other.
    session.execute(sa.select(Event.id).where(Event.id == event.id).with_for_update(key_share=True))
    row = find(session, event.id, round_id, lock=True)
    if row.confirmed_at is not None:
        _refuse_other_words(row, word)
        return
    refuse_closed(event, now)
    new = [one for one, outcome in queries.judged(session, event.id, round_id) if outcome == "new"]
    _refuse_others(len(new), expected, queries.fingerprint_of(new), seen)
    row.word, row.word_en = word[0].strip(), word[1].strip()
    row.people, row.confirmed_at, row.leaves_at = len(new), now, now + WINDOW
    people = [values(row, one.person or {}, now) for one in new]
    again = Invitation.email_key.in_([one["email_key"] for one in people])
    taken_back = (Invitation.event_id == event.id, Invitation.taken_back_at.is_not(None))
    session.execute(sa.delete(Invitation).where(*taken_back, again))
    session.execute(sa.insert(Invitation), people)
    mails = [{"round_id": row.id, "invitation_id": one["id"], "kind": "first"} for one in people]
    session.execute(sa.insert(InvitationMail), mails)
    session.execute(sa.delete(InvitationLine).where(InvitationLine.round_id == row.id))
    _note(session, row, "confirmed", who, now)


def values(row: InvitationRound, person: dict[str, str], now: dt.datetime) -> dict[str, Any]:
    """Of a new invitation of this round."""
    key = email_key(person["email"])
    known = {name: value for name, value in person.items() if name in rules.KNOWN and value}
    return {
        "id": new_id(),
        "event_id": row.event_id,
        "email": person["email"],
        "email_key": key,
        "email_hash": email_hash(key),
        **{name: person[name] for name in ("first_name", "last_name", "locale")},
        "known": known,
        "search": fold(f"{person['last_name']} {person['first_name']} {known.get('structure', '')} {person['email']}"),
        **{name: getattr(row, name) for name in ("source", "origin", "origin_en")},
        "invited_at": now,
    }


def remind(
    session: Session,
    event: Event,
    round_id: uuid.UUID,
    word: tuple[str, str],
    now: dt.datetime,
    *,
    expected: int,
    seen: str | None = None,
    who: str,
) -> None:
    """Remind who was invited seven days ago and has not answered, once. The same round_id again changes nothing.
    expected, seen: as for `confirm`."""
    rules.check_word(*word)
    refuse_closed(event, now)
    session.execute(sa.select(Event.id).where(Event.id == event.id).with_for_update(key_share=True))
    if session.get(InvitationRound, round_id) is not None:
        _refuse_other_words(find(session, event.id, round_id), word)
        return
    ids = list(session.scalars(queries.to_remind(event.id, now)))
    if not ids and queries.last_reminder(session, event.id) is not None:
        words = N_("Un rappel est déjà confirmé. Vos mots ne partent pas ; ils sont encore sur cette page.")
        raise RuleError("round-confirmed", words)
    _refuse_others(len(ids), expected, fingerprint(ids), seen)
    row = a_round(session, "reminder", event.id, ids, now, who=who, round_id=round_id, word=word)
    _note(session, row, "reminder confirmed", who, now)


def invite_again(
    session: Session, event: Event, invitation_id: uuid.UUID, now: dt.datetime, *, who: str
) -> InvitationRound:
    """One person, once more. Raises RuleError: they answered, want none, or a mail of this day is theirs already."""
    refuse_closed(event, now)
    one = invitation(session, event.id, invitation_id, lock=True)
    state = queries.states(session, event.id, [one.id])[one.id]
    if state not in ("silent", "back"):
        raise RuleError("answered", N_("On n’invite de nouveau que qui n’a pas répondu."))
    last = (
        sa.select(sa.func.max(sa.func.coalesce(InvitationMail.told_at, InvitationRound.confirmed_at)))
        .join(InvitationRound, InvitationRound.id == InvitationMail.round_id)
        .where(InvitationMail.invitation_id == one.id, InvitationMail.passed_over == "")
    )
    latest = session.scalar(last)
    if latest is not None and latest > now - rules.AGAIN_AFTER:
        raise RuleError("again-soon", N_("Un courriel est parti, ou va partir, depuis moins d’un jour : attendez."))
    row = a_round(session, "again", event.id, [one.id], now, who=who)
    _note(session, row, "again confirmed", who, now)
    return row


def a_round(
    session: Session,
    kind: str,
    event_id: uuid.UUID,
    ids: Sequence[uuid.UUID],
    now: dt.datetime,
    *,
    who: str,
    window: dt.timedelta = WINDOW,
    round_id: uuid.UUID | None = None,
    word: tuple[str, str] = ("", ""),
) -> InvitationRound:
    """Confirmed, with a mail to each of these invitations."""
    row = InvitationRound(
        id=round_id or new_id(),
        event_id=event_id,
        kind=kind,
        source="",
        origin="",
        word=word[0].strip(),
        word_en=word[1].strip(),
        made_by=who,
        made_at=now,
        people=len(ids),
        confirmed_at=now,
        leaves_at=now + window,
    )
    session.add(row)
    session.flush()
    mails = [{"round_id": row.id, "invitation_id": one, "kind": kind} for one in ids]
    session.execute(sa.insert(InvitationMail), mails)
    return row


def _refuse_other_words(row: InvitationRound, word: tuple[str, str]) -> None:
    if (row.word, row.word_en) != (word[0].strip(), word[1].strip()):
        words = N_(
            "C’est déjà confirmé, avec d’autres mots. Les vôtres ne partent pas ; ils sont encore sur cette page."
        )
        raise RuleError("round-confirmed", words)


def _refuse_others(count: int, expected: int, found: str, seen: str | None) -> None:
    if count == 0:
        raise RuleError("round-nobody", N_("Il n’y a personne à qui écrire."), status=422)
    if count != expected or (seen is not None and seen != found):
        words = N_("Depuis l’aperçu, ce ne sont plus les mêmes personnes. Relisez-le, puis confirmez.")
        raise RuleError("round-moved", words)


def cancel(session: Session, event_id: uuid.UUID, round_id: uuid.UUID, now: dt.datetime, *, who: str) -> None:
    """Take a round back: whom it has not written to hears nothing, and is not invited by it. Again changes nothing.

    What waits since its event takes nobody may be taken back after the window too, also when a part has left."""
    row = find(session, event_id, round_id, lock=True)
    if row.cancelled_at is not None:
        return
    if row.leaves_at is None:
        session.delete(row)  # a list that nobody confirmed
        return
    if row.left_at is not None or row.kind in rules.NEWS:
        raise RuleError("round-left", N_("Ces invitations sont déjà parties : elles ne peuvent plus être reprises."))
    _drop(session, row, "cancelled", who, now)


def drop_overtaken(session: Session, event_id: uuid.UUID, now: dt.datetime, *, who: str) -> None:
    """The event is called off: what was to leave before does not leave any more."""
    waiting = sa.select(InvitationRound).where(
        InvitationRound.event_id == event_id,
        InvitationRound.confirmed_at.is_not(None),
        InvitationRound.left_at.is_(None),
        InvitationRound.cancelled_at.is_(None),
    )
    for row in session.scalars(waiting.order_by(InvitationRound.id).with_for_update()):
        _drop(session, row, "overtaken", who, now)


def _drop(session: Session, row: InvitationRound, what: str, who: str, now: dt.datetime) -> None:
    row.cancelled_at = now
    untold = (InvitationMail.round_id == row.id, InvitationMail.told_at.is_(None), InvitationMail.passed_over == "")
    if row.kind == "first":
        theirs = sa.select(InvitationMail.invitation_id).where(*untold)
        session.execute(sa.delete(Invitation).where(Invitation.id.in_(theirs)))
    else:
        session.execute(sa.update(InvitationMail).where(*untold).values(passed_over="taken_back"))
    _note(session, row, what, who, now)


def invitation(session: Session, event_id: uuid.UUID, invitation_id: uuid.UUID, *, lock: bool = False) -> Invitation:
    query = sa.select(Invitation).where(Invitation.id == invitation_id, Invitation.event_id == event_id)
    found = session.scalar(query.with_for_update(key_share=True) if lock else query)
    if found is None:
        raise NotFound("invitation-gone", N_("Cette invitation n’est plus là."))
    return found


def take_back(session: Session, event_id: uuid.UUID, invitation_id: uuid.UUID, now: dt.datetime, *, who: str) -> None:
    """One person is not invited any more; their link says so. Again changes nothing. A registration stays."""
    one = invitation(session, event_id, invitation_id, lock=True)
    if one.taken_back_at is not None:
        return
    one.taken_back_at = now
    audit.record(
        session, who=who, what="taken back", thing="invitation", thing_id=one.id, before=None, after=None, now=now
    )


def issue(session: Session, invitation_id: uuid.UUID, now: dt.datetime) -> str:
    """A new token of this invitation; only its hash is kept."""
    token = new_token()
    row = insert(InvitationLink).values(token_hash=hash_token(token), invitation_id=invitation_id, issued_at=now)
    session.execute(row)
    return token


def _note(session: Session, row: InvitationRound, what: str, who: str, now: dt.datetime) -> None:
    after = {"people": row.people, "source": row.source}
    audit.record(
        session, who=who, what=what, thing="invitation_round", thing_id=row.id, before=None, after=after, now=now
    )
