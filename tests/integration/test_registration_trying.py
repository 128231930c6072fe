"""The team fills and sends the true form of an event, a draft or not: it is told what would happen, and nothing did."""

from __future__ import annotations

import html
import io
import re
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration.models import Event, Quota, Workshop
from services.registration.models.orm import Base
from services.registration.queries import forms as queries
from services.registration.rules.attachments import DOUBTED_KEPT
from services.registration.rules.forms import Question, Words
from services.registration.use_cases import attaching, forms, registering
from shared import audit, clock
from shared.db import Database
from shared.messaging.tables import outbox
from tests.integration.registration_people import NOW, SITE, an_event, answers
from tests.integration.test_registration_attachments import PDF
from tests.integration.test_registration_events import asked
from tests.integration.test_registration_questions import publish

TRY = "/equipe/evenements/agora-2016/formulaire/essai"
BUS = Question("bus", "text", Words("Quel bus prenez-vous ?"), required=True)
LETTER = Question("letter", "file", Words("Votre lettre"))
FILLED = {
    "first_name": "Noé",
    "last_name": "Martin",
    "email": "noe@example.org",
    "email_checked": "noe@example.org",
    "actor_type": "association",
    "department": "31",
    "q-bus": "le 14",
}


@pytest.fixture
def event(registration_db: Database, monkeypatch: pytest.MonkeyPatch) -> Event:
    """One seat, still a draft."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        made = an_event(session, capacity=1, workshops=[[5]])
    publish(registration_db, made, BUS, LETTER)
    with registration_db.transaction() as session:
        session.execute(sa.update(Event).values(state="draft"))
    return made


@pytest.fixture
def staff(registration_client: Any, sign_in: Any) -> Any:
    sign_in(registration_client, "staff")
    return registration_client


def everything(db: Database) -> dict[str, int]:
    """How many rows each table has."""
    with db.reading() as session:
        tables = {*Base.metadata.sorted_tables, outbox, audit.audit_entries}
        return {one.name: session.scalar(sa.select(sa.func.count()).select_from(one)) or 0 for one in tables}


def fill(staff: Any, event: Event, **more: Any) -> Any:
    fields = asked(staff.get(TRY), TRY) | FILLED | {f"slot-{event.slots[0].id}": str(event.workshops[0].id)}
    return staff.post(TRY, data=fields | more)


def test_a_draft_is_tried_to_the_end_and_nothing_is_kept(staff: Any, registration_db: Database, event: Event) -> None:
    before = everything(registration_db)
    page = html.unescape(staff.get(TRY).text)
    assert ("Essai : remplissez" in page.replace("\u202f", " "), "Garder et finir plus tard" in page) == (True, False)
    grown = fill(staff, event, add="1").text
    assert {to.split("#")[0] for to in re.findall(r'formaction="([^"]*)"', page + grown)} == {TRY}, "nothing leads out"
    missing = fill(staff, event, **{"q-bus": ""})
    assert (missing.status_code, 'value="Martin"' in missing.text) == (422, True)
    for _again in range(2):
        answer = fill(staff, event)
        told = html.unescape(answer.text)
        assert (answer.status_code, "Essai réussi" in told) == (200, True)
        for there in ("Noé Martin", "place certaine", "le 14", "noe@example.org", "Atelier 0.0"):
            assert there in told, there
    assert "/courriers/modeles/registration_confirmed" in told
    meant = fill(staff, event, email="noe@gmial.com", email_checked="noe@gmial.com", use_email="noe@gmail.com")
    assert ("Essai réussi" in meant.text, "noe@gmail.com" in meant.text) == (True, True)
    assert everything(registration_db) == before
    letter = fill(staff, event, **{"q-letter": (io.BytesIO(PDF), "lettre.pdf")})
    assert "lettre.pdf" in letter.text
    more = fill(staff, event, add="1", **{"q-letter": (io.BytesIO(PDF), "lettre.pdf")})
    assert ("lettre.pdf" in more.text, 'name="c1-last_name"' in more.text) == (True, True), "it grows with what it had"
    assert everything(registration_db) == before | {"form_files": 2}
    with registration_db.transaction() as session:
        assert attaching.end_doubted(session, NOW + DOUBTED_KEPT) == 2, "who attaches a file has it for an hour"
    guest = staff.application.test_client()
    assert guest.post("/e/agora-2016/inscription", data=FILLED).status_code == 404


def test_a_full_meeting_says_the_rank_and_who_is_registered_stays_so(
    staff: Any, registration_db: Database, event: Event
) -> None:
    with registration_db.transaction() as session:
        session.execute(sa.update(Event).values(state="published"))
    with registration_db.transaction() as session:
        data = answers(1, first_name="Noé", last_name="Martin", email="noe@example.org")
        registering.register(session, event.id, data, NOW, site=SITE)
    before = everything(registration_db)
    assert "Déjà inscrit·e à cette rencontre" in html.unescape(fill(staff, event).text)
    told = html.unescape(fill(staff, event, last_name="Autre").text)
    assert "liste d’attente, rang 1" in told
    assert "/courriers/modeles/registration_wait_listed" in told
    assert everything(registration_db) == before
    with registration_db.reading() as session:
        assert session.scalars(sa.select(Quota.capacity).where(Quota.kind == "event")).one() == 1


def test_whoever_reads_english_reads_what_the_english_form_said(
    staff: Any, registration_db: Database, event: Event
) -> None:
    with registration_db.transaction() as session:
        session.execute(sa.update(Workshop).values(title_en="Water"))
        session.execute(sa.update(Event).values(title_en="The meeting"))
    assert "Water" in staff.get(f"{TRY}?lang=en").text
    told = html.unescape(fill(staff, event).text)
    assert ("Water ·" in told, "The meeting</p>" in told, "Atelier 0.0" in told) == (True, True, False)


def test_a_draft_that_was_tried_goes_out_as_it_is_by_then(staff: Any, registration_db: Database, event: Event) -> None:
    for label in ("Quel car ?", "Quel train ?"):
        with registration_db.transaction() as session:
            seen, now = forms.state(forms.latest(session, event.id)), replace(BUS, label=Words(label))
            draft = forms.edit(session, event.id, seen, lambda _, now=now: (now,), NOW, who="camille", what="test")
            seen = forms.state(draft)
        assert label in html.unescape(fill(staff, event).text).replace("\u202f", " ")
    with registration_db.transaction() as session:
        forms.publish(session, event.id, seen, NOW, who="camille")
        assert queries.current(session, event.id).questions == (now,)


def test_only_the_team_tries(staff: Any, sign_in: Any, event: Event) -> None:
    sign_in(staff, "desk")
    assert [staff.get(TRY).status_code, staff.post(TRY, data=FILLED).status_code] == [403, 403]
