"""A letter goes to the people of one list, of nobody else's; two persons read it; nothing leaves under embargo."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from email import message_from_bytes, policy
from typing import Any

import pytest
import sqlalchemy as sa

from services.mailer import (
    approval,
    as_reader,
    campaigns,
    contacts,
    directory,
    issues,
    ledger,
    letter_sending,
    letters,
    lists,
    segments,
    unsubscribe,
)
from services.mailer.audience import Filter
from services.mailer.compose import Composer
from services.mailer.publishing import House
from shared import clock
from shared.clock import PARIS
from shared.errors import RuleError
from tests.mailer_people import readers, run

NOW = dt.datetime(2016, 10, 10, 9, tzinfo=dt.UTC)
AUTHOR, OTHER = "ines@agora.example", "sacha@agora.example"
HOUSE = House("Réseau", "", "L’Écho", "echo@agora.example", "echo@agora.example", "http://127.0.0.1")
MORNING = dt.datetime(2016, 10, 17, 9, tzinfo=PARIS)
TEXT = "Le jury a choisi dix projets sur quarante.\n\nLa liste : https://agora.example/palmares " + "Détails. " * 20


@pytest.fixture(autouse=True)
def _in_october(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def press(mailer_db: Any) -> str:
    """The press list, closed, with two people; three others read L'Écho."""
    readers(mailer_db, 3)
    with mailer_db.transaction() as session:
        words = {"name": "Presse", "description": "Communiqués", "name_en": "", "description_en": "", "open": False}
        key = lists.create(session, words, who=AUTHOR, now=NOW).key
        for name, zone in (("fr3", "Toulouse"), ("francebleu", "Montpellier")):
            person = contacts.Person(f"{name}@medias.example", name, zones=(zone,))
            contacts.subscribe(session, person, key, "test", "Recevoir les communiqués", "1", NOW)
    return key


def written(db: Any, key: str, **more: Any) -> uuid.UUID:
    typed = {"list_key": key, "title": "Dix projets retenus", "text": TEXT, "public": False, "embargo_until": None}
    with db.transaction() as session:
        return letters.write(session, None, typed | more, who=AUTHOR, now=NOW).id


def refused(db: Any, use_case: Callable[..., Any], *args: Any, **values: Any) -> str:
    with pytest.raises(RuleError) as refusal, db.transaction() as session:
        use_case(session, *args, **{"now": NOW, **values})
    return refusal.value.code


def audience_of(db: Any, campaign: uuid.UUID) -> list[str]:
    query = "SELECT email_key FROM messages WHERE campaign_id = :id ORDER BY email_key"
    return [row.email_key for row in run(db, query, id=campaign)]


def test_only_the_people_of_the_list_get_it(mailer_db: Any, press: str, settings_of: Callable[..., Any]) -> None:
    letter = written(mailer_db, press)
    with mailer_db.transaction() as session:
        campaign = letter_sending.send(session, letter, HOUSE, who=OTHER, now=NOW)
    assert audience_of(mailer_db, campaign) == ["fr3@medias.example", "francebleu@medias.example"]
    settings = settings_of("mailer", mailer_db.url)
    with mailer_db.transaction() as session:
        allowed = {"other": 9}
        claimed = ledger.claim(session, lane="bulk", relay="r", owner="1", allowances=allowed, limit=1, lease=60)[0]
    mail = message_from_bytes(Composer(mailer_db, settings).compose(claimed).on_the_wire, policy=policy.default)
    assert mail["List-Id"] == f"<{press}.{settings.mail_domain}>"
    assert mail["Subject"] == "Dix projets retenus"
    assert mail["Archived-At"] is None
    link = mail["List-Unsubscribe"].partition(">")[0].lstrip("<")
    left = unsubscribe.verify(link.rpartition("/")[2], secret=settings.secret_key)
    assert left is not None
    assert left.list == press
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert link in text
    rich = mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert "parce que vous êtes sur la liste" in rich
    assert '<a href="https://agora.example/palmares"' in rich


def test_leaving_that_list_keeps_the_others(mailer_app: Any, mailer_db: Any, press: str, mailer_client: Any) -> None:
    """The link at the foot of a letter is about its list; the page says which."""
    with mailer_db.transaction() as session:
        person = contacts.Person("lecteur1@lecteurs.test")
        contact = contacts.subscribe(session, person, press, "test", "Recevoir les communiqués", "1", NOW)
    token = unsubscribe.token(contact, press, secret=mailer_app.extensions["settings"].secret_key)
    assert "Quitter «\u202fPresse\u202f»" in mailer_client.get(f"/unsubscribe/{token}").text
    assert mailer_client.post(f"/unsubscribe/{token}", data={"List-Unsubscribe": "One-Click"}).status_code == 200
    with mailer_db.reading() as session:
        assert contacts.status(session, contact, press) == "withdrawn"
        assert contacts.status(session, contact, "echo") == "given"


def test_a_segment_is_cut_from_the_chosen_list(mailer_db: Any, press: str) -> None:
    letter = written(mailer_db, press)
    with mailer_db.transaction() as session:
        segment = segments.save(session, None, "Hérault", Filter(zones=("Montpellier",)), who=AUTHOR, now=NOW)
        chosen = {"segment_id": segment.id, "segment_version": segment.version}
        campaign = letter_sending.send(session, letter, HOUSE, who=OTHER, now=NOW, **chosen)
    assert audience_of(mailer_db, campaign) == ["francebleu@medias.example"]


def test_the_author_alone_sends_nothing_without_a_reason(mailer_db: Any, press: str) -> None:
    letter = written(mailer_db, press)
    assert refused(mailer_db, letter_sending.send, letter, HOUSE, who=AUTHOR) == "two-person"
    with mailer_db.transaction() as session:
        letters.approve(session, letters.get(session, letter), who=OTHER, now=NOW)
        typed = {"list_key": press, "title": "Onze", "text": TEXT, "public": False, "embargo_until": None}
        letters.write(session, letter, typed, who=AUTHOR, now=NOW)
    assert refused(mailer_db, letter_sending.send, letter, HOUSE, who=AUTHOR) == "two-person"
    with mailer_db.transaction() as session:
        letters.except_alone(session, letter, "Sacha est en congé cette semaine.", who=AUTHOR, now=NOW)
        letter_sending.send(session, letter, HOUSE, who=AUTHOR, now=NOW)
    assert refused(mailer_db, letter_sending.send, letter, HOUSE, who=OTHER) == "letter-sent"
    told = [row.what for row in run(mailer_db, "SELECT what FROM audit_entries WHERE thing = 'letter' ORDER BY id")]
    assert told == ["written", "approved", "changed", "approved_alone", "approved", "sent"]


def test_nothing_leaves_before_the_embargo(mailer_db: Any, press: str) -> None:
    letter = written(mailer_db, press, embargo_until=MORNING)
    assert refused(mailer_db, letter_sending.send, letter, HOUSE, who=OTHER) == "preflight"
    early = MORNING - dt.timedelta(minutes=1)
    assert refused(mailer_db, letter_sending.schedule, letter, early, HOUSE, who=OTHER) == "embargo"
    with pytest.raises(sa.exc.IntegrityError, match="embargo"):
        run(mailer_db, "UPDATE letters SET send_at = :at, schedule = '{}', approved_by = '{x}'", at=early)
    with pytest.raises(sa.exc.IntegrityError, match="embargo"):
        run(
            mailer_db,
            "UPDATE letters SET state = 'sent', sent_at = :at, campaign_id = id, approved_by = '{x}'",
            at=early,
        )
    with mailer_db.transaction() as session:
        letter_sending.schedule(session, letter, MORNING, HOUSE, who=OTHER, now=NOW)
    assert letter_sending.send_due(mailer_db, HOUSE, early) == []
    (campaign,) = letter_sending.send_due(mailer_db, HOUSE, MORNING)
    assert len(audience_of(mailer_db, campaign)) == 2
    assert letter_sending.send_due(mailer_db, HOUSE, MORNING) == []


def test_what_cannot_leave_at_its_hour_says_why(mailer_db: Any, press: str) -> None:
    letter = written(mailer_db, press)
    with mailer_db.transaction() as session:
        letter_sending.schedule(session, letter, MORNING, HOUSE, who=OTHER, now=NOW)
    assert refused(mailer_db, letters.drop, letter, who=AUTHOR) == "scheduled"
    assert letter_sending.send_due(mailer_db, HOUSE, MORNING + dt.timedelta(hours=7)) == []
    (row,) = run(mailer_db, "SELECT state, send_at, schedule_failed FROM letters")
    assert tuple(row) == ("draft", None, "late")


def test_after_a_stopped_campaign_it_goes_to_the_rest(mailer_db: Any, press: str) -> None:
    letter = written(mailer_db, press)
    with mailer_db.transaction() as session:
        first = letter_sending.send(session, letter, HOUSE, who=OTHER, now=NOW)
    reached = audience_of(mailer_db, first)[0]
    for state in ("claimed", "transmitting", "accepted"):
        lease = "now(), lease_owner = 'x'" if state != "accepted" else "NULL, lease_owner = NULL"
        run(
            mailer_db,
            f"UPDATE messages SET state = :state, message_id = '<1@x>', lease_until = {lease} WHERE email_key = :email",
            state=state,
            email=reached,
        )
    with mailer_db.transaction() as session:
        campaigns.cancel(session, first, NOW)
    with mailer_db.transaction() as session:
        second = letter_sending.send(session, letter, HOUSE, who=OTHER, now=NOW)
    assert audience_of(mailer_db, second) == [one for one in audience_of(mailer_db, first) if one != reached]


def test_the_only_list_is_chosen_already_and_without_a_reader_a_letter_says_what_to_do(
    mailer_client: Any, sign_in: Callable[..., Any]
) -> None:
    sign_in(mailer_client, "editor", email=AUTHOR)
    only = re.search(r'<input[^>]*name="list_key"[^>]*>', mailer_client.get("/lettres/nouvelle").text)
    assert only
    assert 'value="echo"' in only[0]
    assert " checked" in only[0]
    place = mailer_client.post("/lettres/nouvelle", data={"list_key": "echo", "title": "Essai", "text": TEXT}).location
    assert "Ajoutez des contacts, puis inscrivez-les" in mailer_client.get(place).text


def test_the_pages_from_the_first_word_to_the_archive(
    mailer_app: Any, mailer_db: Any, press: str, sign_in: Callable[..., Any]
) -> None:
    author, other = mailer_app.test_client(), mailer_app.test_client()
    sign_in(author, "editor", email=AUTHOR)
    sign_in(other, "editor", email=OTHER)
    assert "Presse (2)" in author.get("/lettres/nouvelle").text
    typed = {"list_key": press, "title": "Dix projets", "text": TEXT, "public": "true"}
    assert author.post("/lettres/nouvelle", data=typed | {"text": " "}).status_code == 422
    assert author.post("/lettres/nouvelle", data=typed | {"list_key": "rien"}).status_code == 404
    place = author.post("/lettres/nouvelle", data=typed).location
    assert "une autre personne doit la relire" in author.get(place).text
    page = other.get(place).text
    assert "Elle partira à 2 personnes de la liste «\u202fPresse\u202f»" in page
    assert author.get(f"{place}/modifier").status_code == 200
    assert "Dix projets" in author.get(f"{place}/message").text
    assert author.post(f"{place}/essai").status_code == 303
    public = f"/listes/{press}/{place.rpartition('/')[2]}"
    stranger = mailer_app.test_client()
    assert stranger.get(public).status_code == stranger.get(f"/listes/{press}/").status_code == 404
    assert other.post(f"{place}/envoyer").location.startswith("/campagnes/")
    assert other.post(f"{place}/envoyer").location.startswith("/campagnes/")
    assert "Registre d’envoi" in author.get(place).text
    assert author.get(f"{place}/modifier").status_code == 303
    assert "Dix projets" in author.get("/lettres/").text
    assert "dix projets sur quarante" in stranger.get(public).text
    assert "Dix projets" in stranger.get(f"/listes/{press}/").text
    assert "<title>Dix projets</title>" in stranger.get(f"/listes/{press}/flux.xml").text


def test_what_is_for_the_members_is_on_no_public_page(mailer_app: Any, mailer_db: Any, press: str) -> None:
    letter = written(mailer_db, press, title="Réunion du groupe Madagascar")
    with mailer_db.transaction() as session:
        letter_sending.send(session, letter, HOUSE, who=OTHER, now=NOW)
    stranger = mailer_app.test_client()
    for path in (f"/listes/{press}/{letter}", f"/listes/{press}/", f"/listes/{press}/flux.xml", f"/lettres/{letter}"):
        answer = stranger.get(path)
        assert "Madagascar" not in answer.text
        assert answer.status_code in (303, 404)


def test_an_issue_goes_to_the_list_of_its_head(
    mailer_app: Any, mailer_db: Any, press: str, sign_in: Callable[..., Any]
) -> None:
    """Pre-flight, preview, freeze and the mail's foot all follow; a change of list is read anew by two."""
    with mailer_db.transaction() as session:
        head = {"number": 34, "title": "L’Agora", "planned_on": dt.date(2016, 10, 17), "editorial": "Bonjour."}
        issue = issues.create(session, head, who=AUTHOR, now=NOW)
        issues.add_item(session, issue, {"section": "members", "title": "T", "text": TEXT}, who=AUTHOR, now=NOW)
        approval.approve(session, issue, who=OTHER, now=NOW)
    author, other = mailer_app.test_client(), mailer_app.test_client()
    sign_in(author, "editor", email=AUTHOR)
    sign_in(other, "editor", email=OTHER)
    assert "Il partira à 3 personnes" in other.get(f"/numeros/{issue}/envoyer").text
    typed = {"title": "L’Agora", "editorial": "Bonjour.", "planned_on": "2016-10-17", "list_key": "rien"}
    assert author.post(f"/numeros/{issue}", data=typed).status_code == 404
    assert author.post(f"/numeros/{issue}", data=typed | {"list_key": press}).status_code == 303
    assert "Il manque l’approbation" in author.get(f"/numeros/{issue}").text
    page = other.get(f"/numeros/{issue}/envoyer").text
    assert "Il partira à 2 personnes" in page
    assert "Presse" in page
    with mailer_db.reading() as session:
        who = directory.find(session, directory.Search(words="fr3")).contacts[0].contact
        seen = as_reader.see(session, issues.get(session, issue), HOUSE, who.id, secret="s" * 32)
    assert seen.status == "given"
    assert "sur la liste «\u202fPresse\u202f»" in seen.html
    assert other.post(f"/numeros/{issue}/envoyer").status_code == 303
    rows = run(mailer_db, "SELECT m.email_key, c.list FROM messages m JOIN campaigns c ON c.id = m.campaign_id")
    assert sorted(tuple(row) for row in rows) == [("fr3@medias.example", press), ("francebleu@medias.example", press)]


def test_a_segment_is_counted_in_the_list_one_asks_about(
    mailer_client: Any, mailer_db: Any, press: str, sign_in: Callable[..., Any]
) -> None:
    with mailer_db.transaction() as session:
        segments.save(session, None, "Hérault", Filter(zones=("Montpellier",)), who=AUTHOR, now=NOW)
    sign_in(mailer_client, "editor")
    counted = "/contacts/segments/compte?zones=Montpellier"
    assert mailer_client.get(counted).text.startswith("0")
    assert mailer_client.get(f"{counted}&liste={press}").text.startswith("1")
    assert mailer_client.get(f"/contacts/segments/?liste={press}").status_code == 200
    assert mailer_client.get("/contacts/segments/?liste=rien").status_code == 404


def test_answers_go_where_the_list_says(
    mailer_db: Any, press: str, mailer_client: Any, sign_in: Callable[..., Any]
) -> None:
    """L'Écho's and the letters' of each list; those of a list without an address to the sender."""
    with mailer_db.transaction() as session:
        head = {"number": 34, "title": "L’Agora", "planned_on": dt.date(2016, 10, 17), "editorial": "Bonjour."}
        issue = issues.create(session, head, who=AUTHOR, now=NOW)
        issues.add_item(session, issue, {"section": "members", "title": "T", "text": TEXT}, who=AUTHOR, now=NOW)
    sign_in(mailer_client, "editor", email=OTHER)
    echo = {"name": "L’Écho", "description": "Six fois par an.", "open": "true", "reply_to": "pas une adresse"}
    refusal = mailer_client.post("/contacts/listes/echo", data=echo)
    assert refusal.status_code == 422
    assert 'value="pas une adresse"' in refusal.text
    echo["reply_to"] = "redaction@agora.example"
    assert mailer_client.post("/contacts/listes/echo", data=echo).status_code == 303

    assert "redaction@agora.example" in mailer_client.get(f"/numeros/{issue}/envoyer").text
    assert mailer_client.post(f"/numeros/{issue}/envoyer").status_code == 303
    letter = written(mailer_db, press)
    assert mailer_client.post(f"/lettres/{letter}/envoyer").status_code == 303
    sent = run(mailer_db, "SELECT list, reply_to, text, from_email FROM campaigns ORDER BY id")
    assert [(one.list, one.reply_to) for one in sent] == [
        ("echo", "redaction@agora.example"),
        (press, sent[1].from_email),
    ]
    assert "redaction@agora.example" in sent[0].text
    assert "redaction@agora.example" not in sent[1].text

    # One that was stopped goes on word for word: the answers go where its foot says.
    readers(mailer_db, 1, prefix="autre")
    run(mailer_db, "UPDATE campaigns SET state = 'cancelled' WHERE list = 'echo'")
    assert mailer_client.post("/contacts/listes/echo", data=echo | {"reply_to": "b@agora.example"}).status_code == 303
    assert mailer_client.post(f"/numeros/{issue}/envoyer").status_code == 303
    again = run(mailer_db, "SELECT reply_to FROM campaigns WHERE list = 'echo'")
    assert [one.reply_to for one in again] == ["redaction@agora.example"] * 2
