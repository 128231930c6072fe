"""Step 3 of nine: who of a list is invited, who is left out and why, when a reminder may leave. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from services.registration.rules.choices import N_
from services.registration.rules.people import email_key
from shared.errors import RuleError, refuse_long

KNOWN = ("phone", "structure", "function", "actor_type", "department")
"""What a list may say of somebody, beside who they are: the form opens with it, and the mail does not repeat it."""
MOST = 3_000
"""People in one go."""
WORD, ORIGIN = 1000, 200
NEWS = ("moved", "off")
"""Rounds that the event makes by what becomes of it, without a window of their own."""
REMIND_AFTER = dt.timedelta(days=7)
AGAIN_AFTER = dt.timedelta(days=1)
LIST_KEPT = dt.timedelta(days=1)
"""A list that nobody confirms."""
KEPT = dt.timedelta(days=90)
"""After the end of the event."""

SOURCES = {
    "file": N_("Un fichier"),
    "registered": N_("Inscrites à une autre rencontre"),
    "came": N_("Venues à une autre rencontre"),
    "group": N_("Un groupe d’échanges"),
    "members": N_("Les adhérents"),
}
LEFT_OUT = {
    "registered": N_("déjà inscrite"),
    "invited": N_("déjà invitée"),
    "declined": N_("a dit qu’elle ne viendra pas"),
    "stopped": N_("ne veut plus être invitée"),
    "twice": N_("deux fois dans la liste"),
    "unreadable": N_("à corriger"),
}
"""Why somebody of a list is not invited."""
STATES = {
    "registered": (N_("inscrite"), "done"),
    "cancelled": (N_("inscription annulée"), "none"),
    "passed_on": (N_("a transmis sa place"), "none"),
    "declined": (N_("ne viendra pas"), "stop"),
    "taken_back": (N_("invitation reprise"), "none"),
    "back": (N_("courriel revenu"), "stop"),
    "stopped": (N_("ne veut plus être invitée"), "none"),
    "waiting": (N_("courriel pas encore parti"), "going"),
    "silent": (N_("sans réponse"), "wait"),
}
"""Where an invited person stands: the first of these that is true."""


def outcomes(
    emails: Sequence[str | None],
    *,
    registered: Collection[str],
    invited: Collection[str],
    declined: Collection[str],
    stopped: Collection[str],
) -> list[str]:
    """What becomes of each line: "new", or a key of LEFT_OUT. emails: None for a line that cannot be read. The others:
    addresses as they are compared."""
    seen: set[str] = set()
    found = []
    for email in emails:
        if email is None:
            found.append("unreadable")
            continue
        key = email_key(email)
        known = {"registered": registered, "declined": declined, "invited": invited, "stopped": stopped, "twice": seen}
        found.append(next((why for why, keys in known.items() if key in keys), "new"))
        seen.add(key)
    return found


def check_word(word: str, word_en: str) -> None:
    """Raises RuleError with the field: a word is short, and English comes beside French."""
    for field, text in (("word", word), ("word_en", word_en)):
        refuse_long("word-long", text, WORD, field=field)
    if word_en.strip() and not word.strip():
        words = N_("Écrivez aussi le mot en français.")
        raise RuleError("word-half", words, field="word", status=422)


def check_origin(origin: str) -> None:
    """Raises RuleError: whoever is written to reads where their address comes from."""
    if not origin.strip():
        words = N_("Dites d’où viennent ces adresses : chaque personne le lit dans le courriel.")
        raise RuleError("origin-missing", words, field="origin", status=422)
    refuse_long("origin-long", origin, ORIGIN, field="origin")


def refuse_many(count: int) -> None:
    if count > MOST:
        words = N_("Une liste va jusqu’à 3 000 personnes. Coupez-la en plusieurs : rien n’a été gardé.")
        raise RuleError("too-many", words, field="file", status=422)
