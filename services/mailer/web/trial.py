"""Where a trial of an issue or of a letter goes: to who asks, or to a few mailboxes that they name."""

from __future__ import annotations

import re

from flask import flash, request, session

from services.mailer import addresses
from services.mailer.web.words import REASON
from shared.identity import Staff
from shared.web.words import _

MOST = 5
_KEPT = 400  # characters of the cookie: the same mailboxes serve the next time


def typed() -> str:
    """The addresses that were written last, for the field."""
    return str(session.get("trial", ""))


def asked(staff: Staff) -> list[str]:
    """Who is to have the trial; nobody, once it is said why, when an address is none or there are too many."""
    text = request.form.get("to", "").strip()
    if not text:
        return [staff.email]
    session["trial"] = text[:_KEPT]
    found = list(dict.fromkeys(one for one in re.split(r"[\s,;]+", text) if one))
    if not found:
        flash(_("Écrivez une adresse au moins. Rien n’est parti."), "stop")
    if len(found) > MOST:
        flash(_("Cinq adresses au plus pour un essai. Rien n’est parti."), "stop")
        return []
    for one in found:
        try:
            addresses.parse(one)
        except addresses.InvalidAddress as error:
            flash(_("%(address)s : %(why)s. Rien n’est parti.", address=one[:80], why=REASON[error.reason]), "stop")
            return []
    return found
