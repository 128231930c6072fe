"""There and back over real servers: a fact becomes a mail, and what becomes of the mail stands where people work."""

from __future__ import annotations

import datetime as dt
import smtplib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa

from services.mailer import inbound, render, unsubscribe
from services.mailer.handlers import handlers as mailer_handlers
from services.mailer.models.contacts import ECHO
from services.mailer.sender import Sender
from services.mailer.settings import Settings
from services.registration.handlers import handlers as registration_handlers
from services.registration.models import Registration
from services.registration.rules.messages import WINDOW
from services.registration.use_cases import carpool, invitations_leaving, inviting, registering
from shared import clock
from shared.db import Database
from shared.messaging.consumer import Consumer
from shared.messaging.relay import Relay
from tests.integration.registration_people import NOW, SITE, an_event, answers
from tests.integration.test_mailer_from_fact_to_mailbox import wait
from tests.mailer_people import run
from tests.smtp_server import SmtpServer, Taken
from tests.unit.mailer_bounce_samples import arf, dsn

pytestmark = pytest.mark.slow  # everything runs: both services, a relay, the way back

LIST = "/equipe/evenements/agora-2016/inscriptions"


@dataclass
class Running:
    mailbox: SmtpServer
    way_back: smtplib.LMTP
    settings: Settings

    def envelope(self, recipient: str) -> str:
        """Where what becomes of the mail to this person comes back to."""
        wait(lambda: any(mail.recipient == recipient for mail in self.mailbox.taken))
        return next(mail.sender for mail in self.mailbox.taken if mail.recipient == recipient)


@pytest.fixture
def running(
    registration_db: Database, mailer_db: Database, amqp_url: str, settings_of: Callable[..., Settings]
) -> Iterator[Running]:
    """Relay and consumer of both services, a sender and the listener for what comes back."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        bind = f"127.0.0.1:{free.getsockname()[1]}"
    stop = threading.Event()
    with ExitStack() as stack:
        mailbox = stack.enter_context(SmtpServer())
        settings = settings_of(
            "mailer", mailer_db.url, smtp_url=mailbox.url, bounce_domain="bounces.agora.example", inbound_bind=bind
        )
        listener = inbound.controller(mailer_db, settings)
        listener.start()
        stack.callback(listener.stop)
        sender = Sender(settings, stop)
        parts: list[Any] = [
            Relay(registration_db, amqp_url, "registration", stop),
            Relay(mailer_db, amqp_url, "mailer", stop),
            Consumer(registration_db, amqp_url, registration_handlers, stop),
            Consumer(mailer_db, amqp_url, mailer_handlers, stop),
        ]
        threads = [threading.Thread(target=one.run) for one in (*parts, sender)]
        for thread in threads:
            thread.start()
        try:
            wait(lambda: all(part.is_ready for part in parts) and sender.presence.held.is_set(), 40)
            host, _colon, port = bind.rpartition(":")
            yield Running(mailbox, stack.enter_context(smtplib.LMTP(host, int(port))), settings)
        finally:
            stop.set()
            for thread in threads:
                thread.join(20)


def register(db: Database, *numbers: int) -> list[str]:
    """The pages of these people, who also want L'Écho."""
    with db.transaction() as session:
        event = an_event(session).id
        made = [
            registering.register(session, event, answers(number, newsletter=True), NOW, site=SITE).registration_id
            for number in numbers
        ]
    return [f"/equipe/inscriptions/{one}" for one in made]


def test_what_becomes_of_a_mail_stands_at_the_person_it_was_for(
    running: Running,
    registration_db: Database,
    mailer_db: Database,
    registration_client: Any,
    mailer_client: Any,
    sign_in: Callable[..., Any],
) -> None:
    gone, annoyed, leaves = register(registration_db, 1, 2, 3)
    sign_in(registration_client, "staff")

    def reads(page: str, words: str) -> Callable[[], bool]:
        return lambda: words in registration_client.get(page).text

    for page in (gone, annoyed, leaves):
        wait(reads(page, "pris par le serveur"), 40)

    user_unknown = dsn("550 5.1.1 <x@example.org>: User unknown", "5.1.1", who="personne1@example.org")
    running.way_back.sendmail("", [running.envelope("personne1@example.org")], user_unknown)
    wait(reads(gone, "l’adresse n’existe pas"))
    assert "1 inscription" in registration_client.get(f"{LIST}?courriel=non").text

    running.way_back.sendmail("", [running.envelope("personne2@example.org")], arf())
    complained = "SELECT message_id FROM mail_fates WHERE state = 'complained'"
    wait(lambda: len(run(registration_db, complained)) == 1)
    assert "indésirable" in registration_client.get(annoyed).text

    (contact,) = run(mailer_db, "SELECT id FROM contacts WHERE email_key = 'personne3@example.org'")
    token = unsubscribe.token(contact.id, ECHO, secret=running.settings.secret_key)
    assert mailer_client.post(f"/unsubscribe/{token}").status_code == 200
    newsletter = "SELECT newsletter FROM registrations WHERE email_key = 'personne3@example.org'"
    wait(lambda: not run(registration_db, newsletter)[0].newsletter)


def test_an_invitation_that_comes_back_is_told_so_to_who_invited(
    running: Running, registration_db: Database, registration_client: Any, sign_in: Callable[..., Any]
) -> None:
    person = {"first_name": "Awa", "last_name": "Diop", "email": "awa@example.org", "locale": "fr"}
    with registration_db.transaction() as session:
        event = an_event(session)
        source = inviting.Source("file", "les partenaires")
        row = inviting.keep(
            session, event, source, [inviting.Line(1, "Diop", person["email"], person)], NOW, who="test"
        )
        inviting.confirm(session, event, row, ("", ""), NOW, expected=1, who="test")
        invitations_leaving.leave(session, row, NOW + WINDOW, site=SITE, key="k" * 32)
    sign_in(registration_client, "staff")
    page = "/equipe/evenements/agora-2016/invitations"
    user_unknown = dsn("550 5.1.1 <x@example.org>: User unknown", "5.1.1", who=person["email"])
    running.way_back.sendmail("", [running.envelope(person["email"])], user_unknown)
    wait(lambda: "Awa</a>" in registration_client.get(f"{page}?etat=back").text)


def test_two_people_share_a_car_by_mail_and_neither_sees_the_address_of_the_other(
    running: Running, registration_db: Database, mailer_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each answers from their own program, the second time too; a mail that comes twice is one message."""
    monkeypatch.setattr(registration_handlers, "public_url", SITE)
    hour = [NOW]
    monkeypatch.setattr(clock, "now", lambda: hour[0])
    register(registration_db, 1, 2)
    with registration_db.transaction() as session:
        one, two = session.scalars(sa.select(Registration.id).order_by(Registration.email_key))
        carpool.travel(session, one, "offer", 1, "Lodève", None, NOW)
        carpool.travel(session, two, "seek", 1, "Lodève", None, NOW)
        carpool.write(session, two, one, "À 7 h ?", NOW, site=SITE)

    def mails(to: str, subject: str) -> list[Taken]:
        return [one for one in running.mailbox.taken if one.recipient == to and subject in str(one.message["Subject"])]

    def plain(got: Taken) -> str:
        body = got.message.get_body(("plain",))
        assert body is not None
        return str(body.get_content())

    def reply(by: str, got: Taken, words: str) -> None:
        quotes = "".join(f"> {line}\n" for line in plain(got).splitlines())
        head = f"From: Nom Secret <{by}>\nSubject: Re: Covoiturage\nMessage-ID: <{len(words)}@phone.example>\n"
        for _twice in range(2):
            mail = f"{head}\n{words}\n\n{quotes}".replace("\n", "\r\n")
            running.way_back.sendmail(by, [str(got.message["Reply-To"])], mail.encode())

    first, second = "personne1@example.org", "personne2@example.org"
    wait(lambda: len(mails(first, "vous écrit")) == 1, 40)
    reply(first, mails(first, "vous écrit")[0], "Oui, sept heures.")
    wait(lambda: len(mails(second, "vous écrit")) == 1)
    got = mails(second, "vous écrit")[0]
    assert "Oui, sept heures." in plain(got)
    hour[0] += dt.timedelta(minutes=11)
    reply(second, got, "Merci")
    wait(lambda: len(mails(first, "vous écrit")) == 2)
    reply(second, got, "quinze lettres.\n" * 80)
    wait(lambda: len(mails(second, "pas partie")) == 1)
    for to, other in ((first, second), (second, first)):
        read = "".join(f"{one.message.items()} {plain(one)}" for one in running.mailbox.taken if one.recipient == to)
        assert (other in read, "Nom Secret" in read) == (False, False)
    notes = [row.text for row in run(registration_db, "SELECT text FROM carpool_notes ORDER BY id")]
    assert notes == ["À 7 h ?", "Oui, sept heures.", "Merci"]
    wait(lambda: run(mailer_db, "SELECT count(*) AS n FROM messages WHERE data ? 'text'")[0].n == 0)


def test_a_fact_without_a_template_is_parked_told_and_replayed_once_there_is_one(
    running: Running,
    registration_db: Database,
    mailer_db: Database,
    mailer_client: Any,
    sign_in: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    every = render.templates
    monkeypatch.setattr(render, "templates", lambda: [one for one in every() if one != "registration_confirmed"])
    register(registration_db, 1)
    wait(lambda: bool(run(mailer_db, "SELECT id FROM dead_letters")), 40)
    sign_in(mailer_client, "admin", "editor")
    assert "Un fait mis de côté" in mailer_client.get("/equipe/").text
    page = mailer_client.get("/equipe/mis-de-cote/").text
    assert "Le courrier à écrire n’a pas de modèle ici." in page
    assert running.mailbox.taken == []

    monkeypatch.setattr(render, "templates", every)
    (letter,) = run(mailer_db, "SELECT id FROM dead_letters")
    mailer_client.post(f"/equipe/mis-de-cote/{letter.id}/rejouer")
    assert running.envelope("personne1@example.org")
    assert "Rien n’est mis de côté" in mailer_client.get("/equipe/mis-de-cote/").text
