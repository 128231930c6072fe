"""Where a call shares money out nothing is told before it is decided. Room: two places, ranked by number."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from services.jury.minutes import Signer
from services.jury.models import Award, Call, Minutes, Project
from services.jury.queries.portfolio import portfolio
from services.jury.use_cases import awards, deliberation, erasing, signing
from shared import clock
from shared.errors import RuleError
from shared.messaging.tables import outbox
from tests.jury_room import PROJECTS, WHO, Room

WISHES: list[tuple[int, int | None]] = [(500_000, None), (400_000, 250_000), (100_000, None), (300_000, None)]
ENVELOPE = {"id": "a", "title": "Soutien", "funder": "Région", "cents": 800_000, "per_person_cents": None}
OTHER = ENVELOPE | {"id": "b", "title": "Jeunes"}
MIL, LIGHT, SCHOOLS, WATER = PROJECTS


def scored(room: Room, client: Any) -> Room:
    """Ranked in the order of their numbers, closed."""
    tablet = room.tablet(client)
    size = len(tablet.pack()["grid"]["criteria"])
    for project, level in zip(room.projects, (5, 4, 3, 2), strict=True):
        tablet.score(project, [level] * size)
    room.close()
    return room


@pytest.fixture
def room(jury_db: Any, jury_client: Any) -> Room:
    return scored(Room(jury_db), jury_client)


def ask(room: Room, projects: int = 4) -> None:
    """What the first projects ask of an envelope of 8,000 euros."""
    wishes = dict(list(zip(room.projects, WISHES, strict=True))[:projects])
    with room.db.transaction() as session:
        data = {"envelope": 800_000, "years": 1, "wishes": wishes}
        awards.set_pot(session, room.round_id, data, who=WHO, now=clock.now())


def decide(room: Room, envelope: str | None = None) -> None:
    with room.db.transaction() as session:
        awards.decide(
            session, room.round_id, rule="stop", partial=False, envelope_id=envelope, who=WHO, now=clock.now()
        )


def sign(room: Room) -> list[str]:
    """What the signed minutes say of each project."""
    with room.db.transaction() as session:
        signing.sign(session, room.round_id, [Signer("Aline Vidal", "présidence")], who=WHO, now=clock.now())
    with room.db.reading() as session:
        return [one["outcome"] for one in session.scalars(sa.select(Minutes)).one().content["ranking"]]


def publish(room: Room) -> int:
    with room.db.transaction() as session:
        return signing.publish(session, room.round_id, who=WHO, now=clock.now())


def told(room: Room, what: str = "outcome") -> dict[str, str]:
    with room.db.reading() as session:
        query = sa.select(outbox.c.envelope).where(outbox.c.type == "jury.result.published.v1")
        facts = [row[0]["data"] for row in session.execute(query)]
    return {one["project_title"]: one[what] for one in facts if what != "passed_over" or what in one}


def test_without_money_the_places_decide(room: Room) -> None:
    assert sign(room) == ["selected", "selected", "reserve", "not_selected"]
    publish(room)
    assert told(room) == {MIL: "selected", LIGHT: "selected", SCHOOLS: "reserve", WATER: "not_selected"}


def test_each_bearer_is_told_once_however_often_it_is_pressed(room: Room) -> None:
    sign(room)
    assert publish(room) == 4
    with pytest.raises(RuleError, match="déjà publiés"):
        publish(room)
    with room.db.reading() as session:
        told = sa.select(sa.func.count()).where(outbox.c.type == "jury.result.published.v1")
        assert session.scalar(told) == 4


def test_nothing_is_told_before_the_money_is_decided(room: Room, jury_client: Any, sign_in: Any) -> None:
    ask(room)
    sign_in(jury_client, "secretary")
    ranking = jury_client.get(f"/equipe/tours/{room.round_id}/classement").text
    assert "Aide à décider" in ranking
    assert ranking.index("Décider les aides…") < ranking.index("Signer le procès-verbal…")
    assert "Les aides ne sont pas décidées" in jury_client.get(f"/equipe/tours/{room.round_id}/signer").text
    assert sign(room) == ["open"] * 4
    where = f"/equipe/tours/{room.round_id}/publier"
    assert "Décidez d’abord les aides" in jury_client.get(where).text
    assert "décidez-les à la page" in jury_client.post(where, follow_redirects=True).text
    assert told(room) == {}
    decide(room)
    assert "Publier les résultats" in jury_client.get(where).text
    assert jury_client.post(where).status_code == 303
    assert len(told(room)) == 4


SPACES = str.maketrans("\u202f\u00a0", "  ")


def test_no_rank_moves_under_money_that_is_decided(room: Room) -> None:
    ask(room)
    decide(room)
    with pytest.raises(RuleError, match="les rangs ne changent plus"), room.db.transaction() as session:
        deliberation.move(
            session, room.round_id, room.projects[3], 1, "Plus mûr que les autres.", who=WHO, now=clock.now()
        )


def call_with(db: Any, client: Any, *envelopes: Any) -> Room:
    room = Room(db, opened=False)
    with db.transaction() as session:
        call = session.get_one(Call, room.call_id)
        call.rulebook = call.rulebook | {"envelopes": envelopes, "line": "skip"}
    room.open()
    return scored(room, client)


def test_a_call_with_an_envelope_that_nobody_looked_at_waits_too(jury_db: Any, jury_client: Any, sign_in: Any) -> None:
    room = call_with(jury_db, jury_client, ENVELOPE)
    sign(room)
    with pytest.raises(RuleError, match=r"ne sont pas décidées \(Soutien\)"):
        publish(room)
    ask(room)
    sign_in(jury_client, "secretary")
    assert "Le règlement dit : « Saut »." in jury_client.get(f"/equipe/tours/{room.round_id}/aides/").text.translate(
        SPACES
    )
    decide(room)
    assert publish(room) == 4


def test_a_ranked_project_that_asks_for_nothing_is_not_selected_by_its_place(room: Room) -> None:
    ask(room, projects=1)
    decide(room)
    assert sign(room) == ["selected", "not_selected", "not_selected", "not_selected"]


def test_the_reserve_list_is_as_long_as_the_rulebook_says(room: Room, jury_client: Any, sign_in: Any) -> None:
    """One award, a reserve of one: the others are not left to hope, and the secretary may still give them a sum."""
    ask(room)
    decide(room)
    sign_in(jury_client, "secretary")
    page = f"/equipe/tours/{room.round_id}/aides/"
    assert jury_client.get(page).text.count("Non retenu") == 2
    assert sign(room) == ["selected", "reserve", "not_selected", "not_selected"]
    with room.db.transaction() as session:
        last = session.scalars(sa.select(Award).where(Award.rank == 4)).one()
        awards.change(session, room.round_id, last.id, 300_000, who=WHO, now=clock.now())
    publish(room)
    assert told(room) == {MIL: "selected", LIGHT: "reserve", SCHOOLS: "not_selected", WATER: "selected"}


def offered(room: Room) -> list[tuple[str, int, int]]:
    """Project, cents offered, cents asked; of each mail that was announced."""
    with room.db.reading() as session:
        query = sa.select(outbox.c.envelope).where(outbox.c.type == "jury.award.offered.v1")
        facts = [row[0]["data"] for row in session.execute(query)]
    return [(one["project_title"], one["amount"]["cents"], one["asked"]["cents"]) for one in facts]


def test_who_moves_up_from_the_reserve_is_written_to_once_the_results_are_known(
    room: Room, jury_client: Any, sign_in: Any
) -> None:
    ask(room)
    decide(room)
    sign(room)
    publish(room)
    with room.db.reading() as session:
        first = session.scalars(sa.select(Award.id).where(Award.rank == 1)).one()
    sign_in(jury_client, "secretary")
    where = f"/equipe/tours/{room.round_id}/aides/{first}/retrait"
    assert "reçoit un courriel qui la lui propose" in jury_client.get(where).text
    assert "un courriel part à son porteur" in jury_client.post(where, follow_redirects=True).text
    jury_client.post(where)
    assert offered(room) == [(LIGHT, 400_000, 400_000)]


def test_who_was_erased_stands_in_nobodys_way(room: Room) -> None:
    ask(room)
    decide(room)
    sign(room)

    def forget(project: int) -> None:
        with room.db.transaction() as session:
            erasing.forget_bearer(session, session.get_one(Project, room.projects[project]))

    forget(3)
    assert publish(room) == 3
    forget(1)
    with room.db.transaction() as session:
        first, last = (session.scalars(sa.select(Award).where(Award.rank == rank)).one() for rank in (1, 4))
        (next_one,) = awards.withdraw(session, room.round_id, first.id, who=WHO, now=clock.now())
        assert next_one.project_id == room.projects[1]
        awards.change(session, room.round_id, last.id, 300_000, who=WHO, now=clock.now())
    assert offered(room) == []


def test_what_came_free_before_the_results_is_told_as_an_offer_beside_them(room: Room) -> None:
    ask(room)
    decide(room)
    give_back(room, award(room, "awarded"))
    line = award(room, "offered")
    assert sign(room)[1] == "reserve", "given to nobody before its bearer takes it"
    assert offered(room) == []
    publish(room)
    assert (told(room)[LIGHT], told(room, "award")[LIGHT]) == ("reserve", None)
    assert offered(room) == [(LIGHT, line.amount, line.asked)]
    with room.db.reading() as session:
        assert [one.status for one in portfolio(session)].count("supported") == 0


def test_nobody_is_offered_money_who_was_told_no(room: Room) -> None:
    ask(room)
    decide(room)
    for rank in (1, 2):
        with room.db.transaction() as session:
            line = session.scalars(sa.select(Award).where(Award.rank == rank)).one()
            awards.withdraw(session, room.round_id, line.id, who=WHO, now=clock.now())
    with room.db.reading() as session:
        states = list(session.scalars(sa.select(Award.state).order_by(Award.rank)))
    assert states == ["withdrawn", "withdrawn", "refused", "refused"]


def test_the_line_is_that_of_the_envelope_that_a_project_asks_of(jury_db: Any, jury_client: Any) -> None:
    """The last of the ranking gets money of the other envelope; who misses the first one is not above its line."""
    room = call_with(jury_db, jury_client, ENVELOPE, OTHER)
    for envelope, projects in (("a", (0, 1)), ("b", (2, 3))):
        with room.db.transaction() as session:
            wishes = {room.projects[one]: WISHES[one] for one in projects}
            data = {"envelope": 500_000, "years": 1, "wishes": wishes, "envelope_id": envelope}
            awards.set_pot(session, room.round_id, data, who=WHO, now=clock.now())
        decide(room, envelope)
    sign(room)
    publish(room)
    assert told(room) == {MIL: "selected", LIGHT: "reserve", SCHOOLS: "selected", WATER: "selected"}
    assert told(room, "distance")[LIGHT] == "-4.00"


def test_a_better_project_that_gets_nothing_is_told_why(room: Room) -> None:
    ask(room)
    with room.db.transaction() as session:
        awards.decide(session, room.round_id, rule="skip", partial=False, who=WHO, now=clock.now())
    sign(room)
    publish(room)
    assert told(room, "passed_over") == {LIGHT: "envelope"}
    assert float(told(room, "distance")[LIGHT]) > 0


def test_a_better_project_whose_award_was_taken_away_by_hand_is_not_told_that_it_did_not_fit(room: Room) -> None:
    ask(room)
    with room.db.transaction() as session:
        awards.decide(session, room.round_id, rule="skip", partial=False, who=WHO, now=clock.now())
    best = award(room, "awarded")
    with room.db.transaction() as session:
        awards.change(session, room.round_id, best.id, 0, who=WHO, now=clock.now())
    sign(room)
    publish(room)
    assert told(room, "passed_over")[MIL] == "jury"


def changes(room: Room) -> list[tuple[str, int, int, bool]]:
    """What bearers were told after the results: project, the sum before, the sum now, whether it was given back."""
    facts = told_of_changes(room)
    return [(one["project_title"], one["was"]["cents"], one["amount"]["cents"], one["given_back"]) for one in facts]


def told_of_changes(room: Room) -> list[dict[str, Any]]:
    with room.db.reading() as session:
        query = sa.select(outbox.c.envelope).where(outbox.c.type == "jury.award.changed.v1").order_by(outbox.c.id)
        return [row[0]["data"] for row in session.execute(query)]


def award(room: Room, state: str) -> Award:
    with room.db.reading() as session:
        return session.scalars(sa.select(Award).where(Award.state == state).order_by(Award.rank).limit(1)).one()


def give_back(room: Room, one: Award) -> None:
    with room.db.transaction() as session:
        awards.withdraw(session, room.round_id, one.id, who=WHO, now=clock.now())


def test_who_gives_an_award_back_is_told_that_it_is_noted_once_results_are_published(room: Room) -> None:
    ask(room)
    decide(room)
    first = award(room, "awarded")
    sign(room)
    publish(room)
    give_back(room, first)
    assert changes(room) == [(MIL, first.amount, 0, True)]


def test_the_same_sum_changes_nothing_and_accepts_nothing_for_the_bearer(
    room: Room, jury_client: Any, sign_in: Any
) -> None:
    ask(room)
    decide(room)
    give_back(room, award(room, "awarded"))
    offered = award(room, "offered")
    sign_in(jury_client, "secretary")
    typed = {"amount": f"{offered.amount / 100:.2f}", "seen": offered.amount}
    where = f"/equipe/tours/{room.round_id}/aides/{offered.id}/montant"
    assert "rien n’a changé" in jury_client.post(where, data=typed, follow_redirects=True).text
    with room.db.transaction() as session:
        least = offered.minimum or offered.asked
        awards.change(session, room.round_id, offered.id, offered.amount, who=WHO, now=clock.now())
        awards.change(session, room.round_id, offered.id, least, who=WHO, now=clock.now())
    assert award(room, "offered").id == offered.id


def test_the_bearer_of_an_offer_that_changes_is_told_that_it_is_still_an_offer(room: Room) -> None:
    ask(room)
    decide(room)
    sign(room)
    publish(room)
    give_back(room, award(room, "awarded"))
    offered = award(room, "offered")
    with room.db.transaction() as session:
        least = offered.minimum or offered.asked
        awards.change(session, room.round_id, offered.id, least, who=WHO, now=clock.now())
    assert [one["offered"] for one in told_of_changes(room)] == [False, True]
