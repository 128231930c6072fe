"""Somebody met at a meeting: a contact by hand, on no list before there is a proof that they agreed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from services.mailer.models.contacts import Consent, Contact
from shared import audit

WHO = {"email": "soa.rakoto@lac.example", "first_name": "Soa", "last_name": "Rakoto", "structure": "Amis du Lac"}


@pytest.fixture
def staff(mailer_client: Any, sign_in: Callable[..., Any]) -> Any:
    sign_in(mailer_client, "editor")
    return mailer_client


def contacts(db: Any) -> list[Contact]:
    with db.reading() as session:
        return list(session.scalars(sa.select(Contact)))


def test_who_was_met_is_known_and_on_no_list(staff: Any, mailer_db: Any) -> None:
    answer = staff.post("/contacts/nouveau", data=WHO | {"topics": "eau, écoles", "locale": "en", "kind": "media"})
    assert answer.status_code == 303
    page = staff.get(answer.location).text
    assert "Cette personne n’est encore sur aucune liste" in page
    assert "Fiche créée par l’équipe" in page
    assert "action=join" in page
    (one,) = contacts(mailer_db)
    assert (one.name, one.structure, one.topics, one.locale) == ("Soa Rakoto", "Amis du Lac", ["eau", "écoles"], "en")
    assert one.kind == "media"
    assert '<option value="media" selected>média' in page
    assert "Soa Rakoto" in staff.get("/contacts/?type=media").text
    with mailer_db.reading() as session:
        assert session.scalars(sa.select(Consent)).all() == []
        entries = audit.audit_entries.c
        told = session.execute(sa.select(entries.what, entries.who).where(entries.thing_id == str(one.id))).all()
    assert [what for what, _who in told] == ["added"]


def test_somebody_known_keeps_what_is_known(staff: Any, mailer_db: Any) -> None:
    staff.post("/contacts/nouveau", data=WHO | {"structure": ""})
    again = staff.post("/contacts/nouveau", data=WHO | {"email": "SOA.RAKOTO@lac.example", "first_name": "Zoé"})
    assert "a déjà une fiche" in staff.get(again.location).text
    (one,) = contacts(mailer_db)
    assert (one.first_name, one.structure) == ("Soa", "Amis du Lac")


def test_who_is_met_under_a_former_address_is_completed_where_they_are_today(staff: Any, mailer_db: Any) -> None:
    staff.post("/contacts/nouveau", data=WHO | {"structure": ""})
    (one,) = contacts(mailer_db)
    moved = {"email": "soa@neuve.example", "note": "Elle a appelé lundi."}
    assert staff.post(f"/contacts/{one.id}/adresse", data=moved).status_code == 303
    again = staff.post("/contacts/nouveau", data=WHO)
    assert again.location == f"/contacts/{one.id}"
    assert "ce qui y manquait a été complété" in staff.get(again.location).text
    today, former = sorted(contacts(mailer_db), key=lambda each: each.email, reverse=True)
    assert (today.email, today.structure, former.structure) == ("soa@neuve.example", "Amis du Lac", "")


@pytest.mark.parametrize("email", ["", "soa", "soa@", "a@b.example, c@d.example", "soa\x00@lac.example", "x" * 300])
def test_what_is_no_address_is_said_and_nothing_typed_is_lost(staff: Any, mailer_db: Any, email: str) -> None:
    answer = staff.post("/contacts/nouveau", data=WHO | {"email": email})
    assert answer.status_code == 422
    assert 'value="Amis du Lac"' in answer.text
    assert contacts(mailer_db) == []


def test_an_auditor_adds_nobody(mailer_client: Any, sign_in: Callable[..., Any]) -> None:
    sign_in(mailer_client, "auditor")
    assert mailer_client.get("/contacts/nouveau").status_code == 403
    assert "Ajouter un contact" not in mailer_client.get("/contacts/").text
