"""Second act, later in the year: a call for projects, from three minutes of questions to three filed applications."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from deploy.local.demo import people
from deploy.local.demo.agora import mails
from deploy.local.demo.browser import Browser, Page, Unexpected
from deploy.local.demo.people import Person
from deploy.local.demo.stage import SEED, Stage

TITLE, ENVELOPE, ASKED = "Appel à projets 2017", 12_000, 5_000  # euros: two projects, and what is left for no third
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
PROJECTS = [
    ("De l’eau à Battambang", "KH", "Commune de Battambang", "Deux puits sur cinq sont à sec en mars."),
    ("Une école pour Ambohimanga", "MG", "Commune d’Ambohimanga", "Cent vingt élèves pour deux salles."),
    ("Des semences pour Fatick", "SN", "Conseil départemental de Fatick", "Les semences s’achètent loin."),
]
LACKING = {"skills": "Un hydrogéologue pour placer les forages", "skills_days": "3", "goal_1": "6"}
"""What the first of them says that its project lacks."""


@dataclass(frozen=True)
class Dossier:
    """One application, as its author typed it, and the address that opens it."""

    author: Person
    title: str
    link: str


def play(stage: Stage) -> tuple[str, list[Dossier]]:
    """Returns the call's address for the staff, and the applications, each a project by now."""
    stage.act("II bis. Un appel à projets : trois questions, trois dossiers")
    call = _announce(stage)
    public = _public(stage, call)
    _may_it_be_helped(stage, public)
    authors = [one for one in people.network(60, seed=SEED, tag="-dossier") if one.kind == "association"]
    dossiers = [_begin(stage, public, author, *project) for author, project in zip(authors, PROJECTS, strict=False)]
    for one in dossiers:
        _file(stage, one)
    stage.expect("Courriels « Preuve de dépôt »", mails(stage, "Preuve de dépôt", len(dossiers)), len(dossiers))
    _correct(stage, dossiers[0])
    _accept(stage, call, dossiers)
    return call, dossiers


def _announce(stage: Stage) -> str:
    page = stage.page("jury", "/equipe/appels/financement")
    answers = {
        "preset": "coopdev-2016",
        "title": TITLE,
        "organiser_name": "Réseau régional de coopération internationale",
        "organiser_email": "appel@agora.example",
        "funder": "Conseil régional",
        "envelope": str(ENVELOPE),
        "closes_on": "2016-11-30",
    }
    page = stage.staff.submit(page, page.form("preset", "envelope"), answers)
    page = stage.staff.open(page.url.split("/reglement")[0])
    stage.staff.submit(page, page.form(action="/ouvrir"))
    return page.url


def _public(stage: Stage, call: str) -> str:
    """The page that everybody reads, found from the list of open calls."""
    listed = Browser().open(stage.urls["jury"] + "/")
    stage.expect("L’appel est sur la page des appels ouverts", TITLE in listed.text, True)
    return listed.link(f"/appels/{call.rpartition('/')[2]}")


def _may_it_be_helped(stage: Stage, public: str) -> None:
    """Ten questions without an account: Sichuan passes the gate of zones, Yunnan does not."""
    asked = {"legal_form": "association", "department": "31", "founded_on": "2010-01-01", "authority": "letter"}
    asked |= {"starts_on": "2017-01-15", "years": "1", "yearly": str(ASKED), "total": "20 000", "first": "yes"}
    visitor, refused = Browser(), []
    for place in ("CN-SC", "CN-YN"):
        page = visitor.open(f"{public}/eligibilite")
        page = visitor.submit(page, page.form("legal_form", "place"), asked | {"place": place})
        told = page.text.partition("Ce qu’il en est")[2]
        refused.append(
            re.findall(r"Article \d+ – (\w+)", told.partition("Non rempli")[0])[-1:] if "Non rempli" in told else []
        )
    stage.expect("Éligibilité : Sichuan sans refus, Yunnan hors des zones", refused, [[], ["Zones"]])


def _begin(stage: Stage, public: str, author: Person, title: str, place: str, partner: str, need: str) -> Dossier:
    """A draft half written and left; the link of the mail opens it on another machine, as it was."""
    browser = Browser()
    page = browser.open(f"{public}/deposer")
    who = {"first_name": author.first_name, "last_name": author.last_name, "email": author.email}
    page = browser.submit(page, page.form("email"), who)
    half = {"title": title, "place": place, "partner_name": partner, "need": need}
    browser.submit(page, page.form("title", "version"), half)
    mail = stage.mail.to(author.email, subject="dossier")
    link = re.search(r"https?://\S+/dossiers/[\w-]+", mail["Text"])
    if link is None:
        raise Unexpected(f"the mail of a draft has no link: {mail['Text']}")
    return Dossier(author, title, link[0])


def _file(stage: Stage, one: Dossier) -> None:
    """Taken up again: the rest, a sum above the ceiling that is refused, the papers, and the proof."""
    browser = Browser()
    page = browser.open(one.link)
    first = one.title == PROJECTS[0][0]
    if first:
        kept = dict(page.form("title", "version").values)
        stage.expect("Brouillon repris par le lien du courriel", (kept["title"], kept["need"]), _typed(PROJECTS[0]))
        too_much = _answers(one.author) | {"request_1": "5 000,01"}
        page = browser.submit(page, page.form("title", "version"), too_much | {"then": "check"})
        stage.expect("Une aide de 5 000,01 € : refusée avant le dépôt", "ne peut pas encore être" in page.text, True)
        page = browser.open(one.link)
    lacking = LACKING if first else {}
    page = browser.submit(page, page.form("title", "version"), _answers(one.author) | lacking)
    for paper in ("statuts", "budget", "partenaire"):
        page = _attach(browser, page, paper)
    page = browser.open(f"{one.link}/verifier")
    page = browser.submit(page, page.form(action="/deposer"))
    if first:
        proof = re.search(r"\b[0-9a-f]{64}\b", page.text)
        stage.expect("Dossier déposé : l’heure et l’empreinte", bool(proof) and "Déposé le" in page.text, True)


def _correct(stage: Stage, one: Dossier) -> None:
    """A slip, seen in time: filed anew before the call closes, and the first filing stays beside it."""
    browser = Browser()
    page = browser.open(one.link)
    page = browser.submit(page, page.form(action="/corriger"))
    browser.submit(page, page.form("title", "version"), {"need": f"{PROJECTS[0][3]} Les autres le sont en avril."})
    page = browser.open(f"{one.link}/verifier")
    page = browser.submit(page, page.form(action="/deposer"))
    stage.expect("Dossier corrigé : déposé à nouveau, l’autre à côté", "1 dépôt précédent" in page.text, True)
    stage.expect("Courriel « Preuve de dépôt d’un dossier corrigé »", mails(stage, "d’un dossier corrigé", 1), 1)


def _typed(project: tuple[str, str, str, str]) -> tuple[str, str]:
    return project[0], project[3]


def _answers(author: Person) -> dict[str, Any]:
    return {
        "structure": author.structure,
        "legal_form": "association",
        "department": author.department,
        "founded_on": "2009-05-04",
        "siret": "732 829 320 00074",
        "representative": f"{author.first_name} {author.last_name}",
        "commitment": "yes",
        "authority": "expected",
        "summary": "Un an d’actions avec la commune, une formation, une restitution publique au retour.",
        "objectives": "Que la commune puisse continuer sans nous.",
        "activities": "Former six personnes, équiper, rendre compte.",
        "starts_on": "2017-01-15",
        "first": "yes",
        "request_1": str(ASKED),
        "expense_label_1": "Équipement et formation",
        "expense_amount_1": "10 000",
        "income_label_1": "Commune et adhérents",
        "income_amount_1": "5 000",
    }


def _attach(browser: Browser, page: Page, paper: str) -> Page:
    """With the button beside the paper, which sends that file alone."""
    form = page.form("title", "version")
    files = {f"file_{paper}": (f"{paper}.pdf", PDF, "application/pdf")}
    form.action = f"{page.url.split('?')[0].split('#')[0]}/pieces/{paper}"
    return browser.submit(page, form, files=files)


def _accept(stage: Stage, call: str, dossiers: list[Dossier]) -> None:
    """The staff read each and take it in: it is a project of the round."""
    page = stage.staff.open(f"{call}/dossiers")
    for link in dict.fromkeys(link for link in page.links if "/equipe/dossiers/" in link):
        page = stage.staff.open(link)
        stage.staff.submit(page, page.form(action="/accepter"))
    page = stage.staff.open(f"{call}/projets")
    stage.expect("Dossiers devenus projets", sum(one.title in page.text for one in dossiers), len(dossiers))
