"""What an address that is told of facts answered, in words: `shared/webhooks/calls.py` keeps the answers."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from shared.web.words import _

SILENCES = {
    "unknown-name": _l("Ce nom de serveur n’existe pas : vérifiez l’adresse."),
    "private": _l("Cette adresse n’est pas sur le réseau public : elle n’est jamais appelée."),
    "refused": _l("Rien n’écoute à cette adresse : le programme est arrêté, ou elle a changé."),
    "timeout": _l("Pas de réponse en dix secondes."),
    "certificate": _l("Le certificat du serveur n’est pas valable pour cette adresse."),
    "broken": _l("La liaison s’est coupée avant la réponse."),
}
STATES = {
    "waiting": (_l("En attente"), "wait"),
    "told": (_l("Prévenu"), "done"),
    "given_up": (_l("Abandonné"), "stop"),
}


def said(answer: str) -> str:
    """A sentence. answer: a key of SILENCES, or a status and its line; what is not known is given as it is."""
    if answer in SILENCES:
        return str(SILENCES[answer])
    status = int(answer[:3]) if answer[:3].isdecimal() else 0
    if 200 <= status < 300:
        return _("Reçu (%(answer)s).", answer=answer)
    if 300 <= status < 400:
        return _("L’adresse renvoie ailleurs (%(answer)s) : donnez celle où le programme écoute.", answer=answer)
    if status == 410:
        return _("Le programme ne veut plus rien recevoir (%(answer)s).", answer=answer)
    if 400 <= status < 500:
        return _("Le programme refuse cet envoi (%(answer)s).", answer=answer)
    if status >= 500:
        return _("Le programme est en panne (%(answer)s).", answer=answer)
    return answer
