"""The what-if desk: every envelope, both rules at the line, who enters and who leaves; and nothing is ever written."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa

from services.jury.models import Award, Pot
from services.jury.use_cases import awards, deliberation
from shared import audit, clock
from tests.jury_room import WHO, Room


@pytest.fixture
def room(jury_db: Any, jury_client: Any) -> Room:
    """One juror, four projects, best first; 6 000 € for wishes of 3 000, 4 000, 1 000 and 2 000."""
    room = Room(jury_db)
    tablet = room.tablet(jury_client)
    size = len(tablet.pack()["grid"]["criteria"])
    for project, level in zip(room.projects, (5, 4, 3, 2), strict=True):
        tablet.score(project, [level] * size)
    room.close()
    wishes = dict(
        zip(room.projects, [(300_000, None), (400_000, 200_000), (100_000, None), (200_000, None)], strict=True)
    )
    with jury_db.transaction() as session:
        data = {"envelope": 600_000, "years": 1, "wishes": wishes}
        awards.set_pot(session, room.round_id, data, who=WHO, now=clock.now())
    return room


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("\u202f", " ").replace("\u00a0", " "))


def said(room: Room, client: Any, query: str) -> str:
    """The sentence that is read out when the line moves."""
    answer = client.get(f"/equipe/tours/{room.round_id}/deliberation/essai/?{query}")
    assert answer.status_code == 200
    found = re.search(r'data-said="([^"]*)"', answer.text)
    assert found is not None
    return plain(found.group(1))


def test_both_rules_say_who_enters_who_leaves_and_what_is_left(room: Room, jury_client: Any, sign_in: Any) -> None:
    sign_in(jury_client, "secretary")
    same = said(room, jury_client, "e_=6000")
    assert same.startswith("Arrêt : 1 projet aidé, 0 entre, 0 sort, il reste 3 000")
    assert "Saut : 3 projets aidés, 0 entre, 0 sort, il reste 0" in same
    more = said(room, jury_client, "e_=7+000")
    assert more.startswith("Arrêt : 2 projets aidés, 1 entre, 0 sort, il reste 0")
    assert "Saut : 2 projets aidés, 1 entre, 2 sortent, il reste 0" in more
    partial = said(room, jury_client, "e_=5000&partial=true")
    assert partial.startswith("Arrêt : 2 projets aidés")


def test_it_works_as_a_plain_form_and_keeps_what_was_typed(room: Room, jury_client: Any, sign_in: Any) -> None:
    sign_in(jury_client, "secretary")
    base = f"/equipe/tours/{room.round_id}/deliberation/"
    page = plain(jury_client.get(f"{base}?e_=7+000&without=nobody&w_x=-3").text)
    assert "Essai, sans effet : 7 000" in page
    assert 'value="7 000"' in page
    wrong = jury_client.get(f"{base}?e_=beaucoup")
    assert wrong.status_code == 200
    assert 'value="beaucoup"' in wrong.text
    assert "l’essai garde l’enveloppe d’aujourd’hui" in wrong.text
    for odd in ("9" * 400, "-5", "1e9", "²"):
        assert jury_client.get(f"{base}essai/?e_={odd}&w_x=²").status_code == 200


def test_trying_writes_nothing(room: Room, jury_client: Any, sign_in: Any) -> None:
    sign_in(jury_client, "secretary")

    def kept() -> Any:
        with room.db.reading() as session:
            pot = session.scalars(sa.select(Pot)).one()
            lines = sorted(
                (str(a.project_id), a.amount, a.state, a.changed_at) for a in session.scalars(sa.select(Award))
            )
            return (
                pot.envelope,
                pot.committed,
                pot.decided_at,
                lines,
                len(audit.history(session, "round", room.round_id)),
            )

    before = kept()
    said(room, jury_client, f"e_=1&partial=true&without={room.jurors[1]}")
    assert kept() == before


def test_once_decided_what_is_committed_is_said_and_who_gave_up_is_tried_no_more(
    room: Room, jury_client: Any, sign_in: Any
) -> None:
    sign_in(jury_client, "secretary")
    with room.db.transaction() as session:
        awards.decide(session, room.round_id, rule="stop", partial=False, who=WHO, now=clock.now())
        first = session.scalars(sa.select(Award).where(Award.state == "awarded")).one()
        awards.withdraw(session, room.round_id, first.id, who=WHO, now=clock.now())
    page = plain(jury_client.get(f"/equipe/tours/{room.round_id}/deliberation/").text)
    assert "Les aides sont décidées : 4 000 € engagés sur 6 000 €." in page
    assert "Nouveau rang" not in page
    assert said(room, jury_client, "e_=6000").startswith("Arrêt : 2 projets aidés, 0 entre, 0 sort")


def test_a_rank_that_the_jury_moved_stays_moved(room: Room, jury_client: Any, sign_in: Any) -> None:
    with room.db.transaction() as session:
        reason = "Le jury juge ce projet plus mûr."
        deliberation.move(session, room.round_id, room.projects[3], 1, reason, who=WHO, now=clock.now())
    sign_in(jury_client, "secretary")
    # 2 000 for the moved one, then 3 000; 4 000 no longer fit.
    assert said(room, jury_client, "e_=6000").startswith("Arrêt : 2 projets aidés, 0 entre, 0 sort, il reste 1 000")


def test_nothing_is_tried_while_the_jury_scores(jury_db: Any, jury_client: Any, sign_in: Any) -> None:
    room = Room(jury_db)
    sign_in(jury_client, "secretary")
    assert jury_client.get(f"/equipe/tours/{room.round_id}/deliberation/essai/").status_code == 404
