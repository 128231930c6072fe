"""When a call closes: a day in Paris, to its last second, whatever the clocks do that day. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from shared.clock import PARIS

GRACE = dt.timedelta(minutes=15)
"""How long after a deadline an upload may end that began before it, and what it belongs to be handed over."""
LAST_SECOND = dt.time(23, 59, 59)

PLACES: dict[str, str] = {
    "BF": "Africa/Ouagadougou",
    "BJ": "Africa/Porto-Novo",
    "BR": "America/Sao_Paulo",
    "CD": "Africa/Kinshasa",
    "CI": "Africa/Abidjan",
    "CM": "Africa/Douala",
    "CN": "Asia/Shanghai",
    "DZ": "Africa/Algiers",
    "GN": "Africa/Conakry",
    "HT": "America/Port-au-Prince",
    "IN": "Asia/Kolkata",
    "KH": "Asia/Phnom_Penh",
    "LA": "Asia/Vientiane",
    "LB": "Asia/Beirut",
    "MA": "Africa/Casablanca",
    "MG": "Indian/Antananarivo",
    "ML": "Africa/Bamako",
    "MR": "Africa/Nouakchott",
    "NE": "Africa/Niamey",
    "NP": "Asia/Kathmandu",
    "PE": "America/Lima",
    "PS": "Asia/Hebron",
    "SN": "Africa/Dakar",
    "TD": "Africa/Ndjamena",
    "TG": "Africa/Lome",
    "TN": "Africa/Tunis",
    "VN": "Asia/Ho_Chi_Minh",
}
"""Where the partner's clock is known: one time zone per country; for Brazil, that of Brasília."""


@dataclass(frozen=True)
class Clock:
    """What a clock of some place shows at an instant."""

    place: str
    at: dt.datetime


def closing(day: dt.date) -> dt.datetime:
    """ "13 septembre inclus à minuit, heure de Paris": 23:59:59 of that day, as an instant in UTC."""
    return dt.datetime.combine(day, LAST_SECOND, PARIS).astimezone(dt.UTC)


def day_of(closes_at: dt.datetime) -> dt.date:
    return closes_at.astimezone(PARIS).date()


def is_open(now: dt.datetime, closes_at: dt.datetime | None) -> bool:
    """Whether something that reaches the server now is in time: the whole last second is."""
    return closes_at is None or now < closes_at + dt.timedelta(seconds=1)


def in_grace(now: dt.datetime, closes_at: dt.datetime | None) -> bool:
    """Whether the deadline is over, but not for longer than the grace."""
    return not is_open(now, closes_at) and is_open(now - GRACE, closes_at)


def bridges(begun: dt.datetime, ended: dt.datetime, closes_at: dt.datetime | None) -> bool:
    """Whether an upload began in time, was arriving at the deadline, and ended within the grace."""
    return is_open(begun, closes_at) and in_grace(ended, closes_at)


def partner_clock(place: str, at: dt.datetime) -> Clock | None:
    """The same instant where the partner is, or None when the country's clock is not known here."""
    country = place.partition("-")[0]
    if country not in PLACES:
        return None
    return Clock(country, at.astimezone(ZoneInfo(PLACES[country])))
