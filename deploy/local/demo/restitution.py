"""What a workshop brings back: typed by its host, seen by the plenary, on L'Écho's contribution desk by one click."""

from __future__ import annotations

import datetime as dt
import re
from urllib.parse import urljoin

import requests
from uuid_utils.compat import uuid7

from deploy.local.demo import agora
from deploy.local.demo.browser import TIMEOUT, Browser, Page, Unexpected
from deploy.local.demo.stage import Stage

FINDINGS = "Sur onze forages suivis, quatre attendent une pièce depuis six mois."
NEXT = "Une commande groupée de pièces part avant la fin de novembre."
WRITTEN = {"findings": FINDINGS, "next_steps": NEXT}


def play(stage: Stage, issue: str) -> None:
    """issue: the number that is being made; what the workshop brought back becomes one of its articles."""
    base = f"{stage.urls['registration']}/equipe/evenements/{agora.SLUG}/restitutions"
    page = stage.staff.open(base)
    page = stage.staff.submit(page, page.form(action="/lien"))
    _write(stage, page)
    page = stage.staff.open(base)
    screen = stage.staff.open(f"{base}/ecran").text
    shown = all(words in page.text for words in WRITTEN.values())
    stage.expect("Restitution : ce que l’animatrice a écrit sans réseau", shown, True)
    workshop = re.search(r"/restitutions/([0-9a-f-]{36})/echo", page.body)
    if workshop is None:
        raise Unexpected(f"{page.url}: nothing to propose to L’Écho")
    screen = stage.staff.open(f"{base}/ecran?atelier={workshop[1]}").text
    stage.expect("Restitution : lue en plénière", FINDINGS in screen, True)
    stage.staff.submit(page, page.form(action="/echo"))
    arrived = stage.until("the workshop on L'Écho's desk", lambda: _arrived(stage, issue))
    stage.staff.submit(arrived, arrived.form(action="/accepter"))
    stage.expect("Restitution : dans le numéro, par les faits", NEXT in stage.staff.open(f"{issue}/apercu").text, True)


def _write(stage: Stage, shown: Page) -> None:
    """As the page on the host's telephone sends it: both parts at once, when the network is back."""
    link = re.search(r"/atelier/#([\w-]+)", shown.body)
    if link is None:
        raise Unexpected(f"{shown.url}: no link for a host")
    shell = Browser().open(urljoin(stage.urls["registration"], "/atelier/"))
    assert shell.status == 200
    operations = [
        {
            "id": str(uuid7()),
            "part": part,
            "value": text,
            "base_version": 0,
            "counter": number,
            "client_time": dt.datetime.now(dt.UTC).isoformat(),
        }
        for number, (part, text) in enumerate(WRITTEN.items(), 1)
    ]
    answer = requests.post(
        f"{stage.urls['registration']}/api/host/operations",
        json={"operations": operations},
        headers={"Authorization": f"Bearer {link[1]}"},
        timeout=TIMEOUT,
    )
    outcomes = [one["outcome"] for one in answer.json()["results"]]
    stage.expect("Restitution : parties reçues du téléphone", outcomes, ["applied"] * len(WRITTEN))


def _arrived(stage: Stage, issue: str) -> Page | None:
    page = stage.staff.open(issue)
    for link in dict.fromkeys(link for link in page.links if "/contributions/" in link):
        found = stage.staff.open(link)
        if NEXT in found.body and any("/accepter" in form.action for form in found.forms):
            return found
    return None
