"""The seventeen goals of sustainable development (*ODD*) as a list to choose from.

Source: resolution A/RES/70/1 (2015); short names as on un.org/sustainabledevelopment/fr.
"""

from __future__ import annotations

from shared.web.words import _


def choices() -> list[tuple[str, str]]:
    """("6", "6. Eau propre et assainissement"), in the language of the page."""
    names = (
        _("Pas de pauvreté"),
        _("Faim « zéro »"),
        _("Bonne santé et bien-être"),
        _("Éducation de qualité"),
        _("Égalité entre les sexes"),
        _("Eau propre et assainissement"),
        _("Énergie propre et d’un coût abordable"),
        _("Travail décent et croissance économique"),
        _("Industrie, innovation et infrastructure"),
        _("Inégalités réduites"),
        _("Villes et communautés durables"),
        _("Consommation et production responsables"),
        _("Lutte contre les changements climatiques"),
        _("Vie aquatique"),
        _("Vie terrestre"),
        _("Paix, justice et institutions efficaces"),
        _("Partenariats pour les objectifs"),
    )
    return [(str(number), f"{number}. {name}") for number, name in enumerate(names, start=1)]


def name_of(code: str) -> str:
    return dict(choices()).get(code, code)
