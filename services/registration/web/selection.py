"""A selection of registrations as an address says it, and as people read it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import get_locale
from sqlalchemy.orm import Session

from services.registration.models.events import Slot, Workshop
from services.registration.queries import forms, staff
from services.registration.queries.forms import Form
from services.registration.queries.selection import Wanted
from services.registration.queries.staff import SORTS
from services.registration.rules.choices import ACTOR_LABELS, DEPARTMENT_LABELS, STATE_FILTERS
from services.registration.rules.forms import YES, Condition, Question
from shared.web.words import _, ngettext

_COLUMN = re.compile(r"(q-)?[a-z][a-z0-9_]{0,39}")


def presence() -> dict[str, str]:
    return {"in": _("Pointés"), "out": _("Pas encore pointés")}


def wanted(args: Mapping[str, Any]) -> Wanted:
    """The selection that an address or a posted form describes; what makes no sense is left out."""

    def workshop(name: str) -> uuid.UUID | None:
        try:
            return uuid.UUID(args.get(name, ""))
        except ValueError:
            return None

    sort = args.get("sort", "name")

    def one_of(name: str, known: Mapping[str, str]) -> str:
        value = args.get(name, "")
        return value if value in known else ""

    return Wanted(
        search=args.get("q", "")[:200].replace("\x00", ""),
        status=one_of("etat", STATE_FILTERS),
        workshop=workshop("atelier"),
        seen_in=workshop("vu"),
        actor_type=one_of("type", ACTOR_LABELS),
        department=one_of("departement", DEPARTMENT_LABELS),
        present=one_of("present", {"in": "", "out": ""}),
        mark=args.get("marque", "")[:40].replace("\x00", ""),
        answer=_answer(args.get("reponse", "")),
        call_back=args.get("rappel", "") == "oui",
        unreached=args.get("courriel", "") == "non",
        ids=_ids(args),
        sort=sort if sort in SORTS else "name",
        descending=args.get("direction") == "desc",
        columns=tuple(dict.fromkeys(one for one in _listed(args, "col")[:60] if _COLUMN.fullmatch(one))),
    )


def _answer(text: str) -> Condition | None:
    """ "countries:mg": who chose this option of that question."""
    question, _colon, option = text[:200].partition(":")
    return Condition(question, (option,)) if question and option else None


def _ids(args: Mapping[str, Any]) -> tuple[uuid.UUID, ...]:
    """The boxes that were ticked; at most two pages of them."""
    found = []
    for text in _listed(args, "ids")[:100]:
        try:
            found.append(uuid.UUID(text))
        except ValueError:
            continue
    return tuple(dict.fromkeys(found))


def _listed(args: Mapping[str, Any], name: str) -> list[str]:
    """Of an address or a form, or of a filter that was kept."""
    return list(args.getlist(name) if hasattr(args, "getlist") else args.get(name, []))


def address(selected: Wanted) -> dict[str, Any]:
    """The arguments that `wanted` reads the same selection from; only those that say something."""
    said = {
        "q": selected.search,
        "etat": selected.status,
        "atelier": str(selected.workshop or ""),
        "vu": str(selected.seen_in or ""),
        "type": selected.actor_type,
        "departement": selected.department,
        "present": selected.present,
        "marque": selected.mark,
        "reponse": f"{selected.answer.question}:{selected.answer.values[0]}" if selected.answer else "",
        "rappel": "oui" if selected.call_back else "",
        "courriel": "non" if selected.unreached else "",
        "ids": [str(one) for one in selected.ids],
        "col": list(selected.columns),
    }
    return {name: value for name, value in said.items() if value}


def pairs(selected: Wanted) -> list[tuple[str, str]]:
    """The same for the hidden fields of a form."""
    return [
        (name, one)
        for name, value in address(selected).items()
        for one in (value if isinstance(value, list) else [value])
    ]


Answers = list[tuple[str, list[tuple[str, str]]]]
"""Each question with its options: what the address says, and words."""


def answers(form: Form) -> Answers:
    """What a list can be filtered by: the ordinary questions of `forms.with_former` that have options."""
    language = str(get_locale() or "fr")

    def options(one: Question) -> list[tuple[str, str]]:
        if one.type == "agreement":
            return [(f"{one.key}:{YES}", _("oui"))]
        return [(f"{one.key}:{option.key}", option.words.of(language)) for option in one.options]

    asked = [one for one in form.questions if not one.sensitive and (one.options or one.type == "agreement")]
    return [(one.label.of(language), options(one)) for one in asked]


def said(session: Session, event_id: uuid.UUID, selected: Wanted) -> list[str]:
    """The selection as a person would say it, with the words of its event; one sentence when it is everybody."""
    form = forms.with_former(session, forms.current(session, event_id))
    return in_words(selected, staff.workshops(session, event_id), answers(form))


def in_words(selected: Wanted, workshops: Sequence[tuple[Slot, Workshop]], known: Answers) -> list[str]:
    words = []
    if selected.search:
        words.append(_("« %(search)s » dans le nom, la structure, l’adresse ou la référence", search=selected.search))
    if selected.status:
        words.append(_("État : %(value)s", value=_(STATE_FILTERS[selected.status])))
    titles = {workshop.id: workshop.title for _slot, workshop in workshops}
    if selected.workshop:
        words.append(_("Atelier : %(value)s", value=titles.get(selected.workshop, "—")))
    if selected.seen_in:
        words.append(_("Vu·e dans un atelier : %(value)s", value=titles.get(selected.seen_in, "—")))
    if selected.actor_type:
        words.append(_("Type d’acteur : %(value)s", value=_(ACTOR_LABELS[selected.actor_type])))
    if selected.department:
        words.append(_("Département : %(value)s", value=_(DEPARTMENT_LABELS[selected.department])))
    if selected.present:
        words.append(presence()[selected.present])
    if selected.mark:
        words.append(_("Marque : %(value)s", value=selected.mark))
    if selected.answer:
        own = address(selected)["reponse"]
        found = [f"{label} {option}" for label, options in known for key, option in options if key == own]
        words.append(found[0] if found else _("Réponse : %(value)s", value=own))
    if selected.call_back:
        words.append(_("À rappeler"))
    if selected.unreached:
        words.append(_("Courriel non arrivé"))
    if selected.ids:
        count = len(selected.ids)
        words.append(ngettext("%(num)d inscription cochée", "%(num)d inscriptions cochées", count))
    return words or [_("Toutes les inscriptions, même annulées")]
