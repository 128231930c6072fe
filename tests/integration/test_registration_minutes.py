"""Minutes are numbered when they are closed, approved later, and not a word of them changes."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration.models.assembly import Assembly
from services.registration.rules.assembly.statutes import TWO_COLLEGES
from services.registration.use_cases import assemblies, convening, minutes
from shared import clock
from shared.db import Database
from shared.errors import RuleError
from tests.integration.test_registration_assembly import HELD, NOW, WHO, draft

LATER = HELD + dt.timedelta(days=365)


@pytest.fixture
def staff(registration_client: Any, sign_in: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(clock, "now", lambda: LATER)
    sign_in(registration_client, "staff")
    return registration_client


def held(db: Database, at: dt.datetime = HELD, *, close: bool = True) -> uuid.UUID:
    with db.transaction() as session:
        made = assemblies.create(session, draft(), NOW, who=WHO)
        made.held_at = at
        convening.convene(session, made.id, NOW, who=WHO)
        assemblies.open_session(session, made.id, at, who=WHO)
        if close:
            assemblies.close(session, made.id, at, who=WHO)
        return made.id


def get(db: Database, assembly_id: uuid.UUID) -> Assembly:
    with db.reading() as session:
        return session.get_one(Assembly, assembly_id)


def test_minutes_are_numbered_in_the_order_they_are_closed_with_who_held_the_assembly(
    registration_db: Database,
) -> None:
    first, second = (get(registration_db, held(registration_db)) for _each in range(2))
    assert [(one.minutes_number, (one.minutes or {})["number"]) for one in (first, second)] == [(1, 1), (2, 2)]
    assert (first.minutes or {})["organiser"] == "Le réseau"
    assert minutes.fingerprint(first.minutes or {}) == first.minutes_hash
    other_organiser = (first.minutes or {}) | {"organiser": "Un autre nom"}
    assert minutes.fingerprint(other_organiser) != first.minutes_hash


def test_a_rehearsal_takes_no_number_and_is_not_approved(registration_db: Database) -> None:
    with registration_db.transaction() as session:
        made = assemblies.rehearse(session, TWO_COLLEGES, NOW, who=WHO)
        assemblies.close(session, made.id, HELD, who=WHO)
        with pytest.raises(RuleError) as refused:
            minutes.approve(session, made.id, LATER, who=WHO, on=LATER.date())
    assert refused.value.code == "minutes-not-closed"
    assert get(registration_db, held(registration_db)).minutes_number == 1


def test_minutes_closed_at_the_same_time_have_numbers_without_a_gap(registration_db: Database) -> None:
    ids = [held(registration_db, close=False) for _each in range(4)]
    together = threading.Barrier(4)

    def close(assembly_id: uuid.UUID) -> None:
        together.wait()
        with registration_db.transaction() as session:
            assemblies.close(session, assembly_id, HELD, who=WHO)

    closing = [threading.Thread(target=close, args=(one,)) for one in ids]
    for one in closing:
        one.start()
    for one in closing:
        one.join()
    with registration_db.reading() as session:
        assert sorted(session.scalars(sa.select(Assembly.minutes_number)).all()) == [1, 2, 3, 4]


def test_the_next_assembly_approves_them_and_their_text_stays(staff: Any, registration_db: Database) -> None:
    first, second = held(registration_db), held(registration_db, LATER)
    tomorrow = held(registration_db, LATER + dt.timedelta(days=1), close=False)  # opened before its day
    path, before = f"/equipe/assemblees/{first}", get(registration_db, first)
    page = staff.get(f"{path}/proces-verbal").text
    assert "Procès-verbal n° 1 · à approuver" in page.replace("\xa0", " ").replace("\u202f", " ")
    assert (str(second) in page, str(tomorrow) in page) == (True, False)
    refused = staff.post(f"{path}/approuver", data={"in": str(tomorrow), "on": ""})
    assert (refused.status_code, 'href="#f-in"' in refused.text) == (422, True)
    for _twice in range(2):  # sent again by the back button, or from a page that was open for long
        assert staff.post(f"{path}/rectifier", data={"text": "Avant l’approbation."}).status_code == 303
    assert staff.get(f"{path}/proces-verbal").text.count("Avant l’approbation.") == 1
    assert staff.post(f"{path}/approuver", data={"in": str(second), "on": ""}).status_code == 303
    after = get(registration_db, first)
    assert (after.minutes, after.minutes_hash) == (before.minutes, before.minutes_hash)
    assert (after.approved_on, after.approved_in_id) == (LATER.date(), second)
    assert after.approved_hash not in (None, after.minutes_hash)
    staff_later = LATER + dt.timedelta(minutes=1)
    with registration_db.transaction() as session:
        minutes.amend(session, first, "Après elle.", staff_later, who=WHO)
    page = staff.get(f"{path}/proces-verbal").text
    assert page.count("après l’approbation") == 1
    assert get(registration_db, first).approved_hash == after.approved_hash
    assert staff.post(f"{path}/approuver", data={"in": str(second)}).status_code == 409


def test_a_meeting_that_was_opened_before_its_day_is_approved_from_the_day_it_ended(registration_db: Database) -> None:
    made = held(registration_db, HELD + dt.timedelta(days=7), close=False)
    with registration_db.transaction() as session:
        assemblies.close(session, made, HELD, who=WHO)
        with pytest.raises(RuleError) as refused:
            minutes.approve(session, made, LATER, who=WHO, on=HELD.date() - dt.timedelta(days=1))
        assert minutes.approve(session, made, HELD, who=WHO, on=HELD.date()).approved_hash
    assert refused.value.code == "approval-day"


def test_a_correction_that_waited_for_the_approval_is_later_than_it(staff: Any, registration_db: Database) -> None:
    first = held(registration_db)
    with registration_db.transaction() as session:
        minutes.approve(session, first, LATER, who=WHO, on=LATER.date())
    with registration_db.transaction() as session:
        minutes.amend(session, first, "Envoyée avant elle.", LATER - dt.timedelta(seconds=1), who=WHO)
    assert staff.get(f"/equipe/assemblees/{first}/proces-verbal").text.count("après l’approbation") == 1


@pytest.mark.parametrize(
    ("on", "status"),
    [
        ("2017-02-03", 303),  # the day itself
        ("2018-02-03", 303),  # today
        ("2017-02-02", 422),
        ("2018-02-04", 422),
        ("", 422),
        ("demain", 422),
        ("9" * 500, 422),
    ],
)
def test_without_an_assembly_the_day_is_between_the_meeting_and_today(
    staff: Any, registration_db: Database, on: str, status: int
) -> None:
    first = held(registration_db)
    answer = staff.post(f"/equipe/assemblees/{first}/approuver", data={"on": on})
    assert answer.status_code == status
    assert (get(registration_db, first).approved_on is not None) == (status == 303)
    if status == 422:
        assert 'href="#f-on"' in answer.text
        assert f'value="{on}"' in answer.text


def test_an_assembly_before_it_or_unknown_approves_nothing(staff: Any, registration_db: Database) -> None:
    earlier, first = held(registration_db), held(registration_db, LATER)
    for other in (str(earlier), str(first), str(uuid.uuid4()), "x"):
        answer = staff.post(f"/equipe/assemblees/{first}/approuver", data={"in": other, "on": ""})
        assert answer.status_code == 422
    assert get(registration_db, first).approved_on is None
