"""What became of a mail, in words: for the staff of the services that owe people mails."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from shared.mail_fates import Fates, MailFate
from shared.web.words import _

_ABSENT = frozenset({"absent", "address", "user-unknown", "host-unknown", "no-mail-here"})
_FULL = frozenset({"full", "mailbox-full"})
_SILENT = frozenset({"gave-up", "expired", "network", "system", "not-accepting", "greylisted", "rate-limited"})


@dataclass(frozen=True)
class Said:
    """One mail: what it was, what became of it and, where it did not arrive, why. wrong_address: another one helps."""

    name: str
    at: dt.datetime
    state: str
    tone: str
    why: str
    open: bool
    wrong_address: bool


def said(mails: Iterable[MailFate], fates: Fates) -> list[Said]:
    """In the order given."""
    return [
        Said(
            name=_(fates.kinds[one.template].name),
            at=one.at,
            state=_state(one),
            tone=_tone(one),
            why=_why(one),
            open=one.open,
            wrong_address=one.open and (one.verdict == "remove" or one.reason == "moved"),
        )
        for one in mails
    ]


def _tone(fate: MailFate) -> str:
    if fate.failed:
        return "stop" if fate.open else "none"
    return "done" if fate.state == "accepted" else "wait"


def _state(fate: MailFate) -> str:
    """One or two words. That a relay took a mail is no proof of anything after it."""
    if fate.failed:
        return _("non arrivé") if fate.open else _("non arrivé, réglé")
    if fate.state == "unknown":
        return _("envoyé, sans réponse du serveur")
    return _("signalé comme indésirable") if fate.state == "complained" else _("pris par le serveur")


def _why(fate: MailFate) -> str:
    if fate.state == "unknown":
        return _(
            "il est peut-être arrivé : le courrier le renvoie une fois, puis quelqu’un tranche ; la suite s’écrit ici"
        )
    if not fate.failed:
        return ""
    if fate.reason in _ABSENT:
        return _("l’adresse n’existe pas")
    if fate.reason == "moved":
        return _("la personne a changé d’adresse")
    if fate.reason in _FULL:
        return _("la boîte est pleine")
    if fate.reason == "suspended":
        return _("le compte est suspendu ou inactif")
    if fate.reason == "suppressed":
        return _("l’adresse est écartée de tous nos envois")
    if fate.reason in _SILENT:
        return _("le serveur du destinataire ne répond pas")
    if fate.verdict == "ours":
        return _("notre envoi est refusé, les personnes qui tiennent le courrier doivent agir")
    return _("le serveur du destinataire l’a refusé")
