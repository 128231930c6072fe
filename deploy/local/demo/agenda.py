"""Between two acts: what the network is called and since when, and what the agenda says of a meeting: its tags, who
stands behind it, and English for who reads it."""

from __future__ import annotations

import io
import re

from PIL import Image

from deploy.local.demo import people
from deploy.local.demo.browser import Browser
from deploy.local.demo.stage import SEED, Stage

FORMER, COMING = "Midi-Pyrénées Coop’ Dev", "Occitanie Coopération"
FUNDER, TAG, ENGLISH = "Région Occitanie", "Forêts", "Acting together in Madagascar"


def play(stage: Stage, event: str, title: str) -> None:
    """event: the address of a published meeting; title: what the agenda calls it."""
    stage.act("Intermède : l’agenda par étiquette, un financeur et son logo, une lectrice en anglais, un nom daté")
    _identity(stage)
    _describe(stage, event)
    _by_tag(stage, title)
    _logo(stage, event)
    _in_english(stage, event)


def _identity(stage: Stage) -> None:
    """Today's name and the one of next year: the legal notice has today's, and waits for the other."""
    page = stage.page("registration", "/equipe/identite/")
    same = {"legal_form": "association loi 1901", "email": "bonjour@agora.example"}
    for name, since in ((FORMER, "2010-01-01"), (COMING, "2017-01-01")):
        page = stage.staff.submit(page, page.form("since", "name"), {"since": since, "name": name} | same)
    notice = Browser().open(f"{stage.urls['registration']}/mentions-legales").text
    stage.expect(
        "Identité : le nom du jour, pas celui de l’an prochain", (FORMER in notice, COMING in notice), (True, False)
    )


def _describe(stage: Stage, event: str) -> None:
    """Tags, a funder and an English title, shown as differences before they are saved."""
    page = stage.page("registration", f"/equipe/evenements/{event}/modifier")
    free = next(number for number in range(10) if (f"other_name-{number}", "") in page.form("title", "place").values)
    said = {
        "tags": f"{TAG}, Madagascar",
        "title_en": ENGLISH,
        f"other_name-{free}": FUNDER,
        f"other_role-{free}": "funder",
    }
    page = stage.staff.submit(page, page.form("title", "place"), said)
    stage.staff.submit(page, page.form("confirm"), {"confirm": "true"})


def _by_tag(stage: Stage, title: str) -> None:
    """The page and the calendar that follows it hold the meeting, and nothing of another tag."""
    where = f"{stage.urls['registration']}/agenda/"
    page = Browser().open(f"{where}?etiquette={TAG.lower()}")
    alone = "1 rencontre " in page.text and title in page.text
    stage.expect("Agenda filtré par étiquette : la rencontre, et elle seule", alone, True)
    held = Browser().download(f"{where}agenda.ics?etiquette={TAG.lower()}").decode().replace("\r\n ", "")
    stage.expect("… et le calendrier abonné de même", (held.count("BEGIN:VEVENT"), title in held), (1, True))


def _logo(stage: Stage, event: str) -> None:
    """A logo is kept once, under the name; the public page shows it with what the partner does."""
    page = stage.page("registration", f"/equipe/evenements/{event}/partenaires")
    form = next(form for form in page.forms if ("name", FUNDER) in form.values and form.action.endswith("/logo"))
    (field,) = [name for name in form.names if name.startswith("logo-")]
    drawn = io.BytesIO()
    Image.new("RGB", (240, 120), "#a3122f").save(drawn, "PNG")
    stage.staff.submit(page, form, files={field: ("region.png", drawn.getvalue(), "image/png")})
    public = Browser().open(f"{stage.urls['registration']}/e/{event}")
    logo = re.search(r"/logos/[\w-]+\.png", public.body)
    shown = logo is not None and Browser().download(stage.urls["registration"] + logo[0]).startswith(b"\x89PNG")
    stage.expect(
        "Page publique : le financeur, son rôle et son logo",
        (FUNDER in public.text, "Finance" in public.text, shown),
        (True, True, True),
    )


def _in_english(stage: Stage, event: str) -> None:
    """Who reads English registers under the English title, and gets it in the mail."""
    (reader,) = people.network(1, seed=SEED, tag="-english")
    browser = Browser(language="en")
    page = browser.open(f"{stage.urls['registration']}/e/{event}/inscription")
    answers = {
        "first_name": reader.first_name,
        "last_name": reader.last_name,
        "email": reader.email,
        "actor_type": "association",
        "department": reader.department,
    }
    ticket = browser.submit(page, page.form("first_name", "last_name"), answers)
    mail = stage.mail.to(reader.email)
    titled = [ENGLISH in text for text in (page.text, ticket.text, mail["Subject"])]
    stage.expect("En anglais : le formulaire, le billet et le courriel", titled, [True] * 3)
