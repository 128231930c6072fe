"""Step 3 of nine: the lists people choose from. Next: services/registration/models/registrations.py.

Keys are stored; labels are French and translated where they are shown.
"""

from __future__ import annotations

from shared.departements import FRANCE
from shared.marks import N_ as N_

DEPARTMENTS: dict[str, str] = {
    **FRANCE,
    "other": N_("Ailleurs, autre pays"),
}

DEPARTMENT_LABELS: dict[str, str] = DEPARTMENTS | {"unsaid": N_("Non précisé")}
"""What is shown: nobody chooses "unsaid", who came through the door or in a file that does not say has it."""

ACTOR_TYPES: dict[str, str] = {
    "association": N_("Association, collectif, fondation"),
    "authority": N_("Collectivité territoriale"),
    "public_body": N_("Établissement public"),
    "education": N_("Enseignement, recherche"),
    "business": N_("Acteur économique"),
    "person": N_("Particulier, personne qualifiée"),
}

ACTOR_LABELS: dict[str, str] = ACTOR_TYPES | {"other": N_("Non précisé")}
"""What is shown: nobody chooses "other", who came through the door or in a file that does not say has it."""

KEPT_FOR: dict[str, str] = {
    "association": N_("aux associations, collectifs et fondations"),
    "authority": N_("aux collectivités territoriales"),
    "public_body": N_("aux établissements publics"),
    "education": N_("à l’enseignement et à la recherche"),
    "business": N_("aux acteurs économiques"),
    "person": N_("aux particuliers et personnes qualifiées"),
}
"""Whom seats are kept for, within a sentence."""

DIETS: dict[str, str] = {
    "vegetarian": N_("Végétarien"),
    "vegan": N_("Végétalien"),
    "no_pork": N_("Sans porc"),
    "gluten_free": N_("Sans gluten"),
    "allergy": N_("Allergie (à préciser ci-dessous)"),
}

CONSENTS: dict[str, str] = {
    "newsletter": N_("Je souhaite recevoir L’Écho du Réseau, la lettre d’information, tous les deux mois."),
    "participant_list": N_("J’accepte que mon nom et ma structure figurent sur la liste remise aux participants."),
    "carpool": N_("J’accepte d’être mis·e en relation, par courriel, pour covoiturer depuis mon département."),
    "photo": N_("J’accepte d’apparaître sur les photos publiées par le réseau."),
}
CONSENT_WORDING_VERSION = "2016-1"

STATUSES: dict[str, str] = {
    "confirmed": N_("Confirmée"),
    "wait_listed": N_("Liste d’attente"),
    "cancelled": N_("Annulée"),
}
PASSED_ON = "passed_on"
STATES: dict[str, str] = STATUSES | {PASSED_ON: N_("Place transmise")}
"""What the staff read: a seat that was passed on is no cancellation."""
LIVING = "living"
STATE_FILTERS: dict[str, str] = STATES | {LIVING: N_("Non annulée")}

EVENT_STATES: dict[str, str] = {
    "draft": N_("Brouillon"),
    "published": N_("Publié"),
    "closed": N_("Clos"),
    "archived": N_("Archivé"),
    "called_off": N_("Annulée"),
}
