"""Step 2 of nine: who sees the list of participants, and who says yes to it later. Next: rules/participants.py."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy.orm import Session

from services.registration.models.events import Event
from services.registration.models.registrations import Registration
from services.registration.rules import participants as rules
from services.registration.rules.choices import CONSENTS, N_
from services.registration.rules.seats import CANCELLED
from services.registration.use_cases import answering
from shared import audit
from shared.errors import RuleError


def show_to(session: Session, event_id: uuid.UUID, reach: str, now: dt.datetime, *, who: str) -> None:
    """From now on the list goes that far. Whoever agreed to less is not on it; nobody's agreement changes."""
    event = session.get_one(Event, event_id, with_for_update={"key_share": True})
    if event.list_reach == reach:
        return
    before = {"list": event.list_reach}
    event.list_reach = reach
    audit.record(
        session,
        who=who,
        what="list shown",
        thing="event",
        thing_id=event_id,
        before=before,
        after={"list": reach},
        now=now,
    )


def agree(session: Session, registration_id: uuid.UUID, reach: str, now: dt.datetime, *, locale: str) -> None:
    """They are on the list, in the words that they read; again changes nothing.

    reach: whom the list was for in these words. Raises RuleError when it is another by now, or nobody's.
    """
    person = session.get_one(Registration, registration_id, with_for_update=True)
    session.refresh(person.event)
    if person.status == CANCELLED or person.event.state == "called_off":
        raise RuleError("list-cancelled", N_("Cette inscription est annulée : elle n’est sur aucune liste."))
    if person.event.list_reach != reach or reach == rules.PAPER:
        raise RuleError(
            "list-changed",
            N_(
                "La liste n’est plus montrée aux mêmes personnes qu’à l’ouverture de cette page. Relisez, puis décidez."
            ),
        )
    if person.participant_list and person.list_reach in rules.at_least(reach):
        return
    # Whoever had agreed to less agrees anew: a row of its own, with the words of today.
    before = {name: getattr(person, name) for name in CONSENTS} | {rules.CONSENT: False}
    person.participant_list, person.list_reach = True, reach
    after = before | {rules.CONSENT: True, "list_reach": reach}
    answering.write_consents(session, registration_id, before, after, now, locale=locale)
    audit.record(
        session,
        who="participant",
        what="list agreed",
        thing="registration",
        thing_id=registration_id,
        before=None,
        after={"list": reach},
        now=now,
    )
    session.flush()
