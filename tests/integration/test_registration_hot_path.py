"""The three pages that everybody asks for when registration opens: what they cost, and what is kept between people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, template_rendered

from services.registration.models import Event
from services.registration.models.events import EventSite, Workshop
from services.registration.models.forms import FormVersion
from services.registration.models.registrations import Consent, PersonalLink, Registration, SensitiveAnswers
from services.registration.models.seats import Quota, SeatClaim
from services.registration.queries import forms
from services.registration.use_cases import registering
from services.registration.web import once, personal
from shared import clock
from shared.audit import audit_entries
from shared.db import Database
from shared.errors import RuleError
from shared.messaging.tables import outbox
from shared.pipeline import Pipeline
from tests.integration.registration_people import NOW, SITE, an_event, answers
from tests.integration.test_registration_form import PERSON, found, opened
from tests.integration.test_registration_papers import check_in

FORM = "/e/agora-2016/inscription"


@pytest.fixture(autouse=True)
def october_2016(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def event(registration_db: Database) -> Event:
    with registration_db.transaction() as session:
        return an_event(session, capacity=3, workshops=[[1, 5], [5]])


@contextmanager
def statements(db: Database) -> Iterator[list[str]]:
    kept: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        kept.append(" ".join(statement.split())[:60])

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield kept
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)


@contextmanager
def transactions(db: Database) -> Iterator[list[sa.Connection]]:
    kept: list[sa.Connection] = []

    def note(connection: sa.Connection) -> None:
        kept.append(connection)

    sa.event.listen(db.engine, "begin", note)
    try:
        yield kept
    finally:
        sa.event.remove(db.engine, "begin", note)


@contextmanager
def rendered(app: Flask) -> Iterator[list[str]]:
    names: list[str] = []

    def note(_app: Flask, template: Any, **_more: Any) -> None:
        names.append(template.name)

    with template_rendered.connected_to(note, app):
        yield names


def registers(client: Any, event: Event, **fields: Any) -> Any:
    slot = event.slots[0]
    chosen = {f"slot-{slot.id}": slot.workshops[0].id, "participant_list": "true"}
    return client.post(FORM, data=PERSON | opened(client) | chosen | fields)


def test_the_empty_form_is_rendered_once_and_costs_two_statements(
    registration_client: Any, registration_db: Database, event: Event
) -> None:
    registration_client.get(FORM)
    with rendered(registration_client.application) as templates, statements(registration_db) as sent:
        page = registration_client.application.test_client().get(FORM)
    assert page.status_code == 200
    assert templates == []
    assert len(sent) == 2, sent


@pytest.mark.usefixtures("event")
def test_nobody_gets_the_tokens_of_another(registration_client: Any) -> None:
    pages = [registration_client.application.test_client().get(FORM).text for _ in range(2)]
    first, second = (found(page, "seal") for page in pages)
    assert first != second


def test_the_kept_page_shows_the_seats_of_now(registration_client: Any, event: Event) -> None:
    before = registration_client.get(FORM).text
    assert "Il reste 3\u202fplaces." in before or "Il reste 3 places." in before
    assert registers(registration_client, event).status_code == 303
    after = registration_client.application.test_client().get(FORM).text
    assert "Il reste 2\u202fplaces." in after or "Il reste 2 places." in after
    assert "complet : ce choix vous met sur sa liste d’attente, au rang 1" in after.replace("\u202f", " ")


def test_a_full_event_says_so_on_the_kept_page(registration_client: Any, event: Event) -> None:
    for number in range(3):
        client = registration_client.application.test_client()
        assert registers(client, event, first_name=f"Aïcha {number}", email=f"a{number}@example.org").location
    page = registration_client.get(FORM).text
    assert "La rencontre est complète" in page
    assert "Rejoindre la liste d’attente" in page


@pytest.mark.parametrize("what", ["title", "place", "workshop", "site"])
def test_a_change_shows_at_once(registration_client: Any, registration_db: Database, event: Event, what: str) -> None:
    assert "Tout nouveau" not in registration_client.get(FORM).text
    with registration_db.transaction() as session:
        if what == "workshop":
            session.execute(
                sa.update(Workshop).where(Workshop.id == event.workshops[0].id).values(title="Tout nouveau")
            )
        elif what == "site":
            session.add(EventSite(event_id=event.id, position=1, name="Tout nouveau", address="", access=""))
        else:
            session.execute(sa.update(Event).where(Event.id == event.id).values({what: "Tout nouveau"}))
    assert "Tout nouveau" in registration_client.get(FORM).text


def test_a_closed_event_shows_no_kept_form(
    registration_client: Any, monkeypatch: pytest.MonkeyPatch, event: Event
) -> None:
    assert 'name="seal"' in registration_client.get(FORM).text
    monkeypatch.setattr(clock, "now", lambda: event.ends_at + dt.timedelta(days=1))
    assert 'name="seal"' not in registration_client.get(FORM).text


@pytest.mark.usefixtures("event")
def test_each_language_has_its_own_page(registration_client: Any) -> None:
    french = registration_client.get(FORM, headers={"Accept-Language": "fr"}).text
    english = registration_client.get(FORM, headers={"Accept-Language": "en"}).text
    assert '<html lang="fr">' in french
    assert '<html lang="en">' in english


def test_what_people_type_is_never_taken_for_a_hole(registration_client: Any) -> None:
    with registration_client.application.app_context():
        page = once.filled("test", lambda: f"<p>{once.hole('name')}</p>", {"name": f"<b>{once.hole('other')}</b>"})
    assert page == f"<p>&lt;b&gt;{once.hole('other')}&lt;/b&gt;</p>"


def test_a_submission_and_its_confirmation_send_few_statements(
    registration_client: Any, registration_db: Database, event: Event
) -> None:
    fields = PERSON | opened(registration_client) | {f"slot-{event.slots[0].id}": event.slots[0].workshops[1].id}
    with statements(registration_db) as sent:
        answer = registration_client.post(FORM, data=fields)
    assert answer.status_code == 303
    assert len(sent) == 9, sent  # the event among them, once for everybody; none for a box, a workshop or a seat
    registration_client.get(answer.location)
    with statements(registration_db) as sent:
        page = registration_client.get(answer.location)
    assert "Votre place est certaine" in page.text
    assert len(sent) == 1, sent


def test_a_submission_is_one_transaction(registration_client: Any, registration_db: Database, event: Event) -> None:
    assert registers(registration_client, event).status_code == 303
    fields = PERSON | opened(registration_client) | {"first_name": "Aïcha", "email": "aicha@example.org"}
    with transactions(registration_db) as begun:
        assert registration_client.post(FORM, data=fields).status_code == 303
    assert len(begun) == 1


def test_a_submission_waits_four_times_for_the_database_seated_or_not(
    registration_client: Any, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For the event, for its own row, for the counts under the lock, for the commit."""
    sent: list[Pipeline] = []
    send = Pipeline.send

    def noted(pipeline: Pipeline, **how: Any) -> Any:
        sent.append(pipeline)
        return send(pipeline, **how)

    monkeypatch.setattr(Pipeline, "send", noted)
    registers(registration_client, event)  # the event is read once
    for number in range(4):
        person = {"first_name": "Aïcha" + "a" * number, "email": f"aicha{number}@example.org"}
        fields = PERSON | opened(registration_client) | person
        sent.clear()
        assert registration_client.post(FORM, data=fields).status_code == 303
        assert len(sent) == 4
    assert "rang" in registration_client.get(FORM).text


def test_an_event_that_moves_between_the_form_and_the_lock_is_confirmed_as_it_is_now(
    registration_db: Database, event: Event
) -> None:
    with registration_db.reading() as session:
        read = registering.load_event(session, event.id)
    with registration_db.transaction() as session:
        moved = {"place": "Albi", "revision": Event.revision + 1}
        session.execute(sa.update(Event).where(Event.id == event.id).values(moved))
    with registration_db.transaction() as session:
        registering.register_party(session, event.id, [answers(1)], NOW, site=SITE, event=read)
        told = sa.select(outbox.c.envelope).where(outbox.c.type == "registration.registration.confirmed.v1")
        (fact,) = session.scalars(told)
    assert fact["data"]["occasion"]["place"] == "Albi"
    assert [one["sequence"] for one in fact["data"]["calendar"]] == [1]


def test_a_workshop_taken_away_between_the_form_and_the_lock_is_said(registration_db: Database, event: Event) -> None:
    with registration_db.reading() as session:
        read = registering.load_event(session, event.id)
    gone = read.workshops[0].id
    with registration_db.transaction() as session:
        session.execute(sa.delete(Quota).where(Quota.workshop_id == gone))
        session.execute(sa.delete(Workshop).where(Workshop.id == gone))
    with pytest.raises(RuleError) as refused, registration_db.transaction() as session:
        data = [answers(1, workshops=[gone])]
        registering.register_party(session, event.id, data, NOW, site=SITE, event=read)
    assert refused.value.code == "workshop-unknown"


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("query", ["", "?merci=1"])
@pytest.mark.parametrize("fields", [{}, {"structure": "Les Amis <du> Lac", "meal": "false", "carpool": "true"}])
def test_the_kept_ticket_says_what_a_rendered_one_says(
    registration_client: Any, registration_db: Database, event: Event, language: str, query: str, fields: dict[str, str]
) -> None:
    app = registration_client.application
    fields = fields | {f"slot-{event.slots[0].id}": str(event.slots[0].workshops[1].id)}  # with seats for both
    first, second = (
        registers(app.test_client(), event, first_name=f"D’Aïcha & {n}", email=f"a{n}@example.org", **fields)
        for n in (1, 2)
    )
    headers = {"Accept-Language": language}
    app.test_client().get(first.location.partition("?")[0] + query, headers=headers)
    path = second.location.partition("?")[0]
    with rendered(app) as templates:
        page = app.test_client().get(path + query, headers=headers).text
    assert templates == []
    with app.test_request_context(path + query, headers=headers), registration_db.reading() as session:
        assert page == personal.rendered(session, path.rpartition("/")[2])
    assert "&amp; 2" in page


def test_a_meal_that_only_some_are_asked_for_is_said_to_each_as_they_were_asked(
    registration_client: Any, registration_db: Database, event: Event
) -> None:
    app = registration_client.application
    slot = {f"slot-{event.slots[0].id}": str(event.slots[0].workshops[1].id)}  # with seats for both
    paths = [
        registers(app.test_client(), event, email=f"{name}@example.org", meal="false", **slot).location
        for name in ("not-asked", "asked")
    ]
    with registration_db.transaction() as session:
        first = forms.current(session, event.id)
        condition = {"question": "actor_type", "is": ["public_body"]}
        questions = session.get_one(FormVersion, first.id).questions
        fresh = FormVersion(event_id=event.id, number=2, made_at=NOW, published_at=NOW)
        fresh.questions = [one | ({"show_if": condition} if one["key"] == "meal" else {}) for one in questions]
        session.add(fresh)
        session.flush()
        session.execute(sa.update(Registration).values(form_version_id=fresh.id))
        asked = Registration.email == "asked@example.org"
        session.execute(sa.update(Registration).where(asked).values(actor_type="public_body"))
    hidden, shown = (app.test_client().get(path.partition("?")[0]).text for path in paths)
    assert ("Déjeuner" in hidden, "Déjeuner" in shown) == (False, True)


@pytest.mark.parametrize("what", ["came", "cancelled", "revoked", "workshop"])
def test_a_ticket_with_more_to_say_is_not_a_kept_one(
    registration_client: Any, registration_db: Database, event: Event, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = registers(registration_client, event).location.partition("?")[0]
    assert "Votre place est certaine" in registration_client.get(path).text
    with registration_db.transaction() as session:
        who = session.scalars(sa.select(Registration)).one()
        if what == "came":
            check_in(session, event.id, who.id)
            monkeypatch.setattr(clock, "now", lambda: event.starts_at)
        elif what == "cancelled":
            who.status, who.cancelled_at, who.cancelled_from = "cancelled", NOW, "confirmed"
        elif what == "revoked":
            session.execute(sa.update(PersonalLink).values(revoked_at=NOW))
        else:
            session.execute(sa.delete(SeatClaim).where(SeatClaim.quota_id == Quota.id, Quota.workshop_id.is_not(None)))
    page = registration_client.get(path)
    said = {
        "came": "Mon attestation de présence",
        "cancelled": "Cette inscription est annulée",
        "revoked": "Ce lien personnel n’est pas ou plus valable",
        "workshop": "souhait gardé",
    }
    assert said[what] in page.text


def test_a_submission_after_a_change_is_confirmed_with_it(
    registration_client: Any, registration_db: Database, event: Event
) -> None:
    for number, title in enumerate(("Cartographier", "Raconter")):
        with registration_db.transaction() as session:
            session.execute(sa.update(Workshop).where(Workshop.id == event.workshops[1].id).values(title=title))
        own = {"first_name": f"Aïcha {number}", f"slot-{event.slots[0].id}": str(event.workshops[1].id)}
        assert registers(registration_client, event, **own).status_code == 303
    with registration_db.reading() as session:
        told = sa.select(outbox.c.envelope).where(outbox.c.type == "registration.registration.confirmed.v1")
        facts = session.scalars(told.order_by(outbox.c.id)).all()
    assert [fact["data"]["workshops"][0]["title"] for fact in facts] == ["Cartographier", "Raconter"]


def test_what_is_inserted_with_a_registration_comes_once(
    registration_client: Any, registration_db: Database, event: Event
) -> None:
    fields = (
        PERSON | opened(registration_client) | {"participant_list": "true", "diet": "vegetarian", "access": "Rampe"}
    )
    answers_ = [registration_client.post(FORM, data=fields) for _ in range(2)]
    assert [one.status_code for one in answers_] == [303, 303]
    with registration_db.reading() as session:
        for model in (Registration, SensitiveAnswers, Consent):
            assert session.scalar(sa.select(sa.func.count()).select_from(model)) == 1, model
        entries = session.execute(sa.select(audit_entries).where(audit_entries.c.what == "registered")).all()
        links = session.scalars(sa.select(PersonalLink).order_by(PersonalLink.issued_at)).all()
    assert [entry.after for entry in entries] == [{"workshops": []}]
    assert [link.issued_for for link in links] == ["confirmation", "page"]
    assert all(len(link.token_hash) == 32 for link in links)


def test_an_event_of_several_sites_takes_registrations(
    registration_client: Any, registration_db: Database, event: Event
) -> None:
    """The event that is kept belongs to no session: nothing more of it can be read."""
    with registration_db.transaction() as session:
        session.add(EventSite(event_id=event.id, position=1, name="Antenne", address="Albi", access="Quai B"))
    for number in range(2):
        done = registers(registration_client, event, first_name=f"Aïcha {number}", email=f"b{number}@example.org")
        assert done.status_code == 303
        assert registration_client.get(done.location).status_code == 200
