"""What nobody needs goes by itself, and a dry run says the very same numbers first."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import asdict

import pytest
import sqlalchemy as sa

from services.registration import retention
from services.registration.models import Event, Registration
from services.registration.models.assembly import AssemblyVoter
from services.registration.models.carpool import CarpoolNote
from services.registration.models.messages import StaffMessageRecipient
from services.registration.models.skills import SkillMatch, SkillNeed, SkillOffer
from services.registration.models.structures import Membership
from services.registration.queries.selection import Wanted
from services.registration.use_cases import (
    assemblies,
    erasing,
    filters,
    importing,
    keeping,
    members,
    messages,
    registering,
    structures,
)
from shared import audit, clock
from shared.db import Database
from tests.integration.registration_people import NOW, SITE, an_event, answers
from tests.integration.test_registration_assembly import draft

DAY = dt.timedelta(days=1)


def due(db: Database, now: dt.datetime, *, dry_run: bool = True) -> dict[str, int]:
    with db.transaction() as session:
        return {name: count for name, count in asdict(erasing.retain(session, now, dry_run=dry_run)).items() if count}


def each_once(db: Database, now: dt.datetime, expected: dict[str, int]) -> None:
    """The dry run says it, twice; the run does it; then nothing is left."""
    assert due(db, now) == due(db, now) == expected
    assert due(db, now, dry_run=False) == expected
    assert due(db, now, dry_run=False) == {}


@pytest.fixture
def ended(registration_db: Database) -> dt.datetime:
    """Of a meeting that two people share a car to, and that a third kept a form of."""
    with registration_db.transaction() as session:
        event = an_event(session, capacity=20)
        first, second = (
            registering.register(session, event.id, answers(n), NOW, site=SITE).registration_id for n in (1, 2)
        )
        session.add(CarpoolNote(from_id=first, to_id=second, text="Je pars de Gaillac.", at=NOW))
        typed = {"email": "kept@example.org", "first_name": "Zoé"}
        keeping.keep(session, event, typed, "fr", NOW, site=SITE, token="")
        return event.ends_at


def test_messages_about_a_car_and_kept_forms_are_counted_before_they_go(
    registration_db: Database, ended: dt.datetime
) -> None:
    assert "notes" not in due(registration_db, ended + 29 * DAY)
    each_once(registration_db, ended + 31 * DAY, {"notes": 1, "unsent": 1})


def test_what_the_team_wrote_goes_three_years_after_the_meeting(registration_db: Database, ended: dt.datetime) -> None:
    with registration_db.transaction() as session:
        event = session.scalars(sa.select(Event.id)).one()
        written = {"message_id": uuid.uuid4(), "selection": {}, "expected": 2, "who": "staff"}
        messages.confirm(session, event, messages.Words("La navette", "À 8 h."), Wanted(), NOW, **written)
        filters.keep(session, event, "Pour Awa", {"q": "awa"}, NOW, who="staff")
    assert "words" not in due(registration_db, ended + 1090 * DAY)
    assert due(registration_db, ended + 1100 * DAY)["words"] == 2
    assert due(registration_db, ended + 1100 * DAY, dry_run=False)["words"] == 2
    with registration_db.reading() as session:
        told = sa.select(audit.audit_entries.c.what).where(
            sa.cast(audit.audit_entries.c.after, sa.Text).contains("Awa")
        )
        assert not session.scalars(told).all()
        done = session.scalars(sa.select(audit.audit_entries.c.what)).all()
        assert {"confirmed", "filter kept"} <= set(done), "that it was done is known"
        assert not session.scalars(sa.select(StaffMessageRecipient)).all()


def test_who_spoke_for_a_structure_goes_three_years_after_it_left(registration_db: Database) -> None:
    left = NOW.date() - 365 * DAY
    with registration_db.transaction() as session:
        for name, until in (("Les Amis du Lac", left), ("Eau Vive", None)):
            structure_id = structures.settle(session, name, "association", NOW)
            assert structure_id
            draft = members.Draft(left - 400 * DAY, until, representative="Awa Diop", email="awa@lac.example")
            members.write(session, structure_id, draft, NOW, who="x")
    assert due(registration_db, NOW + 700 * DAY) == {}
    each_once(registration_db, NOW + 740 * DAY, {"speakers": 1})
    with registration_db.reading() as session:
        kept = session.execute(sa.select(Membership.until, Membership.representative, Membership.email)).all()
    assert sorted(kept, key=lambda row: row[0] is None) == [(left, "", ""), (None, "Awa Diop", "awa@lac.example")]


def test_addresses_of_voters_go_three_years_after_their_assembly_and_the_list_stays(registration_db: Database) -> None:
    with registration_db.transaction() as session:
        made = assemblies.create(session, draft(), NOW, who="x")
        made.held_at = NOW
    assert due(registration_db, NOW + 1090 * DAY) == {}
    each_once(registration_db, NOW + 1100 * DAY, {"voters": 2})
    with registration_db.reading() as session:
        voters = session.scalars(sa.select(AssemblyVoter)).all()
    assert {one.email for one in voters} == {""}
    assert "Éloïse Rakotondrainibe" in {one.representative for one in voters}


def test_what_a_project_lacked_goes_after_three_years_unless_somebody_helped(registration_db: Database) -> None:
    with registration_db.transaction() as session:
        helped, alone = uuid.uuid4(), uuid.uuid4()
        for one in (helped, alone):
            words = {"structure": "Lac", "title": "Puits", "about": "Appel", "skills": "hydrogéologie", "place": "MG"}
            session.add(SkillNeed(application_id=one, goals=["6"], days=3, told_at=NOW, **words))
        structure_id = structures.settle(session, "Forages du Lot", "business", NOW)
        offer = SkillOffer(structure_id=structure_id, skills="forage", goals=[], zones=[], days=5, created_at=NOW)
        session.add(offer)
        session.flush()
        session.add(SkillMatch(offer_id=offer.id, application_id=helped, days=2, agreed_on=NOW.date()))
    assert due(registration_db, NOW + 1090 * DAY) == {}
    each_once(registration_db, NOW + 1100 * DAY, {"needs": 1})
    with registration_db.reading() as session:
        assert session.scalars(sa.select(SkillNeed.application_id)).all() == [helped]


def test_the_command_says_what_would_go_and_takes_nothing(
    registration_db: Database,
    ended: dt.datetime,
    environment_of: Callable[[str, str], dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in environment_of("registration", registration_db.url).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(clock, "now", lambda: ended + 1100 * DAY)
    for arguments, verb in ((["--dry-run"], "would go"), (["--dry-run"], "would go"), ([], "gone")):
        assert retention.main(arguments) == 0
        said = capsys.readouterr().out
        assert said.startswith(f"{verb}: 0 people's diet and access needs, 2 registrations' names")
        assert "1 messages about a car, 1 forms and files never sent" in said
    with registration_db.reading() as session:
        assert set(session.scalars(sa.select(Registration.email))) == {""}


def test_a_file_of_people_goes_after_a_day_and_the_report_of_one_that_was_confirmed_after_thirty(
    registration_db: Database,
) -> None:
    with registration_db.transaction() as session:
        event = an_event(session)
        for name in ("oubliée.csv", "confirmée.csv"):
            lines = [importing.Line(2, "Soa Rakoto", None, "Il manque une adresse.")]
            file_id = importing.keep(session, event.id, name, lines, NOW, who="x")
        importing.confirm(session, event.id, file_id, NOW, who="x")
    assert "lists" not in due(registration_db, NOW + DAY)
    each_once(registration_db, NOW + 1.5 * DAY, {"lists": 1})
    assert "lists" not in due(registration_db, NOW + 29 * DAY)
    assert due(registration_db, NOW + 31 * DAY)["lists"] == 1
