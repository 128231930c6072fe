"""Which public authority a text names: "Mairie de Lavaur", "Ville de Lavaur" and "maire de Lavaur" are one. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from services.jury.texts import fold

Level = Literal["grouping", "municipality", "department", "region"]

_MARKS: dict[Level, str] = {
    "grouping": r"communaute (?:de communes|d agglomeration|urbaine)|agglomeration|metropole|intercommunalite",
    "municipality": r"conseil(?:ler|lere)?s? municipal(?:e|es)?|municipalite|commune|mairie|maire|ville",
    "department": r"conseil(?:ler|lere)?s? (?:departemental|general)(?:e|es)?|departement",
    "region": r"conseil(?:ler|lere)?s? regional(?:e|es)?|region",
}
_MARK = re.compile(r"\b(?:" + "|".join(f"(?P<{level}>{words})" for level, words in _MARKS.items()) + r")\b")
_SMALL = frozenset(
    "de du des la le les l d et un une a au aux en pour par adjoint adjointe adjoints elu elue elus conseiller "
    "conseillere delegue deleguee vice president presidente charge chargee premier premiere ancien ancienne "
    "service services agent agente directeur directrice membre".split()
)


@dataclass(frozen=True)
class Authority:
    """`level` None: the text gives only a name. `name`: its words; empty where the text says "the region" alone."""

    level: Level | None
    name: frozenset[str]

    def is_same(self, other: Authority) -> bool:
        """Of one level and one name. "La Région" alone is any region: there is one in sight."""
        if self.level is None or other.level is None:
            return bool(self.name) and self.name == other.name
        if self.level != other.level:
            return False
        if not self.name or not other.name:
            return self.level == "region"
        return self.name == other.name


def named(text: str, *, is_one: bool = False) -> list[Authority]:
    """The authorities that a text names, as somebody's function does: "maire de Lavaur, conseillère régionale".

    is_one: the text is the name of an authority, so that "Lavaur" alone is one too.
    """
    found = [one for piece in re.split(r"[,;()/|•\n]| [–—-] ", text) for one in _in_piece(fold(piece))]
    if not found and is_one and (name := _name(fold(text))):
        return [Authority(None, name)]
    return found


def _in_piece(piece: str) -> list[Authority]:
    marks = list(_MARK.finditer(piece))
    found = []
    for at, mark in enumerate(marks):
        end = marks[at + 1].start() if at + 1 < len(marks) else len(piece)
        # "Toulouse Métropole": the name stands before, when nothing stands behind.
        name = _name(piece[mark.end() : end]) or (_name(piece[: mark.start()]) if at == 0 else frozenset())
        level: Level = mark.lastgroup  # type: ignore[assignment]
        if name or level == "region":
            found.append(Authority(level, name))
    return found


def _name(text: str) -> frozenset[str]:
    return frozenset(text.split()) - _SMALL
