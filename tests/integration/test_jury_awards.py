"""Money: an envelope is never overdrawn, whoever writes; the reserve list moves up when someone gives up."""

from __future__ import annotations

import html
import re
import threading
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.jury.models import Award, Pot, Project
from services.jury.use_cases import awards, deliberation
from shared import audit, clock
from shared.errors import RuleError
from shared.messaging.tables import outbox
from tests.jury_room import WHO, Room


@pytest.fixture
def room(jury_db: Any, jury_client: Any) -> Room:
    return ranked(jury_db, jury_client, reserve=3)


def ranked(jury_db: Any, jury_client: Any, *, reserve: int) -> Room:
    """Four projects, ranked in order of their number, the round closed."""
    room = Room(jury_db, reserve=reserve)
    tablet = room.tablet(jury_client)
    size = len(tablet.pack()["grid"]["criteria"])
    for project, level in zip(room.projects, (5, 4, 3, 2), strict=True):
        tablet.score(project, [level] * size)
    room.close()
    return room


def pot(room: Room, envelope: int, wishes: list[tuple[int, int | None]], years: int = 1) -> None:
    with room.db.transaction() as session:
        data = {"envelope": envelope, "years": years, "wishes": dict(zip(room.projects, wishes, strict=False))}
        awards.set_pot(session, room.round_id, data, who=WHO, now=clock.now())


def decide(room: Room, rule: Any = "stop", *, partial: bool = False) -> None:
    with room.db.transaction() as session:
        awards.decide(session, room.round_id, rule=rule, partial=partial, who=WHO, now=clock.now())


def change(room: Room, line: Award, cents: int) -> None:
    with room.db.transaction() as session:
        awards.change(session, room.round_id, line.id, cents, who=WHO, now=clock.now())


def withdraw(room: Room, line: Award) -> list[Award]:
    with room.db.transaction() as session:
        return awards.withdraw(session, room.round_id, line.id, who=WHO, now=clock.now())


def lines(room: Room) -> list[Award]:
    with room.db.reading() as session:
        found = {a.project_id: a for a in session.scalars(sa.select(Award))}
    return [found[p] for p in room.projects if p in found]


def amounts(room: Room) -> list[int]:
    return [line.amount for line in lines(room)]


def the_pot(room: Room) -> Pot:
    with room.db.reading() as session:
        return session.scalars(sa.select(Pot)).one()


WISHES: list[tuple[int, int | None]] = [(500_000, None), (400_000, 250_000), (100_000, None), (300_000, 100_000)]


@pytest.mark.parametrize(
    ("rule", "partial", "given_out"),
    [
        ("stop", False, [500_000, 0, 0, 0]),
        ("stop", True, [500_000, 300_000, 0, 0]),
        ("skip", False, [500_000, 0, 100_000, 0]),
        ("skip", True, [500_000, 300_000, 0, 0]),
    ],
)
def test_each_rule_gives_what_was_shown(
    room: Room, jury_client: Any, sign_in: Any, rule: str, partial: bool, given_out: list[int]
) -> None:
    pot(room, 800_000, WISHES)
    sign_in(jury_client, "secretary")
    before = jury_client.get(f"/equipe/tours/{room.round_id}/aides/").text
    assert "Arrêt, aide partielle" in before
    assert "Décider les aides" in before
    outcome = rule + ("-partial" if partial else "")
    jury_client.post(f"/equipe/tours/{room.round_id}/aides/decider", data={"outcome": outcome})
    assert amounts(room) == given_out
    assert the_pot(room).committed == sum(given_out)
    with pytest.raises(RuleError, match="déjà décidées"):
        decide(room)


def test_nothing_is_shared_out_before_the_round_is_closed(jury_db: Any) -> None:
    room = Room(jury_db)
    pot(room, 800_000, WISHES)
    with pytest.raises(RuleError, match="Clôturez d’abord"):
        decide(room)


def test_the_applications_behind_the_wishes_are_read_at_once(room: Room) -> None:
    sent: list[str] = []
    note = lambda _connection, _cursor, statement, *_rest: sent.append(statement)  # noqa: E731
    sa.event.listen(room.db.engine, "before_cursor_execute", note)
    pot(room, 1_500_000, WISHES)
    sa.event.remove(room.db.engine, "before_cursor_execute", note)
    assert len([one for one in sent if "FROM applications" in one]) == 1


def test_three_years_are_paid_in_three_parts_to_the_cent(room: Room) -> None:
    pot(room, 500_000, [(500_000, None)], years=3)
    decide(room)
    (line,) = lines(room)
    assert (line.year_1, line.year_2, line.year_3) == (166_667, 166_667, 166_666)


def test_a_withdrawal_offers_the_money_to_the_next_that_it_fits(room: Room) -> None:
    pot(room, 700_000, WISHES)
    decide(room, "skip")
    assert amounts(room) == [500_000, 0, 100_000, 0]
    assert len(withdraw(room, lines(room)[0])) == 1
    assert [(line.state, line.amount) for line in lines(room)] == [
        ("withdrawn", 0),
        ("offered", 400_000),
        ("awarded", 100_000),
        ("reserve", 0),
    ]
    # Declined: the next of the list is asked.
    withdraw(room, lines(room)[1])
    assert amounts(room) == [0, 0, 100_000, 300_000]
    with room.db.transaction() as session:
        awards.accept(session, room.round_id, lines(room)[3].id, who=WHO, now=clock.now())
    assert lines(room)[3].state == "awarded"
    with room.db.reading() as session:
        told = [entry.what for entry in audit.history(session, "pot", the_pot(room).id)]
    assert told.count("offered to the reserve") == 2


@pytest.mark.parametrize(
    ("rule", "partial", "wishes", "offers"),
    [
        ("stop", False, [300_000, 200_000, 400_000], [300_000, 200_000, 0]),
        ("stop", False, [300_000, 600_000, 100_000], [300_000, 0, 0]),  # nobody passes who does not fit
        ("skip", False, [300_000, 600_000, 100_000], [300_000, 0, 100_000]),
        ("stop", True, [300_000, 600_000, 100_000], [300_000, 400_000, 0]),  # what is left, and it is the last
    ],
)
def test_what_came_free_is_offered_to_as_many_as_it_serves(
    room: Room, rule: Any, partial: bool, wishes: list[int], offers: list[int]
) -> None:
    pot(room, 700_000, [(700_000, None), *((asked, 100_000) for asked in wishes)])
    decide(room, rule, partial=partial)
    assert amounts(room) == [700_000, 0, 0, 0]
    offered = withdraw(room, lines(room)[0])
    assert amounts(room) == [0, *offers]
    assert [one.amount for one in offered] == [cents for cents in offers if cents]
    assert [line.state == "offered" for line in lines(room)[1:]] == [cents > 0 for cents in offers]
    assert the_pot(room).committed == sum(offers)


def test_under_stop_nobody_passes_the_first_of_the_reserve(room: Room) -> None:
    pot(room, 500_000, [(500_000, None), (600_000, None), (100_000, None)])
    decide(room)
    assert withdraw(room, lines(room)[0]) == []
    assert amounts(room) == [0, 0, 0]


def test_an_award_stays_between_the_minimum_and_the_wish(room: Room) -> None:
    pot(room, 1_000_000, WISHES)
    decide(room)
    second = lines(room)[1]
    for cents in (249_999, 400_001):
        with pytest.raises(RuleError, match="minimum du porteur"):
            change(room, second, cents)
    change(room, second, 250_000)
    assert amounts(room)[1] == 250_000


def test_an_aid_taken_back_by_hand_finds_a_full_reserve_closed(jury_db: Any, jury_client: Any) -> None:
    room = ranked(jury_db, jury_client, reserve=1)
    pot(room, 900_000, WISHES)
    decide(room)
    assert [line.state for line in lines(room)] == ["awarded", "awarded", "reserve", "refused"]
    change(room, lines(room)[1], 0)
    assert [line.state for line in lines(room)] == ["awarded", "refused", "reserve", "refused"]
    change(room, lines(room)[2], 0)
    assert lines(room)[2].state == "reserve", "who is on it stays there"
    change(room, lines(room)[2], 100_000)
    change(room, lines(room)[0], 0)
    assert [line.state for line in lines(room)] == ["reserve", "refused", "awarded", "refused"]


def test_two_clerks_at_once_never_overdraw_the_envelope(room: Room) -> None:
    """Two connections each give what alone would fit; one gets through, the other is told why not."""
    pot(room, 1_000_000, [(1_000_000, 1), (700_000, 1), (700_000, 1), (700_000, 1)])
    decide(room)
    change(room, lines(room)[0], 0)
    start, told = threading.Barrier(2), []

    def clerk(line: Award) -> None:
        start.wait()
        try:
            change(room, line, 700_000)
            told.append("given")
        except RuleError as refusal:
            told.append(refusal.code)

    clerks = [threading.Thread(target=clerk, args=(line,)) for line in lines(room)[1:3]]
    for one in clerks:
        one.start()
    for one in clerks:
        one.join()
    assert sorted(told) == ["given", "over-envelope"]
    assert the_pot(room).committed == sum(amounts(room)) == 700_000


def test_the_database_itself_refuses_what_goes_over(room: Room) -> None:
    """Two transactions that never saw each other, without any of the use case's checks."""
    pot(room, 1_000_000, [(1_000_000, 1), (700_000, 1), (700_000, 1)])
    give = sa.text("UPDATE awards SET amount = 700000, year_1 = 700000, state = 'awarded' WHERE id = :id")
    _one, second, third = lines(room)
    with room.db.engine.connect() as a:
        a.execute(give, {"id": second.id})
        refused: list[str] = []

        def other() -> None:
            try:
                with room.db.engine.begin() as b:
                    b.execute(give, {"id": third.id})
            except sa.exc.IntegrityError as error:
                refused.append(str(error))

        thread = threading.Thread(target=other)
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()  # it waits for the pot
        a.commit()
        thread.join()
    assert "ck_pots_committed" in refused[0]
    assert the_pot(room).committed == 700_000


STEP = st.tuples(
    st.sampled_from(["change", "withdraw", "accept"]), st.integers(0, 3), st.integers(0, 6).map(lambda n: n * 100)
)


@pytest.mark.slow
@given(
    envelope=st.integers(0, 2000),
    wishes=st.lists(
        st.integers(1, 900).flatmap(lambda a: st.tuples(st.just(a), st.none() | st.integers(1, a))),
        min_size=4,
        max_size=4,
    ),
    rule=st.sampled_from(["stop", "skip"]),
    partial=st.booleans(),
    years=st.integers(1, 3),
    steps=st.lists(STEP, max_size=8),
)
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_whatever_is_done_the_sum_stays_inside(
    room: Room,
    envelope: int,
    wishes: list[tuple[int, int | None]],
    rule: Any,
    partial: bool,
    years: int,
    steps: list[tuple[str, int, int]],
) -> None:
    with room.db.transaction() as session:
        session.execute(sa.delete(Award))
        session.execute(sa.delete(Pot))
    pot(room, envelope, wishes, years)
    decide(room, rule, partial=partial)
    for what, index, cents in steps:
        line = lines(room)[index]
        try:
            if what == "change":
                change(room, line, cents)
            elif what == "withdraw":
                withdraw(room, line)
            else:
                with room.db.transaction() as session:
                    awards.accept(session, room.round_id, line.id, who=WHO, now=clock.now())
        except RuleError:
            pass
        found = lines(room)
        assert sum(a.amount for a in found) == the_pot(room).committed <= envelope
        assert all(a.amount == 0 or (a.minimum or a.asked) <= a.amount <= a.asked for a in found)
        assert all(a.year_1 + a.year_2 + a.year_3 == a.amount for a in found)


def test_the_envelope_page_keeps_what_was_typed_and_says_what_is_wrong(
    room: Room, jury_client: Any, sign_in: Any
) -> None:
    sign_in(jury_client, "secretary")
    base = f"/equipe/tours/{room.round_id}/aides"
    first = room.projects[0]
    wrong = jury_client.post(f"{base}/enveloppe", data={"envelope": "beaucoup", f"asked_{first}": "5 000,01"})
    assert wrong.status_code == 422
    assert "beaucoup" in wrong.text
    assert "5 000,01" in wrong.text
    good = {"envelope": "8 000 €", f"asked_{first}": "5 000,01", f"minimum_{first}": "2500", "years": "2"}
    assert jury_client.post(f"{base}/enveloppe", data=good).status_code == 303
    assert [(a.asked, a.minimum) for a in lines(room)] == [(500_001, 250_000)]
    sign_in(jury_client, "auditor")
    assert jury_client.get(f"{base}/").status_code == 200
    assert jury_client.post(f"{base}/decider", data={"outcome": "stop"}).status_code == 403


def test_a_sum_that_another_clerk_changed_is_not_written_over_unseen(
    room: Room, jury_client: Any, sign_in: Any
) -> None:
    pot(room, 900_000, WISHES)
    decide(room, "skip", partial=True)
    sign_in(jury_client, "secretary")
    base = f"/equipe/tours/{room.round_id}/aides"
    second = lines(room)[1]
    change(room, second, 250_000)
    stale = jury_client.post(f"{base}/{second.id}/montant", data={"amount": "4 000,00", "seen": second.amount})
    assert stale.status_code == 422
    assert "Quelqu’un d’autre" in stale.text
    assert 'value="4 000,00"' in stale.text, "what was typed stays"
    assert lines(room)[1].amount == 250_000
    again = jury_client.post(f"{base}/{second.id}/montant", data={"amount": "4 000,00", "seen": 250_000})
    assert again.status_code == 303
    assert lines(room)[1].amount == 400_000


def test_a_sum_changed_before_its_announcement_is_changed_at_once_and_tells_nobody(
    room: Room, jury_client: Any, sign_in: Any
) -> None:
    pot(room, 900_000, WISHES)
    decide(room, "skip", partial=True)
    sign_in(jury_client, "secretary")
    line = lines(room)[1]
    where = f"/equipe/tours/{room.round_id}/aides/{line.id}/montant"
    said = jury_client.post(where, data={"amount": "2 500,00", "seen": line.amount}, follow_redirects=True).text
    assert "L’aide est changée." in said
    with room.db.reading() as session:
        query = sa.select(outbox.c.id).where(outbox.c.type == "jury.award.changed.v1")
        assert session.execute(query).all() == []


def test_who_cannot_decide_is_told_whether_requests_or_ranks_are_missing(jury_db: Any) -> None:
    unscored = Room(jury_db)
    unscored.close()
    pot(unscored, 900_000, [])
    with pytest.raises(RuleError, match="saisissez d’abord les demandes"):
        decide(unscored)
    pot(unscored, 900_000, [(500_000, None)])
    with pytest.raises(RuleError, match="le classement dit pourquoi"):
        decide(unscored)


def test_a_sum_out_of_bounds_is_told_with_the_bounds(room: Room, jury_client: Any, sign_in: Any) -> None:
    pot(room, 950_000, [(500_000, 250_000), (400_000, None), (300_000, 100_000)])
    decide(room)
    sign_in(jury_client, "secretary")
    told = []
    for line, sum_ in zip(lines(room), ("1 000", "3 000", "1 500"), strict=True):
        answer = jury_client.post(
            f"/equipe/tours/{room.round_id}/aides/{line.id}/montant", data={"amount": sum_, "seen": line.amount}
        )
        assert answer.status_code == 422
        told.append(" ".join(answer.text.split()))
    assert "de 2 500 € à 5 000 €, ou est nulle" in told[0]
    assert "demande 4 000 € sans dire de minimum" in told[1]
    assert "L’enveloppe n’y suffit pas, il y reste 500 €" in told[2]
    assert 'value="1 500"' in told[2]
    assert amounts(room) == [500_000, 400_000, 0]


def test_a_withdrawal_is_asked_about_and_tells_whom_the_money_goes_to(
    room: Room, jury_client: Any, sign_in: Any
) -> None:
    pot(room, 500_000, [(500_000, None), (400_000, None)])
    decide(room)
    sign_in(jury_client, "secretary")
    where = f"/equipe/tours/{room.round_id}/aides/{lines(room)[0].id}/retrait"
    asked = jury_client.get(where).text
    assert "Mil de Casamance" in asked
    assert amounts(room) == [500_000, 0], "asking changes nothing"
    told = jury_client.post(where, follow_redirects=True).text.replace("\u202f", " ").replace("\u00a0", " ")
    assert "proposés à « Lumière à Niamey »" in told
    assert amounts(room) == [0, 400_000]
    assert "déjà retiré" in jury_client.get(where, follow_redirects=True).text


def test_two_clerks_who_write_what_is_asked_keep_what_each_wrote(room: Room, jury_client: Any, sign_in: Any) -> None:
    sign_in(jury_client, "secretary")
    where = f"/equipe/tours/{room.round_id}/aides/enveloppe"
    asked, other = (f"asked_{project}" for project in room.projects[:2])

    def seen(page: Any) -> dict[str, str]:
        return {"seen": re.search(r'name="seen" value="([^"]+)"', page.text)[1]}  # type: ignore[index]

    empty = seen(jury_client.get(where))
    mine = {"envelope": "8000", "years": "1", asked: "5000"}
    assert jury_client.post(where, data=mine | empty).status_code == 303
    late = jury_client.post(where, data=mine | empty | {"envelope": "9000"})
    assert (late.status_code, "« 8000 »" in re.sub("[\u202f\xa0]", " ", late.text)) == (409, True)
    read = seen(jury_client.get(where))
    assert jury_client.post(where, data=mine | read | {other: "2500,50"}).status_code == 303
    assert jury_client.post(where, data=mine | read | {asked: "4000"}).status_code == 303
    assert [line.asked for line in lines(room)] == [400_000, 250_050]
    assert the_pot(room).envelope == 800_000


def test_what_is_asked_stays_with_its_project_when_another_leaves_meanwhile(
    room: Room, jury_client: Any, sign_in: Any
) -> None:
    pot(room, 800_000, [(500_000, None), (400_000, None)])
    sign_in(jury_client, "secretary")
    where = f"/equipe/tours/{room.round_id}/aides/enveloppe"
    seen = re.search(r'name="seen" value="([^"]+)"', jury_client.get(where).text)[1]  # type: ignore[index]
    gone, stays = room.projects[:2]
    with room.db.transaction() as session:
        left = sa.update(Project).where(Project.id == gone)
        session.execute(left.values(withdrawn_at=clock.now(), withdrawn_why="Plus de porteur"))
    typed = {"envelope": "8000", "years": "1", f"asked_{stays}": "5000", "seen": seen}
    assert jury_client.post(where, data=typed).status_code == 303
    assert [line.asked for line in lines(room)] == [500_000]


def test_what_is_decided_is_what_was_looked_at(room: Room, jury_client: Any, sign_in: Any) -> None:
    sign_in(jury_client, "secretary")
    base = f"/equipe/tours/{room.round_id}/aides/"

    def looked_at() -> dict[str, str]:
        found = re.search(r'name="seen" value="([0-9a-f]{16})"', jury_client.get(base).text)
        assert found is not None
        return {"outcome": "stop", "seen": found[1]}

    wishes: list[tuple[int, int | None]] = [(500_000, None)] * 4
    pot(room, 1_000_000, wishes)
    before = looked_at()
    pot(room, 500_000, wishes)
    told = jury_client.post(f"{base}decider", data=before, follow_redirects=True).text
    assert "rien n’est décidé" in html.unescape(told).replace("\u202f", " ")
    before = looked_at()
    with room.db.transaction() as session:
        reason = "Le jury préfère le second."
        deliberation.move(session, room.round_id, room.projects[1], 1, reason, who=WHO, now=clock.now())
    jury_client.post(f"{base}decider", data=before)
    assert the_pot(room).decided_at is None
    jury_client.post(f"{base}decider", data=looked_at())
    assert amounts(room) == [0, 500_000, 0, 0]


def test_nobody_accepts_for_a_project_another_sum_than_the_one_that_was_read(
    room: Room, jury_client: Any, sign_in: Any
) -> None:
    sign_in(jury_client, "secretary")
    base = f"/equipe/tours/{room.round_id}/aides/"
    pot(room, 500_000, [(500_000, None), (400_000, 100_000)])
    decide(room)
    (offered,) = withdraw(room, lines(room)[0])
    read = re.search(rf'/{offered.id}/accord".*?name="seen" value="(\d+)"', jury_client.get(base).text, re.S)
    assert read is not None
    change(room, offered, 200_000)
    told = jury_client.post(f"{base}{offered.id}/accord", data={"seen": read[1]}, follow_redirects=True).text
    assert "vient de changer cette aide" in html.unescape(told)
    assert [line.state for line in lines(room) if line.amount] == ["offered"]
    jury_client.post(f"{base}{offered.id}/accord", data={"seen": "200000"})
    assert [line.state for line in lines(room) if line.amount] == ["awarded"]


def test_a_withdrawal_tells_what_really_comes_free_where_awards_weigh_by_the_year(
    room: Room, jury_client: Any, sign_in: Any
) -> None:
    sign_in(jury_client, "secretary")
    pot(room, 100_000, [(300_000, None), (300_000, None)], years=3)
    with room.db.transaction() as session:
        session.execute(sa.update(Pot).values(yearly=True))
    decide(room)
    line = lines(room)[0]
    asked = jury_client.get(f"/equipe/tours/{room.round_id}/aides/{line.id}/retrait").text
    assert "1 000 € redeviennent libres" in re.sub(r"\s+", " ", asked)
    assert [one.amount for one in withdraw(room, line)] == [300_000]
    assert the_pot(room).committed == 100_000
