"""The day of the jury: running order, clock, who is there, lots, and a projected view with nothing private."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
import uuid
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.jury import queries, running
from services.jury.handlers import handlers
from services.jury.minutes import Signer
from services.jury.models import Draw, Juror, Minutes, Project, Round
from services.jury.use_cases import room, signing
from shared import clock
from shared.db import new_id
from shared.errors import NotFound, RuleError
from shared.messaging import envelope
from tests.jury_room import WHO, Room

SAMPLES = Path(__file__).parent.parent / "contracts" / "samples"
MORNING = dt.datetime(2016, 10, 14, 9, 0, tzinfo=clock.PARIS)
PLAN = {"starts_at": MORNING, "pitch": 5, "questions": 5, "pause": 2, "order": "numbers"}
MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)


@pytest.fixture
def the_room(jury_db: Any) -> Room:
    return Room(jury_db)


def view(room_: Room, now: dt.datetime | None = None) -> Any:
    with room_.db.reading() as session:
        return queries.room_view(session, session.get_one(Round, room_.round_id), now)


def act(room_: Room, work: Any, *given: Any, now: dt.datetime = MORNING) -> Any:
    with room_.db.transaction() as session:
        return work(session, room_.round_id, *given, who=WHO, now=now)


def gathering(room_: Room, *, sequence: int = 1, **more: Any) -> uuid.UUID:
    """An event is published; its id."""
    data = {"event_id": str(new_id()), "starts_at": MORNING.isoformat(), "ends_at": (MORNING + 8 * HOUR).isoformat()}
    data |= {"title": "6e Agora"} | more
    handled(room_, "registration.event.published.v1", data["event_id"], sequence, data)
    return uuid.UUID(data["event_id"])


def handled(room_: Room, kind: str, thing: Any, sequence: int, data: dict[str, Any]) -> None:
    """A fact reaches the jury, through the handler that the worker calls. `data` is laid over the golden sample's."""
    fact = json.loads((SAMPLES / f"{kind}.json").read_text())
    fact |= {"id": str(new_id()), "subject": str(thing), "sequence": str(sequence)}
    fact["data"] |= data
    event = envelope.parse(json.dumps(fact).encode())
    handle = handlers.find(event.type)
    assert handle is not None
    with room_.db.transaction() as session:
        handle(session, event)


def arrive(
    room_: Room,
    email: str,
    at_event: uuid.UUID,
    *,
    undone: bool = False,
    registration: Any = None,
    sequence: int = 1,
    at: str = "2016-10-14T08:41:00+02:00",
) -> Any:
    """The desk of that event admits somebody, or takes it back."""
    registration = registration or new_id()
    data = {"registration_id": str(registration), "event_id": str(at_event), "at": at}
    data["email_hash"] = running.address_hash(email)
    kind = "undone" if undone else "checked_in"
    handled(room_, f"registration.attendee.{kind}.v1", registration, sequence, data)
    return registration


def test_what_is_late_moves_what_is_to_come(the_room: Room) -> None:
    act(the_room, room.plan, PLAN)
    starts = [turn.starts for turn in view(the_room).turns]
    assert starts == [MORNING + 12 * MINUTE * n for n in range(4)]
    act(the_room, room.clock, "next", None, now=MORNING + 7 * MINUTE)
    seen = view(the_room)
    assert seen.current.number == 1
    assert seen.stage.ends_at == MORNING + 12 * MINUTE
    assert [turn.state for turn in seen.turns] == ["on", "to_come", "to_come", "to_come"]
    assert seen.turns[1].starts == MORNING + 19 * MINUTE
    act(the_room, room.clock, "pause", None, now=MORNING + 8 * MINUTE)
    assert view(the_room).stage.seconds_left == 240
    act(the_room, room.clock, "resume", None, now=MORNING + 10 * MINUTE)
    assert view(the_room).stage.ends_at == MORNING + 14 * MINUTE
    act(the_room, room.clock, "questions", None, now=MORNING + 14 * MINUTE)
    act(the_room, room.clock, "next", None, now=MORNING + 20 * MINUTE)
    seen = view(the_room)
    assert (seen.current.number, seen.turns[0].state, seen.turns[0].ends) == (2, "done", MORNING + 20 * MINUTE)
    act(the_room, room.clock, "stop", None, now=MORNING + 25 * MINUTE)
    assert view(the_room).current is None
    with pytest.raises(RuleError, match="en cours"):
        act(the_room, room.clock, "questions", None)


def test_what_runs_over_or_waits_moves_what_is_to_come_with_every_minute(the_room: Room) -> None:
    act(the_room, room.plan, PLAN)

    def foreseen(minutes: int) -> list[float]:
        """When each begins, in minutes after the day does."""
        return [(turn.starts - MORNING) / MINUTE for turn in view(the_room, MORNING + minutes * MINUTE).turns]

    assert foreseen(-60) == [0, 12, 24, 36]
    assert foreseen(9) == [9, 21, 33, 45]  # nobody is called yet
    act(the_room, room.clock, "next", None, now=MORNING + 10 * MINUTE)
    assert foreseen(12) == [10, 22, 34, 46]
    assert foreseen(25) == [10, 27, 39, 51]  # over by five minutes
    act(the_room, room.clock, "questions", None, now=MORNING + 25 * MINUTE)
    assert foreseen(26) == [10, 32, 44, 56]
    act(the_room, room.clock, "pause", None, now=MORNING + 26 * MINUTE)
    assert foreseen(30) == [10, 36, 48, 60]
    act(the_room, room.clock, "stop", None, now=MORNING + 31 * MINUTE)
    assert foreseen(32) == [10, 33, 45, 57]
    assert foreseen(36) == [10, 36, 48, 60]  # the next one is late
    assert foreseen(24 * 60) == [10, 33, 45, 57]  # the day is over


def test_the_board_is_new_with_every_minute_of_the_day_and_with_no_other(the_room: Room) -> None:
    act(the_room, room.plan, PLAN)

    def version(at: dt.datetime) -> int | None:
        with the_room.db.reading() as session:
            return queries.board_version(session, the_room.round_id, at)

    later = MORNING + 5 * MINUTE
    assert version(later) == version(later + MINUTE / 2)
    assert version(later) != version(later + MINUTE)
    before = MORNING - HOUR
    assert version(before) == version(before + MINUTE)
    tomorrow = MORNING + 24 * HOUR
    assert version(tomorrow) == version(tomorrow + MINUTE)


def test_the_order_of_least_walking_and_by_hand(the_room: Room) -> None:
    for project in (0, 2):
        the_room.recuse(0, project)
    act(the_room, room.plan, PLAN | {"order": "walking"})
    order = [the_room.projects.index(p) for p in map(uuid.UUID, (turn.project for turn in view(the_room).turns))]
    assert abs(order.index(0) - order.index(2)) == 1  # Aline walks out once for both
    act(the_room, room.plan, PLAN)
    act(the_room, room.shift, the_room.projects[3], -1)
    act(the_room, room.clock, "next", None)
    with pytest.raises(RuleError, match="déjà passé"):
        act(the_room, room.shift, the_room.projects[1], -1)
    act(the_room, room.plan, PLAN | {"order": "numbers"})
    assert [the_room.projects.index(uuid.UUID(t.project)) for t in view(the_room).turns] == [0, 1, 2, 3]


def test_the_desk_makes_jurors_and_bearers_present_and_the_board_knows_at_once(the_room: Room) -> None:
    with the_room.db.transaction() as session:
        session.get_one(Juror, the_room.jurors[0]).email = "Aline.Vidal@asso.example"
    act(the_room, room.plan, PLAN)
    here = gathering(the_room)
    act(the_room, room.hold_at, here)
    version = the_room.get(Round, the_room.round_id).version
    assert (view(the_room).quorum.present, view(the_room).quorum.needed) == (0, 2)
    aline = arrive(the_room, "aline.vidal@ASSO.example ", here)
    bearer = the_room.get(Project, the_room.projects[1]).bearer_email
    arrive(the_room, bearer, here)
    seen = view(the_room)
    assert the_room.get(Round, the_room.round_id).version == version + 2
    assert {m.juror.last_name: (m.state, m.how) for m in seen.members}["Vidal"] == ("present", "desk")
    assert list(seen.bearers) == [str(the_room.projects[1])]
    assert (seen.quorum.present, seen.quorum.reached) == (1, False)
    act(the_room, room.note_presence, the_room.jurors[1], "present")
    assert view(the_room).quorum.reached
    arrive(the_room, "aline.vidal@asso.example", here, undone=True, registration=aline, sequence=2)
    assert not view(the_room).quorum.reached
    arrive(the_room, "aline.vidal@asso.example", here, registration=aline, sequence=1)  # an older fact that comes late
    assert not view(the_room).quorum.reached
    arrive(the_room, "nobody.here@asso.example", here)  # tells no board anything
    assert the_room.get(Round, the_room.round_id).version == version + 4


def test_who_arrives_before_the_round_is_opened_counts_for_the_quorum(jury_db: Any) -> None:
    early = Room(jury_db, opened=False)
    with early.db.transaction() as session:
        session.get_one(Juror, early.jurors[0]).email = "aline.vidal@asso.example"
    here = gathering(early)
    act(early, room.hold_at, here)
    arrive(early, "aline.vidal@asso.example", here, at=clock.now().isoformat())
    assert view(early).quorum.present == 1


def test_who_came_on_the_first_day_of_two_is_awaited_again_on_the_second(
    the_room: Room, jury_client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with the_room.db.transaction() as session:
        session.get_one(Juror, the_room.jurors[0]).email = "aline.vidal@asso.example"
    tomorrow = MORNING + 24 * HOUR
    here = gathering(the_room, ends_at=(tomorrow + 8 * HOUR).isoformat())
    act(the_room, room.hold_at, here)
    aline = arrive(the_room, "aline.vidal@asso.example", here)
    arrive(the_room, the_room.get(Project, the_room.projects[1]).bearer_email, here)

    def there(now: dt.datetime | None) -> tuple[int, int]:
        seen = view(the_room, now)
        return seen.quorum.present, len(seen.bearers)

    assert [there(MORNING), there(tomorrow - 6 * HOUR), there(tomorrow)] == [(1, 1), (1, 1), (0, 0)]
    assert there(None) == (1, 1)
    took_part = []
    for begins in (MORNING, tomorrow):  # the day of the jury, for the minutes
        act(the_room, room.plan, PLAN | {"starts_at": begins})
        with the_room.db.reading() as session:
            took_part.append(queries.presence_of(session, session.get_one(Round, the_room.round_id))[1].present)
    assert took_part == [1, 0]
    with the_room.db.reading() as session:
        versions = [queries.board_version(session, the_room.round_id, one) for one in (MORNING, tomorrow)]
    assert versions[0] != versions[1]  # the board is drawn anew
    arrive(the_room, "aline.vidal@asso.example", here, registration=aline, sequence=2, at=tomorrow.isoformat())
    assert there(tomorrow) == (1, 0)
    assert there(tomorrow + 48 * HOUR) == (1, 0)  # as it stood at the end

    # Nor do the secretary's word and a tablet of the first day say who is there on the second.
    act(the_room, room.note_presence, the_room.jurors[0], "left", now=MORNING + 8 * HOUR)
    monkeypatch.setattr(clock, "now", lambda: MORNING)
    tablet = the_room.tablet(jury_client, 1)
    jury_client.post("/api/tablet/confirm", json={"conflicts": []}, headers=tablet.headers)

    def states(now: dt.datetime) -> list[str]:
        seen = {member.juror.id: member.state for member in view(the_room, now).members}
        return [seen[juror] for juror in the_room.jurors[:2]]

    assert states(MORNING + 8 * HOUR) == ["left", "present"]
    assert states(tomorrow) == ["present", "expected"]  # the first was let in again
    # An excuse made ahead holds, in the minutes too, until they are seen after all.
    act(the_room, room.note_presence, the_room.jurors[1], "excused", now=MORNING + 9 * HOUR)
    assert states(tomorrow) == ["present", "excused"]
    monkeypatch.setattr(clock, "now", lambda: tomorrow)
    for idle, state in ((None, "excused"), (16 * 3600, "excused"), (60, "present")):  # left on, and taken up again
        beat = {"pending": 0, "idle": idle}
        assert jury_client.post("/api/tablet/heartbeat", json=beat, headers=tablet.headers).status_code == 204
        assert states(tomorrow) == ["present", state]


def test_only_the_desk_of_the_event_where_the_jury_sits_makes_anybody_present(the_room: Room) -> None:
    with the_room.db.transaction() as session:
        session.get_one(Juror, the_room.jurors[0]).email = "aline.vidal@asso.example"
    here, elsewhere = gathering(the_room), gathering(the_room, title="Réunion de Toulouse")
    arrive(the_room, "aline.vidal@asso.example", here)
    assert view(the_room).quorum.present == 0  # no event is named yet
    act(the_room, room.hold_at, elsewhere)
    version = the_room.get(Round, the_room.round_id).version
    arrive(the_room, the_room.get(Project, the_room.projects[1]).bearer_email, here)
    seen = view(the_room)
    assert (seen.quorum.present, seen.bearers) == (0, {})
    assert the_room.get(Round, the_room.round_id).version == version  # no board is computed anew
    act(the_room, room.hold_at, here)  # who came before it was named counts too
    seen = view(the_room)
    assert (seen.quorum.present, list(seen.bearers)) == (1, [str(the_room.projects[1])])
    act(the_room, room.hold_at, None)
    assert view(the_room).quorum.present == 0
    with pytest.raises(NotFound):
        act(the_room, room.hold_at, new_id())


def test_the_secretary_chooses_the_event_from_those_that_were_published(
    the_room: Room, jury_client: Any, sign_in: Any
) -> None:
    sign_in(jury_client, "secretary")
    url = f"/equipe/tours/{the_room.round_id}/salle"
    assert "Aucun évènement publié n’est connu ici" in jury_client.get(f"{url}/").text
    soon = clock.now() + 24 * HOUR
    when = {"starts_at": soon.isoformat(), "ends_at": (soon + HOUR).isoformat()}
    here = gathering(the_room, title="Agora d’abord", **when)
    gathering(the_room, event_id=str(here), title="Agora ensuite", sequence=2, **when)
    past = (clock.now() - 90 * 24 * HOUR).isoformat()
    gathering(the_room, title="Agora d’avant", starts_at=past, ends_at=past)
    page = jury_client.get(f"{url}/").text
    assert re.findall("Agora (ensuite|d’abord|d’avant)", page) == ["ensuite"]
    assert f'value="{here}" selected' not in page
    done = jury_client.post(f"{url}/evenement", data={"gathering": str(here)}, follow_redirects=True).text
    assert "L’accueil de cet évènement dit qui est là." in done
    assert f'value="{here}" selected' in done
    wrong = jury_client.post(f"{url}/evenement", data={"gathering": "x"}, follow_redirects=True).text
    assert "Choisissez un évènement de la liste." in wrong
    assert f'value="{here}" selected' in wrong


def test_an_event_that_is_called_off_is_no_place_for_a_round(the_room: Room, jury_client: Any, sign_in: Any) -> None:
    sign_in(jury_client, "secretary")
    soon = clock.now() + 24 * HOUR
    when = {"starts_at": soon.isoformat(), "ends_at": (soon + HOUR).isoformat()}
    here, other = gathering(the_room, title="Agora", **when), gathering(the_room, title="Colloque", **when)
    act(the_room, room.hold_at, here)
    for one in (here, other):
        handled(the_room, "registration.event.called_off.v1", one, 2, {"event_id": str(one), "title": "Agora", **when})
    page = jury_client.get(f"/equipe/tours/{the_room.round_id}/salle/").text
    assert "son accueil ne verra personne" in page
    assert f'value="{other}"' not in page


def test_an_event_that_is_a_draft_again_is_no_place_for_a_round_until_it_is_published_anew(
    the_room: Room, jury_client: Any, sign_in: Any
) -> None:
    sign_in(jury_client, "secretary")
    soon = clock.now() + 24 * HOUR
    when = {"starts_at": soon.isoformat(), "ends_at": (soon + HOUR).isoformat()}
    here = gathering(the_room, title="Agora", **when)
    page = f"/equipe/tours/{the_room.round_id}/salle/"
    about = {"event_id": str(here), "title": "Agora", **when}
    handled(the_room, "registration.event.withdrawn.v1", here, 2, about)
    assert f'value="{here}"' not in jury_client.get(page).text
    handled(the_room, "registration.event.published.v1", here, 3, about)
    assert f'value="{here}"' in jury_client.get(page).text


def test_the_secretarys_word_counts_before_the_others(the_room: Room) -> None:
    act(the_room, room.note_presence, the_room.jurors[2], "excused")
    assert {m.state for m in view(the_room).members if m.juror.last_name == "Ferrié"} == {"excused"}
    the_room.close()
    with the_room.db.transaction() as session:
        signing.sign(session, the_room.round_id, [Signer("Aline Vidal", "présidence")], who=WHO, now=clock.now())
    with the_room.db.reading() as session:
        content = session.scalars(sa.select(Minutes)).one().content
    assert {one["name"]: one["state"] for one in content["absent"]}["Chloé Ferrié"] == "excused"
    assert content["quorum"] == {"members": 3, "present": 0, "needed": 2}
    with pytest.raises(RuleError, match="signé"):
        act(the_room, room.note_presence, the_room.jurors[2], "present")


def test_the_projected_view_tells_nothing_private(
    the_room: Room, jury_app: Any, jury_client: Any, sign_in: Any
) -> None:
    tablet = the_room.tablet(jury_client, 0)
    size = len(tablet.pack()["grid"]["criteria"])
    tablet.score(the_room.projects[0], [3] * size)
    tablet.send(tablet.operation(the_room.projects[0], "comment", "Un mot pour le jury seul"))
    act(the_room, room.plan, PLAN)
    act(the_room, room.clock, "next", None)
    sign_in(jury_client, "secretary")
    shown = jury_client.post(f"/equipe/tours/{the_room.round_id}/salle/ecran").text
    address = re.search(r"/salle/[\w-]+", shown.split('id="screen-link"')[1])[0]  # type: ignore[index]
    stranger = jury_app.test_client()
    with the_room.db.reading() as session:
        jurors = session.scalars(sa.select(Juror)).all()
        private = [word for j in jurors for word in (j.first_name, j.last_name, str(j.id))]
        private += [p.bearer_last_name for p in session.scalars(sa.select(Project))]
    private += ["Dominique", "@asso.example", "Un mot pour le jury", "12,00", "/equipe/", str(the_room.round_id)]
    for path in (f"{address}/", f"{address}/tableau"):
        answer = stranger.get(path)
        assert answer.status_code == 200
        assert "Mil de Casamance" in answer.text
        assert 'data-ends="2016-10-14T' in answer.text
        assert [word for word in private if word in answer.text] == []
        assert answer.headers["X-Robots-Tag"] == "noindex"
    etag = stranger.get(f"{address}/tableau").headers["ETag"]
    assert stranger.get(f"{address}/tableau", headers={"If-None-Match": etag}).status_code == 304
    # A new address replaces it; a guessed one shows nothing.
    act(the_room, room.open_screen)
    for path in (address, "/salle/x", "/salle/" + "y" * 500):
        assert stranger.get(f"{path}/").status_code == 404
        assert stranger.get(f"{path}/tableau").status_code == 404


def test_the_page_of_the_room_needs_no_script(the_room: Room, jury_client: Any, sign_in: Any) -> None:
    sign_in(jury_client, "secretary")
    base = f"/equipe/tours/{the_room.round_id}/salle"
    wrong = jury_client.post(f"{base}/ordre", data={"day": "demain"})
    assert wrong.status_code == 422
    form = {"day": "2016-10-14", "time": "09:00", "pitch": "5", "questions": "5", "pause": "2", "order": "numbers"}
    assert jury_client.post(f"{base}/ordre", data=form).status_code == 303
    jury_client.post(f"{base}/chrono", data={"action": "next"})
    text = jury_client.get(f"{base}/").text
    assert "En cours" in text
    assert 'aria-pressed="false"' in text  # the bell is silent until somebody asks for it
    assert "Ce geste n’est pas connu" in jury_client.post(f"{base}/chrono", data={}, follow_redirects=True).text
    data = {"juror": str(the_room.jurors[0]), "state": "present"}
    assert "La présence est notée" in jury_client.post(f"{base}/presences", data=data, follow_redirects=True).text
    with pytest.raises(NotFound):
        act(the_room, room.note_presence, new_id(), "present")


def test_lots_are_kept_with_seed_and_reason_and_never_drawn_twice(
    the_room: Room, jury_client: Any, sign_in: Any
) -> None:
    tablet = the_room.tablet(jury_client, 0)
    size = len(tablet.pack()["grid"]["criteria"])
    for project, level in zip(the_room.projects, (3, 3, 5, 2), strict=True):
        tablet.score(project, [level] * size)
    the_room.close()
    reason = "Après discussion, rien ne sépare les deux projets."
    sign_in(jury_client, "secretary")
    base = f"/equipe/tours/{the_room.round_id}/deliberation"
    short = jury_client.post(f"{base}/tirage", data={"why": "Court."})
    assert (short.status_code, "Court.</textarea>" in short.text, "f-why" in short.text) == (422, True, True)
    (vote,) = re.findall(r'href="([^"]*/votes/\?(?:projet=[^"]*&amp;){2}question=[^"]*)"', short.text)
    asked = jury_client.get(html.unescape(vote)).text
    assert re.search(r'name="question"[^>]* value="À égalité, placer les projets dans l’ordre proposé.{1,3}"', asked)
    done = jury_client.post(f"{base}/tirage", data={"why": reason}, follow_redirects=True).text
    assert "Tiré au sort, dans cet ordre" in done
    again = jury_client.post(f"{base}/tirage", data={"why": reason}, follow_redirects=True).text
    assert "le tirage est fait" in again
    with the_room.db.transaction() as session:
        signing.sign(session, the_room.round_id, [Signer("Aline Vidal", "présidence")], who=WHO, now=clock.now())
    with the_room.db.reading() as session:
        seed = session.get_one(Round, the_room.round_id).seed
        draw = session.scalars(sa.select(Draw)).one()
        content = session.scalars(sa.select(Minutes)).one().content
    assert draw.seed == seed
    assert re.fullmatch("[0-9a-f]{32}", seed), "drawn by the server, and nobody's choice"
    (kept,) = content["draws"]
    assert (kept["seed"], kept["reason"], sorted(kept["projects"])) == (seed, reason, [1, 2])
    places = {line["number"]: line["rank"] for line in content["ranking"]}
    assert places[kept["projects"][0]] < places[kept["projects"][1]]


def test_a_second_press_or_another_window_passes_over_no_project(
    the_room: Room, jury_client: Any, sign_in: Any
) -> None:
    sign_in(jury_client, "secretary")
    base = f"/equipe/tours/{the_room.round_id}/salle"
    act(the_room, room.plan, PLAN)

    def shown() -> str:
        found = re.search(r'name="seen" form="clock" value="([^"]*)"', jury_client.get(f"{base}/").text)
        assert found is not None
        return found[1]

    def press(action: str, seen: str) -> str:
        data = {"action": action, "seen": seen}
        return html.unescape(jury_client.post(f"{base}/chrono", data=data, follow_redirects=True).text)

    first = shown()
    assert "vient de changer" not in press("next", first)
    assert "vient de changer" in press("next", first)
    assert view(the_room).current.number == 1
    assert shown() == str(the_room.projects[0])
    press("next", shown())
    assert "vient de changer" in press("stop", str(the_room.projects[0])), "it was not the one that is on now"
    assert view(the_room).current.number == 2


def test_a_clock_that_is_stopped_after_its_end_says_by_how_much(the_room: Room, jury_client: Any, sign_in: Any) -> None:
    sign_in(jury_client, "secretary")
    act(the_room, room.plan, PLAN)
    act(the_room, room.clock, "next", None, now=MORNING)
    for late, shown in (
        (4 * MINUTE + dt.timedelta(seconds=30), "0:30"),
        (5 * MINUTE + dt.timedelta(seconds=95), "+1:35"),
    ):
        act(the_room, room.clock, "pause", None, now=MORNING + late)
        text = jury_client.get(f"/equipe/tours/{the_room.round_id}/salle/").text
        assert f'role="timer">{shown}<' in text
        act(the_room, room.clock, "resume", None, now=MORNING + late)
