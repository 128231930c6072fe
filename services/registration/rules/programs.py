"""What programs may read, and of which facts an address can be told. Pure."""

from __future__ import annotations

from services.registration.rules.choices import N_

SCOPES = {
    "registrations": N_("Inscriptions sans les noms : référence, état, type d’acteur, département, ateliers"),
    "people": N_("Noms, adresses, téléphones et structures des personnes inscrites"),
    "marks": N_("Marques de l’équipe sur les inscriptions"),
}
TYPES = {
    "registration.registration.confirmed.v1": N_("Inscription confirmée"),
    "registration.registration.wait_listed.v1": N_("Mise en liste d’attente"),
    "registration.registration.promoted.v1": N_("Sortie de la liste d’attente"),
    "registration.registration.changed.v1": N_("Inscription modifiée"),
    "registration.registration.cancelled.v1": N_("Inscription annulée"),
    "registration.attendee.checked_in.v1": N_("Entrée à l’accueil"),
    "registration.attendee.undone.v1": N_("Entrée reprise"),
    "registration.registration.called_off.v1": N_("Inscription terminée : l’évènement est annulé"),
    "registration.event.published.v1": N_("Évènement publié ou modifié"),
    "registration.event.called_off.v1": N_("Évènement annulé"),
    "registration.event.withdrawn.v1": N_("Évènement redevenu brouillon"),
}
