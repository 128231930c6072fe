"""A day of workshops, in two parts: its form is built, people rank what they wish, and the wishes become seats."""

from __future__ import annotations

import datetime as dt
import json
import time
from zoneinfo import ZoneInfo

from deploy.local.demo import agora, people
from deploy.local.demo.browser import Browser, Page, Unexpected
from deploy.local.demo.people import Person
from deploy.local.demo.stage import SEED, Stage

SLUG, TITLE = "journee-ateliers-2016", "Journée d’ateliers"
PEOPLE, WANTED, SEATS = 24, "Atelier A", 8  # everybody ranks first the workshop that has eight seats
NEW_QUESTION = "speaker_question"
PARIS = ZoneInfo("Europe/Paris")


def ask(stage: Stage) -> None:
    """The event, its form, and everybody's wishes, which are allocated two minutes later."""
    stage.act("Intermède : une journée d’ateliers, sur souhaits classés")
    page = stage.page("registration", "/equipe/evenements/nouveau?modele=workshop_day")
    day = {"title": TITLE, "slug": SLUG, "date": "jeudi 24 novembre 2016", "place": "Maison des associations, Albi"}
    day |= {"workshops-0": "Atelier A ; Salle 1\nAtelier B ; Salle 2", "workshops-1": "Atelier C\nAtelier D"}
    page = stage.staff.submit(page, page.form("title", "date"), day)
    stage.staff.submit(page, page.form(action="/publier"))
    _build_form(stage)
    _fewer_seats(stage)
    _terms(stage)
    wishing = people.network(PEOPLE, seed=SEED, tag="souhaits")
    links = stage.for_all("souhaits classés", wishing, lambda one: _wish(stage, one))
    stage.picture("registration-wishes-page-phone", str(links[0]), staff=False, width="phone", whole=True)
    _pass_on(stage, str(links[0]))
    _keep_a_list(stage)


def _staff(stage: Stage, path: str) -> str:
    return f"{stage.urls['registration']}/equipe/evenements/{SLUG}{path}"


def _build_form(stage: Stage) -> None:
    """A question of the library goes into a draft; what changes is read, then published."""
    page = stage.staff.open(_staff(stage, "/formulaire"))
    library = next(form for form in page.forms if NEW_QUESTION in form.choices.get("key", []))
    page = stage.staff.submit(page, library, {"key": NEW_QUESTION})
    stage.picture("registration-builder", page.url.split("#")[0])
    public = Browser().open(f"{stage.urls['registration']}/e/{SLUG}/inscription")
    stage.expect("Une question en brouillon n’est pas posée", "question aux intervenant" in public.text, False)
    page = stage.staff.open(_staff(stage, "/formulaire/publier"))
    stage.staff.submit(page, page.form("seen", action="/publier"))
    public = Browser().open(public.url)
    stage.expect("Publiée, elle l’est", "question aux intervenant" in public.text, True)


def _fewer_seats(stage: Stage) -> None:
    page = stage.staff.open(_staff(stage, "/programme"))
    for link in [link for link in page.links if "/programme/atelier/" in link]:
        one = stage.staff.open(link)
        form = next((form for form in one.forms if "capacity" in form.names), None)
        if form is not None and dict(form.values)["title"] == WANTED:
            one = stage.staff.submit(one, form, {"capacity": str(SEATS)})
            stage.staff.submit(one, one.form("confirm"), {"confirm": "true"})
            return
    raise Unexpected(f"{page.url}: no workshop « {WANTED} »")


def _terms(stage: Stage) -> None:
    """Two minutes of wishes: a whole minute is what the form can say."""
    due = (stage.mail.clock().astimezone(PARIS) + dt.timedelta(minutes=3)).replace(second=0, microsecond=0)
    page = stage.staff.open(_staff(stage, "/souhaits"))
    answers = {"way": "ranked", "date": f"{due:%d/%m/%Y}", "time": f"{due.hour} h {due:%M}"}
    stage.staff.submit(page, page.form("way", "date"), answers)


def _wish(stage: Stage, one: Person) -> str:
    browser = Browser()
    page = browser.open(f"{stage.urls['registration']}/e/{SLUG}/inscription")
    form = page.form("first_name", "last_name")
    answers: dict[str, object] = {
        "first_name": one.first_name,
        "last_name": one.last_name,
        "email": one.email,
        "structure": one.structure,
        "actor_type": agora.ACTORS.get(one.kind, one.kind),
        "department": one.department,
        "meal": "true",
    }
    # The workshops of each slot in the order of the programme: everybody wishes the same.
    for name, choices in form.choices.items():
        if name.startswith("slot-"):
            answers[name] = choices[int(name.rpartition("-")[2])]
    done = browser.submit(page, form, answers)
    if "/i/" not in done.url:  # the form came back with a question: a person reads it and sends again
        done = browser.submit(done, done.form("first_name", "last_name"))
    return done.url.split("?")[0]


def _pass_on(stage: Stage, link: str) -> None:
    """A seat changes hands with its wishes; the link that gave it opens nothing more."""
    browser = Browser()
    page = browser.open(f"{link}/transmettre")
    taker = {"first_name": "Léa", "last_name": "Rivière", "email": "lea.riviere@souhaits.example"}
    page = browser.submit(page, page.form("first_name", "last_name"), taker)
    browser.submit(page, page.form("confirm"), {"confirm": "true"})
    mail = stage.mail.to(taker["email"])
    stage.expect("La place est transmise, à son nom", taker["first_name"] in mail["Text"], True)
    stage.expect("Le lien de qui l’a transmise", Browser().open(link, expect=404).status, 404)


def _keep_a_list(stage: Stage) -> None:
    """A filter that the whole team finds again under a name."""
    page = stage.staff.open(_staff(stage, "/inscriptions?type=association"))
    stage.staff.submit(page, page.form("name", action="/filtres"), {"name": "Les associations"})
    page = stage.staff.open(_staff(stage, "/inscriptions"))
    stage.expect("Le filtre gardé est proposé à l’équipe", "Les associations" in page.text, True)


def allocate(stage: Stage) -> None:
    """Once the date is there: seats, one mail each, and a file with which anybody computes it again."""
    stage.act("Intermède : les souhaits deviennent des places")
    page = stage.until("the date of the allocation", lambda: _ready(stage), seconds=300)
    stage.staff.submit(page, page.form(action="/repartir"))
    stage.expect("Courriels « Vos ateliers »", agora.mails(stage, "Vos ateliers", PEOPLE), PEOPLE)
    record = json.loads(stage.staff.download(_staff(stage, "/souhaits/repartition.json")))
    ranks = [slot["rank"] for person in record["people"].values() for slot in person.values()]
    stage.expect("Premier souhait, deux créneaux", ranks.count(1), SEATS + PEOPLE)
    stage.expect("Deuxième souhait", ranks.count(2), PEOPLE - SEATS)
    stage.expect("Noms dans le fichier du calcul", "Rivière" in json.dumps(record, ensure_ascii=False), False)
    stage.picture("registration-wishes-allocated", page.url, whole=True)


def _ready(stage: Stage) -> Page | None:
    page = stage.staff.open(_staff(stage, "/souhaits"))
    if any(form.action.endswith("/repartir") for form in page.forms):
        return page
    time.sleep(1)
    return None
