"""The file that a tablet without a network hands over: read in once, whoever sends it again."""

from __future__ import annotations

import base64
import hashlib
import html
import io
import json
import zlib
from typing import Any

import pytest
import sqlalchemy as sa

from services.jury import outbox_file
from services.jury.models import CellHistory, LateEntry, Recusal
from tests.jury_room import Room, Tablet
from tests.tablet_screen import applied_once


@pytest.fixture
def room(jury_db: Any) -> Room:
    return Room(jury_db)


@pytest.fixture
def staff(jury_app: Any, sign_in: Any) -> Any:
    client = jury_app.test_client()
    sign_in(client, "secretary")
    return client


def saved(room: Room, tablet: Tablet, *operations: dict[str, Any], **about: Any) -> bytes:
    """What the tablet writes into the file; its own names of things are those of the outbox."""
    return json.dumps(
        {
            "format": "agora-outbox-1",
            "saved_at": "2016-10-14T09:30:00Z",
            "about": {
                "juror": {"id": str(tablet.juror_id), "first_name": "Aline", "last_name": "Vidal"},
                "round": {"id": str(room.round_id), "title": "Premier tour"},
                "epoch": tablet.epoch,
                **about,
            },
            "operations": [
                {
                    "id": one["id"],
                    "cell": f"{one['project_id']}/{one['field']}",
                    "value": one["value"],
                    "base": one["base_version"],
                    "counter": one["counter"],
                    "at": one["client_time"],
                    "extra": one.get("extra"),
                    "state": "sent",
                }
                for one in operations
            ],
            "notices": [],
        }
    ).encode()


def hand_over(staff: Any, room: Room, content: bytes) -> Any:
    address = f"/equipe/tours/{room.round_id}/fichier-de-tablette/"
    return staff.post(address, data={"file": (io.BytesIO(content), "agora-Vidal.json")})


def criterion(tablet: Tablet) -> str:
    found: str = tablet.pack()["grid"]["criteria"][0]["id"]
    return found


def test_a_file_is_received_once_and_the_tablet_may_still_send_it(room: Room, jury_client: Any, staff: Any) -> None:
    tablet = room.tablet(jury_client)
    field = criterion(tablet)
    kept = [tablet.operation(room.projects[0], field, 4), tablet.operation(room.projects[1], "comment", "Bien.")]
    content = saved(room, tablet, *kept)
    answer = hand_over(staff, room, content)
    assert (answer.status_code, answer.text.count("Reçue<")) == (200, 2)
    again = hand_over(staff, room, content)
    assert (again.text.count("Déjà reçue<"), again.text.count(">Reçue<")) == (2, 0)
    assert [one["outcome"] for one in tablet.send(*kept)] == ["duplicate", "duplicate"]
    assert sorted(str(value) for value, _version in room.cells().values()) == ["4", "Bien."]
    applied_once(room)
    with room.db.reading() as session:
        assert set(session.scalars(sa.select(CellHistory.source))) == {"file"}


def test_the_file_of_a_replaced_tablet_never_covers_what_the_new_one_wrote(
    room: Room, jury_client: Any, staff: Any
) -> None:
    old = room.tablet(jury_client)
    field = criterion(old)
    left = [old.operation(room.projects[0], field, 1), old.operation(room.projects[1], field, 2)]
    new = room.tablet(jury_client)
    new.send(new.operation(room.projects[0], field, 5))
    answer = hand_over(staff, room, saved(room, old, *left))
    assert "Autre valeur écrite ailleurs" in answer.text
    held = {project: value for (_juror, project, _field), (value, _version) in room.cells().items()}
    assert held == {str(room.projects[0]): 5, str(room.projects[1]): 2}


def test_after_closing_it_waits_in_the_late_tray(room: Room, jury_client: Any, staff: Any) -> None:
    tablet = room.tablet(jury_client)
    kept = tablet.operation(room.projects[0], criterion(tablet), 4)
    room.close()
    assert "Tardive<" in hand_over(staff, room, saved(room, tablet, kept)).text
    assert (room.cells(), room.count(LateEntry)) == ({}, 1)


def test_a_link_declared_without_a_network_is_noted(room: Room, jury_client: Any, staff: Any) -> None:
    tablet = room.tablet(jury_client)
    link = tablet.operation(room.projects[2], "conflict", "direct", extra={"kind": "direct", "note": "Ma sœur."})
    answer = hand_over(staff, room, saved(room, tablet, link))
    assert "1 lien déclaré est noté." in answer.text
    assert "ne se lit pas en entier" not in answer.text
    with room.db.reading() as session:
        assert [(one.project_id, one.note) for one in session.scalars(sa.select(Recusal))] == [
            (room.projects[2], "Ma sœur.")
        ]


def test_links_that_cannot_be_read_whole_are_counted_and_asked_for(room: Room, jury_client: Any, staff: Any) -> None:
    tablet = room.tablet(jury_client)
    odd = tablet.operation(room.projects[3], "conflict", "direct", extra={"kind": "cousin"})
    nowhere = tablet.operation("x", "conflict", "direct", extra={"kind": "direct", "note": ""})
    endless = tablet.operation(room.projects[2], "conflict", "direct", extra={"kind": "direct", "note": "a" * 600})
    answer = hand_over(staff, room, saved(room, tablet, odd, nowhere, endless))
    assert "1 lien déclaré est noté." in answer.text
    assert "3 liens déclarés ne se lisent pas en entier" in answer.text
    with room.db.reading() as session:
        assert [len(one.note) for one in session.scalars(sa.select(Recusal))] == [500]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Choisissez le fichier"),
        (b"<html>wifi</html>", "ne vient pas d"),
        (b"[" * 100_000, "ne vient pas d"),
        (b'{"format": "agora-outbox-1"}', "de quelle tablette il vient"),
        (b'{"format": "agora-outbox-1", "about": {"juror": 1, "round": []}, "operations": []}', "de quelle tablette"),
    ],
)
def test_what_is_no_such_file_is_refused_in_words(room: Room, staff: Any, content: bytes, said: str) -> None:
    answer = hand_over(staff, room, content)
    assert answer.status_code == 422
    assert said in answer.text


def test_a_file_that_is_too_long_is_not_even_read() -> None:
    with pytest.raises(outbox_file.Unreadable, match="trop gros"):
        outbox_file.read(b" " * (outbox_file.LIMIT_BYTES + 1))


def test_a_file_of_another_pairing_is_refused(room: Room, jury_client: Any, staff: Any) -> None:
    tablet = room.tablet(jury_client)
    kept = tablet.operation(room.projects[0], criterion(tablet), 4)
    assert hand_over(staff, room, saved(room, tablet, kept, epoch=7)).status_code == 422
    elsewhere = {"id": "01900000-0000-7000-8000-000000000000"}
    assert hand_over(staff, room, saved(room, tablet, kept, round=elsewhere)).status_code == 422
    assert room.cells() == {}


def test_one_bad_entry_never_stops_the_others(room: Room, jury_client: Any, staff: Any) -> None:
    tablet = room.tablet(jury_client)
    field = criterion(tablet)
    bad = [
        tablet.operation(room.projects[0], field, 99),
        tablet.operation("nowhere", field, 1) | {"id": None, "counter": "x"},
        tablet.operation(room.projects[0], field, 3) | {"base_version": -1},
        tablet.operation(room.projects[2], "comment", "coupé \ud83d"),
    ]
    answer = hand_over(staff, room, saved(room, tablet, *bad, tablet.operation(room.projects[1], field, 3)))
    assert answer.text.count("Refusée<") == 3
    assert "coupé ?" in answer.text
    assert sorted(str(value) for value, _version in room.cells().values()) == ["3", "coupé ?"]


def test_only_who_may_write_reads_a_file_in(room: Room, jury_client: Any, sign_in: Any) -> None:
    sign_in(jury_client, "auditor")
    assert jury_client.get(f"/equipe/tours/{room.round_id}/fichier-de-tablette/").status_code == 403


def cut(content: bytes, size: int = 240) -> list[str]:
    """The codes that the tablet shows of what it would save, as shared/web/static/outbox/codes.js cuts them."""
    packed = zlib.compress(content)
    text, mark = base64.b64encode(packed).decode(), hashlib.sha256(packed).hexdigest()[:16]
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    return [f"agora-outbox:{n}/{len(pieces)}:{mark}:{piece}" for n, piece in enumerate(pieces, start=1)]


def test_its_codes_say_the_same_as_the_file_in_any_order(room: Room, jury_client: Any, staff: Any) -> None:
    tablet = room.tablet(jury_client)
    kept = saved(room, tablet, *(tablet.operation(one, criterion(tablet), 3) for one in room.projects))
    codes = cut(kept)
    assert len(codes) > 2
    assert outbox_file.joined("\n".join([*reversed(codes), codes[1]])) == kept
    address = f"/equipe/tours/{room.round_id}/fichier-de-tablette/"
    answer = staff.post(address, data={"codes": " ".join(codes)})
    assert (answer.status_code, answer.text.count("Reçue<")) == (200, len(room.projects))


def test_codes_that_lack_or_do_not_fit_say_what_to_do_and_keep_what_was_read(room: Room, staff: Any) -> None:
    codes, others = cut(b"{}" * 200 + b"x" * 10, 5), cut(b"another", 5)
    broken = codes[0][:-1] + ("A" if codes[0][-1] != "A" else "B")
    for given, words in (
        (["rien"], "Aucun code d’une tablette"),
        (codes[1:], "Il manque des codes : 1."),
        ([*codes, others[0]], "ne vont pas ensemble"),
        ([broken, *codes[1:]], "mal lu"),
        ([codes[0].replace(":1/", ":0/"), *codes], "ne vient pas d’une tablette"),
        (codes, "ne vient pas d’une tablette"),
    ):
        answer = staff.post(f"/equipe/tours/{room.round_id}/fichier-de-tablette/", data={"codes": "\n".join(given)})
        assert (answer.status_code, words in html.unescape(answer.text).replace("\u202f", " ")) == (422, True), words
        assert given[-1] in html.unescape(answer.text)
