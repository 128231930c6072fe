"""A link that is replaced while its author writes: it opens nothing, and what they send by it is not lost."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from services.mailer import contributions, issues, own_data
from services.mailer.models.issues import Contribution, ContributionDraft, Contributor
from shared import clock
from shared.db import Database

WHO = "camille.roux@agora.example"
NOW = dt.datetime(2016, 10, 3, 9, tzinfo=dt.UTC)
PIECE = {
    "section": "agenda",
    "title": "Un puits à Ambatomanga",
    "text": "Il donne\nde l’eau.",
    "expires_on": "2016-12-01",
}


@pytest.fixture(autouse=True)
def hour(monkeypatch: pytest.MonkeyPatch) -> list[dt.datetime]:
    at = [NOW]
    monkeypatch.setattr(clock, "now", lambda: at[0])
    return at


@pytest.fixture(autouse=True)
def issue(mailer_db: Database) -> uuid.UUID:
    days = {"planned_on": dt.date(2016, 11, 8), "contributions_on": dt.date(2016, 10, 31)}
    with mailer_db.transaction() as session:
        return issues.create(session, {"number": 34, "title": "L’Agora", **days}, who=WHO, now=NOW)


def invite(db: Database, email: str = "ines@camin.example") -> str:
    with db.transaction() as session:
        return contributions.invite(session, structure="Lo Camin", name="Inès", email=email, who=WHO, now=clock.now())[
            1
        ]


def handed_in(db: Database) -> list[tuple[str, str]]:
    with db.reading() as session:
        return [(one.title, one.text) for one in session.scalars(sa.select(Contribution))]


@pytest.mark.parametrize("which", ["first", "of a call"])
def test_what_was_typed_waits_behind_the_new_link(
    mailer_client: Any, mailer_app: Any, mailer_db: Database, which: str
) -> None:
    old = invite(mailer_db)
    if which == "of a call":
        with mailer_db.reading() as session:
            secret = mailer_app.extensions["settings"].secret_key
            old = contributions.second_token(session.scalars(sa.select(Contributor)).one(), secret=secret)
    new = invite(mailer_db)
    answer = mailer_client.post(f"/contribuer/{old}", data=PIECE)
    assert answer.status_code == 410
    assert "Votre texte est gardé" in answer.text
    assert "Un puits à Ambatomanga" in answer.text
    assert new not in answer.text
    assert mailer_client.get(f"/contribuer/{old}").status_code == 404
    assert handed_in(mailer_db) == []
    page = mailer_client.get(f"/contribuer/{new}").text
    assert "voici votre texte" in page
    for typed in ('value="Un puits à Ambatomanga"', "Il donne\nde l’eau.</textarea>", 'value="2016-12-01"'):
        assert typed in page
    with mailer_db.reading() as session:
        (unsent,) = own_data.held(session, "ines@camin.example", NOW)["unsent"]
        assert unsent["title"] == PIECE["title"]
    assert mailer_client.post(f"/contribuer/{new}", data=PIECE).status_code == 303
    assert handed_in(mailer_db) == [(PIECE["title"], PIECE["text"])]
    assert 'Un puits à Ambatomanga"' not in mailer_client.get(f"/contribuer/{new}").text


def test_a_correction_waits_on_the_page_of_its_article(mailer_client: Any, mailer_db: Database) -> None:
    old = invite(mailer_db)
    mailer_client.post(f"/contribuer/{old}", data=PIECE)
    with mailer_db.reading() as session:
        one = session.scalars(sa.select(Contribution.id)).one()
    new = invite(mailer_db)
    assert mailer_client.post(f"/contribuer/{old}/{one}", data=PIECE | {"title": "Deux puits"}).status_code == 410
    page = mailer_client.get(f"/contribuer/{new}").text
    assert f"/contribuer/{new}/{one}" in page
    assert "Deux puits" not in page
    assert 'value="Deux puits"' in mailer_client.get(f"/contribuer/{new}/{one}").text
    assert mailer_client.post(f"/contribuer/{new}/{one}", data=PIECE | {"title": "Deux puits"}).status_code == 303
    assert handed_in(mailer_db) == [("Deux puits", PIECE["text"])]
    assert "quand votre lien a été remplacé" not in mailer_client.get(f"/contribuer/{new}").text


@pytest.mark.parametrize("why", ["taken back", "taken back before", "a week later", "never given"])
def test_a_link_that_was_not_replaced_just_now_keeps_nothing(
    mailer_client: Any, mailer_db: Database, hour: list[dt.datetime], why: str
) -> None:
    old = invite(mailer_db)
    with mailer_db.reading() as session:
        who = session.scalars(sa.select(Contributor.id)).one()

    def take_back() -> None:
        with mailer_db.transaction() as session:
            contributions.revoke(session, who, who=WHO, now=NOW)

    if why == "taken back before":
        take_back()
    invite(mailer_db)
    if why == "taken back":
        take_back()
    elif why == "a week later":
        hour[0] += contributions.FORMER_FOR + dt.timedelta(minutes=1)
    elif why == "never given":
        old = "x" * 43
    assert mailer_client.post(f"/contribuer/{old}", data=PIECE).status_code == 404
    with mailer_db.reading() as session:
        assert session.scalars(sa.select(ContributionDraft)).all() == []


def test_whatever_is_typed_is_kept_as_text(mailer_client: Any, mailer_db: Database) -> None:
    old, new = invite(mailer_db), invite(mailer_db)
    hostile = {"title": "<b>\x00x" * 2000, "text": "\u2028<script>", "expires_on": "not a day", "section": "nowhere"}
    assert mailer_client.post(f"/contribuer/{old}", data=hostile).status_code == 410
    page = mailer_client.get(f"/contribuer/{new}")
    assert page.status_code == 200
    assert "<script>" not in page.text.partition("<main")[2].partition("</main>")[0]
