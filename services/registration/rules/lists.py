"""Step 3 of nine: what may be done to many people at once. Pure."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection, Iterable, Sequence

from services.registration.rules.choices import N_
from shared.errors import RuleError, refuse_long

KINDS = ("admit", "cancel", "mark", "unmark")
MARKS = ("mark", "unmark")
"""They move nobody and mail nobody: for many people at once, and taken back at any time."""
MOST = 200
"""People admitted or cancelled in one go: each is a mail, and everybody who registers meanwhile waits."""
MOST_MARKED = 20_000
MARK, REASON, NAME = 40, 300, 60
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))
"""Inside a mark they would make another that looks the same."""


def check(kind: str, words: str, *, alone: bool = False, field: str = "words") -> str:
    """The words, tidied. A reason and a mark are asked for; each says so beside its field.

    alone: one person, who may have asked for it: then there is no reason to give. field: where it was typed.
    """
    words = " ".join(words.split()) if kind != "admit" else ""
    if kind in MARKS:
        words = " ".join(words.translate(_INVISIBLE).split())
    if kind not in KINDS:
        raise RuleError("bulk-kind", N_("Choisissez ce qu’il faut faire."), status=422)
    if kind == "cancel" and not words and not alone:
        message = N_("Dites pourquoi : la raison est écrite dans le courriel et gardée dans l’historique.")
        raise RuleError("bulk-reason", message, field="words", status=422)
    if kind in MARKS and not words:
        raise RuleError("bulk-mark", N_("Écrivez la marque, en un ou deux mots."), field=field, status=422)
    refuse_long("bulk-long", words, MARK if kind in MARKS else REASON, field=field)
    return words


def fingerprint(people: Iterable[uuid.UUID]) -> str:
    """Of these people in any order, and of no others: when one leaves and another comes, their number says nothing."""
    return hashlib.sha256(b"".join(sorted(one.bytes for one in people))).hexdigest()[:32]


def name_of_filter(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > NAME:
        raise RuleError("filter-name", N_("Donnez un nom court à ce filtre."), field="name", status=422)
    return name


def units(queue: Sequence[tuple[uuid.UUID, uuid.UUID | None]], chosen: Collection[uuid.UUID]) -> list[list[uuid.UUID]]:
    """Who may be admitted, in the order of the queue: alone, or a party whose members are all chosen.

    queue: (person, the party they wait with) of the whole waiting list.
    """
    parties: dict[uuid.UUID, list[uuid.UUID]] = {}
    for person, party in queue:
        parties.setdefault(party or person, []).append(person)
    return [people for people in parties.values() if all(one in chosen for one in people)]


def fitting(people: Sequence[Sequence[uuid.UUID]], free: int) -> list[uuid.UUID]:
    """The first who fit; a party too large for what is left is passed over, never divided."""
    admitted: list[uuid.UUID] = []
    for unit in people:
        if len(admitted) + len(unit) <= free:
            admitted += unit
    return admitted
