"""Step 2 of nine: a group's call to a meeting on invitation invites each member. Next: rules/invitations.py.

The group's own mail is the invitation: its link is a personal one, and no second mail leaves.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.events import Event
from services.registration.models.groups import ExchangeGroup, GroupMember
from services.registration.models.invitations import Invitation, InvitationMail, InvitationRound
from services.registration.use_cases import inviting


def links(
    session: Session,
    group: ExchangeGroup,
    event: Event,
    members: Sequence[GroupMember],
    now: dt.datetime,
    *,
    site: str,
    who: str,
) -> list[str]:
    """Where each of these members answers, in their order: the page of the meeting or, when it is on invitation, a link
    of their own. Who was invited already stays as they are."""
    if not event.by_invitation:
        return [f"{site}/e/{event.slug}"] * len(members)
    known = _invited(session, group, event, members, now, who=who)
    return [f"{site}/invitation/{inviting.issue(session, known[one.email_key].id, now)}" for one in members]


def _invited(
    session: Session,
    group: ExchangeGroup,
    event: Event,
    members: Sequence[GroupMember],
    now: dt.datetime,
    *,
    who: str,
) -> dict[str, Invitation]:
    """The invitations of these members by address; those that are missing, or were taken back, are made."""
    # A list confirmed meanwhile would invite the same addresses: one after the other.
    session.execute(sa.select(Event.id).where(Event.id == event.id).with_for_update(key_share=True))
    theirs = (Invitation.event_id == event.id, Invitation.email_key.in_([one.email_key for one in members]))
    session.execute(sa.delete(Invitation).where(*theirs, Invitation.taken_back_at.is_not(None)))
    there = set(session.scalars(sa.select(Invitation.email_key).where(*theirs)))
    if new := [one for one in members if one.email_key not in there]:
        row = InvitationRound(event_id=event.id, kind="first", source="group", origin=group.name, made_by=who)
        row.made_at = row.confirmed_at = row.leaves_at = row.began_at = row.left_at = now
        row.people = len(new)
        session.add(row)
        session.flush()
        people = [inviting.values(row, _person(one), now) for one in new]
        session.execute(sa.insert(Invitation), people)
        mails = [{"round_id": row.id, "invitation_id": one["id"], "kind": "first", "told_at": now} for one in people]
        session.execute(sa.insert(InvitationMail), mails)
    return {one.email_key: one for one in session.scalars(sa.select(Invitation).where(*theirs))}


def _person(one: GroupMember) -> dict[str, str]:
    return {name: getattr(one, name) for name in ("first_name", "last_name", "email", "locale", "structure")}
