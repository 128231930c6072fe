"""Who is in which workshop: the host's taps, each once, whatever is lost on the way; and the day that follows."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from pypdf import PdfReader

from services.registration.models import Attendance, Event, Registration, WorkshopAttendance
from services.registration.queries import checks
from services.registration.queries.held import held
from services.registration.rules.dates import at
from services.registration.use_cases import changing, desk, links, registering, restitution, seats
from services.registration.use_cases import workshop_attendance as taps_of
from shared import clock
from shared.db import Database, new_id
from shared.messaging.tables import outbox
from tests.integration.registration_people import DAY, NOW, SITE, an_event, answers

MORNING = at(DAY, dt.time(10, 30))


@pytest.fixture(autouse=True)
def on_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: MORNING)


class Play:
    """Workshops A and B at ten, C at noon; Soa has a seat in A, Ana in B; Lou in none. A host each, and a desk."""

    def __init__(self, db: Database, client: Any) -> None:
        self.db, self.client, self.counter = db, client, 0
        with db.transaction() as session:
            event = an_event(session, workshops=[[1, 5], [5]])
            self.event_id, self.slug = event.id, event.slug
            self.a, self.b, self.c = (one.id for one in event.workshops)
            wished = {"Soa": [self.a], "Ana": [self.b], "Lou": []}
            self.soa, self.ana, self.lou = (
                registering.register(
                    session, event.id, answers(n, first_name=name, workshops=wishes, access="Rampe"), NOW, site=SITE
                ).registration_id
                for n, (name, wishes) in enumerate(wished.items())
            )
            a, b, c = (restitution.invite(session, event.id, one, NOW, who="test") for one in (self.a, self.b, self.c))
            self.tokens = {self.a: a, self.b: b, self.c: c}
            _desk, code = desk.open_desk(session, event.id, MORNING, who="test")
            self.door = desk.pair(session, code, MORNING)[1]

    def tap(self, person: uuid.UUID, value: int = 1, *, base: int = 0, minute: int = 20, **more: Any) -> dict[str, Any]:
        self.counter += 1
        when = at(DAY, dt.time(10, minute)).isoformat()
        made = {"id": str(new_id()), "registration_id": str(person), "value": value, "base_version": base}
        return made | {"counter": self.counter, "client_time": when} | more

    def send(self, path: str, token: str, *operations: Any) -> list[dict[str, Any]]:
        headers = {"Authorization": f"Bearer {token}"}
        answer = self.client.post(f"/api/{path}", json={"operations": list(operations)}, headers=headers)
        assert answer.status_code == 200, answer.text
        results: list[dict[str, Any]] = answer.json["results"]
        return results

    def host(self, workshop: uuid.UUID, *operations: Any) -> list[dict[str, Any]]:
        return self.send("host/presence", self.tokens[workshop], *operations)

    def pack(self, workshop: uuid.UUID) -> Any:
        return self.client.get("/api/host/pack", headers={"Authorization": f"Bearer {self.tokens[workshop]}"}).json

    def seen(self) -> set[tuple[uuid.UUID, uuid.UUID]]:
        with self.db.reading() as session:
            query = sa.select(WorkshopAttendance.registration_id, WorkshopAttendance.workshop_id)
            return {(who, where) for who, where in session.execute(query) if where is not None}

    def inside(self) -> set[uuid.UUID]:
        with self.db.reading() as session:
            return set(session.scalars(sa.select(Attendance.registration_id).where(Attendance.present)))

    def facts(self) -> list[str]:
        with self.db.reading() as session:
            query = sa.select(outbox.c.type).where(outbox.c.type.like("registration.attendee.%"))
            return [one.split(".")[2] for one in session.scalars(query.order_by(outbox.c.id))]


@pytest.fixture
def play(registration_db: Database, registration_client: Any) -> Play:
    return Play(registration_db, registration_client)


def plain(words: str | None) -> str:
    return (words or "").replace("\u202f", " ").replace("\u00a0", " ")


def outcomes(results: list[dict[str, Any]]) -> list[tuple[str, int, int | None]]:
    return [(one["outcome"], one["version"], one["value"]) for one in results]


def test_a_host_is_told_no_more_of_people_than_the_door_needs(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    told = play.pack(play.a)
    assert (told["workshop"]["capacity"], told["workshop"]["opens_at"]) == (1, "2016-10-14T04:00:00+02:00")
    assert [one["name"] for one in told["people"]] == ["Soa Personne0"]
    assert [set(one) for one in told["others"]] == [{"id", "name", "structure", "access"}] * 2
    assert {one["access"] for one in told["people"] + told["others"]} == {True}
    assert "Rampe" not in str(told)
    monkeypatch.setattr(clock, "now", lambda: NOW)  # eleven days before: who else comes is none of a host's business
    assert play.pack(play.a)["others"] == []


def test_who_is_seen_in_a_workshop_is_in_the_building_and_the_day_is_told_once(play: Play) -> None:
    (first,) = play.host(play.a, tap := play.tap(play.soa))
    assert outcomes([first]) == [("applied", 1, 1)]
    assert outcomes(play.host(play.a, tap)) == [("duplicate", 1, 1)]  # the answer was lost
    play.host(play.c, play.tap(play.soa))
    assert play.seen() == {(play.soa, play.a), (play.soa, play.c)}
    assert (play.inside(), play.facts()) == ({play.soa}, ["checked_in"])
    assert outcomes(play.host(play.a, play.tap(play.soa, 0, base=1))) == [("applied", 2, 0)]
    assert play.inside() == {play.soa}, "seen at noon still"
    play.host(play.c, play.tap(play.soa, 0, base=1))
    assert (play.inside(), play.facts()) == (set(), ["checked_in", "undone"])


def test_who_has_no_seat_comes_in_beyond_the_capacity_and_is_told_to_the_next_phone(play: Play) -> None:
    play.host(play.a, play.tap(play.soa), play.tap(play.lou), play.tap(play.ana))
    assert play.seen() == {(play.soa, play.a), (play.lou, play.a), (play.ana, play.a)}
    told = {one["id"]: (one["here"], one["elsewhere"], plain(one["at"])) for one in play.pack(play.b)["sights"]}
    assert told[str(play.ana)] == (False, "Atelier 0.0", "10 h 20")


def test_nobody_is_in_two_rooms_at_a_time_the_later_sight_holds(play: Play) -> None:
    play.host(play.b, play.tap(play.soa, minute=20))
    (late,) = play.host(play.a, play.tap(play.soa, minute=10))  # was offline until now
    assert outcomes([late]) == [("conflict", 1, 0)]
    assert plain(late["reason"]) == "Vu·e depuis, à 10 h 20, dans « Atelier 0.1 » : c’est là que sa présence compte."
    assert play.seen() == {(play.soa, play.b)}
    assert outcomes(play.host(play.a, play.tap(play.soa, minute=25))) == [("applied", 2, 1)]
    assert play.seen() == {(play.soa, play.a)}
    assert play.inside() == {play.soa}


@pytest.mark.parametrize(
    ("days_later", "tapped_at"),
    [(3, at(DAY, dt.time(10, 10))), (0, at(DAY, dt.time(10, 10)) - dt.timedelta(days=5))],
    ids=["sent after the weekend", "a clock days behind"],
)
def test_a_tap_is_no_later_sight_for_its_late_arrival_or_a_clock_that_is_behind(
    play: Play, monkeypatch: pytest.MonkeyPatch, days_later: int, tapped_at: dt.datetime
) -> None:
    play.host(play.b, play.tap(play.soa, minute=20))
    monkeypatch.setattr(clock, "now", lambda: MORNING + dt.timedelta(days=days_later))
    (late,) = play.host(play.a, play.tap(play.soa, client_time=tapped_at.isoformat()))
    assert outcomes([late]) == [("conflict", 1, 0)]
    assert play.seen() == {(play.soa, play.b)}


def test_two_hosts_of_one_workshop_agree_or_are_told(play: Play) -> None:
    play.host(play.a, play.tap(play.soa))
    assert outcomes(play.host(play.a, play.tap(play.soa))) == [("applied", 1, 1)]  # the other phone sees the same
    play.host(play.a, play.tap(play.soa, 0, base=1), play.tap(play.soa, base=2))
    (undo,) = play.host(play.a, play.tap(play.soa, 0, base=1))
    assert outcomes([undo]) == [("conflict", 3, 1)]
    assert plain(undo["reason"]) == "Noté·e ici à 10 h 20 par quelqu’un d’autre : votre annulation n’est pas appliquée."


def test_what_makes_no_sense_is_refused_alone(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    results = play.host(play.a, None, play.tap(new_id()), play.tap(new_id(), 0), play.tap(play.soa))
    assert outcomes(results) == [("refused", 0, None), ("refused", 0, None), ("applied", 0, 0), ("applied", 1, 1)]
    (foreign,) = play.host(play.b, tap := play.tap(play.ana))
    assert (foreign["outcome"], play.host(play.a, tap)[0]["outcome"]) == ("applied", "refused")
    monkeypatch.setattr(clock, "now", lambda: at(DAY, dt.time(3)))
    (early,) = play.host(play.a, play.tap(play.lou))
    assert plain(early["reason"]) == "La présence se note à partir du jour de l’atelier."


def test_who_cancelled_meanwhile_was_in_the_room_all_the_same(play: Play) -> None:
    with play.db.transaction() as session:
        changing.cancel(session, play.soa, NOW, site=SITE)
    assert outcomes(play.host(play.a, play.tap(play.soa))) == [("applied", 1, 1)]
    assert [one["name"] for one in play.pack(play.a)["others"]] == ["Soa Personne0", "Ana Personne1", "Lou Personne2"]


def test_a_newcomer_whom_a_desk_took_back_is_registered_again_by_being_seen_in_a_workshop(play: Play) -> None:
    """The phone was without a network: whichever comes first, who was seen in a room was there."""
    mistaken, really = new_id(), new_id()

    def enter(person: uuid.UUID, value: int = 1, base: int = 0, **more: Any) -> None:
        play.send("desk/operations", play.door, play.tap(person, value, base=base, **more))

    def stand() -> list[str]:
        with play.db.reading() as session:
            assert checks.oversold(session) == checks.drifted(session) == []
            return [session.get_one(Registration, one).status for one in (mistaken, really)]

    for person, name in ((mistaken, "Ndiaye"), (really, "Cissé")):
        enter(person, walk_in={"last_name": name, "first_name": "Awa", "structure": ""})
        enter(person, 0, 1)
    assert stand() == ["cancelled", "cancelled"]
    assert outcomes(play.host(play.a, play.tap(mistaken), play.tap(really))) == [("applied", 1, 1)] * 2
    assert (stand(), play.inside()) == (["confirmed", "confirmed"], {mistaken, really})
    play.host(play.a, play.tap(mistaken, 0, base=1), play.tap(play.soa))
    assert (stand(), play.inside()) == (["cancelled", "confirmed"], {play.soa, really})
    play.send("desk/presence", play.door, play.tap(mistaken, base=2, workshop_id=str(play.b)))
    assert (stand(), play.inside()) == (["confirmed", "confirmed"], {play.soa, mistaken, really})
    with play.db.transaction() as session:
        changing.cancel(session, mistaken, MORNING, site=SITE, who="staff@example.org")
    play.host(play.a, play.tap(mistaken, base=3, minute=25))
    assert stand() == ["cancelled", "confirmed"], "the staff meant it"


def test_a_desk_takes_back_no_sight_of_a_workshop_and_lets_in_who_was_seen_there(play: Play) -> None:
    play.host(play.a, play.tap(play.soa))
    (undo,) = play.send("desk/operations", play.door, play.tap(play.soa, 0, base=1))
    assert plain(undo["reason"]) == "Vu·e dans un atelier à 10 h 20 : votre annulation n’est pas appliquée."
    (admitted,) = play.send("desk/operations", play.door, play.tap(play.soa, minute=28))
    assert outcomes([admitted]) == [("applied", 2, 1)]
    assert play.facts() == ["checked_in"], "they came once"
    with play.db.reading() as session:
        assert session.scalars(sa.select(Attendance.at)).all() == [at(DAY, dt.time(10, 20))]
    play.host(play.a, play.tap(play.soa, 0, base=1))
    assert play.inside() == {play.soa}, "the desk saw them too"


def test_a_workshop_in_which_people_were_seen_stays_in_the_programme(play: Play, sign_in: Any) -> None:
    play.host(play.c, play.tap(play.lou))
    sign_in(play.client, "staff")
    page = f"/equipe/evenements/{play.slug}/programme/atelier"
    refused = play.client.post(f"{page}/{play.c}/retirer")
    assert refused.status_code == 409
    assert "Des personnes ont été vues dans cet atelier" in refused.text
    play.host(play.c, play.tap(play.lou, 0, base=1))
    assert play.client.post(f"{page}/{play.c}/retirer").status_code == 303
    gone = play.client.get("/api/host/pack", headers={"Authorization": f"Bearer {play.tokens[play.c]}"})
    assert gone.status_code == 401, "what the phone keeps stays there, and can be saved"


def test_who_is_moved_to_another_workshop_keeps_where_they_were_seen(play: Play) -> None:
    play.host(play.a, play.tap(play.soa))
    with play.db.transaction() as session:
        seats.move_workshops(session, play.soa, play.event_id, [play.b], MORNING)
    assert [one["name"] for one in play.pack(play.b)["people"]] == ["Soa Personne0", "Ana Personne1"]
    assert play.seen() == {(play.soa, play.a)}


def test_a_desk_at_the_door_of_a_workshop_notes_who_comes_and_is_told_where_others_were_seen(play: Play) -> None:
    headers = {"Authorization": f"Bearer {play.door}"}
    told = play.client.get("/api/desk/pack", headers=headers).json
    assert [[room["title"] for room in slot["workshops"]] for slot in told["slots"]] == [
        ["Atelier 0.0", "Atelier 0.1"],
        ["Atelier 1.0"],
    ]
    assert {one["first_name"]: one["workshops"] for one in told["people"]} == {
        "Soa": [str(play.a)],
        "Ana": [str(play.b)],
        "Lou": [],
    }
    at_a, at_b = {"workshop_id": str(play.a)}, {"workshop_id": str(play.b)}
    play.host(play.b, play.tap(play.soa))
    results = play.send(
        "desk/presence",
        play.door,
        play.tap(play.ana, minute=25, **at_a),
        play.tap(play.soa, minute=15, **at_a),  # seen in B since
        play.tap(play.lou, **at_b),
        play.tap(play.lou, workshop_id=str(new_id())),
        play.tap(play.lou),
    )
    assert [(one["outcome"], one["value"]) for one in results] == [
        ("applied", str(play.a)),
        ("conflict", str(play.b)),
        ("applied", str(play.b)),
        ("refused", None),
        ("refused", None),
    ]
    assert play.seen() == {(play.ana, play.a), (play.soa, play.b), (play.lou, play.b)}
    assert play.inside() == {play.soa, play.ana, play.lou}
    (undone,) = play.send("desk/presence", play.door, play.tap(play.ana, 0, base=1, **at_a))
    assert (undone["outcome"], undone["value"]) == ("applied", "")
    told = play.client.get("/api/desk/pack", headers=headers).json
    assert {one["first_name"]: [seen["workshop"] for seen in one["seen"]] for one in told["people"]} == {
        "Soa": [str(play.b)],
        "Ana": [None],
        "Lou": [str(play.b)],
    }


def test_where_people_were_seen_is_told_to_the_staff_the_funders_and_the_person(play: Play, sign_in: Any) -> None:
    play.host(play.a, play.tap(play.soa), play.tap(play.lou))
    play.host(play.c, play.tap(play.soa))
    sign_in(play.client, "staff")
    page = f"/equipe/evenements/{play.slug}"
    lines = list(csv.DictReader(io.StringIO(play.client.get(f"{page}/inscriptions.csv").text[1:]), delimiter=";"))
    told = {one["Prénom"]: one["Vu·e dans"] for one in lines}
    assert told == {"Soa": "Atelier 0.0 | Atelier 1.0", "Ana": "", "Lou": "Atelier 0.0"}
    dashboard = plain(play.client.get(page).text)
    assert re.findall(r'aria-label="(\d des \d)', dashboard) == ["1 des 1", "0 des 0"]
    assert "1 / 1, et 1 sans inscription" in dashboard
    assert dashboard.count("rien de noté") == 1
    assert "<b>2</b>vues dans un atelier" in play.client.get(f"{page}/accueil").text
    assert "2 personnes venues" in plain(play.client.get(f"{page}/restitutions").text)
    whole = play.client.get("/equipe/bilan/bilan.csv?annee=2016").text.splitlines()[1].split(";")
    assert whole[5:] == ["2", "16,0", "3", "4,5"], "the hours of the day hold those of the workshops"
    assert "<b>3</b>participations à un atelier" in play.client.get("/equipe/bilan/?annee=2016").text
    pdf = PdfReader(io.BytesIO(play.client.get(f"{page}/papiers/salles.pdf").data))
    a, b, c = (plain(" ".join(one.extract_text().split())) for one in pdf.pages)
    assert "1 attendue, 2 venues." in a
    assert a.index("Soa Les Amis du Lac oui") < a.index("Lou Les Amis du Lac oui, sans inscription")
    assert ("1 personne." in b, "oui" in b, "0 attendue, 1 venue." in c) == (True, False, True)
    for form in ("compte-rendu", "compte-rendu.md"):
        minutes = plain(play.client.get(f"{page}/restitutions/{form}").text)
        assert "2 personnes venues, dont 1 sans inscription à cet atelier." in minutes
    pdf = PdfReader(io.BytesIO(play.client.get(f"{page}/papiers/attestations.pdf?ateliers=1").data))
    soa = next(one for one in (each.extract_text() for each in pdf.pages) if "Soa" in one)
    assert "Ateliers suivis : « Atelier 0.0 », « Atelier 1.0 »." in plain(" ".join(soa.split()))
    seen = play.client.get(f"{page}/inscriptions?vu={play.a}").text
    assert re.findall(r'name="ids" value="([^"]+)"', seen) == [str(play.soa), str(play.lou)]
    assert 'name="ids"' not in play.client.get(f"{page}/inscriptions?vu={play.b}").text
    person = plain(play.client.get(f"/equipe/inscriptions/{play.soa}").text)
    assert "Vu·e dans un atelier : Atelier 0.0" in person
    assert "par qui anime l’atelier" in person
    assert "Compté·e à la rencontre, sans passer par l’accueil" in person
    assert "Entrée à l’accueil" not in person
    with play.db.reading() as session:
        mine = held(session, play.soa, proven=True).plain()["seen_in"]
    assert [one["title"] for one in mine] == ["Atelier 0.0", "Atelier 1.0"]
    with play.db.transaction() as session:
        own = links.address("", links.issue(session, play.soa, "resend", NOW))
    assert ">Atelier 1.0</dd>" in play.client.get(f"{own}/mes-donnees").text.partition("Vu·e le")[2]
    assert f"{own}/attestation.pdf?ateliers=1" in play.client.get(own).text
    pdf = PdfReader(io.BytesIO(play.client.get(f"{own}/attestation.pdf?ateliers=1").data))
    assert [len(pdf.pages), "Ateliers suivis" in pdf.pages[0].extract_text()] == [1, True]


def test_who_is_taken_back_after_the_workshop_moved_to_another_day_is_out_of_the_building(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    play.host(play.a, play.tap(play.soa))
    with play.db.transaction() as session:
        event = session.get_one(Event, play.event_id)
        event.ends_at += dt.timedelta(days=1)
        for one in (event.slots[0], *event.slots[0].workshops):
            one.starts_at, one.ends_at = one.starts_at + dt.timedelta(days=1), one.ends_at + dt.timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: MORNING + dt.timedelta(days=1))
    play.host(play.a, play.tap(play.soa, 0, base=1))
    assert (play.inside(), play.facts()) == (set(), ["checked_in", "undone"])


def test_who_changed_rooms_between_two_slots_of_one_hour_was_not_there_twice(play: Play, sign_in: Any) -> None:
    with play.db.transaction() as session:
        first, second = session.get_one(Event, play.event_id).slots
        for one in (second, *second.workshops):
            one.starts_at, one.ends_at = first.starts_at + dt.timedelta(minutes=30), first.ends_at
    play.host(play.a, play.tap(play.soa))
    play.host(play.c, play.tap(play.soa))
    sign_in(play.client, "staff")
    whole = play.client.get("/equipe/bilan/bilan.csv?annee=2016").text.splitlines()[1].split(";")
    assert whole[5:] == ["1", "8,0", "2", "1,5"]


def test_two_rooms_that_note_somebody_at_once_take_turns(play: Play) -> None:
    """The second waits for the first, and knows of it: else both would write the same version, and one be lost."""
    play.host(play.a, play.tap(play.soa), play.tap(play.soa, 0, base=1))

    def note(room: uuid.UUID, minute: int) -> taps_of.Result:
        with play.db.transaction() as session:
            return taps_of.write_as_host(
                session, play.tokens[room], [play.tap(play.soa, minute=minute)], MORNING, site=SITE
            )[0]

    with ThreadPoolExecutor(1) as pool, play.db.transaction() as session:
        # Held and not written yet, the row makes nobody wait who only adds the missing ones.
        session.scalars(sa.select(Attendance).where(Attendance.registration_id == play.soa).with_for_update()).all()
        second = pool.submit(note, play.b, 26)
        with pytest.raises(TimeoutError):
            second.result(0.3)
        first = taps_of.write_as_host(
            session, play.tokens[play.a], [play.tap(play.soa, minute=25)], MORNING, site=SITE
        )[0]
        session.commit()
        assert (first.version, second.result().version) == (3, 4)
    assert play.seen() == {(play.soa, play.b)}


def test_whom_a_desk_let_in_on_a_day_that_is_no_more_stays_when_the_sight_is_taken_back(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    with play.db.transaction() as session:
        session.get_one(Event, play.event_id).ends_at += dt.timedelta(days=1)
    play.host(play.a, play.tap(play.soa))
    monkeypatch.setattr(clock, "now", lambda: MORNING + dt.timedelta(days=1))
    play.send("desk/operations", play.door, play.tap(play.soa, day=f"{DAY + dt.timedelta(days=1)}"))
    with play.db.transaction() as session:
        event = session.get_one(Event, play.event_id)
        event.ends_at -= dt.timedelta(days=1)
        desk.keep_within(session, event, clock.now(), who="test")
    play.host(play.a, play.tap(play.soa, 0, base=1))
    assert play.inside() == {play.soa}
