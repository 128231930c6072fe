"""Three years without a sign from a person: asked once, then forgotten. And why somebody did not get an issue."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from services.mailer import campaigns, chores, contacts, reconsent, suppressions, why
from services.mailer.audience import Filter
from services.mailer.models.contacts import ECHO, Consent, Contact, Reconfirmation
from services.mailer.models.ledger import Message
from services.mailer.reconsent import Round
from shared import clock
from shared.db import Database
from tests.mailer_people import HTML, TEXT, run, suppress

THEN = dt.datetime(2020, 2, 29, 9, tzinfo=dt.UTC)
LATER = dt.datetime(2023, 3, 1, 9, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def hands(monkeypatch: pytest.MonkeyPatch) -> list[dt.datetime]:
    """The hands of the clock: replace the only element to move them."""
    hands = [THEN]
    monkeypatch.setattr(clock, "now", lambda: hands[0])
    return hands


def agree(db: Database, email: str, at: dt.datetime = THEN, **more: Any) -> Any:
    with db.transaction() as session:
        return contacts.subscribe(session, contacts.Person(email, **more), ECHO, "formulaire", "oui", "1", at)


@pytest.fixture
def turn(mailer_db: Database, settings_of: Callable[..., Any]) -> Callable[..., Round]:
    settings = settings_of("mailer", mailer_db.url)
    return lambda **more: chores.ask_the_silent(mailer_db, settings, **more)


def known(db: Database) -> set[str]:
    with db.reading() as session:
        return set(session.scalars(sa.select(Contact.email_key)))


def link(db: Database) -> str:
    with db.reading() as session:
        data = session.scalars(sa.select(Message.data).where(Message.template == "still_there")).one()
    return re.sub(r"^.*(?=/rester/)", "", data["link"])


def settle(db: Database, state: str) -> None:
    """What the sender makes of the questions: claimed, on the line, and their end."""
    run(db, "UPDATE messages SET state = 'claimed', lease_owner = 's', lease_until = now()")
    run(db, "UPDATE messages SET state = 'transmitting', message_id = '<' || id || '@x>'")
    run(db, "UPDATE messages SET state = :state, lease_owner = NULL, lease_until = NULL", state=state)


def test_asked_once_after_three_years_and_forgotten_a_month_later(
    mailer_db: Database, mailer_client: Any, turn: Callable[..., Round], hands: list[dt.datetime]
) -> None:
    agree(mailer_db, "zoe@asso.test", locale="fr")
    agree(mailer_db, "recent@asso.test", THEN + 2 * DAY)
    hands[0] = LATER - 2 * DAY
    assert turn() == Round()
    hands[0] = LATER + dt.timedelta(seconds=1)
    assert turn(dry_run=True) == Round(asked=1)
    assert run(mailer_db, "SELECT count(*) FROM messages")[0][0] == 0
    assert turn() == Round(asked=1)
    assert turn() == Round()
    page = mailer_client.get(link(mailer_db))
    assert "Voulez-vous encore nos lettres" in page.text
    hands[0] += 31 * DAY
    settle(mailer_db, "unknown")
    assert turn() == Round(asked=1)  # the other one's time has come; nobody goes for a question that may not have left
    run(mailer_db, "UPDATE messages SET state = 'accepted' WHERE state = 'unknown'")
    assert turn() == Round(unanswered=1)
    assert known(mailer_db) == {"recent@asso.test"}
    with mailer_db.reading() as session:
        assert suppressions.barred(session, ECHO, ["zoe@asso.test"]) == {"zoe@asso.test"}
        assert "Nous n’avons plus votre adresse" in mailer_client.get(page.request.path).text


def test_the_button_is_a_fresh_proof_and_the_link_alone_is_nothing(
    mailer_db: Database, mailer_client: Any, turn: Callable[..., Round], hands: list[dt.datetime]
) -> None:
    zoe = agree(mailer_db, "zoe@asso.test")
    hands[0] = LATER + DAY
    turn()
    mailer_client.get(link(mailer_db))
    with mailer_db.reading() as session:
        assert session.get(Reconfirmation, zoe) is not None
    assert "C’est noté" in mailer_client.post(link(mailer_db)).text
    mailer_client.post(link(mailer_db))
    with mailer_db.reading() as session:
        proofs = session.scalars(sa.select(Consent).order_by(Consent.id)).all()
        assert [(one.status, one.source) for one in proofs[1:]] == [("given", reconsent.SOURCE)]
    hands[0] += 40 * DAY
    assert turn() == Round()
    assert known(mailer_db) == {"zoe@asso.test"}


def test_a_sign_of_any_kind_counts_and_who_cannot_be_asked_is_forgotten(
    mailer_db: Database, mailer_client: Any, turn: Callable[..., Round], hands: list[dt.datetime],
    sign_in: Callable[..., Any],
) -> None:  # fmt: skip
    spoke, left, dead, busy = (agree(mailer_db, f"{name}@asso.test") for name in ("spoke", "left", "dead", "busy"))
    with mailer_db.transaction() as session:
        contacts.withdraw(session, left, ECHO, "lien", "Me désabonner", "1", THEN + DAY)
        contacts.correct(session, busy, {"locale": "en"}, who="contact", now=THEN + 400 * DAY)
        contacts.correct(session, dead, {"structure": "Eau"}, who="camille@agora.example", now=THEN + 400 * DAY)
    suppress(mailer_db, "dead@asso.test", "bulk")
    hands[0] = LATER + 5 * DAY
    sign_in(mailer_client, "editor")
    page = mailer_client.get("/contacts/sans-nouvelles").text
    assert page.count("à effacer") == 2
    assert turn(dry_run=True) == Round(asked=1, unreachable=2)
    assert turn() == Round(asked=1, unreachable=2)
    assert known(mailer_db) == {"spoke@asso.test", "busy@asso.test"}
    assert "question envoyée" in mailer_client.get(f"/contacts/{spoke}").text
    assert mailer_client.post(f"/contacts/{spoke}/nouvelles", data={"how": "au téléphone"}).status_code == 303
    assert "A donné de ses nouvelles" in mailer_client.get(f"/contacts/{spoke}").text
    hands[0] += 40 * DAY
    assert turn() == Round()


def test_why_somebody_did_not_get_it(mailer_db: Database, mailer_client: Any, sign_in: Callable[..., Any]) -> None:
    at = THEN + 10 * DAY
    people = {name: agree(mailer_db, f"{name}@asso.test", topics=("eau",)) for name in ("got", "left", "kept", "sante")}
    with mailer_db.transaction() as session:
        people["never"] = contacts.save(session, [contacts.Person("never@asso.test")], THEN)["never@asso.test"]
        contacts.withdraw(session, people["left"], ECHO, "lien", "Me désabonner", "1", THEN + DAY)
        contacts.correct(session, people["kept"], {"kept": ["section:calls"]}, who="contact", now=THEN)
        contacts.correct(session, people["sante"], {"topics": ["santé"]}, who="camille@agora.example", now=THEN)
        run_out = Filter(topics=("eau",), about=("section:agenda",))
        made = campaigns.create(session, list=ECHO, title="nº 34", subject="nº 34", from_name="L’Écho",
                                from_email="echo@reseau.example", html=HTML, text=TEXT, asked=run_out)  # fmt: skip
        assert campaigns.start(session, made.id, at) == 1
    people["later"] = agree(mailer_db, "later@asso.test", at + DAY, topics=("eau",))
    with mailer_db.reading() as session:
        found = {name: why.of(session, session.get_one(Contact, one))[0] for name, one in people.items()}
    assert {name: (one.state, one.reason) for name, one in found.items()} == {
        "got": ("pending", ""), "left": ("", "left"), "kept": ("", "kept"), "sante": ("", "segment"),
        "later": ("", "later"), "never": ("", "never"),
    }  # fmt: skip
    sign_in(mailer_client, "editor")
    assert "ne garde que d’autres choses" in mailer_client.get(f"/contacts/{people['kept']}").text
