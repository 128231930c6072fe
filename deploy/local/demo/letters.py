"""L'Écho is not alone: several lists, two pairs of eyes, an hour, an embargo; and what is known afterwards."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from deploy.local.demo import people
from deploy.local.demo.browser import Browser, Page
from deploy.local.demo.stage import SEED, Stage

MEMBERS, JOURNALISTS = 12, 3
GROUP = "Agir à Madagascar"
PARIS = ZoneInfo("Europe/Paris")
SOURCE = {
    "source": "Annuaire de la presse régionale, accords reçus en 2016",
    "wording": "« Je veux bien recevoir vos communiqués. »",
}
NEWS = (
    "Notre prochaine réunion se tient le mercredi 23 novembre à 18 h, à la Maison des associations.\n\n"
    "Au programme : le retour de Mahajanga, les pièces de rechange des forages, et le choix de l’animatrice de l’année."
)
RELEASE = (
    "Dix-huit projets se présentent à la Tribune le 14 octobre, devant un jury d’élus, d’entreprises et "
    "d’universitaires.\n\n"
    "Les porteurs de projet répondent à vos questions sur place, de 12 h à 14 h."
)


@dataclass(frozen=True)
class Waiting:
    """A letter that leaves by itself, at its hour."""

    page: str
    leaves_at: str


def write(stage: Stage) -> Waiting:
    """Two lists, a letter to each; the press release leaves when its embargo ends, in a minute or two."""
    stage.act("Entracte. Plusieurs listes : un groupe d’échanges, la presse sous embargo, deux paires d’yeux")
    second = stage.colleague("Sacha Blanc", "sacha.blanc@agora.example", "staff")
    group = _list(stage, GROUP, "Le groupe d’échanges, tous les trois mois", open=True)
    press = _list(stage, "Presse", "Les communiqués du réseau", open=False)
    _subscribe(stage, group)
    _import_press(stage, press)
    _to_the_group(stage, second, group)
    return _to_the_press(stage, second, press)


def read(stage: Stage, waiting: Waiting) -> None:
    """What left at its hour, and what the pages say once an issue is out."""
    stage.act("Entracte. Après l’envoi : l’heure dite, l’aperçu d’un lecteur, le flux, les chiffres")
    page = stage.until("the press release at its hour", lambda: _sent(stage.staff.open(waiting.page)), seconds=150)
    stage.until("the press release in the mailboxes", lambda: stage.mail.count("dix-huit candidats") == JOURNALISTS)
    stage.expect(
        "Communiqué : parti à la fin de l’embargo, à la presse seule",
        stage.mail.count("dix-huit candidats"),
        JOURNALISTS,
    )
    stage.picture("mailer-letter", page.url, whole=True)


def _list(stage: Stage, name: str, description: str, *, open: bool) -> str:
    """A new list; its key."""
    page = stage.page("mailer", "/contacts/listes/nouvelle")
    typed = {"name": name, "description": description, "open": ["true"] if open else None}
    page = stage.staff.submit(page, page.form("name", "description"), typed)
    return next(link for link in page.links if link.endswith(key_of(name))).rsplit("/", 1)[1]


def key_of(name: str) -> str:
    """Of a list, by its name."""
    return name.lower().replace(" à ", "-a-").replace(" ", "-")


def _subscribe(stage: Stage, key: str) -> None:
    """By the public form: nothing counts before the link in the mail is opened and its button pressed."""
    base = stage.urls["mailer"]
    members = people.network(MEMBERS, seed=SEED, tag="-mada")

    def join(person: people.Person) -> None:
        browser = Browser()
        page = browser.open(f"{base}/abonnement")
        browser.submit(page, page.form("email", "lists"), {"email": person.email, "lists": [key]})
        mail = stage.mail.to(person.email)
        link = re.search(r"https?://\S+/abonnement/confirmer/[\w-]+", mail["Text"])
        assert link, mail["Text"]
        page = browser.open(link[0])
        browser.submit(page, page.forms[-1])

    stage.for_all("abonnements confirmés", members, join)
    stage.expect("Groupe d’échanges : abonnés", _readers(stage, key), MEMBERS)
    page = stage.page("mailer", f"/contacts/?q={members[0].email}")
    stage.expect("… et L’Écho n’a pas été coché à leur place", "n’a rien dit" in page.text, True)


def _readers(stage: Stage, key: str) -> int:
    page = stage.page("mailer", f"/lettres/nouvelle?liste={key}")
    found = re.search(rf'value="{key}".*?\((\d+)\)', page.body, re.S)
    assert found, page.text
    return int(found[1])


def _import_press(stage: Stage, key: str) -> None:
    lines = [f"redaction{n}@presse.example;Rédaction {n}" for n in range(1, JOURNALISTS + 1)]
    page = stage.page("mailer", "/contacts/importer/")
    file = {"file": ("presse.csv", "\n".join(["Courriel;Nom", *lines]).encode(), "text/csv")}
    page = stage.staff.submit(page, page.form("file"), {"list": key}, files=file)
    stage.staff.submit(page, page.form("source", "wording"), SOURCE)
    stage.expect("Presse : importée dans sa liste", _readers(stage, key), JOURNALISTS)


def _letter(stage: Stage, typed: dict[str, str]) -> Page:
    page = stage.page("mailer", "/lettres/nouvelle")
    return stage.staff.submit(page, page.form("title", "text"), typed)


def _to_the_group(stage: Stage, second: Browser, key: str) -> None:
    page = _letter(stage, {"list_key": key, "title": "Notre réunion du 23 novembre", "text": NEWS})
    alone = "une autre personne doit la relire" in page.text
    stage.expect("Qui a écrit n’envoie pas seul", alone, True)
    page = second.open(page.url)
    second.submit(page, page.form(action="/approuver"))
    page = stage.staff.open(page.url)
    page = stage.staff.submit(page, page.form(action="/envoyer"))
    stage.until("the letter to the group", lambda: stage.mail.count("23 novembre") == MEMBERS)
    stage.expect("Seuls les membres du groupe la reçoivent", stage.mail.count("23 novembre"), MEMBERS)
    member = people.network(MEMBERS, seed=SEED, tag="-mada")[0]
    mail = stage.mail.to(member.email, subject="23 novembre")
    headers = stage.mail.headers(mail["ID"])
    stage.expect("List-Id : celui de la liste", headers["List-Id"][0].startswith(f"<{key}."), True)
    link = re.search(r"https?://\S+/preferences/\S+", mail["Text"])
    assert link, mail["Text"]
    reader = Browser()
    page = reader.open(link[0])
    form = page.form("lists")
    others = [value for name, value in form.values if name == "lists" and value != key]
    page = reader.submit(page, form, {"lists": others})
    stage.expect("Préférences : quitter cette liste seule", _readers(stage, key), MEMBERS - 1)
    stage.picture("mailer-preferences", page.url, staff=False, width="phone", whole=True)


def _to_the_press(stage: Stage, second: Browser, key: str) -> Waiting:
    """Written by one, set to its hour by the other; before that it cannot leave."""
    page = stage.page("mailer", "/lettres/nouvelle")
    ends = _soon(stage)
    typed = {
        "list_key": key,
        "title": "Tribune des projets : dix-huit candidats",
        "text": RELEASE,
        "public": ["true"],
        "embargo_on": ends.date().isoformat(),
        "embargo_at": f"{ends:%H:%M}",
    }
    page = stage.staff.submit(page, page.form("title", "text"), typed)
    page = second.open(page.url)
    stage.expect("Sous embargo : rien à envoyer maintenant", "/envoyer" not in page.body, True)
    page = second.submit(page, page.form("day", "time"))
    stage.say(f"le communiqué partira tout seul à {ends:%H h %M}")
    stage.picture("mailer-letter-waiting", page.url, whole=True)
    return Waiting(page.url.split("?")[0], f"{ends:%H:%M}")


def _soon(stage: Stage) -> dt.datetime:
    """The end of the minute after this one, by the clock of the play: that of the mail that has just left."""
    member = people.network(MEMBERS, seed=SEED, tag="-mada")[0]
    mail = stage.mail.to(member.email, subject="23 novembre")
    sent = parsedate_to_datetime(stage.mail.headers(mail["ID"])["Date"][0])
    return (sent.astimezone(PARIS) + dt.timedelta(seconds=80)).replace(second=0, microsecond=0)


def _sent(page: Page) -> Page | None:
    return page if "Registre d’envoi" in page.text else None
