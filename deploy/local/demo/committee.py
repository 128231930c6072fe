"""Second act, later in the year: the committee of the call for projects, from who reads what to what is paid."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from typing import Any

from deploy.local.demo import people
from deploy.local.demo.agora import mails
from deploy.local.demo.awards import write_report
from deploy.local.demo.browser import Browser, Unexpected
from deploy.local.demo.funding import TITLE, Dossier
from deploy.local.demo.stage import SEED, Stage
from deploy.local.demo.tablets import Tablet

JURORS, READINGS, MOST = 4, 3, 3  # of each project; of each juror
LEVELS = (5, 4, 3)  # of the first project, the second and the third: the scores leave no doubt
REASON = "La commune de Fatick s’engage par écrit à reprendre le grenier ; le jury en fait le deuxième projet."
INVITED = "Vous êtes du jury"
ADVANCE = 80  # percent of an award, before any report


def play(stage: Stage, call: str, dossiers: list[Dossier]) -> None:
    stage.act("II ter. Le comité de l’appel : lire, noter, délibérer, verser")
    room = _share(stage, call)
    _score(stage, room, dossiers)
    _deliberate(stage, room, dossiers)
    _sign(stage, room)
    _tell(stage, room, dossiers)
    _pay(stage, call, room)


def _share(stage: Stage, call: str) -> str:
    """Four jurors, three readings of each project, an invitation by mail before the round opens; its address."""
    page = stage.staff.open(f"{call}/jury")
    for person in _jurors():
        who = {"first_name": person.first_name, "last_name": person.last_name, "email": person.email}
        page = stage.staff.submit(page, page.form("first_name", "chairs"), who)
    room = page.link("/lectures").split("/lectures")[0]
    asked = f"per_project={READINGS}&per_juror={MOST}&seed=comite"
    page = stage.staff.open(f"{room}/lectures/?{asked}")
    page = stage.staff.submit(page, page.form(action="/adopter"))
    handed = re.search(r"(\d+) lectures sont confiées", page.text)
    stage.expect("Lectures confiées, trois par dossier", handed and int(handed[1]), READINGS * len(LEVELS))
    page = stage.staff.open(f"{room}/courriels/")
    stage.staff.submit(page, page.form(action="/inviter"))
    page = stage.staff.open(f"{room}/ouvrir")
    stage.staff.submit(page, page.form(action="/ouvrir"))
    stage.expect("Courriels « Vous êtes du jury », avec leur lien", mails(stage, INVITED, JURORS), JURORS)
    return room


def _jurors() -> list[people.Person]:
    return people.network(JURORS, seed=SEED, tag="-comite")


def _score(stage: Stage, room: str, dossiers: list[Dossier]) -> None:
    """Each tablet holds what was confided to it, the file and its papers to read, and nobody's address."""
    needs, letters, sheets = 0, 0, 0
    level = dict(zip((one.title for one in dossiers), LEVELS, strict=True))
    for person in _jurors():
        tablet = _pair(stage, person)
        tablet.confirm([])
        for project in tablet.pack["projects"]:
            read = tablet.call("GET", f"projects/{project['id']}/dossier")
            needs += "Former six personnes" in str(read)
            letters += any(one.author.email in str(read) for one in dossiers)
            for criterion in tablet.pack["grid"]["criteria"]:
                tablet.write(project["id"], criterion["id"], level[project["title"]])
            tablet.write(project["id"], "feedback", "Dites-nous qui entretiendra après vous.")
        sheets += len(tablet.pack["projects"])
        tablet.send()
    stage.expect("Dossiers lus sur les tablettes, sans une adresse", (needs, letters), (sheets, 0))
    page = stage.staff.open(f"{room}/clore")
    stage.staff.submit(page, page.form(action="/clore"))


def _pair(stage: Stage, person: people.Person) -> Tablet:
    """At home, with the link of the invitation: it pairs one device, once."""
    mail = stage.mail.to(person.email, subject=INVITED)
    link = re.search(r"/tablet/#lien=([\w-]+)", mail["Text"])
    if link is None:
        raise Unexpected(f"the invitation of a juror has no link: {mail['Text']}")
    return Tablet.pair(stage.urls["jury"], link[1])


def _deliberate(stage: Stage, room: str, dossiers: list[Dossier]) -> None:
    """The committee moves the third project to the second place, and says why; the envelope follows its order."""
    staff = stage.staff
    page = staff.open(f"{room}/deliberation/")
    form = page.form("project", "place", "reason")
    last = re.search(rf'<option value="([0-9a-f-]{{36}})"[^>]*>[^<]*{re.escape(dossiers[2].title)}', page.body)
    if last is None:
        raise Unexpected(f"{page.url}: no project « {dossiers[2].title} » to move")
    page = staff.submit(page, form, {"project": last[1], "place": "2", "reason": REASON})
    stage.expect("Rang déplacé en délibérant, avec sa raison", REASON in page.text, True)
    page = staff.open(f"{room}/aides/enveloppe")
    page = staff.submit(page, page.form("envelope", "years"))  # as the applications ask and the rulebook gives
    page = staff.open(f"{room}/aides/")
    page = staff.submit(page, page.form("outcome", action="/decider"), {"outcome": "stop"})
    states = Counter(re.findall(r"\b(Accordée|Réserve)\b", page.text))
    stage.expect("Aides données par l’enveloppe, puis la réserve", (states["Accordée"], states["Réserve"]), (2, 1))


def _sign(stage: Stage, room: str) -> None:
    staff = stage.staff
    page = staff.open(f"{room}/signer")
    names = {"chair": "Gaëlle Peyre", "secretary": "Camille Bonnafous"}
    page = staff.submit(page, page.form("chair", "secretary"), names)
    signed = REASON in page.text and bool(re.search(r"\b[0-9a-f]{64}\b", page.text))
    stage.expect("Procès-verbal signé : le rang déplacé et l’empreinte y sont", signed, True)


def _tell(stage: Stage, room: str, dossiers: list[Dossier]) -> None:
    """Words for the bearers are read one by one, then the results leave: what each reads in the mail."""
    staff = stage.staff
    page = staff.open(f"{room}/mots/")
    for form in [form for form in page.forms if "/mots/" in form.action]:
        staff.submit(page, form, {"decision": "approve"})
    page = staff.open(f"{room}/publier")
    staff.submit(page, page.form(action="/publier"))
    moved = stage.mail.to(dossiers[2].author.email, subject="Votre projet est retenu")["Text"]
    told = [
        words in " ".join(moved.split()) for words in ("donnaient le rang 3", REASON[:40], "qui entretiendra après")
    ]
    stage.expect("Courriel au projet déplacé : rang des notes, raison, mot du jury", told, [True] * 3)
    kept = stage.mail.to(dossiers[1].author.email, subject="réserve")["Text"]
    stage.expect("Courriel au projet dépassé : la liste de réserve", "liste de réserve" in kept, True)


def _pay(stage: Stage, call: str, room: str) -> None:
    """The treasurer pays what is open; the balance waits for its report, and for nothing else."""
    page = stage.staff.open(f"{room}/suivi")
    plan = {"advance": str(ADVANCE), "first_report_on": "2017-12-15"}
    stage.staff.submit(page, page.form("advance", "first_report_on"), plan)
    accorded = f"Votre aide est accordée\N{NARROW NO-BREAK SPACE}: {TITLE}"
    mails(stage, accorded, 2)
    treasurer = stage.colleague("Odile Marty", "odile.marty@agora.example", "treasurer")
    where = f"{stage.urls['jury']}/equipe/versements/?call={call.rpartition('/')[2]}"
    _pay_all(treasurer, where)
    stage.expect("Versements : avances versées, soldes bloqués", _states(treasurer, where), {"paid": 2, "blocked": 2})
    write_report(Browser(), stage, accorded)
    stage.expect("Rapport envoyé : le solde reste bloqué", _states(treasurer, where)["due"], 0)
    page = stage.staff.open(f"{room}/suivi")
    page = stage.staff.open(_waiting(stage, page.links))
    stage.staff.submit(page, page.form(action="/accepter"))
    _pay_all(treasurer, where)
    stage.expect("Rapport accepté : son solde est versé", _states(treasurer, where), {"paid": 3, "blocked": 1})
    told = treasurer.open(f"{stage.urls['jury']}/equipe/financeurs/").text
    stage.picture("jury-funders", f"{stage.urls['jury']}/equipe/financeurs/")
    stage.expect("Financeurs : les rapports font ensemble le tout", "font le tout, au centime" in told, True)


def _waiting(stage: Stage, links: list[str]) -> str:
    for link in dict.fromkeys(link for link in links if "/equipe/rapports/" in link):
        if any("/accepter" in form.action for form in stage.staff.open(link).forms):
            return link
    raise Unexpected("no report waits")


def _pay_all(treasurer: Browser, where: str) -> None:
    page = treasurer.open(where)
    while due := [form for form in page.forms if "/payer" in form.action]:
        page = treasurer.submit(page, due[0], {"reference": "VIR 2017-01"})


STATES = {"versé": "paid", "à verser": "due", "bloqué": "blocked"}


def _states(treasurer: Browser, where: str) -> Counter[str]:
    """How many payments are in each state, as the treasurer's file says."""
    file = treasurer.download(where.replace("/versements/", "/versements.csv")).decode("utf-8-sig")
    rows: list[dict[str, Any]] = list(csv.DictReader(io.StringIO(file), delimiter=";"))
    return Counter(STATES[row["État"]] for row in rows)
