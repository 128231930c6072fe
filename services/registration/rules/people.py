"""Step 3 of nine: names and addresses as people type them. Next: services/registration/models/registrations.py."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from itertools import filterfalse
from typing import Any

COMMON_DOMAINS = (
    "gmail.com",
    "orange.fr",
    "wanadoo.fr",
    "free.fr",
    "hotmail.fr",
    "hotmail.com",
    "yahoo.fr",
    "yahoo.com",
    "outlook.fr",
    "outlook.com",
    "laposte.net",
    "sfr.fr",
    "live.fr",
    "icloud.com",
    "protonmail.com",
    "bbox.fr",
    "numericable.fr",
)
_TOP_LEVEL = {"con": "com", "cmo": "com", "comm": "com", "ffr": "fr", "rf": "fr", "nte": "net", "ent": "net"}
# Real domains that look like a typo of a common one: never suggested away.
_REAL = frozenset(
    {"ymail.com", "mail.com", "gmx.com", "gmx.fr", "email.com", "live.com", "me.com", "mac.com", "sfr.com"}
)


NOWHERE = ".invalid"
"""How the address ends of who came without registering: nobody reads it, and no mail may leave for it."""


def no_address(mark: str) -> str:
    """What stands for the address of who has none; `mark` makes it theirs alone."""
    return f"sans-adresse-{mark}@agora{NOWHERE}"


def is_reachable(email: str) -> bool:
    """Whether a mail can be written there: neither erased nor made up at the door."""
    return bool(email) and not email.endswith(NOWHERE)


_PLAIN = str.maketrans(
    {"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "þ": "th", "’": "'"}
)
"""Letters that no accent makes, as a French keyboard writes them: shared/web/static/outbox/names.js has the same."""


def fold(text: str) -> str:
    """Lower case, without accents or doubled spaces: how names are compared and searched.

    "Œuvre" becomes "oeuvre", "Rakotondrainibé" becomes "rakotondrainibe", "Łukasz Søren" becomes "lukasz soren".
    """
    bare = text.casefold()
    if not bare.isascii():
        spread = unicodedata.normalize("NFKD", bare.translate(_PLAIN))
        bare = "".join(filterfalse(unicodedata.combining, spread))
    return " ".join(bare.split())


def may_name(name: str, other: str) -> bool:
    """Whether two names under one address may be one person's: a word in common, or nothing said of one of them."""
    words, others = set(fold(name).split()), set(fold(other).split())
    return not words or not others or bool(words & others)


def same_name(name: str, other: str) -> bool:
    """Whether two names under one address are one person's: every word of the shorter stands in the other. Of a couple
    or an association, several people read one address."""
    words, others = set(fold(name).split()), set(fold(other).split())
    return words <= others or others <= words


def email_key(email: str) -> str:
    """How two addresses are compared: letter case never separates two people in practice."""
    return unicodedata.normalize("NFC", email.strip()).casefold()


def email_hash(email_key: str) -> str:
    """SHA-256 of the folded address, in hex: what other services know someone by who never told them the address."""
    return hashlib.sha256(email_key.encode()).hexdigest()


def same_submission_key(form_key: str, email: str, first_name: str, last_name: str) -> bytes:
    """What makes two submissions one.

    The key hidden in the form alone would merge a colleague registered after « back » in the browser, so
    the person counts too.
    """
    parts = "\x1f".join((form_key, email_key(email), fold(first_name), fold(last_name)))
    return hashlib.sha256(parts.encode()).digest()


def suggest_email(email: str) -> str | None:
    """The address that was probably meant, or None: "lea@gmial.com" gives "lea@gmail.com"."""
    local, at, domain = email.rpartition("@")
    if not at or not local:
        return None
    domain = domain.casefold()
    if domain in COMMON_DOMAINS or domain in _REAL:
        return None
    name, dot, top = domain.rpartition(".")
    if dot and top in _TOP_LEVEL:
        domain = f"{name}.{_TOP_LEVEL[top]}"
        if domain in COMMON_DOMAINS:
            return f"{local}@{domain}"
    for common in COMMON_DOMAINS:
        if _one_slip(domain, common):
            return f"{local}@{common}"
    return None


def _one_slip(typed: str, meant: str) -> bool:
    """One letter missing, added, wrong, or two neighbours swapped."""
    if typed == meant or abs(len(typed) - len(meant)) > 1:
        return False
    start = 0
    while start < min(len(typed), len(meant)) and typed[start] == meant[start]:
        start += 1
    rest_typed, rest_meant = typed[start:], meant[start:]
    if len(typed) == len(meant):
        swapped = rest_typed[:2] == rest_meant[1::-1] and rest_typed[2:] == rest_meant[2:]
        return swapped or rest_typed[1:] == rest_meant[1:]
    if len(typed) < len(meant):
        return rest_typed == rest_meant[1:]
    return rest_typed[1:] == rest_meant


def differences(
    before: Mapping[str, Any], after: Mapping[str, Any], order: Sequence[str]
) -> list[tuple[str, Any, Any]]:
    """(field, before, after) of every answer that changes, in the order of the form."""
    return [(name, before.get(name), after.get(name)) for name in order if before.get(name) != after.get(name)]
