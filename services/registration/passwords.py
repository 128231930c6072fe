"""Passwords: hashed with argon2id, checked in the same time whether the account exists or not."""

from __future__ import annotations

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from shared.errors import RuleError
from shared.web.forms import tidy
from shared.web.words import _

SHORTEST = 12
LONGEST = 200

# 19 MiB, two passes: sixteen threads signing in at once still fit in a small server's memory.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@cache
def _nobody() -> str:
    return _hasher.hash(secrets.token_hex(16))


def hashed(password: str, *, email: str = "") -> str:
    """The hash to store. Raises RuleError when the password is too easy to guess."""
    password = tidy(password)
    if len(password) < SHORTEST:
        raise RuleError(
            "password-short",
            _("Choisissez au moins %(count)s caractères : quelques mots suffisent.", count=SHORTEST),
            field="password",
            status=422,
        )
    if len(password) > LONGEST:
        raise RuleError("password-long", _("Ce mot de passe est trop long."), field="password", status=422)
    if len(set(password)) < 5 or (email and password.casefold() in (email.casefold(), email.casefold()[::-1])):
        message = _("Ce mot de passe se devine : mélangez quelques mots.")
        raise RuleError("password-weak", message, field="password", status=422)
    return _hasher.hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Whether `password` opens `stored`; None (no such account) takes as long, and says no."""
    try:
        right = _hasher.verify(stored or _nobody(), tidy(password)[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False
    return right and stored is not None


def is_outdated(stored: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def suggested() -> str:
    """A password to hand over once: four groups of five letters, about 99 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _n in range(5)) for _m in range(4))
