"""The rulebooks that ship for calls for projects. Data, to be copied into a call; every figure may be changed there."""

from __future__ import annotations

from typing import Any

from services.jury.presets import OCCITANIE, TRIBUNE_GRID, article
from services.jury.published_grids import GRIDS
from services.jury.tandem_preset import CRITERIA, RULEBOOK


def _paper(key: str, title: str, *, required: bool = True, later: bool = False) -> dict[str, Any]:
    return {"key": key, "title": title, "required": required, "later": later}


ARTICLES = [
    article(
        "1",
        "Qui peut demander",
        "Le porteur est une association, une collectivité, un établissement public ou d’enseignement.",
        "legal_form",
        "in",
        ["association", "authority", "public_body", "teaching"],
    ),
    article("2", "Siège en région", "Le siège du porteur se trouve en Occitanie.", "department", "in", OCCITANIE),
    article(
        "3", "Ancienneté", "Le porteur existe depuis deux ans à la clôture de l’appel.", "founded_on", "age", least=2
    ),
    article(
        "4",
        "Zones",
        "Le projet se déroule dans une zone de l’appel : Brésil, Palestine, Cambodge, Sénégal, Sichuan, Madagascar.",
        "place",
        "zone",
    ),
    article(
        "5",
        "Autorité locale partenaire",
        "Une autorité locale du territoire partenaire participe au projet ; sa lettre peut suivre le dépôt.",
        "authority",
        "authority",
    ),
    article("6", "Pas de rétroactivité", "Le projet commence après la clôture de l’appel.", "starts_on", "not_begun"),
    article("7", "Durée", "Le projet dure trois ans au plus.", "years", "years"),
    article("8", "Plafonds", "L’aide est de 5 000 € par an et de 15 000 € par projet au plus.", "yearly", "ceilings"),
    article("9", "Cofinancement", "L’aide couvre 75 % du coût du projet au plus.", "total", "share"),
    article("10", "Un seul dossier", "Un porteur dépose un seul dossier par session.", "first", "yes"),
]

COOPDEV: dict[str, Any] = {
    "preset": "coopdev-2016",
    "version": 1,
    "source": "Compte rendu de la rencontre régionale du 3 juin 2016.",
    "score": "mean",
    "minimum_readings": 3,
    "ties": ["criteria", "draw"],
    "places": 21,
    "reserve": 10,
    "quorum_percent": 50,
    "line": "stop",
    "reserves": "whole",
    "ceilings": {
        "per_year_cents": 500_000,
        "per_project_cents": 1_500_000,
        "years": 3,
        "share_percent": 75,
    },
    "envelopes": [
        {
            "id": "principale",
            "title": "Soutien aux projets",
            "funder": "Région Occitanie",
            "cents": 32_000_000,
            "per_person_cents": None,
        }
    ],
    "articles": ARTICLES,
    "zones": {"mode": "gate", "codes": ["BR", "PS", "KH", "SN", "CN-SC", "MG"], "bonus_points": 0},
    "attachments": [
        _paper("statuts", "Statuts"),
        _paper("budget", "Derniers comptes approuvés"),
        _paper("partenaire", "Accord du partenaire"),
        _paper("lettre", "Lettre de l’autorité locale", later=True),
        _paper("rib", "Relevé d’identité bancaire", required=False, later=True),
    ],
}


def _generic(name: str) -> dict[str, Any]:
    """The rules of Coopdev' with a published grid: a start, since those calls publish their grid and not ours."""
    grid = GRIDS[name]
    return COOPDEV | {"preset": name, "source": grid["source"]} | {k: grid[k] for k in ("minimum_total",) if k in grid}


PRESETS: dict[str, dict[str, Any]] = {
    "coopdev-2016": {"title": "Coopdev’ 2016", "rulebook": COOPDEV, "criteria": TRIBUNE_GRID[:-1]},
    "tandems": {"title": "Tandems solidaires", "rulebook": RULEBOOK, "criteria": CRITERIA},
} | {
    name: {"title": grid["title"], "rulebook": _generic(name), "criteria": grid["criteria"]}
    for name, grid in GRIDS.items()
}
"""What a call for projects can start from: its name on screen, its rules and its grid."""
