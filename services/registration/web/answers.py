"""Step 1 of nine: the form's fields, and what makes an answer unreadable. Next: services/registration/use_cases/."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import marshmallow as ma
from flask_babel import get_locale
from marshmallow import fields, validate

from services.registration.models.events import Event
from services.registration.queries.forms import Form
from services.registration.rules import participants
from services.registration.rules.allocation import MOST
from services.registration.rules.choices import ACTOR_TYPES, DEPARTMENT_LABELS, DEPARTMENTS, DIETS
from services.registration.rules.english import told
from services.registration.rules.forms import SECTIONS
from services.registration.rules.people import fold, is_reachable, suggest_email
from services.registration.web import questions
from services.registration.web.departments import departments
from shared.web.forms import Loaded, load, tidy
from shared.web.words import _, pgettext

NO_WORKSHOP = "none"
_SLOT = re.compile(rf"^(c\d-)?(slot-[0-9a-f-]{{36}})(-[1-{MOST}])?$")
LONGEST_NAME_KEY = 400  # some letters become eighteen when names are compared
_PHONE = re.compile(r"^\+?[0-9 ().\-\u00a0\u202f]{6,40}$")
_LETTER = re.compile(r"[^\W\d_]")


def line(limit: int, *, required: bool = False, **more: Any) -> fields.String:
    checks: list[Any] = [validate.Length(1 if required else 0, limit)]
    if required:
        return fields.String(required=True, validate=checks, **more)
    return fields.String(load_default="", validate=checks, **more)


class Answers(ma.Schema):
    """One person's answers, workshops aside: their fields depend on the event."""

    first_name = line(120, required=True)
    last_name = line(120, required=True)
    email = fields.Email(required=True, validate=validate.Length(max=254))
    phone = line(40)
    structure = line(200)
    function = line(120)
    actor_type = fields.String(required=True, validate=validate.OneOf(list(ACTOR_TYPES)))
    department = fields.String(required=True, validate=validate.OneOf(list(DEPARTMENTS)))
    meal = fields.Boolean(load_default=False)
    diet = fields.String(load_default="", validate=validate.OneOf(["", *DIETS]))
    diet_note = line(300)
    access = fields.String(load_default="", validate=validate.Length(max=1000), metadata={"multiline": True})
    call_back = fields.Boolean(load_default=False)
    newsletter = fields.Boolean(load_default=False)
    participant_list = fields.Boolean(load_default=False)
    carpool = fields.Boolean(load_default=False)
    photo = fields.Boolean(load_default=False)
    form_key = line(60)


_ANSWERS = Answers()  # making one copies every field: once is enough


class Posted:
    """A form with one value per name, as `load` reads it."""

    def __init__(self, values: dict[str, str]) -> None:
        self._values = values

    def __iter__(self) -> Any:
        return iter(self._values)

    def getlist(self, key: str) -> list[Any]:
        return [self._values[key]] if key in self._values else []


@dataclass(frozen=True)
class Asked:
    """The form in use, and the files that its fields may name."""

    form: Form
    files: questions.Files = field(default_factory=dict)

    @property
    def keys(self) -> set[str]:
        return self.form.keys

    @property
    def meal_required(self) -> bool:
        meal = self.form.get("meal")
        return meal is not None and meal.required and meal.show_if is None


def read(event: Event, values: dict[str, str], asked: Asked) -> Loaded:
    """The posted answers for `event`, one value per name. What is not asked is not read. Never raises."""
    inside = questions.held(asked.form, values)
    shown = questions.asked(asked.form, inside, values)
    found = load(_ANSWERS, Posted(questions.only_asked(values, shown)))
    typed = [(name, value) for name, value in values.items() if name != "csrf_token"][:1000]
    found.raw = {name: tidy(str(value)) for name, value in typed} | found.raw
    questions.read(asked.form, found, values, inside, shown, asked.files)
    data = found.data
    if data is not None:
        check_person(found)
        if data["phone"] and not _PHONE.match(data["phone"]):
            found.refuse(
                "phone", _("Écrivez un numéro de téléphone : chiffres et espaces, par exemple 05 61 00 00 00.")
            )
        if data["call_back"] and not data["phone"]:
            found.refuse("phone", _("Pour que nous vous rappelions, indiquez un numéro de téléphone."))
    suggest(found, values)
    chosen = choices(event, found, values)
    if data is not None:
        data |= chosen
        data["locale"] = str(get_locale() or "fr")
        data["list_reach"] = participants.read(values.get("list_reach"))
    return found


class Address(ma.Schema):
    """The one answer without which nothing can be mailed."""

    email = fields.Email(required=True, validate=validate.Length(max=254))


def address(values: dict[str, str]) -> Loaded:
    """Only the address of a form, checked as for a registration."""
    found = load(Address(), Posted({name: values[name] for name in ("email", "email_checked") if name in values}))
    if found.data is not None:
        check_address(found, found.data["email"])
    suggest(found, values)
    return found


def check_person(found: Loaded) -> None:
    """What is asked of every name and address beside their length."""
    if (data := found.data) is None:
        return
    for name in ("first_name", "last_name"):
        if not _LETTER.search(data[name]):
            found.refuse(name, _("Un nom contient au moins une lettre."))
    if len(fold(f"{data['last_name']} {data['first_name']}")) > LONGEST_NAME_KEY:
        found.refuse("last_name", _("Ce texte est trop long."))
    check_address(found, data["email"])


def check_language(found: Loaded, unspoken: str) -> None:
    """unspoken: what a file says that is no language we write in."""
    if unspoken:
        words = _(
            "« %(word)s » ne se lit pas. Écrivez français ou anglais, ou laissez la case vide.", word=unspoken[:40]
        )
        found.refuse("locale", words)


def check_address(found: Loaded, email: str) -> None:
    """Refuse an address that no mail of ours would reach."""
    local, _at, domain = email.rpartition("@")
    if not local.isascii() or "." not in domain:
        # Our relay would refuse it, and the ticket would reach nobody.
        found.refuse("email", _("Nos courriels n’arriveraient pas à cette adresse : vérifiez les accents et la fin."))


def suggest(found: Loaded, values: dict[str, str]) -> None:
    """Ask once when an address looks mistyped; sent again unchanged, it is taken as it is."""
    if "email" in found.errors:
        return
    email = str(found.raw.get("email", ""))
    meant = suggest_email(email)
    if meant and values.get("email_checked", "") != email:
        found.raw["email_checked"] = email
        found.raw["email_meant"] = meant
        found.refuse(
            "email", _("Vouliez-vous écrire %(meant)s ? Si l’adresse est juste, envoyez de nouveau.", meant=meant)
        )


def choices(event: Event, found: Loaded, values: dict[str, str]) -> dict[str, Any]:
    """`workshops`, one per slot, and `wishes`, the dearest first: whichever the form asked for when it was opened.

    `ranked`: it asked for ranks.
    """
    ranked = by_rank(event, values)
    return {
        "workshops": [] if ranked else workshops(event, found, values),
        "wishes": wishes(event, found, values) if ranked else [],
        "ranked": ranked,
    }


def by_rank(event: Event, values: Mapping[str, Any]) -> bool:
    """Whether this form asks for ranks: a form opened before the allocation still does after it."""
    has = {bool(found[3]) for name in values if (found := _SLOT.match(name))}
    return True in has or (event.asks_ranks and not has)


def _carry(event: Event, raw: dict[str, Any]) -> None:
    """What was typed in the other way, when the staff changed it meanwhile: the workshop chosen is the first wish."""
    if event.allocation is not None and not event.asks_ranks:
        return
    here, there = ("-1", "") if event.asks_ranks else ("", "-1")
    for name, value in list(raw.items()):
        found = _SLOT.match(name)
        if found and (found[3] or "") == there and value != NO_WORKSHOP:
            raw.setdefault(f"{found[1]}{found[2]}{here}", value)


def wishes(event: Event, found: Loaded, values: dict[str, str]) -> list[uuid.UUID]:
    """The ranked wishes of each slot; one named twice is said beside its slot, and one left out closes the gap."""
    chosen: list[uuid.UUID] = []
    for slot in event.slots:
        ids = {str(workshop.id): workshop.id for workshop in slot.workshops}
        for rank in range(1, MOST + 1):
            name = f"slot-{slot.id}-{rank}"
            value = values.get(name, "").strip()
            if value in ("", NO_WORKSHOP):
                continue
            if value not in ids:
                found.refuse(name, _("Cet atelier n’existe plus : choisissez dans la liste."))
            elif ids[value] in chosen:
                found.refuse(name, _("Vous avez déjà choisi cet atelier : prenez-en un autre, ou aucun."))
            else:
                chosen.append(ids[value])
    return chosen


def workshops(event: Event, found: Loaded, values: dict[str, str]) -> list[uuid.UUID]:
    """The workshops chosen, one per slot; an unknown one is said beside its slot."""
    chosen = []
    for slot in event.slots:
        name = f"slot-{slot.id}"
        value = values.get(name, "").strip()
        if value in ("", NO_WORKSHOP):
            continue
        ids = {str(workshop.id): workshop.id for workshop in slot.workshops}
        if value in ids:
            chosen.append(ids[value])
        else:
            found.refuse(name, _("Cet atelier n’existe plus : choisissez dans la liste."))
    return chosen


def labels(event: Event) -> dict[str, str]:
    """The question of each field, for the summary of errors and the list of differences."""
    return {
        "first_name": _("Prénom"),
        "last_name": pgettext("of a person", "Nom"),
        "email": _("Adresse électronique"),
        "phone": _("Téléphone"),
        "structure": _("Structure"),
        "function": _("Fonction"),
        "actor_type": _("Type d’acteur"),
        "department": _("Département"),
        "meal": _("Déjeuner"),
        "diet": _("Régime alimentaire"),
        "diet_note": _("Précision sur le repas"),
        "access": _("Besoins d’accessibilité"),
        "call_back": _("Être rappelé·e"),
        "workshops": _("Ateliers"),
        "newsletter": _("L’Écho du Réseau"),
        "participant_list": _("Liste des participants"),
        "carpool": _("Covoiturage"),
        "photo": _("Photos"),
    } | {
        f"slot-{slot.id}{end}": told(slot, "label", str(get_locale() or "fr"))
        for slot in event.slots
        for end in ("", *(f"-{n}" for n in range(1, MOST + 1)))
    }


def said(name: str, value: Any) -> str:
    """An answer in words, for people to compare."""
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if name == "email":
        return value if is_reachable(value) else "—"
    known = {"actor_type": ACTOR_TYPES, "department": DEPARTMENT_LABELS, "diet": DIETS}.get(name)
    if known:
        return _(known[value]) if value in known else "—"
    return "—" if value is None else str(value) or "—"


def as_raw(event: Event, answers: dict[str, Any]) -> dict[str, Any]:
    """Stored answers as the form's fields hold them."""
    raw = {
        name: ("true" if value else "false") if isinstance(value, bool) else "" if value is None else value
        for name, value in answers.items()
    }
    wished, ranked = set(raw.pop("workshops")), raw.pop("wishes")
    for slot in event.slots:
        inside = {workshop.id for workshop in slot.workshops}
        for rank, one in enumerate([one for one in ranked if one in inside], start=1):
            raw[f"slot-{slot.id}-{rank}"] = str(one)
        mine = [str(workshop.id) for workshop in slot.workshops if workshop.id in wished]
        raw[f"slot-{slot.id}"] = mine[0] if mine else NO_WORKSHOP
    return raw


def options(
    event: Event,
    asked: Asked,
    typed: Loaded,
    *,
    sections: Sequence[str] = SECTIONS,
    others: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, Any]:
    """The lists to choose from and the questions, in the reader's language.

    sections: in the order of the page. others: the labels of colleagues, who stand before the choices.
    """
    _carry(event, typed.raw)
    return {
        "actor_types": [(key, _(words)) for key, words in ACTOR_TYPES.items()],
        "departments": [(key, f"{words} ({key})" if key != "other" else words) for key, words in departments().items()],
        "asked": {
            "form": asked.form,
            "has": asked.keys,
            "meal_required": asked.meal_required,
            "sections": questions.sections(
                asked.form, typed, asked.files, typed.raw.get("list_reach", event.list_reach)
            ),
        },
        "labels": _in_order(event, asked.form, typed.raw.get("actor_type", ""), sections, others),
        "most_wishes": MOST,
        "by_rank": event.allocation is not None and (event.asks_ranks or by_rank(event, typed.raw)),
    }


def _in_order(
    event: Event, form: Form, actor_type: str, sections: Sequence[str], others: Mapping[str, str]
) -> dict[str, str]:
    """The label of each field as the page goes down: so does its summary of errors."""
    words = {**labels(event), **questions.labels(form, actor_type), **others}
    fixed = {"you": _IDENTITY, "day": [name for name in words if name.startswith("slot-")], "choices": list(others)}
    names = [
        name
        for section in sections
        for name in (*fixed[section], *(questions.name_of(one) for one in form.questions if one.section == section))
    ]
    return {name: words[name] for name in names} | words


_IDENTITY = ("first_name", "last_name", "email", "actor_type", "department")
