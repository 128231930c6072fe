"""Step 3 of nine: what stands on the badges of an event, and on which paper. Pure. Next: badge_papers.py."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from services.registration.rules.choices import N_

LAYOUTS = {
    "sheet": (N_("Huit par page A4"), N_("85 × 60 mm, à couper le long des traits.")),
    "folded": (N_("Quatre par page A4, à plier"), N_("85 × 60 mm des deux côtés : lisible quand il se retourne.")),
    "a6": (N_("Un par page A6"), N_("105 × 148 mm, pour une pochette autour du cou.")),
    "label": (N_("Étiquettes en rouleau"), N_("62 × 100 mm, en noir, pour une imprimante d’étiquettes.")),
}
PARTS = {
    "structure": N_("Structure"),
    "function": N_("Fonction"),
    "type": N_("Type d’acteur, en mots sur une bande de couleur"),
    "workshops": N_("Ateliers, avec heure et salle"),
    "code": N_("Code que l’accueil lit"),
    "logo": N_("Logo de l’organisateur"),
}
"""What may stand on a badge besides the names."""
MOST_MARKS = 12
USUAL = frozenset({"structure", "code"})
COLOURS = {
    "association": "#7a2233",
    "authority": "#1f4e79",
    "public_body": "#2f5d3a",
    "education": "#5b3a7a",
    "business": "#7a4a00",
    "person": "#3d4a52",
}
"""Of the band of each type: dark enough for white words. The words say it; the colour only helps."""
PLAIN = "#3b352d"


@dataclass(frozen=True)
class Badge:
    """parts: of PARTS. question: an ordinary question whose answer is printed; "": none. marks: those of the team that
    are printed on who has them; no other ever is."""

    layout: str = "sheet"
    parts: frozenset[str] = USUAL
    question: str = ""
    marks: tuple[str, ...] = ()

    def plain(self) -> dict[str, Any]:
        """As an event keeps it."""
        return {
            "layout": self.layout,
            "parts": sorted(self.parts),
            "question": self.question,
            "marks": list(self.marks),
        }


def of(kept: Mapping[str, Any]) -> Badge:
    """What an event keeps; {}: the badge that nobody changed."""
    if not kept:
        return Badge()
    return chosen(kept["layout"], kept["parts"], kept["question"], kept["marks"])


def chosen(layout: str, parts: Iterable[str], question: str, marks: Iterable[str]) -> Badge:
    """Of what a page or an address says; what makes no sense is left out."""
    return Badge(
        layout if layout in LAYOUTS else "sheet",
        frozenset(parts) & PARTS.keys(),
        question,
        tuple(dict.fromkeys(one for one in marks if one))[:MOST_MARKS],
    )


def known(badge: Badge, questions: Collection[str]) -> Badge:
    """Without an answer that the form does not ask, or holds for sensitive, by now."""
    question = badge.question if badge.question in questions else ""
    return Badge(badge.layout, badge.parts, question, badge.marks)
