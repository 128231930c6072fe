"""The Agora of one edition, whole, for the commands, the load tests and the tests."""

from __future__ import annotations

import dataclasses
import datetime as dt

from services.registration.drafts import EventDraft, ItemDraft, SlotDraft, WorkshopDraft, draft
from services.registration.event_templates import TEMPLATES
from services.registration.rules.dates import at

PLENARY = "Grande salle"

MORNING = (
    WorkshopDraft(
        "Eau et assainissement : qui entretient quand le projet est fini ?",
        "Salle Garonne",
        110,
        "Comités d’usagers, régies communales, pièces de rechange : trois récits de terrain et ce qu’ils coûtent.",
        "Un établissement public et deux associations",
    ),
    WorkshopDraft(
        "Éducation et jeunesse : partir, accueillir, raconter",
        "Salle Tarn",
        90,
        "Chantiers, échanges de classes, service civique : préparer le retour autant que le départ.",
        "Un lycée agricole et un collectif de jeunes",
    ),
    WorkshopDraft(
        "Agir à Madagascar : travailler avec les communes",
        "Salle Ariège",
        70,
        "Le groupe d’échanges ouvre ses portes : conventions avec les communes, rythme des élections, transmission.",
        "Le groupe d’échanges « Agir à Madagascar »",
    ),
)
AFTERNOON = (
    WorkshopDraft(
        "Monter un dossier qui tient : partenaires, budget, autorité locale",
        "Salle Garonne",
        120,
        "Ce que regarde un jury, ligne à ligne, sur deux dossiers anonymisés.",
        "D’anciens membres de jury",
    ),
    WorkshopDraft(
        "Entreprises et associations : le mécénat de compétences",
        "Salle Tarn",
        90,
        "Jours de travail, conventions, attentes réciproques : où commence le don, où finit le service.",
        "Une coopérative et une fondation",
    ),
)

_ON_STAGE = {
    "Accueil et café": ("", "Hall"),
    "Ouverture": ("La présidence du réseau", PLENARY),
    "Tribune des projets": ("Dix-huit porteurs de projets", PLENARY),
    "Déjeuner": ("", "Jardin d’hiver"),
    "Restitution des ateliers": ("Les animateurs et animatrices", PLENARY),
    "Clôture": ("La vice-présidence de la Région", PLENARY),
}
"""Who speaks, and in which room."""

__all__ = ["EventDraft", "ItemDraft", "SlotDraft", "WorkshopDraft", "agora"]


def agora(edition: int, day: dt.date, *, capacity: int = 300, opens: dt.date | None = None) -> EventDraft:
    """The yearly Agora: a day with a plenary, the Tribune, and five workshops in two slots."""
    made = draft(TEMPLATES["agora"], day, edition=edition)
    return dataclasses.replace(
        made,
        slug=f"agora-{day.year}",
        place="Centre de congrès de la Garonne",
        address="12 allée des Peupliers, 31000 Toulouse",
        capacity=capacity,
        opens_at=at(opens, dt.time(9)) if opens else made.opens_at,
        slots=[
            dataclasses.replace(slot, workshops=list(workshops))
            for slot, workshops in zip(made.slots, (MORNING, AFTERNOON), strict=True)
        ],
        programme=[
            dataclasses.replace(item, speaker=_ON_STAGE[item.title][0], place=_ON_STAGE[item.title][1])
            for item in made.programme
        ],
    )
