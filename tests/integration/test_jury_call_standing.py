"""Where a call stands: what its page and the list say of it, from the day it is made."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
import sqlalchemy as sa

from services.jury.models import Call, Round, RulebookVersion
from services.jury.use_cases import calls, rulebooks
from shared import clock
from tests.integration.test_jury_second_round import make
from tests.jury_dossiers import CALL, WHO, add_filed, open_call
from tests.jury_room import Room, sign


def pill(page: str) -> str:
    """The first state that a page shows."""
    found = re.search(r'class="pill[^>]*>(.*?)</span>', page, re.S)
    assert found is not None
    return re.sub("<[^>]*>", "", found[1]).strip()


@pytest.fixture
def staff(jury_client: Any, sign_in: Any) -> Any:
    sign_in(jury_client, "secretary")
    return jury_client


def steps(page: str) -> list[str]:
    return re.findall("<li [^>]*>\\s*<b>([^<]*)</b>", page)


def test_a_call_says_what_there_is_to_decide_and_is_announced_first(staff: Any, jury_db: Any) -> None:
    with jury_db.transaction() as session:
        funding = rulebooks.create_funding(session, CALL, who=WHO, now=clock.now()).id
    page = staff.get(f"/equipe/appels/{funding}").text
    assert "retenu" not in page
    assert re.sub(r"\s", " ", page).count("320 000 € à partager, ") == 1
    assert steps(page)[0] == "Annonce"


def next_steps(page: str) -> list[str]:
    return re.findall('<li class="is-next">\\s*<b>([^<]*)</b>', page)


def test_one_step_of_a_draft_is_the_next(staff: Any, jury_db: Any) -> None:
    with jury_db.transaction() as session:
        funding = rulebooks.create_funding(session, CALL, who=WHO, now=clock.now()).id
    assert next_steps(staff.get(f"/equipe/appels/{funding}").text) == ["Annonce"]


def test_one_step_of_a_call_that_is_never_made_public_is_the_next(staff: Any, jury_db: Any) -> None:
    room = Room(jury_db, opened=False)
    seen = []
    for change in (lambda: None, room.open, room.close, lambda: sign(staff, room.round_id)):
        change()
        seen += next_steps(staff.get(f"/equipe/appels/{room.call_id}").text)
    assert seen == ["Annonce", "Notes", "Classement et procès-verbal", "Résultats aux porteurs"]


def test_a_second_round_of_such_a_call_is_not_held_up_by_its_announcement(staff: Any, jury_db: Any) -> None:
    room = Room(jury_db)
    room.close()
    make(room, projects=[0, 1], reason="Personne n’a noté : le jury choisit.")
    assert next_steps(staff.get(f"/equipe/appels/{room.call_id}").text) == ["Ouverture du tour"]


def test_where_a_call_is_made_its_tab_is_lit(staff: Any) -> None:
    for path in ("/equipe/appels/nouveau", "/equipe/appels/financement"):
        assert '<a href="/equipe/" aria-current="true">Appels</a>' in staff.get(path).text


def test_a_round_that_is_prepared_is_not_said_of_a_call_that_is_public(staff: Any, jury_db: Any) -> None:
    call = open_call(jury_db)
    page = staff.get(f"/equipe/appels/{call}").text
    with jury_db.reading() as session:
        this = session.scalars(sa.select(Round.id)).one()
    assert pill(page) == "Appel ouvert"
    assert pill(staff.get(f"/equipe/tours/{this}/exercice/").text) == "Tour en préparation"


def test_a_tribune_without_money_says_how_many_projects_are_to_be_chosen(staff: Any, jury_db: Any) -> None:
    tribune = Room(jury_db, opened=False)
    assert "2 projets à retenir, 1 place sur liste d’attente" in staff.get(f"/equipe/appels/{tribune.call_id}").text


def test_a_finished_call_says_what_was_decided_and_offers_no_form_any_more(staff: Any, jury_db: Any) -> None:
    room = Room(jury_db, opened=False)
    where = f"/equipe/appels/{room.call_id}"
    assert "Ou recevez des propositions" in staff.get(where).text
    room.open()
    room.close()
    assert ("À décider" in (page := staff.get(where).text), "Ou recevez" in page) == (True, False)
    assert "Délibérez, puis signez." in page
    assert sign(staff, room.round_id).status_code == 303
    page = staff.get(where).text
    assert ("À décider" in page, "0 retenu, 0 en réserve, 4 non retenus" in page) == (False, True)
    assert "Personne n’a encore sa réponse." in page


def test_a_call_is_in_preparation_until_it_is_public_then_open_then_closed(staff: Any, jury_db: Any) -> None:
    with jury_db.transaction() as session:
        rulebooks.create_funding(session, CALL, who=WHO, now=clock.now())
    assert pill(staff.get("/equipe/").text) == "En préparation"
    with jury_db.transaction() as session:
        session.execute(sa.update(Call).values(state="open", opened_at=clock.now()))
    assert pill(staff.get("/equipe/").text) == "Appel ouvert"
    with jury_db.transaction() as session:
        session.execute(sa.update(Call).values(closes_at=clock.now() - dt.timedelta(hours=1)))
    assert pill(staff.get("/equipe/").text) == "Appel clos"


def test_the_page_of_a_call_says_the_same_as_the_list_and_what_waits_for_the_staff(staff: Any, jury_db: Any) -> None:
    funding = open_call(jury_db)
    add_filed(jury_db, funding, {}, {"state": "to_complete"}, {"state": "filed"})
    page = staff.get(f"/equipe/appels/{funding}").text
    assert (pill(page), "2 dossiers à vérifier" in page) == ("Appel ouvert", True)
    assert re.search("Clôture.{1,80}31 mars 2030", page, re.S)


def test_once_its_round_is_open_a_call_is_told_by_its_round(staff: Any, jury_db: Any) -> None:
    room = Room(jury_db)
    assert pill(staff.get(f"/equipe/appels/{room.call_id}").text) == "Tour ouvert"


def test_a_draft_goes_with_its_rulebook_after_a_question(staff: Any, jury_db: Any) -> None:
    with jury_db.transaction() as session:
        call = rulebooks.create_funding(session, CALL, who=WHO, now=clock.now()).id
    where = f"/equipe/appels/{call}"
    assert f"{where}/effacer" in staff.get(where).text
    assert "s’effacent pour toujours" in staff.get(f"{where}/effacer").text
    assert "Le brouillon est effacé" in staff.post(f"{where}/effacer", follow_redirects=True).text
    assert staff.get(where).status_code == 404
    with jury_db.reading() as session:
        assert session.scalars(sa.select(RulebookVersion)).all() == []


def test_a_call_that_was_public_or_has_somebody_in_it_stays(staff: Any, jury_db: Any) -> None:
    public = open_call(jury_db)
    assert "est public" in staff.post(f"/equipe/appels/{public}/effacer", follow_redirects=True).text
    with jury_db.transaction() as session:
        used = rulebooks.create_funding(session, CALL, who=WHO, now=clock.now()).id
        juror = {"first_name": "Aline", "last_name": "Vidal", "function": "", "email": "", "chairs": True}
        calls.add_juror(session, used, juror, who=WHO, now=clock.now())
    assert f"/equipe/appels/{used}/effacer" not in staff.get(f"/equipe/appels/{used}").text
    assert "a déjà des projets" in staff.post(f"/equipe/appels/{used}/effacer", follow_redirects=True).text
    with jury_db.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Call)) == 2


def test_a_version_of_a_rulebook_is_still_written_once(jury_db: Any) -> None:
    open_call(jury_db)
    with pytest.raises(sa.exc.IntegrityError), jury_db.transaction() as session:
        session.execute(sa.delete(RulebookVersion))
