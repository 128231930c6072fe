"""The tablet API: every rule of the server, and every answer a tablet may get."""

from __future__ import annotations

import datetime as dt
import json
import random
import threading
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.jury import rules
from services.jury.models import CellHistory, Device, Juror, LateEntry, OperationLog, PairingCode, Project
from services.jury.use_cases import tablets
from shared import clock
from tests.jury_room import WHO, Room, Tablet


@pytest.fixture
def room(jury_db: Any) -> Room:
    return Room(jury_db)


def pair(client: Any, code: str) -> Any:
    return client.post("/api/tablet/pair", json={"code": code, "device": str(uuid.uuid4())})


# Pairing


def test_a_code_is_swapped_once_for_a_token(room: Room, jury_client: Any) -> None:
    code = room.code(0)
    first = pair(jury_client, code)
    assert first.status_code == 201
    assert first.json["juror"] == {"id": str(room.jurors[0]), "first_name": "Aline", "last_name": "Vidal"}
    assert first.json["round"] == {"id": str(room.round_id), "title": "Premier tour"}
    assert first.json["epoch"] == 1
    again = pair(jury_client, code)
    assert (again.status_code, again.json["code"]) == (410, "used-code")
    with room.db.reading() as session:
        stored = session.scalars(sa.select(PairingCode.code_hash)).one()
        tokens = session.scalars(sa.select(Device.token_hash)).all()
    assert code.encode() not in stored
    assert all(first.json["token"].encode() not in token for token in tokens)


def test_unknown_and_expired_codes_say_so(room: Room, jury_client: Any) -> None:
    unknown = pair(jury_client, "nothing")
    assert (unknown.status_code, unknown.json["code"]) == (404, "unknown-code")
    old = clock.now() - rules.CODE_LIFETIME - dt.timedelta(seconds=1)
    with room.db.transaction() as session:
        code = tablets.new_code(session, room.round_id, room.jurors[0], who=WHO, now=old)
    expired = pair(jury_client, code)
    assert (expired.status_code, expired.json["code"]) == (410, "expired-code")


def test_a_newer_code_replaces_the_unused_one(room: Room, jury_client: Any) -> None:
    first, second = room.code(0), room.code(0)
    assert pair(jury_client, first).status_code == 410
    assert pair(jury_client, second).status_code == 201


def test_pairing_again_fences_the_old_tablet(room: Room, jury_client: Any) -> None:
    old = room.tablet(jury_client)
    code = room.code(0)
    assert old.pack()["juror"]["first_name"] == "Aline"  # a code that nobody used changes nothing
    new = pair(jury_client, code)
    assert new.json["epoch"] == 2
    refused = old.post([old.operation(room.projects[0], "comment", "trop tard")])
    assert (refused.status_code, refused.json["code"]) == (401, "fenced")
    assert jury_client.get("/api/tablet/pack", headers=old.headers).status_code == 401
    assert room.cells() == {}


def test_one_code_raced_by_many_pairs_one_tablet(room: Room, jury_app: Any) -> None:
    code = room.code(0)
    statuses: list[int] = []
    at_once(8, lambda _n: statuses.append(pair(jury_app.test_client(), code).status_code))
    assert sorted(statuses) == [201] + [410] * 7


def test_pairing_attempts_are_limited(room: Room, jury_db: Any, settings_of: Any) -> None:
    from services.jury.app import create_app

    app = create_app(settings_of("jury", jury_db.url, rate_limit_factor=0.05), jury_db)
    client = app.test_client()
    statuses = [pair(client, f"guess{n}").status_code for n in range(5)]
    assert statuses == [404, 404, 404, 429, 429]


def test_unpairing_ends_the_token(room: Room, jury_client: Any) -> None:
    tablet = room.tablet(jury_client)
    assert jury_client.post("/api/tablet/unpair", headers=tablet.headers).status_code == 204
    assert jury_client.get("/api/tablet/pack", headers=tablet.headers).status_code == 401


LONG, ACCENTED = "Bearer " + "x" * 9000, "Bearer " + "é" * 9


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Bearer x", "Basic eDp4", ACCENTED, LONG])
@pytest.mark.parametrize("path", ["operations", "confirm", "heartbeat", "unpair"])
def test_without_a_good_token_nothing_opens(room: Room, jury_client: Any, header: str | None, path: str) -> None:
    headers = {} if header is None else {"Authorization": header}
    bodies = {"operations": {"operations": []}, "heartbeat": {"pending": 0}}
    response = jury_client.post(f"/api/tablet/{path}", json=bodies.get(path, {}), headers=headers)
    assert response.status_code == 401
    assert response.json["code"] == "unknown-token"


# The pack


def test_the_pack_has_the_grid_the_projects_and_own_cells_only(room: Room, jury_client: Any) -> None:
    mine, other = room.tablet(jury_client, 0), room.tablet(jury_client, 1)
    other.score(room.projects[0], [4] * 8)
    other.send(other.operation(room.projects[0], "comment", "secret de Bruno"))
    mine.score(room.projects[1], [3] * 8)
    response = jury_client.get("/api/tablet/pack", headers=mine.headers)
    pack = response.json
    assert [p["title"] for p in pack["projects"]] == [
        "Mil de Casamance",
        "Lumière à Niamey",
        "Écoles d’Antsirabe",
        "Eau à Battambang",
    ]
    assert [c["weight"] for c in pack["grid"]["criteria"]] == [15, 20, 15, 15, 15, 10, 5, 5]
    assert [len(c["levels"]) for c in pack["grid"]["criteria"]] == [6] * 8
    assert {(c["project_id"], c["value"], c["version"]) for c in pack["cells"]} == {(str(room.projects[1]), 3, 1)}
    assert "secret" not in response.text
    assert str(room.jurors[1]) not in response.text


def test_the_pack_answers_304_until_something_changed(room: Room, jury_client: Any) -> None:
    tablet = room.tablet(jury_client)
    first = jury_client.get("/api/tablet/pack", headers=tablet.headers)
    headers = tablet.headers | {"If-None-Match": first.headers["ETag"]}
    assert jury_client.get("/api/tablet/pack", headers=headers).status_code == 304
    room.recuse(0, 2)
    changed = jury_client.get("/api/tablet/pack", headers=headers)
    assert changed.status_code == 200
    assert changed.json["version"] > first.json["version"]
    again = tablet.headers | {"If-None-Match": changed.headers["ETag"]}
    room.close()
    closed = jury_client.get("/api/tablet/pack", headers=again)
    assert closed.json["round"]["state"] == "closed"


def test_a_conflict_hides_the_project_and_its_cells(room: Room, jury_client: Any) -> None:
    tablet = room.tablet(jury_client)
    tablet.score(room.projects[0], [2] * 8)
    conflicts = [{"project_id": str(room.projects[0]), "kind": "direct", "note": "Je préside l’association."}]
    response = jury_client.post("/api/tablet/confirm", json={"conflicts": conflicts}, headers=tablet.headers)
    assert response.status_code == 204
    pack = tablet.pack()
    assert pack["juror"]["confirmed"] is True
    assert pack["projects"][0] == {"id": str(room.projects[0]), "number": 1, "recused": True}
    assert pack["cells"] == []
    (refused,) = tablet.send(tablet.operation(room.projects[0], "comment", "quand même"))
    assert (refused["outcome"], refused["value"]) == ("refused", None)
    more = [{"project_id": str(room.projects[1]), "kind": "indirect"}, conflicts[0]]
    assert jury_client.post("/api/tablet/confirm", json={"conflicts": more}, headers=tablet.headers).status_code == 204
    assert [p["recused"] for p in tablet.pack()["projects"]] == [True, True, False, False]


def test_a_conflict_about_a_foreign_project_is_refused_whole(room: Room, jury_client: Any) -> None:
    tablet = room.tablet(jury_client)
    conflicts = [
        {"project_id": str(room.projects[0]), "kind": "direct"},
        {"project_id": str(uuid.uuid4()), "kind": "direct"},
    ]
    response = jury_client.post("/api/tablet/confirm", json={"conflicts": conflicts}, headers=tablet.headers)
    assert response.status_code == 404
    assert [p["recused"] for p in tablet.pack()["projects"]] == [False] * 4


# Operations


def test_a_write_is_applied_and_its_replay_is_a_duplicate(room: Room, jury_client: Any) -> None:
    tablet = room.tablet(jury_client)
    field = tablet.pack()["grid"]["criteria"][0]["id"]
    first = tablet.operation(room.projects[0], field, 4)
    (applied,) = tablet.send(first)
    assert applied == {"id": first["id"], "outcome": "applied", "version": 1, "value": 4, "reason": None}
    tablet.send(tablet.operation(room.projects[0], field, 2, base=1))
    (replayed,) = tablet.send(first)
    assert replayed == applied | {"outcome": "duplicate"}
    assert room.cells()[str(tablet.juror_id), str(room.projects[0]), field] == (2, 2)


def test_the_same_id_twice_in_one_batch_counts_once(room: Room, jury_client: Any) -> None:
    tablet = room.tablet(jury_client)
    one = tablet.operation(room.projects[0], "comment", "bien")
    assert [r["outcome"] for r in tablet.send(one, one)] == ["applied", "duplicate"]
    assert room.count(CellHistory) == 1


def test_a_reordered_batch_ends_with_the_newest_value(room: Room, jury_client: Any) -> None:
    tablet = room.tablet(jury_client)
    field = tablet.pack()["grid"]["criteria"][0]["id"]
    operations = [tablet.operation(room.projects[0], field, value) for value in (1, 2, 3)]
    results = tablet.send(operations[2], operations[0], operations[1])
    assert [r["outcome"] for r in results] == ["applied"] * 3
    assert [r["version"] for r in results] == [3, 1, 2]
    assert room.cells()[str(tablet.juror_id), str(room.projects[0]), field] == (3, 3)


def test_an_older_write_of_the_same_tablet_does_not_undo_a_newer_one(room: Room, jury_client: Any) -> None:
    tablet = room.tablet(jury_client)
    older = tablet.operation(room.projects[0], "comment", "premier jet")
    newer = tablet.operation(room.projects[0], "comment", "version finale")
    tablet.send(newer)
    (late,) = tablet.send(older)
    assert (late["outcome"], late["value"], late["version"]) == ("conflict", "version finale", 1)
    assert room.count(CellHistory) == 2


def test_between_two_tablets_the_one_paired_last_wins_and_both_values_stay(room: Room, jury_client: Any) -> None:
    first = room.tablet(jury_client)
    field = first.pack()["grid"]["criteria"][0]["id"]
    first.send(first.operation(room.projects[0], field, 1))
    second = room.tablet(jury_client)
    # The second tablet carries a value that was written without knowing of the first one's.
    (result,) = second.send(second.operation(room.projects[0], field, 5, base=0))
    assert (result["outcome"], result["version"], result["value"]) == ("conflict", 2, 5)
    assert "remplace" in result["reason"]
    assert [(h["value"], h["written"]) for h in room.history()] == [(1, True), (5, True)]


def test_an_abstention_and_its_withdrawal_are_values_too(room: Room, jury_client: Any) -> None:
    tablet = room.tablet(jury_client)
    outcomes = tablet.send(
        tablet.operation(room.projects[0], "status", "abstained"),
        tablet.operation(room.projects[0], "status", None, base=1),
        tablet.operation(room.projects[0], "status", "recused"),
    )
    assert [r["outcome"] for r in outcomes] == ["applied", "applied", "refused"]


def test_what_arrives_after_closing_waits_in_the_late_tray(room: Room, jury_client: Any) -> None:
    tablet = room.tablet(jury_client)
    field = tablet.pack()["grid"]["criteria"][0]["id"]
    tablet.send(tablet.operation(room.projects[0], field, 1))
    room.close()
    late = tablet.operation(room.projects[0], field, 5, base=1)
    (result,) = tablet.send(late)
    assert (result["outcome"], result["value"], result["version"]) == ("late", 1, 1)
    assert tablet.send(late) == [result]
    assert room.count(LateEntry) == 1
    assert room.cells()[str(tablet.juror_id), str(room.projects[0]), field] == (1, 1)


BAD_VALUES = [6, -1, 2**70, 1.5, True, "3", [], {}, [[[]]], "x" * 2001]


@pytest.mark.parametrize("value", BAD_VALUES)
def test_a_level_that_does_not_exist_is_refused(room: Room, jury_client: Any, value: Any) -> None:
    tablet = room.tablet(jury_client)
    field = tablet.pack()["grid"]["criteria"][0]["id"]
    operation = tablet.operation(room.projects[0], field, value)
    (result,) = tablet.send(operation)
    assert result["outcome"] == "refused"
    assert result["reason"]
    assert tablet.send(operation) == [result]
    assert room.cells() == {}


@pytest.mark.parametrize("value", ["a\x00b", "\ud800", "x" * 2001, 3, True, {"a": 1}])
def test_words_that_cannot_be_kept_are_refused(room: Room, jury_client: Any, value: Any) -> None:
    tablet = room.tablet(jury_client)
    (result,) = tablet.send(tablet.operation(room.projects[0], "comment", value))
    assert result["outcome"] == "refused"


BROKEN: list[Any] = [
    None,
    3,
    "x",
    [],
    {},
    {"id": 3},
    {"id": "\ud800"},
    {"id": "x" * 5000},
    {"id": "not-a-uuid", "project_id": "p", "field": "comment", "value": "", "base_version": 0, "counter": 0},
]


def test_each_broken_operation_has_its_result_and_stops_no_other(room: Room, jury_client: Any) -> None:
    tablet = room.tablet(jury_client)
    good = tablet.operation(room.projects[0], "comment", "bien")
    results = tablet.send(*BROKEN, good)
    assert [r["outcome"] for r in results] == ["refused"] * len(BROKEN) + ["applied"]


@pytest.mark.parametrize(
    "change",
    [
        {"base_version": -1},
        {"base_version": 2**40},
        {"base_version": "1"},
        {"counter": None},
        {"counter": 1.5},
        {"project_id": "\x00" * 36},
        {"project_id": "00000000-0000-0000-0000-000000000000"},
        {"field": "nothing"},
        {"field": "'; DROP TABLE cells; --"},
        {"field": str(uuid.uuid4())},
        {"client_time": 12},
        {"client_time": "x" * 65},
    ],
)
def test_a_malformed_operation_is_refused(room: Room, jury_client: Any, change: dict[str, Any]) -> None:
    tablet = room.tablet(jury_client)
    (result,) = tablet.send(tablet.operation(room.projects[0], "comment", "bien") | change)
    assert result["outcome"] == "refused"


@pytest.mark.parametrize("client_time", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59+14:00", "hier", ""])
def test_a_clock_years_off_changes_nothing(room: Room, jury_client: Any, client_time: str) -> None:
    tablet = room.tablet(jury_client)
    operation = tablet.operation(room.projects[0], "comment", "bien", client_time=client_time)
    assert tablet.send(operation)[0]["outcome"] == "applied"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"[]", 422),
        (b"null", 422),
        (b"3", 422),
        (b'{"operations": {}}', 422),
        (b'{"operations": "x"}', 422),
        (b"[" * 100_000, 400),
        (b'{"operations": [' + b"[" * 900 + b"]" * 900 + b"]}", 200),
        (b'{"operations": [' + b"9" * 5000 + b"]}", 400),
        (b'{"operations": [NaN, Infinity, -Infinity, 1e999]}', 200),
        (b'{"operations": [' + b",".join([b"1"] * 201) + b"]}", 422),
        (b'"' + b"x" * (2 * 1024 * 1024) + b'"', 413),
    ],
)
def test_a_body_that_is_no_batch_is_refused_not_crashed_on(
    room: Room, jury_client: Any, body: bytes, status: int
) -> None:
    tablet = room.tablet(jury_client)
    response = jury_client.post(
        "/api/tablet/operations", data=body, headers=tablet.headers | {"Content-Type": "application/json"}
    )
    assert response.status_code == status
    if status != 200:
        assert response.mimetype == "application/problem+json"
        assert response.json["detail"]
    wrong_type = jury_client.post("/api/tablet/operations", data=body[:100], headers=tablet.headers)
    assert wrong_type.status_code in (400, 422)


@pytest.mark.parametrize("path", ["pair", "confirm", "heartbeat"])
@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {"code": "a\x00b", "device": "x"},
        {"code": "\ud800", "device": "018f0000-0000-7000-8000-000000000000"},
        {"conflicts": [{"project_id": "x", "kind": "direct"}]},
        {"conflicts": [{"project_id": "018f0000-0000-7000-8000-000000000000", "kind": "direct", "note": "a\x00"}]},
        {"conflicts": 3},
        {"pending": -1},
        {"pending": 10**30},
        {"pending": "1"},
    ],
)
def test_the_other_doors_take_no_rubbish_either(room: Room, jury_client: Any, path: str, body: Any) -> None:
    tablet = room.tablet(jury_client)
    response = jury_client.post(f"/api/tablet/{path}", json=body, headers=tablet.headers)
    assert response.status_code in (204, 404, 422)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NEARLY = st.fixed_dictionaries(
    {},
    optional={
        "id": st.uuids().map(str) | ANYTHING,
        "project_id": st.uuids().map(str) | ANYTHING,
        "field": st.sampled_from(["comment", "feedback", "status", "§criterion"]) | ANYTHING,
        "value": st.integers(-1, 6) | st.just("abstained") | ANYTHING,
        "base_version": st.integers(-1, 3) | ANYTHING,
        "counter": st.integers(-1, 9) | ANYTHING,
        "client_time": st.text(max_size=10) | ANYTHING,
    },
)


@pytest.mark.slow
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(NEARLY | ANYTHING, max_size=6), st.data())
def test_whatever_is_sent_each_operation_has_its_result(
    room: Room, jury_client: Any, jury_db: Any, batch: list[Any], data: st.DataObject
) -> None:
    tablet = _tablet_once(room, jury_client)
    field = tablet.pack()["grid"]["criteria"][0]["id"]
    for one in batch:
        if isinstance(one, dict) and "project_id" in one and data.draw(st.booleans()):
            one["project_id"] = str(room.projects[0])
        if isinstance(one, dict) and one.get("field") == "§criterion":
            one["field"] = field
    body = json.dumps({"operations": batch})
    headers = tablet.headers | {"Content-Type": "application/json"}
    response = jury_client.post("/api/tablet/operations", data=body, headers=headers)
    assert response.status_code == 200, response.text
    assert len(response.json["results"]) == len(batch)
    again = jury_client.post("/api/tablet/operations", data=body, headers=headers).json["results"]
    assert [r["outcome"] for r in again] == [
        "duplicate" if r["outcome"] == "applied" else r["outcome"] for r in response.json["results"]
    ]
    assert rules.history_to_cells(room.history()) == room.cells()


def _tablet_once(room: Room, client: Any) -> Tablet:
    """One tablet for all the examples of a property."""
    if not hasattr(room, "paired"):
        room.paired = room.tablet(client)  # type: ignore[attr-defined]
    return room.paired  # type: ignore[attr-defined, no-any-return]


def test_another_jurors_operation_id_opens_and_blocks_nothing(room: Room, jury_client: Any) -> None:
    mine, other = room.tablet(jury_client, 0), room.tablet(jury_client, 1)
    secret = other.operation(room.projects[0], "comment", "secret de Bruno")
    other.send(secret)
    (result,) = mine.send(mine.operation(room.projects[0], "comment", "à moi", id=secret["id"]))
    assert (result["outcome"], result["value"]) == ("applied", "à moi")
    assert room.cells()[str(other.juror_id), str(room.projects[0]), "comment"] == ("secret de Bruno", 1)


def test_a_project_of_another_call_is_refused(room: Room, jury_client: Any) -> None:
    tablet = room.tablet(jury_client)
    with room.db.transaction() as session:
        from services.jury.use_cases import calls

        data = {"title": "Autre", "organiser_name": "R", "organiser_email": "r@r.example", "places": 1, "reserve": 0}
        call = calls.create_tribune(session, data, who=WHO, now=clock.now())
        foreign = Project(
            call_id=call.id,
            number=1,
            title="Ailleurs",
            structure="s",
            bearer_first_name="",
            bearer_last_name="",
            bearer_email="x@x.example",
            created_at=clock.now(),
        )
        session.add(foreign)
    (result,) = tablet.send(tablet.operation(foreign.id, "comment", "curieux"))
    assert result["outcome"] == "refused"
    assert "Ailleurs" not in str(tablet.pack())


def test_the_heartbeat_reaches_the_board(room: Room, jury_client: Any) -> None:
    tablet = room.tablet(jury_client)
    assert jury_client.post("/api/tablet/heartbeat", json={"pending": 7}, headers=tablet.headers).status_code == 204
    with room.db.reading() as session:
        device = session.scalars(sa.select(Device)).one()
    assert (device.pending, device.beats) == (7, 1)


# At once


def at_once(times: int, work: Any) -> None:
    """Run `work(n)` in that many threads that start together; raise what any of them raised."""
    barrier, problems = threading.Barrier(times), []

    def run(n: int) -> None:
        try:
            barrier.wait(10)
            work(n)
        except BaseException as problem:  # noqa: BLE001  (told to the test below)
            problems.append(problem)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if problems:
        raise problems[0]


@pytest.mark.slow
def test_concurrent_replays_apply_each_operation_once(room: Room, jury_app: Any) -> None:
    client = jury_app.test_client()
    tablet = room.tablet(client)
    criteria = [c["id"] for c in tablet.pack()["grid"]["criteria"]]
    operations = [
        tablet.operation(project, field, n % 6)
        for n, (project, field) in enumerate((p, f) for p in room.projects for f in criteria)
    ]
    outcomes: list[str] = []
    lock = threading.Lock()

    def send(seed: int) -> None:
        mine = list(operations)
        random.Random(seed).shuffle(mine)
        own = jury_app.test_client()
        for start in range(0, len(mine), 8):
            body = {"operations": mine[start : start + 8]}
            response = own.post("/api/tablet/operations", json=body, headers=tablet.headers)
            assert response.status_code == 200
            with lock:
                outcomes.extend(r["outcome"] for r in response.json["results"])

    at_once(6, send)
    assert outcomes.count("applied") == len(operations)
    assert outcomes.count("duplicate") == 5 * len(operations)
    assert room.count(OperationLog) == len(operations)
    assert room.count(CellHistory) == len(operations)
    assert {version for _value, version in room.cells().values()} == {1}
    assert rules.history_to_cells(room.history()) == room.cells()


@pytest.mark.slow
def test_concurrent_writes_to_the_same_cells_replay_from_the_history(room: Room, jury_app: Any) -> None:
    tablet = room.tablet(jury_app.test_client())
    criteria = [c["id"] for c in tablet.pack()["grid"]["criteria"]]
    plans = [
        [tablet.operation(room.projects[0], field, n % 6) for field in criteria for n in range(thread, thread + 3)]
        for thread in range(5)
    ]

    def send(thread: int) -> None:
        own = jury_app.test_client()
        for operation in plans[thread]:
            response = own.post("/api/tablet/operations", json={"operations": [operation]}, headers=tablet.headers)
            assert response.status_code == 200

    at_once(5, send)
    assert room.count(OperationLog) == sum(len(plan) for plan in plans)
    assert rules.history_to_cells(room.history()) == room.cells()
    newest = {op["field"]: op for plan in plans for op in sorted(plan, key=lambda op: op["counter"])}
    for field, operation in newest.items():
        assert room.cells()[str(tablet.juror_id), str(room.projects[0]), field][0] == operation["value"]


@pytest.mark.slow
def test_closing_while_tablets_send_loses_nothing(room: Room, jury_app: Any) -> None:
    sending = [room.tablet(jury_app.test_client(), n) for n in range(3)]
    criteria = [c["id"] for c in sending[0].pack()["grid"]["criteria"]]
    results: list[dict[str, Any]] = []

    def work(n: int) -> None:
        if n == 3:
            room.close()
            return
        tablet = sending[n]
        for project in room.projects:
            for field in criteria:
                own = jury_app.test_client()
                body = {"operations": [tablet.operation(project, field, 3)]}
                response = own.post("/api/tablet/operations", json=body, headers=tablet.headers)
                results.extend(response.json["results"])

    at_once(4, work)
    applied = sum(1 for r in results if r["outcome"] == "applied")
    late = sum(1 for r in results if r["outcome"] == "late")
    assert applied + late == 3 * len(room.projects) * len(criteria)
    assert len(room.cells()) == applied
    assert room.count(LateEntry) == late


def test_jurors_change_their_version_with_every_write(room: Room, jury_client: Any) -> None:
    tablet = room.tablet(jury_client)
    before = room.get(Juror, room.jurors[0]).version
    response = tablet.post([tablet.operation(room.projects[0], "comment", "bien")])
    assert room.get(Juror, room.jurors[0]).version == before + 1
    assert response.json["pack_version"] == tablet.pack()["version"]


def test_the_api_describes_itself_in_openapi_3_1() -> None:
    from services.jury.api import spec

    described = spec()
    assert described["openapi"] == "3.1.0"
    own = ["beside", "confirm", "heartbeat", "operations", "pack", "pair", "unpair"]
    read = ["projects/{project_id}/" + name for name in ("dossier", "others", "papers/{paper_id}")]
    assert sorted(described["paths"]) == sorted(f"/api/tablet/{name}" for name in own + read)
    assert described["paths"]["/api/tablet/pack"]["get"]["security"] == [{"bearer": []}]
