"""What stands on the badges of an event, and of whom. Next: services/registration/badge_papers.py."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.badge_papers import More
from services.registration.models.events import Event, Workshop
from services.registration.models.partners import Logo
from services.registration.models.registrations import Registration
from services.registration.queries import columns, forms, papers, partners, wording
from services.registration.queries.staff import marks_of
from services.registration.rules import badges as rules
from services.registration.rules.badges import Badge


def questions(session: Session, event_id: uuid.UUID, language: str) -> dict[str, str]:
    """The questions of the form whose answers may be printed, with their words: none that is sensitive."""
    offered = columns.offered(forms.current(session, event_id), language)
    return {one.question: one.label for one in offered if one.question}


def of(session: Session, event: Event) -> Badge:
    """The badge of this event as it is printed now."""
    return rules.known(rules.of(event.badge), questions(session, event.id, "fr"))


def longest(session: Session, event_id: uuid.UUID) -> Registration | None:
    """Who has the longest name among those whose place is certain: theirs must fit."""
    letters = sa.func.greatest(sa.func.length(Registration.first_name), sa.func.length(Registration.last_name))
    query = sa.select(Registration).where(Registration.event_id == event_id, Registration.status == "confirmed")
    return session.scalars(query.order_by(letters.desc(), Registration.id).limit(1)).first()


def more(session: Session, event: Event, badge: Badge, people: Sequence[Registration]) -> dict[uuid.UUID, More]:
    """What this badge says of each beside their own words; two statements at most, none for a plain badge."""
    said, marks, workshops = {}, {}, dict[uuid.UUID, list[Workshop]]()
    ids = [one.id for one in people]
    if badge.question or badge.marks:
        answers = columns.answers([columns.Column("", "", badge.question)]) if badge.question else sa.null()
        query = sa.select(Registration.id, answers, marks_of() if badge.marks else sa.null())
        for row in session.execute(query.where(Registration.id.in_(ids))):
            said[row[0]] = wording.words(session, row[1], "fr").get(badge.question, "")
            marks[row[0]] = row[2] or []
    if "workshops" in badge.parts and event.workshops:
        seated = papers.by_workshop(session, event.id)
        for workshop in sorted(event.workshops, key=lambda one: one.starts_at):
            for one in seated.get(workshop.id, []):
                workshops.setdefault(one.id, []).append(workshop)
    return {one: More(said.get(one, ""), marks.get(one, []), workshops.get(one, [])) for one in ids}


def logo(session: Session, event: Event, *, drawn: bool = True) -> Logo | None:
    return next(iter(partners.logos(session, [event.organiser_name], drawn=drawn).values()), None)
