"""Between two acts: two cards that are one person, and a subject given to many contacts at once."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from deploy.local.demo.browser import Browser, Page
from deploy.local.demo.stage import Stage

CARD = re.compile(r"/contacts/[0-9a-f-]{36}$")
KEPT, GONE, OTHER = (f"{name}@deuxfois.example" for name in ("ines.cazals", "i.cazals", "paul.cazals"))


def play(stage: Stage, key: str) -> None:
    """key: of an open list, which the person joined at the address that goes."""
    _add(stage, KEPT, "Inès", "Cazals")
    _add(stage, OTHER, "Paul", "Cazals")
    _join(stage, key)
    _one_person(stage)
    _a_subject(stage)


def _add(stage: Stage, email: str, first_name: str, last_name: str) -> None:
    page = stage.page("mailer", "/contacts/nouveau")
    card = {"email": email, "first_name": first_name, "last_name": last_name, "structure": "Les Amis du Lac"}
    stage.staff.submit(page, page.form("email", "first_name"), card)


def _join(stage: Stage, key: str) -> None:
    """She subscribed by the public form too, at an address of hers that nobody linked with the first."""
    browser = Browser()
    page = browser.open(f"{stage.urls['mailer']}/abonnement")
    browser.submit(page, page.form("email", "lists"), {"email": GONE, "lists": [key]})
    link = re.search(r"https?://\S+/abonnement/confirmer/[\w-]+", stage.mail.to(GONE)["Text"])
    assert link
    page = browser.open(link[0])
    browser.submit(page, page.forms[-1])


def _card(stage: Stage, email: str) -> str:
    """The address of a card, found by the search."""
    page = stage.page("mailer", f"/contacts/?q={email}")
    return next(link for link in page.links if CARD.search(urlsplit(link).path))


def _one_person(stage: Stage) -> None:
    """What will happen is told before; then one card has both histories, and the other address leads to it."""
    kept, gone = _card(stage, KEPT), _card(stage, GONE)
    page = stage.staff.open(f"{kept}/reunir/{gone.rpartition('/')[2]}")
    told = f"Nous n’écrivons plus à {GONE}" in _spaced(page) and "La personne reçoit" in page.text
    stage.expect("Deux fiches, une personne : ce qui va se passer est dit", told, True)
    stage.staff.submit(page, page.form("seen", action="/reunir/"))
    merged = stage.page("mailer", "/contacts/?q=Cazals")
    addresses = [one in merged.text for one in (KEPT, GONE, OTHER)]
    stage.expect("Fiches réunies : une seule reste, l’autre personne aussi", addresses, [True, False, True])


def _a_subject(stage: Stage) -> None:
    page = stage.page("mailer", "/contacts/?q=Cazals")
    page = stage.staff.submit(page, page.form("action", action="ensemble"), {"action": "topic"})
    page = stage.staff.submit(page, page.form("topic", action="/topic"), {"topic": "eau"})
    stage.expect("Un sujet donné à plusieurs fiches", "2 personnes ont ce sujet de plus" in _spaced(page), True)


def _spaced(page: Page) -> str:
    return page.text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")
