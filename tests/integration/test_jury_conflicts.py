"""Links are suggested to the secretary and decided by nobody but her."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from services.jury.conflicts import Party, Suggestion, suggest
from services.jury.models import Juror, Recusal
from tests.jury_room import Room


def test_the_same_structure_domain_or_name_is_a_question() -> None:
    jurors = [
        Party("a", "Vidal", "a.vidal@mairie-albi.example", "Trésorière d’Eau et Partage"),
        Party("b", "Castan", "b@gmail.com", ""),
        Party("c", "Ferrié", "c@mairie-albi.example", "Élue"),
    ]
    projects = [
        Party("1", "Bories", "lea@gmail.com", "Association Eau et Partage"),
        Party("2", "FERRIE", "x@asso.example", "Association"),
        Party("3", "Roux", "roux@Mairie-Albi.example", "Commune d’Albi"),
    ]
    assert suggest(jurors, projects) == [
        Suggestion("a", "1", "structure"),
        Suggestion("a", "3", "domain"),
        Suggestion("c", "2", "name"),
        Suggestion("c", "3", "domain"),
    ]


def test_the_secretary_decides(jury_db: Any, jury_client: Any, sign_in: Any) -> None:
    room = Room(jury_db)
    with jury_db.transaction() as session:
        session.get_one(Juror, room.jurors[1]).email = "bruno@asso.example"
    sign_in(jury_client, "secretary")
    base = f"/equipe/appels/{room.call_id}"
    text = jury_client.get(f"{base}/liens/").text
    assert text.count("Même domaine de courriel que le porteur.</td>") == 4
    with jury_db.reading() as session:
        assert session.scalars(sa.select(Recusal)).all() == []
    data = {"juror": str(room.jurors[1]), "project": str(room.projects[0]), "kind": "indirect"}
    assert jury_client.post(f"{base}/retraits", data=data).status_code == 303
    with jury_db.reading() as session:
        assert [r.kind for r in session.scalars(sa.select(Recusal))] == ["indirect"]
    assert jury_client.get(f"{base}/liens/").text.count("Même domaine de courriel que le porteur.</td>") == 3
    sign_in(jury_client, "auditor")
    assert jury_client.get(f"{base}/liens/").status_code == 403
