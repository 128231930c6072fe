"""Step 2 of nine for who comes without a registration. Next: services/registration/announce/.

Offline nobody knows whether a seat is left, and the person is in the room by now: the registration is made anyway,
with a seat when there is one, marked as beyond capacity when there is none. No quota is ever over for it.
"""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.registration.models.desk import Desk, WalkIn
from services.registration.models.registrations import Registration
from services.registration.queries.places import claims, quotas
from services.registration.queries.standing import has_twin
from services.registration.rules import desk as rules
from services.registration.rules.people import NOWHERE, fold
from services.registration.use_cases import changing, seats
from shared import audit
from shared.errors import RuleError

_READABLE = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def admit(session: Session, desk: Desk, registration_id: uuid.UUID, person: rules.WalkIn, at: dt.datetime) -> None:
    """Register someone at the door; nothing happens when that was done already. The device made the id."""
    name = fold(f"{person.last_name} {person.first_name}")
    reference = "".join(secrets.choice(_READABLE) for _ in range(8))
    email = f"sur-place-{registration_id}@agora{NOWHERE}"  # nobody asked for one
    row = insert(Registration).values(
        id=registration_id,
        event_id=desk.event_id,
        submission_key=secrets.token_bytes(32),
        reference=reference,
        ticket=secrets.token_hex(10).upper(),
        status="confirmed",
        first_name=person.first_name,
        last_name=person.last_name,
        name_key=name,
        email=email,
        email_key=email,
        structure=person.structure,
        actor_type="other",
        department="unsaid",
        phone="",
        function="",
        meal=None,
        participant_list=False,
        carpool=False,
        photo=False,
        newsletter=False,
        locale="fr",
        calendar_sequence=0,
        search=fold(f"{name} {person.structure} {reference}"),
        registered_at=at,
        changed_at=at,
    )
    if session.scalar(row.on_conflict_do_nothing().returning(Registration.id)) is None:
        return
    seated = _seat(session, desk.event_id, registration_id, at)
    session.add(WalkIn(registration_id=registration_id, desk_id=desk.id, beyond_capacity=not seated))
    after = {"beyond_capacity": not seated}
    _record(session, f"desk:{desk.number}", registration_id, "registered at the door", at, after)


def leaving(session: Session, wanted: set[uuid.UUID], undone: set[uuid.UUID]) -> bool:
    """Whether somebody of `wanted` may give a seat back, or take one again: then the event is locked first."""
    query = sa.select(WalkIn.registration_id).join(Registration)
    moving = Registration.id.in_(undone) | (Registration.status == "cancelled")
    return session.scalar(query.where(Registration.id.in_(wanted), moving).limit(1)) is not None


def leave(session: Session, registration: Registration, now: dt.datetime, *, site: str, who: str) -> None:
    """Admitted by mistake: without that entry there is no registration, and the seat goes to who waits. The event is
    locked. Nothing happens to who registered before they came."""
    if session.get(WalkIn, registration.id) is None:
        return
    try:
        changing.cancel(session, registration.id, now, site=site, who=who)
    except RuleError:  # it is over, and a seat is worth nothing any more
        return


def come_back(session: Session, registration: Registration, at: dt.datetime, *, who: str) -> None:
    """It was no mistake: they are registered again, with a seat if one is left. The event is locked. Nothing happens to
    whom no device cancelled: that they are in the room is kept, what the staff or they themselves decided too."""
    walk_in = session.get(WalkIn, registration.id) if registration.status == "cancelled" else None
    if walk_in is None or not _may_come_back(session, registration):
        return
    registration.status, registration.cancelled_at, registration.cancelled_from = "confirmed", None, None
    registration.changed_at = at
    session.flush()
    walk_in.beyond_capacity = not _seat(session, registration.event_id, registration.id, at)
    after = {"status": "confirmed", "beyond_capacity": walk_in.beyond_capacity}
    _record(session, who, registration.id, "cancellation undone", at, after)


def _may_come_back(session: Session, registration: Registration) -> bool:
    """Whether a desk or a host cancelled them, they are still somebody, and they did not register anew since."""
    if registration.transferred_to is not None or not registration.email:  # erased: nobody has a name there any more
        return False
    past = audit.history(session, "registration", registration.id)
    if not next((one.who for one in reversed(past) if one.what == "cancelled"), "").startswith(("desk:", "host:")):
        return False
    return not has_twin(session, registration, registration.email_key, registration.name_key)


def _seat(session: Session, event_id: uuid.UUID, registration_id: uuid.UUID, at: dt.datetime) -> bool:
    event = (quotas.c.event_id == event_id) & (quotas.c.kind == "event")
    quota_id = session.scalar(seats.locking(event))
    live = sa.select(sa.func.count()).select_from(claims).where(claims.c.quota_id == quotas.c.id)
    free = session.scalar(sa.select(quotas.c.capacity - live.scalar_subquery()).where(quotas.c.id == quota_id))
    seated = free is not None and free > 0
    if seated:
        session.execute(
            insert(claims).values(registration_id=registration_id, quota_id=quota_id, state="confirmed", claimed_at=at)
        )
    return seated


def _record(
    session: Session, who: str, registration_id: uuid.UUID, what: str, at: dt.datetime, after: dict[str, Any]
) -> None:
    audit.record(
        session,
        who=who,
        what=what,
        thing="registration",
        thing_id=registration_id,
        before=None,
        after=after,
        now=at,
    )
