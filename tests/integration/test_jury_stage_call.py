"""A Tribune that takes proposals: the same form and steps as a call for money, with the questions of a stage."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import uuid
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.jury.models import Application, Call, Project
from services.jury.use_cases import calls, rulebooks
from shared import clock
from shared.errors import RuleError
from shared.messaging.tables import outbox
from tests.jury_applications import ON_STAGE

WHO = "secretaire@agora.example"
SITE = "https://agora.example"
TRIBUNE = {
    "title": "Tribune des projets 2030",
    "organiser_name": "Réseau Coop d’Oc",
    "organiser_email": "tribune@agora.example",
    "places": 3,
    "reserve": 1,
}
LAST_DAY = dt.date(2030, 3, 31)


@pytest.fixture
def jury_staff(jury_app: Any, sign_in: Callable[..., Any]) -> Any:
    client = jury_app.test_client()
    sign_in(client, "secretary")
    return client


@pytest.fixture
def call_id(jury_app: Any, jury_db: Any, tmp_path: Path) -> uuid.UUID:
    jury_app.extensions["settings"] = dataclasses.replace(jury_app.extensions["settings"], attachments=tmp_path)
    with jury_db.transaction() as session:
        call = calls.create_tribune(session, TRIBUNE, who=WHO, now=clock.now())
        rulebooks.take_proposals(session, call.id, LAST_DAY, 8, site=SITE, who=WHO, now=clock.now())
        calls.open_call(session, call.id, url=SITE, who=WHO, now=clock.now())
        return call.id


def begin(client: Any, call_id: uuid.UUID) -> str:
    who = {"first_name": "Léa", "last_name": "Bories", "email": "lea@eau.example"}
    answer = client.post(f"/appels/{call_id}/deposer", data=who)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def filed(client: Any, call_id: uuid.UUID) -> str:
    path = begin(client, call_id)
    assert client.post(path, data=ON_STAGE | {"version": "1"}).status_code == 303
    assert client.post(f"{path}/deposer").status_code == 303
    return path


def test_a_presentation_is_proposed_by_a_link_without_a_word_of_money(jury_client: Any, call_id: Any) -> None:
    public = jury_client.get(f"/appels/{call_id}").text
    assert "Proposer une présentation" in public
    assert "8 minutes" in public
    assert jury_client.get(f"/appels/{call_id}/eligibilite").status_code == 404
    path = begin(jury_client, call_id)
    asked = set(re.findall(r'name="([a-z_0-9]+)"', jury_client.get(path).text))
    assert set(ON_STAGE) <= asked
    assert not {"siret", "request_1", "expense_amount_1", "representative", "commitment"} & asked
    jury_client.post(path, data=ON_STAGE | {"version": "1", "length": "9"})
    assert "8 au plus" in jury_client.get(f"{path}/verifier").text
    jury_client.post(path, data=ON_STAGE | {"version": "2"})
    slides = {"file_diaporama": (BytesIO(b"%PDF-1.7\nhello\n%%EOF\n"), "eau.pdf")}
    assert jury_client.post(f"{path}/pieces/diaporama", data=slides).status_code == 303
    checked = jury_client.get(f"{path}/verifier").text
    assert "Déposer le dossier" in checked
    assert "€" not in checked
    assert jury_client.post(f"{path}/deposer").status_code == 303
    copy = jury_client.get(f"{path}/copie").text
    assert "Sok Dara, maire de Battambang" in copy
    assert "Dépenses" not in copy
    assert jury_client.get(path).status_code == 200


def test_the_staff_accept_it_into_the_projects_of_the_tribune(
    jury_client: Any, jury_staff: Any, jury_db: Any, call_id: Any
) -> None:
    filed(jury_client, call_id)
    listed = jury_staff.get(f"/equipe/appels/{call_id}/dossiers").text
    assert "Eau et Compagnie" in listed
    assert "Aide demandée" not in listed
    with jury_db.reading() as session:
        application_id = session.scalars(sa.select(Application.id)).one()
    page = jury_staff.get(f"/equipe/dossiers/{application_id}").text
    assert "Un second micro." in page
    jury_staff.post(f"/equipe/dossiers/{application_id}/accepter")
    with jury_db.reading() as session:
        project = session.scalars(sa.select(Project)).one()
        assert (project.call_id, project.title, project.language) == (call_id, ON_STAGE["title"], "fr")
        told = session.scalars(sa.select(outbox.c.envelope).where(outbox.c.type == "jury.application.reviewed.v1"))
        assert [one["data"]["kind"] for one in told] == ["tribune"]
    workbook = jury_staff.get(f"/equipe/appels/{call_id}/dossiers/classeur.xlsx")
    assert workbook.status_code == 200


def test_the_secretary_opens_it_with_a_day_and_changes_its_conditions(jury_staff: Any, jury_db: Any) -> None:
    made = jury_staff.post("/equipe/appels/nouveau", data=TRIBUNE | {"closes_on": "2030-03-31"})
    assert made.location.endswith("/propositions")
    page = jury_staff.get(made.location).text
    assert "31 mars 2030" in page
    assert f'action="{made.location.removesuffix("/propositions")}/ouvrir"' in page
    refused = jury_staff.post(made.location, data={"closes_on": "2030-04-15", "pitch_minutes": "0"})
    assert (refused.status_code, 'value="2030-04-15"' in refused.text) == (422, True)
    jury_staff.post(made.location, data={"closes_on": "2030-04-15", "pitch_minutes": "6"})
    parts = made.location.replace("propositions", "articles/modifier")
    form = jury_staff.get(parts).text
    assert "Le département du siège" in form
    assert "Les plafonds" not in form
    row = {"number-0": "1", "title-0": "Ancienneté", "text-0": "Deux ans.", "check-0": "founded_on", "least-0": "2"}
    assert jury_staff.post(parts, data=row).status_code == 422
    row = {"number-0": "1", "title-0": "Une fois", "text-0": "Une seule.", "check-0": "first"}
    assert jury_staff.post(parts, data=row).status_code == 303
    with jury_db.reading() as session:
        call = session.scalars(sa.select(Call)).one()
        assert (call.rulebook["pitch_minutes"], len(call.rulebook["articles"]), call.rulebook_version) == (6, 1, 4)


def test_a_tribune_without_a_day_has_no_form(jury_client: Any, jury_staff: Any, jury_db: Any) -> None:
    made = jury_staff.post("/equipe/appels/nouveau", data=TRIBUNE)
    call_id = made.location.rsplit("/", 1)[1]
    jury_staff.post(f"/equipe/appels/{call_id}/ouvrir")
    assert "Proposer" not in jury_client.get(f"/appels/{call_id}").text
    for page in ("deposer", "retrouver", "eligibilite", "echeance.ics"):
        assert jury_client.get(f"/appels/{call_id}/{page}").status_code == 404
    assert jury_staff.get(f"/equipe/appels/{call_id}/propositions").status_code == 200
    assert jury_staff.get(f"/equipe/appels/{call_id}/articles/modifier").status_code == 404


def test_the_day_stands_once_a_round_scores(jury_db: Any, call_id: Any) -> None:
    with jury_db.transaction() as session:
        session.execute(sa.text("UPDATE rounds SET state = 'open', frozen = '{}', frozen_hash = 'x'"))
    with pytest.raises(RuleError, match="figé"), jury_db.transaction() as session:
        rulebooks.take_proposals(session, call_id, LAST_DAY, 8, site=SITE, who=WHO, now=clock.now())


def test_another_last_day_is_told_wherever_the_first_one_was(jury_db: Any, jury_staff: Any, call_id: Any) -> None:
    def told() -> list[str]:
        query = sa.select(outbox.c.envelope).where(outbox.c.type == "jury.call.opened.v1").order_by(outbox.c.id)
        with jury_db.reading() as session:
            return [row[0]["data"]["closes_at"][:10] for row in session.execute(query)]

    where = f"/equipe/appels/{call_id}/propositions"
    assert jury_staff.post(where, data={"closes_on": "2030-03-31", "pitch_minutes": "9"}).status_code == 303
    assert told() == ["2030-03-31"]  # the same day: nobody hears of minutes
    assert jury_staff.post(where, data={"closes_on": "2030-04-02", "pitch_minutes": "9"}).status_code == 303
    assert told() == ["2030-03-31", "2030-04-02"]
