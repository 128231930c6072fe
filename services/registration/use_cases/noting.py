"""Step 2 of nine: the staff note something about a registration, for each other. Next: services/registration/models/.

The person reads the note among all that is held on them, and it goes with them (decision 0367).
"""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy.orm import Session

from services.registration.models.registrations import Registration
from services.registration.rules import editing
from services.registration.rules.choices import N_
from shared import audit
from shared.errors import NotFound, RuleError

LONGEST = 1000


def note(session: Session, registration_id: uuid.UUID, text: str, now: dt.datetime, *, who: str, seen: str) -> None:
    """Replace the note; "" takes it away.

    seen: the stamp of the note that the form was filled with. Raises RuleError "edited-meanwhile" when it is another by
    now, "erased" when the person is: then nothing is written.
    """
    found = session.get(Registration, registration_id, with_for_update=True)
    if found is None:
        raise NotFound("registration-unknown", N_("Cette inscription n’existe pas."))
    if not found.email:
        raise RuleError("erased", N_("Cette personne a été effacée : plus rien ne se note sur elle."), field="note")
    if found.staff_note == text:
        return
    if stamp(found) != seen:
        raise RuleError(
            "edited-meanwhile",
            N_("Quelqu’un a changé cette note pendant que vous écriviez. Comparez, corrigez, puis enregistrez."),
            field="note",
        )
    before, found.staff_note = found.staff_note, text
    audit.record(
        session,
        who=who,
        what="noted",
        thing="registration",
        thing_id=registration_id,
        before={"note": before},
        after={"note": text},
        now=now,
    )


def stamp(one: Registration) -> str:
    return editing.stamp({"note": one.staff_note})
