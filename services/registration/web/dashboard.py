"""Step 1 of nine for the staff: the pictures of one event's dashboard, with their words. Next: queries/dashboard.py."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import get_locale
from markupsafe import Markup
from sqlalchemy.orm import Session

from services.registration.models.events import Event
from services.registration.queries import dashboard as queries
from services.registration.queries import forms as form_queries
from services.registration.rules import reminders
from services.registration.rules.choices import DIETS
from services.registration.rules.dates import at
from services.registration.rules.question_library import LIBRARY
from services.registration.rules.seats import Reserve
from shared.clock import PARIS
from shared.web.drawing import curves
from shared.web.i18n import date
from shared.web.words import _, ngettext


@dataclass(frozen=True)
class Date:
    """timed: the hour matters, too."""

    at: dt.datetime
    words: str
    timed: bool = True


def needs(session: Session, event: Event) -> dict[str, Any]:
    """Diets and access in numbers: for those of the staff who may read the answers behind them."""
    asked = {one.key for one in form_queries.current(session, event.id).questions}
    found = queries.needs(session, event.id, meals_only="meal" in asked)
    words = {key: _(text) for key, text in DIETS.items()} | {"allergy": _("Allergie")}
    return {
        "diets": [(words[diet], number) for diet, number in found.diets],
        "diet_notes": found.notes,
        "access_needs": found.access,
        "call_backs": found.call_back,
    }


def dates(session: Session, event: Event, reserves: Sequence[Reserve], now: dt.datetime) -> list[Date]:
    """What happens by itself around the event, and when, the first first.

    reserves: those that stand. A reminder says how many have left.
    """
    said = [Date(event.starts_at, _("La rencontre commence"))]
    if event.opens_at:
        said.append(Date(event.opens_at, _("Les inscriptions ouvrent")))
    if event.closes_at:
        said.append(Date(event.closes_at, _("Les inscriptions ferment")))
    if event.asks_ranks and event.allocation:
        said.append(Date(event.allocation.due_at, _("Les ateliers sont répartis d’après les vœux")))
    for day in {one.until for one in reserves}:
        words = _("Les places gardées qui restent vont à tout le monde")
        said.append(Date(at(day + dt.timedelta(days=1), dt.time()), words, timed=False))
    sent = queries.reminded(session, event.id)
    for number in event.reminders:
        day_of = reminders.day_of(event.starts_at, number)
        left = sent.get(number, 0)
        if left:
            words = ngettext("Rappel par courriel, %(num)d envoyé", "Rappel par courriel, %(num)d envoyés", left)
        elif day_of.date() < now.astimezone(PARIS).date():
            words = _("Rappel par courriel, aucun envoyé")
        else:
            words = _("Rappel par courriel à qui a une place")
        said.append(Date(day_of, words, timed=False))
    return sorted(said, key=lambda one: one.at)


def pictures(session: Session, event: Event, capacity: int, now: dt.datetime) -> dict[str, Any]:
    """What the template draws: the pace beside the last edition's, zones, whether a meal is asked."""
    earlier = queries.edition_before(session, event)
    own = queries.pace(session, event, now)
    last = queries.pace(session, earlier, earlier.starts_at) if earlier else None
    asked = {one.key: one for one in form_queries.current(session, event.id).questions}
    zones, answered = queries.by_zone(session, event.id) if queries.ZONES in asked else ([], 0)
    words = {
        one.key: one.words.of(str(get_locale() or "fr"))
        for one in (asked.get(queries.ZONES) or LIBRARY[queries.ZONES]).options
    }
    return {
        "pace": _pace(own, last, capacity) if own.points else None,
        "zones": [(words.get(key, key), number) for key, number in zones],
        "zones_answered": answered,
        "asks_meal": "meal" in asked,
    }


def _pace(own: queries.Pace, last: queries.Pace | None, capacity: int) -> dict[str, Any]:
    """The picture, the sentence that says the same, and the table behind: one row a week."""
    here = own.points[-1][0]
    before = last if last and last.points else None
    said = _said(own, before, here)
    first = min(own.points[0][0], *(point for point, _count in before.points[:1])) if before else own.points[0][0]
    first = min(first, -7)
    picture: Markup = curves(
        [*([(before.points, "before")] if before else []), (own.points, "now")],
        said,
        first=first,
        level=capacity,
        marks=[(day, _("J−%(days)d", days=-day) if day else _("jour J")) for day in _ticks(first)],
    )
    days = sorted({here, *(day for day in range(0, first - 1, -7))}, reverse=True)
    return {
        "picture": picture if _drawable(own, before, capacity) else None,
        "said": said,
        "level": capacity,
        "own": (own.event.title, own.total),
        "before": (before.event.title, before.total) if before else None,
        "rows": [(day, own.at(day) if day <= here else None, before.at(day) if before else None) for day in days],
    }


def _drawable(own: queries.Pace, before: queries.Pace | None, capacity: int) -> bool:
    """One day alone is no curve, and what lies on the floor of the picture is not seen: the sentence says it better."""
    lines = [one for one in (own, before) if one]
    return max(len(one.points) for one in lines) > 1 and 20 * max(one.total for one in lines) >= capacity


def _said(own: queries.Pace, before: queries.Pace | None, here: int) -> str:
    count = ngettext("%(num)d inscription", "%(num)d inscriptions", own.total)
    if here <= -queries.MOST_DAYS:  # the curve begins there: what came earlier has no distance of its own
        when = _("À %(days)d jours ou plus de la rencontre", days=queries.MOST_DAYS)
    elif here:
        when = ngettext("À %(num)d jour de la rencontre", "À %(num)d jours de la rencontre", -here)
    else:
        when = _("Le jour de la rencontre")
    if before is None or here <= -queries.MOST_DAYS:
        return _("%(when)s : %(count)s.", when=when, count=count)
    then, held = before.at(here), before.event.starts_at.astimezone(PARIS)
    gap = f"{own.total - then:+d}".replace("-", "−")
    if held.year == own.event.starts_at.astimezone(PARIS).year:
        return _(
            "%(when)s : %(count)s, contre %(then)d à la même distance pour « %(title)s », le %(day)s (%(gap)s).",
            when=when,
            count=count,
            then=then,
            title=before.event.title,
            day=date(held, weekday=False, year=False),
            gap=gap,
        )
    return _(
        "%(when)s : %(count)s, contre %(then)d à la même distance en %(year)d (%(gap)s).",
        when=when,
        count=count,
        then=then,
        year=held.year,
        gap=gap,
    )


def _ticks(first: int) -> list[int]:
    """Four or five days to name under the curve, the event's own last."""
    step = next(one for one in (7, 14, 30, 60, 90) if -first / one <= 5)
    return list(range(-(-first // step) * step, 1, step))
