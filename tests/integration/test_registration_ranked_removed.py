"""A workshop that does not take place after all, where people ranked it: before the allocation, and after it."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration.models import RankedWish, Registration, WaitingEntry, Workshop
from services.registration.queries import ranking
from services.registration.queries.standing import standing
from services.registration.use_cases import changing, programme_editing
from shared import clock
from shared.db import Database
from shared.errors import RuleError
from tests.integration.registration_people import NOW, SITE
from tests.integration.test_registration_seats import assert_sound
from tests.integration.test_registration_wishes import DUE, Play, told


@pytest.fixture
def play(registration_db: Database, monkeypatch: pytest.MonkeyPatch) -> Play:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return Play(registration_db)


def remove(play: Play, number: int, move_to: int | None = None) -> int:
    to = None if move_to is None else play.rooms[move_to]
    with play.db.transaction() as session:
        gone = {"who": "camille@agora.example", "site": SITE, "move_to": to}
        return programme_editing.remove(session, play.event, "atelier", play.rooms[number], NOW, **gone)


def wishes(play: Play, who: uuid.UUID) -> list[tuple[int, uuid.UUID]]:
    query = sa.select(RankedWish.rank, RankedWish.workshop_id).order_by(RankedWish.rank)
    with play.db.reading() as session:
        found = session.execute(query.where(RankedWish.registration_id == who, RankedWish.slot_id == play.slot))
        return [(rank, workshop) for rank, workshop in found]


def test_before_the_date_the_other_wishes_move_up_and_each_is_told(play: Play) -> None:
    all_three, alone, other = play.come(1, "012"), play.come(2, "0"), play.come(3, "21")

    assert remove(play, 0) == 2
    assert wishes(play, all_three) == [(1, play.rooms[1]), (2, play.rooms[2])]
    assert wishes(play, alone) == []
    assert wishes(play, other) == [(1, play.rooms[2]), (2, play.rooms[1])]
    mail = told(play.db, all_three)[-1]
    assert mail["type"] == "registration.registration.changed.v1"
    assert (mail["withdrawn"], mail["wishes"]) == ("Atelier 0.0", ["Atelier 0.1", "Atelier 0.2"])
    assert told(play.db, alone)[-1].get("wishes") is None, "nothing is left of theirs: they are asked to choose"
    assert told(play.db, other)[-1]["type"] == "registration.registration.confirmed.v1", "it is no business of theirs"
    play.apply()
    assert (play.has(all_three), play.has(alone), play.has(other)) == (1, None, 2)
    assert_sound(play.db)


def test_who_waits_for_the_event_is_told_too(play: Play) -> None:
    people = [play.come(number, "01") for number in range(6)]
    with play.db.reading() as session:
        waiting = session.get_one(Registration, people[-1])
        assert waiting.status == "wait_listed"

    assert remove(play, 0) == 6
    mail = told(play.db, people[-1])[-1]
    assert mail["type"] == "registration.registration.wait_listed.v1"
    assert (mail["withdrawn"], mail["wishes"]) == ("Atelier 0.0", ["Atelier 0.1"])


def test_after_it_the_dearest_wish_that_is_free_is_theirs_else_the_workshop_named(play: Play) -> None:
    first, second = play.come(1, "01"), play.come(2, "12")
    play.apply()
    assert (play.has(first), play.has(second)) == (0, 1)
    with pytest.raises(RuleError, match="vers quel atelier"):
        remove(play, 0)

    assert remove(play, 0, move_to=2) == 1
    assert play.has(first) == 2, "their other wish is full"
    mail = told(play.db, first)[-1]
    lost = [entry["summary"] for entry in mail["calendar"] if entry["cancelled"]]
    assert (mail["withdrawn"], lost) == ("Atelier 0.0", ["Atelier 0.0"])
    assert "wishes" not in mail
    with play.db.reading() as session:
        place = next(one for one in standing(session, first).places if one.slot.id == play.slot)
        assert (place.workshop.id, place.outcome) == (play.rooms[2], "confirmed")
        assert ranking.wishes(session, first) == [play.rooms[1], play.rooms[2], play.later]
        assert ranking.explained(session, standing(session, first)) is not None
    play.cancel(second)
    assert play.has(first) == 1, "their dearer wish came free"
    assert_sound(play.db)


def test_who_only_waited_for_it_keeps_what_they_have_and_is_not_troubled(play: Play) -> None:
    people = [play.come(1, "01"), play.come(2, "01")]
    play.apply()
    has, waits = sorted(people, key=lambda one: play.has(one) or 0)
    assert (play.has(has), play.has(waits)) == (0, 1)
    before = told(play.db, waits)

    assert remove(play, 0, move_to=2) == 1
    assert (play.has(has), play.has(waits)) == (2, 1)
    assert told(play.db, waits) == before
    with play.db.reading() as session:
        # `has` waits for their dearer wish; the queue of the workshop that is gone went with it.
        assert session.scalars(sa.select(WaitingEntry.registration_id)).all() == [has]
    assert_sound(play.db)


def test_who_chose_it_by_hand_goes_where_the_staff_say(play: Play) -> None:
    who = play.come(1, "0")
    play.apply()
    with play.db.transaction() as session:
        data = changing.answers(session, who) | {"workshops": [play.rooms[1], play.later]}
        changing.change(session, who, data, DUE, site=SITE)
    assert play.has(who) == 1

    assert remove(play, 1, move_to=2) == 1
    assert play.has(who) == 2
    assert_sound(play.db)


def test_the_page_says_how_many_ranked_it_and_a_slot_goes_workshop_by_workshop(
    play: Play, registration_client: Any, sign_in: Any
) -> None:
    sign_in(registration_client, "staff")
    play.come(1, "01")
    base = "/equipe/evenements/agora-2016/programme"
    assert "1 personne l’a parmi ses souhaits." in registration_client.get(
        f"{base}/atelier/{play.rooms[0]}/retirer"
    ).text.replace("\xa0", " ")
    assert registration_client.post(f"{base}/creneau/{play.slot}/retirer").status_code == 409
    assert registration_client.post(f"{base}/atelier/{play.rooms[0]}/retirer").status_code == 303
    with play.db.reading() as session:
        assert session.get(Workshop, play.rooms[0]) is None
