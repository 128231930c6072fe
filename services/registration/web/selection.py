"""A selection of registrations as an address says it, and as people read it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from services.registration.models.events import Slot, Workshop
from services.registration.queries.selection import Wanted
from services.registration.queries.staff import SORTS
from services.registration.rules.choices import ACTOR_LABELS, DEPARTMENTS, STATUSES
from shared.web.words import _, ngettext


def presence() -> dict[str, str]:
    return {"in": _("Pointés à l’accueil"), "out": _("Pas encore pointés")}


def wanted(args: Mapping[str, Any]) -> Wanted:
    """The selection that an address or a posted form describes; what makes no sense is left out."""
    try:
        workshop = uuid.UUID(args.get("atelier", ""))
    except ValueError:
        workshop = None
    sort = args.get("sort", "name")

    def one_of(name: str, known: Mapping[str, str]) -> str:
        value = args.get(name, "")
        return value if value in known else ""

    return Wanted(
        search=args.get("q", "")[:200].replace("\x00", ""),
        status=one_of("etat", STATUSES),
        workshop=workshop,
        actor_type=one_of("type", ACTOR_LABELS),
        department=one_of("departement", DEPARTMENTS),
        present=one_of("present", {"in": "", "out": ""}),
        mark=args.get("marque", "")[:40].replace("\x00", ""),
        call_back=args.get("rappel", "") == "oui",
        ids=_ids(args),
        sort=sort if sort in SORTS else "name",
        descending=args.get("direction") == "desc",
    )


def _ids(args: Mapping[str, Any]) -> tuple[uuid.UUID, ...]:
    """The boxes that were ticked; at most two pages of them."""
    given = args.getlist("ids") if hasattr(args, "getlist") else args.get("ids", [])
    found = []
    for text in list(given)[:100]:
        try:
            found.append(uuid.UUID(text))
        except ValueError:
            continue
    return tuple(dict.fromkeys(found))


def address(selected: Wanted) -> dict[str, Any]:
    """The arguments that `wanted` reads the same selection from; only those that say something."""
    said = {
        "q": selected.search,
        "etat": selected.status,
        "atelier": str(selected.workshop or ""),
        "type": selected.actor_type,
        "departement": selected.department,
        "present": selected.present,
        "marque": selected.mark,
        "rappel": "oui" if selected.call_back else "",
        "ids": [str(one) for one in selected.ids],
    }
    return {name: value for name, value in said.items() if value}


def pairs(selected: Wanted) -> list[tuple[str, str]]:
    """The same for the hidden fields of a form."""
    return [
        (name, one)
        for name, value in address(selected).items()
        for one in (value if isinstance(value, list) else [value])
    ]


def in_words(selected: Wanted, workshops: Sequence[tuple[Slot, Workshop]]) -> list[str]:
    """The selection as a person would say it; one sentence when it is everybody."""
    words = []
    if selected.search:
        words.append(_("« %(search)s » dans le nom, la structure, l’adresse ou la référence", search=selected.search))
    if selected.status:
        words.append(_("État : %(value)s", value=_(STATUSES[selected.status])))
    if selected.workshop:
        titles = [workshop.title for _slot, workshop in workshops if workshop.id == selected.workshop]
        words.append(_("Atelier : %(value)s", value=titles[0] if titles else "—"))
    if selected.actor_type:
        words.append(_("Type d’acteur : %(value)s", value=_(ACTOR_LABELS[selected.actor_type])))
    if selected.department:
        words.append(_("Département : %(value)s", value=_(DEPARTMENTS[selected.department])))
    if selected.present:
        words.append(presence()[selected.present])
    if selected.mark:
        words.append(_("Marque : %(value)s", value=selected.mark))
    if selected.call_back:
        words.append(_("À rappeler"))
    if selected.ids:
        count = len(selected.ids)
        words.append(ngettext("%(num)d inscription cochée", "%(num)d inscriptions cochées", count))
    return words or [_("Toutes les inscriptions, même annulées")]
