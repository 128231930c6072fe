"""A day by invitation, today: whom the team invites, a form on another site, and who was seen in the workshop."""

from __future__ import annotations

import re

import requests
from uuid_utils.compat import uuid7

from deploy.local.demo import people
from deploy.local.demo.browser import TIMEOUT, Browser, Unexpected
from deploy.local.demo.stage import SEED, Stage

SLUG, TITLE, WORKSHOP = "rencontre-entre-partenaires", "Rencontre entre partenaires", "Écrire une convention"
SITE = "https://www.laregion.example"
CAME, INVITED = 2, 3  # whom the team registers, and whom it invites besides


def play(stage: Stage) -> None:
    stage.act("Intermède : une rencontre sur invitation, aujourd’hui")
    page = stage.page("registration", "/equipe/evenements/nouveau?modele=agora")
    day = stage.mail.clock().date()
    about = {"title": TITLE, "slug": SLUG, "date": f"{day:%d/%m/%Y}", "ends": "23:30", "closes": f"{day:%d/%m/%Y}"}
    place = {"place": "Maison des associations, Albi", "capacity": "20", "by_invitation": "✓"}
    page = stage.staff.submit(page, page.form("title", "place"), about | place | {"workshops-0": WORKSHOP})
    stage.staff.submit(page, page.form(action="/publier"))
    _invite(stage)
    _frame(stage)
    _seen(stage)


def _staff(stage: Stage, path: str = "") -> str:
    return f"{stage.urls['registration']}/equipe/evenements/{SLUG}{path}"


def _file(count: int, tag: str) -> dict[str, tuple[str, bytes, str]]:
    rows = [f"{one.last_name};{one.first_name};{one.email}" for one in people.network(count, seed=SEED, tag=tag)]
    text = "\r\n".join(["Nom;Prénom;Adresse électronique", *rows])
    return {"file": ("gens.csv", text.encode(), "text/csv")}


def _invite(stage: Stage) -> None:
    """Shown before anything leaves; confirmed, they wait ten minutes. The public page takes nobody else."""
    page = stage.staff.open(_staff(stage, "/invitations/nouvelles"))
    known = {"origin": "les partenaires de l’édition 2015"}
    page = stage.staff.submit(page, page.form("file", "origin"), known, files=_file(INVITED, "-invite"))
    stage.expect("Invitations : pour combien, dit avant", f"{INVITED} personnes à inviter" in page.text, True)
    page = stage.staff.submit(page, page.form("confirm", "word"), {"confirm": "1"})
    stage.expect("Invitations confirmées : rien ne part avant dix minutes", "Rien n’est parti" in page.text, True)
    public = Browser().open(f"{stage.urls['registration']}/e/{SLUG}").text
    stage.expect("Page publique : sur invitation", "sur invitation" in public, True)


def _frame(stage: Stage) -> None:
    """The line that another site copies; the browser is told who may show the form."""
    page = stage.staff.open(_staff(stage, "/cadre"))
    page = stage.staff.submit(page, page.form("sites"), {"sites": SITE})
    address = f"{stage.urls['registration']}/e/{SLUG}/cadre"
    told = requests.get(address, timeout=TIMEOUT).headers.get("Content-Security-Policy", "")
    framed = f"&lt;iframe src=&#34;{address}" in page.body or f'&lt;iframe src="{address}' in page.body
    allowed = SITE in told.partition("frame-ancestors")[2].partition(";")[0]
    stage.expect("Formulaire sur un autre site : la ligne, et ce site seul", (framed, allowed), (True, True))


def _seen(stage: Stage) -> None:
    """The host's telephone notes who is there; they count as present, without a desk."""
    page = stage.staff.open(_staff(stage, "/inscriptions/fichier"))
    page = stage.staff.submit(page, page.form("file"), files=_file(CAME, "-convention"))
    stage.staff.submit(page, page.form(action="/inscrire"))
    page = stage.staff.open(_staff(stage, "/restitutions"))
    link = re.search(r"/atelier/#([\w-]+)", stage.staff.submit(page, page.form(action="/lien")).body)
    if link is None:
        raise Unexpected(f"{page.url}: no link for a host")
    base, headers = f"{stage.urls['registration']}/api/host", {"Authorization": f"Bearer {link[1]}"}
    pack = requests.get(f"{base}/pack", headers=headers, timeout=TIMEOUT).json()
    now = stage.mail.clock().isoformat()
    taps = [
        {"id": str(uuid7()), "registration_id": one["id"], "value": 1, "base_version": 0, "counter": number}
        | {"client_time": now}
        for number, one in enumerate(pack["others"], 1)
    ]
    answer = requests.post(f"{base}/presence", json={"operations": taps}, headers=headers, timeout=TIMEOUT).json()
    noted = sum(one["outcome"] == "applied" for one in answer["results"])
    stage.expect("Atelier : qui est là, noté par l’animatrice", noted, CAME)
    shown = f"{CAME} personnes venues" in stage.staff.open(_staff(stage, "/restitutions")).text
    stage.expect("Atelier : combien sont venues, dit à l’équipe", shown, True)
