"""Facts of the other services become rows of the ledger, once each, and every row becomes a mail."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.mailer import contacts, ledger, mime, render, suppressions
from services.mailer.compose import Composer
from services.mailer.handlers import handlers
from services.mailer.models.contacts import Contact
from shared import tracing
from shared.contracts import registry
from shared.db import Database, new_id
from shared.errors import ContractError
from shared.messaging import envelope
from shared.messaging.handlers import Event
from tests.mailer_people import run

SAMPLES = Path(__file__).parent.parent / "contracts" / "samples"
NOT_OURS = {
    "registration.event.published.v1": "the jury and the public pages read it",
    "registration.event.withdrawn.v1": "the jury reads it; nobody had registered",
    "registration.event.called_off.v1": "the jury reads it; each person is told by a fact of their own",
    "jury.minutes.signed.v1": "the minutes are handed over by the jury's own pages",
    "jury.running_order.told.v1": "the programme of the event shows it; each bearer is told by a fact of their own",
    "jury.person.erased.v1": "a receipt for registration, which asked",
}
"""Facts of the other services that write to nobody, and why."""
TEMPLATES = {
    "registration.registration.reminded.v1": "registration_reminder",
    "registration.registration.rescheduled.v1": "registration_rescheduled",
    "registration.registration.called_off.v1": "event_called_off",
    "registration.message.written.v1": "staff_message",
    "registration.organiser.told.v1": "registrations_told",
    "registration.workshops.allocated.v1": "workshops_allocated",
    "registration.form.kept.v1": "form_kept",
    "registration.invitation.sent.v1": "event_invitation",
    "registration.invitation.called_off.v1": "invitation_called_off",
    "registration.carpool.written.v1": "carpool_note",
    "registration.carpool.refused.v1": "carpool_refused",
    "registration.group.convened.v1": "group_convened",
    "registration.group.called_off.v1": "group_called_off",
    "registration.evaluation.asked.v1": "evaluation_asked",
    "registration.seat.offered.v1": "seat_offered",
    "registration.seat.expired.v1": "seat_expired",
    "registration.erasure.asked.v1": "erasure_asked",
    "registration.registration.confirmed.v1": "registration_confirmed",
    "registration.registration.wait_listed.v1": "registration_wait_listed",
    "registration.registration.promoted.v1": "registration_promoted",
    "registration.registration.changed.v1": "registration_changed",
    "registration.registration.cancelled.v1": "registration_cancelled",
    "registration.link.requested.v1": "registration_link",
    "registration.assembly.convened.v1": "assembly_notice",
    "registration.assembly.called_off.v1": "assembly_called_off",
    "jury.result.published.v1": "jury_result",
    "jury.application.started.v1": "application_started",
    "jury.slot.told.v1": "slot_told",
    "jury.application.filed.v1": "application_filed",
    "jury.application.link_requested.v1": "application_link",
    "jury.tandem.told.v1": "tandem_told",
    "jury.opinion.asked.v1": "opinion_asked",
    "jury.application.reviewed.v1": "application_reviewed",
    "jury.application.withdrawn.v1": "application_withdrawn",
    "jury.application.restored.v1": "application_restored",
    "jury.award.offered.v1": "award_offered",
    "jury.award.changed.v1": "award_changed",
    "jury.juror.invited.v1": "juror_invited",
    "jury.juror.reminded.v1": "juror_reminded",
    "jury.readings.given.v1": "readings_given",
    "jury.award.opened.v1": "award_opened",
    "jury.report.reminded.v1": "report_reminded",
    "jury.report.reviewed.v1": "report_reviewed",
}


def sample(type: str) -> dict[str, Any]:
    """The golden envelope of one type."""
    read = json.loads((SAMPLES / f"{type}.json").read_text())
    assert isinstance(read, dict)
    return read


def event(type: str, **data: Any) -> Event:
    """As the consumer hands it over."""
    body = sample(type)
    body["data"] |= data
    body["id"] = str(new_id())
    return envelope.parse(json.dumps(body).encode())


def handle(db: Database, fact: Event) -> None:
    handler = handlers.find(fact.type)
    assert handler is not None
    with db.transaction() as session, tracing.thread_of(fact.correlation_id):
        handler(session, fact)


@pytest.mark.parametrize(("type", "template"), TEMPLATES.items())
def test_each_fact_writes_one_mail_that_can_be_rendered(mailer_db: Database, type: str, template: str) -> None:
    fact = event(type)
    handle(mailer_db, fact)
    handle(mailer_db, fact)
    (row,) = run(mailer_db, "SELECT * FROM messages")
    assert (row.template, row.lane, row.state, row.event_id) == (template, "transactional", "pending", fact.id)
    assert row.correlation_id == fact.correlation_id
    made = render.render(row.template, row.data)
    assert made.to_name == f"{fact.data['person']['first_name']} {fact.data['person']['last_name']}"
    assert fact.data["person"]["first_name"] in made.text


def test_a_sum_that_is_only_offered_asks_for_an_answer(mailer_db: Database) -> None:
    handle(mailer_db, event("jury.award.changed.v1.offered"))
    (row,) = run(mailer_db, "SELECT * FROM messages")
    text = " ".join(render.render(row.template, row.data).text.split())
    assert "L’aide proposée à « De l’eau à Battambang »" in text
    assert "Répondez à ce message pour dire si vous l’acceptez." in text
    assert "accordée" not in text


def test_a_class_reads_that_a_withdrawal_was_undone(mailer_db: Database) -> None:
    handle(mailer_db, event("jury.tandem.told.v1", what="reviewed", undone=True))
    (row,) = run(mailer_db, "SELECT * FROM messages")
    made = render.render(row.template, row.data)
    assert "Le retrait de votre tandem est annulé" in made.subject
    assert "de nouveau là où il en était" in " ".join(made.text.split())


def test_a_better_score_that_gets_nothing_is_explained(mailer_db: Database) -> None:
    handle(mailer_db, event("jury.result.published.v1.passed_over"))
    (row,) = run(mailer_db, "SELECT * FROM messages")
    text = " ".join(render.render(row.template, row.data).text.split())
    assert "Écart avec le dernier projet retenu : 0,60 sur 20. Votre note est la plus haute des deux." in text
    assert "ne tenait pas dans ce qui restait de l’enveloppe" in text


def test_every_fact_of_the_other_services_is_handled_or_said_why_not() -> None:
    """A new contract that names a person and writes to nobody is forgotten, unless it is in one of the two lists."""
    others = {type for type in registry.contracts() if not type.startswith("mailer.")}
    assert others - set(handlers.types) == set(NOT_OURS)
    naming = {type for type in handlers.types if "organiser" in (told := sample(type)["data"]) and "person" in told}
    assert naming - {"registration.newsletter.consented.v1"} == set(TEMPLATES)


def test_the_same_fact_under_a_second_event_id_writes_one_mail(mailer_db: Database) -> None:
    for _ in range(2):
        handle(mailer_db, event("registration.registration.confirmed.v1"))
    assert run(mailer_db, "SELECT count(*) AS n FROM messages")[0].n == 1


def test_an_invitation_is_one_mail_a_round_left_with_one_click(mailer_db: Database, settings_of: Any) -> None:
    invited = "registration.invitation.sent.v1"
    for number, round_id in enumerate((None, None, str(new_id()))):
        fact = event(invited, **({"round_id": round_id} if round_id else {}))
        handle(mailer_db, replace(fact, sequence=fact.sequence + number))
    assert run(mailer_db, "SELECT count(*) AS n FROM messages")[0].n == 2
    with mailer_db.transaction() as session:
        allowed = {"other": 9}
        one = ledger.claim(session, lane="transactional", relay="r", owner="1", allowances=allowed, limit=1, lease=60)[
            0
        ]
    sent = Composer(mailer_db, settings_of("mailer", mailer_db.url)).compose(one).on_the_wire
    mail = message_from_bytes(sent, policy=policy.default)
    assert mail["List-Unsubscribe"] == f"<{sample(invited)['data']['link']}/ne-plus-etre-invite>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_an_address_of_another_script_is_seen_as_refused(mailer_db: Database) -> None:
    person = sample("registration.link.requested.v1")["data"]["person"] | {"email": "élodie@example.org"}
    handle(mailer_db, event("registration.link.requested.v1", person=person))
    (row,) = run(mailer_db, "SELECT state, reason FROM messages")
    assert tuple(row) == ("rejected", "address")


def test_a_ticked_box_becomes_a_contact_with_its_proof(mailer_db: Database) -> None:
    fact = event("registration.newsletter.consented.v1")
    handle(mailer_db, fact)
    (row,) = run(
        mailer_db,
        """SELECT p.email_key, k.status, k.source, k.wording, k.wording_version, k.evidence
           FROM contacts p JOIN consents k ON k.contact_id = p.id""",
    )
    assert row.email_key == fact.data["person"]["email"].lower()
    assert (row.status, row.wording, row.wording_version) == (
        "given",
        fact.data["wording"],
        fact.data["wording_version"],
    )
    assert str(fact.data["registration_id"]) in row.evidence


@pytest.mark.parametrize(("minutes", "status"), [(1, "withdrawn"), (-1, "given")])
def test_a_consent_that_arrives_late_brings_nobody_back(mailer_db: Database, minutes: int, status: str) -> None:
    """They left a minute after ticking the box: the fact was parked meanwhile. A minute before: they came back."""
    fact = event("registration.newsletter.consented.v1")
    handle(mailer_db, event("registration.newsletter.consented.v1"))
    left = fact.data["consented_at"] + dt.timedelta(minutes=minutes)
    with mailer_db.transaction() as session:
        (contact,) = session.scalars(sa.select(Contact.id))
        assert contacts.withdraw(session, contact, "echo", "link", "words", "1", left)
    handle(mailer_db, fact)
    with mailer_db.reading() as session:
        assert contacts.status(session, contact, "echo") == status


@pytest.mark.parametrize(("minutes", "status"), [(1, "withdrawn"), (-1, "given")])
def test_what_is_taken_back_late_sends_nobody_away(mailer_db: Database, minutes: int, status: str) -> None:
    """They agreed, by their own hand, a minute after the fact says they left; or a minute before it."""
    taken_back = event("registration.newsletter.withdrawn.v1")
    handle(mailer_db, taken_back)  # unknown yet: nobody is made of it
    assert run(mailer_db, "SELECT count(*) AS n FROM contacts")[0].n == 0
    agreed = taken_back.data["withdrawn_at"] - dt.timedelta(minutes=minutes)
    handle(mailer_db, event("registration.newsletter.consented.v1", consented_at=agreed.isoformat()))
    handle(mailer_db, taken_back)
    with mailer_db.reading() as session:
        (contact,) = session.scalars(sa.select(Contact.id))
        assert contacts.status(session, contact, "echo") == status


@pytest.mark.parametrize(("minutes", "status"), [(1, "withdrawn"), (-1, "given")])
def test_what_somebody_unknown_took_back_holds_against_the_agreement_that_comes_after_it(
    mailer_db: Database, minutes: int, status: str
) -> None:
    """The fact of the agreement was retried: both facts come once, in the wrong order. Of the address only a mark
    waits; an agreement of a minute later is another one."""
    taken_back = event("registration.newsletter.withdrawn.v1")
    email = taken_back.data["person"]["email"].lower()
    handle(mailer_db, taken_back)
    handle(mailer_db, taken_back)
    kept = run(mailer_db, "SELECT email_key, scope FROM suppressions")
    assert [(email in row.email_key, row.scope) for row in kept] == [(False, "echo")]
    agreed = taken_back.data["withdrawn_at"] - dt.timedelta(minutes=minutes)
    handle(mailer_db, event("registration.newsletter.consented.v1", consented_at=agreed.isoformat()))
    said = [row.status for row in run(mailer_db, "SELECT status FROM consents ORDER BY id")]
    assert said == ["given", "withdrawn"][: 1 if status == "given" else 2]
    assert run(mailer_db, "SELECT * FROM suppressions") == []


def test_a_file_brings_nobody_back_who_took_their_agreement_back_unknown(mailer_db: Database) -> None:
    taken_back = event("registration.newsletter.withdrawn.v1")
    handle(mailer_db, taken_back)
    key = taken_back.data["person"]["email"].lower()
    with mailer_db.reading() as session:
        assert suppressions.barred(session, "echo", [key]) == {key}


def test_what_is_taken_back_before_its_own_agreement_is_kept(mailer_db: Database) -> None:
    """The agreement was retried meanwhile; the contact is known from elsewhere."""
    taken_back = event("registration.newsletter.withdrawn.v1")
    with mailer_db.transaction() as session:
        (contact,) = contacts.save(
            session, [contacts.Person(taken_back.data["person"]["email"])], taken_back.data["withdrawn_at"]
        ).values()
    handle(mailer_db, taken_back)
    agreed = taken_back.data["withdrawn_at"] - dt.timedelta(minutes=1)
    handle(mailer_db, event("registration.newsletter.consented.v1", consented_at=agreed.isoformat()))
    with mailer_db.reading() as session:
        assert contacts.status(session, contact, "echo") == "withdrawn"


def test_what_is_taken_back_under_another_address_leaves_both(mailer_db: Database) -> None:
    fact = event("registration.newsletter.consented.v1")
    handle(mailer_db, fact)
    subscribed, today = fact.data["person"]["email"], "nouvelle@example.org"
    person = fact.data["person"] | {"email": today}
    handle(mailer_db, event("registration.newsletter.consented.v1", person=person))
    handle(mailer_db, event("registration.newsletter.withdrawn.v1", person=person, subscribed_email=subscribed))
    with mailer_db.reading() as session:
        contacts_of = session.scalars(sa.select(Contact.id)).all()
        assert [contacts.status(session, one, "echo") for one in contacts_of] == ["withdrawn", "withdrawn"]


@pytest.mark.parametrize("unwritable", ["élodie@example.org", "zoe@localhost"])
def test_an_address_that_nobody_can_write_to_holds_no_withdrawal_up(mailer_db: Database, unwritable: str) -> None:
    """They changed their address to a wrong one, and left then."""
    fact = event("registration.newsletter.consented.v1")
    handle(mailer_db, fact)
    person = fact.data["person"] | {"email": unwritable}
    handle(mailer_db, event("registration.newsletter.consented.v1", person=person))
    left = {"person": person, "subscribed_email": fact.data["person"]["email"]}
    handle(mailer_db, event("registration.newsletter.withdrawn.v1", **left))
    with mailer_db.reading() as session:
        (contact,) = session.scalars(sa.select(Contact.id))
        assert contacts.status(session, contact, "echo") == "withdrawn"


def test_a_revoked_staff_member_is_remembered(mailer_db: Database) -> None:
    fact = event("registration.staff.revoked.v1")
    handle(mailer_db, fact)
    (row,) = run(mailer_db, "SELECT staff_id FROM revoked_staff")
    assert row.staff_id == fact.data["staff_id"]


@pytest.mark.parametrize("name", ["N" * 10_000, "é" * 121])
def test_a_name_beyond_the_contract_is_refused_as_a_whole(name: str) -> None:
    body = sample("registration.link.requested.v1")
    body["data"]["person"]["first_name"] = name
    with pytest.raises(ContractError):
        registry.load(body["type"], body["data"])


typed = st.text(st.characters(exclude_categories=["Cs"]), max_size=120)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(first=typed, last=typed, title=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200))
def test_whatever_was_typed_the_row_is_kept_and_no_header_is_injected(
    mailer_db: Database, first: str, last: str, title: str
) -> None:
    """NUL cannot be stored in PostgreSQL: the fact is refused with a reason, never half-handled."""
    body = sample("registration.link.requested.v1")["data"]
    person = body["person"] | {"first_name": first, "last_name": last}
    run(mailer_db, "DELETE FROM messages")
    try:
        fact = event("registration.link.requested.v1", person=person, occasion=body["occasion"] | {"title": title})
        handle(mailer_db, fact)
    except ContractError:
        assert "\0" in first + last + title
        return
    (row,) = run(mailer_db, "SELECT template, data FROM messages")
    made = render.render(row.template, row.data)
    head = mime.address_header("To", made.to_name, "a@example.org") + mime.text_header("Subject", made.subject)
    names = [line.partition(b":")[0] for line in head.split(b"\r\n") if line[:1] not in (b" ", b"")]
    assert names == [b"To", b"Subject"]
