"""Step 2 of nine: somebody agrees to be found by those who work alike, or stops. Next: rules/matchmaking.py."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.registration.models.matchmaking import MatchProfile
from services.registration.models.registrations import Consent, Registration
from services.registration.rules import matchmaking as rules
from services.registration.rules.choices import CONSENT_WORDING_VERSION, N_
from shared import audit
from shared.errors import RuleError

PURPOSE = "matchmaking"


def agree(
    session: Session,
    registration_id: uuid.UUID,
    zones: Iterable[str],
    themes: Iterable[str],
    place: str,
    *,
    agreed: bool,
    wording: str,
    now: dt.datetime,
) -> None:
    """Show these to the others who agreed. The box is the agreement, kept with its words. Raises RuleError."""
    kept_zones, kept_themes, place = rules.check(zones, themes, place)
    if not agreed:
        message = N_("Cochez la case : sans votre accord, rien n’est montré.")
        raise RuleError("match-unagreed", message, field="agreed", status=422)
    person = session.get_one(Registration, registration_id, with_for_update=True)
    if person.status != "confirmed":
        raise RuleError("match-uncertain", N_("C’est pour les personnes dont la place est certaine."))
    values = {"zones": kept_zones, "goals": kept_themes, "themes": [], "place": place, "at": now}
    before = session.get(MatchProfile, registration_id)
    if before is None:
        _consent(session, registration_id, True, wording, now)
    elif any(getattr(before, name) != value for name, value in values.items() if name != "at"):
        _note(session, registration_id, "matchmaking changed", now)
    row = insert(MatchProfile).values(registration_id=registration_id, **values)
    session.execute(row.on_conflict_do_update(index_elements=["registration_id"], set_=values))


def stop(session: Session, registration_id: uuid.UUID, wording: str, now: dt.datetime) -> None:
    """Nobody sees this person any more; wording: what they had agreed to. Again changes nothing."""
    gone = sa.delete(MatchProfile).where(MatchProfile.registration_id == registration_id)
    if session.execute(gone.returning(MatchProfile.registration_id)).all():
        _consent(session, registration_id, False, wording, now)


def _consent(session: Session, registration_id: uuid.UUID, given: bool, wording: str, now: dt.datetime) -> None:
    session.add(
        Consent(
            registration_id=registration_id,
            purpose=PURPOSE,
            given=given,
            wording=wording,
            wording_version=CONSENT_WORDING_VERSION,
            at=now,
        )
    )
    _note(session, registration_id, "matchmaking agreed" if given else "matchmaking stopped", now)


def _note(session: Session, registration_id: uuid.UUID, what: str, now: dt.datetime) -> None:
    about: dict[str, Any] = {"thing": "registration", "thing_id": registration_id, "before": None, "after": None}
    audit.record(session, who="participant", what=what, **about, now=now)
