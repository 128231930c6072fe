"""The mails that registration owes people, by template: what became of each is asked here."""

from __future__ import annotations

from services.registration.models.mail_fates import MailFate
from services.registration.rules.choices import N_
from shared.mail_fates import Fates, Kind

_PAGE = ("registration_link", "registration_changed")
"""Mails that lead to the page where all that stands of a registration is read."""

FATES = Fates(
    MailFate,
    {
        "registration_confirmed": Kind(N_("Confirmation"), _PAGE),
        "registration_wait_listed": Kind(N_("Liste d’attente"), _PAGE),
        "registration_promoted": Kind(N_("Place obtenue"), _PAGE),
        "registration_changed": Kind(N_("Modification"), _PAGE),
        "registration_rescheduled": Kind(N_("Nouvelle date ou nouveau lieu"), _PAGE),
        "registration_reminder": Kind(N_("Rappel"), _PAGE),
        "registration_link": Kind(N_("Lien personnel"), _PAGE),
        "workshops_allocated": Kind(N_("Ateliers attribués"), _PAGE),
        "seat_offered": Kind(N_("Place proposée"), _PAGE),
        "seat_expired": Kind(N_("Place proposée non prise"), _PAGE),
        "registration_cancelled": Kind(N_("Annulation de l’inscription")),
        "event_called_off": Kind(N_("Annulation de la rencontre")),
        "event_invitation": Kind(N_("Invitation")),
        "invitation_called_off": Kind(N_("Annulation, à qui est invité")),
        "staff_message": Kind(N_("Message de l’équipe")),
        "registrations_told": Kind(N_("Avis d’inscription")),
        "evaluation_asked": Kind(N_("Questionnaire après la formation")),
        "carpool_note": Kind(N_("Mot d’un covoitureur")),
        "carpool_refused": Kind(N_("Réponse à un covoitureur, non transmise")),
        "assembly_notice": Kind(N_("Convocation à l’assemblée")),
        "assembly_called_off": Kind(N_("Annulation de l’assemblée")),
        "group_convened": Kind(N_("Convocation du groupe")),
        "group_called_off": Kind(N_("Annulation d’une réunion du groupe")),
    },
)
