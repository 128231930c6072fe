"""Step 2 of nine: an event changes after it was made; who is registered or invited is told. Next: rules/editing.py.

The event's quotas are locked first: two edits, or an edit and a grant, come one after the other.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.announce import gatherings
from services.registration.drafts import EventDraft
from services.registration.models.events import Event, Slot, Workshop
from services.registration.models.groups import ExchangeGroup, GroupMember
from services.registration.models.registrations import Registration, Reminder
from services.registration.models.seats import Quota
from services.registration.queries import groups as group_queries
from services.registration.queries import identity, invitations
from services.registration.rules import editing as rules
from services.registration.rules import english, recurrence
from services.registration.rules.choices import N_
from services.registration.rules.people import NOWHERE
from services.registration.use_cases import (
    desk,
    documents,
    events,
    forms,
    group_invitations,
    groups,
    rescheduling,
    seats,
)
from shared import audit
from shared.clock import PARIS
from shared.errors import RuleError

FIELDS = (
    "title edition summary description starts_at ends_at place address to_bring word prerequisites opens_at closes_at "
    "by_invitation tags organiser_name organiser_email sites partners reminders"
).split() + [*english.EVENT]
WHEN_WHERE = ("starts_at", "ends_at", "place", "address", "sites")
_IN_CALENDARS = (*WHEN_WHERE, "title", "summary", "to_bring", "title_en", "to_bring_en", "partners")
_SEEN = ("published", "closed")
OTHERS = N_("Le nombre de personnes à prévenir vient de changer : relisez, puis confirmez. Rien n’a été modifié.")


@dataclass(frozen=True)
class Edited:
    """What came of it: how many will be told, how many left the waiting list, and how many know no other date or
    place than this one: the mail of the change before had not left yet."""

    told: int = 0
    promoted: int = 0
    back: int = 0


def values(draft: EventDraft) -> dict[str, Any]:
    """What an edit may change."""
    return {name: getattr(draft, name) for name in (*FIELDS, "capacity")}


def current(session: Session, event: Event) -> dict[str, Any]:
    return values(events.draft_of(session, event))


def moves(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Whether date, hour or place differ: whoever is registered should know."""
    return any(before[name] != after[name] for name in WHEN_WHERE)


@dataclass(frozen=True)
class Concerned:
    """How many would be told of another date or place once the event is public: certain or waiting; members of a group
    who were called and are neither; invited by a mail that has left, without an answer."""

    registered: int = 0
    called: int = 0
    invited: int = 0

    @property
    def all(self) -> int:
        return self.registered + self.called + self.invited


def concerned(session: Session, event: Event, now: dt.datetime) -> Concerned:
    if event.state not in _SEEN:
        return Concerned()
    invited = sa.select(sa.func.count()).select_from(invitations.concerned(event.id, now).subquery())
    return Concerned(_registered(session, event), len(called(session, event)), session.scalar(invited) or 0)


def _registered(session: Session, event: Event) -> int:
    if event.state not in _SEEN:
        return 0
    return session.scalar(sa.select(sa.func.count()).select_from(Registration).where(*_told(event.id))) or 0


def called(session: Session, event: Event) -> list[tuple[ExchangeGroup, GroupMember]]:
    return group_queries.called_only(session, event.id) if event.state in _SEEN else []


def edit(
    session: Session,
    event_id: uuid.UUID,
    draft: EventDraft,
    now: dt.datetime,
    *,
    who: str,
    site: str,
    seen: str,
    told: int | None = None,
    reason: str = "",
    reason_en: str = "",
) -> Edited:
    """Write what differs; the time-table follows the first hour, new seats go to who waits.

    seen: the stamp of what the form was filled with. told: how many people the staff was shown and chose to tell;
    None when they chose not to. reason: of another date or place, for them and for the public page.
    Raises RuleError "edited-meanwhile", "people-to-tell", "event-over", "event-called-off" or "capacity-below-taken":
    then nothing is written.
    """
    seats.lock_event(session, event_id)
    # Whom a worker invites at this moment is told the date of before: they are waited for, and told of this one too.
    event = session.get_one(Event, event_id, populate_existing=True, with_for_update={"key_share": True})
    if event.state == "called_off":
        raise RuleError("event-called-off", rules.CALLED_OFF)
    before, after = current(session, event), values(draft)
    if rules.stamp(before) != seen:
        raise RuleError(
            "edited-meanwhile",
            N_("Quelqu’un a modifié cet évènement pendant que vous écriviez. Comparez les deux versions."),
        )
    changes = rules.differences(before, after)
    if not changes:
        return Edited()
    people = concerned(session, event, now) if moves(before, after) else Concerned()
    if people.all and draft.ends_at <= now:
        raise _over(draft.ends_at, now)
    if people.all and told is not None and told != people.all:
        raise RuleError("people-to-tell", OTHERS)
    written = [change for change in changes if change[0] != "capacity"]
    if written:
        _write(session, event, draft, [name for name, _, _ in written], now, who=who)
        was, is_now = rules.for_audit(written)
        audit.record(
            session, who=who, what="edited", thing="event", thing_id=event.id, before=was, after=is_now, now=now
        )
    whom = sa.select(Registration.id).where(*_told(event.id))
    count = back = 0
    if people.all and told is not None:
        count = rescheduling.keep(session, event, _was(before), whom, now, who=who, reason=reason, reason_en=reason_en)
        back = people.registered + people.invited - count
        count += _tell_called(session, event, _was(before), now, reason, reason_en, site=site, who=who)
    if _day(before) != _day(after):
        # Who was reminded of the former day is reminded of the new one; another hour of the same day needs no second.
        people_of = sa.select(Registration.id).where(Registration.event_id == event.id)
        session.execute(sa.delete(Reminder).where(Reminder.registration_id.in_(people_of)))
    promoted = 0
    if before["capacity"] != after["capacity"]:
        own = sa.select(Quota.id).where(Quota.event_id == event.id, Quota.kind == "event")
        quota = session.scalars(own).one()
        promoted = events.set_capacity(session, quota, draft.capacity, now, who=who, site=site)
    elif event.state in _SEEN:
        gatherings.event_published(session, event, draft.capacity, site=site)
    return Edited(count, promoted, back)


def _over(ends_at: dt.datetime, now: dt.datetime) -> RuleError:
    """Of today the day is right, and the hour is what to write anew."""
    if ends_at.astimezone(PARIS).date() == now.astimezone(PARIS).date():
        message = N_(
            "Cette heure de fin est déjà passée, et des personnes sont inscrites ou invitées. "
            "Écrivez une heure à venir."
        )
        return RuleError("event-over", message, field="ends")
    message = N_("Cette date est passée, et des personnes sont inscrites ou invitées. Écrivez une date à venir.")
    return RuleError("event-over", message, field="date")


def _write(session: Session, event: Event, draft: EventDraft, names: list[str], now: dt.datetime, *, who: str) -> None:
    moved, before = rules.gap(event.starts_at, draft.starts_at), events.days(event.starts_at, event.ends_at)
    for name in names:
        if name not in ("sites", "partners"):
            setattr(event, name, getattr(draft, name))
    if "sites" in names:
        event.sites.clear()
        session.flush()
        event.sites.extend(events.sites(draft))
    if "partners" in names:
        event.partners.clear()
        session.flush()
        event.partners.extend(events.partners(draft))
    if moved:
        timed: list[Slot | Workshop] = [*event.slots, *event.workshops]
        for one in timed:
            one.starts_at, one.ends_at = rules.later(one.starts_at, moved), rules.later(one.ends_at, moved)
        for item in event.programme:
            item.starts_at = rules.later(item.starts_at, moved)
            item.ends_at = item.ends_at and rules.later(item.ends_at, moved)
        documents.follow(session, event.id, moved, now, who=who)
    if {"starts_at", "ends_at"} & {*names}:
        desk.keep_within(session, event, now, who=who)
        days = events.days(event.starts_at, event.ends_at)
        if days != before:  # at another hour the form stays as the team made it
            forms.follow_days(session, event.id, days, now, who=who)
    if any(name in _IN_CALENDARS for name in names):
        event.revision += 1
    session.flush()
    session.expire(event, ["elsewhere"])


def _tell_called(
    session: Session,
    event: Event,
    was: dict[str, Any],
    now: dt.datetime,
    reason: str,
    reason_en: str,
    *,
    site: str,
    who: str,
) -> int:
    """The members of a group who keep the former day free without having registered."""
    members, ours = called(session, event), identity.organiser(session, now)
    if not members:
        return 0
    everybody = [member for _group, member in members]
    answers = group_invitations.links(session, members[0][0], event, everybody, now, site=site, who=who)
    for (group, member), answer in zip(members, answers, strict=True):
        english = member.locale == "en" and reason_en
        gatherings.group_moved(
            session,
            group,
            member,
            event,
            {name: was[name] for name in ("starts_at", "ends_at")} | {"place": was["place"][:300]},
            reason_en if english else reason,
            organiser=ours,
            elsewhere=recurrence.elsewhere(event.starts_at, group.partner_zone, member.locale),
            site=site,
            link=f"{site}/g/{groups.issue(session, member.id, now)}",
            answer=answer,
        )
    return len(members)


def _day(of: dict[str, Any]) -> dt.date:
    starts_at: dt.datetime = of["starts_at"]
    return starts_at.astimezone(PARIS).date()


def _told(event_id: uuid.UUID) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        Registration.event_id == event_id,
        Registration.status.in_(("confirmed", "wait_listed")),
        Registration.email != "",
        Registration.email_key.not_like(f"%{NOWHERE}"),
    )


def _was(before: dict[str, Any]) -> dict[str, Any]:
    """When and where it was to be, as the mail says it, and how to get there."""
    access = [access for _name, _address, access in before["sites"]]
    when = {"starts_at": before["starts_at"], "ends_at": before["ends_at"]}
    return when | {"place": _place(before), "access": access}


def _place(before: dict[str, Any]) -> str:
    """As `Event.where` said it."""
    places = [(before["place"], before["address"]), *((name, address) for name, address, _access in before["sites"])]
    return " ; ".join(", ".join(part for part in place if part) for place in places)
