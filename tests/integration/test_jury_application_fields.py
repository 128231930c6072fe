"""What an application says besides its project: who stands for it, what it commits to, who else pays."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.jury.models import Application
from services.jury.use_cases import applications, erasing
from shared import clock, workbooks
from shared.db import new_id
from tests.jury_applications import COMPLETE
from tests.jury_dossiers import CALL, add_filed, open_call
from tests.jury_room import Room

MORE = {
    "rna": "W313012345",
    "representative_role": "Présidente",
    "resources": "80 000",
    "people": "40 adhérents, 1 salariée",
    "authority_level": "local",
    "calendar": "Trois mois d’études, six de chantier.",
    "women": "1200",
    "risks": "La saison des pluies.",
    "income_status_1": "obtained",
}


def drafted(client: Any, call_id: Any) -> str:
    who = {"first_name": "Léa", "last_name": "Bories", "email": "lea@eau.example"}
    return str(client.post(f"/appels/{call_id}/deposer", data=who).location)


def test_what_is_typed_stands_in_the_form_the_copy_and_the_check(jury_client: Any, jury_db: Any) -> None:
    path = drafted(jury_client, open_call(jury_db))
    jury_client.post(path, data=COMPLETE | MORE | {"version": "1", "siret": "732 829 320 00075"})
    page = jury_client.get(path).text
    assert 'value="732 829 320 00075"' in page
    assert '<option value="obtained" selected>' in page
    check = jury_client.get(f"{path}/verifier").text
    targets = re.findall(r'<a href="/dossiers/[\w-]+#([\w-]+)">', check)
    assert ("f-siret" in targets, [one for one in targets if f'id="{one}"' not in page]) == (True, [])
    assert "Ce numéro SIRET ne tient pas" in check
    assert "contrat d’engagement" not in check
    copy = jury_client.get(f"{path}/copie").text
    for told in (
        "Anne Roux",
        "Présidente",
        "W313012345",
        "Commune ou intercommunalité",
        "Souscrit",
        "Commune (obtenu)",
    ):
        assert told in copy
    assert "80\u202f000" in copy


def test_a_box_that_is_not_ticked_any_more_is_said_before_the_filing(jury_client: Any, jury_db: Any) -> None:
    path = drafted(jury_client, open_call(jury_db))
    jury_client.post(path, data=COMPLETE | {"version": "1"})
    unticked = {name: value for name, value in COMPLETE.items() if name != "commitment"}
    jury_client.post(path, data=unticked | {"version": "2"})
    assert "Cochez le contrat d’engagement républicain" in jury_client.get(f"{path}/verifier").text


def test_the_secretary_takes_all_of_it_away_in_a_workbook(jury_db: Any, jury_client: Any, sign_in: Any) -> None:
    call_id = open_call(jury_db)
    (one, _other) = add_filed(jury_db, call_id, MORE, {"title": "=1+1", "risks": ""})
    where = f"/equipe/appels/{call_id}/dossiers"
    assert jury_client.get(f"{where}/classeur.xlsx").status_code in (302, 303, 401), "not for strangers"
    sign_in(jury_client, "secretary")
    assert f"{where}/classeur.xlsx" in jury_client.get(where).text
    heads, *lines = workbooks.table(jury_client.get(f"{where}/classeur.xlsx").data)
    first = dict(zip(heads, lines[0], strict=True))
    assert first["Référence"] == one.reference
    assert (first["Numéro SIRET"], first["Représentant légal"]) == ("732 829 320 00074", "Anne Roux")
    assert (first["Niveau de l’autorité locale"], first["Les risques"]) == (
        "Commune ou intercommunalité",
        "La saison des pluies.",
    )
    sums = [first[name] for name in ("Aide demandée", "Dépenses", "Autres recettes", "Autres recettes obtenues")]
    assert sums == ["15000", "20000", "5000", "5000"]
    second = dict(zip(heads, lines[1], strict=True))
    assert (second["Titre du projet"], second["Autres recettes obtenues"]) == ("=1+1", "0")


def test_a_private_funder_does_not_ask_for_the_commitment(jury_client: Any, jury_db: Any, sign_in: Any) -> None:
    call_id = open_call(jury_db)
    path = drafted(jury_client, call_id)
    assert 'name="commitment"' in jury_client.get(path).text
    sign_in(jury_client, "secretary")
    figures = {"per_year": "5000", "per_project": "15000", "years": "3", "funder": CALL["funder"], "envelope": "320000"}
    figures |= {
        "mode": "none",
        "line": "stop",
        "reserves": "whole",
        "quorum": "50",
        "reserve": "0",
        "minimum_readings": "1",
        "closes_on": "2030-03-31",
    }
    answer = jury_client.post(f"/equipe/appels/{call_id}/reglement/chiffres", data=figures | {"commitment": "no"})
    assert answer.status_code == 303, answer.text
    assert 'name="commitment"' not in jury_client.get(path).text


def test_what_was_filed_without_the_new_fields_stays_filed_and_readable(
    jury_db: Any, jury_client: Any, sign_in: Any, tmp_path: Path, jury_app: Any
) -> None:
    jury_app.extensions["settings"] = dataclasses.replace(jury_app.extensions["settings"], attachments=tmp_path)
    call_id = open_call(jury_db)
    old = dict.fromkeys(("siret", "representative", "commitment"), "")
    (one,) = add_filed(jury_db, call_id, old)
    with jury_db.transaction() as session:
        token = applications.issue(session, one.id, clock.now())
    assert jury_client.get(f"/dossiers/{token}").status_code == 200
    sign_in(jury_client, "secretary")
    assert jury_client.get(f"/equipe/dossiers/{one.id}").status_code == 200
    room = Room.of_dossiers(jury_db, call_id, [one])
    assert len(room.projects) == 1


def test_a_juror_reads_the_new_fields_but_no_person(jury_db: Any, jury_client: Any) -> None:
    call_id = open_call(jury_db)
    (one,) = add_filed(jury_db, call_id, MORE)
    room = Room.of_dossiers(jury_db, call_id, [one])
    room.open()
    tablet = room.tablet(jury_client)
    jury_client.post("/api/tablet/confirm", json={"conflicts": []}, headers=tablet.headers)
    answer = jury_client.get(f"/api/tablet/projects/{room.projects[0]}/dossier", headers=tablet.headers)
    assert answer.status_code == 200, answer.text
    assert "La saison des pluies." in answer.text
    assert "Commune (obtenu)" in answer.text
    assert "Anne Roux" not in answer.text


@pytest.mark.parametrize("name", ["representative", "representative_role", "authority_contact"])
def test_who_was_named_goes_with_the_bearer_who_is_erased(jury_db: Any, name: str) -> None:
    call_id = open_call(jury_db)
    add_filed(jury_db, call_id, {name: "Anne Roux"})
    with jury_db.transaction() as session:
        data = {"email": "lea@eau.example", "email_hash": "0" * 64, "request_id": new_id()}
        erasing.erase(session, data, clock.now())
    with jury_db.reading() as session:
        one = session.scalars(sa.select(Application)).one()
    assert name not in one.content
    assert "Anne Roux" not in str(one.filed)
