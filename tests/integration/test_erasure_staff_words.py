"""What the team wrote: an erasure takes one person out of it, the whole of them, and nobody else."""

from __future__ import annotations

import datetime as dt
import threading
import uuid

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from deploy.local.processes import wait_until
from services.registration.models import Assembly, AssemblyVoter, Event, Registration
from services.registration.models.calling_off import AssemblyCallingOff, CallingOff
from services.registration.models.lists import RegistrationMark, SavedFilter
from services.registration.models.messages import StaffMessage
from services.registration.models.reschedulings import Rescheduling
from services.registration.queries.selection import Wanted
from services.registration.rules.support import Named
from services.registration.use_cases import (
    calling_off,
    changing,
    erasing,
    filters,
    messages,
    noting,
    registering,
    staff_words,
)
from shared import audit
from shared.db import Database
from tests.integration.registration_people import NOW, SITE, an_event, answers

SHARED = "contact@asso.example"
ZOE = "Zoé Rakotondrainibé"
HELLO = "Zoé Martin, puis Noé Rakotondrainibé"


@pytest.fixture
def event(registration_db: Database) -> uuid.UUID:
    """Zoé, a namesake with an address of her own, and Awa, who shares the address of the first."""
    people = [(ZOE, SHARED), (ZOE, "autre@example.org"), ("Awa Diop", SHARED)]
    with registration_db.transaction() as session:
        event = an_event(session, capacity=9).id
    for number, (name, email) in enumerate(people):
        first, last = name.split()
        who = {"first_name": first, "last_name": last, "email": email}
        with registration_db.transaction() as session:
            registering.register(session, event, answers(number, **who), NOW, site=SITE)
    return event


def erase(session: Session, one: Registration) -> None:
    asked = erasing.Asker(one.email, one.email_key, one.name_key)
    erasing.by_staff(session, asked, announced=1, how="phone", who="staff", now=NOW, site=SITE)
    session.expire_all()


def write(session: Session, event: uuid.UUID, body: str, expected: int) -> None:
    words = messages.Words("Bonjour", body)
    given = {"message_id": uuid.uuid4(), "selection": {}, "expected": expected, "who": "staff"}
    messages.confirm(session, event, words, Wanted(), NOW, **given)


def test_a_namesake_at_the_same_meeting_and_who_shares_the_address_stay(
    registration_db: Database, event: uuid.UUID
) -> None:
    with registration_db.transaction() as session:
        zoe, namesake, awa = session.scalars(sa.select(Registration).order_by(Registration.id)).all()
        for one in (awa, namesake):
            noting.note(session, one.id, f"Voir {ZOE}, {SHARED}", NOW, who="staff", seen=noting.stamp(one))
            session.add(RegistrationMark(registration_id=one.id, label=f"avec {ZOE}"))
        filters.keep(session, event, "Avec elle", {"marque": f"avec {ZOE}"}, NOW, who="staff")
        filters.keep(session, event, SHARED, {"etat": "waiting"}, NOW, who="staff")
        write(session, event, f"{HELLO} et {ZOE} : {SHARED}", 3)
        session.flush()
        erase(session, zoe)
        assert [awa.staff_note, namesake.staff_note] == [f"Voir … …, {SHARED}", f"Voir {ZOE}, {SHARED}"]
        entries = audit.audit_entries
        noted = sa.select(entries.c.after["note"].astext).where(entries.c.what == "noted").order_by(entries.c.id)
        assert session.scalars(noted).all() == [awa.staff_note, namesake.staff_note]
        assert session.scalars(sa.select(RegistrationMark.registration_id)).all() == [namesake.id]
        assert session.scalars(sa.select(StaffMessage.body)).one() == f"{HELLO} et … … : {SHARED}"
        assert session.scalars(sa.select(SavedFilter.name)).all() == [SHARED]
        erase(session, awa)
        assert session.scalars(sa.select(StaffMessage.body)).one() == f"{HELLO} et … … : …"
        assert not session.scalars(sa.select(SavedFilter)).all()


def test_why_a_meeting_is_off_or_moved_names_nobody_who_is_erased(registration_db: Database, event: uuid.UUID) -> None:
    with registration_db.transaction() as session:
        zoe, namesake, _awa = session.scalars(sa.select(Registration).order_by(Registration.id)).all()
        bulk_cancel = {"status": "cancelled", "reason": f"{ZOE} vient seule"}
        changing.record(session, namesake.id, "cancelled", "staff", None, bulk_cancel, NOW)
        changing.record(session, _awa.id, "cancelled", "staff", None, bulk_cancel, NOW)
        hers, other = (
            Assembly(
                title=title,
                held_at=NOW + dt.timedelta(days=9),
                place="Foix",
                organiser_name="Le réseau",
                organiser_email="reseau@agora.example",
                statutes={},
                state="called_off",
                voters=[AssemblyVoter(structure="Asso", representative=ZOE, college="a", email=email)],
            )
            for title, email in (("La sienne", SHARED), ("Une autre", "x@example.org"))
        )
        session.add_all([hers, other])
        session.flush()
        about: dict[str, str] = {"reason": f"{ZOE} est malade", "reason_en": f"{ZOE} is ill", "who": "staff"}
        for one in (hers, other):
            off = {name: about[name] for name in ("reason", "reason_en")} | {"made_by": "staff", "made_at": NOW}
            session.add(AssemblyCallingOff(assembly_id=one.id, **off, leaves_at=NOW))
            of = {"thing": "assembly", "thing_id": one.id, "before": None}
            of["after"] = {"people": 1, "reason": about["reason"]}
            audit.record(session, who="staff", what="called off", **of, now=NOW)
        calling_off.call_off(session, event, NOW, **about, told=3)
        was = {"starts_at": NOW.isoformat(), "ends_at": NOW.isoformat(), "place": "Foix", "access": []}
        session.add(Rescheduling(event_id=event, was=was, made_at=NOW, reason=f"Chez {ZOE} ({SHARED})"))
    with registration_db.transaction() as session:
        erase(session, session.get_one(Registration, zoe.id))
    with registration_db.reading() as session:
        left = [session.get_one(CallingOff, event), session.get_one(AssemblyCallingOff, hers.id)]
        assert [(one.reason, one.reason_en) for one in left] == [("… … est malade", "… … is ill")] * 2
        assert session.get_one(AssemblyCallingOff, other.id).reason == f"{ZOE} est malade", (
            "a namesake, for all we know"
        )
        assert session.scalars(sa.select(Rescheduling.reason)).one() == f"Chez … … ({SHARED})"
        entries = audit.audit_entries
        noted = sa.select(entries.c.after["reason"].astext).where(entries.c.after["reason"].astext != "")
        assert sorted(session.scalars(noted)) == sorted(
            [f"{ZOE} vient seule", "… … vient seule", f"{ZOE} est malade", *["… … est malade"] * 2]
        )
        years = session.get_one(Event, event).ends_at + dt.timedelta(days=1100)
    with registration_db.transaction() as session:
        assert staff_words.expire(session, NOW) == 0
        assert staff_words.expire(session, years, dry_run=True) == 4
        assert [staff_words.expire(session, years) for _ in range(2)] == [4, 0]
        left_over = [session.scalars(sa.select(model.reason)).all() for model in (AssemblyCallingOff, CallingOff)]
        assert left_over == [["…", "…"], ["…"]]
        assert session.scalars(sa.select(Rescheduling.reason)).one() == ""
        assert sorted(session.scalars(noted)) == [f"{ZOE} vient seule", "… … vient seule"]  # go with the registrations


def test_two_erased_at_once_both_leave_a_message_about_both(registration_db: Database, event: uuid.UUID) -> None:
    with registration_db.transaction() as session:
        write(session, event, f"{ZOE} et Awa Diop", 3)

    def forget(session: Session, number: int, name: str) -> None:
        one = session.scalars(sa.select(Registration).order_by(Registration.id)).all()[number]
        assert staff_words.forget(session, [one], "", [name]) == 1

    def later() -> None:
        with registration_db.transaction() as session:
            forget(session, 2, "Awa Diop")

    def waits() -> bool:
        with registration_db.reading() as session:
            return bool(session.scalar(sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")))

    with registration_db.transaction() as session:
        forget(session, 0, ZOE)
        second = threading.Thread(target=later)
        second.start()
        wait_until(waits, "The second", seconds=20)
    second.join()
    with registration_db.reading() as session:
        assert session.scalars(sa.select(StaffMessage.body)).one() == "… … et … …"


def test_what_a_dropped_filter_said_goes_from_the_journal_with_the_years(
    registration_db: Database, event: uuid.UUID
) -> None:
    with registration_db.transaction() as session:
        filters.keep(session, event, f"Pour {ZOE}", {"etat": "waiting"}, NOW, who="staff")
        filters.drop(session, event, session.scalars(sa.select(SavedFilter.id)).one(), NOW, who="staff")
        ends = session.scalars(sa.select(Event.ends_at)).one()
        erasing.retain(session, ends + dt.timedelta(days=1100))
        told = sa.select(sa.cast(audit.audit_entries.c.after, sa.Text)).where(
            audit.audit_entries.c.what.startswith("filter ")
        )
        assert session.scalars(told).all() == ["null", "null"]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Mme DIOP (Awa), et Diop, Awa ; awa diop.", "Mme … (…), et …, … ; … …."),
        ("Fatou Diop. Awa Martin\nDiop\nAwa", "Fatou Diop. Awa Martin\nDiop\nAwa"),
        ("Awa et Fatou Diop", "Awa et Fatou Diop"),
        ("awa_diop Awa-Diop", "awa_diop …-…"),
        ("Fatou Diop, Awa Martin", "Fatou Diop, Awa Martin"),
        ("Fatou Diop / Awa", "Fatou … / …"),
        ("Reçus : Fatou Diop (Awa), puis Zo", "Reçus : Fatou Diop (Awa), puis Zo"),
        ("Fatou Diop, Awa Diop, Zo Rabe", "Fatou Diop, … …, Zo Rabe"),
        ("Relancer Diop, Awa. Voir M. Diop, Awa", "Relancer …, …. Voir M. …, …"),
    ],
)
def test_a_name_is_its_words_side_by_side(text: str, left: str) -> None:
    assert Named("", ("Diop Awa",)).out_of({"a": [text, 1, None]}) == {"a": [left, 1, None]}
