"""Second act: eighteen projects, twelve jurors with tablets; two step back, one tablet has no network for a while."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from deploy.local.demo import awards, people
from deploy.local.demo import room as day
from deploy.local.demo.agora import mails
from deploy.local.demo.people import Person, Project
from deploy.local.demo.stage import SEED, Stage
from deploy.local.demo.tablets import Tablet, hand_over, rehearse

JURORS, OFFLINE, RECUSED = 12, 4, {2: 5, 9: 11}  # juror → number of the project they step back from
FUNCTIONS = ["Conseil régional", "Mairie", "Lycée agricole", "Entreprise", "Association", "Université"]


def play(stage: Stage) -> None:
    stage.act("II. La Tribune : dix-huit projets, douze tablettes")
    projects = people.projects(seed=SEED)
    call = _open_call(stage, projects)
    jurors = day.jurors(stage, JURORS)
    room = _appoint(stage, call, jurors)
    day.share(stage, room)
    day.arrive(stage, room, jurors)
    tablets = rehearse(stage, room, lambda: [pair(stage, room, number) for number in range(JURORS)])
    _open_round(stage, room)
    for number, tablet in enumerate(tablets):
        tablet.confirm([RECUSED[number]] if number in RECUSED else [])
    stage.say(f"douze tablettes appairées ; {tablets[2].juror} et {tablets[9].juror} se retirent d’un projet")
    clock = day.Clock(stage, room)
    _score(stage, tablets, projects, clock)
    _pictures(stage, room)
    day.public(stage, room)
    _deliver(stage, room, jurors)


def _open_call(stage: Stage, projects: list[Project]) -> str:
    """The call, its projects from a CSV file; its address for the staff."""
    staff = stage.staff
    page = stage.page("jury", "/equipe/appels/nouveau")
    answers = {
        "title": "Tribune des projets 2016",
        "organiser_name": "Réseau régional de coopération internationale",
        "organiser_email": "tribune@agora.example",
    }
    page = staff.submit(page, page.form("title", "organiser_name"), answers)
    call = page.url
    staff.submit(page, page.form(action="/ouvrir"))
    page = staff.open(f"{call}/projets")
    file = {"file": ("projets.csv", people.projects_file(projects), "text/csv")}
    page = staff.submit(page, page.form("file", action="/import"), files=file)
    staff.submit(page, page.form("file", action="/importer"))
    return call


def _appoint(stage: Stage, call: str, jurors: list[Person]) -> str:
    """Name the jury, the first of them chairs; the round's address."""
    page = stage.staff.open(f"{call}/jury")
    for number, person in enumerate(jurors):
        answers = {
            "first_name": person.first_name,
            "last_name": person.last_name,
            "email": person.email,
            "function": FUNCTIONS[number % len(FUNCTIONS)],
            "chairs": "true" if number == 0 else None,
        }
        page = stage.staff.submit(page, page.form("first_name", "chairs"), answers)
    return page.link("/lectures").split("/lectures")[0]


def _open_round(stage: Stage, room: str) -> None:
    page = stage.staff.open(f"{room}/ouvrir")
    stage.staff.submit(page, page.form(action="/ouvrir"))


def pair(stage: Stage, room: str, number: int) -> Tablet:
    """The secretary shows a code, the tablet reads it."""
    page = stage.staff.open(f"{room}/tablettes")
    forms = [form for form in page.forms if "/tablettes/" in form.action]
    shown = stage.staff.submit(page, forms[number])
    return Tablet.pair(stage.urls["jury"], shown.link("/tablet/#").split("#")[1])


def _score(stage: Stage, tablets: list[Tablet], projects: list[Project], clock: day.Clock) -> None:
    """Project by project, as the screen shows them. Tablet five has no network from the sixth to the thirteenth."""
    dice = random.Random(SEED)
    severity = [dice.gauss(0, 0.4) for _ in tablets]
    sent: dict[str, int] = {}
    waiting_most = 0

    def scores(project: Project) -> None:
        for number, tablet in enumerate(tablets):
            shown = next(one for one in tablet.pack["projects"] if one["number"] == project.number)
            if shown["recused"]:
                continue
            lowest = 5
            for criterion in tablet.pack["grid"]["criteria"]:
                level = 5 * project.quality + severity[number] + dice.gauss(0, 0.7)
                chosen = max(0, min(int(criterion["max"]), round(level)))
                lowest = min(lowest, chosen)
                tablet.write(shown["id"], criterion["id"], chosen)
            if lowest == 0:  # the grid asks for a comment there, or the sheet does not count
                tablet.write(shown["id"], "comment", "Rien au dossier sur ce point ; rien de plus à l’oral.")
            if dice.random() < 0.35:
                tablet.write(shown["id"], "feedback", dice.choice(REMARKS))

    on_screen = 0
    for project in projects:
        clock.press("next")
        on_screen += clock.shows(project.title, [tablet.juror for tablet in tablets])
        scores(project)
        is_offline = 6 <= project.number <= 13
        online = [tablet for number, tablet in enumerate(tablets) if not (number == OFFLINE and is_offline)]
        for results in stage.for_all(f"{project.number:>2}. {project.title}", online, Tablet.send):
            for outcome in results:  # type: ignore[attr-defined]
                sent[outcome] = sent.get(outcome, 0) + 1
        waiting_most = max(waiting_most, len(tablets[OFFLINE].kept))
        if project.number == 13:
            hand_over(stage, clock.room, tablets[OFFLINE])
    clock.press("stop")
    stage.expect("Projets montrés à l’écran de la salle, sans noms", on_screen, len(projects))
    stage.say(f"la tablette de {tablets[OFFLINE].juror}, sans réseau, a gardé jusqu’à {waiting_most} saisies")
    stage.expect(
        "Saisies de son fichier, envoyées ensuite par la tablette : déjà reçues", sent.pop("duplicate", 0), waiting_most
    )
    stage.expect("Saisies refusées ou en conflit", sum(n for name, n in sent.items() if name != "applied"), 0)
    stage.expect("Saisies encore sur une tablette", sum(len(tablet.kept) for tablet in tablets), 0)
    criteria = len(tablets[0].pack["grid"]["criteria"])
    sheets = JURORS * len(projects) - len(RECUSED)
    cells = sum(
        sum(isinstance(cell["value"], int) for cell in tablet.call("GET", "pack")["cells"]) for tablet in tablets
    )
    stage.expect("Notes reçues par le serveur", cells, sheets * criteria)


def _pictures(stage: Stage, room: str) -> None:
    stage.picture("jury-board", f"{room}/", whole=True)
    stage.picture("jury-board-screen", f"{room}/ecran")
    if stage.camera:  # the last juror changes tablets: the new one is a real browser
        page = stage.staff.open(f"{room}/tablettes")
        shown = stage.staff.submit(page, [form for form in page.forms if "/tablettes/" in form.action][-1])
        stage.camera.tablet(shown.link("/tablet/#"))


REMARKS = [
    "Un partenariat solide avec la commune ; dites-nous qui entretiendra après vous.",
    "Le budget gagnerait à distinguer les valorisations.",
    "Belle restitution prévue dans les lycées.",
    "Les femmes du village sont peu citées : quelle place ont-elles dans les décisions ?",
    "Calendrier ambitieux pour une équipe bénévole.",
]


def _deliver(stage: Stage, room: str, jurors: list[Person]) -> None:
    """Close, rank, sign the minutes, recompute as an outsider would, tell the bearers."""
    staff = stage.staff
    page = staff.open(f"{room}/clore")
    staff.submit(page, page.form(action="/clore"))
    awards.decide(stage, room)
    page = staff.open(f"{room}/signer")
    names = [f"{person.first_name} {person.last_name}" for person in jurors]
    given = page.text.count("accordée")
    stage.expect("Projet de procès-verbal, lu avant de signer : aides accordées", given, awards.GIVEN)
    signed = {
        "chair": names[0],
        "secretary": "Camille Bonnafous",
        "chair_drawn": "M40 110L120 30L160 120L230 40L330 100L520 60",
    }
    staff.submit(page, page.form("chair", "secretary"), signed | {"remarks": "Le jury remercie les dix-huit équipes."})
    minutes = staff.download(f"{room}/proces-verbal.pdf")
    stage.expect("Procès-verbal signé, en PDF", minutes.startswith(b"%PDF-"), True)
    replay = staff.download(f"{room}/rejeu.json")
    stage.expect("Classement recalculé par un tiers : identique", _recompute(replay), True)
    stage.picture("jury-ranking", f"{room}/classement", whole=True)
    stage.picture("jury-minutes", f"{room}/proces-verbal")
    page = staff.open(f"{room}/mots/")
    for form in [form for form in page.forms if "/mots/" in form.action]:
        staff.submit(page, form, {"decision": "approve"})
    page = staff.open(f"{room}/publier")
    staff.submit(page, page.form(action="/publier"))
    stage.expect("Projets classés", len(json.loads(replay)["projects"]), 18)
    results = mails(stage, "Votre projet est retenu", 6) + mails(stage, "Votre projet est sur la liste de réserve", 3)
    results += mails(stage, "La réponse du jury à votre projet", 9)
    stage.expect("Courriels de résultat aux porteurs", results, 18)
    awards.follow(stage, room)


def _recompute(replay: bytes) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rejeu.json"
        file.write_bytes(replay)
        command = [sys.executable, "-m", "services.jury", "rank", str(file)]
        return subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 0
