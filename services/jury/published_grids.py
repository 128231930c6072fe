"""Seven grids as they were published, and the preset calls that use them. Data.

The published weights are kept; each line is read on levels from 0, because a tablet scores levels. Lines whose title
could not be read in the source say so.
"""

from __future__ import annotations

from typing import Any

_WORDS = ["Absent", "Très insuffisant", "Insuffisant", "Correct", "Bon", "Excellent"]
_SIX = [*_WORDS[:3], "Juste suffisant", "Correct", "Bon", "Excellent"]


def _line(
    title: str, points: int, *, levels: int = 5, minimum: int | None = None, comments: tuple[int, ...] = (0,)
) -> dict[str, Any]:
    words = _SIX if levels == 6 else _WORDS
    return {
        "title": title,
        "help": f"{points} points dans la grille publiée.",
        "weight": points,
        "max": levels,
        "minimum": minimum,
        "comment_required_for": list(comments),
        "levels": [{"value": value, "label": words[value], "evidence": ""} for value in range(levels + 1)],
    }


def _lines(section: str, *lines: tuple[str, int]) -> list[dict[str, Any]]:
    return [_line(f"{section} : {title}", points) for title, points in lines]


GRIDS: dict[str, dict[str, Any]] = {
    "eu_concept_note": {
        "title": "Note succincte de l’Union européenne (PRAG), sur 50",
        "source": "Union européenne, guide pratique PRAG, grille de la note succincte ; les sous-lignes de la "
        "conception, coupées dans la source, sont réunies en une.",
        "criteria": [
            *_lines(
                "Pertinence",
                ("objectifs de l’appel", 10),
                ("besoins du pays", 10),
                ("groupes cibles", 5),
                ("valeur ajoutée", 5),
            ),
            _line("Conception de l’action", 20),
        ],
    },
    "wyde": {
        "title": "Sous-subventions WYDE, sur 50",
        "source": "WYDE, appel à sous-subventions, grille d’évaluation (après un contrôle juridique par oui ou non).",
        "criteria": [
            *_lines("Pertinence", ("première ligne", 6), ("deuxième ligne", 6), ("troisième ligne", 6), ("autre", 2)),
            *_lines(
                "Conception",
                ("cohérence", 10),
                ("risques", 5),
                ("faisabilité", 5),
                ("résultats", 5),
                ("droits humains", 5),
            ),
        ],
    },
    "acp_culture": {
        "title": "Culture ACP-UE, sur 100",
        "source": "Culture at Work Africa 2018 pour les poids ; appel ACP-UE pour la pertinence (30). "
        "Le titre du cinquième critère manque, son poids est déduit.",
        "criteria": [
            _line("Pertinence", 30),
            _line("Offre financière", 20),
            _line("Communication", 20),
            _line("Équipe", 20),
            _line("Cinquième critère (titre absent de la source)", 10),
        ],
    },
    "aid_committee": {
        "title": "Comité d’aide, cinq fois 20",
        "source": "Grille générique d’un comité d’attribution : cinq sections de 0 à 20 ; issues : approuvé, "
        "approuvé sous réserve. La dernière ligne de l’efficience est déduite.",
        "criteria": [
            *_lines("Pertinence", ("première ligne", 10), ("deuxième ligne", 5), ("troisième ligne", 5)),
            *_lines("Efficacité", ("première ligne", 10), ("deuxième ligne", 10)),
            *_lines("Efficience", ("première ligne", 10), ("deuxième ligne", 5), ("reste", 5)),
            _line("Pérennité et impact", 20),
            _line("Organisation", 20),
        ],
    },
    "uemoa": {
        "title": "Évaluation ex ante de l’UEMOA, sur 100",
        "source": "UEMOA, grille d’évaluation ex ante des projets.",
        "criteria": [
            *_lines("Pertinence", ("1", 12), ("2", 7), ("3", 6)),
            *_lines("Efficience", ("1", 6), ("2", 4)),
            *_lines("Efficacité", ("1", 6), ("2", 4)),
            *_lines("Durabilité", ("1", 6), ("2", 3), ("3", 4), ("4", 1), ("5", 1)),
            *_lines("Impacts", ("1", 4), ("2", 1)),
            *_lines("Additionnalité", ("1", 13), ("2", 2)),
            *_lines("Qualité à l’entrée", ("1", 8), ("2", 6), ("3", 3), ("4", 3)),
        ],
    },
    "phare_access": {
        "title": "Phare Access, lignes de 1 à 5",
        "source": "Phare Access : lignes notées de 1 à 5, certaines comptées deux fois ; commentaire "
        "obligatoire pour 1, 2 et 5. Les intitulés sont à compléter d’après l’appel.",
        "criteria": [
            _line("Ligne comptée deux fois (intitulé à compléter)", 10, comments=(1, 2, 5)),
            _line("Ligne simple (intitulé à compléter)", 5, comments=(1, 2, 5)),
        ],
    },
    "eu_cross_border": {
        "title": "Coopération transfrontalière de l’Union européenne, section éliminatoire",
        "source": "Programme transfrontalier de l’Union européenne, volet « hard » : 50 points, dont une section de 30 "
        "éliminatoire sous 15. Sur six niveaux, 15 points sont le niveau 3.",
        "criteria": [
            _line("Section éliminatoire de pertinence (15 au moins sur 30)", 30, levels=6, minimum=3),
            _line("Reste de la pertinence", 20),
        ],
    },
}
