"""Step 1 of nine: the staff's form for a new event, from a preset. Next: use_cases/events.py."""

from __future__ import annotations

import datetime as dt
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.registration import presets
from services.registration.presets import EventDraft, ItemDraft, SlotDraft, WorkshopDraft
from services.registration.rules.dates import TypedDate, at, french_date, read_date, read_time
from services.registration.use_cases.events import slug_of
from shared.web.forms import Loaded, MultiDict, load
from shared.web.words import _

SLOTS, WORKSHOPS = 2, 5


def _text(limit: int, *, required: bool = True, multiline: bool = False) -> fields.String:
    check = validate.Length(1 if required else 0, limit)
    more: dict[str, Any] = {"metadata": {"multiline": multiline}, "validate": check}
    return fields.String(required=True, **more) if required else fields.String(load_default="", **more)


class EventFields(ma.Schema):
    """What the form asks, the workshops aside."""

    title = _text(200)
    edition = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(1, 1000))
    slug = _text(80, required=False)
    summary = _text(500, required=False)
    description = _text(5000, required=False, multiline=True)
    date = _text(60)
    starts = _text(10)
    ends = _text(10)
    place = _text(200)
    address = _text(300, required=False)
    capacity = fields.Integer(required=True, validate=validate.Range(1, 100_000))
    opens = _text(60, required=False)
    closes = _text(60, required=False)
    to_bring = _text(2000, required=False, multiline=True)
    organiser_name = _text(200)
    organiser_email = fields.Email(required=True, validate=validate.Length(max=254))


def filled(draft: EventDraft) -> Loaded:
    """The form with a preset in it."""
    raw: dict[str, Any] = {
        name: getattr(draft, name)
        for name in (
            "title edition slug summary description place address capacity to_bring organiser_name organiser_email"
        ).split()
    }
    raw |= {
        "date": french_date(draft.starts_at.date()),
        "starts": f"{draft.starts_at:%H:%M}",
        "ends": f"{draft.ends_at:%H:%M}",
        "opens": french_date(draft.opens_at.date()) if draft.opens_at else "",
        "closes": french_date(draft.closes_at.date()) if draft.closes_at else "",
        "programme": "true" if draft.programme else "false",
    }
    number = 0
    for place, slot in enumerate(draft.slots, start=1):
        raw |= {
            f"slot{place}_label": slot.label,
            f"slot{place}_starts": f"{slot.starts_at:%H:%M}",
            f"slot{place}_ends": f"{slot.ends_at:%H:%M}",
        }
        for workshop in slot.workshops:
            number += 1
            raw |= {
                f"workshop{number}_title": workshop.title,
                f"workshop{number}_room": workshop.room,
                f"workshop{number}_capacity": workshop.capacity,
                f"workshop{number}_slot": place,
            }
    return Loaded(raw=raw)


def read(form: MultiDict, values: dict[str, str]) -> tuple[Loaded, EventDraft | None]:
    """The posted form, and the event it describes; None with the errors noted. Never raises."""
    found = load(EventFields(), form)
    data = found.data or {}
    day = _day(found, "date", values)
    opens = _day(found, "opens", values)
    closes = _day(found, "closes", values)
    starts, ends = _time(found, "starts", values), _time(found, "ends", values)
    if starts and ends and ends <= starts:
        found.refuse("ends", _("La fin vient après le début."))
    if opens and closes and closes < opens:
        found.refuse("closes", _("La clôture vient après l’ouverture."))
    if closes and day and closes > day:
        found.refuse("closes", _("Les inscriptions se ferment au plus tard le jour de la rencontre."))
    slots = _slots(found, values, day)
    if found.data is None or day is None or starts is None or ends is None:
        return found, None
    slug = slug_of(data["slug"] or f"{data['title']} {day.year}")
    if not slug:
        found.refuse("slug", _("L’adresse de la page s’écrit avec des lettres ou des chiffres."))
        return found, None
    draft = EventDraft(
        slug=slug,
        kind="agora",
        edition=data["edition"],
        title=data["title"],
        summary=data["summary"],
        description=data["description"],
        starts_at=at(day, starts),
        ends_at=at(day, ends),
        place=data["place"],
        address=data["address"],
        capacity=data["capacity"],
        to_bring=data["to_bring"],
        organiser_name=data["organiser_name"],
        organiser_email=data["organiser_email"],
        opens_at=at(opens, dt.time(9)) if opens else None,
        closes_at=at(closes, dt.time(23, 59, 59)) if closes else None,
        slots=slots,
        programme=_programme(day) if values.get("programme") else [],
    )
    return found, draft


def _programme(day: dt.date) -> list[ItemDraft]:
    return presets.agora(1, day).programme


def _day(found: Loaded, name: str, values: dict[str, str]) -> dt.date | None:
    """A date as typed. A weekday that does not fit is refused once, until it is confirmed."""
    text = values.get(name, "").strip()
    if not text or name in found.errors:
        return None
    typed: TypedDate | None = read_date(text)
    if typed is None:
        found.refuse(name, _("Écrivez une date, par exemple « vendredi 14 octobre 2016 »."))
        return None
    if not 1900 < typed.date.year < 2200:
        found.refuse(name, _("Cette année semble fausse."))
        return None
    if typed.mismatch and values.get(f"{name}_sure", "") != text:
        found.raw[f"{name}_sure"] = text
        found.refuse(
            name,
            _(
                "%(mismatch)s Corrigez le jour ou la date ; envoyé de nouveau tel quel, c’est la date qui compte.",
                mismatch=typed.mismatch,
            ),
        )
        return None
    return typed.date


def _time(found: Loaded, name: str, values: dict[str, str]) -> dt.time | None:
    if name in found.errors:
        return None
    time = read_time(values.get(name, "")[:20])
    if time is None:
        found.refuse(name, _("Écrivez une heure, par exemple 9 h 30."))
    return time


def _slots(found: Loaded, values: dict[str, str], day: dt.date | None) -> list[SlotDraft]:
    """Slots that have a workshop. Lines without a title are left out."""
    drafts: dict[int, list[WorkshopDraft]] = {}
    for number in range(1, WORKSHOPS + 1):
        title = values.get(f"workshop{number}_title", "").strip()
        if not title:
            continue
        capacity, slot = values.get(f"workshop{number}_capacity", ""), values.get(f"workshop{number}_slot", "")
        if len(title) > 200:
            found.refuse(
                f"workshop{number}_title", _("Ce texte est trop long : %(limit)s caractères au plus.", limit=200)
            )
        elif not (capacity.isascii() and capacity.isdigit() and 0 < int(capacity[:9]) <= 100_000):
            found.refuse(f"workshop{number}_capacity", _("Écrivez un nombre entier."))
        elif slot not in [str(one) for one in range(1, SLOTS + 1)]:
            found.refuse(f"workshop{number}_slot", _("Choisissez dans la liste."))
        else:
            room = values.get(f"workshop{number}_room", "").strip()[:120]
            drafts.setdefault(int(slot), []).append(WorkshopDraft(title, room, int(capacity)))
    slots = []
    for place, workshops in sorted(drafts.items()):
        starts, ends = _time(found, f"slot{place}_starts", values), _time(found, f"slot{place}_ends", values)
        if not (starts and ends and day):
            continue
        if ends <= starts:
            found.refuse(f"slot{place}_ends", _("La fin vient après le début."))
            continue
        label = values.get(f"slot{place}_label", "").strip()[:120] or _("Ateliers")
        slots.append(SlotDraft(label, at(day, starts), at(day, ends), workshops))
    return slots
