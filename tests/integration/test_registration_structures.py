"""Structures: proposed while typing, telling nobody who came; merged and unmerged; a college with its history."""

from __future__ import annotations

import datetime as dt
import re
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration.models import Registration, Structure
from services.registration.queries import directory
from services.registration.queries import structures as queries
from services.registration.rules.structures import COLLEGES, college, core, key
from services.registration.use_cases import changing, erasing, registering, structures
from shared import audit, clock
from shared.db import Database
from shared.errors import RuleError
from tests.integration.registration_people import NOW, SITE, an_event, answers

NAMES = ["Les Amis du Lac", "les amis du lac ", "Association des Amis du Lac", "Éau Partagée", "Jeanne Martin"]


@pytest.fixture
def people(registration_db: Database, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """One person for each name; two of the names differ by capitals only."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    made = []
    with registration_db.transaction() as session:
        event = an_event(session, capacity=20)
        for number, name in enumerate(NAMES):
            data = answers(number, structure=name)
            made.append(registering.register(session, event.id, data, NOW, site=SITE).registration_id)
        assert structures.settle_new(session, NOW) == len(NAMES)
    return made


def of(session: Any, name: str) -> Structure:
    return session.scalars(sa.select(Structure).where(Structure.name_key == key(name))).one()


def test_many_people_of_few_structures_are_linked_at_once(registration_db: Database, people: list[Any]) -> None:
    sent: list[str] = []
    with registration_db.transaction() as session:
        merged, kept = of(session, "Association des Amis du Lac").id, of(session, "Les Amis du Lac").id
        structures.merge(session, kept, merged, NOW, who="camille")
        named = sa.select(Registration.id, Registration.structure_id).order_by(Registration.id)
        before = {row.id: row.structure_id for row in session.execute(named)}
        session.execute(sa.update(Registration).values(structure_id=None))
    with registration_db.transaction() as session:
        sa.event.listen(session.connection(), "before_cursor_execute", lambda *said: sent.append(said[2].split()[0]))
        assert structures.settle_new(session, NOW) == len(NAMES)
    assert sent == ["SELECT", "SELECT", "UPDATE"]
    with registration_db.reading() as session:
        after = {row.id: row.structure_id for row in session.execute(named)}
    assert after == before
    assert before[people[2]] == kept


def test_who_is_linked_while_two_structures_become_one_is_linked_to_the_one_kept(
    registration_db: Database, people: list[Any]
) -> None:
    late = [people[2], people[3]]  # one names what is merged now, the other what had been merged into it before
    with registration_db.transaction() as session:
        kept, gone, before = (of(session, NAMES[number]).id for number in (0, 2, 3))
        structures.merge(session, gone, before, NOW, who="camille")
        session.execute(sa.update(Registration).where(Registration.id.in_(late)).values(structure_id=None))

    def settle() -> None:
        with registration_db.transaction() as session:
            structures.settle_new(session, NOW)

    locked = "datname = current_database() AND wait_event_type = 'Lock'"
    waits = sa.select(sa.func.count()).select_from(sa.text("pg_stat_activity")).where(sa.text(locked))

    def is_waiting() -> bool:
        with registration_db.reading() as session:  # a transaction of its own: within one, what it tells stands still
            return bool(session.scalar(waits))

    with ThreadPoolExecutor(1) as pool:
        with registration_db.transaction() as session:
            structures.merge(session, kept, gone, NOW, who="camille")
            settled = pool.submit(settle)
            until = time.monotonic() + 10
            while not (waiting := is_waiting()) and time.monotonic() < until:
                time.sleep(0.01)
            assert waiting
        settled.result(10)
    with registration_db.reading() as session:
        assert {session.get_one(Registration, one).structure_id for one in late} == {kept}


def test_colleges_follow_actor_types_and_cores_drop_what_says_nothing() -> None:
    assert {college(one) for one in ("authority", "public_body")} == {"public"}
    assert college("other") == ""
    assert set(COLLEGES) >= {college("business"), college("association")}
    assert core(key("Association des Amis du Lac")) == core(key("LES AMIS DU LAC")) == "amis lac"


def test_a_name_is_one_structure_and_only_what_two_gave_is_proposed(
    registration_client: Any, registration_db: Database, people: list[Any]
) -> None:
    ask = lambda typed: registration_client.get("/structures.json", query_string={"q": typed}).json  # noqa: E731
    assert ask("amis du l") == ["Les Amis du Lac"]
    assert ask("eau part") == []  # one person gave it
    assert ask("jeanne") == []
    assert ask("a") == []
    with registration_db.transaction() as session:
        structures.rename(session, of(session, "Eau Partagée").id, "Eau Partagée", True, NOW, who="camille")
    assert ask("ÉAU") == ["Eau Partagée"]
    assert ask("%_") == []
    with registration_db.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Structure)) == 4


def test_names_are_proposed_under_a_prefix_too(
    registration_client: Any, registration_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        address = f"/e/{an_event(session).slug}/inscription"
    page = registration_client.get(address, environ_overrides={"SCRIPT_NAME": "/agora"})
    assert 'data-names="/agora/structures.json"' in page.text


def test_a_merge_says_what_moves_leads_the_old_name_and_is_undone(
    registration_client: Any, registration_db: Database, people: list[Any], sign_in: Any
) -> None:
    sign_in(registration_client, "staff")
    with registration_db.reading() as session:
        kept, gone = of(session, NAMES[0]).id, of(session, NAMES[2]).id
    listed = registration_client.get("/equipe/structures/").text
    assert "Peut-être les mêmes" in listed
    asked = registration_client.get(f"/equipe/structures/{kept}/reunir?avec={gone}").text
    assert "1 inscription passera" in asked
    assert "Noé Personne2" in asked
    assert registration_client.post(f"/equipe/structures/{kept}/reunir", data={"gone": gone}).status_code == 303
    with registration_db.transaction() as session:
        assert session.get_one(Registration, people[2]).structure_id == kept
        late = answers(9, structure="association des amis du lac")
        event = session.get_one(Registration, people[0]).event_id
        new = registering.register(session, event, late, NOW, site=SITE).registration_id
        structures.settle_new(session, NOW)
        session.expire_all()
        assert session.get_one(Registration, new).structure_id == kept
    page = registration_client.get(f"/equipe/structures/{kept}").text
    assert "Noé Personne9" in page
    undo = re.search(r'action="(/equipe/structures/reunions/[^"]+)"', page)
    assert undo
    registration_client.post(undo[1])
    with registration_db.reading() as session:
        assert session.get_one(Registration, people[2]).structure_id == gone
        assert session.get_one(Registration, new).structure_id == kept
        told = [row.what for row in audit.history(session, "structure", kept)]
        assert told == ["structure merged", "merge undone"]


def test_a_college_has_a_history(
    registration_client: Any, registration_db: Database, people: list[Any], sign_in: Any
) -> None:
    sign_in(registration_client, "staff")
    with registration_db.reading() as session:
        lake = of(session, NAMES[0]).id
    since = {"actor_type": "business", "since": "2016-10-10"}
    assert registration_client.post(f"/equipe/structures/{lake}/type", data=since).status_code == 303
    page = registration_client.get(f"/equipe/structures/{lake}").text
    assert "Acteurs économiques" in page
    assert "du 3 octobre 2016 au 10 octobre 2016" in page.replace("\u00a0", " ")
    with registration_db.transaction() as session, pytest.raises(RuleError, match="se réécrit pas"):
        structures.set_type(session, lake, "person", dt.date(2016, 10, 1), NOW, who="camille")
    for since, said in (("hier", "Cette date n’existe pas"), ("2016-10-01", "l’historique ne se réécrit pas")):
        wrong = {"actor_type": "person", "since": since}
        refused = registration_client.post(f"/equipe/structures/{lake}/type", data=wrong)
        assert (refused.status_code, said in refused.text, f'value="{since}"' in refused.text) == (422, True, True)
        assert '<option value="person" selected' in refused.text


def test_a_change_moves_and_an_erasure_forgets_a_name_that_may_be_a_persons(
    registration_db: Database, people: list[Any]
) -> None:
    with registration_db.transaction() as session:
        changing.change(session, people[3], answers(3, structure=NAMES[0]), NOW, site=SITE)
        structures.settle_new(session, NOW)
        session.expire_all()
        assert session.get_one(Registration, people[3]).structure_id == of(session, NAMES[0]).id
        erasing.anonymise(session, [people[4], people[0]])
    with registration_db.reading() as session:
        left = set(session.scalars(sa.select(Structure.name)))
        assert "Jeanne Martin" not in left
        assert "Les Amis du Lac" in left
        assert {row.structure.name for row in queries.listed(session, NOW.date(), "amis lac")} == {NAMES[0], NAMES[2]}


def test_a_merge_of_what_had_been_merged_is_undone_step_by_step(registration_db: Database, people: list[Any]) -> None:
    with registration_db.transaction() as session:
        ids = [of(session, NAMES[number]).id for number in (0, 2, 3, 4)]
        kept, gone, inner, innermost = ids
        structures.merge(session, inner, innermost, NOW, who="camille")
        first = structures.merge(session, gone, inner, NOW, who="camille").id
        second = structures.merge(session, kept, gone, NOW, who="camille").id
    for merge_id, leads in ((second, [None, None, gone, gone]), (first, [None, None, None, inner])):
        with registration_db.transaction() as session:
            structures.undo(session, merge_id, NOW, who="camille")
        with registration_db.reading() as session:
            assert [session.get_one(Structure, one).merged_into for one in ids] == leads


def test_a_type_that_begins_later_is_not_told_before_its_day(
    registration_client: Any,
    registration_db: Database,
    people: list[Any],
    sign_in: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sign_in(registration_client, "staff")
    with registration_db.transaction() as session:
        lake = of(session, NAMES[0])
        lake.known = True
        structures.set_type(session, lake.id, "business", NOW.date() + dt.timedelta(days=7), NOW, who="camille")
    here = f"/equipe/structures/{lake.id}"
    for days, college_then in ((0, "Associations"), (7, "Acteurs économiques")):
        monkeypatch.setattr(clock, "now", lambda days=days: NOW + dt.timedelta(days=days))
        head = registration_client.get(here).text.split("</h1>")[1].split("</p>")[0]
        assert college_then in head
        with registration_db.reading() as session:
            today = NOW.date() + dt.timedelta(days=days)
            (row,) = [one for one in queries.listed(session, today) if one.structure.id == lake.id]
            (entry,) = [one for one in directory.entries(session, today) if one.id == lake.id]
        assert row.actor_type == entry.actor_type == ("business" if days else "association")
