"""Before the committee: somebody who knows the country gives an opinion on an application, which is no score."""

from __future__ import annotations

import re

from deploy.local.demo.browser import Browser, Unexpected
from deploy.local.demo.funding import Dossier
from deploy.local.demo.stage import Stage

EXPERT = {
    "first_name": "Solange",
    "last_name": "Tran",
    "email": "solange.tran@experts.example",
    "themes": "eau",
    "countries": "KH",
}
WORRY = "L’entretien des pompes n’est pas chiffré."
OPINION = {"choice": "reserved", "strengths": "La commune s’est engagée.", "weaknesses": WORRY}


def play(stage: Stage, call: str, one: Dossier) -> None:
    """call: its address for the staff, whose round is not closed yet."""
    page = stage.page("jury", "/equipe/experts/nouveau")
    stage.staff.submit(page, page.form("first_name", "themes"), EXPERT)
    page = stage.staff.open(f"{call}/avis")
    page = next(
        found
        for link in dict.fromkeys(link for link in page.links if "/avis/" in link)
        if one.title in (found := stage.staff.open(link)).text
    )
    told = "thème : eau" in page.text.replace("\N{NARROW NO-BREAK SPACE}", " ")
    stage.expect("Experte proposée, avec la raison", told, True)
    asked = {"expert": page.form("expert", "due_on").choices["expert"][0], "due_on": "2016-12-10"}
    stage.picture("jury-opinions", page.url)
    stage.staff.submit(page, page.form("expert", "due_on"), asked)
    mail = stage.mail.to(EXPERT["email"], subject="Votre avis")
    link = re.search(r"https?://\S+/expertise/[\w-]+", mail["Text"])
    if link is None:
        raise Unexpected(f"the mail to an expert has no link: {mail['Text']}")
    reader = Browser()
    answer = reader.open(link[0])
    reader.submit(answer, answer.form("choice"), OPINION)
    read = stage.staff.open(page.url).text
    stage.expect("Avis rendu par le lien du courriel, lu par l’équipe", WORRY in read, True)
