"""A year in a few minutes, through the pages and interfaces that everybody uses, with a table of what happened."""

from __future__ import annotations

from deploy.local.demo import (
    agenda,
    agora,
    assembly,
    choices,
    committee,
    contacts,
    door,
    echo,
    experts,
    funding,
    gathering,
    helping,
    inviting,
    letters,
    partners,
    presentations,
    programme,
    tandems,
    tribune,
)
from deploy.local.demo.browser import Unexpected
from deploy.local.demo.pictures import Camera
from deploy.local.demo.stage import Stage


def play(
    urls: dict[str, str], admin: tuple[str, str], camera: Camera | None = None, *, token: str = "", way_back: str = ""
) -> bool:
    """Play all acts on a running stack; True when every expectation held.

    urls: of registration, jury, mailer and mail (the catcher's page). admin: e-mail and password. camera: takes
    the pictures of the documentation on the way. token: of a program that may order mails of
    `partners.TEMPLATE`; without one the stack is on another machine, and what it would call back here is left out.
    way_back: where it takes by LMTP what comes back, if it is on this one.
    """
    stage = Stage(urls, admin, camera=camera, program=token, way_back=way_back)
    try:
        _year(stage)
    except Unexpected as surprise:  # the table still says what was seen so far
        stage.expect("La suite n’est pas jouée", str(surprise), "")
    return stage.report()


def _year(stage: Stage) -> None:
    stage.mail.empty()
    stage.sign_in()
    newcomers = agora.play(stage)
    meeting = programme.play(stage)
    agenda.play(stage, meeting, programme.GROUP)
    choices.ask(stage)
    tribune.play(stage)
    call, dossiers = funding.play(stage)
    experts.play(stage, call, dossiers[0])
    committee.play(stage, call, dossiers)
    helping.play(stage, dossiers)
    tandems.play(stage)
    presentations.play(stage)
    guests = door.play(stage)
    waiting = letters.write(stage)
    echo.play(stage, newcomers)
    contacts.play(stage, letters.key_of(letters.GROUP))
    partners.read(stage)
    partners.order(stage)
    with partners.told(stage):
        gathering.play(stage, dossiers[1].author)
    choices.allocate(stage)
    assembly.play(stage)
    letters.read(stage, waiting)
    inviting.play(stage)
    _home(stage)
    agora.open_more_seats(stage, guests)


def _home(stage: Stage) -> None:
    """The home page knows what the two other services announced: the jury has signed, so its call is not open."""
    words = ("no 34", "n° 34", "nº 34", "34")
    page = stage.until("facts on the home page", lambda: _shows(stage, words))
    stage.picture("home-desk", stage.urls["registration"] + "/", staff=False, whole=True)
    stage.picture("home-phone", stage.urls["registration"] + "/", staff=False, width="phone", whole=True)
    stage.expect("Accueil : l’Agora, le no 34, plus d’appel ouvert", page, True)


def _shows(stage: Stage, words: tuple[str, ...]) -> bool:
    text = stage.page("registration", "/").text
    return "Agora" in text and "Tribune des projets 2016" not in text and any(word in text for word in words)
