"""What stays of a registration once its person is erased or long gone: the counts, never the person. Pure."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from services.registration.rules.choices import N_

CONFIRM_WITHIN = dt.timedelta(days=2)
ASK_AGAIN_AFTER = dt.timedelta(minutes=10)
SENSITIVE_KEPT = dt.timedelta(days=30)
"""Diet and access needs, after the end of the event."""
ABANDONED_AFTER = dt.timedelta(days=1)
"""A file sent with a form that was never accepted."""
NAMES_KEPT_YEARS = 3
SERVICES = ("registration", "jury", "mailer")

HOW = {
    "phone": N_("par téléphone"),
    "letter": N_("par lettre"),
    "mail": N_("par courriel"),
    "met": N_("de vive voix"),
}
"""How somebody asked the team to be erased."""
KINDS = {
    "registrations": N_("inscriptions"),
    "sensitive": N_("régimes et besoins d’accessibilité"),
    "answers": N_("réponses au formulaire"),
    "files": N_("fichiers joints"),
    "consents": N_("accords donnés ou retirés"),
    "links": N_("liens personnels"),
    "kept_forms": N_("formulaires gardés pour plus tard"),
    "marks": N_("marques de l’équipe"),
    "profiles": N_("profils de rencontre"),
    "trips": N_("trajets de covoiturage"),
    "notes": N_("messages de covoiturage"),
    "words": N_("textes de l’équipe qui vous nommaient"),
    "notices": N_("avis d’inscription par courriel que vous receviez"),
    "named": N_("courriels à qui organise : votre nom"),
    "history": N_("lignes d’historique"),
    "groups": N_("groupes d’échanges"),
    "appointments": N_("rendez-vous de l’équipe qui vous nomment"),
    "directory": N_("fiches de l’annuaire : votre adresse"),
    "struck_voters": N_("places que vous n’avez plus sur la liste d’une assemblée"),
    "memberships": N_("structures que l’on représente"),
    "jurors": N_("fiches de juré"),
    "experts": N_("fiches d’expert"),
    "arrivals": N_("arrivées vues par le jury"),
    "applications": N_("dossiers en brouillon"),
    "leaders": N_("dossiers déposés : les dirigeants, enseignants et contacts nommés"),
    "filed": N_("dossiers déposés non retenus : votre nom et votre adresse"),
    "projects": N_("projets anciens non retenus"),
    "contacts": N_("contacts de L’Écho"),
    "messages": N_("courriers envoyés"),
    "returns": N_("courriers revenus"),
    "import_lines": N_("lignes de fichiers importés"),
    "invitations": N_("invitations à des rencontres"),
    "moments": N_("dates d’inscription, d’arrivée ou de dossier"),
    "contributions": N_("articles proposés à L’Écho"),
    "photos": N_("photos jointes à ces articles"),
}
WHAT = {
    "assembly_voters": N_("votre place sur la liste d’une assemblée et ses procès-verbaux"),
    "candidates": N_("vos candidatures dans une assemblée et ses procès-verbaux"),
    "tellers": N_("les votes que vous avez comptés, dans les procès-verbaux d’une assemblée"),
    "board": N_("votre siège au conseil de l’association"),
    "others": N_("les inscriptions sous votre adresse, à un autre nom"),
    "awards": N_("les dossiers qui ont reçu une aide"),
    "projects": N_("les dossiers non retenus"),
    "opinions": N_("les avis que vous avez donnés sur des projets, sous un pseudonyme"),
    "scores": N_("les notes que vous avez données, sous un pseudonyme"),
    "minutes": N_("les procès-verbaux signés du jury"),
}
WHY = {
    "assembly-record": N_("les procès-verbaux d’une assemblée se gardent tels qu’ils ont été signés"),
    "board-record": N_(
        "qui administre une association est déclaré et reste dans ses actes (loi du 1er juillet 1901, article 5) ; si "
        "vous avez quitté le conseil, dites-le à l’équipe, qui note le départ"
    ),
    "another-name": N_("une adresse sert parfois à plusieurs personnes : chacune le demande de sa page"),
    "accounting": N_("obligation comptable, dix ans"),
    "appeals": N_("recours possible, deux ans"),
    "integrity": N_("le classement doit pouvoir être recalculé"),
}


def anonymous(someone: uuid.UUID, reference: str) -> dict[str, Any]:
    """Values that replace whatever tells who it was. Type, département, workshops and presence stay, to be counted.

    someone: any id, the same for all registrations of one person, so that reports still count them once.
    """
    return {
        "first_name": "",
        "last_name": f"({reference})",
        "name_key": "",
        "email": "",
        "email_key": f"erased {someone}",
        "phone": "",
        "structure": "",
        "structure_id": None,
        "function": "",
        "search": reference.casefold(),
        "participant_list": False,
        "list_reach": "paper",
        "carpool": False,
        "photo": False,
        "newsletter": False,
        "newsletter_email": None,
        "staff_note": "",
    }


def years_before(now: dt.datetime, years: int) -> dt.datetime:
    """The same day so many years earlier; 28 February stands for the 29th."""
    try:
        return now.replace(year=now.year - years)
    except ValueError:
        return now.replace(year=now.year - years, day=28)
