"""The same registration open twice: what one tab saved is not undone by the other without being shown."""

from __future__ import annotations

import html
import re
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration.models import Registration
from services.registration.use_cases import changing, links, registering
from shared import clock
from shared.db import Database
from shared.errors import RuleError
from tests.integration.registration_people import NOW, SITE, an_event, answers

MEANWHILE = "a changé pendant que vous écriviez"


@pytest.fixture
def soa(registration_db: Database, monkeypatch: pytest.MonkeyPatch) -> uuid.UUID:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        event = an_event(session, capacity=2)
        return registering.register(session, event.id, answers(1), NOW, site=SITE).registration_id


@pytest.fixture(params=["participant", "staff"])
def address(request: Any, registration_client: Any, registration_db: Database, sign_in: Any, soa: uuid.UUID) -> str:
    """The page where either corrects it."""
    if request.param == "staff":
        sign_in(registration_client, "staff")
        return f"/equipe/inscriptions/{soa}/modifier"
    with registration_db.transaction() as session:
        return f"/i/{links.issue(session, soa, 'test', NOW)}/modifier"


def fields(page: Any) -> dict[str, str]:
    """What the form of a page would send, untouched."""
    found = {}
    for tag in re.findall(r"<input[^>]+>", page.text):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and value and (not re.search('type="(radio|checkbox)"', tag) or "checked" in tag):
            found[name[1]] = html.unescape(value[1])
    for name, inside in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', page.text, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)"[^>]* selected', inside)
        found[name] = chosen[1] if chosen else ""
    return found


def test_a_second_tab_is_told_and_keeps_what_was_typed(
    registration_client: Any, registration_db: Database, address: str, soa: uuid.UUID
) -> None:
    def kept() -> tuple[str, str]:
        with registration_db.reading() as session:
            row = session.get_one(Registration, soa)
            return row.phone, row.function

    one, other = (fields(registration_client.get(address)) for _ in range(2))
    shown = registration_client.post(address, data=one | {"phone": "05 61 00 00 00"})
    assert (shown.status_code, MEANWHILE in shown.text) == (200, False)
    compared = registration_client.post(address, data=other | {"function": "Trésorière"})
    assert registration_client.post(address, data=fields(shown) | {"confirm": "true"}).status_code == 303

    stopped = registration_client.post(address, data=fields(compared) | {"confirm": "true"})
    assert (stopped.status_code, MEANWHILE in stopped.text) == (409, True)
    assert "<del>05 61 00 00 00</del>" in stopped.text
    assert "<ins>Trésorière</ins>" in stopped.text
    assert kept() == ("05 61 00 00 00", "")

    corrected = registration_client.post(address, data=fields(stopped) | {"correct": "true"})
    again = registration_client.post(address, data=fields(corrected) | {"phone": "05 61 00 00 00"})
    assert (again.status_code, MEANWHILE in again.text) == (200, False)
    assert registration_client.post(address, data=fields(again) | {"confirm": "true"}).status_code == 303
    assert kept() == ("05 61 00 00 00", "Trésorière")


def test_nothing_is_written_over_another_version(registration_db: Database, soa: uuid.UUID) -> None:
    with registration_db.transaction() as session:
        seen = changing.stamp(session, soa)
        changing.change(session, soa, answers(1, phone="05 61 00 00 00"), NOW, site=SITE, seen=seen)
    with pytest.raises(RuleError) as refused, registration_db.transaction() as session:
        changing.change(session, soa, answers(1, function="Trésorière"), NOW, site=SITE, seen=seen)
    assert refused.value.code == "edited-meanwhile"
    with registration_db.reading() as session:
        assert session.scalars(sa.select(Registration.function)).one() == ""
