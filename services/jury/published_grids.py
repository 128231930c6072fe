"""Seven grids as they were published, and the preset calls that use them. Data.

The published weights are kept; each line is read on levels from 0, because a tablet scores levels. Lines whose title
could not be read in the source say so. `minimum_total`: hundredths of a point on 20, where one was published.
"""

from __future__ import annotations

from typing import Any

_WORDS = ["Absent", "Très insuffisant", "Insuffisant", "Correct", "Bon", "Excellent"]


def _line(title: str, title_en: str, points: int, *, comments: tuple[int, ...] = (0,)) -> dict[str, Any]:
    return {
        "title": title,
        "title_en": title_en,
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


def _lines(title: str, title_en: str, *lines: tuple[str, str, int]) -> list[dict[str, Any]]:
    found = (_line(f"{title} : {line}", f"{title_en}: {line_en}", points) for line, line_en, points in lines)
    return _section(title, title_en, *found)


def _numbered(title: str, title_en: str, *points: int) -> list[dict[str, Any]]:
    """A section whose lines bear numbers alone in their source."""
    return _lines(title, title_en, *((str(number), str(number), one) for number, one in enumerate(points, 1)))


GRIDS: dict[str, dict[str, Any]] = {
    "eu_concept_note": {
        "title": "Note succincte de l’Union européenne (PRAG), sur 50",
        "source": "Union européenne, guide pratique PRAG, grille de la note succincte ; les sous-lignes de la "
        "conception, coupées dans la source, sont réunies en une.",
        "criteria": [
            *_lines(
                "Pertinence",
                "Relevance",
                ("objectifs de l’appel", "objectives of the call", 10),
                ("besoins du pays", "needs of the country", 10),
                ("groupes cibles", "target groups", 5),
                ("valeur ajoutée", "added value", 5),
            ),
            *_section(
                "Conception de l’action",
                "Design of the action",
                _line("Conception de l’action", "Design of the action", 20),
            ),
        ],
    },
    "wyde": {
        "title": "Sous-subventions WYDE, sur 50",
        "source": "WYDE, appel à sous-subventions, grille d’évaluation (après un contrôle juridique par oui ou non).",
        "criteria": [
            *_lines(
                "Pertinence",
                "Relevance",
                ("première ligne", "first line", 6),
                ("deuxième ligne", "second line", 6),
                ("troisième ligne", "third line", 6),
                ("autre", "other", 2),
            ),
            *_lines(
                "Conception",
                "Design",
                ("cohérence", "coherence", 10),
                ("risques", "risks", 5),
                ("faisabilité", "feasibility", 5),
                ("résultats", "results", 5),
                ("droits humains", "human rights", 5),
            ),
        ],
    },
    "acp_culture": {
        "title": "Culture ACP-UE, sur 100",
        "source": "Culture at Work Africa 2018 pour les poids ; appel ACP-UE pour la pertinence (30) et le total "
        "minimum (75 sur 100). Le titre du cinquième critère manque, son poids est déduit.",
        "minimum_total": 1500,
        "criteria": [
            _line("Pertinence", "Relevance", 30),
            _line("Offre financière", "Financial offer", 20),
            _line("Communication", "Communication", 20),
            _line("Équipe", "Team", 20),
            _line(
                "Cinquième critère (titre absent de la source)",
                "Fifth criterion (its title is missing in the source)",
                10,
            ),
        ],
    },
    "aid_committee": {
        "title": "Comité d’aide, cinq fois 20",
        "source": "Grille générique d’un comité d’attribution : cinq sections de 0 à 20 ; issues : approuvé, "
        "approuvé sous réserve. La dernière ligne de l’efficience est déduite.",
        "criteria": [
            *_lines(
                "Pertinence",
                "Relevance",
                ("première ligne", "first line", 10),
                ("deuxième ligne", "second line", 5),
                ("troisième ligne", "third line", 5),
            ),
            *_lines(
                "Efficacité",
                "Effectiveness",
                ("première ligne", "first line", 10),
                ("deuxième ligne", "second line", 10),
            ),
            *_lines(
                "Efficience",
                "Efficiency",
                ("première ligne", "first line", 10),
                ("deuxième ligne", "second line", 5),
                ("reste", "rest", 5),
            ),
            *_section(
                "Pérennité et impact",
                "Sustainability and impact",
                _line("Pérennité et impact", "Sustainability and impact", 20),
            ),
            *_section("Organisation", "Organisation", _line("Organisation", "Organisation", 20)),
        ],
    },
    "uemoa": {
        "title": "Évaluation ex ante de l’UEMOA, sur 100",
        "source": "UEMOA, grille d’évaluation ex ante des projets.",
        "criteria": [
            *_numbered("Pertinence", "Relevance", 12, 7, 6),
            *_numbered("Efficience", "Efficiency", 6, 4),
            *_numbered("Efficacité", "Effectiveness", 6, 4),
            *_numbered("Durabilité", "Sustainability", 6, 3, 4, 1, 1),
            *_numbered("Impacts", "Impacts", 4, 1),
            *_numbered("Additionnalité", "Additionality", 13, 2),
            *_numbered("Qualité à l’entrée", "Quality at entry", 8, 6, 3, 3),
        ],
    },
    "phare_access": {
        "title": "Phare Access, lignes de 1 à 5",
        "source": "Phare Access : lignes notées de 1 à 5, certaines comptées deux fois ; commentaire "
        "obligatoire pour 1, 2 et 5. Les intitulés sont à compléter d’après l’appel.",
        "criteria": [
            _line(
                "Ligne comptée deux fois (intitulé à compléter)",
                "Line counted twice (title to be completed)",
                10,
                comments=(1, 2, 5),
            ),
            _line("Ligne simple (intitulé à compléter)", "Simple line (title to be completed)", 5, comments=(1, 2, 5)),
        ],
    },
    "eu_cross_border": {
        "title": "Coopération transfrontalière de l’Union européenne, section éliminatoire",
        "source": "Programme transfrontalier de l’Union européenne, volet « hard » : 50 points, dont une section de 30 "
        "éliminatoire sous 15. Les lignes de chaque section sont à compléter d’après l’appel.",
        "criteria": [
            *_section(
                "Section éliminatoire",
                "Eliminatory section",
                _line("Pertinence (lignes à compléter)", "Relevance (lines to be completed)", 30),
                minimum=15,
            ),
            *_section(
                "Reste de la pertinence",
                "Rest of the relevance",
                _line("Reste (lignes à compléter)", "Rest (lines to be completed)", 20),
            ),
        ],
    },
}
