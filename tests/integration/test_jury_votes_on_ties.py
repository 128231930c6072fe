"""A vote of the jury on projects that only lots tell apart: adopted, they stand in the order that was voted."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from services.jury import minutes_pdf, queries, replay
from services.jury.minutes import Signer
from services.jury.models import JuryVote, Project, Round
from services.jury.use_cases import awards, deliberation, rounds, signing, votes
from services.jury.use_cases import room as rooms
from services.jury.votes import Hands
from shared import clock
from shared.errors import RuleError
from tests.jury_room import WHO, Room, Tablet

QUESTION = "À égalité, dans cet ordre ?"
NAMES = [("Aline", "Vidal"), ("Bruno", "Castan"), ("Chloé", "Ferrié")]


@pytest.fixture
def tablet(jury_db: Any, jury_client: Any) -> Tablet:
    return scored(jury_db, jury_client, (5, 3, 3, 1))


def scored(jury_db: Any, jury_client: Any, levels: tuple[int, ...]) -> Tablet:
    """One juror gave the projects these levels, each on every criterion. All members are there."""
    room = Room(jury_db, jurors=NAMES)
    tablet = room.tablet(jury_client)
    size = len(tablet.pack()["grid"]["criteria"])
    for project, level in zip(room.projects, levels, strict=True):
        tablet.score(project, [level] * size)
    room.close()
    with room.db.transaction() as session:
        for juror in room.jurors:
            rooms.note_presence(session, room.round_id, juror, "present", who=WHO, now=clock.now())
    tablet.room = room  # type: ignore[attr-defined]
    return tablet


@pytest.fixture
def room(tablet: Tablet) -> Room:
    return tablet.room  # type: ignore[attr-defined, no-any-return]


def lots(room: Room) -> list[uuid.UUID]:
    """The equal projects in the order of their numbers, or of their lots once drawn."""
    with room.db.reading() as session:
        (group,) = queries.tied_groups(session, session.get_one(Round, room.round_id))
    return [uuid.UUID(one) for one in group]


def place(room: Room, order: list[uuid.UUID], hands: Hands = Hands(2, 1, 0), held: int = 0) -> JuryVote:  # noqa: B008
    with room.db.transaction() as session:
        return votes.record(
            session, room.round_id, QUESTION, hands, project_id=None, placed=order, held=held, who=WHO, now=clock.now()
        )


def ranked(room: Room) -> list[tuple[uuid.UUID, str]]:
    with room.db.reading() as session:
        found = queries.ranking(session, session.get_one(Round, room.round_id))
    return [(uuid.UUID(one.project), one.decided_by) for one in found]


def test_adopted_they_stand_in_the_voted_order_in_ranking_minutes_and_replay(room: Room) -> None:
    order = lots(room)[::-1]
    place(room, order)
    first, last = room.projects[0], room.projects[3]
    assert ranked(room) == [(first, "score"), (order[0], "vote"), (order[1], "vote"), (last, "score")]
    with room.db.reading() as session:
        this = session.get_one(Round, room.round_id)
        document, export = signing.drafted(session, this), signing.replay_of(session, this)
    numbers = [2 + room.projects[1:3].index(one) for one in order]
    assert [one["number"] for one in document["ranking"]] == [1, *numbers, 4]
    assert [(one["placed"], one["outcome"], one["yes"]) for one in document["votes"]] == [(numbers, "adopted", 2)]
    assert minutes_pdf.pdf(document, "0" * 64).startswith(b"%PDF")
    standings, same = replay.recompute(export)
    assert (same, [uuid.UUID(one.project) for one in standings][1:3]) == (True, order)
    assert not replay.recompute({key: value for key, value in export.items() if key != "votes"})[1]


def test_equal_projects_stand_by_number_and_share_the_line(room: Room, jury_client: Any, sign_in: Any) -> None:
    with room.db.transaction() as session:
        session.get_one(Project, room.projects[1]).number = 9
        this = session.get_one(Round, room.round_id)
        assert this.frozen
        this.frozen = this.frozen | {"rulebook": this.frozen["rulebook"] | {"places": 3}}
    assert lots(room) == [room.projects[2], room.projects[1]]
    sign_in(jury_client, "secretary")
    page = jury_client.get(f"/equipe/tours/{room.round_id}/deliberation/").text
    assert re.search(r"<h3>3\. [^<]* · 9\. ", page)
    rows = page.partition('id="doubt"')[2].partition("</table>")[0].split("<tr")[2:]
    assert [" class=" in row.partition(">")[0] for row in rows] == [False, False, True, False]


def test_rejected_or_set_aside_they_are_equal_again(room: Room) -> None:
    tied = lots(room)
    place(room, tied[::-1], Hands(1, 2, 0))
    assert ranked(room)[1:3] == [(one, "tied") for one in tied]
    vote = place(room, tied[::-1], held=1)
    assert [project for project, _by in ranked(room)][1:3] == tied[::-1]
    with room.db.transaction() as session:
        votes.set_aside(session, room.round_id, vote.id, "Mal compté au fond.", who=WHO, now=clock.now())
    assert ranked(room)[1:3] == [(one, "tied") for one in tied]


def test_who_is_recused_for_one_of_them_does_not_vote(room: Room) -> None:
    room.recuse(2, 1)
    with pytest.raises(RuleError, match="3 voix pour 2 membres"):
        place(room, lots(room), Hands(2, 1, 0))
    vote = place(room, lots(room), Hands(2, 0, 0))
    assert (vote.recused, vote.members, vote.present) == (1, 2, 2)


def test_one_that_gives_up_leaves_the_others_as_they_were_voted(jury_db: Any, jury_client: Any) -> None:
    room = Room(jury_db, jurors=NAMES)
    tablet = room.tablet(jury_client)
    size = len(tablet.pack()["grid"]["criteria"])
    for project in room.projects:
        tablet.score(project, [3] * size)
    room.close()
    with room.db.transaction() as session:
        for juror in room.jurors:
            rooms.note_presence(session, room.round_id, juror, "present", who=WHO, now=clock.now())
    order = lots(room)[::-1]
    place(room, order)
    with room.db.transaction() as session:
        session.execute(
            sa.text("UPDATE projects SET withdrawn_at = now(), withdrawn_why = 'Plus de partenaire.' WHERE id = :id"),
            {"id": order[1]},
        )
    assert ranked(room) == [(one, "vote") for one in order if one != order[1]]


def test_a_late_value_that_ends_the_tie_ends_the_vote(room: Room, tablet: Tablet) -> None:
    order = lots(room)[::-1]
    place(room, order)
    criterion = tablet.pack()["grid"]["criteria"][0]["id"]
    tablet.send(tablet.operation(order[1], criterion, 5, base=1))
    with room.db.transaction() as session:
        (late,) = queries.late_tray(session, room.round_id)
        rounds.settle_late(session, room.round_id, late.entry.id, accept=True, who=WHO, now=clock.now())
    assert ranked(room)[1:3] == [(order[1], "score"), (order[0], "score")]


def test_only_a_whole_tie_that_nothing_settled_is_voted_on(room: Room) -> None:
    drawn = lots(room)
    for order in ([drawn[0]], [drawn[0], drawn[0]], [*drawn, room.projects[0]], [room.projects[0], room.projects[3]]):
        with pytest.raises(RuleError, match="Placez chacun des projets à égalité"):
            place(room, order)
    draw(room)
    with pytest.raises(RuleError, match="Les lots sont tirés"):
        place(room, drawn)


def draw(room: Room) -> None:
    why = "Le jury n’a pas voulu choisir."
    with room.db.transaction() as session:
        deliberation.draw_lots(session, room.round_id, why, who=WHO, now=clock.now())


def test_a_vote_is_not_set_aside_for_lots_that_are_known(jury_db: Any, jury_client: Any) -> None:
    room = scored(jury_db, jury_client, (3, 3, 2, 2)).room  # type: ignore[attr-defined]
    with room.db.reading() as session:
        first, _second = queries.tied_groups(session, session.get_one(Round, room.round_id))
    vote = place(room, [uuid.UUID(one) for one in first])
    draw(room)
    assert [by for _project, by in ranked(room)] == ["vote", "vote", "draw", "draw"]
    with pytest.raises(RuleError, match="Les lots sont tirés"), room.db.transaction() as session:
        votes.set_aside(session, room.round_id, vote.id, "Mal compté au fond.", who=WHO, now=clock.now())


def test_nobody_knows_the_lots_before_they_are_drawn_and_nothing_is_decided_on_an_open_tie(
    room: Room, jury_client: Any, sign_in: Any
) -> None:
    with room.db.transaction() as session:
        wishes = dict.fromkeys(room.projects, (100_000, None))
        data = {"envelope": 200_000, "years": 1, "wishes": wishes}
        awards.set_pot(session, room.round_id, data, who=WHO, now=clock.now())
    with room.db.reading() as session:
        this = session.get_one(Round, room.round_id)
        standings, export = queries.ranking(session, this), signing.replay_of(session, this)
    assert (this.seed, export["seed"], [one.rank for one in standings]) == ("", "", [1, 2, 2, 4])
    assert replay.recompute(export)[1]
    sign_in(jury_client, "secretary")
    for path in ("classement", "aides/", "signer"):
        assert "#tirages" in jury_client.get(f"/equipe/tours/{room.round_id}/{path}").text, path
    now, why = clock.now(), "L’eau ne peut pas attendre."
    for decide in (
        lambda session: signing.sign(session, room.round_id, [Signer("Aline Vidal", "")], who=WHO, now=now),
        lambda session: awards.decide(session, room.round_id, rule="stop", partial=False, who=WHO, now=now),
        lambda session: deliberation.move(session, room.round_id, room.projects[3], 1, why, who=WHO, now=now),
    ):
        with pytest.raises(RuleError, match="encore à égalité"), room.db.transaction() as session:
            decide(session)
    draw(room)
    with room.db.transaction() as session:
        awards.decide(session, room.round_id, rule="stop", partial=False, who=WHO, now=now)
    assert [by for _project, by in ranked(room)][1:3] == ["draw", "draw"]


def test_the_page_proposes_the_tie_and_keeps_the_order_that_was_typed(
    room: Room, jury_client: Any, sign_in: Any
) -> None:
    sign_in(jury_client, "secretary")
    drawn = [str(one) for one in lots(room)]
    talk = jury_client.get(f"/equipe/tours/{room.round_id}/deliberation/").text
    link = re.search(r'href="([^"]*/votes/[^"]*projet=[^"]*)"', talk)
    assert link is not None
    page = jury_client.get(link[1].replace("&amp;", "&")).text
    assert chosen(page) == drawn
    where = f"/equipe/tours/{room.round_id}/votes/"
    typed = {"question": QUESTION, "placed": drawn[::-1], "yes": "9", "no": "0", "abstained": "0", "held": "0"}
    refused = jury_client.post(where, data=typed)
    assert (refused.status_code, chosen(refused.text)) == (409, drawn[::-1])
    twice = jury_client.post(where, data=typed | {"yes": "2", "placed": [drawn[0], drawn[0]]})
    assert "Placez chacun des projets à égalité" in twice.text
    assert jury_client.post(where, data=typed | {"yes": "2"}).status_code == 303
    for path in ("votes/", "classement", "deliberation/"):
        shown = jury_client.get(f"/equipe/tours/{room.round_id}/{path}").text
        assert ("vote du jury" in shown) or ("Il remplace le tirage au sort" in shown), path


def chosen(page: str) -> list[str]:
    return re.findall(r'<option value="([^"]+)" selected', page)
