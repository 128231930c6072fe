"""What programs may read, how a webhook is signed and retried, and which addresses are never called. Pure.

Signatures and headers follow Standard Webhooks (https://www.standardwebhooks.com), so that receivers have a library.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import ipaddress
from urllib.parse import urlsplit

from services.registration.rules.choices import N_

SCOPES = {
    "registrations": N_("Inscriptions sans les noms : référence, état, type d’acteur, département, ateliers"),
    "people": N_("Noms, adresses, téléphones et structures des personnes inscrites"),
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
# Seconds from one attempt to the next: in all about two and a half days, so a week-end is survived but for its end.
DELAYS = (10, 60, 300, 1800, 7200, 18000, 43200, 86400, 86400)


# Why nobody answered: what is kept, and what is said of it.
SILENCES = {
    "unknown-name": N_("Ce nom de serveur n’existe pas : vérifiez l’adresse."),
    "private": N_("Cette adresse n’est pas sur le réseau public : elle n’est jamais appelée."),
    "refused": N_("Rien n’écoute à cette adresse : le programme est arrêté, ou elle a changé."),
    "timeout": N_("Pas de réponse en dix secondes."),
    "certificate": N_("Le certificat du serveur n’est pas valable pour cette adresse."),
    "broken": N_("La liaison s’est coupée avant la réponse."),
}


def answer_in_words(answer: str) -> tuple[str, str]:
    """What an address said, as (French sentence, what fills its %(answer)s); what is not known is given as it is.

    answer: a key of SILENCES, or a status and its line, « 503 Service Unavailable ».
    """
    if answer in SILENCES:
        return SILENCES[answer], ""
    status = int(answer[:3]) if answer[:3].isdecimal() else 0
    if 200 <= status < 300:
        return N_("Reçu (%(answer)s)."), answer
    if 300 <= status < 400:
        return N_("L’adresse renvoie ailleurs (%(answer)s) : donnez celle où le programme écoute."), answer
    if status == 410:
        return N_("Le programme ne veut plus rien recevoir (%(answer)s)."), answer
    if 400 <= status < 500:
        return N_("Le programme refuse cet envoi (%(answer)s)."), answer
    if status >= 500:
        return N_("Le programme est en panne (%(answer)s)."), answer
    return "%(answer)s", answer


def signing_key(secret_key: str, webhook_id: str) -> bytes:
    """The 32 bytes that sign for one webhook; only who holds AGORA_SECRET_KEY can make them."""
    return hmac.new(secret_key.encode(), f"webhook {webhook_id}".encode(), hashlib.sha256).digest()


def shown_key(key: bytes) -> str:
    """The key as the receiver's library wants it."""
    return "whsec_" + base64.b64encode(key).decode()


def signature(key: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def next_attempt(attempts: int, now: dt.datetime) -> dt.datetime | None:
    """When to try again after `attempts` failures; None when it is given up."""
    return now + dt.timedelta(seconds=DELAYS[attempts - 1]) if attempts <= len(DELAYS) else None


def fault_of(url: str, *, local: bool) -> str:
    """Why an address cannot be told, in French; "" when it can. local: whether this machine itself may be called."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return N_("Cette adresse n’est pas lisible.")
    if parts.scheme != "https" and not (local and parts.scheme == "http"):
        return N_("L’adresse commence par https://.")
    if not parts.hostname or parts.username is not None or parts.fragment or not url.isascii() or " " in url:
        return N_("Donnez une adresse complète, sans mot de passe ni #.")
    if port is not None and port != 443 and not local:
        return N_("L’adresse ne peut pas porter de port.")
    return ""


def may_call(address: str, *, local: bool) -> bool:
    """Whether an IP address belongs to someone else: never this machine nor its private network."""
    found = ipaddress.ip_address(address)
    mapped = getattr(found, "ipv4_mapped", None) or found
    return (mapped.is_global and not mapped.is_multicast) or (local and mapped.is_loopback)
