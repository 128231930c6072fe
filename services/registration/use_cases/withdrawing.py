"""Step 2 of nine: an agreement is taken back, at any time. Next: use_cases/answering.py.

Also after the event, and after a cancellation, when answers no longer change: a photo is published afterwards.
"""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.registrations import Consent, Registration
from services.registration.rules import people
from services.registration.rules.choices import CONSENTS, N_
from services.registration.use_cases import answering, carpool
from shared import audit
from shared.errors import NotFound

_WHO = {"person": "mailer", "staff": "mailer:staff"}
"""Of the mailer's fact: who left, as the journal names them. Else a service had told the mailer."""


def left_newsletter(session: Session, email: str, at: dt.datetime, by: str) -> int:
    """Who has left L’Écho at the mailer's agrees to it no more here either; the number of registrations. by: of the
    fact, "" in those of old.

    Nothing is announced: the mailer knows. Whoever ticked the box again after `at` has the last word.
    """
    to = sa.func.coalesce(sa.func.lower(Registration.newsletter_email), Registration.email_key)
    theirs = sa.select(Registration).where(Registration.newsletter, to == people.email_key(email))
    left = 0
    for registration in session.scalars(theirs.order_by(Registration.id).with_for_update()):
        given = sa.select(sa.func.max(Consent.at)).where(
            Consent.registration_id == registration.id, Consent.purpose == "newsletter", Consent.given
        )
        if (session.scalar(given) or at) > at:
            continue
        before = {name: getattr(registration, name) for name in CONSENTS}
        registration.newsletter, registration.newsletter_email = False, None
        left_now = before | {"newsletter": False}
        answering.write_consents(session, registration.id, before, left_now, at, locale=registration.locale)
        _note(session, registration.id, purpose="newsletter", who=_WHO.get(by, "system"), now=at)
        left += 1
    return left


def withdraw(session: Session, registration_id: uuid.UUID, purpose: str, now: dt.datetime) -> None:
    """A row that says so, with the words that were agreed to; again changes nothing. Raises NotFound."""
    if purpose not in CONSENTS:
        raise NotFound("purpose-unknown", N_("Cet accord n’existe pas."))
    registration = session.get_one(Registration, registration_id, with_for_update=True)
    before = {name: getattr(registration, name) for name in CONSENTS}
    if not before[purpose]:
        return
    setattr(registration, purpose, False)
    after = before | {purpose: False, "list_reach": registration.list_reach}
    answering.write_consents(session, registration_id, before, after, now, locale=registration.locale)
    if purpose == "carpool":
        carpool.end_trip(session, registration_id)
    if purpose == "newsletter":
        subscribed = registration.newsletter_email or registration.email
        answering.withdraw_newsletter(session, registration, subscribed, now)
    _note(session, registration_id, purpose=purpose, who="participant", now=now)
    session.flush()


def _note(session: Session, registration_id: uuid.UUID, *, purpose: str, who: str, now: dt.datetime) -> None:
    audit.record(
        session,
        who=who,
        what="consent withdrawn",
        thing="registration",
        thing_id=registration_id,
        before={purpose: True},
        after={purpose: False},
        now=now,
    )
