"""First act: 330 people register for 300 seats, some give up or change their mind, and the waiting list moves."""

from __future__ import annotations

import contextlib
import csv
import io
import random
import re
from collections import Counter
from dataclasses import dataclass

from deploy.local.demo import people
from deploy.local.demo.browser import Browser, Unexpected
from deploy.local.demo.people import Person
from deploy.local.demo.stage import SEED, Stage

SEATS, CANDIDATES, GIVE_UP, MORE = 300, 330, 12, 20
WORKSHOPS = {
    "workshops-0": """Eau et assainissement : qui entretient quand le projet est fini ? ; Salle Garonne ; 110
Éducation et jeunesse : partir, accueillir, raconter ; Salle Tarn ; 90
Agir à Madagascar : travailler avec les communes ; Salle Ariège ; 70""",
    "workshops-1": """Monter un dossier qui tient : partenaires, budget, autorité locale ; Salle Garonne ; 120
Entreprises et associations : le mécénat de compétences ; Salle Tarn ; 90""",
}
ABOUT = {
    "Eau et assainissement : qui entretient quand le projet est fini ?": (
        "Un établissement public et deux associations",
        "Comités d’usagers, régies communales, pièces de rechange : trois récits de terrain et ce qu’ils coûtent.",
    ),
    "Éducation et jeunesse : partir, accueillir, raconter": (
        "Un lycée agricole et un collectif de jeunes",
        "Chantiers, échanges de classes, service civique : préparer le retour autant que le départ.",
    ),
    "Agir à Madagascar : travailler avec les communes": (
        "Le groupe d’échanges « Agir à Madagascar »",
        "Le groupe d’échanges ouvre ses portes : conventions avec les communes, rythme des élections, transmission.",
    ),
    "Monter un dossier qui tient : partenaires, budget, autorité locale": (
        "D’anciens membres de jury",
        "Ce que regarde un jury, ligne à ligne, sur deux dossiers anonymisés.",
    ),
    "Entreprises et associations : le mécénat de compétences": (
        "Une coopérative et une fondation",
        "Jours de travail, conventions, attentes réciproques : où commence le don, où finit le service.",
    ),
}
CLICKS_TWICE = 40  # one person in so many sends the form twice
SLUG, TITLE = "agora-2016", "6e Agora de la coopération internationale"
ACTORS = {"public": "public_body", "company": "business", "individual": "person"}


@dataclass(frozen=True)
class Candidate:
    """Someone about to register, and what they would like."""

    number: int
    person: Person
    newsletter: bool
    taste: float  # 0 to 1: decides which workshops


def play(stage: Stage) -> int:
    """Returns how many ticked the newsletter's box."""
    stage.act("I. L’Agora : trois cents places, trois cent trente inscriptions")
    open_event(stage)
    dice = random.Random(SEED)
    candidates = [
        Candidate(number, person, dice.random() < 0.3, dice.random())
        for number, person in enumerate(people.network(CANDIDATES, seed=SEED))
    ]
    _pictures_before(stage)
    links = stage.for_all("formulaires", candidates, lambda one: register(stage, one))
    stage.expect("Liens personnels, tous différents", len(set(links)), CANDIDATES)
    _open_tickets(stage, candidates, links)
    _check_first_count(stage)
    _give_up(stage, candidates)
    _pictures_after(stage, candidates[0], str(links[0]))
    return sum(one.newsletter for one in candidates)


def open_event(stage: Stage) -> None:
    """The 6th Agora, from the preset, published."""
    page = stage.page("registration", "/equipe/evenements/nouveau?modele=agora")
    title = {"title": TITLE, "edition": "6", "capacity": str(SEATS), "slug": SLUG}
    where = {"place": "Centre de congrès de la Garonne", "address": "12 allée des Peupliers, 31000 Toulouse"}
    page = stage.staff.submit(page, page.form("title", "edition"), title | where | WORKSHOPS)
    _tell_of_workshops(stage)
    stage.staff.submit(page, page.form(action="/publier"))
    stage.say("vendredi 14 octobre 2016, 300 places, cinq ateliers en deux temps : la page est ouverte")


def _tell_of_workshops(stage: Stage) -> None:
    """Who leads each workshop and what it is about, on its own page."""
    programme = stage.page("registration", f"/equipe/evenements/{SLUG}/programme")
    for link in dict.fromkeys(link for link in programme.links if "/programme/atelier/" in link):
        page = stage.staff.open(link)
        form = next((form for form in page.forms if "summary" in form.names), None)
        if form is None or (title := dict(form.values)["title"]) not in ABOUT:
            continue  # the page that removes it, or makes one more
        host, summary = ABOUT[title]
        page = stage.staff.submit(page, form, {"host": host, "summary": summary})
        for sure in [form for form in page.forms if "confirm" in form.names]:
            stage.staff.submit(page, sure, {"confirm": "true"})


def register(stage: Stage, one: Candidate) -> str:
    """Through the public form, as it is without JavaScript; the personal link."""
    browser = Browser(address=f"10.{one.number // 250}.{one.number % 250}.7")
    page = browser.open(f"{stage.urls['registration']}/e/{SLUG}/inscription")
    form = page.form("first_name", "last_name")
    answers: dict[str, object] = {
        "first_name": one.person.first_name,
        "last_name": one.person.last_name,
        "email": one.person.email,
        "structure": one.person.structure,
        "actor_type": ACTORS.get(one.person.kind, one.person.kind),
        "department": one.person.department,
        "meal": "true" if one.taste < 0.8 else "false",
    }
    for name, choices in form.choices.items():
        if name.startswith("slot-"):
            answers[name] = choices[int(one.taste * 997) % len(choices)]
    if one.newsletter:
        answers["newsletter"] = "true"
    done = browser.submit(page, form, answers)
    if one.number % CLICKS_TWICE == 0:
        done = browser.submit(page, form, answers)
    if "/i/" not in done.url:  # the form came back with a question: a person reads it and sends again
        done = browser.submit(done, done.form("first_name", "last_name"))
    return done.url.split("?")[0]


def _open_tickets(stage: Stage, candidates: list[Candidate], links: list[object]) -> None:
    """Ten of them look at their page again: it is their own."""
    some = list(zip(candidates, links, strict=True))[:: CANDIDATES // 10]
    pages = [(one.person, Browser().open(str(link)).text) for one, link in some]
    own = sum(f"{who.first_name} {who.last_name}" in text for who, text in pages)
    stage.expect("Pages personnelles rouvertes, chacune à son nom", own, len(some))


def _pictures_before(stage: Stage) -> None:
    public = f"{stage.urls['registration']}/e/{SLUG}"
    for width in ("phone", "tablet", "desk"):
        stage.picture(f"registration-event-{width}", public, staff=False, width=width, whole=width == "phone")
        stage.picture(f"registration-form-{width}", f"{public}/inscription", staff=False, width=width, whole=True)


def _pictures_after(stage: Stage, first: Candidate, link: str) -> None:
    for width in ("phone", "tablet", "desk"):
        stage.picture(f"registration-confirmation-{width}", link, staff=False, width=width)
    staff = f"{stage.urls['registration']}/equipe/evenements/{SLUG}"
    stage.picture("registration-dashboard", staff, whole=True)
    stage.picture("registration-list", f"{staff}/inscriptions")
    mail = stage.mail.to(first.person.email, subject="réservée")
    for width in ("phone", "desk"):
        opened = f"{stage.urls['mail']}/mail/{mail['ID']}/html"
        stage.picture(f"mail-confirmation-{width}", opened, staff=False, width=width, whole=True)


def listed(stage: Stage, slug: str = SLUG) -> list[dict[str, str]]:
    """The staff's export."""
    file = stage.staff.download(f"{stage.urls['registration']}/equipe/evenements/{slug}/inscriptions.csv")
    return list(csv.DictReader(io.StringIO(file.decode("utf-8-sig")), delimiter=";"))


def _check_first_count(stage: Stage) -> None:
    states = Counter(row["État"] for row in listed(stage))
    stage.expect("Inscriptions, sans les seconds clics", sum(states.values()), CANDIDATES)
    stage.expect("Places certaines", states["Confirmée"], SEATS)
    stage.expect("Sur la liste d’attente", states["Liste d’attente"], CANDIDATES - SEATS)
    kinds = {"Votre place est réservée": SEATS, "Vous êtes sur la liste d’attente": CANDIDATES - SEATS}
    for start, wanted in kinds.items():
        stage.expect(f"Courriels « {start} »", mails(stage, start, wanted), wanted)


def _give_up(stage: Stage, candidates: list[Candidate]) -> None:
    """Twelve people with a seat give it back through the link in their mail; the first twelve waiting get one."""
    rows = listed(stage)
    certain = {row["Adresse électronique"] for row in rows if row["État"] == "Confirmée"}
    leaving = [one for one in candidates if one.person.email in certain][5 : 5 + GIVE_UP]
    stage.for_all("désistements", leaving, lambda one: _cancel(stage, one))
    states = Counter(row["État"] for row in listed(stage))
    stage.expect("Places certaines après 12 désistements", states["Confirmée"], SEATS)
    stage.expect("Encore en attente", states["Liste d’attente"], CANDIDATES - SEATS - GIVE_UP)
    promoted = mails(stage, "Une place s’est libérée pour vous", GIVE_UP)
    stage.expect("Courriels « Une place s’est libérée »", promoted, GIVE_UP)


def _cancel(stage: Stage, one: Candidate) -> None:
    mail = stage.mail.to(one.person.email, subject="réservée")
    found = re.search(r"https?://\S+/i/[\w-]+", mail["Text"])
    assert found, mail["Text"]
    browser = Browser()
    page = browser.open(found[0] + "/annuler")
    browser.submit(page, page.form(action="/annuler"))


def mails(stage: Stage, words: str, wanted: int) -> int:
    """How many mails have these words in their subject; waits until there are as many as wanted, or a minute."""
    with contextlib.suppress(Unexpected):
        stage.until(words, lambda: stage.mail.count(words) >= wanted)
    return stage.mail.count(words)


def open_more_seats(stage: Stage, guests: int) -> None:
    """A second room: everybody who waits gets a place, and a visitor of the demo can still register.

    guests: who came to the door without a registration; they are in the building, so they have a place.
    """
    stage.act("Épilogue : vingt places de plus")
    page = stage.page("registration", f"/equipe/evenements/{SLUG}")
    form = next(form for form in page.forms if ("capacity", str(SEATS)) in form.values)
    stage.staff.submit(page, form, {"capacity": str(SEATS + MORE)})
    states = Counter(row["État"] for row in listed(stage))
    everybody = CANDIDATES - GIVE_UP + guests
    stage.expect("Places certaines avec vingt de plus", states["Confirmée"], everybody)
    stage.expect("Encore en attente avec vingt de plus", states["Liste d’attente"], 0)
    subject = f"Une place s’est libérée pour vous\N{NARROW NO-BREAK SPACE}: {TITLE}"
    promoted = mails(stage, subject, CANDIDATES - SEATS)
    stage.expect("Courriels « Une place s’est libérée » en tout", promoted, CANDIDATES - SEATS)
