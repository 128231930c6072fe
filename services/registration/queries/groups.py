"""What the pages of a group show."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from services.registration.models.events import Event
from services.registration.models.groups import ExchangeGroup, GroupMeeting, GroupMember, GroupTopic
from services.registration.models.invitations import Invitation
from services.registration.models.registrations import Registration
from services.registration.queries.reschedulings import moves
from shared.clock import PARIS


@dataclass(frozen=True)
class Seen:
    """A group with its living members by name, its meetings from the last planned to the first, and the topics that
    wait: chosen for no meeting, or for one that was called off."""

    group: ExchangeGroup
    members: list[GroupMember]
    meetings: list[GroupMeeting]
    topics: list[GroupTopic]
    chosen: dict[uuid.UUID, list[GroupTopic]]

    def coming(self, now: dt.datetime, *, announced: bool = False) -> GroupMeeting | None:
        """The next meeting that takes place, as far as is known; announced: and that members may register for; where it
        is on invitation, once they were called."""
        states = ("published", "closed") if announced else ("draft", "published", "closed", "archived")
        ahead = (one for one in reversed(self.meetings) if one.event.ends_at > now and one.event.state in states)
        return next((one for one in ahead if not announced or one.convened_at or not one.event.by_invitation), None)

    def animator(self, year: int) -> str:
        """Who leads in that year, or whoever was last named before it."""
        return next((one.name for one in self.group.animators if one.year <= year), "")


def groups(session: Session) -> list[tuple[ExchangeGroup, int]]:
    """Every group by name, and how many members it has."""
    count = (
        sa.select(sa.func.count())
        .where(GroupMember.group_id == ExchangeGroup.id, GroupMember.left_at.is_(None))
        .scalar_subquery()
    )
    query = sa.select(ExchangeGroup, count).order_by(ExchangeGroup.name, ExchangeGroup.id)
    return [(row[0], row[1]) for row in session.execute(query)]


def seen(session: Session, group: ExchangeGroup) -> Seen:
    members = (
        sa.select(GroupMember)
        .where(GroupMember.group_id == group.id, GroupMember.left_at.is_(None))
        .order_by(sa.func.lower(GroupMember.last_name), GroupMember.first_name, GroupMember.id)
    )
    meetings = (
        sa.select(GroupMeeting)
        .join(Event, Event.id == GroupMeeting.event_id)
        .where(GroupMeeting.group_id == group.id)
        .options(joinedload(GroupMeeting.event))
        .order_by(Event.starts_at.desc(), Event.id)
    )
    topics = (
        sa.select(GroupTopic)
        .where(GroupTopic.group_id == group.id)
        .options(joinedload(GroupTopic.member))
        .order_by(GroupTopic.proposed_at, GroupTopic.id)
    )
    planned = list(session.scalars(meetings))
    off = {one.event_id for one in planned if one.event.state == "called_off"}
    found = list(session.scalars(topics))
    chosen: dict[uuid.UUID, list[GroupTopic]] = {}
    for topic in found:
        if topic.event_id:
            chosen.setdefault(topic.event_id, []).append(topic)
    return Seen(
        group,
        list(session.scalars(members)),
        planned,
        [topic for topic in found if topic.event_id is None or topic.event_id in off],
        chosen,
    )


def last_days(session: Session, seen: Seen) -> tuple[dt.date | None, dt.date | None]:
    """Of the last meeting that is planned: the day it was first told for, which the rhythm goes on from, and its day of
    now."""
    if not seen.meetings:
        return None, None
    event = seen.meetings[0].event
    told = moves(session, event.id)
    first = told[-1].day if told else event.starts_at
    return first.astimezone(PARIS).date(), event.starts_at.astimezone(PARIS).date()


def called_only(session: Session, event_id: uuid.UUID) -> list[tuple[ExchangeGroup, GroupMember]]:
    """Who is told by their group that this meeting moves or is called off."""
    return [(row[0], row[1]) for row in session.execute(called(event_id).order_by(GroupMember.id))]


def called(event_id: uuid.UUID) -> sa.Select[ExchangeGroup, GroupMember]:
    """Members who were called to this meeting, never registered for it, under whatever address and whatever became of
    that, did not say that they will not come, and whose invitation stands; none when it is no meeting of a group, or
    nobody was called to it."""
    own = (Registration.event_id == event_id, Registration.email_key == GroupMember.email_key)
    settled = (Invitation.declined_at, Invitation.taken_back_at, Invitation.registration_id)
    answered = (
        Invitation.event_id == event_id,
        Invitation.email_key == GroupMember.email_key,
        sa.or_(*(column.is_not(None) for column in settled)),
    )
    return (
        sa.select(ExchangeGroup, GroupMember)
        .join(GroupMember, GroupMember.group_id == ExchangeGroup.id)
        .join(GroupMeeting, GroupMeeting.group_id == ExchangeGroup.id)
        .where(
            GroupMeeting.event_id == event_id,
            GroupMember.joined_at <= GroupMeeting.convened_at,
            GroupMember.left_at.is_(None),
            ~sa.exists().where(*own),
            ~sa.exists().where(*answered),
        )
    )


def calling(session: Session, event_id: uuid.UUID) -> str:
    """The group whose members were called to this meeting; "" when none was."""
    query = sa.select(ExchangeGroup.name).join(GroupMeeting, GroupMeeting.group_id == ExchangeGroup.id)
    called = (GroupMeeting.event_id == event_id, GroupMeeting.convened_at.is_not(None))
    return session.scalar(query.where(*called)) or ""


def memberships(session: Session, email_key: str) -> list[tuple[str, GroupMember]]:
    """The groups that hold this address, for whoever it belongs to."""
    query = (
        sa.select(ExchangeGroup.name, GroupMember)
        .join(GroupMember, GroupMember.group_id == ExchangeGroup.id)
        .where(GroupMember.email_key == email_key)
        .order_by(ExchangeGroup.name, GroupMember.id)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def proposed_by(session: Session, member_id: uuid.UUID) -> list[str]:
    """The topics that bear the name of this member."""
    mine = sa.select(GroupTopic.title).where(GroupTopic.member_id == member_id)
    return list(session.scalars(mine.order_by(GroupTopic.proposed_at)))
