"""What anyone reads of calls: those that are open, how their jury scores, and no way in after the closing."""

from __future__ import annotations

import datetime as dt
import html
import re
from typing import Any

import sqlalchemy as sa

from services.jury.models import Call, Criterion, Round
from shared import clock
from tests.jury_dossiers import open_call
from tests.jury_room import Room


def change(db: Any, call_id: Any, **values: Any) -> None:
    with db.transaction() as session:
        call = session.get_one(Call, call_id)
        rulebook = call.rulebook | values.pop("rulebook", {})
        session.execute(sa.update(Call).where(Call.id == call_id).values(rulebook=rulebook, **values))


def test_anyone_finds_the_open_calls_first(jury_client: Any, jury_db: Any, sign_in: Any) -> None:
    assert "Aucun appel n’est ouvert" in jury_client.get("/").text
    funding = open_call(jury_db)
    page = jury_client.get("/")
    assert (page.status_code, f"/appels/{funding}" in page.text) == (200, True)
    assert "Appels clos" not in page.text
    change(jury_db, funding, closes_at=clock.now() - dt.timedelta(days=1))
    closed = jury_client.get("/").text
    assert closed.index("Aucun appel n’est ouvert") < closed.index("Appels clos") < closed.index(f"/appels/{funding}")
    change(jury_db, funding, closes_at=None)
    assert "Appels clos" not in jury_client.get("/").text
    with jury_db.transaction() as session:
        session.execute(sa.update(Round).where(Round.call_id == funding).values(published_at=clock.now()))
    told = jury_client.get("/").text
    assert told.index("Appels clos") < told.index(f"/appels/{funding}"), "its results are out: it is open to nobody"
    sign_in(jury_client, "secretary")
    assert jury_client.get("/").location == "/equipe/"


def test_a_draft_and_the_samples_of_an_exercise_are_nobodys(jury_client: Any, jury_db: Any) -> None:
    room = Room(jury_db)
    assert f"/appels/{room.call_id}" not in jury_client.get("/").text


def test_after_the_closing_no_dossier_is_offered(jury_client: Any, jury_db: Any) -> None:
    funding = open_call(jury_db)
    assert "Commencer un dossier" in jury_client.get(f"/appels/{funding}").text
    change(jury_db, funding, closes_at=clock.now() - dt.timedelta(minutes=1))
    page = jury_client.get(f"/appels/{funding}").text
    assert "Commencer un dossier" not in page
    assert f"/appels/{funding}/retrouver" in page


def test_the_page_says_how_this_jury_scores(jury_client: Any, jury_db: Any) -> None:
    funding = open_call(jury_db)
    with jury_db.reading() as session:
        most = set(session.scalars(sa.select(Criterion.max_level)))
    page = jury_client.get(f"/appels/{funding}").text
    assert len(most) > 1 or f"noté de 0 à {most.pop()}." in page
    assert "Moyenne des fiches complètes, sur 20." in page
    change(jury_db, funding, rulebook={"score": "median"})
    assert "Médiane des fiches complètes à partir de trois" in jury_client.get(f"/appels/{funding}").text
    with jury_db.transaction() as session:
        levels = [{"value": n, "label": str(n), "evidence": ""} for n in range(4)]
        one = session.scalars(sa.select(Criterion).order_by(Criterion.position)).first()
        one.max_level, one.levels = 3, levels
    assert "noté de 0 à 5." not in jury_client.get(f"/appels/{funding}").text


def test_whoever_thinks_of_applying_reads_the_conditions_before_writing(jury_client: Any, jury_db: Any) -> None:
    page = re.sub("[\u202f\xa0]", " ", jury_client.get(f"/appels/{open_call(jury_db)}").text)
    with jury_db.reading() as session:
        rules = session.scalars(sa.select(Call.rulebook)).one()
    wanted = [one["text"] for one in rules["articles"]] + [one["title"] for one in rules["attachments"]]
    wanted += ["5 000 €", "15 000 €", "75 %", "320 000 €", "Brésil, Palestine, Cambodge, Sénégal, Chine – Sichuan"]
    assert [text for text in wanted if text not in html.unescape(page)] == []
