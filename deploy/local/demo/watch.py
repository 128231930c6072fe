"""What others offer: a call that the editors met goes into the issue, one that closes too early does not."""

from __future__ import annotations

from deploy.local.demo.browser import Browser
from deploy.local.demo.stage import Stage

OPEN = {
    "title": "Eau et assainissement 2017",
    "funder": "Agence de l’eau Adour-Garonne",
    "about": "Des adductions, des latrines, et l’étude qui vient avant, avec l’autorité locale.",
    "eligibility": "Associations de plus de deux ans et communes du bassin",
    "amount": "jusqu’à 80 % du budget",
    "link": "https://eau-grandsudouest.example/appel",
    "closes_on": "2016-11-30",
}
CLOSING = OPEN | {"title": "Bourse du voyage solidaire", "closes_on": "2016-10-03"}


def play(stage: Stage, issue: str) -> None:
    """issue: the number that is being made, which appears the day after the second call closes."""
    for call in (CLOSING, OPEN):
        page = stage.page("mailer", "/veille/nouvelle")
        stage.staff.submit(page, page.form("funder", "eligibility"), call)
    page = stage.page("mailer", "/veille/")
    offered = [form for form in page.forms if "/numeros/" in form.action]
    stage.expect("Veille : seul l’appel encore ouvert à la parution est proposé", len(offered), 1)
    stage.staff.submit(page, offered[0])
    stage.picture("mailer-watch", f"{stage.urls['mailer']}/veille/")
    told = stage.staff.open(f"{issue}/apercu").text
    stage.expect(
        "Veille : l’appel est dans le numéro", (OPEN["title"] in told, CLOSING["title"] in told), (True, False)
    )
    public = Browser().open(f"{stage.urls['mailer']}/echo/appels/").text
    stage.expect("Veille : tout le monde lit ce qui est ouvert", OPEN["title"] in public, True)
