"""Step 3 of nine: when a group meets next, in local time. Next: services/registration/models/groups.py."""

from __future__ import annotations

import calendar
import datetime as dt
from zoneinfo import ZoneInfo

from services.registration.rules.dates import at
from services.registration.rules.people import fold
from shared.clock import PARIS

LAST = 5
PARTNERS = {
    "Indian/Antananarivo": "Antananarivo",
    "Africa/Dakar": "Dakar",
    "Asia/Phnom_Penh": "Phnom Penh",
    "Asia/Hebron": "Ramallah",
    "America/Sao_Paulo": "Brasília",
    "Asia/Shanghai": "Chengdu",
}
"""Where partners live: the zone, and the town that says its time."""


def day_of(year: int, month: int, week: int, weekday: int) -> dt.date:
    """The first to fourth such weekday of a month, or the last one."""
    first, length = calendar.monthrange(year, month)
    day = 1 + (weekday - first) % 7 + 7 * (week - 1)
    return dt.date(year, month, day if day <= length else day - 7)


def following(last: dt.date | None, today: dt.date, *, every: int, week: int, weekday: int) -> dt.date:
    """The next day that the rule gives, after today and `every` months after the last meeting.

    Without a meeting yet: in the first month that still has it.
    """
    month = today.year * 12 + today.month - 1
    if last is not None:
        month = max(last.year * 12 + last.month - 1 + every, month)
    while True:
        day = day_of(month // 12, month % 12 + 1, week, weekday)
        if day > today:
            return day
        month += 1 if last is None else every


def meetings(
    first: dt.date, count: int, starts: dt.time, minutes: int, *, every: int, week: int, weekday: int
) -> list[tuple[dt.datetime, dt.datetime]]:
    """That many meetings from the first on. The hour is local: 14:00 stays 14:00 in winter."""
    found = []
    for number in range(count):
        month = first.year * 12 + first.month - 1 + number * every
        day = first if number == 0 else day_of(month // 12, month % 12 + 1, week, weekday)
        beginning = at(day, starts)
        found.append((beginning, (beginning.astimezone(dt.UTC) + dt.timedelta(minutes=minutes)).astimezone(PARIS)))
    return found


def elsewhere(moment: dt.datetime, zone: str, language: str = "fr") -> str:
    """ "16 h à Antananarivo", "16:00 in Antananarivo", or "" without partners elsewhere."""
    if zone not in PARTNERS:
        return ""
    local = moment.astimezone(ZoneInfo(zone))
    if language == "en":
        return f"{local:%H:%M} in {PARTNERS[zone]}"
    said = f"{local.hour}\u202fh" + (f"\u202f{local.minute:02d}" if local.minute else "")
    return f"{said} à {PARTNERS[zone]}"


def read_members(text: str) -> tuple[list[tuple[str, str, str, str]], list[str]]:
    """(first name, last name, e-mail, structure) of each line, separated by ";" or tabs; and the lines not read."""
    found, wrong = [], []
    seen: set[str] = set()
    for line in text.splitlines():
        parts = [part.strip() for part in line.replace("\t", ";").split(";")]
        if not any(parts):
            continue
        first, last, email, structure = (*parts, "", "", "", "")[:4]
        local, _, domain = email.partition("@")
        if (
            not first
            or not local
            or "." not in domain
            or " " in email
            or len(line) > 600
            or not line.replace("\t", ";").isprintable()
        ):
            wrong.append(line.strip()[:120])
        elif fold(email) not in seen:
            seen.add(fold(email))
            found.append((first[:120], last[:120], email[:254], structure[:200]))
    return found, wrong
