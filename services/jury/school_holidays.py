"""When the schools of a département are on holiday: the national calendar, by zone. Pure.

Source: the national school calendar, fixed by order and published in the Journal officiel (2026-2027: order of
22 October 2025). Corsica and the overseas départements have calendars of their own, which are not here. A further year
is one more `Year` in CALENDAR, once its order is out.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

Kind = Literal["autumn", "christmas", "winter", "spring", "summer", "closed"]

ZONES: dict[str, tuple[str, ...]] = {
    "A": (
        *("01", "03", "07", "15", "16", "17", "19", "21", "23", "24", "25", "26", "33", "38", "39", "40", "42"),
        *("43", "47", "58", "63", "64", "69", "70", "71", "73", "74", "79", "86", "87", "89", "90"),
    ),
    "B": (
        *("02", "04", "05", "06", "08", "10", "13", "14", "18", "22", "27", "28", "29", "35", "36", "37", "41"),
        *("44", "45", "49", "50", "51", "52", "53", "54", "55", "56", "57", "59", "60", "61", "62", "67", "68"),
        *("72", "76", "80", "83", "84", "85", "88"),
    ),
    "C": (
        *("09", "11", "12", "30", "31", "32", "34", "46", "48", "65", "66", "75", "77", "78", "81", "82", "91"),
        *("92", "93", "94", "95"),
    ),
}
"""The départements of each zone, by their academies."""


@dataclass(frozen=True)
class Year:
    """One school year: holidays that all zones share, and those that each has; first and last day off, both included.

    `begins`: the day the pupils come back. `ends`: the last day that this calendar tells, within the summer. `closed`:
    weekdays in term without school anywhere, public holidays and the bridge of Ascension."""

    begins: dt.date
    ends: dt.date
    shared: dict[Kind, tuple[dt.date, dt.date]]
    of_zone: dict[str, dict[Kind, tuple[dt.date, dt.date]]]
    closed: tuple[dt.date, ...]


def _off(*days: int) -> tuple[dt.date, dt.date]:
    return dt.date(*days[:3]), dt.date(*days[3:])


CALENDAR = (
    Year(
        dt.date(2025, 9, 1),
        dt.date(2026, 8, 31),
        {
            "autumn": _off(2025, 10, 18, 2025, 11, 2),
            "christmas": _off(2025, 12, 20, 2026, 1, 4),
            "summer": _off(2026, 7, 4, 2026, 8, 31),
        },
        {
            "A": {"winter": _off(2026, 2, 7, 2026, 2, 22), "spring": _off(2026, 4, 4, 2026, 4, 19)},
            "B": {"winter": _off(2026, 2, 14, 2026, 3, 1), "spring": _off(2026, 4, 11, 2026, 4, 26)},
            "C": {"winter": _off(2026, 2, 21, 2026, 3, 8), "spring": _off(2026, 4, 18, 2026, 5, 3)},
        },
        (dt.date(2025, 11, 11), dt.date(2026, 4, 6), dt.date(2026, 5, 1), dt.date(2026, 5, 8))
        + (dt.date(2026, 5, 14), dt.date(2026, 5, 15), dt.date(2026, 5, 25)),
    ),
    Year(
        dt.date(2026, 9, 1),
        dt.date(2027, 8, 31),
        {
            "autumn": _off(2026, 10, 17, 2026, 11, 1),
            "christmas": _off(2026, 12, 19, 2027, 1, 3),
            "summer": _off(2027, 7, 3, 2027, 8, 31),
        },
        {
            "A": {"winter": _off(2027, 2, 13, 2027, 2, 28), "spring": _off(2027, 4, 10, 2027, 4, 25)},
            "B": {"winter": _off(2027, 2, 20, 2027, 3, 7), "spring": _off(2027, 4, 17, 2027, 5, 2)},
            "C": {"winter": _off(2027, 2, 6, 2027, 2, 21), "spring": _off(2027, 4, 3, 2027, 4, 18)},
        },
        (dt.date(2026, 11, 11), dt.date(2027, 3, 29), dt.date(2027, 5, 6), dt.date(2027, 5, 7), dt.date(2027, 5, 17)),
    ),
)


@dataclass(frozen=True)
class Holiday:
    """A holiday that a day falls in; `first` and `last` are days without school."""

    kind: Kind
    zone: str
    first: dt.date
    last: dt.date


def zone_of(department: str) -> str | None:
    """A, B or C; None for a département with a calendar of its own, and for what is none."""
    return next((zone for zone, held in ZONES.items() if department in held), None)


def is_known(day: dt.date) -> bool:
    """Whether the calendar of that day is here."""
    return any(year.begins <= day <= year.ends for year in CALENDAR)


def on(day: dt.date, department: str) -> Holiday | None:
    """The holiday of that département's schools on that day; None on a day of school, and where nothing is known."""
    zone = zone_of(department)
    if zone is None:
        return None
    for year in CALENDAR:
        for kind, (first, last) in (year.shared | year.of_zone[zone]).items():
            if first <= day <= last:
                return Holiday(kind, zone, first, last)
        if day in year.closed:
            return Holiday("closed", zone, day, day)
    return None
