"""Step 3 of nine: what a form asks about the days of an event, and what becomes of it when these are others. Next:
services/registration/models/forms.py.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import replace

from services.registration.rules.forms import Condition, Option, Question, Questions, Words

_DAY = re.compile(r"^\d{4}-\d\d-\d\d$")


def attended(days: Iterable[dt.date]) -> Question:
    """Which days a person comes."""
    months = (
        ("janvier", "January"),
        ("février", "February"),
        ("mars", "March"),
        ("avril", "April"),
        ("mai", "May"),
        ("juin", "June"),
        ("juillet", "July"),
        ("août", "August"),
        ("septembre", "September"),
        ("octobre", "October"),
        ("novembre", "November"),
        ("décembre", "December"),
    )
    weekdays = (
        ("lundi", "Monday"),
        ("mardi", "Tuesday"),
        ("mercredi", "Wednesday"),
        ("jeudi", "Thursday"),
        ("vendredi", "Friday"),
        ("samedi", "Saturday"),
        ("dimanche", "Sunday"),
    )
    options = tuple(
        Option(
            day.isoformat(),
            Words(
                f"{weekdays[day.weekday()][0]} {'1er' if day.day == 1 else day.day} {months[day.month - 1][0]}",
                f"{weekdays[day.weekday()][1]} {day.day} {months[day.month - 1][1]}",
            ),
        )
        for day in days
    )
    return Question("days", "several", Words("Quels jours venez-vous ?", "On which days do you come?"), options=options)


def on_days(questions: Questions, days: Iterable[dt.date]) -> Questions:
    """The same form for an event on these days: what it asks about days names them. A form that does not ask stays.

    As many days as before: each takes the place of its own, in conditions too. Else a day that is asked already keeps
    its words. An answer that is no day stays. Of one day there is nothing to ask: everybody comes on it. A condition
    on days that are gone stays as it is, so that nobody is asked: see forms.lapsed.
    """
    own = next((one for one in questions if one.key == "days"), None)
    if own is None:
        return questions
    fresh = attended(sorted(set(days))).options
    dated = [one for one in own.options if _DAY.match(one.key)]
    if len(fresh) < 2:
        return _on_one_day(questions, {one.key for one in (dated if len(dated) == 1 else fresh)})
    if len(dated) == len(fresh):
        became = dict(zip(sorted(one.key for one in dated), (one.key for one in fresh), strict=True))
    else:
        became = {one.key: one.key for one in fresh}
    known = {one.key: one for one in dated if became.get(one.key) == one.key}
    others = tuple(one for one in own.options if one not in dated)
    became |= {one.key: one.key for one in others}

    def moved(one: Question) -> Question:
        if one.key == "days":
            return replace(one, options=tuple(known.get(day.key, day) for day in fresh) + others)
        if one.show_if is None or one.show_if.question != "days":
            return one
        values = tuple(became[value] for value in one.show_if.values if value in became)
        return replace(one, show_if=Condition("days", values)) if values else one

    return tuple(moved(one) for one in questions)


def _on_one_day(questions: Questions, day: set[str]) -> Questions:
    rest = (one for one in questions if one.key != "days")
    return tuple(
        replace(one, show_if=None)
        if one.show_if and one.show_if.question == "days" and day & {*one.show_if.values}
        else one
        for one in rest
    )
