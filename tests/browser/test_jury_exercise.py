"""The exercise before a round, from the secretary's page to the tablet and back to the screen in the room."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from services.jury.use_cases import exercise
from shared import clock
from tests.chaos.fault_proxy import FaultProxy
from tests.jury_room import PROJECTS, WHO, Room
from tests.soundness import sound
from tests.tablet_screen import RECEIVED, status, tap

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def room(jury_db: Any) -> Room:
    return Room(jury_db, opened=False)


def test_an_exercise_is_scored_without_a_network_and_gives_way_to_the_round(
    proxy: FaultProxy, room: Room, new_context: Callable[..., Any]
) -> None:
    with room.db.transaction() as session:
        exercise.begin(session, room.round_id, who=WHO, now=clock.now())
    page = new_context(viewport="phone", has_touch=True).new_page()
    page.goto(f"{proxy.url}/tablet/#{room.code()}")
    expect(page.get_by_text("D’abord un exercice, qui ne compte pas.")).to_be_visible()
    page.get_by_role("button", name=re.compile("Oui, je suis")).click()
    expect(page.get_by_text("Rien de ce que vous notez ici ne compte.")).to_be_visible()
    page.get_by_role("link", name=re.compile("Un forage pour Ndiagne")).click()
    tap(page, 0, 4)
    expect(page.get_by_label("Retour au porteur du projet")).to_have_count(0)
    sound(page, "jury-exercise-tablet")
    expect(status(page)).to_have_text(RECEIVED)

    proxy.fault = "reset"
    tap(page, 1, 2)
    expect(status(page)).to_have_text(re.compile("Gardé sur cette tablette · 1 à envoyer"))
    room.open()
    proxy.heal()
    page.reload()
    asked = page.get_by_label("Je n’ai de lien avec aucun autre projet.")
    expect(asked).to_be_visible()
    expect(status(page)).to_have_text(RECEIVED)
    assert sorted(value for value, _version in room.cells().values()) == [2, 4]
    asked.check()
    page.get_by_role("button", name=re.compile("Oui, je suis")).click()
    expect(page.get_by_role("link", name=re.compile(PROJECTS[0]))).to_be_visible()
    expect(page.get_by_text("Un forage pour Ndiagne")).to_have_count(0)


def test_the_room_looks_at_how_far_apart_it_is(
    jury_app: Any, serve: Callable[[Any], str], room: Room, new_context: Callable[..., Any], sign_in: Callable[..., Any]
) -> None:
    context = new_context()
    url = serve(jury_app)
    sign_in(context, "secretary")
    page = context.new_page()
    page.goto(f"{url}/equipe/tours/{room.round_id}/exercice/")
    page.get_by_role("button", name="Commencer l’exercice").click()
    expect(page.get_by_role("heading", name="Exercice en cours")).to_be_visible()
    client = jury_app.test_client()
    levels = ([1, 2, 3, 4, 5, 3, 3, 3], [2, 2, 3, 4, 1, 3, 3, 4], [5, 2, 3, 4, 5, 3, 3, 2])
    for juror, chosen in enumerate(levels):
        tablet = room.tablet(client, juror)
        for project in tablet.pack()["projects"]:
            tablet.score(project["id"], chosen)
    expect(page.locator(".screen-figure b")).to_have_text("6")
    page.get_by_role("button", name="Arrêter et montrer les écarts").click()
    picture = page.get_by_role("img", name="1 membre au niveau 1, 1 membre au niveau 2, 1 membre au niveau 5").first
    expect(picture).to_be_visible()
    expect(page.locator(".is-wide h4").first).to_have_text("Besoin et pertinence")
    sound(page, "jury-exercise")
    page.goto(f"{url}/equipe/tours/{room.round_id}/ecran")
    expect(page.get_by_role("heading", name="Exercice : où nos notes s’écartent")).to_be_visible()
    sound(page, "jury-exercise-screen")
