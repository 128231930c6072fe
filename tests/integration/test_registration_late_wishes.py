"""Wishes that meet the allocation, in each order two transactions can take: considered by it, or served after it.

Nothing here depends on luck: the first transaction is held open until the second is seen waiting for its lock.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models import Event, RankedWish, Registration, WaitingEntry, WorkshopWish
from services.registration.queries import ranking
from services.registration.queries.standing import standing
from services.registration.use_cases import allocating, changing, registering
from shared import clock
from shared.db import Database
from shared.errors import RuleError
from tests.integration.registration_people import NOW, SITE, answers
from tests.integration.test_registration_seats import assert_sound
from tests.integration.test_registration_wishes import DUE, Play

WAITING = sa.text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


@pytest.fixture
def play(registration_db: Database, monkeypatch: pytest.MonkeyPatch) -> Play:
    monkeypatch.setattr(clock, "now", lambda: DUE)
    return Play(registration_db)


def one_waits(db: Database, first: Callable[[Session], Any], second: Callable[[Session], Any]) -> tuple[Any, Any]:
    """`first` holds its locks until `second` waits for them; then both commit, in that order."""

    def run() -> Any:
        with db.transaction() as session:
            return second(session)

    with ThreadPoolExecutor(1) as pool, db.engine.connect() as watch:
        watch = watch.execution_options(isolation_level="AUTOCOMMIT")
        with db.transaction() as session:
            done = first(session)
            session.flush()
            other = pool.submit(run)
            until = time.monotonic() + 10
            while not watch.scalar(WAITING):
                assert time.monotonic() < until, "nothing waited"
                assert not other.done(), "it did not wait"
                threading.Event().wait(0.01)
        return done, other.result(30)


def allocate(play: Play) -> Callable[[Session], Any]:
    return lambda session: allocating.apply(session, play.event, DUE, who="test")


def register(
    play: Play, number: int, wishes: str = "012", event: Event | None = None
) -> Callable[[Session], uuid.UUID]:
    data = answers(number, wishes=[play.rooms[int(one)] for one in wishes] + [play.later])

    def work(session: Session) -> uuid.UUID:
        return registering.register_party(session, play.event, [data], DUE, site=SITE, event=event)[0].registration_id

    return work


def rank_anew(play: Play, who: uuid.UUID, wishes: str) -> Callable[[Session], Any]:
    def work(session: Session) -> Any:
        kept = changing.answers(session, who)
        asked = [play.rooms[int(one)] for one in wishes] + [play.later]
        return changing.change(session, who, kept | {"workshops": [], "wishes": asked}, DUE, site=SITE)

    return work


def wished(play: Play, who: uuid.UUID) -> str:
    with play.db.reading() as session:
        return "".join(str(play.rooms.index(one)) for one in ranking.wishes(session, who) if one in play.rooms)


def queues(play: Play, who: uuid.UUID) -> dict[int, int]:
    """Workshop of slot A -> rank in its queue, as the person's page says it."""
    with play.db.reading() as session:
        found = ranking.explained(session, standing(session, who))
        assert found is not None
        titles = {f"Atelier 0.{number}": number for number in range(3)}
        return {titles[one.workshop.title]: one.place for one in found.outcomes[0].better if one.place}


def late(play: Play, who: uuid.UUID) -> list[bool]:
    """What the page says of each slot: whether these wishes came after the allocation."""
    with play.db.reading() as session:
        found = ranking.explained(session, standing(session, who))
        return [one.late for one in found.outcomes] if found else []


def test_who_registers_first_is_considered(play: Play) -> None:
    who, _ = one_waits(play.db, register(play, 1), allocate(play))
    assert (wished(play, who), play.has(who), late(play, who)) == ("012", 0, [False, False])


def test_who_waits_for_the_allocation_is_served_after_it(play: Play) -> None:
    first = play.come(0)
    _, who = one_waits(play.db, allocate(play), register(play, 1))
    assert (play.has(first), play.has(who), wished(play, who)) == (0, 1, "012")
    assert (queues(play, who), late(play, who), late(play, first)) == ({0: 1}, [True, True], [False, False])
    play.cancel(first)
    assert play.has(who) == 0
    assert_sound(play.db)


@pytest.mark.parametrize("read_before", [True, False])
def test_a_form_opened_before_and_sent_after_is_served(play: Play, read_before: bool) -> None:
    people = [play.come(number) for number in range(3)]
    with play.db.transaction() as session:
        event = registering.load_event(session, play.event) if read_before else None
    play.apply()
    with play.db.transaction() as session:
        who = register(play, 9, event=event)(session)
    assert (wished(play, who), play.has(who), queues(play, who)) == ("012", None, {0: 3, 1: 2, 2: 1})
    play.cancel(next(one for one in people if play.has(one) == 2))
    assert play.has(who) == 2


def test_new_wishes_that_come_first_are_considered(play: Play) -> None:
    who = play.come(1, "0")
    one_waits(play.db, rank_anew(play, who, "21"), allocate(play))
    assert (wished(play, who), play.has(who), late(play, who)) == ("21", 2, [False, False])


def test_new_wishes_that_wait_for_the_allocation_move_to_what_is_free(play: Play) -> None:
    who, other = play.come(1, "0"), play.come(2, "1")
    one_waits(play.db, allocate(play), rank_anew(play, who, "12"))
    assert (wished(play, who), play.has(who), play.has(other)) == ("12", 2, 1)
    assert (queues(play, who), late(play, who)) == ({1: 1}, [True, False])
    assert_sound(play.db)


def test_new_wishes_of_which_none_is_free_cost_no_seat(play: Play) -> None:
    who, other = play.come(1, "0"), play.come(2, "1")
    play.apply()
    with play.db.transaction() as session:
        rank_anew(play, who, "1")(session)
    assert (wished(play, who), play.has(who), queues(play, who)) == ("1", 0, {1: 1})
    play.cancel(other)
    assert (play.has(who), queues(play, who)) == (1, {})
    assert_sound(play.db)


def test_a_seat_left_for_a_late_wish_goes_to_who_waits_for_it(play: Play) -> None:
    who = play.come(1, "0")
    play.apply()
    with play.db.transaction() as session:
        other = register(play, 2, "0")(session)
    with play.db.transaction() as session:
        rank_anew(play, who, "1")(session)
    assert (play.has(who), play.has(other)) == (1, 0)
    assert_sound(play.db)


def test_a_cancellation_undone_after_the_allocation_is_served(play: Play) -> None:
    first, who = play.come(0), play.come(1, "01")
    play.cancel(who)
    play.apply()
    with play.db.transaction() as session:
        changing.undo(session, who, DUE, site=SITE)
    assert (play.has(first), play.has(who), queues(play, who)) == (0, 1, {0: 1})
    play.cancel(who)
    with play.db.transaction() as session:
        changing.undo(session, who, DUE, site=SITE)
    assert (play.has(who), queues(play, who)) == (1, {0: 1})
    assert_sound(play.db)


@pytest.mark.parametrize("considered", [True, False])
@pytest.mark.parametrize("left", [True, False])
def test_a_cancellation_undone_brings_back_no_workshop_that_was_given_up_before(
    play: Play, considered: bool, left: bool
) -> None:
    if considered:
        who = play.come(1, "01")
        play.apply()
    else:
        play.apply()
        with play.db.transaction() as session:
            who = register(play, 1, "01")(session)
    assert play.has(who) == 0
    with play.db.transaction() as session:
        by_hand = changing.answers(session, who) | {"workshops": [play.later] if left else []}
        changing.change(session, who, by_hand, DUE, site=SITE)
    later = DUE + dt.timedelta(seconds=1)
    with play.db.transaction() as session:
        changing.cancel(session, who, later, site=SITE)
        after = changing.undo(session, who, later, site=SITE)
    assert [(place.workshop.id, place.outcome) for place in after.places] == [(play.later, "confirmed")] * left
    assert_sound(play.db)


def test_a_place_in_the_event_brings_back_no_workshop_that_was_given_up_before(play: Play) -> None:
    """They came after the allocation, gave up every workshop, then their place, and waited for one again."""
    play.apply()
    with play.db.transaction() as session:
        who = register(play, 1, "01")(session)
    others = [play.come(number, "2", DUE) for number in (2, 3, 4, 5)]
    with play.db.transaction() as session:
        by_hand = changing.answers(session, who) | {"workshops": []}
        changing.change(session, who, by_hand, DUE, site=SITE)
        changing.cancel(session, who, DUE, site=SITE)
    play.come(6, "2", DUE)
    with play.db.transaction() as session:
        assert changing.undo(session, who, DUE, site=SITE, accept_waiting=True).registration.status == "wait_listed"
    play.cancel(others[0])
    with play.db.reading() as session:
        after = standing(session, who)
    assert (after.registration.status, after.places) == ("confirmed", [])
    assert_sound(play.db)


def test_who_waits_for_one_workshop_and_leaves_that_queue_waits_for_none_again(play: Play) -> None:
    first = play.come(0, "0")
    play.apply()
    with play.db.transaction() as session:
        who = register(play, 1, "0")(session)
    with play.db.transaction() as session:
        changing.leave_queue(session, who, play.rooms[0], DUE)
        changing.cancel(session, who, DUE, site=SITE)
        after = changing.undo(session, who, DUE, site=SITE)
    assert [place.workshop.id for place in after.places] == [play.later]
    play.cancel(first)
    assert (play.has(who), queues(play, who)) == (None, {})
    assert_sound(play.db)


def terms(play: Play, due: Any) -> Callable[[Session], Any]:
    return lambda session: allocating.set_terms(session, session.get_one(Event, play.event), due, NOW, who="test")


def test_who_ranks_while_ranks_are_given_up_keeps_the_form(play: Play) -> None:
    with pytest.raises(RuleError) as refused:
        one_waits(play.db, terms(play, None), register(play, 1))
    assert (refused.value.code, refused.value.field) == ("way-changed", "workshops")
    with play.db.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Registration)) == 0


def test_who_chose_while_ranks_come_in_keeps_the_form(play: Play) -> None:
    with play.db.transaction() as session:
        terms(play, None)(session)
    data = answers(1, workshops=[play.rooms[0]])

    def choose(session: Session) -> Any:
        return registering.register(session, play.event, data, NOW, site=SITE)

    with pytest.raises(RuleError) as refused:
        one_waits(play.db, terms(play, DUE), choose)
    assert refused.value.code == "way-changed"
    # Sent again, the workshop chosen is the first wish.
    with play.db.transaction() as session:
        who = choose(session).registration_id
    assert (wished(play, who), play.has(who)) == ("0", None)


def test_what_those_who_wait_chose_becomes_their_first_wish(play: Play) -> None:
    with play.db.transaction() as session:
        terms(play, None)(session)
        session.execute(sa.text("UPDATE quotas SET capacity = 1 WHERE kind = 'event'"))
        first = registering.register(session, play.event, answers(0), NOW, site=SITE).registration_id
        data = answers(1, workshops=[play.rooms[1]])
        who = registering.register(session, play.event, data, NOW, site=SITE).registration_id
    with play.db.transaction() as session:
        terms(play, DUE)(session)
    assert wished(play, who) == "1"
    play.cancel(first)
    with play.db.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(WorkshopWish)) == 0
        assert session.scalar(sa.select(sa.func.count()).select_from(WaitingEntry)) == 0
    play.apply()
    assert (play.has(who), late(play, who)) == (1, [False])


def opened_form(client: Any) -> dict[str, str]:
    """The fields of a form opened now, without wishes."""
    page = client.get("/e/agora-2016/inscription").text
    boxes = ("newsletter", "participant_list", "carpool", "photo", "call_back")
    fields = {name: str(value) for name, value in answers(2).items() if name not in ("workshops", "meal", *boxes)}
    return fields | {"meal": "true", "seal": page.split('name="seal" value="')[1].split('"')[0]}


def test_the_browser_sends_ranks_to_an_event_that_is_allocated(play: Play, registration_client: Any) -> None:
    play.come(0, "0")
    play.come(1, "1")
    fields = opened_form(registration_client)
    fields |= {f"slot-{play.slot}-1": str(play.rooms[0]), f"slot-{play.slot}-2": str(play.rooms[2])}
    play.apply()
    again = registration_client.post("/e/agora-2016/inscription", data=fields | {"last_name": ""})
    assert again.status_code == 422
    assert f'<option value="{play.rooms[2]}" selected>' in again.text
    assert "Les ateliers ont été répartis" in again.text
    ticket = registration_client.post("/e/agora-2016/inscription", data=fields).headers["Location"].split("?")[0]
    shown = registration_client.get(ticket).text
    assert "Ces souhaits sont arrivés après la répartition" in shown
    assert "1 personne l’a demandé, dont 1 en premier, pour 1 place." in shown
    assert "Atelier 0.2" in shown
    with play.db.reading() as session:
        ranks = session.execute(
            sa.select(RankedWish.rank, RankedWish.workshop_id)
            .join(Registration, Registration.id == RankedWish.registration_id)
            .where(Registration.last_name == "Personne2")
            .order_by(RankedWish.rank)
        ).all()
        assert [tuple(row) for row in ranks] == [(1, play.rooms[0]), (2, play.rooms[2])]


def test_the_browser_changes_wishes_that_were_allocated_meanwhile(play: Play, registration_client: Any) -> None:
    fields = opened_form(registration_client)
    fields |= {f"slot-{play.slot}-1": str(play.rooms[0])}
    ticket = registration_client.post("/e/agora-2016/inscription", data=fields).headers["Location"].split("?")[0]
    play.apply()
    with play.db.reading() as session:
        who = session.scalars(sa.select(Registration.id)).one()
    # Only the name of the structure is another one: the wishes stand as they were, and so does the seat.
    new = fields | {"structure": "Autre", "confirm": "1"}
    assert registration_client.post(f"{ticket}/modifier", data=new).status_code == 303
    assert (play.has(who), late(play, who)) == (0, [False])
    new[f"slot-{play.slot}-1"] = str(play.rooms[1])
    shown = registration_client.post(f"{ticket}/modifier", data=new | {"confirm": "1"}, follow_redirects=True).text
    assert (play.has(who), late(play, who)) == (1, [True])
    assert "Ces souhaits sont arrivés après la répartition" in shown
