"""Step 2 of nine: who is invited and has not answered hears that the event moves, or does not take place.

Who is to be told is written with the change, as a round that leaves at once. Next: use_cases/invitations_leaving.py.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.invitations import Invitation, InvitationMail, InvitationRound
from services.registration.models.reschedulings import Rescheduling
from services.registration.queries import invitations as queries
from services.registration.queries.callings_off import hears
from services.registration.use_cases import inviting

AT_ONCE = dt.timedelta(0)


def moved(
    session: Session,
    made: Rescheduling,
    back: Collection[uuid.UUID],
    now: dt.datetime,
    *,
    who: str,
) -> int:
    """Note whom to tell of a change; who was not told of the one before is told of both at once. back: earlier changes
    that this one takes back: nothing is told of them. Returns how many will be told."""
    pending = (
        sa.select(InvitationMail.invitation_id, InvitationRound.rescheduling_id)
        .join(InvitationRound, InvitationRound.id == InvitationMail.round_id)
        .where(
            InvitationRound.event_id == made.event_id,
            InvitationRound.kind == "moved",
            InvitationMail.told_at.is_(None),
            InvitationMail.passed_over == "",
        )
    )
    waiting = {row[0]: row[1] for row in session.execute(pending)}
    concerned = list(session.scalars(queries.concerned(made.event_id, now)))
    new = [one for one in concerned if one not in waiting]
    if new:
        row = inviting.a_round(session, "moved", made.event_id, new, now, who=who, window=AT_ONCE)
        row.rescheduling_id = made.id
    return len(new) + sum(1 for one in concerned if one in waiting and waiting[one] not in back)


def called_off(session: Session, event_id: uuid.UUID, now: dt.datetime, heard: Mapping[str, str], *, who: str) -> None:
    """What has not left never will; who was written to is told. heard: who hears it otherwise, by key of
    their address."""
    inviting.drop_overtaken(session, event_id, now, who=who)
    told = sa.select(Invitation).where(Invitation.id.in_(queries.concerned(event_id, now))).order_by(Invitation.id)
    concerned = [one.id for one in session.scalars(told) if not hears(heard, one.email_key, one.full_name)]
    if concerned:
        inviting.a_round(session, "off", event_id, concerned, now, who=who, window=AT_ONCE)
