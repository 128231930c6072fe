"""A year in a few minutes, through the pages and interfaces that everybody uses, with a table of what happened."""

from __future__ import annotations

from deploy.local.demo import agora, assembly, choices, door, echo, letters, programme, tribune
from deploy.local.demo.pictures import Camera
from deploy.local.demo.stage import Stage


def play(urls: dict[str, str], admin: tuple[str, str], camera: Camera | None = None) -> bool:
    """Play all acts on a running stack; True when every expectation held.

    urls: of registration, jury, mailer and mail (the catcher's page). admin: e-mail and password. camera: takes
    the pictures of the documentation on the way.
    """
    stage = Stage(urls, admin, camera=camera)
    stage.mail.empty()
    stage.sign_in()
    newcomers = agora.play(stage)
    programme.play(stage)
    choices.ask(stage)
    tribune.play(stage)
    guests = door.play(stage)
    waiting = letters.write(stage)
    echo.play(stage, newcomers)
    choices.allocate(stage)
    assembly.play(stage)
    letters.read(stage, waiting)
    _home(stage)
    agora.open_more_seats(stage, guests)
    return stage.report()


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
