"""The treasurer reads the money, the voices of assemblies and the year's figures; no registration, and no score."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from services.registration.use_cases import assemblies, assembly_room, convening
from tests.integration.registration_people import an_event
from tests.integration.test_registration_assembly import HELD, NOW, WHO, draft, voter
from tests.integration.test_staff_doors import _address

OWN = {
    "registration": {
        "accounts.own",
        "assemblies.index",
        "minutes.approval",
        "minutes.data",
        "minutes.show",
        "assemblies.screen",
        "assemblies.show",
        "assemblies.voices",
        "board.show",
        "events.index",
        "report.export",
        "report.figures",
        "report.index",
        "report.people",
        "statutes.index",
        "statutes.cases",
        "statutes.show",
    },
    "jury": {
        "calls.index",
        "funders.as_csv",
        "funders.as_xlsx",
        "funders.index",
        "funders.layout",
        "funders.report",
        "payments.as_csv",
        "payments.paper",
        "payments.report",
        "payments.table",
    },
    "mailer": set(),
}
MAY_CHANGE = {"funders.note_figure", "funders.remove_figure", "funders.save_layout", "payments.pay", "payments.unpay"}


@pytest.fixture(params=sorted(OWN))
def service(request: pytest.FixtureRequest) -> tuple[str, Flask]:
    return request.param, request.getfixturevalue(f"{request.param}_app")


def test_every_other_page_of_the_staff_is_refused_in_plain_words(
    service: tuple[str, Flask], sign_in: Callable[..., Any]
) -> None:
    name, app = service
    stranger, treasurer = app.test_client(), app.test_client()
    sign_in(treasurer, "treasurer")
    opened = set()
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint.endswith("static"):
            continue
        address = _address(app, rule)
        asked = stranger.get(address)
        asked.close()
        if asked.status_code != 303 or "/connexion?next=" not in asked.headers.get("Location", ""):
            continue  # open to everybody
        answer = treasurer.get(address)
        if answer.status_code == 403:
            assert "Votre compte ne donne pas accès à cette page." in answer.text.replace("\u00a0", " "), rule
        else:
            opened.add(rule.endpoint)
    assert {one for one in opened if not one.startswith("accounts.")} == OWN[name] - {"accounts.own"}
    for rule in app.url_map.iter_rules():
        if "POST" in (rule.methods or ()) and rule.endpoint in MAY_CHANGE:
            assert treasurer.post(_address(app, rule)).status_code != 403


def test_the_first_page_leads_to_what_is_theirs_and_no_link_to_a_closed_door(
    registration_client: Any, registration_db: Any, jury_client: Any, sign_in: Callable[..., Any]
) -> None:
    with registration_db.transaction() as session:
        an_event(session)
    sign_in(registration_client, "treasurer")
    first = registration_client.get("/equipe/")
    assert first.headers["Location"] == "/equipe/bilan/"
    page = registration_client.get("/equipe/bilan/?annee=2016").text
    assert "Journée d’essai" in page.replace("&#39;", "’")
    assert "/equipe/evenements/" not in page
    sign_in(jury_client, "treasurer")
    assert jury_client.get("/").headers["Location"] == "/equipe/"
    assert jury_client.get("/equipe/").headers["Location"] == "/equipe/versements/"
    assert "portefeuille" not in jury_client.get("/equipe/versements/").text.lower()


def test_the_voices_of_an_assembly_come_as_a_file(
    registration_client: Any, registration_db: Any, sign_in: Callable[..., Any]
) -> None:
    with registration_db.transaction() as session:
        made = assemblies.create(session, draft(), NOW, who=WHO)
        convening.convene(session, made.id, NOW, who=WHO)
        assemblies.open_session(session, made.id, HELD, who=WHO)
    holder, giver = voter(registration_db, "Commune"), voter(registration_db, "Département")
    with registration_db.transaction() as session:
        assembly_room.give_proxy(session, made.id, giver, holder, HELD, who=WHO)
        assembly_room.arrive(session, made.id, holder, HELD, who=WHO)
    sign_in(registration_client, "treasurer")
    page = registration_client.get(f"/equipe/assemblees/{made.id}").text
    assert "Présent·e" in page
    assert f"{made.id}/presence" not in page
    file = registration_client.get(f"/equipe/assemblees/{made.id}/voix.csv").text.lstrip("\ufeff")
    rows = {line.split(";")[0]: line.split(";")[3:] for line in file.splitlines()}
    assert rows["Commune de Sainte-Croix"] == ["Présent·e", "", "2"]
    assert rows["Département du Lac"] == ["Absent·e", "Commune de Sainte-Croix", "0"]
    assert rows["Coopérative des Causses"] == ["Absent·e", "", "0"]
    assert registration_client.post(f"/equipe/assemblees/{made.id}/presence").status_code == 403
