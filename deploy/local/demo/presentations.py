"""Second act, a smaller Tribune: bearers propose their presentation by a form, and the jury sits twice."""

from __future__ import annotations

import html
import re

from deploy.local.demo import people
from deploy.local.demo.browser import Browser
from deploy.local.demo.people import Person
from deploy.local.demo.stage import SEED, Stage
from deploy.local.demo.tribune import pair

TITLE, LAST_DAY = "Tribune des lycées 2017", "2016-11-30"
PROJECTS = ("Un jumelage à Mopti", "Des vélos pour Thiès", "Un potager à Hué")
FIRST = (5, 4, 4)  # levels of each project: the last two are equal
QUESTION = "À égalité, le projet qui porte le plus grand numéro passe-t-il devant ?"
JURORS = 2


def play(stage: Stage) -> None:
    stage.act("II sexies. La Tribune des lycées : des propositions par un formulaire, un jury en deux tours")
    call = _announce(stage)
    public = f"{stage.urls['jury']}/appels/{call.rpartition('/')[2]}"
    authors = [one for one in people.network(60, seed=SEED, tag="-lycee") if one.kind == "association"]
    bearers = list(zip(authors, PROJECTS, strict=False))
    filed = stage.for_all("propositions", bearers, lambda one: _propose(public, *one))
    stage.expect("Propositions déposées, sans un mot d’argent", sum(map(bool, filed)), len(PROJECTS))
    _accept(stage, call)
    room = _appoint(stage, call)
    _sit(stage, room, dict(zip(PROJECTS, FIRST, strict=True)))
    ahead = _vote(stage, room)
    second = _go_on(stage, call, room)
    _sit(stage, second, {PROJECTS[0]: 4, ahead: 5})  # the jury turns the two round
    _sign(stage, second)
    _tell(stage, (room, second), authors, ahead)


def _announce(stage: Stage) -> str:
    """A Tribune that takes proposals until a day, one prize; its address for the staff."""
    page = stage.page("jury", "/equipe/appels/nouveau")
    answers = {"title": TITLE, "closes_on": LAST_DAY, "places": "1", "reserve": "0"}
    page = stage.staff.submit(page, page.form("title", "closes_on"), answers)
    call = page.url.removesuffix("/propositions")
    page = stage.staff.open(call)
    stage.staff.submit(page, page.form(action="/ouvrir"))
    return call


def _propose(public: str, author: Person, title: str) -> bool:
    """From the public page to the proof of filing; whether no page of it speaks of money."""
    browser = Browser()
    page = browser.open(f"{public}/deposer")
    who = {"first_name": author.first_name, "last_name": author.last_name, "email": author.email}
    page = browser.submit(page, page.form("email"), who)
    answers = {
        "title": title,
        "structure": author.structure,
        "legal_form": "association",
        "department": author.department,
        "place": "ML",
        "summary": "Deux classes, une ici et une là-bas, font le même travail et se le montrent.",
        "presenters": f"{author.first_name} {author.last_name}, et deux élèves",
        "spoken": "fr",
        "length": "5",
        "first": "yes",
    }
    page = browser.submit(page, page.form("title", "presenters"), answers | {"then": "check"})
    page = browser.submit(page, page.form(action="/deposer"))
    return "Déposé le" in page.text and "€" not in page.text


def _accept(stage: Stage, call: str) -> None:
    page = stage.staff.open(f"{call}/dossiers")
    for link in dict.fromkeys(link for link in page.links if "/equipe/dossiers/" in link):
        page = stage.staff.open(link)
        stage.staff.submit(page, page.form(action="/accepter"))


def _appoint(stage: Stage, call: str) -> str:
    """Two jurors; the first round's address."""
    page = stage.staff.open(f"{call}/jury")
    for number, person in enumerate(people.network(JURORS, seed=SEED, tag="-lycees")):
        who = {"first_name": person.first_name, "last_name": person.last_name, "email": person.email}
        chairs = {"chairs": "true" if number == 0 else None}
        page = stage.staff.submit(page, page.form("first_name", "chairs"), who | chairs)
    return page.link("/lectures").split("/lectures")[0]


def _sit(stage: Stage, room: str, levels: dict[str, int]) -> None:
    """Open the round, score on tablets what it is over, close it."""
    page = stage.staff.open(f"{room}/ouvrir")
    stage.staff.submit(page, page.form(action="/ouvrir"))
    shown = set()
    for number in range(JURORS):
        tablet = pair(stage, room, number)
        tablet.confirm([])
        for project in tablet.pack["projects"]:
            shown.add(project["title"])
            for criterion in tablet.pack["grid"]["criteria"]:
                tablet.write(project["id"], criterion["id"], levels.get(project["title"], 1))
        tablet.send()
    stage.expect(f"Sur les tablettes : les {len(levels)} projets du tour, et eux seuls", shown == set(levels), True)
    page = stage.staff.open(f"{room}/clore")
    stage.staff.submit(page, page.form(action="/clore"))


def _vote(stage: Stage, room: str) -> str:
    """Two projects are equal: the page leads to a vote on their order, and the jury adopts the one
    that turns their numbers round. The title of the project that passes ahead."""
    staff = stage.staff
    page = staff.open(staff.open(f"{room}/deliberation/").link("question="))
    first, behind = re.findall(r'<option value="([0-9a-f-]{36})" selected>\d+\. ([^<]+)<', page.body)
    answers = {"question": QUESTION, "placed": [behind[0], first[0]], "yes": str(JURORS), "no": "0"}
    page = staff.submit(page, page.form("question", "placed"), answers)
    stage.expect("Vote à égalité : enregistré, avec son ordre", QUESTION in page.text, True)
    return html.unescape(behind[1]).strip()


def _go_on(stage: Stage, call: str, room: str) -> str:
    """The two best of the ranking, as the page ticks them, before the same jury; the second round's address."""
    page = stage.staff.open(f"{room}/suite/")
    stage.staff.submit(page, page.form("title", "projects"))
    _sign(stage, room)
    minutes = stage.staff.open(f"{room}/proces-verbal").text
    stage.expect("Procès-verbal du premier tour : le vote", QUESTION in minutes, True)
    stage.expect("Procès-verbal du premier tour : qui passe au second", minutes.count("Admis au tour suivant"), 2)
    return stage.staff.open(call).link("/ouvrir").removesuffix("/ouvrir")


def _sign(stage: Stage, room: str) -> None:
    page = stage.staff.open(f"{room}/signer")
    stage.staff.submit(page, page.form("chair", "secretary"))


def _tell(stage: Stage, rooms: tuple[str, str], authors: list[Person], winner: str) -> None:
    """Who stopped is told by the first round, the others by the second: one mail each."""
    for room in rooms:
        page = stage.staff.open(f"{room}/publier")
        stage.staff.submit(page, page.form(action="/publier"))
    mail = stage.mail.to(authors[PROJECTS.index(winner)].email, subject="Votre projet est retenu")
    stage.expect("Courriel au premier du second tour", winner in " ".join(mail["Text"].split()), True)
    others = [author for author, title in zip(authors, PROJECTS, strict=False) if title != winner]
    told = sum(bool(stage.mail.to(one.email, subject="La réponse du jury")) for one in others)
    stage.expect("Courriels à qui s’arrête, au premier ou au second tour", told, len(others))
