"""Offers from the waiting list: held until a deadline, taken, left or lost; never oversold, never idle."""

from __future__ import annotations

import datetime as dt
import random
import re
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration import chores, queries
from services.registration.models import Event, Quota, Registration, SeatClaim
from services.registration.queries.standing import Standing, standing
from services.registration.use_cases import changing, events, links, offers, registering, seats
from shared import clock
from shared.db import Database
from shared.errors import RuleError
from shared.messaging.tables import outbox
from tests.integration.registration_people import NOW, SITE, an_event, answers
from tests.integration.test_registration_seats import assert_sound, at_once, facts

HOURS = 24


def make(db: Database, **shape: Any) -> tuple[uuid.UUID, list[uuid.UUID]]:
    with db.transaction() as session:
        event = an_event(session, **shape)
        event.offer_hours = HOURS
        return event.id, [workshop.id for workshop in event.workshops]


def come(db: Database, event_id: uuid.UUID, number: int, **more: Any) -> uuid.UUID:
    with db.transaction() as session:
        return registering.register(session, event_id, answers(number, **more), NOW, site=SITE).registration_id


def go(db: Database, who: uuid.UUID, now: dt.datetime = NOW) -> None:
    with db.transaction() as session:
        changing.cancel(session, who, now, site=SITE)


def stands(db: Database, who: uuid.UUID) -> Standing:
    with db.reading() as session:
        return standing(session, who)


def answer(db: Database, how: Any, who: uuid.UUID, workshop: uuid.UUID | None = None, now: dt.datetime = NOW) -> None:
    with db.transaction() as session:
        how(session, who, workshop, now, site=SITE)


def test_a_freed_seat_is_offered_held_and_taken(registration_db: Database) -> None:
    event_id, (room,) = make(registration_db, capacity=1, workshops=[[1]])
    holder, waiter, last = (come(registration_db, event_id, n, workshops=[room]) for n in range(3))
    go(registration_db, holder)
    offered = stands(registration_db, waiter)
    assert offered.registration.status == "wait_listed"
    assert offered.until is not None
    newcomer = come(registration_db, event_id, 9)
    assert [stands(registration_db, one).rank for one in (last, newcomer)] == [1, 2]
    for _ in range(2):  # a second click changes nothing
        answer(registration_db, offers.accept, waiter)
    taken = stands(registration_db, waiter)
    assert taken.registration.status == "confirmed"
    assert [place.outcome for place in taken.places] == ["confirmed"]
    assert facts(registration_db, waiter) == ["wait_listed", "offered", "promoted"]
    assert_sound(registration_db)


def test_who_is_offered_a_seat_may_change_and_takes_no_workshop_by_it(registration_db: Database) -> None:
    event_id, (one, other) = make(registration_db, capacity=1, workshops=[[1], [1]])
    holder, waiter = come(registration_db, event_id, 1), come(registration_db, event_id, 2, workshops=[one])
    go(registration_db, holder)
    with registration_db.transaction() as session:
        changing.change(session, waiter, answers(2, workshops=[other]), NOW, site=SITE)
    changed = stands(registration_db, waiter)
    assert changed.until is not None
    assert [(place.workshop.id, place.outcome) for place in changed.places] == [(other, "waiting")]
    assert facts(registration_db, waiter) == ["wait_listed", "offered", "offered"]
    answer(registration_db, offers.accept, waiter)
    assert [place.outcome for place in stands(registration_db, waiter).places] == ["confirmed"]
    assert_sound(registration_db)


def test_a_seat_left_or_not_answered_goes_to_the_next(
    registration_db: Database, registration_client: Any, monkeypatch: Any, settings_of: Any
) -> None:
    event_id, _ = make(registration_db, capacity=1)
    holder, first, second, third = (come(registration_db, event_id, n) for n in range(4))
    go(registration_db, holder)
    answer(registration_db, offers.decline, first)
    assert facts(registration_db, first) == ["wait_listed", "offered", "cancelled"]
    late = NOW + dt.timedelta(hours=HOURS + 20)
    monkeypatch.setattr(clock, "now", lambda: late)
    for _ in range(2):
        chores.end_offers(registration_db, settings_of("registration", registration_db.url))
    assert facts(registration_db, second) == ["wait_listed", "offered", "expired"]
    assert stands(registration_db, second).registration.status == "cancelled"
    for who, said in ((first, "Vous avez quitté la liste"), (second, "proposée a été rendue le")):
        with registration_db.transaction() as session:
            token = links.issue(session, who, "resent", late)
        assert said in registration_client.get(f"/i/{token}").text
    assert facts(registration_db, third) == ["wait_listed", "offered"]
    with pytest.raises(RuleError) as refusal:
        answer(registration_db, offers.accept, third, now=late + dt.timedelta(days=3))
    assert refusal.value.code == "offer-over"
    over = registration_client.post(f"/i/{token}/place", data={"take": "1"}, follow_redirects=True)
    assert (over.status_code, over.request.path) == (200, f"/i/{token}")
    assert "le délai pour y répondre est passé" in over.text
    assert_sound(registration_db)


def test_a_workshop_seat_is_offered_and_the_event_seat_stays(registration_db: Database) -> None:
    event_id, (room,) = make(registration_db, capacity=5, workshops=[[1]])
    holder, first, second = (come(registration_db, event_id, n, workshops=[room]) for n in range(3))
    go(registration_db, holder)
    assert [place.outcome for place in stands(registration_db, first).places] == ["offered"]
    answer(registration_db, offers.decline, first, room)
    left = stands(registration_db, first)
    assert (left.registration.status, left.places) == ("confirmed", [])
    answer(registration_db, offers.accept, second, room)
    assert [place.outcome for place in stands(registration_db, second).places] == ["confirmed"]
    assert_sound(registration_db)


def test_the_day_before_a_seat_goes_straight_to_the_next(registration_db: Database) -> None:
    event_id, _ = make(registration_db, capacity=1)
    holder, waiter = (come(registration_db, event_id, n) for n in range(2))
    go(registration_db, holder, NOW + dt.timedelta(days=10))
    assert stands(registration_db, waiter).registration.status == "confirmed"


@contextmanager
def held_before_taking_from_the_queue(db: Database) -> Iterator[None]:
    barrier = threading.Barrier(2)

    def wait(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("DELETE FROM waiting_entries") and "number" in statement:
            with suppress(threading.BrokenBarrierError):
                barrier.wait(0.5)

    sa.event.listen(db.engine, "before_cursor_execute", wait)
    try:
        yield
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", wait)


@pytest.mark.parametrize("locked", [True, False])
def test_two_seats_freed_at_once_are_both_offered_and_only_thanks_to_the_lock(
    registration_db: Database, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    event_id, _ = make(registration_db, capacity=2)
    people = [come(registration_db, event_id, n) for n in range(4)]
    if not locked:
        monkeypatch.setattr(seats, "LOCK_EVENT", sa.select(Quota.id).where(Quota.event_id == sa.bindparam("event")))
    with held_before_taking_from_the_queue(registration_db):
        at_once([lambda who=who: go(registration_db, who) for who in people[:2]])
    with registration_db.reading() as session:
        idle = queries.idle_seats(session)
        held = session.scalar(sa.select(sa.func.count()).where(SeatClaim.state == "held"))
    assert (held, bool(idle)) == ((2, False) if locked else (1, True))


def test_everybody_at_once_never_oversells_nor_leaves_a_seat_idle(registration_db: Database) -> None:
    """Eight people at once come, go, take, leave or let go by, at random; the sums hold after every round."""
    event_id, rooms = make(registration_db, capacity=4, workshops=[[2, 3]])
    dice = random.Random(7)

    def act(seed: int, now: dt.datetime) -> None:
        own = random.Random(seed)
        with registration_db.reading() as session:
            alive = session.scalars(sa.select(Registration.id).where(Registration.status != "cancelled")).all()
        with suppress(RuleError):
            match own.randrange(6) if alive else 0:
                case 0 | 1:
                    come(registration_db, event_id, seed, workshops=[own.choice(rooms)])
                case 2:
                    go(registration_db, own.choice(alive), now)
                case 3:
                    answer(registration_db, offers.accept, own.choice(alive), own.choice([None, *rooms]), now)
                case 4:
                    answer(registration_db, offers.decline, own.choice(alive), own.choice([None, *rooms]), now)
                case _:
                    with registration_db.transaction() as session:
                        offers.expire(session, event_id, now, site=SITE)

    for turn in range(6):
        now = NOW + dt.timedelta(hours=7 * turn)
        seeds = [turn * 1000 + place * 100 + dice.randrange(100) for place in range(8)]
        at_once([lambda seed=seed, at=now: act(seed, at) for seed in seeds])
        assert_sound(registration_db)


def test_the_page_offers_and_the_staff_see_the_queue(
    registration_app: Any, registration_db: Database, sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    event_id, _ = make(registration_db, capacity=1)
    holder = come(registration_db, event_id, 1)
    with registration_db.transaction() as session:
        waiter = registering.register(session, event_id, answers(2), NOW, site=SITE)
    come(registration_db, event_id, 3)
    go(registration_db, holder)
    client = registration_app.test_client()
    page = client.get(f"/i/{waiter.token}").text
    assert "Une place vous est proposée" in page
    staff = registration_app.test_client()
    sign_in(staff, "staff")
    theirs = f"/equipe/inscriptions/{waiter.registration_id}"
    assert staff.get(theirs).text.count("place proposée jusqu’au") == 1
    until = stands(registration_db, waiter.registration_id).until
    assert until is not None
    with monkeypatch.context() as later:  # the worker has not passed yet
        later.setattr(clock, "now", lambda: until + dt.timedelta(seconds=1))
        late = client.post(f"/i/{waiter.token}/place", data={"take": "1"}, follow_redirects=True).text
        assert ("Cette proposition est terminée" in late, "<h1>Le délai est passé</h1>" in late) == (True, True)
        for gone in ("Une place vous est proposée", "Place proposée", "Prendre la place", "Modifier"):
            assert gone not in late, gone
        sign_in(staff, "staff")
        assert "délai passé" in staff.get(theirs).text
    assert client.post(f"/i/{waiter.token}/place", data={"take": "1"}).status_code == 303
    assert "Votre place est certaine" in client.get(f"/i/{waiter.token}").text
    sign_in(staff, "staff")
    queue = "/equipe/evenements/agora-2016/attente"
    assert "Noé Personne3" in staff.get(queue).text
    refused = staff.post(queue, data={"hours": "douze"})
    assert (refused.status_code, 'value="douze"' in refused.text, "has-error" in refused.text) == (422, True, True)
    assert staff.post(queue, data={"hours": "48"}).status_code == 303
    with registration_db.reading() as session:
        assert session.scalars(sa.select(Event.offer_hours)).one() == 48
    with registration_db.transaction() as session:
        quota = session.scalars(sa.select(Quota.id).where(Quota.kind == "event")).one()
        events.set_capacity(session, quota, 2, NOW, who="test", site=SITE)
    assert "jusqu’au" in staff.get(queue).text


def test_who_cancels_reads_where_their_place_goes(
    registration_app: Any, registration_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    event_id, _ = make(registration_db, capacity=2)
    with registration_db.transaction() as session:
        holder = registering.register(session, event_id, answers(1), NOW, site=SITE)
    client = registration_app.test_client()

    def told() -> str:
        page = client.get(f"/i/{holder.token}/annuler").text
        return str(re.findall(r"Votre place (?:va|est) [^<]*?(?=\.)", page)[0])

    come(registration_db, event_id, 2)
    assert told() == "Votre place est aussitôt rendue"
    with registration_db.transaction() as session:
        registering.register_party(session, event_id, [answers(3), answers(4)], NOW, site=SITE, together=True)
    assert told() == "Votre place est aussitôt rendue", "two do not sit on one chair"
    alone = come(registration_db, event_id, 5)
    assert told() == "Votre place est aussitôt proposée à la liste d’attente"
    with registration_db.transaction() as session:
        session.get_one(Event, event_id).offer_hours = None
    assert told() == "Votre place va aussitôt à la liste d’attente"
    go(registration_db, holder.registration_id)
    assert stands(registration_db, alone).registration.status == "confirmed"


def test_mails_say_which_other_workshops_have_seats_and_until_when_one_is_offered(
    registration_db: Database, registration_client: Any, sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    event_id, (full, _free, _other) = make(registration_db, capacity=9, workshops=[[1, 5], [5]])
    holder, waiter = (come(registration_db, event_id, n, workshops=[full]) for n in range(2))
    go(registration_db, holder)
    with registration_db.transaction() as session:
        changing.change(session, waiter, answers(1, workshops=[full], function="Trésorière"), NOW, site=SITE)
        until = standing(session, waiter).places[0].until
    assert until is not None
    with registration_db.reading() as session:
        rows = session.scalars(sa.select(outbox.c.envelope).order_by(outbox.c.id))
        told = {row["type"].split(".")[-2]: row["data"] for row in rows if row["subject"] == str(waiter)}
    (first,), (then,) = told["confirmed"]["workshops"], told["changed"]["workshops"]
    assert (first["rank"], first["beside"]) == (1, ["Atelier 0.1"])
    assert (then["rank"], dt.datetime.fromisoformat(then["offered_until"])) == (None, until)
    assert ("offered_until" in first, "beside" in then) == (False, False)
    sign_in(registration_client, "staff")
    page = registration_client.get(f"/equipe/inscriptions/{waiter}").text
    assert ("place proposée jusqu’au" in page, "souhait gardé" in page) == (True, False)
