"""What a juror reads of what was filed: only their own, no person, and of a blind round nothing that says who."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import uuid
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.jury import application_rules, tandems
from services.jury.minutes import Signer
from services.jury.models import Application, Attachment, Project, Round
from services.jury.project_import import Row
from services.jury.use_cases import calls, readings, reviews, signing
from shared import clock
from tests.jury_dossiers import add_filed, open_call
from tests.jury_room import WHO, Room, Tablet, project_fields

PERSONS = {
    "bearer_first_name": "Éléonore",
    "bearer_last_name": "Quatrefages",
    "bearer_email": "eleonore@perle.example",
    "board": "Présidente : Ursule Vaquier",
    "partner_contact": "Sok Dara, +855 12 345 678",
    "representative": "Bertille Fontanès",
    "representative_role": "Trésorière élue",
    "authority_contact": "Chea Vanna, chef de district",
}
BEARERS = {
    "structure": "Perle d’Autan",
    "partner_name": "Commune de Mondolkiri",
    "authority_name": "District de Sen Monorom",
    "founded_on": "1987-11-23",
    "resources": "83 217",
    "people": "Quarante adhérents à Lavaur",
    "past_support": "Prix du Lauragais 2015",
}
WATER = PERSONS | BEARERS | {"title": "De l’eau à Mondolkiri", "need": "Deux puits sur cinq sont à sec.", "goal_1": "6"}
PDF = b"%PDF-1.7\nles statuts de Perle d'Autan\n%%EOF\n"


@pytest.fixture
def room(jury_app: Any, jury_db: Any, tmp_path: Path) -> Room:
    jury_app.extensions["settings"] = dataclasses.replace(jury_app.extensions["settings"], attachments=tmp_path)
    call_id = open_call(jury_db)
    return Room.of_dossiers(jury_db, call_id, add_filed(jury_db, call_id, WATER, {"title": "Des écoles à Tulear"}))


def paper(room: Room, folder: Path, project: int = 0) -> uuid.UUID:
    """A paper of the application behind a project, as if it had been attached to the draft."""
    digest = hashlib.sha256(PDF).hexdigest()
    (folder / digest[:2]).mkdir(exist_ok=True)
    (folder / digest[:2] / digest).write_bytes(PDF)
    with room.db.transaction() as session:
        behind = session.scalars(sa.select(Application).where(Application.project_id == room.projects[project])).one()
        added = Attachment(
            application_id=behind.id,
            paper="statuts",
            file_name="Statuts Perle d’Autan.pdf",
            media_type="application/pdf",
            size=len(PDF),
            sha256=digest,
            added_at=clock.now() - dt.timedelta(days=2),
        )
        session.add(added)
        session.flush()
        return added.id


def sum_of(digits: str) -> str:
    """Euros as French writes them: with narrow spaces."""
    return f"{digits} €".replace(" ", "\u202f")


def blind(room: Room) -> None:
    with room.db.transaction() as session:
        readings.set_reading(session, room.round_id, blind=True, shows_others=False, who=WHO, now=clock.now())


def ready(room: Room, client: Any, juror: int = 0) -> Tablet:
    """A tablet whose juror has confirmed the name."""
    tablet = room.tablet(client, juror)
    assert client.post("/api/tablet/confirm", json={"conflicts": []}, headers=tablet.headers).status_code == 204
    return tablet


def read(tablet: Tablet, project: uuid.UUID, language: str = "fr") -> Any:
    headers = tablet.headers | {"Accept-Language": language}
    return tablet.client.get(f"/api/tablet/projects/{project}/dossier", headers=headers)


def test_a_juror_reads_what_was_filed_in_words(room: Room, jury_client: Any) -> None:
    room.open()
    answer = read(ready(room, jury_client), room.projects[0])
    assert answer.status_code == 200
    texts = {one["title"]: one["text"] for one in answer.json["facts"] + answer.json["texts"]}
    assert texts["Le besoin"] == "Deux puits sur cinq sont à sec."
    assert texts["Structure"] == "Perle d’Autan"
    assert texts["Statut"] == "Une association ou une fondation"
    assert texts["Objectif de développement durable (ODD)"] == "6. Eau propre et assainissement"
    (expenses, income) = answer.json["tables"]
    assert expenses == {
        "title": "Dépenses",
        "lines": [{"label": "Puits", "amount": sum_of("20 000")}],
        "total": sum_of("20 000"),
    }
    assert income["title"] == "Autres recettes"
    assert answer.json["asked"] == sum_of("15 000")
    english = {one["title"] for one in read(ready(room, jury_client), room.projects[0], "en").json["texts"]}
    assert "The need" in english


def test_no_person_is_told(room: Room, jury_client: Any) -> None:
    room.open()
    told = json.dumps(read(ready(room, jury_client), room.projects[0]).json, ensure_ascii=False)
    assert "Deux puits" in told
    for text in PERSONS.values():
        assert text not in told


def test_every_field_is_either_read_by_jurors_or_kept_from_them_on_purpose() -> None:
    elsewhere = {"title", "place", "summary"}  # on the sheet itself
    kept = (
        set(PERSONS)
        | {"first", "commitment", "acronym", "siret", "rna", "presenters", "length", "stage_needs"}
        | set(application_rules.SKILLS)
        | {*tandems.SPEAKERS["class"], "school_agrees"}
    )
    assert set(application_rules.TEXTS) == elsewhere | kept | {
        name for name in application_rules.READ_BY_JURORS if not name.startswith("request_")
    }


def test_a_blind_round_says_nothing_of_who(room: Room, jury_client: Any, tmp_path: Path) -> None:
    attached = paper(room, tmp_path)
    blind(room)
    room.open()
    tablet = ready(room, jury_client)
    answer = read(tablet, room.projects[0])
    told = json.dumps(answer.json, ensure_ascii=False) + json.dumps(tablet.pack(), ensure_ascii=False)
    assert "Deux puits" in told
    for text in (*PERSONS.values(), *BEARERS.values(), "1987", "83\u202f217", "Perle"):
        assert text not in told
    assert answer.json["papers"] == []
    path = f"/api/tablet/projects/{room.projects[0]}/papers/{attached}"
    assert jury_client.get(path, headers=tablet.headers).status_code == 404


def test_a_paper_opens_for_its_juror_as_a_download(room: Room, jury_client: Any, tmp_path: Path) -> None:
    attached = paper(room, tmp_path)
    room.open()
    tablet = ready(room, jury_client)
    (one,) = read(tablet, room.projects[0]).json["papers"]
    assert one == {"id": str(attached), "name": "Statuts Perle d’Autan.pdf", "size": len(PDF)}
    path = f"/api/tablet/projects/{room.projects[0]}/papers/{attached}"
    answer = jury_client.get(path, headers=tablet.headers)
    assert (answer.status_code, answer.data) == (200, PDF)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert jury_client.get(path).status_code == 401
    elsewhere = f"/api/tablet/projects/{room.projects[1]}/papers/{attached}"
    assert jury_client.get(elsewhere, headers=tablet.headers).status_code == 404


def test_who_is_close_to_a_project_never_reads_it(room: Room, jury_client: Any) -> None:
    room.open()
    tablet = room.tablet(jury_client)
    assert read(tablet, room.projects[0]).status_code == 404  # the declaration comes before the dossiers
    conflicts = [{"project_id": str(room.projects[0]), "kind": "indirect"}]
    jury_client.post("/api/tablet/confirm", json={"conflicts": conflicts}, headers=tablet.headers)
    assert read(tablet, room.projects[0]).status_code == 404
    assert read(tablet, room.projects[1]).status_code == 200


def test_only_what_a_juror_was_given_opens(room: Room, jury_client: Any) -> None:
    with room.db.transaction() as session:
        numbers = {"per_project": 1, "per_juror": 2, "seed": "albi"}
        seen = readings.propose(session, session.get_one(Round, room.round_id), **numbers)
        readings.adopt(
            session,
            room.round_id,
            **numbers,
            digest=seen.digest,
            site="https://agora.example",
            who=WHO,
            now=clock.now(),
        )
    room.open()
    found = []
    for juror in range(3):
        tablet = ready(room, jury_client, juror)
        given = {one["id"] for one in tablet.pack()["projects"]}
        opened = {str(project) for project in room.projects if read(tablet, project).status_code == 200}
        assert opened == given
        found += given
    assert sorted(found) == sorted(map(str, room.projects))


def test_nothing_opens_for_a_project_of_another_call_or_of_nobody(room: Room, jury_client: Any) -> None:
    with room.db.transaction() as session:
        rows = [Row(9, project_fields(9, "Sans dossier"))]
        calls.import_projects(session, room.call_id, rows, who=WHO, now=clock.now())
        number = session.scalars(sa.select(Project.id).where(Project.title == "Sans dossier")).one()
    room.open()
    tablet = ready(room, jury_client)
    assert read(tablet, uuid.uuid4()).status_code == 404
    assert read(tablet, number).status_code == 404
    told = {one["id"]: one["dossier"] for one in tablet.pack()["projects"]}
    assert told[str(number)] == ""
    assert all(told[str(project)] for project in room.projects)


def test_a_tablet_hears_that_a_paper_was_taken_out(room: Room, jury_client: Any, tmp_path: Path) -> None:
    attached = paper(room, tmp_path)
    room.open()
    tablet = ready(room, jury_client)
    first = jury_client.get("/api/tablet/pack", headers=tablet.headers)
    with room.db.transaction() as session:
        behind = session.scalars(sa.select(Application.id).where(Application.project_id == room.projects[0])).one()
        reviews.remove_paper(session, behind, attached, "Un doublon.", who=WHO, now=clock.now())
    headers = tablet.headers | {"If-None-Match": first.headers["ETag"]}
    second = jury_client.get("/api/tablet/pack", headers=headers)
    assert second.status_code == 200
    before, after = ([one["dossier"] for one in answer.json["projects"]] for answer in (first, second))
    assert (before[0] != after[0], before[1] == after[1]) == (True, True)
    assert read(tablet, room.projects[0]).json["papers"] == []


def test_reading_ends_with_the_minutes(room: Room, jury_client: Any) -> None:
    room.open()
    tablet = ready(room, jury_client)
    room.close()
    assert read(tablet, room.projects[0]).status_code == 200, "the jury deliberates"
    with room.db.transaction() as session:
        signing.sign(session, room.round_id, [Signer("Lou Ferrand", "présidence")], who=WHO, now=clock.now())
    assert read(tablet, room.projects[0]).status_code == 404
    assert [one["dossier"] for one in tablet.pack()["projects"]] == ["", ""], "so the tablet drops what it holds"
