"""What we hold on a person, shown to that person alone."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration.models import Consent, Registration
from services.registration.models.board import BoardSeat
from services.registration.rules.assembly.statutes import TWO_COLLEGES
from services.registration.use_cases import (
    assemblies,
    changing,
    erasing,
    erasure_asked,
    links,
    members,
    registering,
    withdrawing,
)
from services.registration.use_cases.assemblies import AssemblyDraft, PointDraft, VoterDraft
from shared import clock
from shared.db import Database
from tests.integration.registration_people import NOW, SITE, an_event, answers


@pytest.fixture
def tokens(registration_db: Database, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The links of two people at one event; the first told something sensitive and agreed to one thing."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        event = an_event(session, workshops=[[3]])
        chosen = [event.workshops[0].id]
        first = answers(1, workshops=chosen, diet="vegan", access="Boucle magnétique", carpool=True)
        made = [registering.register(session, event.id, one, NOW, site=SITE) for one in (first, answers(2))]
    return [one.token or "" for one in made]


def test_a_person_reads_every_answer_and_the_words_agreed_to(registration_client: Any, tokens: list[str]) -> None:
    page = registration_client.get(f"/i/{tokens[0]}/mes-donnees")
    assert page.status_code == 200
    for said in ("Personne1", "personne1@example.org", "Végétalien", "Boucle magnétique", "Atelier 0.0", "covoiturer"):
        assert said in page.text
    assert "Personne2" not in page.text
    assert f"/i/{tokens[0]}/mes-donnees" in registration_client.get(f"/i/{tokens[0]}").text


def test_the_file_holds_the_same_and_no_secret(registration_client: Any, tokens: list[str]) -> None:
    answer = registration_client.get(f"/i/{tokens[0]}/mes-donnees.json")
    held = answer.get_json()
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert held["registration"]["email"] == "personne1@example.org"
    assert held["sensitive"]["access"] == "Boucle magnétique"
    assert [one["purpose"] for one in held["consents"]] == ["carpool"]
    assert [one["title"] for one in held["workshops"]] == ["Atelier 0.0"]
    assert [one["what"] for one in held["history"]] == ["registered"]
    assert [one["issued_for"] for one in held["links"]] == ["confirmation"]
    assert tokens[0] not in answer.text
    assert "Personne2" not in answer.text


def test_only_a_mailed_link_tells_what_is_kept_elsewhere_under_the_address(
    registration_client: Any, registration_db: Database, tokens: list[str]
) -> None:
    """Anybody may register under anybody's address, and then sees the page of that registration."""
    with registration_db.transaction() as session:
        who = links.open_link(session, tokens[0])
        person = session.get_one(Registration, who)
        line = members.Line("Oasis", representative=person.full_name, email=person.email)
        members.enter(session, [line], NOW, who="x")
        mailed = links.issue(session, who, "resend", NOW)

    def told(token: str) -> list[bool]:
        return ["Oasis" in registration_client.get(f"/i/{token}/mes-donnees{end}").text for end in ("", ".json")]

    assert told(tokens[0]) == [False, False]
    assert "par un lien reçu par courriel" in registration_client.get(f"/i/{tokens[0]}/mes-donnees").text
    assert told(mailed) == [True, True]


def test_a_link_that_was_mailed_proves_nothing_about_another_address(
    registration_client: Any, registration_db: Database, tokens: list[str]
) -> None:
    asks = "par un lien reçu par courriel"
    with registration_db.transaction() as session:
        who = links.open_link(session, tokens[0])
        mailed = links.issue(session, who, "resend", NOW)
    assert asks not in registration_client.get(f"/i/{mailed}/mes-donnees").text
    with registration_db.transaction() as session:
        data = changing.answers(session, who) | {"email": "victime@example.org"}
        changing.change(session, who, data, NOW, site=SITE, link=mailed)
    assert asks in registration_client.get(f"/i/{mailed}/mes-donnees").text


def test_an_agreement_is_taken_back_also_once_the_event_is_over(
    registration_client: Any, registration_db: Database, tokens: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = f"/i/{tokens[0]}/mes-donnees"
    monkeypatch.setattr(clock, "now", lambda: NOW + dt.timedelta(days=60))
    assert "Retirer\u202f: Covoiturage" in registration_client.get(page).text.replace("\xa0", "\u202f")
    for _ in range(2):
        assert registration_client.post(f"/i/{tokens[0]}/accords/carpool/retirer").status_code == 303
    assert registration_client.post(f"/i/{tokens[0]}/accords/inconnu/retirer").status_code == 404
    held = registration_client.get(f"{page}.json").get_json()
    assert [(one["purpose"], one["given"]) for one in held["consents"]] == [("carpool", True), ("carpool", False)]
    assert held["registration"]["carpool"] is False
    assert held["history"][-1]["what"] == "consent withdrawn"
    assert "Retirer" not in registration_client.get(page).text.split("Vos accords")[1].split("<li>")[0]


def test_who_takes_the_newsletter_back_is_said_to_the_mailer_once(
    registration_client: Any, registration_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        event = an_event(session)
        made = registering.register(session, event.id, answers(1, newsletter=True), NOW, site=SITE)
    for _ in range(2):
        assert registration_client.post(f"/i/{made.token}/accords/newsletter/retirer").status_code == 303
    with registration_db.reading() as session:
        told = session.scalars(sa.text("SELECT envelope FROM outbox ORDER BY id")).all()
    facts = [one for one in told if one["type"].startswith("registration.newsletter.")]
    assert [one["type"].rsplit(".", 2)[1] for one in facts] == ["consented", "withdrawn"]
    assert facts[1]["data"]["wording"] == facts[0]["data"]["wording"]
    assert facts[1]["data"]["person"]["email"] == "personne1@example.org"


def withdrawn(db: Database) -> list[tuple[str, str]]:
    """(address of today, address subscribed) of each withdrawal that was announced."""
    with db.reading() as session:
        told = session.scalars(sa.text("SELECT envelope FROM outbox ORDER BY id")).all()
    facts = [one["data"] for one in told if one["type"] == "registration.newsletter.withdrawn.v1"]
    return [(one["person"]["email"], one.get("subscribed_email", "")) for one in facts]


def test_the_newsletter_unticked_in_the_form_is_said_to_the_mailer(registration_db: Database) -> None:
    with registration_db.transaction() as session:
        made = registering.register(session, an_event(session).id, answers(1, newsletter=True), NOW, site=SITE)
    for _ in range(2):
        with registration_db.transaction() as session:
            changing.change(session, made.registration_id, answers(1), NOW, site=SITE)
    assert withdrawn(registration_db) == [("personne1@example.org", "")]


@pytest.mark.parametrize("way", ["page", "form", "erasure"])
def test_the_newsletter_left_under_another_address_names_the_one_subscribed(
    registration_db: Database, way: str
) -> None:
    with registration_db.transaction() as session:
        made = registering.register(session, an_event(session).id, answers(1, newsletter=True), NOW, site=SITE)
    one = made.registration_id
    for email in ("deux@example.org", "trois@example.org"):
        with registration_db.transaction() as session:
            changing.change(session, one, answers(1, newsletter=True, email=email), NOW, site=SITE)
    with registration_db.transaction() as session:
        if way == "page":
            withdrawing.withdraw(session, one, "newsletter", NOW)
        elif way == "form":
            changing.change(session, one, answers(1, email="trois@example.org"), NOW, site=SITE)
        else:
            erasure_asked.ask(session, one, NOW, site=SITE)
            asked = session.scalars(sa.text("SELECT envelope FROM outbox ORDER BY id DESC LIMIT 1")).one()
            erasing.confirm(session, asked["data"]["link"].rsplit("/", 1)[1], NOW, site=SITE)
    assert withdrawn(registration_db) == [("trois@example.org", "personne1@example.org")]


def test_who_changed_their_address_sees_where_the_newsletter_goes(
    registration_client: Any, registration_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        made = registering.register(session, an_event(session).id, answers(1, newsletter=True), NOW, site=SITE)
    page = f"/i/{made.token}/mes-donnees"
    assert "L’Écho part à" not in registration_client.get(page).text
    with registration_db.transaction() as session:
        changed = answers(1, newsletter=True, email="deux@example.org")
        changing.change(session, made.registration_id, changed, NOW, site=SITE, link=str(made.token))
    assert "L’Écho part à personne1@example.org" in registration_client.get(page).text


def test_the_newsletter_of_an_address_taken_again_is_left_there(registration_db: Database) -> None:
    with registration_db.transaction() as session:
        made = registering.register(session, an_event(session).id, answers(1, newsletter=True), NOW, site=SITE)
    for email in ("deux@example.org", "Personne1@Example.org"):
        with registration_db.transaction() as session:
            changing.change(session, made.registration_id, answers(1, newsletter=True, email=email), NOW, site=SITE)
    with registration_db.transaction() as session:
        withdrawing.withdraw(session, made.registration_id, "newsletter", NOW)
    assert withdrawn(registration_db) == [("Personne1@Example.org", "")]


def test_a_wrong_link_opens_nothing(registration_client: Any, tokens: list[str]) -> None:
    assert registration_client.get("/i/not-a-token/mes-donnees").status_code == 404
    assert registration_client.get("/i/not-a-token/mes-donnees.json").status_code == 404


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("fr", ("Je souhaite recevoir L’Écho", "J’accepte d’apparaître", "J’accepte que les autres personnes")),
        ("en", ("I would like to receive L’Écho", "I agree to appear", "I agree that the other people")),
    ],
)
def test_agreements_are_kept_in_the_words_that_were_read(
    registration_client: Any, registration_db: Database, monkeypatch: pytest.MonkeyPatch, locale: str, words: Any
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        event = an_event(session)
        data = answers(1, newsletter=True, photo=True, locale=locale)
        token = registering.register(session, event.id, data, NOW, site=SITE).token
    reading = {"Accept-Language": locale}
    shown = {"zones": "MG", "agreed": "true"}
    assert registration_client.post(f"/i/{token}/rencontres", data=shown, headers=reading).status_code == 303
    registration_client.post(f"/i/{token}/accords/newsletter/retirer", headers=reading)
    with registration_db.reading() as session:
        kept = {(one.purpose, one.given): one.wording for one in session.scalars(sa.select(Consent))}
        told = session.scalars(sa.text("SELECT envelope FROM outbox ORDER BY id")).all()
    assert kept["newsletter", True].startswith(words[0])
    assert kept["newsletter", False] == kept["newsletter", True]
    assert kept["photo", True].startswith(words[1])
    assert kept["matchmaking", True].startswith(words[2])
    facts = [one["data"]["wording"] for one in told if one["type"].startswith("registration.newsletter.")]
    assert facts == [kept["newsletter", True]] * 2


def test_an_erasure_says_that_the_board_and_the_minutes_keep_a_name(
    registration_client: Any, registration_db: Database, tokens: list[str]
) -> None:
    with registration_db.transaction() as session:
        person = session.get_one(Registration, links.open_link(session, tokens[0]))
        name = f"{person.last_name.upper()} {person.first_name}"
        point = PointDraft("Conseil", "election", college="public", seats=1, candidates=((name, None),))
        voter = VoterDraft("Commune de Sainte-Croix", person.full_name, "public", person.email.upper())
        assembly = AssemblyDraft("AG", NOW, "Toulouse", "Le réseau", "a@b.example", TWO_COLLEGES, voters=[voter])
        made = assemblies.create(session, replace(assembly, points=[point]), NOW, who="x")
        made.motions[0].tellers = [f"{person.first_name} {person.last_name}", "Quelqu’un d’autre"]
        session.add(BoardSeat(college="public", number=1, ends=2019, name=name, elected_in_id=made.id))
        other = replace(
            assembly, title="AG d’avant", points=[point], voters=[replace(voter, email="autre@asso.example")]
        )
        assemblies.create(session, other, NOW, who="x")  # a namesake stands there
        session.add(BoardSeat(college="public", number=2, ends=2019, name=person.full_name))  # elected before
        mailed = links.issue(session, person.id, "resend", NOW)
        asker = erasing.Asker(person.email, person.email_key, person.name_key)
    assert "Commune de Sainte-Croix" not in registration_client.get(f"/i/{tokens[0]}/mes-donnees").text
    page = registration_client.get(f"/i/{mailed}/mes-donnees").text
    for said in (
        "Au conseil, jusqu’en 2019",
        "votant·e pour Commune de Sainte-Croix",
        "candidat·e, « Conseil »",
        "scrutateur, « Conseil »",
    ):
        assert said in page.replace("\u202f", " ").replace("\u00a0", " ")
    assert [words for words in ("Quelqu’un d’autre", "AG d’avant") if words in page] == []
    file = registration_client.get(f"/i/{mailed}/mes-donnees.json").get_json()
    assert [len(file[one]) for one in ("assemblies", "candidacies", "votes_counted", "board")] == [1, 1, 1, 1]
    with registration_db.transaction() as session:
        token = erasing.by_staff(session, asker, announced=1, how="phone", who="x", now=NOW, site=SITE)
    receipt = registration_client.get(f"/effacement/{token}").text
    assert "votre siège au conseil de l’association (1)" in receipt
    assert "loi du 1er juillet 1901, article 5" in receipt
    assert "vos candidatures dans une assemblée et ses procès-verbaux (1)" in receipt
    assert "les votes que vous avez comptés, dans les procès-verbaux d’une assemblée (1)" in receipt
    with registration_db.reading() as session:
        assert session.scalars(sa.select(BoardSeat.name).where(BoardSeat.number == 1)).one() == name
