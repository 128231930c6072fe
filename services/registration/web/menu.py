"""The way around: what concerns the whole network, and, inside an event, a few groups in the order of the work."""

from __future__ import annotations

from typing import Any

from flask import current_app, request, url_for

from services.registration.models import Event
from services.registration.rules import evaluation
from shared.identity import current_staff
from shared.web.menu import Group, Page, current, group
from shared.web.words import _

Entry = tuple[str, str, tuple[str, ...]]
"""The endpoint of a page, its name, the roles that may open it (none: any staff)."""

ALL: tuple[str, ...] = ()
READ = ("staff", "auditor")
MONEY = ("staff", "auditor", "treasurer")
DOOR = ("staff", "desk", "auditor")
_BEHIND = {
    "assembly_calling_off": "assemblies.index",
    "assembly_drafts": "assemblies.index",
    "assembly_notices": "assemblies.index",
    "sittings": "assemblies.index",
    "assembly_voters": "assemblies.index",
    "bulk": "people.index",
    "on_behalf": "people.index",
    "imports": "people.index",
    "calling_off": "events.show",
    "badges": "papers.index",
    "trying": "form_builder.show",
    "framing": "form_builder.show",
    "device_files": "desks.index",
}


_BY_LINK = (
    "personal",
    "transfers",
    "carpool",
    "matchmaking",
    "participants.show",
    "participants.agree",
    "erasure",
    "public.resume",
)


def way_out() -> tuple[str, str] | None:
    """Where a personal link that opens nothing leads on to, (address, words): to a fresh one. None elsewhere."""
    if request.blueprint in _BY_LINK or request.endpoint in _BY_LINK:
        return url_for("public.ask_link"), _("Recevoir mon lien personnel")
    return None


def network() -> list[Group]:
    """What stands above the events."""
    return _shown(
        [
            (_("Évènements"), [("events.index", _("Évènements"), DOOR)]),
            (_("L’année"), [("year.index", _("L’année"), READ)]),
            (
                _("Assemblées"),
                [
                    ("assemblies.index", _("Assemblées"), MONEY),
                    ("board.show", _("Conseil"), MONEY),
                    ("statutes.index", _("Statuts"), MONEY),
                ],
            ),
            (_("Groupes d’échanges"), [("groups.index", _("Groupes d’échanges"), READ)]),
            (
                _("Structures"),
                [
                    ("structures.index", _("Structures"), READ),
                    ("directory.index", _("Annuaire"), READ),
                    ("support.index", _("Accompagnement"), READ),
                    ("skills.index", _("Compétences"), READ),
                    ("members.index", _("Adhérents"), READ),
                ],
            ),
            (_("Bilan"), [("report.index", _("Bilan"), MONEY)]),
            (
                _("Réglages"),
                [
                    ("erasure.retention", _("Conservation"), READ),
                    ("staff_erasure.show", _("Effacer une personne"), ("staff",)),
                    ("legal.register", _("Registre des traitements"), READ),
                    ("journal.index", _("Journal"), READ),
                    ("accounts.listing", _("Comptes de l’équipe"), ("admin",)),
                    ("identity.index", _("Identité du réseau"), ("admin",)),
                    ("programs.index", _("Programmes des partenaires"), ("admin",)),
                    ("deadletters.index", _("Messages mis de côté"), ("admin",)),
                ],
            ),
        ]
    )


def of(event: Event) -> list[Group]:
    """Inside an event; only what this person may open."""
    return _shown(
        [
            (_("Évènements"), [("events.index", _("Évènements"), ALL)]),
            (_("Tableau de bord"), [("events.show", _("Tableau de bord"), ALL)]),
            (
                _("Préparer"),
                [
                    ("event_editing.edit", _("Modifier"), ("staff",)),
                    ("form_builder.show", _("Formulaire"), ("staff",)),
                    ("programme.index", _("Programme"), ("staff",)),
                    ("documents.index", _("Documents"), READ),
                    ("partners.index", _("Partenaires"), READ),
                    ("events.settings_page", _("Ce qui est réglé"), READ),
                ],
            ),
            (
                _("Inviter et écrire"),
                [
                    ("invitations.index", _("Invitations"), READ),
                    ("messages.index", _("Messages"), READ),
                    ("notices.index", _("Avis par courriel"), READ),
                    ("not_invited.index", _("Ne plus inviter"), READ),
                ],
            ),
            (
                _("Inscriptions"),
                [
                    ("people.index", _("Personnes"), READ),
                    ("queue.index", _("Liste d’attente"), READ),
                    ("reserves.index", _("Places gardées"), READ),
                    *([("allocations.index", _("Souhaits"), READ)] if event.workshops else []),
                    ("participants.setting", _("Liste des participants"), READ),
                    ("carpool_staff.figures", _("Covoiturage"), READ),
                ],
            ),
            (
                _("Le jour même"),
                [
                    ("desks.index", _("Accueil"), DOOR),
                    ("papers.index", _("À imprimer"), ("staff", "desk")),
                    ("restitutions.index", _("Restitutions"), DOOR),
                    *([("evaluations.index", _("Avis"), READ)] if event.kind in evaluation.KINDS else []),
                ],
            ),
            (_("Page publique"), [("public.event", _("Page publique"), ALL)]),
        ],
        slug=event.slug,
    )


def _shown(groups: list[tuple[str, list[Entry]]], **values: Any) -> list[Group]:
    """Without the pages, then the groups, that this person may not open. values: what the addresses are made of."""
    staff = current_staff()
    open_ = [
        (label, [(endpoint, text) for endpoint, text, roles in pages if not roles or (staff and staff.has(*roles))])
        for label, pages in groups
    ]
    here = current([endpoint for _label, pages in open_ for endpoint, _text in pages], _BEHIND)

    def address(endpoint: str) -> str:
        return url_for(endpoint, **(values if current_app.url_map.is_endpoint_expecting(endpoint, *values) else {}))

    return [
        group(label, [Page(text, address(endpoint), endpoint == here) for endpoint, text in pages])
        for label, pages in open_
        if pages
    ]
