"""The day of the jury: who is there by the desk's word, the running order, the clock, the public's prize."""

from __future__ import annotations

import re
import threading
from urllib.parse import urljoin

from deploy.local.demo import agora, people
from deploy.local.demo.browser import Browser
from deploy.local.demo.door import Desk
from deploy.local.demo.people import Person
from deploy.local.demo.stage import SEED, Stage

AT_THE_AGORA, VOTERS = 8, 24  # jurors who registered like everybody; people of the public with a slip
PITCH, QUESTIONS, PAUSE = 5, 5, 2  # minutes
READINGS, MOST = 4, 7  # an assignment that is looked at, not adopted: at a Tribune everyone reads everything


def jurors(stage: Stage, count: int) -> list[Person]:
    """The first of them hold a seat at the Agora."""
    certain = {row["Adresse électronique"] for row in agora.listed(stage) if row["État"] == "Confirmée"}
    known = [one for one in people.network(agora.CANDIDATES, seed=SEED) if one.email in certain][:AT_THE_AGORA]
    named = {(one.first_name, one.last_name) for one in known}
    others = [
        one for one in people.network(count * 2, seed=SEED, tag="-jury") if (one.first_name, one.last_name) not in named
    ]
    return [*known, *others][:count]


def share(stage: Stage, room: str) -> None:
    """What an assignment would give: the same seed gives the same one, and what cannot be is explained."""
    page = stage.staff.open(f"{room}/lectures/?per_project={READINGS}&per_juror={MOST}&seed=albi")
    again = stage.staff.open(f"{room}/lectures/?per_project={READINGS}&per_juror={MOST}&seed=albi")
    digests = {dict(one.form("digest").values)["digest"] for one in (page, again)}
    stage.expect("Répartition proposée, la même pour la même graine", len(digests), 1)
    short = stage.staff.open(f"{room}/lectures/?per_project={READINGS}&per_juror=1&seed=albi")
    stage.expect("Répartition impossible, expliquée", "relevez le maximum de chaque juré" in short.text, True)
    stage.picture("jury-readings", page.url, whole=True)


def arrive(stage: Stage, room: str, jury: list[Person]) -> None:
    """The desk lets the first jurors in; the jury's page knows it from the facts, and the quorum is there."""
    empty = stage.staff.open(f"{room}/salle/")
    stage.expect("Quorum du jury avant les arrivées", "Quorum : il en faut" in empty.text, True)
    listed = re.search(rf'<option value="([0-9a-f-]+)"[^>]*>{re.escape(agora.TITLE)},', empty.body)
    held_at = {"gathering": listed[1] if listed else ""}
    stage.staff.submit(empty, empty.form("gathering", action="/salle/evenement"), held_at)
    desk = Desk(stage)
    known = {(one["first_name"], one["last_name"]): one["id"] for one in desk.people()}
    came = [known[one.first_name, one.last_name] for one in jury[:AT_THE_AGORA]]
    results = desk.admit(came, [stage.mail.clock()] * len(came))
    stage.expect("Membres du jury admis à l’accueil", sum(one["outcome"] == "applied" for one in results), AT_THE_AGORA)
    reached = stage.until("the quorum", lambda: "Quorum atteint" in stage.staff.open(f"{room}/salle/").text)
    stage.expect("Quorum du jury, par les faits de l’accueil", reached, True)


class Clock:
    """The secretary's hand on the clock, and what the screen in the room shows."""

    def __init__(self, stage: Stage, room: str) -> None:
        self.stage, self.room = stage, room
        self.lock = threading.Lock()
        page = stage.staff.open(f"{room}/salle/")
        for order in ("walking", "numbers"):
            plan = {"order": order, "pitch": str(PITCH), "questions": str(QUESTIONS), "pause": str(PAUSE)}
            page = stage.staff.submit(page, page.form("pitch", "order"), plan)
        shown = stage.staff.submit(page, page.form(action="/salle/ecran"))
        self.screen = urljoin(page.url, re.findall(r'id="screen-link"><a href="([^"]+)"', shown.body)[0])

    def press(self, action: str) -> None:
        page = self.stage.staff.open(f"{self.room}/salle/")
        self.stage.staff.submit(page, page.form("action"), {"action": action})

    def shows(self, title: str, names: list[str]) -> bool:
        """The screen, which has no account, names the project and none of the jurors."""
        text = Browser().open(self.screen).text
        return title in text and not any(name in text for name in names)


def public(stage: Stage, room: str) -> None:
    """Slips are printed, cast from phones, counted at the end; nothing of it enters the jury's ranking."""
    staff = stage.staff
    page = staff.open(f"{room}/public/")
    page = staff.submit(
        page, page.form("title", "choices"), {"title": "Prix du public", "choices": "1", "prize": "500"}
    )
    sheet = staff.submit(page, page.form("number"), {"number": str(VOTERS)})
    codes = ["".join(code.split()) for code in re.findall(r'class="typed-code">([^<]+)<', sheet.body)]
    stage.expect("Bulletins du public imprimés", len(set(codes)), VOTERS)
    page = staff.open(f"{room}/public/")
    page = staff.submit(page, page.form(action="/ouvrir"))
    cast = stage.for_all("bulletins du public", list(enumerate(codes)), lambda one: _cast(stage, *one))
    stage.expect("Bulletins déposés, chacun une fois", sum(bool(one) for one in cast), VOTERS)
    page = staff.open(f"{room}/public/")
    page = staff.submit(page, page.form(action="/clore"))
    stage.expect("Vote du public compté, avec son empreinte", bool(re.search(r"\b[0-9a-f]{64}\b", page.text)), True)
    stage.picture("jury-public-vote", f"{room}/public/", whole=True)


def _cast(stage: Stage, number: int, code: str) -> bool:
    phone = Browser()
    page = phone.open(f"{stage.urls['jury']}/vote/{code}")
    form = page.form("projects")
    choices = form.choices["projects"]
    done = phone.submit(page, form, {"projects": choices[(number * number) % len(choices)]})
    again = phone.submit(page, form, {"projects": choices[0]}, expect=409)  # a second click is told so
    return "Ce bulletin est déposé" in done.text and "Ce bulletin est déposé" in again.text
