"""Step 3 of nine: dates as they are typed and said in French. Next: services/registration/models/events.py."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from services.registration.rules.people import fold
from shared.clock import PARIS

WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
_MONTH_NUMBERS = {fold(name): number for number, name in enumerate(MONTHS, start=1)}
_WORDS = re.compile(r"^(?:(?P<weekday>[a-z]+)\.?,? )?(?P<day>\d{1,2})(?:er)? (?P<month>[a-z]+)\.? (?P<year>\d{4})$")
_FIGURES = re.compile(r"^(?:(?P<weekday>[a-z]+) )?(?P<day>\d{1,2})[/.-](?P<month>\d{1,2})[/.-](?P<year>\d{4})$")
_ISO = re.compile(r"^(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})$")
_TIME = re.compile(r"^(?P<hour>\d{1,2})(?:\s*[h:]\s*(?P<minute>\d{2})?)?$")


@dataclass(frozen=True)
class TypedDate:
    """A date that was read. `said` is the weekday that was typed, "" when none was."""

    date: dt.date
    said: str = ""

    @property
    def weekday(self) -> str:
        return WEEKDAYS[self.date.weekday()]

    @property
    def mismatch(self) -> str:
        """What to warn about, in French, or ""."""
        if not self.said or self.said == self.weekday:
            return ""
        return f"Le {french_date(self.date, weekday=False)} est un {self.weekday}, pas un {self.said}."


def read_date(text: str) -> TypedDate | None:
    """Reads "vendredi 14 octobre 2016", "14/10/2016" or "2016-10-14"; None when it is no date."""
    typed = fold(text)
    match = _WORDS.match(typed) or _FIGURES.match(typed) or _ISO.match(typed)
    if match is None:
        return None
    parts = match.groupdict()
    month = parts["month"]
    number = int(month) if month.isdigit() else _MONTH_NUMBERS.get(month)
    if number is None and not month.isdigit():
        found = [value for name, value in _MONTH_NUMBERS.items() if len(month) >= 3 and name.startswith(month)]
        number = found[0] if len(found) == 1 else None
    said = parts.get("weekday") or ""
    if number is None or (said and said not in WEEKDAYS):
        return None
    try:
        return TypedDate(dt.date(int(parts["year"]), number, int(parts["day"])), said)
    except ValueError:
        return None


def read_time(text: str) -> dt.time | None:
    """Reads "9h", "9 h 30", "09:30"; None when it is no time of day."""
    match = _TIME.match(text.replace("\u00a0", " ").replace("\u202f", " ").strip())
    if match is None:
        return None
    try:
        return dt.time(int(match["hour"]), int(match["minute"] or 0))
    except ValueError:
        return None


def french_date(date: dt.date, *, weekday: bool = True) -> str:
    """ "vendredi 14 octobre 2016", "1er mars 2017"."""
    day = "1er" if date.day == 1 else str(date.day)
    said = f"{day} {MONTHS[date.month - 1]} {date.year}"
    return f"{WEEKDAYS[date.weekday()]} {said}" if weekday else said


def example(today: dt.date) -> str:
    """A date as one may write it, some weeks ahead: what forms and refusals give as an example."""
    return french_date(today + dt.timedelta(days=30))


def at(date: dt.date, time: dt.time) -> dt.datetime:
    """That moment in Paris, as an aware instant."""
    return dt.datetime.combine(date, time, tzinfo=PARIS)
