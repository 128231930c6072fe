"""After the call: who works where, an appointment that the jury never reads, and days of a company's people lent."""

from __future__ import annotations

import re

from deploy.local.demo.browser import Browser, Page, Unexpected
from deploy.local.demo.funding import LACKING, Dossier
from deploy.local.demo.stage import Stage

PLACE, SECRET = "Vakinankaratra", "Le budget tient, le calendrier non."
STRUCTURE = re.compile(r"/equipe/structures/[0-9a-f-]{36}$")
LENT = "Hydrogéologue, implantation de forages"


def play(stage: Stage, dossiers: list[Dossier]) -> None:
    """dossiers: applications that the jury told of; the first says which skills its project lacks."""
    stage.act("II quater. Aider un porteur : l’annuaire, un rendez-vous, des compétences prêtées")
    bearer, lender = dossiers[0].author.structure, dossiers[1].author.structure
    _directory(stage, bearer)
    _appointment(stage, bearer)
    _skills(stage, lender, dossiers[0].title)


def _structure(stage: Stage, name: str, page: str) -> Page:
    """A page about a structure, found by its name. page: its address, with {} for the structure."""
    base = stage.urls["registration"]
    listed = stage.staff.open(f"{base}/equipe/structures/?q={name}")
    for link in dict.fromkeys(link for link in listed.links if STRUCTURE.search(link)):
        if name in stage.staff.open(link).text:
            return stage.staff.open(base + page.format(link.rpartition("/")[2]))
    raise Unexpected(f"{listed.url}: no structure is called {name}")


def _directory(stage: Stage, name: str) -> None:
    """Who works in that region, in one search; everybody finds it once it agreed."""
    page = _structure(stage, name, "/equipe/annuaire/{}")
    said = {"zones": ["MG"], "places": PLACE, "goals": ["6"], "since": "2012", "agreed_on": "2016-09-01"}
    stage.staff.submit(page, page.form("zones", "places"), said)
    found = stage.page("registration", f"/equipe/annuaire/?q=qui travaille à {PLACE.lower()}").text
    stage.expect("Annuaire : qui travaille à Vakinankaratra", name in found, True)
    stage.picture("registration-directory", f"{stage.urls['registration']}/equipe/annuaire/?q={PLACE}")
    public = Browser().open(f"{stage.urls['registration']}/annuaire/?q={PLACE[:5]}").text
    stage.expect("Annuaire public : elle est d’accord, on la trouve", name in public, True)


def _appointment(stage: Stage, name: str) -> None:
    """What was said, and what comes next, for a Monday morning."""
    page = _structure(stage, name, "/equipe/accompagnement/{}/nouveau")
    said = {"note": SECRET, "next_step": "Relire le budget", "next_on": "2016-10-10"}
    page = stage.staff.submit(page, page.form("note", "next_on"), said)
    kept = SECRET in page.text
    monday = stage.page("registration", "/equipe/accompagnement/").text
    stage.expect("Accompagnement : noté, et à relancer lundi", kept and "Relire le budget" in monday, True)


def _skills(stage: Stage, name: str, project: str) -> None:
    """An offer in water is proposed to the project that lacks it, not to the others; its days are counted."""
    page = _structure(stage, name, "/equipe/competences/nouvelle/{}")
    said = {"skills": LENT, "days": "5", "goals": ["6"], "zones": ["KH"]}
    page = stage.staff.submit(page, page.form("skills", "days"), said)
    proposed = [form for form in page.forms if "/projets/" in form.action]
    fits = (len(proposed), project in page.text, LACKING["skills"] in page.text)
    stage.picture("registration-skills", page.url)
    stage.expect("Compétences : proposées au seul projet à qui elles conviennent", fits, (1, True, True))
    page = stage.staff.submit(page, proposed[0], {"days": "3"})
    stage.expect("Compétences : trois jours convenus, deux libres", "2 jours libres sur 5" in page.text, True)
