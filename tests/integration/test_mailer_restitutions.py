"""What a workshop brought back waits on the contribution desk of the next number."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from services.mailer import chores, contributions, issues, publishing, render, restitutions
from services.mailer.handlers import handlers
from services.mailer.models.arrivals import OpenCall
from services.mailer.models.issues import TEXT_LIMIT, Contribution, Item
from services.mailer.models.ledger import Message
from services.mailer.publishing import House
from shared import clock
from shared.clock import PARIS
from shared.contracts import registry
from shared.db import Database, new_id
from shared.errors import RuleError
from shared.messaging import consumer, deadletters, outbox, tables
from shared.messaging.consumer import Consumer
from shared.messaging.relay import Relay
from tests.integration.test_mailer_handlers import event, handle, sample
from tests.integration.test_messaging import eventually, running

NOW = dt.datetime(2016, 10, 14, 12, tzinfo=PARIS)


def an_issue(db: Database, number: int, until: dt.date | None) -> None:
    data = {"number": number, "title": "L’Écho", "planned_on": dt.date(2016, 12, 1), "contributions_on": until}
    with db.transaction() as session:
        issues.create(session, data, who="test", now=NOW)


def test_a_restitution_waits_for_the_editor_under_the_organisers_name(mailer_db: Database) -> None:
    an_issue(mailer_db, 34, dt.date(2016, 10, 1))
    an_issue(mailer_db, 35, dt.date(2016, 11, 15))
    fact = event("registration.workshop.restituted.v1")
    handle(mailer_db, fact)
    with mailer_db.transaction() as session:
        (received,) = session.scalars(sa.select(Contribution)).all()
        assert (received.issue.number, received.state, received.section) == (35, "received", "members")
        assert received.contributor.structure == fact.data["organiser"]["name"]
        assert received.text.startswith("Constats\u202f: ")
        assert "Suites\u202f: " in received.text
        data = {name: getattr(received, name) for name in ("section", "title", "text", "link", "credit")}
        contributions.accept(session, received.id, data, who="editor", now=NOW)
        session.expire_all()
        (item,) = issues.get(session, received.issue_id).items
        assert (item.structure, item.credit) == (fact.data["organiser"]["name"], fact.data["host"])


def test_an_organiser_who_has_no_link_is_not_told_to_use_it(
    mailer_client: Any, mailer_db: Database, sign_in: Callable[..., Any]
) -> None:
    an_issue(mailer_db, 35, dt.date(2016, 11, 15))
    handle(mailer_db, event("registration.workshop.restituted.v1"))
    with mailer_db.reading() as session:
        received = session.scalars(sa.select(Contribution.id)).one()
    sign_in(mailer_client, "editor")
    answer = mailer_client.post(
        f"/contributions/{received}/refuser", data={"reason": "Le numéro en parle déjà."}, follow_redirects=True
    )
    assert "sur son lien" not in answer.text
    with mailer_db.reading() as session:
        mail = session.scalars(sa.select(Message)).one()
    written = render.render(mail.template, mail.data)
    assert ("Le numéro en parle déjà." in written.text, "lien personnel" in written.text) == (True, False)
    assert "envoyé le" not in mailer_client.get("/contributeurs/").text  # nor do the editors read that it has one


ATELIERS = ["Eau et assainissement", "Écoles jumelles", "Santé", "Énergie", "Jeunes et mobilité"]
RESTITUTED, OPENED = "registration.workshop.restituted.v1", "jury.call.opened.v1"


def tell(db: Database, type: str, thing: str, **data: Any) -> None:
    """The golden fact with these data, into its service's outbox."""
    told = registry.load(type, sample(type)["data"] | {thing: str(new_id())} | data)
    with db.transaction() as session:
        outbox.add(session, type, told, thing=told[thing])


def waiting(db: Database) -> int:
    with db.reading() as session:
        return deadletters.count(session)


def test_one_click_puts_five_restitutions_and_the_deadlines_into_the_number(
    registration_db: Database,
    jury_db: Database,
    mailer_db: Database,
    amqp_url: str,
    mailer_client: Any,
    sign_in: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """From the outboxes of both services through the broker; what has closed stays out, also of a late number. One
    workshop was handed over while no number was open: it enters by itself the one that opens next."""
    monkeypatch.setattr(clock, "now", lambda: dt.datetime(2016, 12, 5, 9, tzinfo=PARIS))
    stop = threading.Event()
    parts = [Relay(db, amqp_url, name, stop) for db, name in ((registration_db, "registration"), (jury_db, "jury"))]
    parts.append(Relay(mailer_db, amqp_url, "mailer", stop))
    with running(*parts, Consumer(mailer_db, amqp_url, handlers, stop)):
        tell(registration_db, RESTITUTED, "workshop_id", workshop_title=ATELIERS[0])
        eventually(lambda: waiting(mailer_db) == 1)
        an_issue(mailer_db, 35, dt.date(2016, 11, 15))  # planned for 1 December
        for title in ATELIERS[1:]:
            tell(registration_db, RESTITUTED, "workshop_id", workshop_title=title)
        for title, day in (("Eau 2017", "2017-01-31"), ("Clos hier", "2016-12-04"), ("Clos en été", "2016-07-01")):
            url = f"https://agora.example/appels/{title.replace(' ', '-')}"
            tell(jury_db, OPENED, "call_id", title=title, closes_at=f"{day}T23:59:59+01:00", url=url)

        def arrived() -> bool:
            with mailer_db.reading() as session:
                counts = [
                    session.scalar(sa.select(sa.func.count()).select_from(one)) for one in (Contribution, OpenCall)
                ]
            return counts == [5, 3]

        eventually(arrived)
    assert waiting(mailer_db) == 0
    sign_in(mailer_client, "editor")
    with mailer_db.reading() as session:
        issue = issues.every(session)[0].id
    desk = mailer_client.get(f"/numeros/{issue}").text
    assert "Faire entrer les 6" in desk
    assert "attendent votre réponse" not in desk  # each is there once
    assert desk.count("/contributions/") == len(ATELIERS)
    assert mailer_client.post(f"/numeros/{issue}/faire-entrer").status_code == 303
    with mailer_db.reading() as session:
        items = list(session.scalars(sa.select(Item).order_by(Item.section, Item.title)))
    assert [one.title.partition(" – ")[0] for one in items] == ["Eau 2017", *sorted(ATELIERS)]
    call = items[0]
    assert (call.section, call.expires_on) == ("calls", dt.date(2017, 1, 31))
    assert "mardi 31 janvier 2017 à 23 h 59" in call.text.replace("\xa0", " ")
    assert {one.structure for one in items[1:]} == {sample(RESTITUTED)["data"]["organiser"]["name"]}
    assert "n’attend" not in mailer_client.get(f"/numeros/{issue}").text


def test_a_call_that_closed_keeps_the_number_from_leaving(mailer_db: Database) -> None:
    """Whoever typed it in: an expired call never goes out. Another expired item is only said."""
    an_issue(mailer_db, 35, None)
    house = House("Réseau", "", "L’Écho", "echo@agora.example", "echo@agora.example", "http://127.0.0.1")
    with mailer_db.transaction() as session:
        issue = issues.every(session)[0]
        for section in ("calls", "agenda"):
            typed = {"section": section, "title": "Hier", "text": "Texte", "expires_on": dt.date(2016, 11, 30)}
            issues.add_item(session, issue.id, typed, who="test", now=NOW)
        session.expire_all()
        rendered = publishing.render_issue(issue, house)
        checks = publishing.preflight(issue, rendered, house, 3, dt.datetime(2016, 12, 1, 9, tzinfo=PARIS))
    failed = {one.key: one.blocking for one in checks if one.passed is False}
    assert failed == {"closed-calls": True, "expired": False, "editorial": False}
    leads_to = {one.key: one.item for one in checks if one.item}
    assert leads_to == {{"calls": "closed-calls", "agenda": "expired"}[one.section]: one.id for one in issue.items}


def test_a_restitution_that_is_parked_in_the_instant_when_a_number_opens_enters_it(mailer_db: Database) -> None:
    """Refused before, stored after: `issues.create` did not find it. What is parked for another reason stays."""
    told = registry.load(RESTITUTED, sample(RESTITUTED)["data"])
    with mailer_db.transaction() as session:
        outbox.add(session, RESTITUTED, told, thing="workshop")
        body = json.dumps(session.scalar(sa.select(tables.outbox.c.envelope))).encode()
    with pytest.raises(RuleError, match="dès qu’il s’ouvre") as refused:
        consumer.receive(mailer_db, handlers, body)
    consumer.store_dead(mailer_db, RESTITUTED, "broken", b'{"broken": true}', 1)
    chores.let_in(mailer_db)
    an_issue(mailer_db, 35, dt.date(2016, 11, 15))
    consumer.store_dead(mailer_db, RESTITUTED, str(refused.value), body, 1)
    consumer.store_dead(mailer_db, RESTITUTED, "broken", b'{"broken": true}', 1)
    chores.let_in(mailer_db)
    assert waiting(mailer_db) == 1
    with mailer_db.reading() as session:
        again = session.scalars(sa.select(tables.outbox.c.envelope).where(tables.outbox.c.queue == "mailer.inbox"))
        assert json.loads(body) in list(again)
    assert consumer.receive(mailer_db, handlers, body) == "handled"


@pytest.mark.parametrize("lengths", [(3000, 3000, 3000), (10, 3000, 10), (3000, 1, 1), (100,), (600,)])
def test_no_part_is_left_out_and_all_fit_an_item(lengths: tuple[int, ...]) -> None:
    heads = ("Constats", "Propositions", "Suites")
    parts = [(head, ("mot " * length)[:length]) for head, length in zip(heads, lengths, strict=False)]
    text = restitutions.shortened(parts)
    assert TEXT_LIMIT - 60 < len(text) <= TEXT_LIMIT or sum(lengths) < TEXT_LIMIT
    assert len(text) <= TEXT_LIMIT
    assert all(head in text for head, _ in parts)
