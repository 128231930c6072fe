"""Step 1 for who checks: what was done anywhere in the network, by whom, in words. Next: queries/journal.py."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, render_template, request, url_for

from services.registration.queries import journal as queries
from services.registration.queries.journal import Entry
from services.registration.rules.choices import N_
from services.registration.web.happened import THINGS
from shared.identity import current_staff, requires
from shared.web import db
from shared.web.words import _

blueprint = Blueprint("journal", __name__, url_prefix="/equipe/journal")
WHO: dict[str, str] = {
    "participant": N_("la personne elle-même"),
    "contact": N_("qui a rempli le formulaire"),
    "host": N_("qui anime l’atelier"),
    "desk": N_("l’accueil"),
    "retention": N_("la règle de conservation"),
    "command": N_("une commande"),
    "mailer": N_("L’Écho"),
    "system": N_("Agora"),
    "webhooks": N_("Agora"),
}
"""Who is no staff member, by what stands before the colon."""
_NAMES = ("name", "title", "subject", "url", "since")
_MANY = "registration"
"""Hundreds a day: shown when they are asked for."""


@blueprint.get("/")
@requires("staff", "auditor")
def index() -> str:
    """A page of it. quoi: one kind of thing; avant: the last entry of the page before."""
    staff = current_staff()
    own = [thing for thing in THINGS if thing != "staff" or (staff and staff.has("admin"))]
    wanted = request.args.get("quoi", "")
    wanted = wanted if wanted in own else ""
    try:
        before = uuid.UUID(request.args["avant"]) if "avant" in request.args else None
    except ValueError:
        before = None
    with db().reading() as session:
        shown = [wanted] if wanted else [thing for thing in own if thing != _MANY]
        found, more = queries.entries(session, shown, before=before)
        return render_template(
            "journal.html",
            things={thing: _(THINGS[thing][0]) for thing in own},
            wanted=wanted,
            entries=found,
            more=found[-1].row.id if more else None,
            later=before is not None,
            happened=_happened,
            about=_about,
            address=_address,
            who=_who,
        )


def _happened(one: Entry) -> str:
    return _(THINGS[one.row.thing][1].get(one.row.what, one.row.what))


def _about(one: Entry) -> str:
    """What it was done to: its name of today, or the one that the entry keeps."""
    kept = one.row.after or one.row.before or {}
    return one.name or next((str(kept[name]) for name in _NAMES if kept.get(name)), "")


def _who(one: Entry) -> str:
    words = WHO.get(one.row.who.partition(":")[0])
    return _(words) if words else one.row.who


def _address(one: Entry) -> str:
    """The page of the thing, "" when it has none or is no more."""
    if not one.name:
        return ""
    id = one.row.thing_id
    pages: dict[str, tuple[str, dict[str, Any]]] = {
        "event": ("events.show", {"slug": one.slug}),
        "registration": ("people.show", {"registration_id": id}),
        "message": ("messages.show", {"slug": one.slug, "message_id": id}),
        "invitation_round": ("invitations.show", {"slug": one.slug, "round_id": id}),
        "assembly": ("assemblies.show", {"assembly_id": id}),
        "group": ("groups.show", {"slug": one.slug}),
        "structure": ("structures.show", {"structure_id": id}),
        "staff": ("accounts.detail", {"staff_id": id}),
    }
    if one.row.thing not in pages:
        return ""
    endpoint, values = pages[one.row.thing]
    return url_for(endpoint, **values)
