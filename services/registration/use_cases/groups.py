"""Step 2 of nine: groups that meet again and again. Next: services/registration/rules/recurrence.py.

Each meeting is an event like any other, made from the template; only the group's members get the group's mail.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.announce import gatherings
from services.registration.drafts import draft
from services.registration.event_templates import TEMPLATES
from services.registration.models.events import Event
from services.registration.models.groups import (
    ExchangeGroup,
    GroupAnimator,
    GroupLink,
    GroupMeeting,
    GroupMember,
    GroupTopic,
)
from services.registration.models.registrations import Registration
from services.registration.queries import groups as queries
from services.registration.queries import identity
from services.registration.queries.mails import FATES
from services.registration.rules import editing
from services.registration.rules import recurrence as rules
from services.registration.rules.choices import N_
from services.registration.rules.dates import french_date
from services.registration.rules.people import email_key
from services.registration.rules.seats import CONFIRMED
from services.registration.use_cases import events, group_invitations
from shared import audit
from shared.clock import PARIS
from shared.db import hash_token, new_token
from shared.errors import NotFound, RuleError, Sentence

FARTHEST = dt.timedelta(days=3653)
FIELDS = "name about every_months week weekday starts minutes place capacity partner_zone".split()


def load(session: Session, slug: str, *, lock: bool = False) -> ExchangeGroup:
    """Raises NotFound."""
    query = sa.select(ExchangeGroup).where(ExchangeGroup.slug == slug)
    group = session.scalar(query.with_for_update() if lock else query)
    if group is None:
        raise NotFound("group-unknown", N_("Ce groupe n’existe pas."))
    return group


def create(session: Session, data: Mapping[str, Any], now: dt.datetime, *, who: str) -> ExchangeGroup:
    slug = events.slug_of(data["name"])
    if not slug or session.scalar(sa.select(ExchangeGroup.id).where(ExchangeGroup.slug == slug)):
        raise RuleError("slug-taken", N_("Un groupe porte déjà ce nom."), field="name")
    group = ExchangeGroup(slug=slug, **{name: data[name] for name in FIELDS})
    session.add(group)
    session.flush()
    _set_animator(session, group, data, now)
    _record(session, group, "created", who, None, {"name": group.name}, now)
    return group


def change(session: Session, slug: str, data: Mapping[str, Any], now: dt.datetime, *, who: str) -> ExchangeGroup:
    """Its rule, its place, its animator of the year; meetings that are planned stay as they are."""
    group = load(session, slug, lock=True)
    before = {name: getattr(group, name) for name in FIELDS}
    changes = editing.differences(before, data)
    for name, _old, new in changes:
        setattr(group, name, new)
    _set_animator(session, group, data, now)
    was, is_now = editing.for_audit(changes)
    _record(session, group, "changed", who, was, is_now | {"animator": data["animator"]}, now)
    return group


def _set_animator(session: Session, group: ExchangeGroup, data: Mapping[str, Any], now: dt.datetime) -> None:
    year = now.astimezone(PARIS).year
    own = next((one for one in group.animators if one.year == year), None)
    if own is not None:
        own.name = data["animator"]
    elif data["animator"]:
        group.animators.insert(0, GroupAnimator(year=year, name=data["animator"]))
    session.flush()


def add_members(
    session: Session, slug: str, people: Iterable[tuple[str, str, str, str]], now: dt.datetime, *, who: str
) -> int:
    """Who is a member already stays as they are; who left comes back. Returns how many are new."""
    group = load(session, slug, lock=True)
    known = {
        one.email_key: one for one in session.scalars(sa.select(GroupMember).where(GroupMember.group_id == group.id))
    }
    added = 0
    for first, last, email, structure in people:
        key = email_key(email)
        there = known.get(key)
        if there is None:
            there = GroupMember(
                group_id=group.id,
                first_name=first,
                last_name=last,
                email=email,
                email_key=key,
                structure=structure,
                joined_at=now,
            )
            session.add(there)
            known[key] = there
            added += 1
        elif there.left_at is not None:
            there.left_at, there.joined_at = None, now
            added += 1
    session.flush()
    if added:
        _record(session, group, "members added", who, None, {"count": added}, now)
    return added


def leave(session: Session, group: ExchangeGroup, member_id: uuid.UUID, now: dt.datetime, *, who: str) -> None:
    """No mail of this group any more; the links they hold open what is kept on them, and nothing else."""
    member = session.get(GroupMember, member_id)
    if member is None or member.group_id != group.id:
        raise NotFound("member-unknown", N_("Cette personne n’est pas dans ce groupe."))
    member.left_at = member.left_at or now
    _record(session, group, "member left", who, None, {"member": str(member.id)}, now)


def plan(session: Session, slug: str, starts_at: dt.datetime, now: dt.datetime, *, who: str, count: int = 1) -> Event:
    """A meeting as a draft event; count: with those that follow it by the rhythm, at the same hour. Returns the first.

    Raises RuleError, and plans none of them, when one of the days has its meeting already.
    """
    group = load(session, slug, lock=True)
    if starts_at <= now:
        if starts_at.astimezone(PARIS).date() == now.astimezone(PARIS).date():
            raise RuleError("meeting-past", N_("Cette heure est déjà passée aujourd’hui."), field="starts")
        raise RuleError("meeting-past", N_("Cette date est passée."), field="date")
    if starts_at > now + FARTHEST:
        raise RuleError("meeting-far", N_("Cette année semble fausse."), field="date")
    local = starts_at.astimezone(PARIS)
    rule = {"every": group.every_months, "week": group.week, "weekday": group.weekday}
    days = rules.meetings(local.date(), count, local.time(), group.minutes, **rule)
    first, *_others = [_meeting(session, group, *one, now, who=who) for one in days]
    return first


def _meeting(
    session: Session, group: ExchangeGroup, starts_at: dt.datetime, ends_at: dt.datetime, now: dt.datetime, *, who: str
) -> Event:
    day = starts_at.date()
    of_that_day = sa.func.date(sa.func.timezone(PARIS.key, Event.starts_at)) == day
    planned = sa.select(Event.id).join(GroupMeeting, GroupMeeting.event_id == Event.id)
    if session.scalar(planned.where(GroupMeeting.group_id == group.id, of_that_day, Event.state != "called_off")):
        message = N_("Une rencontre est déjà prévue le %(day)s : rien de plus n’a été prévu.")
        raise RuleError("meeting-planned", Sentence(message, day=f"{day:%d/%m/%Y}"), field="date")
    made = draft(TEMPLATES["exchange_group"], day)
    ours = identity.organiser(session, now)
    made = dataclasses.replace(
        made,
        slug=_address(session, group, day),
        title=f"{group.name}, {french_date(day, weekday=False)}",
        summary=group.about[:500].split("\n")[0] or made.summary,
        starts_at=starts_at,
        ends_at=ends_at,
        place=group.place,
        capacity=group.capacity,
        organiser_name=ours["name"],
        organiser_email=ours["email"],
        programme=[],
    )
    event = events.create(session, made, now, who=who)
    session.add(GroupMeeting(event_id=event.id, group_id=group.id, minutes=""))
    session.flush()
    _record(session, group, "meeting planned", who, None, {"date": editing.plain(starts_at)}, now)
    return event


def _address(session: Session, group: ExchangeGroup, day: dt.date) -> str:
    """Of the meeting's page: as much of the name as leaves room for the day, and a number where a meeting that was
    moved or called off has that."""
    wanted = f"{events.slug_of(group.name)[:66].strip('-')}-{day.isoformat()}"
    taken = set(session.scalars(sa.select(Event.slug).where(Event.slug.startswith(wanted, autoescape=True))))
    others = (f"{wanted}-{number}" for number in range(2, len(taken) + 2))
    return next(one for one in (wanted, *others) if one not in taken)


def convene(session: Session, slug: str, event_id: uuid.UUID | None, now: dt.datetime, *, who: str, site: str) -> int:
    """Call the members to a meeting, which is published if it was not; without one, call for themes.

    Called again, those who joined since are written to. Returns how many are: living members, and nobody else.
    """
    group = load(session, slug, lock=True)
    seen = queries.seen(session, group)
    meeting, members = None, seen.members
    if event_id is not None:
        meeting = next((one for one in seen.meetings if one.event_id == event_id), None)
        if meeting is None:
            raise NotFound("meeting-unknown", N_("Cette rencontre n’est pas de ce groupe."))
        if meeting.event.state in ("draft", "called_off"):  # the latter is refused, with its reason
            events.publish(session, event_id, now, who=who, site=site)
        called, meeting.convened_at = meeting.convened_at, now
        members = [one for one in seen.members if called is None or one.joined_at > called]
        if not members and called is not None:
            raise RuleError("convened-already", N_("Le groupe a déjà été convié à cette rencontre."))
    topics = [topic.title for topic in seen.chosen.get(event_id, [])] if event_id else []
    animator = seen.animator(now.astimezone(PARIS).year)
    ours = identity.organiser(session, now)
    certain = sa.select(Registration.email_key).where(
        Registration.event_id == event_id, Registration.status == CONFIRMED
    )
    seated = set(session.scalars(certain))
    answers = [""] * len(members)
    if meeting:
        answers = group_invitations.links(session, group, meeting.event, members, now, site=site, who=who)
    for member, answer in zip(members, answers, strict=True):
        link = f"{site}/g/{issue(session, member.id, now)}"
        gatherings.group_convened(
            session,
            group,
            member,
            meeting.event if meeting else None,
            organiser=ours,
            topics=topics,
            animator=animator,
            elsewhere=rules.elsewhere(meeting.event.starts_at, group.partner_zone, member.locale) if meeting else "",
            seated=member.email_key in seated,
            site=site,
            link=link,
            answer=answer,
        )
    what = "convened" if meeting else "themes called"
    _record(session, group, what, who, None, {"members": len(members)}, now)
    return len(members)


def issue(session: Session, member_id: uuid.UUID, now: dt.datetime) -> str:
    """A new token of this member; only its hash is kept."""
    token = new_token()
    session.add(GroupLink(token_hash=hash_token(token), member_id=member_id, issued_at=now))
    session.flush()
    return token


def open_link(session: Session, token: str, *, left: bool = False) -> tuple[ExchangeGroup, GroupMember]:
    """left: of who left too. Raises NotFound for another token."""
    row = session.execute(
        sa.select(ExchangeGroup, GroupMember)
        .join(GroupMember, GroupMember.group_id == ExchangeGroup.id)
        .join(GroupLink, GroupLink.member_id == GroupMember.id)
        .where(GroupLink.token_hash == hash_token(token), sa.true() if left else GroupMember.left_at.is_(None))
    ).one_or_none()
    if row is None:
        raise NotFound(
            "link-unknown",
            N_(
                "Ce lien n’est pas ou plus valable ; quitter le groupe l’a aussi fermé. Si vous en êtes membre, son "
                "prochain courriel en porte un."
            ),
        )
    return row[0], row[1]


def come(session: Session, token: str, now: dt.datetime, *, site: str) -> str:
    """« Je viens » on the page of a member: where they answer. Who was called before the meeting was on invitation is
    invited by it. Raises RuleError when no meeting is announced."""
    group, member = open_link(session, token)
    coming = queries.seen(session, group).coming(now, announced=True)
    if coming is None:
        raise RuleError("meeting-none", N_("Aucune rencontre de ce groupe n’est annoncée en ce moment."))
    return group_invitations.links(session, group, coming.event, [member], now, site=site, who="participant")[0]


def speak(session: Session, token: str, locale: str, now: dt.datetime) -> None:
    """The language in which the group writes to this member."""
    group, member = open_link(session, token)
    if member.locale != locale:
        before, member.locale = member.locale, locale
        _record(session, group, "language chosen", "participant", {"locale": before}, {"locale": locale}, now)


def propose(session: Session, token: str, title: str, details: str, now: dt.datetime) -> None:
    """A member proposes a topic: a staff member or the animator chooses."""
    group, member = open_link(session, token)
    mine = (
        sa.select(sa.func.count())
        .select_from(GroupTopic)
        .where(GroupTopic.member_id == member.id, GroupTopic.event_id.is_(None))
    )
    if (session.scalar(mine) or 0) >= 10:
        raise RuleError("topics-many", N_("Vous avez déjà dix sujets en attente : c’est beaucoup."))
    session.add(GroupTopic(group_id=group.id, member_id=member.id, title=title, details=details, proposed_at=now))
    session.flush()
    _record(session, group, "topic proposed", "participant", None, {"title": title}, now)


def choose(
    session: Session, slug: str, topic_id: uuid.UUID, event_id: uuid.UUID | None, now: dt.datetime, *, who: str
) -> None:
    """Put a topic on the agenda of a meeting of the group, or back among those that wait."""
    group = load(session, slug, lock=True)
    topic = session.get(GroupTopic, topic_id)
    if topic is None or topic.group_id != group.id:
        raise NotFound("topic-unknown", N_("Ce sujet n’existe plus."))
    meeting = session.get(GroupMeeting, event_id) if event_id else None
    if event_id is not None and (meeting is None or meeting.group_id != group.id):
        raise NotFound("meeting-unknown", N_("Cette rencontre n’est pas de ce groupe."))
    topic.event_id = event_id
    _record(session, group, "topic chosen", who, None, {"title": topic.title}, now)


def write_minutes(
    session: Session, slug: str, event_id: uuid.UUID, text: str, now: dt.datetime, *, who: str, seen: str
) -> None:
    """What was said. Raises RuleError "edited-meanwhile" when it is not the text that the form was filled with."""
    group = load(session, slug, lock=True)
    meeting = session.get(GroupMeeting, event_id)
    if meeting is None or meeting.group_id != group.id:
        raise NotFound("meeting-unknown", N_("Cette rencontre n’est pas de ce groupe."))
    if editing.stamp({"minutes": meeting.minutes}) != seen:
        raise RuleError(
            "edited-meanwhile", N_("Quelqu’un a écrit ce compte rendu entre-temps. Comparez les deux versions.")
        )
    before, meeting.minutes, meeting.minutes_at = meeting.minutes, text, now
    _record(session, group, "minutes written", who, {"characters": len(before)}, {"characters": len(text)}, now)


def forget(session: Session, key: str) -> int:
    """Take an address out of every group, for an erasure; topics stay without a name. Returns how many rows went."""
    gone = sa.delete(GroupMember).where(GroupMember.email_key == key).returning(GroupMember.id)
    ids = list(session.scalars(gone)) if key else []
    FATES.forget(session, ids)
    return len(ids)


def settle_mails(session: Session, slug: str, member_id: uuid.UUID, now: dt.datetime, *, who: str) -> None:
    """A member whom a mail did not reach was told otherwise. Raises NotFound."""
    group, member = load(session, slug), session.get(GroupMember, member_id)
    if member is None or member.group_id != group.id:
        raise NotFound("member-unknown", N_("Cette personne n’est pas dans ce groupe."))
    if FATES.settle(session, [member.id], now):
        _record(session, group, "member told otherwise", who, None, {"member": str(member.id)}, now)


def stale_members(session: Session, before: dt.datetime, *, dry_run: bool = False) -> int:
    """Erase, or count, who left a group before this instant, or is of one that has not met since; topics stay."""
    met = (
        sa.select(sa.func.max(Event.ends_at))
        .join(GroupMeeting, GroupMeeting.event_id == Event.id)
        .where(GroupMeeting.group_id == GroupMember.group_id)
        .scalar_subquery()
    )
    last = sa.func.coalesce(GroupMember.left_at, sa.func.greatest(GroupMember.joined_at, met))
    due = session.scalars(sa.select(GroupMember.id).where(last < before)).all()
    if not dry_run:
        session.execute(sa.delete(GroupMember).where(GroupMember.id.in_(due)))
    return len(due)


def _record(
    session: Session,
    group: ExchangeGroup,
    what: str,
    who: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    now: dt.datetime,
) -> None:
    audit.record(session, who=who, what=what, thing="group", thing_id=group.id, before=before, after=after, now=now)
