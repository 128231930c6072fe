"""Step 1 of nine for the staff: where the people of a list of invitations come from. Next: queries/invitable.py."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import replace

import marshmallow as ma
from flask import request
from marshmallow import fields, validate
from sqlalchemy.orm import Session

from services.registration import people_files
from services.registration.models.events import Event
from services.registration.models.groups import ExchangeGroup
from services.registration.models.lists import SavedFilter
from services.registration.queries import invitable as queries
from services.registration.queries.selection import Wanted
from services.registration.rules import invitations as rules
from services.registration.rules.choices import ACTOR_TYPES, DEPARTMENTS, LIVING
from services.registration.rules.people import email_key
from services.registration.use_cases.inviting import Line, Source
from services.registration.web import answers, selection
from services.registration.web.events import find
from shared import clock
from shared.errors import RuleError
from shared.web.forms import load
from shared.web.words import _


class Guest(ma.Schema):
    """One line of a file. Whatever else it says opens the form, where it is read again."""

    first_name = answers.line(120)
    last_name = answers.line(120)
    email = fields.Email(required=True, validate=validate.Length(max=254))


_GUEST = Guest()
_LIMITS = {"phone": 40, "structure": 200, "function": 120}
_LISTS = {"actor_type": ACTOR_TYPES, "department": DEPARTMENTS}


def chosen(session: Session, source: str, origin: str) -> tuple[Source, list[Line]]:
    """What the posted form asks for, beside its file and the selection that it carries. Raises RuleError with the
    field."""
    kind, _colon, which = source.partition(":")
    if kind == "file":
        return Source("file", origin), _spoken(session, _of_file())
    if kind == "event":  # with the selection of its list
        other = find(session, which, programme=False)
        return _event(other), _lines(queries.of_event(session, other.id, selection.wanted(request.form)))
    if kind in ("registered", "came"):
        other = find(session, which, programme=False)
        args = {"present": "in"} if kind == "came" else {"etat": LIVING}
        people = queries.of_event(session, other.id, selection.wanted(args))
        return _event(other, kind), _lines(people)
    if kind == "filter" and (kept := session.get(SavedFilter, _id(which))):
        other = session.get_one(Event, kept.event_id)
        return _event(other), _lines(queries.of_event(session, other.id, living(selection.wanted(kept.selection))))
    if kind == "group" and (group := session.get(ExchangeGroup, _id(which))):
        return Source("group", group.name), _lines(queries.of_group(session, group.id))
    if kind == "members":
        people = queries.of_members(session, clock.now().date())
        return Source("members", _("les adhérents du réseau")), _spoken(session, _lines(people))
    raise RuleError("source-missing", _("Choisissez d’où viennent les personnes."), field="source", status=422)


def living(wanted: Wanted) -> Wanted:
    """The same; who cancelled is meant by their state, or one by one."""
    return wanted if wanted.status or wanted.ids else replace(wanted, status=LIVING)


def options(session: Session, event: Event) -> list[tuple[str, list[tuple[str, str]]]]:
    """The lists to choose from, under what they are of."""
    found = []
    kept = queries.filters(session, event.id)
    for other in queries.events(session, event.id):
        some = [
            (f"registered:{other.slug}", _("Toutes les personnes inscrites")),
            (f"came:{other.slug}", _("Les personnes venues")),
            *((f"filter:{one.id}", _("Filtre « %(name)s »", name=one.name)) for one, of in kept if of.id == other.id),
        ]
        found.append((other.title, some))
    if some := [(f"group:{one.id}", one.name) for one in queries.groups(session)]:
        found.append((_("Groupes d’échanges"), some))
    return [*found, (_("Structures"), [("members", _("Qui représente un adhérent"))])]


def _event(event: Event, kind: str = "registered") -> Source:
    return Source(kind, event.title, event.title_en)


def _id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.UUID(int=0)


def _lines(people: Iterable[queries.Person]) -> list[Line]:
    return [
        Line(number, f"{one['last_name']} {one['first_name']}".strip(), one["email"], one)
        for number, one in enumerate(people, start=1)
    ]


def _spoken(session: Session, lines: list[Line]) -> list[Line]:
    """The same, each in the language that the list says, else in the one they registered in last, else in French."""
    known = queries.languages(session, [one.email for one in lines if one.person])
    for one in lines:
        if one.person:
            one.person["locale"] = one.person["locale"] or known.get(email_key(one.email), "fr")
    return lines


def _of_file() -> list[Line]:
    given = request.files.get("file")
    content = given.stream.read(people_files.LARGEST + 1) if given else b""
    if not content:
        raise RuleError("file-missing", _("Choisissez un fichier."), field="file", status=422)
    return [_line(row) for row in people_files.read(content, rules.MOST)]


def _line(row: people_files.Row) -> Line:
    """What cannot open the form is left out of it; an address that cannot be written to is said."""
    values = {name: row.values[name] for name in ("first_name", "last_name", "email")}
    name = "".join(filter(str.isprintable, f"{values['last_name']} {values['first_name']}")).strip()
    found = load(_GUEST, answers.Posted(values))
    if found.data is not None:
        answers.check_address(found, found.data["email"])
    answers.check_language(found, row.unspoken)
    if found.data is None:
        labels = {"first_name": _("Prénom"), "last_name": _("Nom"), "email": _("Adresse électronique")}
        labels["locale"] = _("Langue")
        said = {
            field: errors[0] if values.get(field, row.unspoken) else _("Il manque dans cette ligne.")
            for field, errors in found.errors.items()
        }
        why = [f"{labels[field]}{_(' :')} {words}" for field, words in said.items()]
        return Line(row.line, name, "".join(filter(str.isprintable, values["email"])), None, " ".join(why))
    person = found.data | {"locale": row.locale}
    short = {field: row.values[field] for field, limit in _LIMITS.items() if len(row.values[field]) <= limit}
    person |= {field: text for field, text in short.items() if text.isprintable()}
    person |= {field: row.values[field] for field, known in _LISTS.items() if row.values[field] in known}
    return Line(row.line, name, found.data["email"], person)
