"""Which juror may have a link with which project: questions for the secretary, never a decision. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from services.jury.texts import fold

Reason = Literal["structure", "domain", "name"]

SHARED_DOMAINS = frozenset(
    "gmail.com googlemail.com outlook.com outlook.fr hotmail.com hotmail.fr live.fr yahoo.fr yahoo.com orange.fr "
    "wanadoo.fr free.fr sfr.fr laposte.net icloud.com proton.me protonmail.com neuf.fr bbox.fr".split()
)
"""Addresses there say nothing about where someone works."""
_EMPTY = frozenset("association asso comite commune mairie ville de du des la le les l d et un une pour".split())


@dataclass(frozen=True)
class Party:
    """A juror or a bearer. `structure`: where it says so; a juror's function may name it."""

    id: str
    last_name: str
    email: str
    structure: str


@dataclass(frozen=True)
class Suggestion:
    """Why one may ask: the same structure, the same e-mail domain, the same family name."""

    juror: str
    project: str
    reason: Reason


def words(text: str) -> frozenset[str]:
    """The words that tell one name from another: no accents, no small words."""
    return frozenset(fold(text).split()) - _EMPTY


def suggest(jurors: Iterable[Party], projects: Iterable[Party]) -> list[Suggestion]:
    """Every link there may be, once per juror and project, the strongest reason first."""
    bearers = list(projects)
    return [
        Suggestion(juror.id, bearer.id, reason)
        for juror in jurors
        for bearer in bearers
        if (reason := _reason(juror, bearer)) is not None
    ]


def _reason(juror: Party, bearer: Party) -> Reason | None:
    structure = words(bearer.structure)
    if structure and structure <= words(juror.structure):
        return "structure"
    domain = juror.email.rpartition("@")[2].casefold()
    if domain and domain not in SHARED_DOMAINS and domain == bearer.email.rpartition("@")[2].casefold():
        return "domain"
    return "name" if words(juror.last_name) and words(juror.last_name) == words(bearer.last_name) else None
