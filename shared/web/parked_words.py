"""Why a fact was parked, in words, and what to do: the reasons are those that `shared/messaging` writes."""

from __future__ import annotations

import re
from typing import NamedTuple

from flask_babel import lazy_gettext as _l

from shared.web.words import _


class Parked(NamedTuple):
    """why and do: sentences. detail: the reason as it was written, for whoever mends the cause."""

    why: str
    do: str
    detail: str


_UPDATE = _l("Mettez ce service à jour, puis rejouez le message.")
_LOOK = _l("Réparez ce que dit le détail (le journal du service en sait plus), puis rejouez le message.")
_UNREADABLE = (
    _l("Le message est illisible."),
    _l("Écartez-le ; s’il en revient, cherchez qui écrit dans la file de ce service."),
)

_REASONS = (
    (r"no handler for|unknown event type", _l("Ce service ne connaît pas ce fait."), _UPDATE),
    (r"Aucun modèle de courrier", _l("Le courrier à écrire n’a pas de modèle ici."), _UPDATE),
    (r"the body |not a CloudEvents|data is not an object|malformed attribute|time needs|[\w.]+ is missing or not text",
     *_UNREADABLE),
    (r"[\w.]+\.v\d+: ", _l("Un champ du fait manque, ou n’a pas la forme convenue."),
     _l("Mettez ce service et celui qui l’annonce à la même version, puis rejouez le message.")),
    (r"\d+ attempts: (?:Operational|Interface)Error", _l("La base de données n’a pas pu l’enregistrer."), _LOOK),
    (r"\d+ attempts: IntegrityError", _l("Le fait contredit ce qui est enregistré ici."),
     _l("Rejouez d’abord les messages plus anciens sur la même chose ; s’il revient, lisez le détail.")),
    (r"\d+ attempts: (?:UndefinedError|KeyError)", _l("Il manque au fait quelque chose dont on a besoin ici."),
     _l("Mettez ce service et celui qui l’annonce à la même version, puis rejouez le message.")),
    (r"\d+ attempts: ", _l("Le traiter a échoué à chaque essai."), _LOOK),
    (r"delivered too many times", _l("Le service s’est arrêté chaque fois qu’il le traitait."),
     _l("Lisez dans le journal pourquoi il s’arrête, réparez, puis rejouez le message.")),
)  # fmt: skip


def said(reason: str) -> Parked:
    """Whatever the reason: one that is in no row is a rule's own sentence, or is at least shown as it was written."""
    for pattern, why, do in _REASONS:
        if re.match(pattern, reason):
            return Parked(str(why), str(do), reason)
    known = _(reason) if reason and "%" not in reason else reason
    if known != reason or reason.endswith("."):
        return Parked(known, _("Faites ce que dit la raison, puis rejouez le message ; sinon, écartez-le."), reason)
    return Parked(_("Une raison que cette page ne connaît pas."), str(_LOOK), reason)
