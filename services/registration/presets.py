"""Events ready to fill in. Every number and every text of a preset is data: the staff changes it in the form."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from services.registration.rules.dates import at


@dataclass(frozen=True)
class WorkshopDraft:
    title: str
    room: str
    capacity: int
    summary: str = ""
    host: str = ""


@dataclass(frozen=True)
class SlotDraft:
    label: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    workshops: list[WorkshopDraft] = field(default_factory=list)


@dataclass(frozen=True)
class ItemDraft:
    starts_at: dt.datetime
    ends_at: dt.datetime | None
    title: str
    speaker: str = ""
    place: str = ""


@dataclass(frozen=True)
class EventDraft:
    """All that makes a new event. Instants are aware."""

    slug: str
    kind: str
    title: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    place: str
    capacity: int
    organiser_name: str
    organiser_email: str
    edition: int | None = None
    summary: str = ""
    description: str = ""
    address: str = ""
    to_bring: str = ""
    opens_at: dt.datetime | None = None
    closes_at: dt.datetime | None = None
    slots: list[SlotDraft] = field(default_factory=list)
    programme: list[ItemDraft] = field(default_factory=list)


PLENARY = "Grande salle"

MORNING = [
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
]
AFTERNOON = [
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
]


def agora(edition: int, day: dt.date, *, capacity: int = 300, opens: dt.date | None = None) -> EventDraft:
    """The yearly Agora: a day with a plenary, the Tribune, and five workshops in two slots."""

    def hour(hours: int, minutes: int = 0) -> dt.datetime:
        return at(day, dt.time(hours, minutes))

    ordinal = "1re" if edition == 1 else f"{edition}e"
    return EventDraft(
        slug=f"agora-{day.year}",
        kind="agora",
        edition=edition,
        title=f"{ordinal} Agora de la coopération internationale",
        summary="Une journée pour se rencontrer, apprendre les uns des autres et montrer les projets de la région.",
        description=(
            "Associations, collectivités, établissements, entreprises : l’Agora réunit chaque année celles et ceux "
            "qui coopèrent avec d’autres territoires du monde. Deux séries d’ateliers, la Tribune des projets et "
            "un déjeuner partagé."
        ),
        starts_at=hour(9),
        ends_at=hour(17),
        place="Centre de congrès de la Garonne",
        address="12 allée des Peupliers, 31000 Toulouse",
        capacity=capacity,
        organiser_name="Réseau régional de coopération internationale",
        organiser_email="agora@agora.example",
        to_bring=(
            "Votre confirmation, sur papier ou sur votre téléphone.\n"
            "De quoi présenter votre structure en une page, si vous le souhaitez.\n"
            "Une gourde : il y a des fontaines à chaque étage."
        ),
        opens_at=at(opens or day - dt.timedelta(days=45), dt.time(9)),
        closes_at=at(day - dt.timedelta(days=2), dt.time(23, 59, 59)),
        slots=[
            SlotDraft("Ateliers du matin", hour(10), hour(11, 30), list(MORNING)),
            SlotDraft("Ateliers de l’après-midi", hour(14, 15), hour(15, 45), list(AFTERNOON)),
        ],
        programme=[
            ItemDraft(hour(9), hour(9, 30), "Accueil et café", place="Hall"),
            ItemDraft(hour(9, 30), hour(10), "Ouverture", "La présidence du réseau", PLENARY),
            ItemDraft(hour(11, 45), hour(12, 45), "Tribune des projets", "Dix-huit porteurs de projets", PLENARY),
            ItemDraft(hour(12, 45), hour(14, 15), "Déjeuner", place="Jardin d’hiver"),
            ItemDraft(hour(16), hour(16, 40), "Restitution des ateliers", "Les animateurs et animatrices", PLENARY),
            ItemDraft(hour(16, 40), hour(17), "Clôture", "La vice-présidence de la Région", PLENARY),
        ],
    )
