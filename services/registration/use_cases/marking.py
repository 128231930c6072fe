"""Step 2 of nine: the team puts a mark on one registration, or takes it off. Next: services/registration/models/.

On many at once it is `bulk.py`. The person reads the marks among all that is held on them, and they go with them.
"""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.registration.models.lists import RegistrationMark
from services.registration.models.registrations import Registration
from services.registration.queries import lists as queries
from services.registration.rules import lists as rules
from services.registration.rules.choices import N_
from services.registration.use_cases import changing, seats
from shared.errors import NotFound, RuleError


def put(session: Session, registration_id: uuid.UUID, label: str, now: dt.datetime, *, who: str) -> None:
    """One that is there already stays. Raises RuleError "bulk-mark", "bulk-long", "erased"; NotFound."""
    event_id = session.scalar(sa.select(Registration.event_id).where(Registration.id == registration_id))
    if event_id is not None:
        seats.lock_event(session, event_id)  # before the person, as everybody does, and before the spelling is read
    found = _found(session, registration_id)
    if not found.email:
        raise RuleError("erased", N_("Cette personne a été effacée : plus rien ne se note sur elle."), field="mark")
    label = queries.spelled(session, found.event_id, rules.check("mark", label, field="mark"))
    row = insert(RegistrationMark).values(registration_id=registration_id, label=label).on_conflict_do_nothing()
    if session.scalar(row.returning(RegistrationMark.label)) is not None:
        changing.record(session, registration_id, "marked", who, None, {"mark": label}, now)


def take(session: Session, registration_id: uuid.UUID, label: str, now: dt.datetime, *, who: str) -> None:
    """One that is not there changes nothing. Raises NotFound."""
    _found(session, registration_id)
    mine = (RegistrationMark.registration_id == registration_id) & (RegistrationMark.label == label)
    gone = sa.delete(RegistrationMark).where(mine).returning(RegistrationMark.label)
    if session.scalar(gone) is not None:
        changing.record(session, registration_id, "unmarked", who, {"mark": label}, None, now)


def _found(session: Session, registration_id: uuid.UUID) -> Registration:
    found = session.get(Registration, registration_id, with_for_update=True)
    if found is None:
        raise NotFound("registration-unknown", N_("Cette inscription n’existe pas."))
    return found
