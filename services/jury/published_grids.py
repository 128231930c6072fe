"""Seven grids as they were published, and the preset calls that use them. Data.

The published weights are kept; each line is read on levels from 0, because a tablet scores levels. Lines whose title
could not be read in the source say so. `minimum_total`: hundredths of a point on 20, where one was published.
"""

from __future__ import annotations

from typing import Any

_WORDS = ["Absent", "Très insuffisant", "Insuffisant", "Correct", "Bon", "Excellent"]


def _line(title: str, points: int, *, comments: tuple[int, ...] = (0,)) -> dict[str, Any]:
    return {
        "title": title,
        "help": f"{points} points dans la grille publiée.",
        "weight": points,
        "max": len(_WORDS) - 1,
        "minimum": None,
        "comment_required_for": list(comments),
        "levels": [{"value": value, "label": word, "evidence": ""} for value, word in enumerate(_WORDS)],
    }


def _section(title: str, title_en: str, *lines: dict[str, Any], minimum: int | None = None) -> list[dict[str, Any]]:
    """minimum: points of the section below which a project is out."""
    first, *others = lines
    return [first | {"section": {"title": title, "title_en": title_en, "minimum": minimum}}, *others]


def _lines(title: str, title_en: str, *lines: tuple[str, int]) -> list[dict[str, Any]]:
    return _section(title, title_en, *(_line(f"{title} : {line}", points) for line, points in lines))


GRIDS: dict[str, dict[str, Any]] = {
    "eu_concept_note": {
        "title": "Note succincte de l’Union européenne (PRAG), sur 50",
        "source": "Union européenne, guide pratique PRAG, grille de la note succincte ; les sous-lignes de la "
        "conception, coupées dans la source, sont réunies en une.",
        "criteria": [
            *_lines(
                "Pertinence",
                "Relevance",
                ("objectifs de l’appel", 10),
                ("besoins du pays", 10),
                ("groupes cibles", 5),
                ("valeur ajoutée", 5),
            ),
            *_section("Conception de l’action", "Design of the action", _line("Conception de l’action", 20)),
        ],
    },
    "wyde": {
        "title": "Sous-subventions WYDE, sur 50",
        "source": "WYDE, appel à sous-subventions, grille d’évaluation (après un contrôle juridique par oui ou non).",
        "criteria": [
            *_lines(
                "Pertinence",
                "Relevance",
                ("première ligne", 6),
                ("deuxième ligne", 6),
                ("troisième ligne", 6),
                ("autre", 2),
            ),
            *_lines(
                "Conception",
                "Design",
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
        "source": "Culture at Work Africa 2018 pour les poids ; appel ACP-UE pour la pertinence (30) et le total "
        "minimum (75 sur 100). Le titre du cinquième critère manque, son poids est déduit.",
        "minimum_total": 1500,
        "criteria": [
            *_section("Pertinence", "Relevance", _line("Pertinence", 30)),
            *_section("Offre financière", "Financial offer", _line("Offre financière", 20)),
            *_section("Communication", "Communication", _line("Communication", 20)),
            *_section("Équipe", "Team", _line("Équipe", 20)),
            *_section("Cinquième section", "Fifth section", _line("Cinquième critère (titre absent de la source)", 10)),
        ],
    },
    "aid_committee": {
        "title": "Comité d’aide, cinq fois 20",
        "source": "Grille générique d’un comité d’attribution : cinq sections de 0 à 20 ; issues : approuvé, "
        "approuvé sous réserve. La dernière ligne de l’efficience est déduite.",
        "criteria": [
            *_lines("Pertinence", "Relevance", ("première ligne", 10), ("deuxième ligne", 5), ("troisième ligne", 5)),
            *_lines("Efficacité", "Effectiveness", ("première ligne", 10), ("deuxième ligne", 10)),
            *_lines("Efficience", "Efficiency", ("première ligne", 10), ("deuxième ligne", 5), ("reste", 5)),
            *_section("Pérennité et impact", "Sustainability and impact", _line("Pérennité et impact", 20)),
            *_section("Organisation", "Organisation", _line("Organisation", 20)),
        ],
    },
    "uemoa": {
        "title": "Évaluation ex ante de l’UEMOA, sur 100",
        "source": "UEMOA, grille d’évaluation ex ante des projets.",
        "criteria": [
            *_lines("Pertinence", "Relevance", ("1", 12), ("2", 7), ("3", 6)),
            *_lines("Efficience", "Efficiency", ("1", 6), ("2", 4)),
            *_lines("Efficacité", "Effectiveness", ("1", 6), ("2", 4)),
            *_lines("Durabilité", "Sustainability", ("1", 6), ("2", 3), ("3", 4), ("4", 1), ("5", 1)),
            *_lines("Impacts", "Impacts", ("1", 4), ("2", 1)),
            *_lines("Additionnalité", "Additionality", ("1", 13), ("2", 2)),
            *_lines("Qualité à l’entrée", "Quality at entry", ("1", 8), ("2", 6), ("3", 3), ("4", 3)),
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
        "éliminatoire sous 15. Les lignes de chaque section sont à compléter d’après l’appel.",
        "criteria": [
            *_section(
                "Section éliminatoire", "Eliminatory section", _line("Pertinence (lignes à compléter)", 30), minimum=15
            ),
            *_section("Reste de la pertinence", "Rest of the relevance", _line("Reste (lignes à compléter)", 20)),
        ],
    },
}
