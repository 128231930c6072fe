"""Step 2 of nine: an agreement is taken back, at any time. Next: use_cases/answering.py.

Also after the event, and after a cancellation, when answers no longer change: a photo is published afterwards.
"""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy.orm import Session

from services.registration.models.registrations import Registration
from services.registration.rules.choices import CONSENTS, N_
from services.registration.use_cases import answering, carpool
from shared import audit
from shared.errors import NotFound


def withdraw(session: Session, registration_id: uuid.UUID, purpose: str, now: dt.datetime) -> None:
    """A row that says so, with the words that were agreed to; again changes nothing. Raises NotFound."""
    if purpose not in CONSENTS:
        raise NotFound("purpose-unknown", N_("Cet accord n’existe pas."))
    registration = session.get_one(Registration, registration_id, with_for_update=True)
    before = {name: getattr(registration, name) for name in CONSENTS}
    if not before[purpose]:
        return
    setattr(registration, purpose, False)
    answering.write_consents(session, registration_id, before, before | {purpose: False}, now)
    if purpose == "carpool":
        carpool.end_trip(session, registration_id)
    if purpose == "newsletter":
        subscribed = registration.newsletter_email or registration.email
        answering.withdraw_newsletter(session, registration, subscribed, now)
    audit.record(
        session,
        who="participant",
        what="consent withdrawn",
        thing="registration",
        thing_id=registration_id,
        before={purpose: True},
        after={purpose: False},
        now=now,
    )
    session.flush()
