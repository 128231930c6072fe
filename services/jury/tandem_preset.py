"""The call that pairs an association with a class: rules and grid to start from. Data; every figure may be changed.

Next: funding_presets.py, which offers it.
"""

from __future__ import annotations

from typing import Any

from services.jury.presets import OCCITANIE, article, criterion

RULEBOOK: dict[str, Any] = {
    "preset": "tandems",
    "version": 1,
    "source": "Proposition de départ : chaque réseau y met ses articles, ses plafonds et son calendrier.",
    "tandem": True,
    "score": "mean",
    "minimum_readings": 2,
    "ties": ["criteria", "draw"],
    "places": 20,
    "reserve": 5,
    "quorum_percent": 50,
    "line": "stop",
    "reserves": "whole",
    "ceilings": {"per_year_cents": 100_000, "per_project_cents": 100_000, "years": 1, "share_percent": 80},
    "envelopes": [
        {
            "id": "principale",
            "title": "Tandems solidaires",
            "funder": "Région Occitanie",
            "cents": 2_000_000,
            "per_person_cents": None,
        }
    ],
    "articles": [
        article(
            "1",
            "L’association",
            "La première moitié du tandem est une association ou une fondation.",
            "legal_form",
            "in",
            ["association"],
        ),
        article(
            "2", "Siège en région", "Le siège de l’association se trouve en Occitanie.", "department", "in", OCCITANIE
        ),
        article(
            "3",
            "La classe",
            "La seconde moitié est une classe d’une école, d’un collège, d’un lycée ou d’un lycée agricole.",
            "school_kind",
            "in",
            ["primary", "middle", "high", "farm"],
        ),
        article(
            "4",
            "Établissement en région",
            "L’établissement scolaire se trouve en Occitanie.",
            "school_department",
            "in",
            OCCITANIE,
        ),
        article(
            "5", "Pas de rétroactivité", "Le projet commence après la clôture de l’appel.", "starts_on", "not_begun"
        ),
        article("6", "Plafond", "L’aide est de 1 000 € au plus, pour une année scolaire.", "yearly", "ceilings"),
        article("7", "Cofinancement", "L’aide couvre 80 % du coût du projet au plus.", "total", "share"),
        article("8", "Un seul tandem", "Une association dépose un seul tandem par session.", "first", "yes"),
    ],
    "zones": {"mode": "none", "codes": [], "bonus_points": 0},
    "attachments": [
        {"key": "statuts", "title": "Statuts de l’association", "required": True, "later": True},
        {"key": "rib", "title": "Relevé d’identité bancaire", "required": False, "later": True},
    ],
}

CRITERIA: list[dict[str, Any]] = [
    criterion(
        "Construit à deux",
        "Built by two",
        "L’association et l’enseignant·e ont-ils écrit ce projet ensemble ?",
        25,
        [
            "Une seule des deux moitiés parle.",
            "L’autre moitié est nommée, sans rôle.",
            "L’association intervient, la classe écoute.",
            "Les rôles sont répartis, quelques séances sont préparées à deux.",
            "Objectifs et séances sont décidés ensemble, avec des dates.",
            "Chaque étape est préparée, menée et évaluée à deux, toute l’année.",
        ],
        minimum=2,
    ),
    criterion(
        "Ce que les élèves font",
        "What the pupils do",
        "Les élèves agissent-ils, ou regardent-ils ?",
        25,
        [
            "Rien n’est dit des élèves.",
            "Les élèves assistent à une intervention.",
            "Les élèves posent des questions, sans suite.",
            "Les élèves mènent une activité dans l’année.",
            "Les élèves enquêtent, produisent et présentent.",
            "Les élèves choisissent, décident et rendent compte de ce qu’ils ont appris.",
        ],
    ),
    criterion(
        "Réciprocité avec le territoire partenaire",
        "Reciprocity with the partner territory",
        "Que disent et que font celles et ceux de là-bas ?",
        20,
        [
            "Le territoire partenaire est absent.",
            "Il n’est qu’un exemple de manque.",
            "Il est présenté par l’association seule.",
            "Une personne de là-bas est entendue.",
            "Un échange a lieu avec une classe ou des habitants.",
            "Les deux côtés apprennent l’un de l’autre et le montrent.",
        ],
    ),
    criterion(
        "Place dans les apprentissages",
        "Place in what is taught",
        "Le projet sert-il les programmes, et plusieurs disciplines ?",
        15,
        [
            "Aucun lien avec ce qui s’enseigne.",
            "Un lien est affirmé.",
            "Une discipline, une fois.",
            "Une discipline, toute l’année.",
            "Plusieurs disciplines travaillent ensemble.",
            "L’établissement porte le projet, et il se poursuit après l’année.",
        ],
    ),
    criterion(
        "Restitution",
        "Sharing the result",
        "Qui, hors de la classe, verra ce travail ?",
        15,
        [
            "Rien n’est prévu.",
            "Une idée, sans public.",
            "Devant une autre classe.",
            "Dans l’établissement, avec les familles.",
            "À la journée régionale, avec un support fait par les élèves.",
            "À la journée régionale et chez le partenaire, par les élèves eux-mêmes.",
        ],
    ),
]
