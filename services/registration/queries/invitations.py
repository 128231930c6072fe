"""Who was invited to an event, and where each stands."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.events import Event
from services.registration.models.groups import GroupMeeting, GroupMember
from services.registration.models.invitations import (
    Invitation,
    InvitationLine,
    InvitationMail,
    InvitationRound,
    InvitationStop,
)
from services.registration.models.mail_fates import MailFate
from services.registration.models.registrations import Registration
from services.registration.queries import groups
from services.registration.queries.mails import FATES
from services.registration.queries.selection import said_in
from services.registration.rules import invitations as rules
from services.registration.rules.lists import fingerprint
from services.registration.rules.people import email_hash, email_key

PAGE = 50


def _registered(*which: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """With that address by whatever way, or by the link under another one."""
    theirs = (Registration.event_id == Invitation.event_id) & (
        (Registration.email_key == Invitation.email_key) | (Registration.id == Invitation.registration_id)
    )
    return sa.exists().where(theirs, *which)


_stopped = sa.exists().where(InvitationStop.email_hash == Invitation.email_hash)
_told = sa.exists().where(InvitationMail.invitation_id == Invitation.id, InvitationMail.told_at.is_not(None))
_call_back = sa.exists().where(
    GroupMeeting.event_id == Invitation.event_id,
    GroupMember.group_id == GroupMeeting.group_id,
    GroupMember.email_key == Invitation.email_key,
    MailFate.thing == GroupMember.id,
    MailFate.at >= GroupMeeting.convened_at,
    *FATES.is_open,
)
"""The mail of their group, which is the invitation, is about them as a member."""
state: sa.ColumnElement[str] = sa.case(
    (_registered(Registration.status != "cancelled"), "registered"),
    (_registered(Registration.transferred_to.is_(None)), "cancelled"),
    (_registered(), "passed_on"),
    (Invitation.declined_at.is_not(None), "declined"),
    (Invitation.taken_back_at.is_not(None), "taken_back"),
    (_stopped, "stopped"),
    (~_told, "waiting"),
    (FATES.unarrived(Invitation.id) | _call_back, "back"),
    else_="silent",
)
"""A key of rules.STATES."""


def states(session: Session, event_id: uuid.UUID, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    query = sa.select(Invitation.id, state).where(Invitation.event_id == event_id, Invitation.id.in_(ids))
    return {row[0]: row[1] for row in session.execute(query)}


def judged(session: Session, event_id: uuid.UUID, round_id: uuid.UUID) -> list[tuple[InvitationLine, str]]:
    """Each line of a list that waits, with what becomes of it now: "new", or why it is left out."""
    query = sa.select(InvitationLine).where(InvitationLine.round_id == round_id).order_by(InvitationLine.line)
    lines = list(session.scalars(query))
    emails = [one.person["email"] if one.person else None for one in lines]
    living = (Registration.event_id == event_id, Registration.status != "cancelled")
    registered = set(session.scalars(sa.select(Registration.email_key).where(*living)))
    rows = session.execute(
        sa.select(Invitation.email_key, state).where(
            Invitation.event_id == event_id, Invitation.taken_back_at.is_(None)
        )
    ).all()
    keys = {email_hash(email_key(one)): email_key(one) for one in emails if one}
    stops = session.scalars(sa.select(InvitationStop.email_hash).where(InvitationStop.email_hash.in_(keys)))
    found = rules.outcomes(
        emails,
        registered=registered | {key for key, where in rows if where == "registered"},
        invited={key for key, _where in rows},
        declined={key for key, where in rows if where == "declined"},
        stopped={keys[one] for one in stops},
    )
    return list(zip(lines, found, strict=True))


def fingerprint_of(lines: Sequence[InvitationLine]) -> str:
    """Of exactly these lines: as many others are others."""
    return fingerprint(uuid.uuid5(one.round_id, str(one.line)) for one in lines)


def to_remind(event_id: uuid.UUID, now: dt.datetime) -> sa.Select[uuid.UUID]:
    """Who was written to long enough ago, has not answered, and was not reminded."""
    reminded = sa.exists().where(
        InvitationMail.invitation_id == Invitation.id,
        InvitationMail.kind == "reminder",
        InvitationMail.passed_over == "",
    )
    late = sa.exists().where(
        InvitationMail.invitation_id == Invitation.id, InvitationMail.told_at > now - rules.REMIND_AFTER
    )
    silent = (Invitation.event_id == event_id, state == "silent", ~reminded, ~late)
    return sa.select(Invitation.id).where(*silent).order_by(Invitation.id)


def count_to_remind(session: Session, event_id: uuid.UUID, now: dt.datetime) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(to_remind(event_id, now).subquery())) or 0


def concerned(event_id: uuid.UUID, now: dt.datetime) -> sa.Select[uuid.UUID]:
    """Who was written to, has not answered, and would be told that the event moves or is called off, unless it is over.
    Members whom their group called are told by the group."""
    ahead = sa.exists().where(Event.id == event_id, Event.ends_at > now)
    waits = (Invitation.event_id == event_id, state.in_(("silent", "back")), ahead)
    called = groups.called(event_id).with_only_columns(GroupMember.email_key)
    return sa.select(Invitation.id).where(*waits, Invitation.email_key.not_in(called)).order_by(Invitation.id)


def counts(session: Session, event_id: uuid.UUID) -> dict[str, int]:
    """How many invited people stand where, in the order of rules.STATES; only those that somebody is in."""
    where = sa.select(state.label("where")).where(Invitation.event_id == event_id).subquery()
    rows = session.execute(sa.select(where.c.where, sa.func.count()).group_by(where.c.where)).all()
    found = {row[0]: row[1] for row in rows}
    return {one: found[one] for one in rules.STATES if one in found}


@dataclass(frozen=True)
class Row:
    """told: when the last mail left. registration_id: what they are registered as, by whatever way."""

    invitation: Invitation
    state: str
    told: dt.datetime | None
    registration_id: uuid.UUID | None


def listed(
    session: Session, event_id: uuid.UUID, *, search: str = "", where: str = "", page: int | None = None
) -> Iterator[Row]:
    """By name. page: None for all."""
    told = (
        sa.select(sa.func.max(InvitationMail.told_at))
        .where(InvitationMail.invitation_id == Invitation.id)
        .scalar_subquery()
    )
    by_address = (
        sa.select(Registration.id)
        .where(Registration.event_id == Invitation.event_id, Registration.email_key == Invitation.email_key)
        .order_by(Registration.status == "cancelled", Registration.id)
        .limit(1)
        .scalar_subquery()
    )
    query = (
        sa.select(Invitation, state, told, sa.func.coalesce(Invitation.registration_id, by_address))
        .where(*_wanted(event_id, search, where))
        .order_by(Invitation.search, Invitation.id)
    )
    if page is not None:
        query = query.limit(PAGE).offset((page - 1) * PAGE)
    return (Row(*row) for row in session.execute(query))


def how_many(session: Session, event_id: uuid.UUID, *, search: str, where: str) -> int:
    query = sa.select(sa.func.count()).select_from(Invitation).where(*_wanted(event_id, search, where))
    return session.scalar(query) or 0


def _wanted(event_id: uuid.UUID, search: str, where: str) -> list[sa.ColumnElement[bool]]:
    return [Invitation.event_id == event_id, *said_in(Invitation.search, search), *([state == where] if where else [])]


@dataclass(frozen=True)
class Sent:
    """A round, how many mails of it have left, and how many are still to leave."""

    round: InvitationRound
    told: int
    waiting: int


def rounds(session: Session, event_id: uuid.UUID) -> list[Sent]:
    """The latest first; lists that wait to be confirmed among them."""
    untold = InvitationMail.told_at.is_(None) & (InvitationMail.passed_over == "")
    waiting = sa.func.count(InvitationMail.invitation_id).filter(untold)
    query = (
        sa.select(InvitationRound, sa.func.count(InvitationMail.told_at), waiting)
        .outerjoin(InvitationMail, InvitationMail.round_id == InvitationRound.id)
        .where(InvitationRound.event_id == event_id)
        .group_by(InvitationRound.id)
        .order_by(InvitationRound.made_at.desc(), InvitationRound.id.desc())
    )
    return [Sent(*row) for row in session.execute(query)]


def last_reminder(session: Session, event_id: uuid.UUID) -> InvitationRound | None:
    """The one that was confirmed last, and not taken back."""
    query = sa.select(InvitationRound).where(
        InvitationRound.event_id == event_id, InvitationRound.kind == "reminder", InvitationRound.cancelled_at.is_(None)
    )
    return session.scalar(query.order_by(InvitationRound.made_at.desc()).limit(1))


def fates(session: Session, one: Invitation) -> list[MailFate]:
    """What became of the mails of an invitation, the group's call to the meeting among them: the latest first."""
    called = sa.select(GroupMember.id, GroupMeeting.convened_at).join(
        GroupMeeting, GroupMeeting.group_id == GroupMember.group_id
    )
    theirs = (GroupMeeting.event_id == one.event_id, GroupMember.email_key == one.email_key)
    since = {row[0]: row[1] for row in session.execute(called.where(*theirs, GroupMeeting.convened_at.is_not(None)))}
    found = FATES.of(session, [one.id, *since])
    return [fate for fate in found if fate.thing not in since or fate.at >= since[fate.thing]]


def of_address(session: Session, key: str) -> list[Invitation]:
    """Every invitation of an address, the latest first: for who asks what we hold."""
    query = sa.select(Invitation).where(Invitation.email_key == key)
    return list(session.scalars(query.order_by(Invitation.invited_at.desc(), Invitation.id)))


def stopped_at(session: Session, key: str) -> dt.datetime | None:
    """Since when an address wants no invitation."""
    return stopped(session, email_hash(key))


def stopped(session: Session, hashed: str) -> dt.datetime | None:
    """The same of the hash of an address."""
    return session.scalar(sa.select(InvitationStop.stopped_at).where(InvitationStop.email_hash == hashed))
