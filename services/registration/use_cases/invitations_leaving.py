"""Step 2 of nine, by the clock: the mails of a round of invitations leave. Next: services/registration/announce/.

A mail is marked in the transaction that writes its fact: a worker killed in between repeats nobody and forgets nobody.
"""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.announce import invitations as telling
from services.registration.models.calling_off import CallingOff
from services.registration.models.events import Event
from services.registration.models.invitations import Invitation, InvitationMail, InvitationRound
from services.registration.models.reschedulings import Rescheduling
from services.registration.queries import callings_off
from services.registration.queries import invitations as queries
from services.registration.use_cases import invited, inviting, rescheduling

AT_ONCE = 50
"""So many to a transaction, as of messages."""


def due(session: Session, now: dt.datetime) -> list[uuid.UUID]:
    """Rounds whose window is over and that are not all gone, of events that are not. Invitations to one that takes
    nobody just now wait; that it moved is told all the same."""
    takes = (Event.state == "published") & (Event.closes_at.is_(None) | (Event.closes_at > now))
    ready = sa.case(
        (InvitationRound.kind == "off", Event.state == "called_off"),
        (InvitationRound.kind == "moved", Event.state.in_(("published", "closed"))),
        else_=takes,
    )
    query = (
        sa.select(InvitationRound.id)
        .join(Event, Event.id == InvitationRound.event_id)
        .where(
            InvitationRound.leaves_at <= now,
            InvitationRound.left_at.is_(None),
            InvitationRound.cancelled_at.is_(None),
            Event.ends_at > now,
            ready,
        )
    )
    return list(session.scalars(query.order_by(InvitationRound.leaves_at, InvitationRound.id)))


def leave(session: Session, round_id: uuid.UUID, now: dt.datetime, *, site: str, key: str) -> int:
    """Write the facts of the next few people; 0 when all are written. Two workers never write the same one.
    key: signs the way out.

    Who answers at this moment is left for the next time: we hold the event as it is, and wait for nobody.
    """
    own = sa.select(InvitationRound.event_id).where(InvitationRound.id == round_id).scalar_subquery()
    held = sa.select(Event).where(Event.id == own).with_for_update(read=True)
    event = session.scalar(held.execution_options(populate_existing=True))
    if event is None or round_id not in due(session, now):
        return 0
    row = session.get(InvitationRound, round_id, with_for_update={"skip_locked": True}, populate_existing=True)
    if row is None or row.left_at or row.cancelled_at:
        return 0
    row.began_at = row.began_at or now
    untold = (InvitationMail.round_id == row.id, InvitationMail.told_at.is_(None), InvitationMail.passed_over == "")
    query = (
        sa.select(InvitationMail, Invitation)
        .join(Invitation, Invitation.id == InvitationMail.invitation_id)
        .where(*untold)
        .order_by(InvitationMail.invitation_id)
        .limit(AT_ONCE)
        .with_for_update(of=Invitation, key_share=True, skip_locked=True)
    )
    rows = session.execute(query).all()
    states = queries.states(session, row.event_id, [one.id for _mail, one in rows])
    for mail, one in rows:
        state = states[one.id]
        mail.passed_over = state if state not in ("waiting", "silent", "back") else ""
        if not mail.passed_over:
            _tell(session, event, row, mail, one, now, site=site, key=key)
    session.flush()
    if not session.scalar(sa.select(sa.exists().where(*untold))):
        row.left_at = now
    return len(rows)


def _tell(
    session: Session,
    event: Event,
    row: InvitationRound,
    mail: InvitationMail,
    to: Invitation,
    now: dt.datetime,
    *,
    site: str,
    key: str,
) -> None:
    """One fact with a fresh link; none of a move that was taken back."""
    was, reason = None, ""
    if row.kind == "moved":
        first = session.get(Rescheduling, row.rescheduling_id) if row.rescheduling_id else None
        news = first and rescheduling.news(session, event, first, to.locale)
        if not news:
            mail.passed_over = "moved_back"
            return
        was, reason = news
    mail.told_at = now
    link = f"{site}/invitation/{inviting.issue(session, to.id, now)}"
    out = f"{link}/ne-plus-etre-invite?a={invited.way_out(to.email_hash, key)}"
    if row.kind == "off":
        reason = session.get_one(CallingOff, event.id).reason_in(to.locale)
        known = callings_off.known_to(callings_off.assembly_told(session, event), to)
        telling.called_off(session, event, row, to, reason, site=site, link=link, leave=out, assembly=known)
    else:
        telling.invited(session, event, row, to, site=site, link=link, leave=out, was=was, reason=reason)
