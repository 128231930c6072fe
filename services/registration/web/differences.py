"""Step 1 of nine: what a changed registration becomes, in words, before it is saved. Next: use_cases/changing.py."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from typing import Any

from flask_babel import get_locale
from sqlalchemy.orm import Session

from services.registration.models.events import Event
from services.registration.queries import forms, wording
from services.registration.queries.places import places
from services.registration.queries.standing import Standing
from services.registration.rules import participants, people
from services.registration.rules import seats as rules
from services.registration.rules.english import told
from services.registration.use_cases import answering, changing, ranking
from services.registration.web import answers, questions
from shared.web.words import _


def said(
    session: Session, found: Standing, event: Event, form: forms.Form, data: dict[str, Any]
) -> list[tuple[str, str, str]]:
    """(question, answer before, answer after), in words."""
    words = answers.labels(event) | questions.labels(form, data["actor_type"])
    before = changing.answers(session, found.registration.id, by_rank=ranking.by_rank(event, data))
    data = changing.with_unasked(before, data, form.keys)
    agreed = found.registration.list_reach if found.registration.participant_list else data["list_reach"]
    words[participants.CONSENT] = participants.WORDING[agreed].of(questions.language())
    changes = people.differences(before, data, [*answering.ORDINARY, *answering.SENSITIVE])
    rows = [(words[name], answers.said(name, old), answers.said(name, new)) for name, old, new in changes]
    given = forms.given(session, found.registration.id)
    old_said = {row.question: row for row in wording.told(session, given, data["actor_type"], questions.language())}
    for one in form.questions:
        was, now_given = old_said.get(one.key), data["asked"].get(one.key)
        if (was.value if was else None) != (now_given.value if now_given else None):
            rows.append((words[questions.name_of(one)], was.said if was else "—", now_given.said if now_given else "—"))
    for slot in event.slots:
        titles = {workshop.id: _told(workshop, "title") for workshop in slot.workshops}
        old, new = (
            " > ".join(titles[one] for one in chosen if one in titles) or _("aucun")
            for chosen in ((given["workshops"] or given["wishes"]) for given in (before, data))
        )
        if old != new:
            rows.append((_told(slot, "label"), old, new))
    return rows


def _told(thing: Any, name: str) -> str:
    return told(thing, name, str(get_locale() or "fr"))


def meanwhile(session: Session, registration_id: uuid.UUID, values: Mapping[str, str]) -> bool:
    """Whether the registration changed since the form was filled: the person decides again, with both in view."""
    return values.get("seen", "") not in ("", changing.stamp(session, registration_id))


def kept(
    session: Session, registration_id: uuid.UUID, values: Mapping[str, str], but: Collection[str] = ()
) -> list[tuple[str, str]]:
    """What was typed, for the button that saves it; with the stamp of what it was compared to."""
    typed = {name: value for name, value in values.items() if name not in ("csrf_token", "use_email", "confirm", *but)}
    return list((typed | {"seen": changing.stamp(session, registration_id)}).items())


def lost(session: Session, found: Standing, event: Event, data: dict[str, Any]) -> list[str]:
    """Full workshops that saving would queue for: a certain seat given up for a rank is said before, not after."""
    if found.registration.status != rules.CONFIRMED:
        return []
    left = places(session, event.id).workshops
    held = {place.workshop.id for place in found.places}
    return [
        _told(workshop, "title")
        for workshop in event.workshops
        if workshop.id in data["workshops"] and workshop.id not in held and not left[workshop.id].grants
    ]
