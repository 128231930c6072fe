"""The secretary makes a second round; the tablet of the first is paired anew and holds the second alone."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from services.jury.minutes import Signer
from services.jury.models import Round, ScoreCell
from services.jury.use_cases import rounds, signing
from shared import clock
from tests.jury_room import WHO, Room
from tests.tablet_screen import pair, status, tap

pytestmark = [pytest.mark.browser, pytest.mark.slow]

GOES_ON, STOPS = "Mil de Casamance", "Lumière à Niamey"


def test_a_tablet_of_the_first_round_goes_on_with_the_second_and_nothing_old_in_it(
    jury_db: Any,
    jury_app: Any,
    serve: Callable[[Any], str],
    new_context: Callable[..., Any],
    sign_in: Callable[..., Any],
) -> None:
    room = Room(jury_db, [GOES_ON, STOPS], [("Aline", "Vidal")])
    url = serve(jury_app)
    tablet = new_context(viewport="tablet", has_touch=True).new_page()
    pair(tablet, url, room)
    tablet.route("**/api/tablet/operations", lambda route: route.abort())  # this value stays on the tablet
    tablet.get_by_role("link", name=re.compile(GOES_ON)).click()
    tap(tablet, 0, 3)
    room.close()

    staff = new_context(viewport="desk").new_page()
    sign_in(staff, "secretary")
    staff.goto(f"{url}/equipe/tours/{room.round_id}/suite/")
    staff.get_by_label("Nom du tour").fill("Oral")
    staff.get_by_label(re.compile(f"1. {GOES_ON}")).check()
    staff.get_by_label("Pourquoi ces projets").fill("Personne n’a noté : le jury choisit.")
    staff.get_by_role("button", name="Faire le tour suivant").click()
    expect(staff.get_by_role("heading", name="Oral")).to_be_visible()
    with jury_db.transaction() as session:
        signing.sign(session, room.round_id, [Signer("Aline Vidal", "présidence")], who=WHO, now=clock.now())
        second = session.scalars(sa.select(Round.id).where(Round.number == 2)).one()
        rounds.open_round(session, second, who=WHO, now=clock.now())
    tablet.unroute("**/api/tablet/operations")
    was, room.round_id = room.round_id, second
    pair(tablet, url, room)
    expect(tablet.get_by_role("link", name=re.compile(STOPS))).to_have_count(0)
    tablet.get_by_role("link", name=re.compile(GOES_ON)).click()
    tap(tablet, 1, 5)
    expect(status(tablet)).to_have_text("Reçu. Rien à envoyer.")
    assert cells(jury_db, second) == [5]
    assert cells(jury_db, was) == []


def cells(db: Any, round_id: uuid.UUID) -> list[Any]:
    with db.reading() as session:
        return list(session.scalars(sa.select(ScoreCell.value).where(ScoreCell.round_id == round_id)))
