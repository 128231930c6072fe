"""Step 1 of nine: the staff's forms for one line of a programme. Next: use_cases/programme_editing.py."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.registration.models.events import Event
from services.registration.rules import timetable
from services.registration.rules.dates import at, read_time
from services.registration.rules.editing import later
from services.registration.rules.english import told
from services.registration.web import answers
from shared.clock import PARIS
from shared.web import i18n
from shared.web.forms import Loaded, load
from shared.web.words import _

SPEAKERS = 6
"""So many can be named in one line; empty rows are left out."""
MOMENT, SLOT, WORKSHOP = "moment", "creneau", "atelier"


def _text(limit: int, *, required: bool = False, multiline: bool = False) -> fields.String:
    check = validate.Length(1 if required else 0, limit)
    if required:
        return fields.String(required=True, validate=check)
    return fields.String(load_default="", validate=check, metadata={"multiline": multiline})


class _Timed(ma.Schema):
    day = fields.Date(required=True)
    starts = _text(10, required=True)
    ends = _text(10)


class MomentFields(_Timed):
    title = _text(200, required=True)
    title_en = _text(200)
    place = _text(120)
    slides = fields.Url(load_default="", schemes={"https", "http"}, validate=validate.Length(max=300))


class SlotFields(_Timed):
    label = _text(120, required=True)
    label_en = _text(120)


class WorkshopFields(ma.Schema):
    title = _text(200, required=True)
    summary = _text(1000, multiline=True)
    title_en = _text(200)
    summary_en = _text(1000, multiline=True)
    host = _text(200)
    room = _text(120)
    capacity = fields.Integer(required=True, validate=validate.Range(1, 100_000))


_FORMS: dict[str, type[ma.Schema]] = {MOMENT: MomentFields, SLOT: SlotFields, WORKSHOP: WorkshopFields}


def labels() -> dict[str, str]:
    return {
        "title": _("Titre"),
        "label": _("Nom du créneau"),
        "day": _("Jour"),
        "starts": _("Début"),
        "ends": _("Fin"),
        "starts_at": _("Début"),
        "ends_at": _("Fin"),
        "place": _("Salle"),
        "room": _("Salle"),
        "slides": _("Adresse du support"),
        "summary": _("Présentation"),
        "title_en": _("Titre, en anglais"),
        "label_en": _("Nom du créneau, en anglais"),
        "summary_en": _("Présentation, en anglais"),
        "host": _("Animation"),
        "capacity": _("Places"),
        "speakers": _("Qui parle"),
    }


def days(event: Event) -> list[tuple[str, str]]:
    """Each day of the event, to choose from."""
    first, last = event.starts_at.astimezone(PARIS).date(), event.ends_at.astimezone(PARIS).date()
    found = [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]
    return [(day.isoformat(), i18n.date(day)) for day in found]


def filled(kept: dict[str, Any]) -> dict[str, Any]:
    """What the fields show of a line that is there."""
    raw = {name: value for name, value in kept.items() if value is not None and name != "speakers"}
    if starts := raw.pop("starts_at", None):
        local = starts.astimezone(PARIS)
        raw |= {"day": local.date().isoformat(), "starts": f"{local:%H:%M}"}
    if ends := raw.pop("ends_at", None):
        raw["ends"] = f"{ends.astimezone(PARIS):%H:%M}"
    for number, (name, role, minutes) in enumerate(kept.get("speakers", [])):
        raw |= {f"name-{number}": name, f"role-{number}": role, f"minutes-{number}": minutes or ""}
    return raw


def read(kind: str, posted: dict[str, str], event: Event) -> tuple[Loaded, dict[str, Any] | None]:
    """The posted line; None with the errors noted. Never raises."""
    found = load(_FORMS[kind](), answers.Posted(posted))
    data = dict(found.data or {})
    if kind != WORKSHOP:
        data |= _times(found, posted, data.pop("day", None), required=kind == SLOT)
        data.pop("starts", None), data.pop("ends", None)
    if kind != SLOT:
        data["speakers"] = _speakers(found, posted)
    day = data.get("starts_at") and data["starts_at"].date().isoformat()
    if day and day not in dict(days(event)):
        found.refuse("day", _("Choisissez dans la liste."))
    return found, data if found.data is not None else None


def _times(found: Loaded, posted: dict[str, str], day: dt.date | None, *, required: bool) -> dict[str, Any]:
    starts, ends = read_time(posted.get("starts", "")[:20]), read_time(posted.get("ends", "")[:20])
    if starts is None and "starts" not in found.errors:
        found.refuse("starts", _("Écrivez une heure, par exemple 9 h 30."))
    if ends is None and (required or posted.get("ends", "").strip()):
        found.refuse("ends", _("Écrivez une heure, par exemple 9 h 30."))
    if starts and ends and ends <= starts:
        found.refuse("ends", _("La fin vient après le début."))
    if day is None or starts is None:
        return {}
    return {"starts_at": at(day, starts), "ends_at": at(day, ends) if ends else None}


def _speakers(found: Loaded, posted: dict[str, str]) -> list[tuple[str, str, int | None]]:
    speakers: list[tuple[str, str, int | None]] = []
    for number in range(SPEAKERS):
        name, role, minutes = (posted.get(f"{one}-{number}", "").strip() for one in ("name", "role", "minutes"))
        if not name and not role and not minutes:
            continue
        if not name:
            found.refuse(f"name-{number}", _("Écrivez le nom, ou videz la ligne."))
        elif len(name) > 200 or len(role) > 200:
            found.refuse(f"name-{number}", _("Ce texte est trop long : %(limit)s caractères au plus.", limit=200))
        elif not (name + role).isprintable():
            found.refuse(f"name-{number}", _("Ce texte contient des caractères invisibles : recopiez-le à la main."))
        elif minutes and not (
            minutes.isascii() and minutes.isdigit() and len(minutes) <= 4 and 1 <= int(minutes) <= 600
        ):
            found.refuse(f"minutes-{number}", _("Une durée en minutes, de 1 à 600."))
        else:
            speakers.append((name, role, int(minutes) if minutes else None))
    return speakers


def said(value: Any) -> str:
    """A value of a line, in words."""
    if isinstance(value, dt.datetime):
        return i18n.moment(value)
    if isinstance(value, list):
        return _(" ; ").join(speaker(*one) for one in value)
    return "" if value is None else str(value)


def speaker(name: str, role: str, minutes: int | None) -> str:
    """ "Awa Diop, présidente (10 min)"."""
    words = f"{name}, {role}" if role else name
    return _("%(who)s (%(minutes)s min)", who=words, minutes=minutes) if minutes else words


def uses(event: Event, language: str = "fr") -> list[timetable.Use]:
    """The whole programme as uses of rooms, titles in that language where somebody wrote them."""
    found = [
        timetable.Use(
            told(item, "title", language),
            item.place,
            item.starts_at,
            item.starts_at if item.ends_at is None else item.ends_at,
            tuple(one.name for one in item.speakers),
            f"{MOMENT}/{item.id}",
        )
        for item in event.programme
        if item.ends_at
    ]
    return found + [
        timetable.Use(
            told(workshop, "title", language),
            workshop.room,
            workshop.starts_at,
            workshop.ends_at,
            tuple(one.name for one in workshop.speakers),
            f"{WORKSHOP}/{workshop.id}",
        )
        for workshop in event.workshops
    ]


def warnings(event: Event, found: list[timetable.Use]) -> list[str]:
    """What of the time-table does not fit together, in words."""
    said = [
        _(
            "Salle « %(room)s » : « %(one)s » et « %(other)s » en même temps.",
            room=one.room,
            one=one.title,
            other=other.title,
        )
        for one, other in timetable.room_clashes(found)
    ]
    said += [
        _("%(name)s parle à la fois dans « %(one)s » et « %(other)s ».", name=name, one=one.title, other=other.title)
        for name, one, other in timetable.people_clashes(found)
    ]
    return said + [_outside([use]) for use in timetable.outside(found, event.starts_at, event.ends_at)]


def outside(event: Event, starts_at: dt.datetime, ends_at: dt.datetime, moved: dt.timedelta = dt.timedelta(0)) -> str:
    """What of the programme, slots without workshops too, would not lie within these hours; "" when all does.

    moved: by how much the programme follows the first hour."""
    lines = [(one.label, one.starts_at, one.ends_at) for one in event.slots]
    lines += [(one.title, one.starts_at, one.ends_at or one.starts_at) for one in event.programme]
    found = timetable.outside(
        [timetable.Use(title, "", later(first, moved), later(last, moved)) for title, first, last in lines],
        starts_at,
        ends_at,
    )
    return _outside(found) if found else ""


def _outside(found: list[timetable.Use]) -> str:
    """Each with its hours, and its day where they are of several."""
    several = len({one.astimezone(PARIS).date() for use in found for one in (use.starts_at, use.ends_at)}) > 1
    hour = i18n.moment if several else i18n.time
    what = [_("« %(title)s » (%(hours)s)", title=one.title, hours=_hours(one, hour)) for one in found]
    return _("En dehors des heures de la rencontre : %(what)s.", what=", ".join(what))


def _hours(use: timetable.Use, said: Callable[[dt.datetime], str]) -> str:
    # A line may break after a dash, whatever space follows: it is joined to it.
    first, last = said(use.starts_at), i18n.time(use.ends_at)
    return first if use.starts_at == use.ends_at else f"{first}\xa0–\u2060\xa0{last}"
