"""The staff register somebody who telephones, and correct what somebody answered."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration.models import Event, Registration
from services.registration.models.registrations import Consent
from services.registration.queries.standing import standing
from services.registration.use_cases import changing, registering
from shared import audit, clock
from shared.db import Database
from shared.errors import RuleError
from shared.messaging.tables import outbox
from tests.integration.registration_people import NOW, SITE, an_event, answers

LIST = "/equipe/evenements/agora-2016"


@pytest.fixture(autouse=True)
def october_2016(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def event(registration_db: Database) -> Event:
    with registration_db.transaction() as session:
        return an_event(session, capacity=2, workshops=[[1, 5]])


@pytest.fixture
def soa(registration_db: Database, event: Event) -> uuid.UUID:
    with registration_db.transaction() as session:
        data = answers(
            1,
            first_name="Soa",
            last_name="Rakoto",
            structure="Les Amis du Lac",
            participant_list=True,
            workshops=[event.workshops[0].id],
        )
        return registering.register(session, event.id, data, NOW, site=SITE).registration_id


@pytest.fixture
def staff(registration_client: Any, sign_in: Any) -> Any:
    sign_in(registration_client, "staff")
    return registration_client


def fields(page: Any) -> dict[str, str]:
    """The form of a page as a browser would send it, untouched."""
    form = page.text[page.text.index('class="register"') :] if 'class="register"' in page.text else page.text
    found = {}
    for tag in re.findall(r"<input[^>]+>", form):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if (
            name
            and ('type="radio"' not in tag or " checked" in tag)
            and ('type="checkbox"' not in tag or " checked" in tag)
        ):
            found[name[1]] = value[1] if value else ""
    for name, body in re.findall(r'<select[^>]+name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)"[^>]* selected', body)
        found[name] = chosen[1] if chosen else ""
    return {name: value for name, value in found.items() if name not in ("confirm", "correct")}


def facts(db: Database) -> list[str]:
    with db.reading() as session:
        return [row.type for row in session.execute(sa.select(outbox.c.type).order_by(outbox.c.id))]


def person(db: Database, registration_id: uuid.UUID) -> Registration:
    with db.reading() as session:
        return session.get_one(Registration, registration_id)


def by_telephone(staff: Any, **said: str) -> Any:
    asked = fields(staff.get(f"{LIST}/inscrire"))
    named = {"first_name": "Hervé", "last_name": "Bélières", "actor_type": "association", "department": "31"}
    return staff.post(f"{LIST}/inscrire", data=asked | named | {"meal": "true"} | said)


def test_who_telephones_gets_a_seat_and_their_ticket(staff: Any, registration_db: Database, event: Event) -> None:
    workshop = event.workshops[0]
    slot = f"slot-{event.slots[0].id}"
    done = by_telephone(staff, email="herve@example.org", **{slot: str(workshop.id)})
    assert done.status_code == 303
    with registration_db.reading() as session:
        found = standing(session, session.scalars(sa.select(Registration.id)).one())
        assert (found.registration.status, [one.outcome for one in found.places]) == ("confirmed", ["confirmed"])
        history = audit.history(session, "registration", found.registration.id)
        by = [(row.what, row.who) for row in history]
    assert by == [("registered by staff", "camille.roux@agora.example")]
    assert "registration.registration.confirmed.v1" in facts(registration_db)


def test_without_an_address_no_mail_leaves_and_a_second_click_registers_nobody(
    staff: Any, registration_db: Database, event: Event
) -> None:
    asked = fields(staff.get(f"{LIST}/inscrire"))
    said = asked | {"first_name": "Hervé", "last_name": "Bélières", "actor_type": "association", "department": "31"}
    said["meal"] = "false"
    first, second = (staff.post(f"{LIST}/inscrire", data=said) for _ in range(2))
    assert first.location == second.location
    assert not [one for one in facts(registration_db) if one.startswith("registration.registration.")]
    assert "agora.invalid" not in staff.get(first.location).text
    edit = staff.get(f"{first.location}/modifier")
    assert fields(edit)["email"] == ""


def test_the_same_grant_of_seats_says_who_waits(staff: Any, registration_db: Database, event: Event) -> None:
    for number in range(2):
        by_telephone(staff, first_name=f"Personne{number}")
    waits = by_telephone(staff, email="herve@example.org")
    assert "liste d’attente" in staff.get(waits.location).text
    assert facts(registration_db)[-1] == "registration.registration.wait_listed.v1"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"closes_at": NOW - dt.timedelta(days=1)}, 303),
        ({"opens_at": NOW + dt.timedelta(days=1)}, 303),
        ({"state": "closed"}, 303),
        ({"state": "draft"}, 409),
        ({"starts_at": NOW - dt.timedelta(days=2), "ends_at": NOW - dt.timedelta(days=1)}, 409),
    ],
)
def test_who_telephones_too_late_or_too_early_is_registered_until_it_is_over(
    staff: Any, registration_db: Database, event: Event, change: dict[str, Any], status: int
) -> None:
    with registration_db.transaction() as session:
        session.execute(sa.update(Event).values(**change))
    told = "Vous pouvez inscrire cette personne quand même" in staff.get(f"{LIST}/inscrire").text
    assert (told, by_telephone(staff, email="herve@example.org").status_code) == (status == 303, status)
    with registration_db.transaction() as session, pytest.raises(RuleError):
        registering.register(session, event.id, answers(7), NOW, site=SITE)


def test_who_is_registered_already_is_shown_unchanged(staff: Any, event: Event, soa: uuid.UUID) -> None:
    again = by_telephone(staff, first_name="Soa", last_name="Rakoto", email="personne1@example.org")
    assert again.location.endswith(str(soa))
    assert "déjà inscrite" in staff.get(again.location).text


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(staff: Any, event: Event) -> None:
    back = by_telephone(staff, last_name="", structure="Les Amis du Lac", email="")
    assert back.status_code == 422
    kept = fields(back)
    assert (kept["first_name"], kept["structure"], kept["email"]) == ("Hervé", "Les Amis du Lac", "")


def test_a_correction_is_shown_before_it_is_saved_and_told_or_not(
    staff: Any, registration_db: Database, event: Event, soa: uuid.UUID
) -> None:
    address = f"/equipe/inscriptions/{soa}/modifier"
    slot, other = f"slot-{event.slots[0].id}", event.workshops[1]
    corrected = fields(staff.get(address)) | {"last_name": "Rakotondrainibé", slot: str(other.id)}
    shown = staff.post(address, data=corrected)
    assert "<del>Rakoto</del>" in shown.text
    assert "Atelier 0.1" in shown.text
    assert person(registration_db, soa).last_name == "Rakoto"

    before = len(facts(registration_db))
    silent = {name: value for name, value in fields(shown).items() if name != "tell"} | {"confirm": "true"}
    assert staff.post(address, data=silent).location.endswith(str(soa))
    assert person(registration_db, soa).last_name == "Rakotondrainibé"
    assert facts(registration_db)[before:] == []
    with registration_db.reading() as session:
        assert [place.workshop.id for place in standing(session, soa).places] == [other.id]
    assert "Réponses modifiées : Nom, Ateliers" in re.sub(r"\s+", " ", staff.get(f"/equipe/inscriptions/{soa}").text)

    told = fields(staff.get(address)) | {"function": "Trésorière"}
    confirm = fields(staff.post(address, data=told)) | {"confirm": "true"}
    staff.post(address, data=confirm)
    assert facts(registration_db)[before:] == ["registration.registration.changed.v1"]


def test_nobody_agrees_for_somebody_else(staff: Any, registration_db: Database, event: Event, soa: uuid.UUID) -> None:
    page = staff.get(f"/equipe/inscriptions/{soa}/modifier")
    assert "liste remise aux participants" not in page.text
    posted = fields(page) | {"function": "Présidente", "participant_list": "false", "photo": "true", "confirm": "true"}
    staff.post(f"/equipe/inscriptions/{soa}/modifier", data=posted)
    found = person(registration_db, soa)
    assert (found.function, found.participant_list, found.photo) == ("Présidente", True, False)
    by_telephone(staff, email="herve@example.org", newsletter="true", photo="true")
    with registration_db.reading() as session:
        others = sa.select(sa.func.count()).select_from(Consent).where(Consent.registration_id != soa, Consent.given)
        assert session.scalar(others) == 0


def test_a_cancelled_or_unknown_registration_is_not_corrected(
    staff: Any, registration_db: Database, event: Event, soa: uuid.UUID
) -> None:
    with registration_db.transaction() as session:
        changing.cancel(session, soa, NOW, site=SITE)
    assert staff.get(f"/equipe/inscriptions/{soa}/modifier").status_code == 409
    assert staff.get(f"/equipe/inscriptions/{uuid.uuid4()}/modifier").status_code == 404
    assert staff.post(f"/equipe/inscriptions/{uuid.uuid4()}/modifier").status_code == 404
