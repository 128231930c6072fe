"""What a revoked desk or a host's phone kept, read in by the staff from its file: shown first, noted once."""

from __future__ import annotations

import datetime as dt
import hashlib
import html
import io
import json
import re
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration.models import Attendance, Registration, RestitutionPart, WalkIn
from services.registration.rules import device_file
from services.registration.rules.dates import at
from services.registration.use_cases import desk, restitution
from shared import clock
from shared.db import Database, new_id
from tests.hostile_forms import HOSTILE
from tests.integration.registration_people import DAY, NOW, an_event
from tests.integration.test_registration_workshop_attendance import MORNING, Play, plain


class Device:
    """A phone or a desk that keeps what it writes, and the staff who read it in."""

    def __init__(self, play: Play, **about: Any) -> None:
        self.play, self.about, self.kept = play, about, []  # type: ignore[var-annotated]

    def write(
        self, cell: str, value: Any, *, base: int = 0, minute: int = 20, state: str = "waiting", extra: Any = None
    ) -> Any:
        when = at(DAY, dt.time(10, minute)).isoformat()
        made = {
            "id": str(new_id()),
            "cell": cell,
            "value": value,
            "base": base,
            "counter": len(self.kept) + 1,
            "at": when,
        }
        self.kept.append(made | {"extra": extra, "state": state})
        return made

    @property
    def file(self) -> bytes:
        content = {"format": "agora-outbox-1", "about": self.about, "operations": self.kept, "notices": []}
        return json.dumps(content, indent=2).encode()

    def read(self, content: bytes | None = None) -> Any:
        sent = {"file": (io.BytesIO(self.file if content is None else content), "restitution.json")}
        return self.play.client.post(self.page, data=sent)

    def confirm(self, shown: Any) -> Any:
        (found,) = re.findall(r'name="content" value="([^"]+)"', shown.text)
        return self.play.client.post(self.page, data={"content": html.unescape(found)})

    @property
    def page(self) -> str:
        return f"/equipe/evenements/{self.play.slug}/accueil/fichier/"


@pytest.fixture
def play(registration_db: Database, registration_client: Any, sign_in: Any, monkeypatch: pytest.MonkeyPatch) -> Play:
    monkeypatch.setattr(clock, "now", lambda: MORNING)
    sign_in(registration_client, "staff")
    return Play(registration_db, registration_client)


def phone(play: Play) -> Device:
    """A host's, whose link another one replaces."""
    link = hashlib.sha256(play.tokens[play.a].encode()).hexdigest()[:16]
    with play.db.transaction() as session:
        play.tokens[play.a] = restitution.invite(session, play.event_id, play.a, NOW, who="test")
    return Device(play, id=str(play.a), title="Atelier 0.0", event="Journée d’essai", link=link)


def standing(answer: Any) -> list[tuple[str, str]]:
    """(who, what becomes of it) of each line."""
    return re.findall(r'<th scope="row">([^<]+)</th>.*?class="pill[^>]+>([^<]+)<', answer.text, re.S)


def test_the_file_of_a_phone_is_shown_first_and_noted_once(play: Play) -> None:
    device = phone(play)
    device.write(f"here/{play.soa}", 1, state="sent")
    lou = device.write(f"here/{play.lou}", 1)
    device.write(f"here/{play.soa}", 0)  # over its own, which was never answered
    device.write(f"here/{play.ana}", 1, minute=10)
    device.write("findings", "Il manque des pièces.")
    play.host(play.b, play.tap(play.ana, minute=15))

    shown = device.read()
    assert standing(shown) == [
        ("Soa Personne0", "sera noté"),
        ("Lou Personne2", "sera noté"),
        ("Soa Personne0", "sera noté"),
        ("Ana Personne1", "pas repris"),
        ("Le texte", "sera noté"),
    ]
    assert "Vu·e depuis, à 10 h 15, dans « Atelier 0.1 »" in plain(shown.text)
    assert play.seen() == {(play.ana, play.b)}, "nothing is noted yet"
    done = device.confirm(shown)
    assert [one for _who, one in standing(done)] == ["noté", "noté", "noté", "pas repris", "noté"]
    assert play.seen() == {(play.ana, play.b), (play.lou, play.a)}
    assert play.inside() == {play.ana, play.lou}
    assert play.facts() == ["checked_in", "checked_in", "checked_in", "undone"]
    with play.db.reading() as session:
        assert session.scalars(sa.select(RestitutionPart.text)).all() == ["Il manque des pièces."]

    assert "ce fichier ne change rien" in device.read().text
    (again,) = play.host(play.a, play.tap(play.lou, id=lou["id"]))
    assert again["outcome"] == "duplicate", "the phone may still send it, by the new link"
    assert "Fichier d’un appareil lu" in play.client.get("/equipe/journal/").text


def test_a_text_over_another_is_kept_to_be_copied_however_often_it_was_written(play: Play) -> None:
    device = phone(play)
    device.write("findings", "Premier jet.", state="sent")
    device.write("findings", "L’eau est rare.")
    text = {"part": "findings", "value": "Écrit ailleurs.", "base_version": 0, "counter": 1, "id": str(new_id())}
    play.send("host/operations", play.tokens[play.a], text)
    shown = device.read()
    assert standing(shown) == [("Le texte", "pas repris")] * 2
    assert "L’eau est rare." in shown.text
    assert 'name="content"' not in shown.text


def test_the_file_of_a_revoked_desk_brings_who_it_registered_and_where_they_were_seen(play: Play) -> None:
    device = Device(play, desk=1, event={"id": str(play.event_id), "title": "Journée d’essai"})
    awa = new_id()
    device.write(str(awa), 1, extra={"first_name": "Awa", "last_name": "Ndiaye", "structure": "Mairie"})
    with play.db.reading() as session:
        slot = str(session.scalars(sa.text("SELECT slot_id FROM workshops WHERE id = :id"), {"id": play.a}).one())
    device.write(f"{awa}/{slot}", str(play.a), extra={"workshop": str(play.a)})
    device.write(str(play.soa), 1)
    with play.db.transaction() as session:
        one = session.scalars(sa.text("SELECT id FROM desks")).one()
        desk.revoke(session, play.event_id, one, MORNING, who="test")
    shown = device.read()
    assert [who for who, _stands in standing(shown)] == ["Awa Ndiaye", "Awa Ndiaye", "Soa Personne0"]
    assert "est dans « Atelier 0.0 »" in plain(shown.text)
    assert play.inside() == set()
    device.confirm(shown)
    assert (play.inside(), play.seen()) == ({awa, play.soa}, {(awa, play.a)})
    with play.db.reading() as session:
        assert session.get_one(WalkIn, awa).beyond_capacity is False
        assert session.get_one(Registration, awa).full_name == "Awa Ndiaye"
        assert set(session.scalars(sa.select(Attendance.at).where(Attendance.present))) == {at(DAY, dt.time(10, 20))}


def test_what_is_no_file_of_this_event_is_refused_with_what_to_do(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    with play.db.transaction() as session:
        other = an_event(session, slug="autre")
    ours, link = {"id": str(play.event_id)}, {"id": str(play.a), "link": "0" * 16}
    for about, said in (
        ({"desk": 1, "event": {"id": str(other.id)}}, "un autre évènement"),
        ({"desk": 9, "event": ours}, "un autre évènement"),
        ({"id": str(new_id())}, "pas, ou plus, au programme"),
        (link, "aucun des liens donnés"),
        ({"juror": {"id": "x"}}, "tablette du jury"),
        *(({"desk": odd, "event": ours}, "de quel appareil") for odd in (None, True, "1", 0, -1, 10**30)),
        *(({"id": str(play.a), "link": odd}, "de quel appareil") for odd in (None, 7, "x" * 16)),
    ):
        answer = Device(play, **about).read()
        assert (answer.status_code, said in answer.text) == (422, True), about
    monkeypatch.setattr(device_file, "LIMIT_BYTES", 10_000)
    three = Device(play, **{"desk": 1, "event": ours})
    for _ in range(3):
        three.write(str(play.soa), 1)
    for content, said in (
        (three.file, "de quel appareil"),
        (b"{", "abîmé en route"),
        (b"[" * 9_000, "abîmé en route"),
        (b"\xff", "abîmé en route"),
        (b" " * 10_001, "trop gros"),
        (b"", "Choisissez le fichier"),
    ):
        answer = three.read(content)
        assert (answer.status_code, said in answer.text) == (422, True), content[:20]


def test_nothing_that_stands_in_a_file_crashes(play: Play) -> None:
    odd: tuple[Any, ...] = (
        *(one for one in HOSTILE.values() if len(str(one)) < 5000),
        None,
        [],
        {},
        10**30,
        1.5,
        "\ud800",
    )
    for about, cells in (
        (
            {"desk": 1, "event": {"id": str(play.event_id)}},
            [str(play.soa), f"{play.soa}@2016-10-14", f"{play.soa}/{new_id()}"],
        ),
        ({"id": str(play.a)}, [f"here/{play.soa}", "findings"]),
    ):
        device = Device(play, **about)
        wrongs = [(name, wrong) for name in ("id", "cell", "value", "base", "counter", "at", "extra") for wrong in odd]
        for number, cell in enumerate(cells):
            for start in range(0, len(wrongs), 40):
                device.kept = []
                for name, wrong in wrongs[start : start + 40]:
                    device.write(cell, 1, extra={"workshop": str(play.a)})
                    device.kept[-1][name] = wrong
                    if name != "cell":  # at most two of a cell
                        device.kept[-1]["cell"] = (
                            cell.replace(str(play.soa), str(new_id())) if number or "/" in cell else str(new_id())
                        )
                answer = device.read()
                assert answer.status_code in (200, 422), (cell, start)
