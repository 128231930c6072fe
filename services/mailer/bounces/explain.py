"""What each reason means for the editor, in French, with what is done about the address."""

from __future__ import annotations

from services.mailer.bounces.table import UNDEFINED
from shared.marks import N_

EXPLAIN: dict[str, str] = {
    "user-unknown": N_("Cette adresse n’existe pas chez son fournisseur. Elle est écartée des envois."),
    "host-unknown": N_("Le domaine de cette adresse n’existe pas. Elle est écartée des envois."),
    "no-mail-here": N_("Ce domaine déclare ne recevoir aucun courriel. L’adresse est écartée des envois."),
    "moved": N_("Cette personne a changé d’adresse. L’ancienne est écartée des envois."),
    "complaint": N_("Cette personne a signalé notre message comme indésirable. Elle ne recevra plus de lettre."),
    "mailbox-full": N_("La boîte est pleine. L’adresse est gardée, le prochain numéro lui sera envoyé."),
    "suspended": N_("Le compte est suspendu ou inactif. L’adresse est gardée\u202f; à vérifier si cela dure."),
    "recipient-limit": N_("Cette personne limite ce qu’elle reçoit. L’adresse est gardée."),
    "filtered": N_("Le destinataire ou son organisme filtre ce message. L’adresse est gardée."),
    "greylisted": N_("Le serveur demande de réessayer plus tard. L’adresse est gardée."),
    "expired": N_("Le serveur n’a pas répondu à temps, l’envoi a été abandonné. L’adresse est gardée."),
    "network": N_("Le serveur du destinataire était injoignable. L’adresse est gardée."),
    "system": N_("Le serveur du destinataire était en panne ou mal réglé. L’adresse est gardée."),
    "not-accepting": N_("Le serveur ne prend pas de courriel en ce moment. L’adresse est gardée."),
    "authentication": N_(
        "Notre message n’a pas été reconnu comme authentique (SPF, DKIM ou DMARC). C’est à nous d’agir."
    ),
    "reverse-name": N_("Le nom inverse de notre serveur manque ou ne convient pas. C’est à nous d’agir."),
    "blocked": N_("Notre serveur est bloqué par ce fournisseur. C’est à nous d’agir, l’adresse est gardée."),
    "spam-detected": N_("Notre message a été pris pour un indésirable. C’est à nous d’agir, l’adresse est gardée."),
    "sender-rejected": N_("Notre adresse d’expédition a été refusée. C’est à nous d’agir, l’adresse est gardée."),
    "relay-denied": N_("Le serveur a refusé de relayer notre message. C’est à nous d’agir, l’adresse est gardée."),
    "security": N_("Le serveur demande une identification ou un chiffrement. C’est à nous d’agir."),
    "virus": N_("Une pièce de notre message a été jugée dangereuse. C’est à nous d’agir."),
    "content": N_("La forme ou le contenu de notre message a été refusé. C’est à nous d’agir."),
    "policy": N_("Les règles de ce fournisseur refusent notre message. C’est à nous d’agir, l’adresse est gardée."),
    "rate-limited": N_(
        "Nous avons envoyé trop vite pour ce fournisseur. C’est à nous de ralentir, l’adresse est gardée."
    ),
    "too-big": N_("Notre message est trop volumineux. C’est à nous de l’alléger, l’adresse est gardée."),
    "delayed": N_("Le message attend\u202f: le serveur réessaie. Rien n’est changé."),
    "delivered": N_("Le message est bien arrivé. Rien n’est changé."),
    "auto-reply": N_("Réponse automatique (absence, accusé). Rien n’est changé."),
    "unsubscribe": N_("Demande de désabonnement, par le bouton de la messagerie."),
    "ordinary": N_("Ce courriel n’est pas un retour. Rien n’est changé."),
    "undefined": N_("La cause n’est pas dite clairement. L’adresse est gardée\u202f; à lire par l’équipe."),
}
"""One sentence per name of `table.REASONS`."""


def sentence(reason: str) -> str:
    """The French sentence for a reason; that of an unclear one when the name is not known."""
    return EXPLAIN.get(reason, EXPLAIN[UNDEFINED.name])
