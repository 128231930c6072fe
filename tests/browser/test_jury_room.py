"""Who reads what, and the room on the day, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from services.jury.use_cases import public_vote
from shared import clock
from tests.browser.test_jury_board import JURORS, TITLES
from tests.jury_room import WHO, Room
from tests.soundness import faults, fits

pytestmark = pytest.mark.browser


def clean(page: Any) -> None:
    assert faults(page) == []
    fits(page)


@pytest.fixture
def room(jury_db: Any) -> Room:
    room = Room(jury_db, TITLES, JURORS, opened=False)
    for juror, project in ((0, 0), (3, 7), (5, 7), (8, 2)):
        room.recuse(juror, project)
    return room


@pytest.mark.parametrize("viewport", ["desk"])
def test_the_secretary_looks_at_the_picture_and_adopts_it(
    room: Room, jury_app: Any, serve: Callable[[Any], str], page: Any, sign_in: Any, tmp_path: Any, viewport: str
) -> None:
    url = serve(jury_app)
    sign_in(page, "secretary")
    page.goto(f"{url}/equipe/tours/{room.round_id}/lectures/")
    page.get_by_label("Lectures par projet").fill("4")
    page.get_by_label("Lectures par membre, au plus").fill("7")
    page.get_by_label("Graine").fill("albi-2016")
    page.get_by_role("button", name="Voir ce que cela donne").click()
    expect(page.locator(".matrix-cell.is-given")).to_have_count(4 * len(TITLES))
    clean(page)
    page.screenshot(path=tmp_path / f"lectures-{viewport}.png", full_page=True)
    page.get_by_role("button", name="Adopter cette répartition").click()
    expect(page.get_by_text("Les lectures sont réparties.")).to_be_visible()
    page.get_by_label("Membre", exact=True).select_option(label="Chloé Ferrié")
    page.get_by_role("button", name="Voir ce qui passerait à d’autres…").click()
    expect(page.locator("#plan tbody tr")).to_have_count(6)
    clean(page)
    page.screenshot(path=tmp_path / f"passer-{viewport}.png", full_page=True)


@pytest.mark.parametrize("viewport", ["phone"])
def test_the_room_runs_and_the_screen_follows(
    room: Room, jury_app: Any, serve: Callable[[Any], str], page: Any, new_context: Any, sign_in: Any, tmp_path: Any,
    viewport: str,
) -> None:  # fmt: skip
    room.open()
    url = serve(jury_app)
    sign_in(page, "secretary")
    page.goto(f"{url}/equipe/tours/{room.round_id}/salle/")
    page.get_by_label("Celui où l’on sort le moins").check()
    page.get_by_role("button", name="Préparer").click()
    page.get_by_role("button", name="Nouvelle adresse pour l’écran").click()
    path = page.locator("#screen-link").inner_text().split("/salle/")[1]
    screen = new_context().new_page()
    screen.goto(f"{url}/salle/{path}/")
    expect(screen.locator(".up-next")).to_be_visible()
    expect(screen.locator(".timer")).to_have_count(0)
    page.get_by_role("link", name="Retour à la salle").click()
    page.get_by_role("button", name="Projet suivant").click()
    expect(page.locator("#turns .is-on")).to_have_count(1)
    title = page.locator(".on-stage-title").inner_text()
    expect(screen.locator(".on-stage-title")).to_have_text(title)
    expect(screen.locator(".timer-digits")).to_have_text(re.compile(r"^[45]:\d\d$"))
    bell = screen.get_by_role("button", name="Sonnerie : coupée")
    expect(bell).to_have_attribute("aria-pressed", "false")
    assert "Vidal" not in screen.content()
    for one, name in ((page, "salle"), (screen, "ecran")):
        clean(one)
        one.screenshot(path=tmp_path / f"{name}-{viewport}.png", full_page=True)
    page.get_by_role("button", name="Pause").click()
    expect(screen.locator(".timer-words")).to_have_text("En pause")


@pytest.mark.parametrize("viewport", ["phone"])
def test_the_public_votes_and_its_result_stands_beside_the_jurys(
    room: Room, jury_app: Any, serve: Callable[[Any], str], page: Any, new_context: Any, sign_in: Any, tmp_path: Any
) -> None:
    room.open()
    data = {"title": "Prix du public", "choices": 1, "prize": 50_000}
    with room.db.transaction() as session:
        vote = public_vote.prepare(session, room.round_id, data, who=WHO, now=clock.now())
        (code, *_rest) = public_vote.make_slips(session, vote.id, 40, who=WHO, now=clock.now())
        public_vote.open_vote(session, vote.id, who=WHO, now=clock.now())
    url = serve(jury_app)
    page.goto(f"{url}/vote/{code}")
    clean(page)
    page.screenshot(path=tmp_path / "bulletin.png", full_page=True)
    page.get_by_label(TITLES[2]).check()
    page.get_by_role("button", name="Déposer mon bulletin").click()
    expect(page.get_by_text("votre voix compte")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("votre voix compte")).to_be_visible()  # nobody who goes back reads what was chosen
    staff = new_context(viewport="desk").new_page()
    sign_in(staff, "secretary")
    staff.goto(f"{url}/equipe/tours/{room.round_id}/public/")
    staff.get_by_text("Clore le vote…").click()
    staff.get_by_role("button", name="Clore et compter").click()
    expect(staff.locator("#public-result tbody tr").first).to_contain_text(TITLES[2])
    clean(staff)
    staff.screenshot(path=tmp_path / "public.png", full_page=True)


def test_the_minutes_are_signed_with_a_finger(
    room: Room, jury_app: Any, serve: Callable[[Any], str], new_context: Any, sign_in: Any
) -> None:
    room.open()
    room.close()
    page = new_context(viewport="tablet", has_touch=True).new_page()
    sign_in(page, "secretary")
    page.goto(f"{serve(jury_app)}/equipe/tours/{room.round_id}/signer")
    pad = page.get_by_role("img", name="Signature de la présidence")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    page.mouse.move(box["x"] + 30, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 90, steps=5)
    page.mouse.up()
    clean(page)
    page.get_by_role("button", name="Signer et figer").click()
    expect(page.get_by_role("img", name="Signature : Aline Vidal")).to_have_count(1)
