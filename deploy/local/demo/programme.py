"""Between two acts: a group of exchange meets, and what was announced changes, or is called off, for who had it."""

from __future__ import annotations

import re

from deploy.local.demo import agora, people
from deploy.local.demo.browser import Browser
from deploy.local.demo.funding import PDF
from deploy.local.demo.stage import SEED, Stage

GROUP, SLUG = "Agir à Madagascar", "agir-a-madagascar"
TRAINING = "formation-budget"
MEMBERS = [
    ("Awa", "Diop", "awa.diop@groupe.example", "Les Amis du Lac"),
    ("Noé", "Martin", "noe.martin@groupe.example", "Commune de Sainte-Croix"),
    ("Haja", "Rabe", "haja.rabe@groupe.example", "Collectif Boeny"),
]


def play(stage: Stage) -> str:
    """Returns the address of the group's meeting."""
    stage.act("Intermède : le groupe d’échanges, et une rencontre qui change de lieu")
    event = _meeting(stage)
    _move(stage, event)
    _two_speakers(stage, event)
    _document(stage, event)
    _called_off(stage)
    return event


def _meeting(stage: Stage) -> str:
    """A group, its members, the date that its rhythm proposes, and the call; the address of the meeting's page."""
    page = stage.page("registration", "/equipe/groupes/nouveau")
    answers = {
        "name": GROUP,
        "animator": "Commune de Sainte-Croix",
        "week": "4",
        "weekday": "2",
        "place": "Maison des associations, Toulouse",
        "partner_zone": "Indian/Antananarivo",
    }
    page = stage.staff.submit(page, page.form("name", "animator"), answers)
    people = "\n".join(" ; ".join(one) for one in MEMBERS)
    page = stage.staff.submit(page, page.form("members"), {"members": people})
    page = stage.staff.submit(page, page.form("date", "starts"))
    stage.picture("registration-group", page.url.split("#")[0], whole=True)
    convene = next(form for form in page.forms if form.action.endswith("/convier") and "event" in form.names)
    page = stage.staff.submit(page, convene)
    stage.expect("Courriels du groupe, aux seuls membres", agora.mails(stage, GROUP, len(MEMBERS)), len(MEMBERS))
    links = [link for link in page.links if f"/equipe/evenements/{SLUG}" in link]
    return links[0].rpartition("/")[2]


def _move(stage: Stage, event: str) -> None:
    """Another place and a second site: shown, saved, and in the calendars that follow the agenda."""
    before = _entry(stage)
    page = stage.page("registration", f"/equipe/evenements/{event}/modifier")
    new = {"place": "Salle des fêtes, Albi", "site_name-0": "Antenne de Montpellier", "other_name-0": "Collectif Boeny"}
    page = stage.staff.submit(page, page.form("title", "place"), new)
    stage.expect("Différences montrées avant d’enregistrer", "Voici ce qui change" in page.text, True)
    stage.picture("registration-event-edit", page.url, whole=True)
    stage.staff.submit(page, page.form("confirm"), {"confirm": "true"})
    after = _entry(stage)
    stage.expect("Numéro de version dans l’agenda public", (before, after), (0, 1))


def _entry(stage: Stage) -> int:
    """The SEQUENCE of the group's meeting in the public calendar."""
    text = Browser().download(stage.urls["registration"] + "/agenda/agenda.ics").decode().replace("\r\n ", "")
    (found,) = [entry for entry in text.split("BEGIN:VEVENT")[1:] if GROUP in entry]
    match = re.search(r"SEQUENCE:(\d+)", found)
    return int(match[1]) if match else -1


def _two_speakers(stage: Stage, event: str) -> None:
    """Two moments in one room at one time: the time-table says so."""
    for title, who in (("Trois villages, une pompe", "Haja Rabe"), ("Conventions avec les communes", "Awa Diop")):
        page = stage.page("registration", f"/equipe/evenements/{event}/programme/moment/nouveau")
        line = {"title": title, "starts": "14 h 30", "ends": "15 h", "place": "Salle bleue", "name-0": who}
        page = stage.staff.submit(page, page.form("title", "starts"), line)
    stage.expect("Une salle prise deux fois est dite", "en même temps" in page.text, True)
    stage.picture("registration-programme", page.url, whole=True)


def _document(stage: Stage, event: str) -> None:
    """The order of the day, put on the page as a file: anybody takes it from there."""
    page = stage.page("registration", f"/equipe/evenements/{event}/documents")
    file = {"file": ("ordre-du-jour.pdf", PDF, "application/pdf")}
    page = stage.staff.submit(page, page.form("file", "title"), {"title": "Ordre du jour"}, files=file)
    stage.picture("registration-documents", page.url, whole=True)
    visitor = Browser()
    public = visitor.open(f"{stage.urls['registration']}/e/{event}")
    taken = visitor.download(public.link(f"/e/{event}/documents/"))
    stage.expect("Un document se prend sur la page de la rencontre", taken == PDF, True)


def _called_off(stage: Stage) -> None:
    """A training that does not take place: its page and the calendars say so at once, its mails wait ten minutes."""
    page = stage.page("registration", "/equipe/evenements/nouveau?modele=training")
    new = {"title": "Monter un budget", "slug": TRAINING, "place": "Maison des associations, Albi"}
    page = stage.staff.submit(page, page.form("title", "place"), new)
    page = stage.staff.submit(page, page.form(action="/publier"))
    (person,) = people.network(1, seed=SEED, tag="-formation")
    visitor = Browser(address="10.9.9.9")
    form = visitor.open(f"{stage.urls['registration']}/e/{TRAINING}/inscription")
    answers = {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "email": person.email,
        "actor_type": "association",
        "department": person.department,
    }
    visitor.submit(form, form.form("first_name", "last_name"), answers)
    ask = stage.page("registration", f"/equipe/evenements/{TRAINING}/annuler")
    stage.expect(
        "Annuler une formation : le nombre de personnes est dit avant", "prévenir 1 personne" in ask.text, True
    )
    stage.picture("registration-call-off", ask.url, whole=True)
    page = stage.staff.submit(ask, ask.form("reason"), {"reason": "La formatrice est souffrante."})
    stage.expect("Annulée : les courriels attendent dix minutes", "Aucun courriel n’est parti" in page.text, True)
    stage.picture("registration-called-off", page.url, whole=True)
    public = Browser().open(f"{stage.urls['registration']}/e/{TRAINING}")
    said = "Cette rencontre est annulée." in public.text and "La formatrice est souffrante." in public.text
    stage.expect("Annulée : la page publique le dit, et pourquoi", said, True)
    calendar = Browser().download(stage.urls["registration"] + "/agenda/agenda.ics").decode()
    stage.expect("Annulée : les calendriers abonnés aussi", calendar.count("STATUS:CANCELLED"), 1)
