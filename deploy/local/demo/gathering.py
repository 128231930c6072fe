"""Between two acts: a small training. Its people come from a file, share a car, are written to; one is erased; the
seats that are left are kept for public bodies."""

from __future__ import annotations

import datetime as dt
import re
import smtplib
from collections import Counter
from typing import Any

from deploy.local.demo import agora, people
from deploy.local.demo.browser import Browser, Page, Unexpected
from deploy.local.demo.people import Person
from deploy.local.demo.stage import SEED, Stage

SLUG, TITLE = "animer-a-distance", "Animer une réunion à distance"
SEATS = 20  # of the preset
PEOPLE, HOME, ELSEWHERE = 6, "81", "34"  # of the file; all but the last are of one département
NOTE = "Je pars de la gare de Gaillac à 8 h, il me reste une place."
ANSWER = "Entendu : à 8 h devant la gare."
LINK = re.compile(r"https?://\S+/i/[\w-]+")


def play(stage: Stage, applicant: Person) -> None:
    """applicant: who also filed an application with the jury, and is erased from the three services."""
    stage.act("Intermède : une formation ; des inscrits par fichier, une voiture, un message repris, un effacement")
    _publish(stage)
    guests = [applicant, *people.network(PEOPLE - 1, seed=SEED, tag="-fichier")]
    _from_a_file(stage, guests)
    links = [_link(stage, one) for one in guests]
    _tickets(stage, guests, links)
    _share_a_car(stage, guests, links)
    _meet(stage, guests, links)
    _take_back_a_message(stage)
    _erase(stage, applicant, links[0])
    _keep_seats(stage)


def _staff(stage: Stage, path: str) -> str:
    return f"{stage.urls['registration']}/equipe/evenements/{SLUG}{path}"


def _publish(stage: Stage) -> None:
    page = stage.page("registration", "/equipe/evenements/nouveau?modele=training")
    training = {"title": TITLE, "slug": SLUG, "place": "Maison des associations, Albi"}
    page = stage.staff.submit(page, page.form("title", "place"), training)
    stage.staff.submit(page, page.form(action="/publier"))


def _from_a_file(stage: Stage, guests: list[Person]) -> None:
    """Each line is told what it becomes before anybody is registered; one address is twice in it, one is missing."""
    homes = [*[HOME] * (PEOPLE - 1), ELSEWHERE]
    lines = [
        f"{one.last_name};{one.first_name};{one.email};{one.structure};{home}"
        for one, home in zip(guests, homes, strict=True)
    ]
    lines += [lines[1], "Sans;Adresse;;Mairie;81"]
    file = "\r\n".join(["Nom;Prénom;Adresse électronique;Structure;Département", *lines]).encode("cp1252")
    page = stage.staff.open(_staff(stage, "/inscriptions/fichier"))
    page = stage.staff.submit(page, page.form("file"), files={"file": ("inscrits.csv", file, "text/csv")})
    stage.expect(
        "Fichier d’inscrits : ce qu’il donnera, dit avant", f"{PEOPLE} personnes à inscrire" in page.text, True
    )
    page = stage.staff.submit(page, page.form(action="/inscrire"))
    stage.expect("Fichier d’inscrits : inscrits", f"{PEOPLE} personnes inscrites" in page.text, True)


def _link(stage: Stage, one: Person) -> str:
    """The personal link, from the mail that says the seat is certain."""
    mail = stage.mail.to(one.email, subject="réservée")
    found = LINK.search(mail["Text"])
    if found is None:
        raise Unexpected(f"the mail to {one.email} has no link")
    return found[0]


def _tickets(stage: Stage, guests: list[Person], links: list[str]) -> None:
    """Each opens the ticket in the mail: their own name, and the code that the desk reads."""
    right = 0
    for one, link in zip(guests, links, strict=True):
        page = Browser().open(link)
        right += f"{one.first_name} {one.last_name}" in page.text and "Code à présenter à l’entrée" in page.body
    stage.expect("Billets ouverts, chacun au nom de la personne", right, len(guests))


def _share_a_car(stage: Stage, guests: list[Person], links: list[str]) -> None:
    """A driver and a passenger of one département; the message goes through us, without an address."""
    trips = [{"kind": "offer", "seats": "2", "town": "Gaillac", "km": "25"}, {"kind": "seek", "seats": "1"}]
    for link, trip in zip(links[1:3], trips, strict=True):
        phone = Browser()
        page = phone.open(f"{link}/covoiturage")
        phone.submit(page, page.form("kind", "seats"), trip)
    driver, passenger = guests[1:3]
    phone = Browser()
    page = phone.open(f"{links[1]}/covoiturage")
    page = phone.submit(page, page.form("text", action="/ecrire/"), {"text": NOTE})
    mail = stage.mail.to(passenger.email, subject=f"{driver.first_name} vous écrit")
    everything = str(mail) + str(stage.mail.headers(mail["ID"]))
    told = (NOTE in " ".join(mail["Text"].split()), driver.email in everything)
    stage.expect("Covoiturage : le message arrive, l’adresse de qui l’a écrit non", told, (True, False))
    if stage.way_back:
        _answer_by_mail(stage, passenger, driver, mail)
    phone.submit(page, page.form(action="/avec/"))
    page = stage.staff.open(_staff(stage, "/covoiturage"))
    stage.expect("Covoiturage : une voiture évitée, avec ses kilomètres", "50 kilomètres évités" in page.text, True)


def _answer_by_mail(stage: Stage, passenger: Person, driver: Person, mail: dict[str, Any]) -> None:
    """From their own mail program, which quotes what it answers and sends it twice: the words arrive, once."""
    headers = stage.mail.headers(mail["ID"])
    quoted = "\n".join(f"> {line}" for line in mail["Text"].splitlines())
    who = f"From: {passenger.first_name} {passenger.last_name} <{passenger.email}>"
    answer = f"{who}\nMessage-ID: <1@telephone.example>\nSubject: Re: {mail['Subject']}\n\n{ANSWER}\n\n{quoted}\n"
    host, _colon, port = stage.way_back.rpartition(":")
    with smtplib.LMTP(host, int(port)) as relay:
        for _twice in range(2):
            relay.sendmail(passenger.email, headers["Reply-To"], answer.replace("\n", "\r\n").encode())
    title = f"{passenger.first_name} vous écrit"
    got = stage.mail.to(driver.email, subject=title)
    everything = str(got) + str(stage.mail.headers(got["ID"]))
    told = (ANSWER in " ".join(got["Text"].split()), passenger.email in everything)
    stage.expect("Covoiturage : la réponse au courriel arrive, l’adresse de qui répond non", told, (True, False))
    stage.expect("Covoiturage : remise deux fois, la réponse arrive une fois", stage.mail.count(title), 1)


def _meet(stage: Stage, guests: list[Person], links: list[str]) -> None:
    """Two agree to be found by where they work; who did not agree sees nobody, and is seen by nobody."""
    for link in links[1:3]:
        phone = Browser()
        page = phone.open(f"{link}/rencontres")
        answers = {"zones": ["MG"], "place": "Vakinankaratra", "agreed": "true"}
        phone.submit(page, page.form("zones", "agreed"), answers)
    people = [(f"{one.first_name} {one.last_name}", link) for one, link in zip(guests[1:4], links[1:4], strict=True)]
    found = {
        who: [name for name, _link in people if f"<b>{name}</b>" in Browser().open(f"{link}/rencontres").body]
        for who, link in people
    }
    first, second, silent = found
    met = found == {first: [second], second: [first], silent: []}
    stage.expect("Qui travaille au même endroit : qui l’a accepté, et personne d’autre", met, True)


def _take_back_a_message(stage: Stage) -> None:
    """Confirmed for a number of people that was shown; taken back within ten minutes, it reaches nobody."""
    page = stage.staff.open(_staff(stage, f"/messages/nouveau?departement={HOME}"))
    words = {"subject": "La salle change", "body": "Nous sommes au premier étage, salle des fêtes."}
    page = stage.staff.submit(page, page.form("subject", "body", "preview"), words | {"preview": "1"})
    stage.expect(
        "Message à une sélection : aperçu, et pour combien", f"confirmer pour {PEOPLE - 1} " in page.text, True
    )
    page = stage.staff.submit(page, page.form("confirm"), {"confirm": "1"})
    stage.expect("Message confirmé : rien ne part avant dix minutes", "Rien n’est parti" in page.text, True)
    page = stage.staff.submit(page, page.form(action="/reprendre"))
    stage.expect("Message repris : personne ne le reçoit", "personne ne le reçoit" in page.text, True)


def _erase(stage: Stage, one: Person, link: str) -> None:
    """Asked on the personal page, confirmed by the mail; the receipt fills as the two other services answer."""
    before = _mails_known(stage, one)
    phone = Browser()
    page = phone.open(f"{link}/mes-donnees")
    phone.submit(page, page.form(action="/effacer"))
    mail = stage.mail.to(one.email, subject="effacement")
    found = re.search(r"https?://\S+/effacement/[\w-]+", mail["Text"])
    if found is None:
        raise Unexpected("the mail about an erasure has no link")
    page = phone.open(found[0])
    page = phone.submit(page, page.form(action="/effacement/"))
    receipt = stage.until("a receipt of three services", lambda: _whole(phone.open(found[0])))
    said = (receipt.text.count("Rien n’y était à votre nom"), one.last_name in receipt.text)
    stage.expect("Effacement : reçu des trois services, sans le nom", said, (0, False))
    stage.expect("Effacement : le lien personnel ne mène plus à rien", Browser().open(link, expect=404).status, 404)
    states = Counter(row["État"] for row in agora.listed(stage, SLUG))
    stage.expect("Effacement : la place est rendue", states["Confirmée"], PEOPLE - 1)
    after = _mails_known(stage, one)
    stage.expect("Effacement : courriers connus à cette adresse, avant et après", (before > 0, after), (True, 0))


def _mails_known(stage: Stage, one: Person) -> int:
    """How many single mails to this person the mailer's pages show."""
    listed = re.search(r"(\d+) courriers?\b", stage.page("mailer", f"/courriers/?q={one.email}").body)
    return int(listed[1]) if listed else 0


def _whole(page: Page) -> Page | None:
    """The receipt once every service has said what it erased and what it keeps."""
    return page if page.text.count("C’est fait") >= 3 and "En cours" not in page.text else None


def _keep_seats(stage: Stage) -> None:
    """All seats that are left are kept for public bodies: one has a seat at once, an association waits for the rest."""
    page = stage.staff.open(_staff(stage, "/places-gardees"))
    until = stage.mail.clock().date() + dt.timedelta(days=1)
    kept = {"actor_types": ["public_body"], "seats": str(SEATS - (PEOPLE - 1)), "kept_until": until.isoformat()}
    page = stage.staff.submit(page, page.form("actor_types", "kept_until"), kept)
    edit = page.link("/places-gardees/")
    hospital, village = people.network(2, seed=SEED, tag="-reserve")
    told = [_register(stage, who, kind) for who, kind in ((hospital, "public_body"), (village, "association"))]
    stage.expect("Places gardées : une place pour qui elles le sont, la liste d’attente sinon", told, [True, False])
    page = stage.staff.open(edit)
    page = stage.staff.submit(page, page.form(action="/rendre"))
    stage.expect("Places rendues à tout le monde", "1 personne quitte la liste d’attente" in page.text, True)
    mail = stage.mail.to(village.email, subject="Une place s’est libérée pour vous")
    stage.expect("Places rendues : qui attendait en a une, par courriel", TITLE in mail["Text"], True)


def _register(stage: Stage, one: Person, actor_type: str) -> bool:
    """Through the public form; whether there is a seat."""
    phone = Browser()
    page = phone.open(f"{stage.urls['registration']}/e/{SLUG}/inscription")
    form = page.form("first_name", "last_name")
    answers = {
        "first_name": one.first_name,
        "last_name": one.last_name,
        "email": one.email,
        "structure": one.structure,
        "actor_type": actor_type,
        "department": one.department,
        "q-level": form.choices["q-level"][0],
    }
    return "Vous êtes sur la liste d’attente" not in phone.submit(page, form, answers).text
