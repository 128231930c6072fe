"""Step 1 of nine: the staff's form for an event, new or changed. Next: use_cases/events.py."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Sequence
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.registration.drafts import EventDraft, SlotDraft, moved
from services.registration.rules import agenda, english, reminders
from services.registration.rules import partners as roles
from services.registration.rules.dates import TypedDate, at, french_date, read_date, read_time
from services.registration.use_cases.events import slug_of
from services.registration.web import workshop_lines
from services.registration.web.examples import example_day
from shared.web import i18n
from shared.web.forms import Loaded, MultiDict, load, tidy
from shared.web.words import _

TYPED = (
    "title edition summary description place address capacity to_bring word prerequisites "
    "organiser_name organiser_email"
).split() + [*english.EVENT]


SITE = ("site_name", "site_address", "site_access")
PARTNER = ("other_name", "other_url", "other_role")
ROWS = 12
TICKED = "✓"


def _text(limit: int, *, required: bool = True, multiline: bool = False) -> fields.String:
    check = validate.Length(1 if required else 0, limit)
    more: dict[str, Any] = {"metadata": {"multiline": multiline}, "validate": check}
    return fields.String(required=True, **more) if required else fields.String(load_default="", **more)


class EventFields(ma.Schema):
    """What the form asks; the time-table has a page of its own."""

    title = _text(200)
    edition = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(1, 1000))
    slug = _text(80, required=False)
    summary = _text(500, required=False)
    description = _text(5000, required=False, multiline=True)
    date = _text(60)
    last_date = _text(60, required=False)
    starts = _text(10)
    ends = _text(10)
    place = _text(200)
    address = _text(300, required=False)
    capacity = fields.Integer(required=True, validate=validate.Range(1, 100_000))
    by_invitation = fields.String(load_default="", validate=validate.OneOf(["", TICKED]))
    opens = _text(60, required=False)
    closes = _text(60, required=False)
    to_bring = _text(2000, required=False, multiline=True)
    word = _text(1000, required=False, multiline=True)
    prerequisites = _text(1000, required=False, multiline=True)
    tags = _text(400, required=False)
    title_en = _text(200, required=False)
    summary_en = _text(500, required=False)
    description_en = _text(5000, required=False, multiline=True)
    to_bring_en = _text(2000, required=False, multiline=True)
    word_en = _text(1000, required=False, multiline=True)
    prerequisites_en = _text(1000, required=False, multiline=True)
    organiser_name = _text(200)
    organiser_email = fields.Email(required=True, validate=validate.Length(max=254))


def labels() -> dict[str, str]:
    """The question of each field, for the summary of errors."""
    return {
        "title": _("Titre"),
        "edition": _("Numéro d’édition"),
        "date": _("Date"),
        "last_date": _("Dernier jour"),
        "starts": _("Début"),
        "ends": _("Fin"),
        "place": _("Lieu"),
        "address": _("Adresse"),
        "capacity": _("Places"),
        "by_invitation": _("Sur invitation"),
        "opens": _("Ouverture"),
        "closes": _("Clôture"),
        "organiser_name": _("Nom de l’organisation"),
        "organiser_email": _("Adresse électronique"),
        "slug": _("Adresse de la page"),
        "summary": _("En une phrase"),
        "description": _("Présentation"),
        "to_bring": _("À apporter"),
        "word": _("Un mot de l’équipe"),
        "prerequisites": _("Prérequis"),
        "tags": _("Étiquettes"),
        "title_en": _("Titre, en anglais"),
        "summary_en": _("En une phrase, en anglais"),
        "description_en": _("Présentation, en anglais"),
        "to_bring_en": _("À apporter, en anglais"),
        "word_en": _("Un mot de l’équipe, en anglais"),
        "prerequisites_en": _("Prérequis, en anglais"),
        "reminders": _("Rappels"),
        **{f"remind-{number}": _("Rappel, %(when)s", when=words) for number, words in remind_words().items()},
        "sites": _("Autres lieux"),
        "partners": _("Avec"),
        "starts_at": _("Début"),
        "ends_at": _("Fin"),
        "opens_at": _("Ouverture"),
        "closes_at": _("Clôture"),
    }


def remind_words() -> dict[int, str]:
    """The reminders an event may send, in words, the furthest first."""
    return {
        14: _("deux semaines avant"),
        7: _("une semaine avant"),
        3: _("trois jours avant"),
        1: _("la veille"),
    }


def said(value: Any) -> str:
    """A value of an event, or of its audit, in words."""
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if isinstance(value, str) and _INSTANT.match(value):
        value = dt.datetime.fromisoformat(value)
    if isinstance(value, dt.datetime):
        return i18n.moment(value)
    if isinstance(value, list) and all(isinstance(one, int) for one in value):
        return ", ".join(remind_words()[one] for one in value)
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    if isinstance(value, list):
        return _(" ; ").join(", ".join(part for part in _in_words(row) if part) for row in value)
    return "" if value is None else str(value)


def _in_words(row: Sequence[str]) -> Sequence[str]:
    """A site as it is; a partner with its role in words."""
    return [*row[:-1], _(roles.ROLES[row[-1]])] if row[-1] in roles.ROLES else row


def partner_roles() -> list[tuple[str, str]]:
    """What a partner may do, with its key."""
    return [(key, _(words)) for key, words in roles.ROLES.items()]


_ORDINAL = re.compile(r"(\d{1,3})(?:re|ère|e|ème|è)\b", re.IGNORECASE)
_INSTANT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$")


def filled(draft: EventDraft) -> Loaded:
    """The form with an event in it: of a template, an earlier one, or the one that is changed."""
    raw: dict[str, Any] = {name: getattr(draft, name) for name in (*TYPED, "slug")}
    several = draft.ends_at.date() != draft.starts_at.date()
    raw |= {
        "date": french_date(draft.starts_at.date()),
        "last_date": french_date(draft.ends_at.date()) if several else "",
        "starts": f"{draft.starts_at:%H:%M}",
        "ends": f"{draft.ends_at:%H:%M}",
        "by_invitation": TICKED if draft.by_invitation else "",
        "opens": french_date(draft.opens_at.date()) if draft.opens_at else "",
        "closes": french_date(draft.closes_at.date()) if draft.closes_at else "",
        **{f"remind-{number}": TICKED for number in draft.reminders},
        "tags": ", ".join(draft.tags),
        "programme": "true" if draft.programme or draft.slots else "",
    }
    raw |= {f"workshops-{number}": workshop_lines.said(slot.workshops) for number, slot in enumerate(draft.slots)}
    for number, row in enumerate(draft.sites):
        raw |= {f"{name}-{number}": value for name, value in zip(SITE, row, strict=True)}
    for number, other in enumerate(draft.partners):
        raw |= {f"{name}-{number}": value for name, value in zip(PARTNER, other, strict=True)}
    return Loaded.of(raw)


def rows(form: Loaded, name: str) -> int:
    """How many rows to show: those that are filled, and two empty ones."""
    filled = [number for number in range(ROWS) if form.raw.get(f"{name}-{number}")]
    return min(ROWS, (max(filled) + 1 if filled else 0) + (2 if filled else 1))


def _rows(found: Loaded, values: dict[str, str], names: tuple[str, ...], limits: tuple[int, ...]) -> list[Any]:
    """The rows that have a name; one with an address and no name is refused."""
    kept = []
    for number in range(ROWS):
        row = tuple(tidy(values.get(f"{name}-{number}", "")) for name in names)
        if not any(row[:-1] if names == PARTNER else row):
            continue
        if names == PARTNER:
            site = f"https://{row[1]}" if row[1] and ":" not in row[1] else row[1]  # as people say it
            row = (row[0], site, row[2] or roles.CO_ORGANISER)
        if not row[0]:
            found.refuse(f"{names[0]}-{number}", _("Écrivez le nom, ou videz la ligne."))
        for name, text, limit in zip(names, row, limits, strict=True):
            if len(text) > limit:
                found.refuse(
                    f"{name}-{number}", _("Ce texte est trop long : %(limit)s caractères au plus.", limit=limit)
                )
            elif not text.isprintable():
                found.refuse(f"{name}-{number}", _("Ce texte doit tenir sur une seule ligne."))
            elif name == "other_role" and text not in roles.ROLES:
                found.refuse(f"{name}-{number}", _("Choisissez dans la liste."))
            elif name == "other_url" and text and not text.startswith(("https://", "http://")):
                found.refuse(f"{name}-{number}", _("Cette adresse de site n’est pas complète : https://…"))
        kept.append(row)
    return kept


def read(
    form: MultiDict, values: dict[str, str], base: EventDraft, *, today: dt.date | None = None
) -> tuple[Loaded, EventDraft | None]:
    """The posted form, and the event it makes of `base`; None with the errors noted. Never raises.

    The time-table of `base` follows the first day and hour, when it is wanted. today: of an event that is new; its
    opening and closing follow the first day too, when they are still those that were proposed.
    """
    found = load(EventFields(), form)
    data = found.data or {}
    day = _day(found, "date", values)
    last = _day(found, "last_date", values)
    opens = _day(found, "opens", values)
    closes = _day(found, "closes", values)
    if today and day:
        opens, closes = _following(base, day, today, opens, closes)
    starts, ends = _time(found, "starts", values), _time(found, "ends", values)
    if day and last and last < day:
        found.refuse("last_date", _("Le dernier jour vient après le premier."))
    elif day and last and (last - day).days > 60:
        found.refuse("last_date", _("Un évènement dure soixante jours au plus ; pour plus, faites une série."))
    if starts and ends and ends <= starts and (last is None or last == day):
        found.refuse("ends", _("La fin vient après le début."))
    if opens and closes and closes < opens:
        found.refuse("closes", _("La clôture vient après l’ouverture."))
    if closes and day and closes > (last or day):
        found.refuse("closes", _("Les inscriptions se ferment au plus tard le jour de la rencontre."))
    said = _ORDINAL.match(data.get("title", ""))
    if said and data.get("edition") not in (None, int(said[1])):
        words = _("Le titre dit « %(said)s », ce numéro non. Corrigez l’un ou l’autre.", said=said[0])
        found.refuse("edition", words)
    tags = agenda.tags(data.get("tags", ""))
    if len(tags) > agenda.MOST_TAGS or any(len(one) > agenda.LONGEST_TAG for one in tags):
        found.refuse("tags", _("Huit étiquettes au plus, de quarante signes au plus, séparées par des virgules."))
    sites = _rows(found, values, SITE, (200, 300, 500))
    partners = _rows(found, values, PARTNER, (200, 300, 12))
    if found.data is None or day is None or starts is None or ends is None:
        return found, None
    named = slug_of(data["title"])
    slug = slug_of(data["slug"] or (named if named.endswith(f"-{day.year}") else f"{data['title']} {day.year}"))
    if not slug:
        found.refuse("slug", _("L’adresse de la page s’écrit avec des lettres ou des chiffres."))
        return found, None
    kept, titled = values.get("programme"), base.title
    base = moved(base if kept else dataclasses.replace(base, slots=[], programme=[]), at(day, starts))
    base = dataclasses.replace(base, slots=_slots(found, values, base.slots, data["capacity"]))
    if found.errors:
        return found, None
    if data["title"] == titled:
        data["title"] = base.title
    draft = dataclasses.replace(
        base,
        slug=slug,
        ends_at=at(last or day, ends),
        opens_at=at(opens, dt.time(9)) if opens else None,
        closes_at=at(closes, dt.time(23, 59, 59)) if closes else None,
        tags=tags,
        sites=sites,
        partners=partners,
        by_invitation=data["by_invitation"] == TICKED,
        reminders=[number for number in reminders.CHOICES if values.get(f"remind-{number}") == TICKED],
        **{name: data[name] for name in TYPED},
    )
    return found, draft


def _slots(found: Loaded, values: dict[str, str], slots: list[SlotDraft], capacity: int) -> list[SlotDraft]:
    """The slots with the workshops that were written; those without any are left out. Not asked, they stay."""
    made = []
    for number, slot in enumerate(slots):
        name = f"workshops-{number}"
        text = values.get(name)
        made.append(slot if text is None else workshop_lines.read(found, name, text[:20_000], slot, capacity))
    return [slot for slot in made if slot.workshops]


def _day(found: Loaded, name: str, values: dict[str, str]) -> dt.date | None:
    """A date as typed. A weekday that does not fit is refused once, until it is confirmed."""
    text = values.get(name, "").strip()
    if not text or name in found.errors:
        return None
    typed: TypedDate | None = read_date(text)
    if typed is None:
        found.refuse(name, _("Écrivez une date avec son année, par exemple « %(date)s ».", date=example_day()))
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


def _following(
    base: EventDraft, day: dt.date, today: dt.date, opens: dt.date | None, closes: dt.date | None
) -> tuple[dt.date | None, dt.date | None]:
    """Opening and closing as typed, or as far from the event as `base` proposed; until the eve if that is over."""
    days = day - base.starts_at.date()
    if opens and base.opens_at and opens == base.opens_at.date():
        opens += days
    if closes and base.closes_at and closes == base.closes_at.date():
        closes += days
        if closes < today <= day:
            closes = max(today, day - dt.timedelta(days=1))
    return opens, closes


def _time(found: Loaded, name: str, values: dict[str, str]) -> dt.time | None:
    if name in found.errors:
        return None
    time = read_time(values.get(name, "")[:20])
    if time is None:
        found.refuse(name, _("Écrivez une heure, par exemple 9 h 30."))
    return time
