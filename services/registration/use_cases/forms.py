"""Step 2 of nine: the form of an event and its versions. Next: services/registration/rules/forms.py."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.forms import FormAnswer, FormFile, FormVersion
from services.registration.models.registrations import Registration
from services.registration.queries import forms as queries
from services.registration.rules import forms as rules
from services.registration.rules.choices import N_
from services.registration.rules.form_days import on_days
from services.registration.rules.question_library import LOCKED
from services.registration.use_cases import seats
from shared import audit
from shared.errors import RuleError

LATE = dt.timedelta(minutes=5)
"""Longer than any form takes that was being read when the next version was published."""
UNREADY = N_("Une question n’est pas prête : elle est signalée sous « Préparer », « Formulaire ».")


def begin(session: Session, event_id: uuid.UUID, questions: Sequence[rules.Question], now: dt.datetime) -> None:
    """Version 1 of a new event, published with it."""
    rows = [rules.plain(one) for one in rules.in_order(questions)]
    session.add(FormVersion(event_id=event_id, number=1, questions=rows, revision=0, made_at=now, published_at=now))
    session.flush()


def latest(session: Session, event_id: uuid.UUID, *, lock: bool = False) -> FormVersion:
    """The draft when there is one, else the form as it is."""
    query = sa.select(FormVersion).where(FormVersion.event_id == event_id).order_by(FormVersion.number.desc()).limit(1)
    return session.scalars(query.with_for_update(key_share=True) if lock else query).one()


def state(version: FormVersion) -> str:
    """What a page shows to say on which state its change was made."""
    return f"{version.number}.{version.revision}"


def edit(
    session: Session,
    event_id: uuid.UUID,
    seen: str,
    change: Callable[[rules.Questions], rules.Questions],
    now: dt.datetime,
    *,
    who: str,
    what: str,
) -> FormVersion:
    """Change the draft; the first change makes it. Raises RuleError "form-stale" when another change came first."""
    version = _seen(session, event_id, seen)
    before = queries.read(version).questions
    after = rules.in_order(change(before))
    if after == before:
        return version
    if len(after) > rules.MOST_QUESTIONS:
        raise RuleError("too-many-questions", N_("Un formulaire compte 60 questions au plus."), status=422)
    rows = [rules.plain(one) for one in after]
    if version.published_at is not None:
        version = FormVersion(event_id=event_id, number=version.number + 1, questions=rows, revision=0, made_at=now)
        session.add(version)
    else:
        version.questions = rows
        version.revision += 1
    session.flush()
    _record(session, event_id, "form edited", who, None, {"what": what, "version": version.number}, now)
    return version


def publish(session: Session, event_id: uuid.UUID, seen: str, now: dt.datetime, *, who: str) -> FormVersion:
    """The draft becomes the form. Raises RuleError when it is stale, or a question is not ready."""
    seats.lock_event(session, event_id)  # before the form, as whoever moves the event does: they never wait in a circle
    version = _seen(session, event_id, seen)
    if version.published_at is not None:
        raise RuleError("form-no-draft", N_("Il n’y a rien à publier : ce formulaire est déjà celui de tous."))
    form = queries.read(version)
    if unready(form):
        raise RuleError("form-faulty", UNREADY)
    before = queries.current(session, event_id)
    told = [[what, new.key] for what, _old, new in rules.changes(before.questions, form.questions)]
    version.published_at = now
    session.flush()
    protect(session, event_id, form)
    after = {"version": version.number, "changes": told}
    _record(session, event_id, "form published", who, {"version": before.number}, after, now)
    return version


def protect(session: Session, event_id: uuid.UUID, form: queries.Form) -> int:
    """Answers and files become as protected as the form says that their questions are; how many did."""
    keys = queries.as_protected(session, form)
    people = sa.select(Registration.id).where(Registration.event_id == event_id)
    which: list[tuple[type[FormAnswer | FormFile], sa.ColumnElement[bool]]] = [
        (FormAnswer, FormAnswer.registration_id.in_(people)),
        (FormFile, FormFile.event_id == event_id),
    ]
    found = [
        (model, its & model.question.in_(keys[held]) & (model.sensitive != held), held)
        for model, its in which
        for held in keys
    ]
    if not session.scalar(sa.select(sa.or_(*[sa.exists().where(where) for _model, where, _held in found]))):
        return 0
    seats.lock_event(session, event_id)  # as whoever changes their answers does first: they never wait in a circle
    changes = [sa.update(model).where(where).values(sensitive=held) for model, where, held in found]
    return sum(len(session.execute(one.returning(sa.literal(1))).all()) for one in changes)


def protect_late(session: Session, now: dt.datetime) -> int:
    """What was sent at the very instant when a new version was published, and read under the one before."""
    fresh = sa.select(FormVersion.event_id).where(FormVersion.published_at > now - LATE, FormVersion.number > 1)
    events = list(session.scalars(fresh.distinct()))
    return sum(protect(session, one, queries.current(session, one)) for one in events)


def unready(form: queries.Form) -> bool:
    """Whether it cannot be published as it is."""
    return bool(rules.faults(form.questions, LOCKED))


def publish_with_event(session: Session, event_id: uuid.UUID, now: dt.datetime, *, who: str) -> None:
    """What was prepared for an event goes out with it. Raises RuleError when a question is not ready."""
    version = latest(session, event_id, lock=True)
    if version.published_at is None:
        publish(session, event_id, state(version), now, who=who)


def follow_days(session: Session, event_id: uuid.UUID, days: Sequence[dt.date], now: dt.datetime, *, who: str) -> None:
    """The event is on other days: the form that is in use asks about these from now on, and so does a draft."""
    newest = latest(session, event_id, lock=True)
    before = queries.current(session, event_id)
    after = on_days(before.questions, days)
    if newest.published_at is None:
        drafted = [rules.plain(one) for one in on_days(queries.read(newest).questions, days)]
        if drafted != newest.questions:
            newest.questions, newest.revision = drafted, newest.revision + 1
        if after != before.questions:
            newest.number += 1
        session.flush()
    if after == before.questions:
        return
    rows, number = [rules.plain(one) for one in after], before.number + 1
    session.add(
        FormVersion(event_id=event_id, number=number, questions=rows, revision=0, made_at=now, published_at=now)
    )
    session.flush()
    told = {
        "version": number,
        "changes": [[what, new.key] for what, _old, new in rules.changes(before.questions, after)],
    }
    _record(session, event_id, "form published", who, {"version": before.number}, told, now)


def discard(session: Session, event_id: uuid.UUID, seen: str, now: dt.datetime, *, who: str) -> None:
    """Throw the draft away; the form stays as it is."""
    version = _seen(session, event_id, seen)
    if version.published_at is not None:
        return
    session.delete(version)
    session.flush()
    _record(session, event_id, "form draft discarded", who, {"questions": version.questions}, None, now)


def _seen(session: Session, event_id: uuid.UUID, seen: str) -> FormVersion:
    """The state to change, locked. The event's newest version may have been made since: then it is another row."""
    version = latest(session, event_id, lock=True)
    newest = latest(session, event_id)  # whoever held the lock may have added a draft
    if newest.id != version.id or state(newest) != seen:
        raise RuleError(
            "form-stale",
            N_(
                "Quelqu’un a changé ce formulaire entre-temps : votre changement n’est pas enregistré, le sien l’est. "
                "Regardez la liste, puis refaites le vôtre."
            ),
            status=409,
        )
    return version


def _record(
    session: Session,
    event_id: uuid.UUID,
    what: str,
    who: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    now: dt.datetime,
) -> None:
    audit.record(session, who=who, what=what, thing="event", thing_id=event_id, before=before, after=after, now=now)
