"""An event of several days: who came is written for each of them, offline and afterwards too."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy.orm import Session

from services.registration import papers
from services.registration.models import Attendance, Event, Registration
from services.registration.queries import desk as queries
from services.registration.queries import papers as on_paper
from services.registration.queries import report
from services.registration.rules import days
from services.registration.use_cases import desk, registering, transferring
from shared import audit, clock, migrations
from shared.clock import PARIS
from shared.db import Database, new_id
from shared.errors import RuleError
from shared.messaging.tables import outbox
from tests.integration.registration_people import NOW, SITE, an_event, answers
from tests.integration.test_registration_desk import pack, send, tap
from tests.integration.test_registration_late_wishes import one_waits

FRIDAY, SATURDAY = dt.date(2016, 10, 14), dt.date(2016, 10, 15)


class Weekend:
    """Soa is expected on two days; two desks stand at the door; the clock can be set."""

    def __init__(self, db: Database, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.db, self.client, self.monkeypatch = db, client, monkeypatch
        self.counter = 0
        with db.transaction() as session:
            made = an_event(session, capacity=3)
            event = session.get_one(Event, made.id)
            event.ends_at = event.starts_at + dt.timedelta(days=1, hours=8)
            self.id = event.id
            known = answers(1, first_name="Soa", last_name="Rakotondrainibé")
            self.soa = registering.register(session, self.id, known, NOW, site=SITE).registration_id
            codes = [desk.open_desk(session, self.id, NOW, who="test")[1] for _ in range(2)]
        monkeypatch.setattr(clock, "now", lambda: NOW)
        self.tokens = [client.post("/api/desk/pair", json={"code": code}).json["token"] for code in codes]
        self.set(FRIDAY, 9)

    def set(self, day: dt.date, hour: int) -> None:
        self.now = dt.datetime.combine(day, dt.time(hour), PARIS)
        self.monkeypatch.setattr(clock, "now", lambda: self.now)

    def tap(self, value: int = 1, *, of: int = 0, **more: Any) -> dict[str, Any]:
        self.counter += 1
        stamped: dict[str, Any] = {"counter": self.counter, "client_time": self.now.isoformat()}
        (result,) = send(self.client, self.tokens[of], tap(self.soa, value, **(stamped | more)))
        return result

    def person(self) -> dict[str, Any]:
        (found,) = pack(self.client, self.tokens[0]).json["people"]
        return dict(found)

    def facts(self) -> list[tuple[str, str]]:
        with self.db.reading() as session:
            told = sa.select(outbox.c.type, outbox.c.envelope).where(outbox.c.type.like("registration.attendee.%"))
            return [
                (row[0].split(".")[2], row[1]["data"]["at"][:10]) for row in session.execute(told.order_by(outbox.c.id))
            ]


@pytest.fixture
def weekend(registration_db: Database, registration_client: Any, monkeypatch: pytest.MonkeyPatch) -> Weekend:
    return Weekend(registration_db, registration_client, monkeypatch)


def test_each_day_is_written_for_itself(weekend: Weekend) -> None:
    assert weekend.tap(day="2016-10-14")["outcome"] == "applied"
    weekend.set(SATURDAY, 9)
    told = pack(weekend.client, weekend.tokens[0]).json
    assert told["days"] == ["2016-10-14", "2016-10-15"]
    assert dt.datetime.fromisoformat(told["now"]) == weekend.now  # a tablet's clock may be a day wrong
    assert (weekend.person()["present"], weekend.tap(of=1, day="2016-10-15")["outcome"]) == (False, "applied")
    assert weekend.tap(day="2016-10-15")["outcome"] == "conflict"
    assert weekend.person()["days"] == [
        {"day": "2016-10-14", "present": True, "version": 1},
        {"day": "2016-10-15", "present": True, "version": 1},
    ]
    with weekend.db.reading() as session:
        event = session.get_one(Event, weekend.id)
        assert queries.door(session, event, FRIDAY).by_day == {FRIDAY: 1, SATURDAY: 1}
        assert [one["desk"] for one in queries.doubles(session, weekend.id, day=SATURDAY)] == [1]
        assert queries.doubles(session, weekend.id, day=FRIDAY) == []


def test_a_page_that_knows_of_no_days_goes_on_and_takes_each_day_over_as_new(weekend: Weekend) -> None:
    """It keeps one version of a person, and takes over only what is newer."""
    first = weekend.tap()
    weekend.set(SATURDAY, 9)
    morning = weekend.person()
    assert (morning["present"], morning["version"] > first["version"]) == (False, True)
    again = weekend.tap(base=morning["version"])
    assert (again["outcome"], again["value"], again["version"] > morning["version"]) == ("applied", 1, True)
    late = weekend.tap(0, of=1, base=0, client_time=dt.datetime(2016, 10, 14, 9, 5, tzinfo=PARIS).isoformat())
    assert (late["outcome"], late["version"] < again["version"]) == ("conflict", True)
    assert [one["present"] for one in weekend.person()["days"]] == [True, True]


def test_an_entry_noted_afterwards_is_of_its_day_and_tells_nobody_another_arrival(weekend: Weekend) -> None:
    weekend.set(SATURDAY, 9)
    weekend.tap(day="2016-10-15")
    weekend.set(SATURDAY, 18)
    weekend.tap(day="2016-10-14")
    assert weekend.facts() == [("checked_in", "2016-10-15")]
    weekend.tap(0, base=1, day="2016-10-15")  # a mistake: they came on Friday, and that is what others know now
    assert [kind for kind, _at in weekend.facts()] == ["checked_in", "checked_in"]
    with weekend.db.reading() as session:
        told = session.scalars(sa.select(outbox.c.envelope).order_by(outbox.c.id.desc())).first()
    assert (
        dt.datetime.fromisoformat(told["data"]["at"]) < days.over(FRIDAY) <= dt.datetime(2016, 10, 15, 4, tzinfo=PARIS)
    )
    weekend.tap(0, base=1, day="2016-10-14")
    assert [kind for kind, _at in weekend.facts()] == ["checked_in", "checked_in", "undone"]
    assert weekend.tap(day="2016-10-31")["outcome"] == "applied"  # the dates were moved while it had no network
    assert weekend.person()["days"][1] == {"day": "2016-10-15", "present": True, "version": 3}


def test_who_comes_on_another_day_at_that_instant_is_not_cancelled(weekend: Weekend) -> None:
    weekend.soa = new_id()  # somebody who came without a registration
    weekend.tap(day="2016-10-14", walk_in={"last_name": "Diop"})

    def write(of: int, value: int, **more: Any) -> Any:
        sent = tap(weekend.soa, value, counter=5, base=1, **more)
        return lambda session: desk.write(session, weekend.tokens[of], [sent], weekend.now, site=SITE)

    one_waits(weekend.db, write(1, 1, day="2016-10-15"), write(0, 0, day="2016-10-14"))
    with weekend.db.reading() as session:
        assert session.get_one(Registration, weekend.soa).status == "confirmed"


def test_a_day_that_is_none_is_refused(weekend: Weekend) -> None:
    assert [weekend.tap(day=wrong)["outcome"] for wrong in ("14/10", 7, [])] == ["refused"] * 3


@pytest.mark.parametrize(
    ("came", "said"),
    [
        (["2016-10-14"], "le vendredi 14 octobre 2016"),
        (["2016-10-14", "2016-10-15"], "les 14 et 15 octobre 2016"),
    ],
)
def test_a_certificate_and_the_report_say_on_which_days_somebody_came(
    weekend: Weekend, came: list[str], said: str
) -> None:
    weekend.set(SATURDAY, 18)
    for day in came:
        weekend.tap(day=day)
    with weekend.db.reading() as session:
        event = session.get_one(Event, weekend.id)
        attended = on_paper.days_of(session, event.id)
        paper = papers.certificates(event, on_paper.came(session, event.id), SATURDAY, attended=attended)
        assert [one["came"] for one in paper.data["people"]] == [said]
        (held,) = report.report(session, NOW, NOW + dt.timedelta(days=30)).events
        assert (held.registered, held.present, held.hours) == (1, 1, 8 * len(came))


def test_days_of_three_years_are_told_apart() -> None:
    days_said = [dt.date(2016, 12, 30), dt.date(2016, 12, 31), dt.date(2017, 1, 1)]
    assert papers.several_days(days_said) == "les 30, 31 décembre 2016 et 1er janvier 2017"
    assert papers.several_days(days_said, "en") == "on 30, 31 December 2016 and 1 January 2017"


def test_the_staff_see_each_day(weekend: Weekend, sign_in: Any) -> None:
    weekend.tap(day="2016-10-14")
    weekend.set(SATURDAY, 10)
    sign_in(weekend.client, "staff")
    door = "/equipe/evenements/agora-2016/accueil"
    assert "<b>0</b>admises samedi" in weekend.client.get(door).text
    friday = weekend.client.get(f"{door}?jour=2016-10-14").text
    assert ("<b>1</b>admises vendredi" in friday, "en-direct?jour=2016-10-14" in friday) == (True, True)
    for none in ("x", "2016-10-31"):
        assert "<b>0</b>admises samedi" in weekend.client.get(f"{door}?jour={none}").text
    with weekend.db.transaction() as session:  # written just as the dates were moved
        session.execute(sa.update(Attendance).values(day=dt.date(2016, 10, 13)))
    assert "<b>1</b>admises jeudi" in weekend.client.get(f"{door}?jour=2016-10-13").text


def test_who_is_noted_afterwards_hides_no_arrival(weekend: Weekend) -> None:
    weekend.tap(day="2016-10-14")
    weekend.set(SATURDAY, 18)
    weekend.soa = new_id()
    weekend.tap(day="2016-10-14", walk_in={"last_name": "Diop"})
    with weekend.db.reading() as session:
        door = queries.door(session, session.get_one(Event, weekend.id), FRIDAY)
    nine = dt.datetime.combine(FRIDAY, dt.time(9), PARIS)
    assert (door.present, door.arrivals) == (2, [(nine, 1)])


def test_who_comes_while_the_event_is_moved_comes_on_a_day_that_it_has(weekend: Weekend) -> None:
    sent = tap(weekend.soa, day="2016-10-14")

    def move(session: Session) -> None:
        event = session.get_one(Event, weekend.id)
        event.starts_at += dt.timedelta(days=1)
        desk.keep_within(session, event, NOW, who="test")

    one_waits(weekend.db, move, lambda session: desk.write(session, weekend.tokens[0], [sent], NOW, site=SITE))
    with weekend.db.reading() as session:
        assert session.scalars(sa.select(Attendance.day)).all() == [SATURDAY]


def test_who_came_on_one_day_passes_no_seat_on(weekend: Weekend) -> None:
    weekend.tap(day="2016-10-14")
    with weekend.db.transaction() as session, pytest.raises(RuleError) as refused:
        taker = {"first_name": "Léa", "last_name": "Roux", "email": "lea@example.org"}
        transferring.transfer(session, weekend.soa, taker, weekend.now, site=SITE)
    assert refused.value.code == "already-present"


def test_an_event_that_is_moved_takes_those_along_who_came(weekend: Weekend) -> None:
    weekend.tap(day="2016-10-14")
    weekend.tap(day="2016-10-15")
    with weekend.db.transaction() as session:
        event = session.get_one(Event, weekend.id)
        event.starts_at += dt.timedelta(days=1)
        desk.keep_within(session, event, NOW, who="test")
    with weekend.db.reading() as session:
        (row,) = session.scalars(sa.select(Attendance))
        assert (row.day, row.present, row.version) == (SATURDAY, True, 2)
        (merged,) = [one for one in audit.history(session, "registration", weekend.soa) if one.what == "days merged"]
        assert (merged.before["day"], merged.after) == ("2016-10-14", {"day": "2016-10-15", "present": True})


def test_going_back_keeps_the_first_day_and_a_version_that_knows_of_no_days_writes(weekend: Weekend) -> None:
    weekend.tap(day="2016-10-14")
    weekend.tap(day="2016-10-15")
    command.downgrade(migrations.config("registration", weekend.db.url), "reg_0545_goals")
    with weekend.db.transaction() as session:
        assert session.execute(sa.text("SELECT present, version FROM attendances")).all() == [(True, 1)]
        session.execute(sa.text("DELETE FROM attendances"))
    migrations.upgrade("registration", weekend.db.url)
    with weekend.db.transaction() as session:
        session.execute(sa.text("INSERT INTO attendances (registration_id) VALUES (:one)"), {"one": weekend.soa})
        (today,) = session.execute(sa.select(sa.func.now())).one()
        assert session.scalar(sa.select(Attendance.day)) == days.day_of(today)


@pytest.mark.parametrize(
    ("starts", "ends", "number"),
    [
        ("2016-10-14T09:00", "2016-10-14T17:00", 1),
        ("2016-10-14T20:00", "2016-10-15T01:30", 1),  # one evening
        ("2016-10-29T09:00", "2016-10-30T17:00", 2),  # the clock goes back in between
    ],
)
def test_a_day_begins_at_four_in_the_morning(starts: str, ends: str, number: int) -> None:
    first, last = (dt.datetime.fromisoformat(one).replace(tzinfo=PARIS) for one in (starts, ends))
    found = days.of(first, last)
    assert len(found) == number
    assert days.at(first - dt.timedelta(hours=15), found) == found[0]
    assert days.at(last, found) == found[-1]
