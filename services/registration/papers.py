"""The papers of the day as PDF: sheets to sign, room lists, certificates; badges are in badge_papers.py.

Each function takes rows and returns a `Paper`: what stands on it, in A4 once it is a PDF. What people typed goes to
the template as data and is set as text: nothing of it is ever read as Typst code.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import segno
import typst

from services.registration.logos import as_svg
from services.registration.models.events import Event, ProgrammeItem, Slot, Speaker, Workshop
from services.registration.models.partners import Logo
from services.registration.models.registrations import Registration
from services.registration.rules import days
from services.registration.rules.choices import ACTOR_TYPES
from services.registration.rules.english import told
from services.registration.rules.partners import CO_ORGANISER, ROLES
from services.registration.rules.tables import Plan
from shared.clock import PARIS

TEMPLATES = Path(__file__).parent / "templates" / "papers"

Logos = Mapping[str, Logo]
"""By name, with their octets."""
NO_LOGOS: Logos = {}

_MONTHS = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()
_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_ENGLISH_MONTHS = "January February March April May June July August September October November December".split()
_ENGLISH_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class Paper:
    """A template's name, and plain data for it."""

    template: str
    data: dict[str, Any]

    def pdf(self) -> bytes:
        """Its octets. Raises RuntimeError when the template is broken, never because of the data."""
        [made] = self.compiled("pdf")
        return made

    def compiled(self, to: Literal["pdf", "svg"]) -> list[bytes]:
        """As "pdf", or each page as "svg"."""
        inputs = {"data": json.dumps(self.data, ensure_ascii=False)}
        made: Any = typst.compile(TEMPLATES / f"{self.template}.typ", format=to, sys_inputs=inputs)
        return made if isinstance(made, list) else [made]


def attendance_sheets(
    event: Event, people: Sequence[Registration], workshops: Iterable[tuple[Workshop, Sequence[Registration]]]
) -> Paper:
    """A sheet to sign for the whole event, on each of its days, then one for each workshop."""
    whole = {"title": event.title, "when": when(event.starts_at, event.ends_at), "where": event.where}
    several = days.of(event.starts_at, event.ends_at)
    signs = {"signs": [f"{one.day} {_MONTHS[one.month - 1]}" for one in several] if len(several) > 1 else ["Signature"]}
    lists: list[dict[str, Any]] = [whole | signs | {"people": _rows(people)}]
    for workshop, seated in workshops:
        about = {
            "title": workshop.title,
            "when": when(workshop.starts_at, workshop.ends_at),
            "where": workshop.room or event.where,
            "signs": ["Signature"],
        }
        lists.append(about | {"people": _rows(seated)})
    return Paper("sheets", {"event": event.title, "organiser": event.organiser_name, "lists": lists})


def room_lists(
    event: Event,
    workshops: Iterable[tuple[Workshop, Sequence[Registration]]],
    seen: Mapping[uuid.UUID, Sequence[Registration]] = MappingProxyType({}),
) -> Paper:
    """What hangs on each door: workshop, time, host and who is expected. Where people were seen in it already, who came
    too, those without a seat last."""
    lists = [
        {
            "title": workshop.title,
            "when": when(workshop.starts_at, workshop.ends_at),
            "where": " · ".join(part for part in (workshop.room, workshop.host) if part),
            "signs": [],
        }
        | _turnout(seated, seen.get(workshop.id, []))
        for workshop, seated in workshops
    ]
    return Paper("sheets", {"event": event.title, "organiser": event.organiser_name, "lists": lists})


def _turnout(seated: Sequence[Registration], seen: Sequence[Registration]) -> dict[str, Any]:
    if not seen:
        return {"people": _rows(seated)}
    came, expected = {one.id for one in seen}, {one.id for one in seated}
    guests = [one for one in seen if one.id not in expected]
    rows = [row | {"came": "oui" if one.id in came else ""} for one, row in zip(seated, _rows(seated), strict=True)]
    return {
        "people": rows + [row | {"came": "oui, sans inscription"} for row in _rows(guests)],
        "expected": len(seated),
        "came": len(seen),
    }


def certificates(
    event: Event,
    people: Sequence[Registration],
    today: dt.date,
    logos: Logos = NO_LOGOS,
    now_called: str = "",
    attended: Mapping[uuid.UUID, Sequence[dt.date]] = MappingProxyType({}),
    seen_in: Mapping[uuid.UUID, Sequence[Workshop]] = MappingProxyType({}),
) -> Paper:
    """One certificate of attendance to a page, in the language of each registration: the others are papers of the
    house, this one is theirs. At its foot the logos of who stands behind the event.

    now_called: the name that its organiser has today, when it had another one then. attended: on which days the desk
    let each of them in, told where the meeting goes over several. seen_in: the workshops to be named.
    """
    return Paper(
        "certificates",
        {
            "event": event.title,
            "organiser": event.organiser_name,
            "where": event.where,
            "people": [
                {
                    "language": one.locale,
                    "name": one.full_name,
                    "structure": one.structure,
                    "event": told(event, "title", one.locale),
                    "when": during(event.starts_at, event.ends_at, one.locale),
                    "came": several_days(attended[one.id], one.locale) if one.id in attended else "",
                    "workshops": [told(workshop, "title", one.locale) for workshop in seen_in.get(one.id, [])],
                    "made_on": day(today, one.locale),
                }
                for one in people
            ],
            "logos": _drawn(logos),
            "now_called": now_called,
        },
    )


def table_plan(event: Event, title: str, plan: Plan, people: Sequence[Registration], draw: int) -> Paper:
    """Each table with its people, then everybody by name with their table."""
    by_id = {str(one.id): one for one in people}
    at = {guest.id: number for number, table in enumerate(plan.tables, 1) for guest in table}
    return Paper(
        "tables",
        {
            "event": event.title,
            "organiser": event.organiser_name,
            "title": title,
            "draw": str(draw),
            "tables": [
                {
                    "number": number,
                    "people": [
                        row | {"type": ACTOR_TYPES.get(guest.type, "")}
                        for guest in table
                        for row in _rows([by_id[guest.id]])
                    ],
                }
                for number, table in enumerate(plan.tables, 1)
            ],
            "people": [row | {"table": at[str(one.id)]} for one, row in zip(people, _rows(people), strict=True)],
        },
    )


def programme(event: Event, logos: Logos = NO_LOGOS) -> Paper:
    """What is handed out: every line of the programme, day by day, with who speaks and where."""
    lines: list[ProgrammeItem | Slot] = [*event.programme, *event.slots]
    lines.sort(key=lambda line: (line.starts_at, isinstance(line, Slot)))
    by_day: dict[dt.date, list[dict[str, Any]]] = {}
    for line in lines:
        by_day.setdefault(line.starts_at.astimezone(PARIS).date(), []).append(_line(line))
    return Paper(
        "programme",
        {
            "event": event.title,
            "organiser": event.organiser_name,
            "organised_by": f"Organisé par {event.organised_by}.",
            "when": when(event.starts_at, event.ends_at),
            "places": event.where.split(" ; "),
            "with": [f"{ROLES[one.role]} : {one.name}" for one in event.partners if one.role != CO_ORGANISER],
            "logos": _drawn(logos),
            "days": [{"title": day(date), "lines": found} for date, found in by_day.items()],
        },
    )


def poster(event: Event, address: str, logos: Logos = NO_LOGOS) -> Paper:
    """What hangs in a hall or goes round by mail: what, when, where, and the code of its public page."""
    closes = event.closes_at.astimezone(PARIS).date() if event.closes_at else None
    return Paper(
        "poster",
        {
            "event": event.title,
            "organiser": event.organiser_name,
            "organised_by": f"Organisé par {event.organised_by}.",
            "when": when(event.starts_at, event.ends_at),
            "places": event.where.split(" ; "),
            "summary": event.summary,
            "until": f"jusqu’au {day(closes)}" if closes else "",
            "address": address.partition("://")[2],
            "code": qr(address),
            "logos": _drawn(logos),
        },
    )


def _line(line: ProgrammeItem | Slot) -> dict[str, Any]:
    starts = hour(line.starts_at.astimezone(PARIS))
    hours = f"{starts} – {hour(line.ends_at.astimezone(PARIS))}" if line.ends_at else starts
    if isinstance(line, Slot):
        workshops = [
            {
                "title": one.title,
                "said": [text for text in (one.room, one.host, *map(_speaker, one.speakers)) if text],
            }
            for one in line.workshops
        ]
        return {"kind": "slot", "hours": hours, "title": line.label, "said": [], "workshops": workshops}
    said = [line.place, *(map(_speaker, line.speakers) if line.speakers else [line.speaker])]
    return {
        "kind": "moment",
        "hours": hours,
        "title": line.title,
        "said": [text for text in said if text],
        "workshops": [],
    }


def _speaker(one: Speaker) -> str:
    words = f"{one.name}, {one.role}" if one.role else one.name
    return f"{words} ({one.minutes}\u202fmin)" if one.minutes else words


def when(starts_at: dt.datetime, ends_at: dt.datetime) -> str:
    """ "vendredi 14 octobre 2016, de 9 h 00 à 17 h 00" in Paris time; two days are both named."""
    first, last = starts_at.astimezone(PARIS), ends_at.astimezone(PARIS)
    if first.date() == last.date():
        return f"{day(first.date())}, de {hour(first)} à {hour(last)}"
    return f"du {day(first.date())} au {day(last.date())}"


def during(starts_at: dt.datetime, ends_at: dt.datetime, language: str) -> str:
    """The same within a sentence: "on Friday 14 October 2016, from 9:00 to 17:00" for who reads English."""
    if language != "en":
        return when(starts_at, ends_at)
    first, last = starts_at.astimezone(PARIS), ends_at.astimezone(PARIS)
    if first.date() == last.date():
        return f"on {day(first.date(), 'en')}, from {first.hour}:{first.minute:02d} to {last.hour}:{last.minute:02d}"
    return f"from {day(first.date(), 'en')} to {day(last.date(), 'en')}"


def day(date: dt.date, language: str = "fr") -> str:
    """ "vendredi 14 octobre 2016"."""
    weekday = (_ENGLISH_DAYS if language == "en" else _DAYS)[date.weekday()]
    return f"{weekday} {_number(date, language)} {_month(date, language)} {date.year}"


def several_days(days: Sequence[dt.date], language: str = "fr") -> str:
    """ "le vendredi 14 octobre 2016", "les 14 et 15 octobre 2016", "les 31 octobre et 1er novembre 2016"."""
    one_day, more_days, joined = ("on", "on", "and") if language == "en" else ("le", "les", "et")
    if len(days) == 1:
        return f"{one_day} {day(days[0], language)}"
    said = []
    for number, one in enumerate(days):
        following = days[number + 1] if number + 1 < len(days) else None
        words = [_number(one, language)]
        if following is None or following.month != one.month:
            words.append(_month(one, language))
        if following is None or following.year != one.year:
            words.append(str(one.year))
        said.append(" ".join(words))
    return f"{more_days} {', '.join(said[:-1])} {joined} {said[-1]}"


def _number(date: dt.date, language: str) -> str:
    return "1er" if date.day == 1 and language != "en" else str(date.day)


def _month(date: dt.date, language: str) -> str:
    return (_ENGLISH_MONTHS if language == "en" else _MONTHS)[date.month - 1]


def hour(at: dt.datetime) -> str:
    """ "9 h 00", of an instant in Paris time."""
    return f"{at.hour}\u202fh\u202f{at.minute:02d}"


def _drawn(logos: Logos) -> list[str]:
    return [as_svg(one.body, one.width, one.height) for one in logos.values()]


def _rows(people: Iterable[Registration]) -> list[dict[str, str]]:
    return [{"last": one.last_name, "first": one.first_name, "structure": one.structure} for one in people]


def qr(said: str) -> str:
    """The code of a ticket, or of an address, as SVG; paper gets folded and scratched, so with error correction Q."""
    drawn = io.BytesIO()
    segno.make(said, error="q", micro=False).save(drawn, kind="svg", border=0, xmldecl=False, svgns=True)
    return drawn.getvalue().decode()


def qr_image(said: str) -> bytes:
    """The same as a PNG, about 700 points wide with its quiet border, for whoever makes a leaflet of their own."""
    drawn = io.BytesIO()
    segno.make(said, error="q", micro=False).save(drawn, kind="png", scale=18)
    return drawn.getvalue()
