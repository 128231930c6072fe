"""Step 3 of nine: what a walk-through is made of. Next: rules/assembly/walkthrough/room.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.registration.rules.assembly.motions import Count
from services.registration.rules.assembly.quorum import Quorum
from services.registration.rules.choices import N_

VERDICTS = {
    "reached": (N_("Quorum atteint"), "done"),
    "unasked": (N_("Aucun quorum demandé"), "none"),
    "short": (N_("Quorum pas atteint"), "stop"),
    "counts": (N_("Le pouvoir compte"), "done"),
    "void": (N_("Pouvoir sans effet"), "wait"),
    "adopted": (N_("Adopté"), "done"),
    "rejected": (N_("Rejeté"), "stop"),
    "elected": (N_("Élection faite"), "done"),
    "vacant": (N_("Sièges vacants"), "wait"),
    "tied": (N_("Second tour"), "wait"),
}


@dataclass(frozen=True)
class Step:
    """said: what happens. why: what these statutes make of it. verdict: a key of VERDICTS.

    quorum: the room at that instant; counts: a vote by college key; each for the picture, and None without one.
    """

    said: str
    why: str
    verdict: str
    quorum: Quorum | None = None
    counts: Mapping[str, Count] | None = None


@dataclass(frozen=True)
class Case:
    """rules: the names of the statutes' own lines that decide it."""

    key: str
    title: str
    rules: tuple[str, ...]
    steps: tuple[Step, ...]
