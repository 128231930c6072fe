"""A call of another kind: an association and a class write one application, each by its own link, and both agree."""

from __future__ import annotations

import re

from deploy.local.demo import people
from deploy.local.demo.browser import Browser, Unexpected
from deploy.local.demo.stage import SEED, Stage

TITLE = "Tandems solidaires 2017"
PROJECT = {
    "title": "L’eau d’ici, l’eau de là-bas",
    "summary": "Une classe et une association suivent l’eau, du robinet au puits.",
    "place": "KH",
    "objectives": "Comprendre d’où vient l’eau.",
    "activities": "Six séances, un échange de films.",
    "starts_on": "2017-01-16",
}
MONEY = {
    "siret": "732 829 320 00074",
    "commitment": "yes",
    "first": "yes",
    "request_1": "800",
    "expense_label_1": "Séances",
    "expense_amount_1": "1 000",
    "income_label_1": "Association",
    "income_amount_1": "200",
}
CLASS = {
    "school_kind": "middle",
    "school_name": "Collège des Deux-Rives",
    "school_town": "Albi",
    "school_department": "81",
    "school_level": "Cinquième",
    "pupils": "27",
    "class_work": "La classe mesure ce qu’elle boit, écrit à Battambang et filme sa réponse.",
    "school_agrees": "yes",
}
TEACHER = {"first_name": "Hugo", "last_name": "Ferrand", "email": "hugo.ferrand@college.example"}


def play(stage: Stage) -> None:
    stage.act("II quinquies. Tandems solidaires : une association, une classe, un seul dossier")
    call = _announce(stage)
    author = next(one for one in people.network(60, seed=SEED, tag="-tandem") if one.kind == "association")
    association, school = Browser(), Browser()
    page = association.open(f"{stage.urls['jury']}/appels/{call.rpartition('/')[2]}/deposer")
    who = {"first_name": author.first_name, "last_name": author.last_name, "email": author.email}
    page = association.submit(page, page.form("email", "half"), who | {"half": "association"})
    link = page.url.split("?")[0]
    mine = {"structure": author.structure, "legal_form": "association", "department": author.department}
    mine |= {"representative": f"{author.first_name} {author.last_name}"}
    association.submit(page, page.form("title", "version"), PROJECT | MONEY | mine)
    alone = association.open(f"{link}/verifier").text
    stage.expect("Tandem d’une moitié : « il manque la classe »", "il manque la classe" in alone, True)
    page = association.open(f"{link}/moitie")
    association.submit(page, page.form("email"), TEACHER)
    theirs = _link(stage, TEACHER["email"])
    page = school.open(theirs)
    school.submit(page, page.form("pupils", "version"), CLASS)
    stage.picture("jury-tandem-phone", theirs, staff=False, width="phone")
    page = school.open(f"{theirs}/verifier")
    school.submit(page, page.form(action="/accord"))
    page = association.open(f"{link}/verifier")
    page = association.submit(page, page.form(action="/deposer"))
    stage.expect("Tandem déposé quand la classe est d’accord", "déposé" in page.text, True)
    listed = stage.staff.open(f"{call}/dossiers").text
    both = (author.structure in listed, CLASS["school_name"] in listed)
    stage.expect("Tandem : l’équipe lit les deux moitiés", both, (True, True))


def _announce(stage: Stage) -> str:
    """The call, open to everybody; its address for the staff."""
    page = stage.page("jury", "/equipe/appels/financement")
    answers = {
        "preset": "tandems",
        "title": TITLE,
        "organiser_name": "Réseau régional de coopération internationale",
        "organiser_email": "tandems@agora.example",
        "funder": "Conseil régional",
        "envelope": "4 000",
        "closes_on": "2016-12-15",
    }
    page = stage.staff.submit(page, page.form("preset", "envelope"), answers)
    page = stage.staff.open(page.url.split("/reglement")[0])
    stage.staff.submit(page, page.form(action="/ouvrir"))
    return page.url


def _link(stage: Stage, email: str) -> str:
    mail = stage.mail.to(email, subject="tandem")
    found = re.search(r"https?://\S+/dossiers/[\w-]+", mail["Text"])
    if found is None:
        raise Unexpected(f"the mail to a class has no link: {mail['Text']}")
    return found[0]
