"""The programme, line by line: what does not fit is said, and nobody loses a workshop unseen."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from services.registration.models import (
    Event,
    ProgrammeItem,
    Quota,
    SeatClaim,
    Speaker,
    WaitingEntry,
    Workshop,
)
from services.registration.rules import timetable
from services.registration.rules.dates import at
from services.registration.use_cases import registering
from shared import clock
from shared.db import Database
from tests.integration.registration_people import DAY, NOW, SITE, an_event, answers
from tests.integration.test_registration_event_editing import facts

BASE = "/equipe/evenements/agora-2016/programme"


@pytest.fixture(autouse=True)
def october_2016(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def workshops(registration_db: Database) -> list[uuid.UUID]:
    """Two slots: the first with two workshops of two and one seats, the second with one. Three people chose the first
    workshop and the last one; the third waits for the first."""
    with registration_db.transaction() as session:
        made = an_event(session, capacity=10, workshops=[[2, 1], [5]])
        found = [one.id for one in made.workshops]
    for number in range(3):
        with registration_db.transaction() as session:
            chosen = [found[0], found[2]]
            registering.register(session, made.id, answers(number, workshops=chosen), NOW, site=SITE)
    return found


@pytest.fixture
def staff(registration_client: Any, sign_in: Any) -> Any:
    sign_in(registration_client, "staff")
    return registration_client


def seen(page: Any) -> str:
    return str(page.text.split('name="seen" value="')[1].split('"')[0])


def seats_of(db: Database, workshop: uuid.UUID) -> tuple[int, int]:
    """How many have a seat there, and how many wait."""
    with db.reading() as session:
        quota = session.scalars(sa.select(Quota.id).where(Quota.workshop_id == workshop)).one()
        claims = sa.select(sa.func.count()).select_from(SeatClaim).where(SeatClaim.quota_id == quota)
        queue = sa.select(sa.func.count()).select_from(WaitingEntry).where(WaitingEntry.quota_id == quota)
        return session.scalar(claims) or 0, session.scalar(queue) or 0


def test_a_moment_with_who_speaks_stands_on_the_public_page(
    staff: Any, registration_db: Database, workshops: list[uuid.UUID]
) -> None:
    typed = {
        "title": "Ouverture",
        "day": "2016-10-14",
        "starts": "9h",
        "ends": "9 h 30",
        "place": "Grande salle",
        "name-0": "Awa Diop",
        "role-0": "présidente",
        "minutes-0": "10",
        "name-1": "Noé Martin",
    }
    wrong = staff.post(f"{BASE}/moment/nouveau", data=typed | {"ends": "8h", "minutes-0": "dix"})
    assert (wrong.status_code, "La fin vient après le début." in wrong.text) == (422, True)
    assert 'value="Noé Martin"' in wrong.text  # nothing typed is lost
    for minutes in ("0600123", "0060" + "9" * 5000):
        wrong = staff.post(f"{BASE}/moment/nouveau", data=typed | {"minutes-0": minutes})
        assert (wrong.status_code, "de 1 à 600" in wrong.text) == (422, True)
    assert staff.post(f"{BASE}/moment/nouveau", data=typed).status_code == 303
    page = staff.get("/e/agora-2016").text
    assert "Awa Diop, présidente (10" in page
    assert "Noé Martin" in page
    with registration_db.reading() as session:
        item = session.scalars(sa.select(ProgrammeItem)).one()
        assert item.speaker == "Awa Diop, Noé Martin"  # as other pages and copies say it


def test_a_new_slot_and_workshop_can_be_chosen_at_once(
    staff: Any, registration_db: Database, workshops: list[uuid.UUID]
) -> None:
    slot = {"label": "Fin de journée", "day": "2016-10-14", "starts": "16:00", "ends": "16:45"}
    assert staff.post(f"{BASE}/creneau/nouveau", data=slot).status_code == 303
    assert 'value="Fin de journée"' not in staff.get(f"{BASE}/").text
    page = staff.get(f"{BASE}/atelier/nouveau").text
    slot_id = page.split("Fin de journée")[0].rsplit('value="', 1)[1].split('"')[0]
    new = {"creneau": slot_id, "title": "Un de plus", "room": "Salle 9", "capacity": "1"}
    assert staff.post(f"{BASE}/atelier/nouveau", data=new).status_code == 303
    with registration_db.transaction() as session:
        found = session.scalars(sa.select(Workshop).where(Workshop.title == "Un de plus")).one()
        event = session.scalars(sa.select(Event)).one()
        late = answers(9, workshops=[found.id])
        registering.register(session, event.id, late, NOW, site=SITE)
    assert seats_of(registration_db, found.id) == (1, 0)


def test_a_slot_that_moves_is_shown_then_told_to_who_sits_there(
    staff: Any, registration_db: Database, workshops: list[uuid.UUID]
) -> None:
    with registration_db.reading() as session:
        slot = session.get_one(Workshop, workshops[2]).slot_id
    address = f"{BASE}/creneau/{slot}"
    page = staff.get(address)
    typed = {"label": "Créneau 1", "day": "2016-10-14", "starts": "14:00", "ends": "15:00", "seen": seen(page)}
    assert "3 personnes sont inscrites" in staff.post(address, data=typed).text
    assert staff.post(address, data=typed | {"confirm": "true", "tell": "yes"}).status_code == 303
    told = facts(registration_db, "registration.registration.changed.v1")
    assert len(told) == 3
    entry = next(one for one in told[0]["calendar"] if one["summary"] == "Atelier 1.0")
    assert dt.datetime.fromisoformat(entry["starts_at"]) == at(DAY, dt.time(14))
    assert entry["sequence"] == 1
    # The same form again was filled from what is no longer so.
    stale = staff.post(address, data=typed | {"starts": "13:00", "confirm": "true"})
    assert (stale.status_code, "Les deux versions" in stale.text, 'value="13:00"' in stale.text) == (409, True, True)


def test_a_slot_never_moves_onto_another_that_the_same_people_chose(
    staff: Any, registration_db: Database, workshops: list[uuid.UUID]
) -> None:
    with registration_db.reading() as session:
        slot = session.get_one(Workshop, workshops[2]).slot_id
    address = f"{BASE}/creneau/{slot}"
    typed = {"label": "Créneau 1", "day": "2016-10-14", "starts": "11:00", "ends": "12:00"}
    refused = staff.post(address, data=typed | {"confirm": "true", "seen": seen(staff.get(address))})
    assert (refused.status_code, "3 personnes auraient deux ateliers en même temps" in refused.text) == (409, True)


def test_a_chosen_workshop_is_removed_only_towards_another_one(
    staff: Any, registration_db: Database, workshops: list[uuid.UUID]
) -> None:
    first, second, _ = workshops
    address = f"{BASE}/atelier/{first}/retirer"
    assert "3 personnes l’ont choisi" in staff.get(address).text
    assert staff.post(address).status_code == 409
    assert staff.post(address, data={"move_to": str(workshops[2])}).status_code == 409  # another slot
    assert seats_of(registration_db, first) == (2, 1)
    assert staff.post(address, data={"move_to": str(second)}).status_code == 303
    assert seats_of(registration_db, second) == (1, 2)
    told = facts(registration_db, "registration.registration.changed.v1")
    lost = [one for one in told[0]["calendar"] if one["cancelled"]]
    assert (len(told), [one["summary"] for one in lost]) == (3, ["Atelier 0.0"])
    with registration_db.reading() as session:
        assert session.get(Workshop, first) is None


def test_the_database_keeps_a_workshop_whose_seats_are_taken(
    registration_db: Database, workshops: list[uuid.UUID]
) -> None:
    with pytest.raises(IntegrityError), registration_db.transaction() as session:
        session.execute(sa.delete(Workshop).where(Workshop.id == workshops[0]))


def test_a_speaker_stands_in_one_thing_only(registration_db: Database, workshops: list[uuid.UUID]) -> None:
    with pytest.raises(IntegrityError), registration_db.transaction() as session:
        session.add(Speaker(name="Personne", role=""))


def test_one_room_or_one_speaker_twice_at_one_time_is_warned_about(staff: Any, workshops: list[uuid.UUID]) -> None:
    typed = {"day": "2016-10-14", "place": "salle  0", "name-0": "Awa Diop"}
    for title, starts, ends in [("Plénière", "10:15", "10:45"), ("Tribune", "10:30", "17:30")]:
        staff.post(f"{BASE}/moment/nouveau", data=typed | {"title": title, "starts": starts, "ends": ends})
    page = staff.get(f"{BASE}/").text.replace("\u202f", " ").replace("\xa0", " ")
    assert "« Atelier 0.0 » et « Plénière » en même temps" in page
    assert "Awa Diop parle à la fois dans « Plénière » et « Tribune »" in page
    page = page.replace("\u2060", "")
    assert "En dehors des heures de la rencontre : « Tribune » (10 h 30 – 17 h 30)." in page  # as the dashboard says
    told = staff.post(f"{BASE.removesuffix('/programme')}/publier", follow_redirects=True).text
    assert "À revoir dans le programme : Salle « Salle 0 »" in told.replace("\u202f", " ").replace("\xa0", " ")


def test_the_table_gives_each_room_a_column_and_each_use_its_height() -> None:
    def use(title: str, room: str, start: int, end: int) -> timetable.Use:
        return timetable.Use(title, room, at(DAY, dt.time(start)), at(DAY, dt.time(end)))

    (day,) = timetable.days([use("Long", "B", 9, 12), use("Court", "A", 10, 11), use("Repas", "", 12, 13)])
    assert day.rooms == ("A", "B", "")
    assert [row.starts_at.hour for row in day.rows] == [9, 10, 11, 12]
    heights = [[cell and (cell.rows, [one.title for one in cell.uses]) for cell in row.cells] for row in day.rows]
    assert heights[0] == [(1, []), (3, ["Long"]), (1, [])]
    assert heights[1] == [(1, ["Court"]), None, (1, [])]
    assert heights[3] == [(1, []), (1, []), (1, ["Repas"])]
