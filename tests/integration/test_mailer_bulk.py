"""Many contacts at once, by the filter of the list: who left is not brought back, and nobody is touched unannounced."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from services.mailer import bulk, contacts, directory, lists
from services.mailer.directory import Search
from services.mailer.models.contacts import ECHO
from shared.db import Database
from shared.errors import RuleError
from tests.mailer_people import readers, run, suppress

NOW = dt.datetime(2016, 10, 10, 9, tzinfo=dt.UTC)
WHO = "camille.roux@agora.example"
HAND = {"who": WHO, "now": NOW}
PROOF = {"source": "feuille de réunion", "wording": "Je veux la lettre du groupe Sahel"}
SAHEL = "groupe-sahel"
EVERYBODY = Search()


@pytest.fixture
def five(mailer_db: Database) -> None:
    """Five readers of L'Écho and a list of their group: lecteur1 is on it, lecteur2 left it, lecteur3 is barred."""
    readers(mailer_db, 5)
    run(mailer_db, "UPDATE contacts SET search = email_key")
    with mailer_db.transaction() as session:
        words = {"name": "Groupe Sahel", "name_en": "", "description": "x", "description_en": "", "open": True}
        assert lists.create(session, words, **HAND).key == SAHEL
        for n in (1, 2):
            person = contacts.Person(f"lecteur{n}@lecteurs.test")
            who = contacts.subscribe(session, person, SAHEL, "formulaire", "oui", "1", NOW)
        contacts.withdraw(session, who, SAHEL, "lien", "non", "1", NOW)
    suppress(mailer_db, "lecteur3@lecteurs.test", "bulk")


def all_of(session: Session, search: Search = EVERYBODY) -> dict[str, Any]:
    """What a page announces of a search, and who acts."""
    return {"announced": bulk.seal(directory.chosen(session, search)), **HAND}


def announced(page: str) -> str:
    return page.partition('name="people" value="')[2].partition('"')[0]


def on(db: Database, key: str) -> list[str]:
    rows = run(
        db,
        """SELECT p.email_key FROM contacts p JOIN LATERAL (SELECT status FROM consents k WHERE k.contact_id = p.id
           AND k.list = :key ORDER BY k.id DESC LIMIT 1) AS said ON said.status = 'given' ORDER BY 1""",
        key=key,
    )
    return [row.email_key.partition("@")[0] for row in rows]


@pytest.mark.usefixtures("five")
def test_onto_a_list_come_those_who_never_said_anything_of_it(mailer_db: Database) -> None:
    with mailer_db.transaction() as session:
        assert bulk.join(session, Search(), SAHEL, **PROOF, **all_of(session)) == bulk.Done(5, 2)
    assert on(mailer_db, SAHEL) == ["lecteur1", "lecteur4", "lecteur5"]
    rows = run(mailer_db, "SELECT DISTINCT source, wording FROM consents WHERE wording_version = 'ensemble-1'")
    assert [tuple(row) for row in rows] == [(PROOF["source"], PROOF["wording"])]


@pytest.mark.usefixtures("five")
def test_off_a_list_go_those_of_the_search_who_are_on_it(mailer_db: Database) -> None:
    with mailer_db.transaction() as session:
        barred = Search(status="suppressed")
        assert bulk.leave(session, barred, ECHO, reason="réunion", **all_of(session, barred)) == bulk.Done(1, 1)
    assert on(mailer_db, ECHO) == ["lecteur1", "lecteur2", "lecteur4", "lecteur5"]
    told = run(mailer_db, "SELECT type, envelope -> 'data' ->> 'by' AS by FROM outbox ORDER BY id")[-1]
    assert tuple(told) == ("mailer.contact.unsubscribed.v1", "staff")
    with mailer_db.transaction() as session:
        assert bulk.join(session, Search(), ECHO, **PROOF, **all_of(session)).changed == 0, "nobody is brought back"


@pytest.mark.usefixtures("five")
def test_a_topic_is_added_once_and_told_of_each(mailer_db: Database) -> None:
    for changed in (5, 0):
        with mailer_db.transaction() as session:
            assert bulk.add_topic(session, Search(), " eau ", **all_of(session)).changed == changed
            assert bulk.add_topic(session, Search("eau"), "eau", **all_of(session)) == bulk.Done(5, 0), "found by it"
    assert run(mailer_db, "SELECT count(*) AS n FROM audit_entries WHERE thing = 'contact'")[0].n == 5


@pytest.mark.usefixtures("five")
def test_nobody_is_touched_who_was_not_announced_not_even_as_many_others(mailer_db: Database) -> None:
    other = Search("lecteur4")
    with mailer_db.transaction() as session:
        for announced, told in ((Search("lecteur3"), "autant"), (EVERYBODY, "5 étaient annoncés, .* maintenant 1 :")):
            with pytest.raises(RuleError, match=told) as refused:
                bulk.add_topic(session, other, "eau", **all_of(session, announced))
            assert refused.value.code == "changed"


@pytest.mark.usefixtures("five")
def test_a_search_by_list_state_zone_departement_and_kind_is_the_same_on_the_list_in_the_export_and_for_an_action(
    mailer_client: Any, mailer_db: Database, sign_in: Callable[..., Any]
) -> None:
    run(
        mailer_db,
        "UPDATE contacts SET zones = '{Sahel}', departement = '31', kind = 'media' WHERE email_key < 'lecteur5'",
    )
    found = {
        "": 5, "liste=inconnue": 5, f"liste={SAHEL}": 2, f"liste={SAHEL}&etat=given": 1, f"liste={SAHEL}&etat=none": 2,
        "zone=Sahel": 4, "zone=Sahel&type=media&q=lecteur1": 1, "type=person": 0, "type=roi&etat=roi": 5,
        "departement=31": 4, "departement=81": 0, "departement=31 000": 5,
    }  # fmt: skip
    sign_in(mailer_client, "editor", email=WHO)
    for asked, people in found.items():
        said = mailer_client.get(f"/contacts/compte?{asked}").text
        assert said.partition(" ")[0] == str(people), (asked, said)
        assert mailer_client.get(f"/contacts/export.csv?{asked}").text.strip().count("\n") == people, asked
    where = f"liste={SAHEL}&etat=given&zone=Sahel&departement=31&type=media"
    page = mailer_client.get(f"/contacts/?{where}").text
    for name, value in (one.split("=") for one in where.split("&")):
        assert f'<input type="hidden" name="{name}" value="{value}">' in page
    page = mailer_client.get(f"/contacts/ensemble/?action=topic&{where}").text
    assert "Choisis : liste « Groupe Sahel », abonné, zone « Sahel », département 31, média" in page.replace(
        "\u202f", " "
    )
    mailer_client.post(f"/contacts/ensemble/topic?{where}", data={"people": announced(page), "topic": "eau"})
    (line,) = run(mailer_db, "SELECT after FROM audit_entries WHERE what = 'topic-added'")
    chosen = {"search": "", "status": "given", "list": SAHEL, "zone": "Sahel", "departement": "31", "kind": "media"}
    assert (line.after["chosen"], line.after["people"], line.after["topic"]) == (chosen, 1, "eau")


@pytest.mark.usefixtures("five")
def test_through_the_pages(mailer_client: Any, mailer_db: Database, sign_in: Callable[..., Any]) -> None:
    sign_in(mailer_client, "editor", email=WHO)
    assert "Pour ces 5 contacts" in mailer_client.get("/contacts/").text.replace("\u202f", " ").replace("\xa0", " ")
    page = mailer_client.get("/contacts/ensemble/?action=join").text
    assert "Ajouter 5 contacts à une liste" in page
    assert "Groupe Sahel (déjà dessus : 1, parties : 1)" in " ".join(page.split())
    posted = {"people": announced(page), "key": SAHEL, "source": "non", "wording": PROOF["wording"]}
    refused = mailer_client.post("/contacts/ensemble/join", data=posted)
    assert (refused.status_code, PROOF["wording"] in refused.text) == (422, True)
    done = mailer_client.post("/contacts/ensemble/join", data=posted | PROOF, follow_redirects=True)
    assert "2 personnes ajoutées à la liste. 3 sont restées comme elles étaient." in done.text
    exported = mailer_client.get("/contacts/ensemble/?action=export&q=lecteur1")
    assert exported.location == "/contacts/export.csv?q=lecteur1"
    assert mailer_client.get("/contacts/ensemble/?action=effacer").status_code == 404


@pytest.mark.usefixtures("five")
def test_no_list_is_taken_that_nobody_chose_and_each_person_is_told_of_it_by_its_name(
    mailer_client: Any, mailer_db: Database, sign_in: Callable[..., Any]
) -> None:
    sign_in(mailer_client, "editor", email=WHO)
    page = mailer_client.get("/contacts/ensemble/?action=leave").text
    chosen = page.partition('name="key"')[2].partition("</option>")[0]
    assert '<option value="">' in chosen
    posted = {"people": announced(page), "reason": "le groupe est dissous"}
    refused = mailer_client.post("/contacts/ensemble/leave", data=posted | {"key": ""})
    assert (refused.status_code, "La liste" in refused.text) == (422, True)
    assert len(on(mailer_db, ECHO)) == 5
    mailer_client.post("/contacts/ensemble/leave", data=posted | {"key": SAHEL})
    who = run(mailer_db, "SELECT id FROM contacts WHERE email_key LIKE 'lecteur1@%'")[0].id
    assert "A quitté Groupe Sahel" in mailer_client.get(f"/contacts/{who}").text
