"""A half-filled form is kept and finished elsewhere: every field, no seat, and nothing left of it afterwards."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration.models import KeptForm, Registration, SeatClaim
from services.registration.use_cases import keeping
from shared import clock
from shared.db import Database
from shared.messaging.tables import outbox
from tests.integration.registration_people import NOW, SITE, an_event

PATH = "/e/agora-2016/inscription"


@pytest.fixture(autouse=True)
def event(registration_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        an_event(session, workshops=[[3, 3]])


def hidden(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {name: value for name, value in found if name != "csrf_token"}


def typed(client: Any, **more: str) -> dict[str, str]:
    page = client.get(PATH).text
    room = re.search(r'name="(slot-[^"]+)" value="([0-9a-f-]{36})"', page)
    assert room
    told = {"first_name": "Aïcha", "email": "aicha@example.org", "access": "Boucle", "c1-first_name": "Léo"}
    return hidden(page) | told | {room[1]: room[2], "newsletter": "true", "keep": "1"} | more


def links(db: Database) -> list[str]:
    query = sa.select(outbox.c.envelope).where(outbox.c.type == "registration.form.kept.v1").order_by(sa.text("id"))
    with db.reading() as session:
        return [row["data"]["link"].removeprefix(SITE) for row in session.scalars(query)]


def count(db: Database, model: Any) -> int:
    with db.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_every_field_comes_back_on_another_device_and_no_seat_was_held(
    registration_app: Any, registration_db: Database
) -> None:
    sent = typed(registration_app.test_client())
    kept = registration_app.test_client().post(PATH, data=sent)
    assert kept.headers["Location"] == "/e/agora-2016/garde"
    assert "Aucune place n’est réservée" in registration_app.test_client().get(kept.headers["Location"]).text
    assert (count(registration_db, SeatClaim), count(registration_db, Registration)) == (0, 0)
    (link,) = links(registration_db)
    other = registration_app.test_client()
    answer = other.get(link)
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    for name in ("first_name", "email", "c1-first_name"):
        assert re.search(rf'name="{name}"[^>]* value="{sent[name]}"', answer.text), name
    assert re.search(r"<textarea[^>]*name=\"access\"[^>]*>\s*Boucle</textarea>", answer.text)
    slot = next(name for name in sent if name.startswith("slot-"))
    assert re.search(rf'value="{sent[slot]}"[^>]* checked', answer.text)
    assert hidden(answer.text)["seal"] != sent["seal"]
    # Finished there: one registration, and nothing is kept beside it.
    rest = {"last_name": "Bélières", "actor_type": "association", "department": "31", "meal": "true"}
    again = {name: value for name, value in sent.items() if name not in ("keep", "c1-first_name")}
    done = other.post(PATH, data=again | rest | hidden(answer.text))
    assert "/i/" in done.headers["Location"]
    assert (count(registration_db, Registration), count(registration_db, KeptForm)) == (1, 0)
    assert other.get(link).status_code == 404


def test_only_the_address_is_asked_for_and_a_typo_is_suggested(
    registration_client: Any, registration_db: Database
) -> None:
    for email in ("", "aicha", "aicha@gmial.com"):
        again = registration_client.post(PATH, data=typed(registration_client, email=email))
        assert again.status_code == 422
        assert 'value="Aïcha"' in again.text
    assert "aicha@gmail.com" in again.text
    assert links(registration_db) == []


def test_kept_again_it_is_the_same_form_and_no_second_mail(registration_client: Any, registration_db: Database) -> None:
    registration_client.post(PATH, data=typed(registration_client))
    (link,) = links(registration_db)
    page = registration_client.get(link).text
    for email, expected in (("aicha@example.org", 1), ("right@example.org", 2)):
        more = {"keep": "1", "first_name": "Zoé", "email": email}
        assert registration_client.post(PATH, data=hidden(page) | more).status_code == 303
        assert len(links(registration_db)) == expected
        assert count(registration_db, KeptForm) == 1
    assert registration_client.get(link).status_code == 404  # it went to the wrong address
    assert 'value="Zoé"' in registration_client.get(links(registration_db)[-1]).text


def test_nobody_fills_the_mailbox_of_another(registration_client: Any, registration_db: Database) -> None:
    answers = [registration_client.post(PATH, data=typed(registration_client)).status_code for _ in range(4)]
    assert answers == [303, 303, 303, 429]
    assert len(links(registration_db)) == 3


def test_who_is_erased_leaves_no_kept_form_nor_the_fact_that_told_of_it(
    registration_client: Any, registration_db: Database
) -> None:
    """A fact that is not published yet goes out first: the service that hears it erases in its turn."""
    for email in ("aicha@example.org", "aicha@example.org", "zoe@example.org"):
        registration_client.post(PATH, data=typed(registration_client, email=email))
    told = sa.select(outbox.c.id).where(outbox.c.type == "registration.form.kept.v1").order_by(outbox.c.id)
    with registration_db.transaction() as session:
        first, waiting, another = session.scalars(told).all()
        published = sa.update(outbox).where(outbox.c.id.in_([first, another]))
        session.execute(published.values(published_at=sa.func.now()))
        assert keeping.forget(session, "Aicha@example.org") == 2
        assert session.scalars(told).all() == [waiting, another]
    assert count(registration_db, KeptForm) == 1


def test_the_link_is_hashed_expires_and_the_form_is_erased(
    registration_client: Any, registration_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    registration_client.post(PATH, data=typed(registration_client, access="avec \0 un zéro"))
    (link,) = links(registration_db)
    with registration_db.reading() as session:
        row = session.scalars(sa.select(KeptForm)).one()
        assert link.rsplit("/", 1)[1] not in str(vars(row))
    later = NOW + keeping.KEPT_FOR
    monkeypatch.setattr(clock, "now", lambda: later)
    assert registration_client.get(link).status_code == 404
    with registration_db.transaction() as session:
        assert (keeping.expire(session, later - dt.timedelta(seconds=1)), keeping.expire(session, later)) == (0, 1)


@pytest.mark.parametrize("address", ["/i/gone", "/i/gone/transmettre", "/brouillon/gone", "/effacement/gone"])
def test_a_link_that_opens_nothing_leads_to_a_fresh_one(registration_client: Any, address: str) -> None:
    answer = registration_client.get(address)
    assert (answer.status_code, ">Recevoir mon lien personnel</a>" in answer.text) == (404, True)
    assert "Recevoir mon lien personnel</a>" not in registration_client.get("/e/gone").text
