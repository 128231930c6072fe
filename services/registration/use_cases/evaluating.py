"""Step 2 of nine: who came to a training says what they thought of it. Next: rules/evaluation.py."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Mapping
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.registration import announce
from services.registration.models.evaluations import Evaluation, EvaluationInvitation
from services.registration.models.events import Event
from services.registration.models.registrations import Registration
from services.registration.queries.attendance import came
from services.registration.queries.standing import standing
from services.registration.rules import evaluation as rules
from services.registration.rules import people, reminders
from services.registration.rules.choices import N_
from shared.db import hash_token, new_token
from shared.errors import Gone, NotFound, RuleError

AT_ONCE = 50
"""So many to a transaction, as for reminders."""
_invitations = cast(sa.Table, EvaluationInvitation.__table__)


def ask(session: Session, now: dt.datetime, *, site: str) -> int:
    """Write to the next few who were checked in; 0 when nobody is left or it is night. Nobody is asked twice."""
    if not reminders.is_hour(now):
        return 0
    first, after = rules.period(now)
    asked = sa.exists().where(EvaluationInvitation.registration_id == Registration.id)
    query = (
        sa.select(Registration.id)
        .join(Event, Event.id == Registration.event_id)
        .where(
            Event.kind.in_(rules.KINDS),
            Event.state.in_(["published", "closed", "archived"]),
            Event.ends_at >= first,
            Event.ends_at < after,
            Registration.status == "confirmed",
            Registration.email != "",
            Registration.email_key.not_like(f"%{people.NOWHERE}"),
            came(),
            ~asked,
        )
        .order_by(Registration.id)
        .limit(AT_ONCE)
        .with_for_update(of=Registration, skip_locked=True, key_share=True)
    )
    found = session.scalars(query).all()
    for registration_id in found:
        _ask(session, registration_id, now, site=site)
    return len(found)


def _ask(session: Session, registration_id: uuid.UUID, now: dt.datetime, *, site: str) -> None:
    token = new_token()
    row = insert(_invitations).values(registration_id=registration_id, token_hash=hash_token(token), sent_at=now)
    if session.execute(row.on_conflict_do_nothing().returning(_invitations.c.registration_id)).first() is None:
        return  # another worker, between our reading and our lock
    announce.evaluation_asked(session, standing(session, registration_id), site=site, link=f"{site}/avis/{token}")


def training(session: Session, token: str, now: dt.datetime) -> Event:
    """The training that this link asks about. Raises NotFound, and Gone once it was used or is too old."""
    return _event(session, _invitation(session, token, now))


def answer(session: Session, token: str, marks: Mapping[str, int], words: str, now: dt.datetime) -> Event:
    """Keep one answer, and use the link up. Two tabs at once make one answer: the event and the invitation are locked.

    Every answer is written again in another order, and every invitation in its own: neither the place of a row nor the
    transaction that wrote it tells who answered what, on the disk or in a backup (decision 0586).
    """
    if not marks and not words:
        raise RuleError("evaluation-empty", N_("Répondez au moins à une question, ou écrivez un mot."), status=422)
    event = training(session, token, now)
    session.execute(sa.select(Event.id).where(Event.id == event.id).with_for_update(key_share=True))
    mine = _invitation(session, token, now, lock=True).registration_id
    theirs = _invitations.c.registration_id.in_(sa.select(Registration.id).where(Registration.event_id == event.id))
    used = sa.or_(_invitations.c.used, _invitations.c.registration_id == mine)
    session.execute(sa.update(_invitations).where(theirs).values(used=used))
    _mix(session, event.id, {"marks": dict(marks), "words": words, "shown": False})
    return event


def _mix(session: Session, event_id: uuid.UUID, new: dict[str, Any]) -> None:
    """Write the answers again with this one, in the order of other random keys. Those that wait to be shown are, once
    there are enough of them."""
    gone = sa.delete(Evaluation).where(Evaluation.event_id == event_id)
    kept = session.execute(gone.returning(Evaluation.marks, Evaluation.words, Evaluation.shown)).mappings().all()
    rows = [*map(dict, kept), new]
    if sum(not one["shown"] for one in rows) >= rules.ENOUGH:
        rows = [one | {"shown": True} for one in rows]
    keys = sorted(uuid.uuid4() for _row in rows)
    order = secrets.SystemRandom().sample(rows, len(rows))
    session.execute(
        sa.insert(Evaluation),
        [{"id": key, "event_id": event_id, **row} for key, row in zip(keys, order, strict=True)],
    )


def _invitation(session: Session, token: str, now: dt.datetime, *, lock: bool = False) -> EvaluationInvitation:
    query = sa.select(EvaluationInvitation).where(EvaluationInvitation.token_hash == hash_token(token))
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound("evaluation-unknown", N_("Ce lien n’est pas valable : reprenez-le dans le courriel, en entier."))
    if found.used:
        raise Gone("evaluation-given", N_("Votre avis est déjà enregistré, sans votre nom. Merci !"))
    if now > found.sent_at + rules.OPEN:
        raise Gone("evaluation-closed", N_("Ce questionnaire est clos : il reste ouvert trente jours."))
    return found


def _event(session: Session, invitation: EvaluationInvitation) -> Event:
    return session.scalars(
        sa.select(Event).join(Registration).where(Registration.id == invitation.registration_id)
    ).one()
