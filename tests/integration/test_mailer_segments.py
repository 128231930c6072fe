"""Segments: what a page counts is who is written to, and nobody sends to people they have not seen."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from services.mailer import audience, campaigns, contacts, issues, segments
from services.mailer.audience import Filter
from services.mailer.models.contacts import ECHO
from services.mailer.models.ledger import Campaign, Message
from services.mailer.models.segments import Segment
from shared.errors import RuleError
from tests.mailer_people import HTML, TEXT, run, say, suppress

NOW = dt.datetime(2016, 10, 3, 9, tzinfo=dt.UTC)
WATER = Filter(topics=("eau",))


@pytest.fixture
def people(mailer_db: Any) -> Any:
    """Four who agreed; two of them care for water, one of those in Madagascar and Haute-Garonne."""
    known: list[dict[str, Any]] = [
        {"email": "eau-mg@asso.test", "topics": ("eau",), "zones": ("Madagascar",), "departement": "31",
         "kind": "association"},
        {"email": "eau-kh@mairie.test", "topics": ("eau", "santé"), "zones": ("Cambodge",), "departement": "31",
         "kind": "authority"},
        {"email": "sante@asso.test", "topics": ("santé",), "departement": "09", "kind": "association"},
        {"email": "rien@asso.test"},
    ]  # fmt: skip
    with mailer_db.transaction() as session:
        for one in known:
            contacts.subscribe(session, contacts.Person(**one), ECHO, "formulaire", "oui", "1", NOW)
    return mailer_db


def sent_to(db: Any, asked: Filter) -> set[str]:
    """Who is in the ledger of a campaign to this filter; the page's count must be the same."""
    with db.transaction() as session:
        promised = audience.count(session, asked)
        made = campaigns.create(session, list=ECHO, title="nº 34", subject="nº 34", from_name="L’Écho",
                                from_email="echo@reseau.example", html=HTML, text=TEXT, asked=asked)  # fmt: skip
        assert campaigns.start(session, made.id, NOW) == promised
        return set(session.scalars(sa.select(Message.email_key).where(Message.campaign_id == made.id)))


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (Filter(), {"eau-mg@asso.test", "eau-kh@mairie.test", "sante@asso.test", "rien@asso.test"}),
        (WATER, {"eau-mg@asso.test", "eau-kh@mairie.test"}),
        (Filter(topics=("eau", "santé")), {"eau-mg@asso.test", "eau-kh@mairie.test", "sante@asso.test"}),
        (Filter(topics=("eau",), zones=("Madagascar",)), {"eau-mg@asso.test"}),
        (Filter(departements=("31",), kinds=("authority",)), {"eau-kh@mairie.test"}),
        (Filter(kinds=("association",), departements=("09", "31")), {"eau-mg@asso.test", "sante@asso.test"}),
    ],
)
def test_any_word_of_a_criterion_and_all_criteria(people: Any, asked: Filter, expected: set[str]) -> None:
    assert sent_to(people, asked) == expected


def test_no_filter_reaches_those_who_left_or_may_not_be_written_to(people: Any) -> None:
    say(people, "eau-mg@asso.test", "withdrawn")
    assert sent_to(people, WATER) == {"eau-kh@mairie.test"}
    suppress(people, "eau-kh@mairie.test", "all")
    with people.reading() as session:
        assert audience.count(session, WATER) == 0
    with pytest.raises(RuleError, match="rien à envoyer"):
        sent_to(people, WATER)


def saved(db: Any, name: str = "Eau", asked: Filter = WATER, segment_id: Any = None) -> Segment:
    with db.transaction() as session:
        return segments.save(session, segment_id, name, asked, who="a@b.fr", now=NOW)


def test_a_segment_asks_something_and_has_its_own_name(people: Any) -> None:
    saved(people)
    with pytest.raises(RuleError) as refused:
        saved(people, "Tous", Filter())
    assert refused.value.code == "segment-everybody"
    with pytest.raises(RuleError) as refused:
        saved(people, " Eau ")
    assert (refused.value.code, refused.value.field) == ("segment-name", "name")


def test_saving_what_is_the_same_is_no_change(people: Any) -> None:
    first = saved(people)
    assert saved(people, segment_id=first.id).version == 1
    assert saved(people, "Eaux", segment_id=first.id).version == 2
    rows = run(people, "SELECT what FROM audit_entries WHERE thing = 'segment' ORDER BY id")
    assert [row.what for row in rows] == ["created", "changed"]


def issue_of(db: Any) -> Any:
    with db.transaction() as session:
        head = {"number": 34, "title": "L’Agora", "planned_on": dt.date(2016, 10, 17), "contributions_on": None}
        issue = issues.create(session, head, who="a@b.fr", now=NOW)
        piece = {"section": "headline", "title": "Titre", "text": "Un texte assez long pour partir. " * 10}
        issues.add_item(session, issue, piece, who="a@b.fr", now=NOW)
    return issue


def test_an_issue_to_a_segment_through_the_pages(mailer_client: Any, people: Any, sign_in: Callable[..., Any]) -> None:
    sign_in(mailer_client, "editor")
    counted = mailer_client.post("/contacts/segments/nouveau", data={"topics": "eau", "act": "count"})
    assert "2 personnes abonnées" in counted.text.replace("\u202f", " ").replace("\xa0", " ")
    assert run(people, "SELECT count(*) AS n FROM segments")[0].n == 0
    assert mailer_client.get("/contacts/segments/compte?topics=eau&zones=Madagascar").text.startswith("1")
    assert "<span>31 Haute-Garonne" in mailer_client.get("/contacts/segments/nouveau").text
    kept = mailer_client.post("/contacts/segments/nouveau", data={"name": "Eau", "topics": "eau"})
    assert kept.status_code == 303
    segment = run(people, "SELECT id, version FROM segments")[0]

    page = f"/numeros/{issue_of(people)}/envoyer"
    assert "Envoyer à 4 personnes" in mailer_client.get(page).text.replace("\xa0", " ")
    look = mailer_client.get(f"{page}?segment={segment.id}").text.replace("\xa0", " ")
    assert "Envoyer à 2 personnes" in look
    assert "Les autres abonnés ne recevront pas ce numéro" in look

    saved(people, "Eau", Filter(topics=("santé",)), segment.id)  # somebody changes it meanwhile
    choice = {"segment": str(segment.id), "version": str(segment.version)}
    assert mailer_client.post(page, data=choice).status_code == 409
    assert run(people, "SELECT count(*) AS n FROM messages")[0].n == 0

    assert mailer_client.post(page, data=choice | {"version": "2"}).status_code == 303
    with people.reading() as session:
        campaign = session.scalars(sa.select(Campaign)).one()
        assert (campaign.segment, campaign.audience) == ("Eau", 2)
        assert campaign.filter["topics"] == ["santé"]
        reached = set(session.scalars(sa.select(Message.email_key)))
        assert reached == {"eau-kh@mairie.test", "sante@asso.test"}

    assert mailer_client.post(f"/contacts/segments/{segment.id}/supprimer").status_code == 303
    with people.transaction() as session:  # the campaign that was stopped goes on to the same people only
        campaigns.cancel(session, campaign.id, NOW)
    assert mailer_client.post(page).status_code == 303
    with people.reading() as session:
        again = session.scalars(sa.select(Campaign).where(Campaign.state == "running")).one()
        assert (again.segment, again.audience) == ("Eau", 2)


def test_a_mistyped_segment_is_never_everybody(mailer_client: Any, people: Any, sign_in: Callable[..., Any]) -> None:
    sign_in(mailer_client, "editor")
    page = f"/numeros/{issue_of(people)}/envoyer"
    assert mailer_client.post(page, data={"segment": "x"}).status_code == 404
    assert run(people, "SELECT count(*) AS n FROM messages")[0].n == 0


def test_who_saves_a_name_at_the_instant_another_does_is_asked_to_send_again(
    mailer_client: Any, people: Any, sign_in: Callable[..., Any]
) -> None:
    sign_in(mailer_client, "editor")
    answers: list[Any] = []
    form = {"name": "Eau", "topics": ["eau"]}
    second = threading.Thread(
        target=lambda: answers.append(mailer_client.post("/contacts/segments/nouveau", data=form))
    )
    with people.transaction() as session:
        segments.save(session, None, "Eau", WATER, who="c@agora.example", now=NOW)
        second.start()
        second.join(0.5)
    second.join()
    assert (answers[0].status_code, "renvoyez-le" in answers[0].text) == (409, True)
    assert 'name="name" value="Eau"' in answers[0].text


def test_auditors_read_segments_and_change_none(mailer_client: Any, people: Any, sign_in: Callable[..., Any]) -> None:
    segment = saved(people)
    sign_in(mailer_client, "auditor")
    assert mailer_client.get("/contacts/segments/").status_code == 200
    assert mailer_client.post(f"/contacts/segments/{segment.id}/supprimer").status_code == 403


@pytest.mark.parametrize("wrong", ["kind = 'ministre'", "departement = '20'", "departement = '99'"])
def test_the_database_refuses_unknown_words(people: Any, wrong: str) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        run(people, f"UPDATE contacts SET {wrong}")
