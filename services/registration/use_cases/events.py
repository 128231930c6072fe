"""Step 2 of nine: what the staff does to events. Next: services/registration/rules/dates.py."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.announce import gatherings
from services.registration.drafts import EventDraft, ItemDraft, SlotDraft, WorkshopDraft, in_english
from services.registration.event_templates import TEMPLATES
from services.registration.models.events import (
    Event,
    EventPartner,
    EventSite,
    ProgrammeItem,
    Slot,
    Speaker,
    Workshop,
)
from services.registration.models.registrations import Registration
from services.registration.models.seats import Quota
from services.registration.queries import forms as form_queries
from services.registration.queries.places import places
from services.registration.rules import days as days_of
from services.registration.rules import english
from services.registration.rules import seats as rules
from services.registration.rules.choices import N_
from services.registration.rules.form_days import on_days
from services.registration.rules.people import fold
from services.registration.rules.question_library import default
from services.registration.use_cases import changing, forms, queues, registering, seats
from shared import audit
from shared.clock import PARIS
from shared.errors import RuleError, Sentence

_PLAIN = (
    "slug kind edition title summary description place address to_bring word prerequisites tags organiser_name "
    "organiser_email by_invitation"
).split() + [*english.EVENT]


def slug_of(text: str) -> str:
    """ "6e Agora, à Toulouse" becomes "6e-agora-a-toulouse"; at most 80 characters."""
    return re.sub(r"[^a-z0-9]+", "-", fold(text)).strip("-")[:80].strip("-")


def create(session: Session, draft: EventDraft, now: dt.datetime, *, who: str) -> Event:
    """A new event as a draft, with its quotas. Raises RuleError when the address is taken."""
    if template := TEMPLATES.get(draft.kind):
        draft = in_english(draft, template)
    if session.scalar(sa.select(Event.id).where(Event.slug == draft.slug)):
        raise RuleError(
            "slug-taken",
            N_("Un évènement a déjà cette adresse de page. Choisissez-en une autre."),
            field="slug",
        )
    event = Event(**{name: getattr(draft, name) for name in (*_PLAIN, "starts_at", "ends_at", "opens_at", "closes_at")})
    capacities: list[tuple[Workshop, int]] = []
    for position, slot in enumerate(draft.slots):
        row = Slot(
            position=position,
            label=slot.label,
            label_en=slot.label_en,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
        )
        for number, workshop in enumerate(slot.workshops):
            session_row = Workshop(
                position=number,
                title=workshop.title,
                summary=workshop.summary,
                title_en=workshop.title_en,
                summary_en=workshop.summary_en,
                host=workshop.host,
                room=workshop.room,
                starts_at=slot.starts_at,
                ends_at=slot.ends_at,
                speakers=_speakers(workshop.speakers),
            )
            row.workshops.append(session_row)
            capacities.append((session_row, workshop.capacity))
        event.slots.append(row)
    for position, item in enumerate(draft.programme):
        event.programme.append(
            ProgrammeItem(
                position=position,
                starts_at=item.starts_at,
                ends_at=item.ends_at,
                title=item.title,
                title_en=item.title_en,
                speaker=item.speaker,
                place=item.place,
                slides=item.slides,
                speakers=_speakers(item.speakers),
            )
        )
    event.sites = sites(draft)
    event.partners = partners(draft)
    event.reminders = list(draft.reminders)
    session.add(event)
    session.flush()
    session.add(Quota(event_id=event.id, kind="event", capacity=draft.capacity))
    for workshop_row, capacity in capacities:
        session.add(Quota(event_id=event.id, kind="workshop", workshop_id=workshop_row.id, capacity=capacity))
    session.flush()
    own = days(draft.starts_at, draft.ends_at)
    forms.begin(session, event.id, on_days(draft.questions, own) or default(event.kind, own), now)
    _record(session, event, "created", who, None, {"title": event.title, "slug": event.slug}, now)
    return event


def days(starts_at: dt.datetime, ends_at: dt.datetime) -> list[dt.date]:
    """The days an event lasts, seven at most."""
    return days_of.of(starts_at, ends_at)[:7]


def sites(draft: EventDraft) -> list[EventSite]:
    return [
        EventSite(position=number, name=name, address=address, access=access)
        for number, (name, address, access) in enumerate(draft.sites)
    ]


def partners(draft: EventDraft) -> list[EventPartner]:
    return [
        EventPartner(position=number, name=name, url=url, role=role)
        for number, (name, url, role) in enumerate(draft.partners)
    ]


def _speakers(wanted: Iterable[tuple[str, str, int | None]]) -> list[Speaker]:
    return [
        Speaker(position=number, name=name, role=role, minutes=minutes)
        for number, (name, role, minutes) in enumerate(wanted)
    ]


def draft_of(session: Session, event: Event) -> EventDraft:
    """An event as a draft, in local time: to show in the form, or to copy."""
    quotas = session.scalars(sa.select(Quota).where(Quota.event_id == event.id))
    capacities = {quota.workshop_id: quota.capacity for quota in quotas}
    return EventDraft(
        **{name: getattr(event, name) for name in _PLAIN},
        starts_at=event.starts_at.astimezone(PARIS),
        ends_at=event.ends_at.astimezone(PARIS),
        opens_at=event.opens_at and event.opens_at.astimezone(PARIS),
        closes_at=event.closes_at and event.closes_at.astimezone(PARIS),
        capacity=capacities[None],
        reminders=list(event.reminders),
        questions=form_queries.current(session, event.id).questions,
        sites=[(one.name, one.address, one.access) for one in event.sites],
        partners=[(one.name, one.url, one.role) for one in event.partners],
        slots=[
            SlotDraft(
                slot.label,
                slot.starts_at.astimezone(PARIS),
                slot.ends_at.astimezone(PARIS),
                [
                    WorkshopDraft(
                        one.title,
                        one.room,
                        capacities[one.id],
                        one.summary,
                        one.host,
                        _said(one.speakers),
                        one.title_en,
                        one.summary_en,
                    )
                    for one in slot.workshops
                ],
                slot.label_en,
            )
            for slot in event.slots
        ],
        programme=[
            ItemDraft(
                item.starts_at.astimezone(PARIS),
                item.ends_at and item.ends_at.astimezone(PARIS),
                item.title,
                item.speaker,
                item.place,
                item.slides,
                _said(item.speakers),
                item.title_en,
            )
            for item in event.programme
        ],
    )


def _said(speakers: Iterable[Speaker]) -> tuple[tuple[str, str, int | None], ...]:
    return tuple((one.name, one.role, one.minutes) for one in speakers)


def publish(session: Session, event_id: uuid.UUID, now: dt.datetime, *, who: str, site: str) -> Event:
    """Open the event's page to the public, with its form as it was prepared, and say so to the other services."""
    seats.lock_event(session, event_id)
    event = registering.load_event(session, event_id)
    if event.state == "published":
        return event
    if event.state == "called_off":
        raise RuleError("event-called-off", rules.CALLED_OFF)
    if event.ends_at <= now:
        raise RuleError("event-over", N_("Cet évènement est passé : changez sa date avant de le publier."))
    if event.state == "draft":  # of an event that people see, the form is published on its own page
        forms.publish_with_event(session, event.id, now, who=who)
    _set_state(session, event, "published", who, now)
    gatherings.event_published(session, event, capacity_of(session, event.id), site=site)
    return event


def announce_again(session: Session, now: dt.datetime, *, site: str) -> int:
    """Tell the other services once more of each event that the public sees and that is not over. Returns how many."""
    seen = sa.select(Event.id).where(Event.state.in_(("published", "closed")), Event.ends_at > now)
    found = list(session.scalars(seen.order_by(Event.id)))
    for event_id in found:
        event = registering.load_event(session, event_id)
        gatherings.event_published(session, event, capacity_of(session, event_id), site=site)
    return len(found)


def close(session: Session, event_id: uuid.UUID, now: dt.datetime, *, who: str) -> Event:
    """Stop taking registrations; the page stays, and so do the personal links."""
    seats.lock_event(session, event_id)
    event = registering.load_event(session, event_id)
    if event.state != "published":
        raise RuleError("event-not-open", N_("Cet évènement n’est pas ouvert aux inscriptions."))
    _set_state(session, event, "closed", who, now)
    return event


def archive(session: Session, event_id: uuid.UUID, now: dt.datetime, *, who: str) -> Event:
    """Put away what is over: no list shows it to the public any more, its address still does."""
    seats.lock_event(session, event_id)
    event = registering.load_event(session, event_id)
    if event.state not in ("published", "closed"):
        raise RuleError("event-not-open", N_("Seul un évènement publié ou clos s’archive."))
    if event.ends_at > now:
        raise RuleError("event-not-over", N_("Cet évènement n’est pas passé : il s’archivera après."))
    _set_state(session, event, "archived", who, now)
    return event


def withdraw(session: Session, event_id: uuid.UUID, now: dt.datetime, *, who: str, site: str) -> Event:
    """Back to a draft, as long as nobody registered: a link that people hold never leads nowhere. The others are told.

    A draft stays as it is.
    """
    seats.lock_event(session, event_id)
    event = registering.load_event(session, event_id)
    if event.state == "draft":
        return event
    registered = sa.select(sa.exists().where(Registration.event_id == event_id))
    if event.state in ("archived", "called_off") or session.scalar(registered):
        raise RuleError(
            "people-registered", N_("Des personnes sont inscrites : l’évènement ne redevient pas un brouillon.")
        )
    _set_state(session, event, "draft", who, now)
    gatherings.event_withdrawn(session, event, site=site)
    return event


def removable(session: Session, event: Event) -> bool:
    """Whether nobody can know of it: a draft that was never announced, and that no file has filled."""
    registered = sa.select(sa.exists().where(Registration.event_id == event.id))
    announced = any(row.what == "published" for row in audit.history(session, "event", event.id))
    return event.state == "draft" and not announced and not session.scalar(registered)


def refuse_to_remove(session: Session, event: Event) -> None:
    """Raises RuleError "event-known" unless it is `removable`."""
    if not removable(session, event):
        raise RuleError(
            "event-known",
            N_(
                "Cet évènement a été annoncé, ou des personnes y sont inscrites : il ne s’efface pas. S’il n’a pas "
                "lieu, annulez-le."
            ),
        )


def remove(session: Session, event_id: uuid.UUID, now: dt.datetime, *, who: str) -> None:
    """Remove a draft made by mistake, with its form and programme; its address is free again."""
    seats.lock_event(session, event_id)
    event = registering.load_event(session, event_id)
    refuse_to_remove(session, event)
    _record(session, event, "removed", who, {"title": event.title, "slug": event.slug}, None, now)
    session.execute(sa.delete(Event).where(Event.id == event_id))


def set_capacity(session: Session, quota_id: int, capacity: int, now: dt.datetime, *, who: str, site: str) -> int:
    """Change how many seats there are; new ones go to whoever waits at once. Returns how many moved up.

    A capacity below what is granted is refused: nobody loses a certain seat.
    """
    quota = session.get(Quota, quota_id)
    if quota is None:
        raise LookupError(f"no quota {quota_id}")
    seats.lock_event(session, quota.event_id)
    session.refresh(quota)
    taken = seats.taken(session, quota_id)
    if capacity < taken:
        raise RuleError(
            "capacity-below-taken",
            Sentence("%(taken)s places sont déjà données : la capacité ne peut pas descendre en dessous.", taken=taken),
            field="capacity",
        )
    kept = places(session, quota.event_id).event.kept if quota.kind == "event" else 0
    if capacity < min(quota.capacity, taken + kept):
        raise RuleError(
            "capacity-below-kept",
            Sentence(
                "%(taken)s places sont données et %(kept)s sont gardées par une réserve : réduisez d’abord la réserve.",
                taken=taken,
                kept=kept,
            ),
            field="capacity",
        )
    before, quota.capacity = quota.capacity, capacity
    session.flush()
    promoted = queues.promote(session, quota.event_id, now)
    event = registering.load_event(session, quota.event_id)
    _record(session, event, "capacity changed", who, {"capacity": before}, {"capacity": capacity}, now)
    changing.tell_promoted(session, promoted, now, site=site)
    if event.state == "published" and quota.kind == "event":
        gatherings.event_published(session, event, capacity, site=site)
    return len(promoted)


def capacity_of(session: Session, event_id: uuid.UUID) -> int:
    return session.scalars(sa.select(Quota.capacity).where(Quota.event_id == event_id, Quota.kind == "event")).one()


def _set_state(session: Session, event: Event, state: str, who: str, now: dt.datetime) -> None:
    before, event.state = event.state, state
    session.flush()
    _record(session, event, state, who, {"state": before}, {"state": state}, now)


def _record(
    session: Session,
    event: Event,
    what: str,
    who: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    now: dt.datetime,
) -> None:
    audit.record(session, who=who, what=what, thing="event", thing_id=event.id, before=before, after=after, now=now)
