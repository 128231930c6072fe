"""Several lists, and subscribing by oneself: the mailbox confirms, and the form tells a stranger nothing."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from services.mailer import audience, contacts, directory, erasure, imports, lists, moments, render, unsubscribe
from services.mailer.app import create_app
from services.mailer.models.contacts import ECHO, GIVEN, WITHDRAWN, Consent, Contact, ContactImport
from services.mailer.models.ledger import Message, Suppression
from services.mailer.models.lists import MailedLink
from shared import audit, clock
from shared.db import hash_token
from shared.messaging.handlers import Event

NOW = dt.datetime(2016, 10, 3, 9, tzinfo=dt.UTC)
TRAINING = {"name": "Formations", "description": "Quatre messages par an.", "name_en": "Training",
            "description_en": "Four messages a year.", "open": True}  # fmt: skip


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> list[dt.datetime]:
    """The hands of the clock: replace the only element to move them."""
    hands = [NOW]
    monkeypatch.setattr(clock, "now", lambda: hands[0])
    return hands


def training(db: Any, **more: Any) -> None:
    with db.transaction() as session:
        lists.create(session, TRAINING | more, who="camille@agora.example", now=NOW)


def ask(client: Any, email: str, chosen: tuple[str, ...] = (ECHO,), **more: str) -> Any:
    return client.post("/abonnement", data={"email": email, "lists": list(chosen), **more})


def mailed(db: Any) -> list[str]:
    """Where the links lead that wait in the ledger, in the order of their mails."""
    with db.reading() as session:
        rows = session.scalars(sa.select(Message.data).order_by(Message.id)).all()
    return [re.sub(r"^.*(?=/abonnement/confirmer/)", "", row["link"]) for row in rows]


def subscriptions(db: Any, email: str) -> dict[str, str]:
    with db.reading() as session:
        found = session.scalar(sa.select(Contact.id).where(Contact.email_key == email))
        return {one.list: one.status for one in reversed(directory.consents(session, found))} if found else {}


def test_only_the_button_behind_the_mailed_link_subscribes(mailer_app: Any, mailer_client: Any, mailer_db: Any) -> None:
    training(mailer_db)
    answer = ask(mailer_client, "Zoe@Asso.example", ("echo", "formations"), first_name="Zoé")
    assert "Regardez votre boîte" in answer.text
    (link,) = mailed(mailer_db)
    with mailer_db.reading() as session:
        kept = session.scalars(sa.select(MailedLink)).one()
        token = link.rsplit("/", 1)[1]
        assert kept.token_hash == hash_token(token)
        assert token not in str({column.key: getattr(kept, column.key) for column in MailedLink.__table__.columns})
        assert session.scalars(sa.select(Contact)).all() == []

    mailer_app.config["WTF_CSRF_ENABLED"] = True  # the link is the proof: no cookie is needed
    for _ in range(2):
        page = mailer_client.get(link)
        assert "Formations" in page.text
        assert "Quatre messages par an." in page.text
    assert mailer_client.head(link).status_code == 200
    assert subscriptions(mailer_db, "zoe@asso.example") == {}

    for _ in range(2):
        assert "vous êtes abonné" in mailer_client.post(link).text
    assert subscriptions(mailer_db, "zoe@asso.example") == {"echo": GIVEN, "formations": GIVEN}
    with mailer_db.reading() as session:
        facts = session.scalars(sa.select(Consent).order_by(Consent.id)).all()
        assert len(facts) == 2
        assert facts[0].source == "formulaire public, confirmé par courriel"
        assert facts[0].wording.startswith("Je demande à recevoir par courriel : L’Écho du Réseau, Formations.")
        assert str(kept.id) in facts[0].evidence
        assert facts[0].at == NOW
        assert session.scalars(sa.select(Contact.first_name)).one() == "Zoé"


def test_the_form_says_the_same_to_everybody(mailer_client: Any, mailer_db: Any) -> None:
    with mailer_db.transaction() as session:
        contacts.subscribe(session, contacts.Person("lea@asso.example"), ECHO, "test", "oui", "1", NOW)
        gone = contacts.subscribe(session, contacts.Person("paul@asso.example"), ECHO, "test", "oui", "1", NOW)
        contacts.withdraw(session, gone, ECHO, "test", "non", "1", NOW)
        session.add(Suppression(email_key="rene@asso.example", scope="bulk", reason="absent"))
    answers = {
        ask(mailer_client, f"{name}@asso.example", more="x").get_data() for name in ("lea", "paul", "rene", "neuve")
    }
    assert len(answers) == 1
    assert len(mailed(mailer_db)) == 4
    robot = ask(mailer_client, "robot@asso.example", site_web="https://spam.example").get_data()
    assert answers == {robot}
    assert len(mailed(mailer_db)) == 4
    with mailer_db.reading() as session:
        greeted = session.scalars(sa.select(Message.data["person"]["first_name"].astext)).all()
        assert set(greeted) == {""}


def test_a_mailbox_gets_three_links_a_day_and_no_more(
    mailer_client: Any, mailer_db: Any, today: list[dt.datetime]
) -> None:
    for minute in range(5):
        today[0] = NOW + dt.timedelta(minutes=minute)
        assert ask(mailer_client, "ZOE@asso.example" if minute % 2 else "zoe@asso.example").status_code == 200
    assert len(mailed(mailer_db)) == 3
    today[0] = NOW + dt.timedelta(days=1, minutes=5)
    ask(mailer_client, "zoe@asso.example")
    links = mailed(mailer_db)
    assert len(links) == 4

    today[0] = NOW + dt.timedelta(days=3, minutes=3)
    for path, status in [(links[0], 410), (links[3], 200), (links[3] + "x", 404), (f"{links[3][:-9]}", 404)]:
        assert mailer_client.post(path).status_code == status
    assert subscriptions(mailer_db, "zoe@asso.example") == {ECHO: GIVEN}


def test_who_confirms_can_be_written_to_again(mailer_client: Any, mailer_db: Any) -> None:
    with mailer_db.transaction() as session:
        session.add(Suppression(email_key="zoe@asso.example", scope="bulk", reason="absent"))
        session.add(Suppression(email_key="zoe@asso.example", scope="all", reason="staff"))
    ask(mailer_client, "zoe@asso.example")
    mailer_client.post(mailed(mailer_db)[0])
    with mailer_db.reading() as session:
        assert session.scalars(sa.select(Suppression.scope)).all() == ["all"]
        lifted = session.execute(
            sa.select(audit.audit_entries.c.before).where(audit.audit_entries.c.what == "suppression_lifted")
        ).scalar_one()
        assert lifted == {"suppressions": [{"scope": "bulk", "reason": "absent"}]}


def test_a_wrong_form_says_what_is_missing(mailer_client: Any, mailer_db: Any) -> None:
    training(mailer_db)
    for email, chosen, words in [
        ("zoe.asso.example", ("echo",), "nom@domaine.fr"),
        ("zoe@asso.example", (), "au moins une lettre"),
        ("zoe@asso.example", ("inconnue",), "au moins une lettre"),
        ("a@asso.example\r\nBcc: b@asso.example", ("echo",), "revoir"),
    ]:
        answer = ask(mailer_client, email, chosen)
        assert (answer.status_code, words in answer.text) == (422, True), words
    assert mailed(mailer_db) == []


def test_a_closed_list_keeps_its_readers_and_takes_nobody(
    mailer_client: Any, mailer_db: Any, sign_in: Callable[..., Any]
) -> None:
    training(mailer_db)
    ask(mailer_client, "zoe@asso.example", ("formations",))
    ask(mailer_client, "lea@asso.example", ("echo", "formations"))
    first, second = mailed(mailer_db)
    mailer_client.post(first)
    assert 'value="formations"' in mailer_client.get("/abonnement").text

    sign_in(mailer_client, "editor")
    values = {"name": "Formations et stages", "description": "Quatre messages par an."}
    assert mailer_client.post("/contacts/listes/formations", data=values).status_code == 303
    assert 'value="formations"' not in mailer_client.get("/abonnement").text
    mailer_client.post(second)  # asked for before, confirmed after
    assert subscriptions(mailer_db, "lea@asso.example") == {ECHO: GIVEN}
    assert subscriptions(mailer_db, "zoe@asso.example") == {"formations": GIVEN}
    with mailer_db.reading() as session:
        assert lists.readers(session) == {"echo": 1, "formations": 1}
        changed = audit.history(session, "list", "formations")[-1]
        assert changed.before["open"] is True
        assert changed.after["open"] is False
        assert changed.after["name"] == "Formations et stages"


def test_staff_make_and_name_lists(mailer_client: Any, mailer_db: Any, sign_in: Callable[..., Any]) -> None:
    sign_in(mailer_client, "editor")
    for name, status in [("Appels à projets", 303), ("appels  a projets", 422), ("L’écho du réseau", 422),
                         ("all", 422), ("123", 422), ("Été", 303)]:  # fmt: skip
        posted = mailer_client.post("/contacts/listes/nouvelle", data={"name": name, "description": "Le mardi."})
        assert posted.status_code == status, name
    echo = {"name": "L’Écho", "description": "Six fois par an.", "open": "true"}
    assert mailer_client.post("/contacts/listes/echo", data=echo).status_code == 303
    with mailer_db.reading() as session:
        assert [(one.key, one.name) for one in lists.every(session)] == [
            ("echo", "L’Écho"), ("appels-a-projets", "Appels à projets"), ("ete", "Été"),
        ]  # fmt: skip
    assert "Six fois par an." in mailer_client.get("/contacts/listes/").text
    assert mailer_client.get("/contacts/listes/personne").status_code == 404


def test_the_address_to_give_away_is_whole_where_agora_stands_below_a_prefix(
    mailer_db: Any, settings_of: Callable[..., Any], sign_in: Callable[..., Any]
) -> None:
    site = {"url_prefix": "/mailer", "public_url": "https://agora.example/mailer"}
    client = create_app(settings_of("mailer", mailer_db.url, **site), mailer_db).test_client()
    assert 'href="/mailer/abonnement"' in client.get("/mailer/echo/").text
    sign_in(client, "editor")
    assert 'href="https://agora.example/mailer/abonnement"' in client.get("/mailer/contacts/listes/").text


def test_an_english_reader_reads_english(mailer_client: Any, mailer_db: Any) -> None:
    training(mailer_db)
    mailer_client.get("/abonnement?lang=en")
    assert "Four messages a year." in mailer_client.get("/abonnement").text
    ask(mailer_client, "zoe@asso.example", ("formations",))
    with mailer_db.reading() as session:
        data = session.scalars(sa.select(Message.data)).one()
    mail = render.render("subscription_confirm", data)
    assert mail.subject == "Confirm your subscription"
    assert "Training" in mail.text
    mailer_client.post(mailed(mailer_db)[0])
    with mailer_db.reading() as session:
        assert session.scalars(sa.select(Consent.wording)).one().startswith("I ask to receive by e-mail: Training.")
        assert session.scalars(sa.select(Contact.locale)).one() == "en"


def test_a_forwarded_link_puts_its_owner_on_no_list(
    mailer_client: Any, mailer_db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    training(mailer_db)
    with mailer_db.transaction() as session:
        who = contacts.subscribe(session, contacts.Person("zoe@asso.example"), ECHO, "test", "oui", "1", NOW)
    token = unsubscribe.token(who, ECHO, secret=mailer_client.application.extensions["settings"].secret_key)
    page, leave = f"/preferences/{token}", f"/unsubscribe/{token}"
    assert "un message part à z…e@asso.example" in mailer_client.post(page, data={"lists": "formations"}).text
    assert subscriptions(mailer_db, "zoe@asso.example") == {ECHO: GIVEN}

    mailer_client.post(leave)
    assert "Vous recevez de nouveau" in mailer_client.post(f"{leave}/annuler").text  # a slip
    mailer_client.post(leave)
    monkeypatch.setattr(clock, "now", lambda: NOW + dt.timedelta(hours=2))
    for posted in (f"{leave}/annuler", page):  # the same wish twice in ten minutes is one mail
        assert "n message part à z…e@asso.example" in mailer_client.post(posted, data={"lists": ECHO}).text
    assert subscriptions(mailer_db, "zoe@asso.example") == {ECHO: WITHDRAWN}
    links = mailed(mailer_db)
    assert len(links) == 2
    mailer_client.post(links[-1])
    assert subscriptions(mailer_db, "zoe@asso.example") == {ECHO: GIVEN}


@pytest.mark.parametrize(
    ("agreed", "shown"),
    [
        ("J’accepte de recevoir L’Écho", "« J’accepte de recevoir L’Écho »"),
        (" « J’accepte de recevoir L’Écho. »", "« J’accepte de recevoir L’Écho. »"),
        ("Recevoir « Formations »", "« Recevoir « Formations » »"),
        ("« L’Écho » et « Formations »", "« « L’Écho » et « Formations » »"),
    ],
)
def test_what_was_agreed_is_quoted_once(mailer_client: Any, mailer_db: Any, agreed: str, shown: str) -> None:
    with mailer_db.transaction() as session:
        zoe = contacts.subscribe(session, contacts.Person("zoe@asso.example"), ECHO, "test", agreed, "1", NOW)
    key = mailer_client.application.extensions["settings"].secret_key
    page = mailer_client.get(f"/preferences/{unsubscribe.token(zoe, ECHO, secret=key)}").text
    kept = page[page.index("Preuve gardée") :]
    assert kept[: kept.index("</p>")].replace("\u202f", " ").endswith(f", test, {shown}")


def test_each_list_says_how_many_its_letters_reach(mailer_db: Any) -> None:
    training(mailer_db)
    with mailer_db.transaction() as session:
        for name in ("zoe", "noe", "lea"):
            person = contacts.Person(f"{name}@asso.example")
            for key in (ECHO, "formations"):
                contacts.subscribe(session, person, key, "test", "oui", "1", NOW)
        for email, scope in (("noe@asso.example", "bulk"), ("lea@asso.example", "formations")):
            session.add(Suppression(email_key=email, scope=scope, reason="bounced", evidence="", created_at=NOW))
    with mailer_db.reading() as session:
        reached = {key: audience.count(session, audience.EVERYBODY, key) for key in (ECHO, "formations")}
        assert lists.readers(session) == reached == {ECHO: 2, "formations": 1}


def test_a_form_sent_empty_says_at_once_all_that_is_missing(mailer_client: Any, mailer_db: Any) -> None:
    training(mailer_db)
    page = mailer_client.post("/abonnement", data={"email": ""}).text
    assert re.findall(r'<li><a href="#f-(\w+)">([^<:]+\w)', page) == [
        ("lists", "Ce que vous voulez recevoir"), ("email", "Votre adresse électronique"),
    ]  # fmt: skip


def test_preferences_say_that_nothing_leaves_for_an_address_that_is_barred(mailer_client: Any, mailer_db: Any) -> None:
    with mailer_db.transaction() as session:
        zoe = contacts.subscribe(session, contacts.Person("zoe@asso.example"), ECHO, "formulaire", "Oui", "1", NOW)
        session.add(Suppression(email_key="zoe@asso.example", scope="bulk", reason="complaint", evidence=""))
    key = mailer_client.application.extensions["settings"].secret_key
    page = mailer_client.get(f"/preferences/{unsubscribe.token(zoe, ECHO, secret=key)}").text
    assert "Nos lettres ne partent plus à cette adresse" in page
    assert "Vous le recevez depuis" not in page


def test_erasing_takes_what_was_asked_and_the_lines_of_imports(mailer_client: Any, mailer_db: Any) -> None:
    ask(mailer_client, "zoe@asso.example", first_name="Zoé")
    with mailer_db.transaction() as session:
        content = b"mail\nZoe@asso.example\nlea@asso.example\n"
        brought = imports.begin(session, filename="l.csv", content=content, who="c@agora.example", now=NOW)
        imports.confirm(session, brought, source="adhésions", wording="J’accepte", who="c@agora.example", now=NOW)
    data = {"request_id": uuid.uuid4(), "email": "zoe@asso.example", "email_hash": moments.digest("zoe@asso.example")}
    event = Event(id=uuid.uuid4(), type="registration.person.erased.v1", source="/x", thing=str(data["request_id"]),
                  sequence=1, time=NOW, data=data)  # fmt: skip
    with mailer_db.transaction() as session:
        erasure.on_person_erased(session, event)
    with mailer_db.reading() as session:
        assert session.scalars(sa.select(MailedLink)).all() == []
        report = session.scalars(sa.select(ContactImport.report)).one()
        assert [line["email"] for line in report] == ["", "lea@asso.example"]
