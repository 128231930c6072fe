"""The call to write for an issue: once to each association, with a link that opens, and one reminder to the silent."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from services.mailer import calls, contributions, issues
from services.mailer.models.issues import Contributor
from services.mailer.models.ledger import Message
from services.mailer.publishing import House
from services.mailer.settings import Settings
from shared import clock
from shared.db import Database

WHO = "camille.roux@agora.example"
OPENED = dt.datetime(2016, 10, 3, 9, tzinfo=dt.UTC)
LAST_DAY = dt.date(2016, 10, 31)
PIECE = {"section": "members", "title": "Un puits", "text": "Il donne de l’eau."}


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: OPENED)


@pytest.fixture
def first_links(mailer_db: Database) -> list[str]:
    """Three associations, invited a year ago; the tokens of that time."""
    long_ago = OPENED - dt.timedelta(days=365)
    with mailer_db.transaction() as session:
        return [
            contributions.invite(
                session, structure=name, name="Zoé", email=f"{name}@asso.example", who=WHO, now=long_ago
            )[1]
            for name in ("camin", "eau", "relais")
        ]


@pytest.fixture
def issue(mailer_db: Database, first_links: list[str]) -> uuid.UUID:
    head = {"number": 34, "title": "L’Agora", "planned_on": dt.date(2016, 11, 8), "contributions_on": LAST_DAY}
    with mailer_db.transaction() as session:
        return issues.create(session, head, who=WHO, now=OPENED)


@pytest.fixture
def editor(mailer_client: Any, sign_in: Callable[..., Any]) -> Any:
    sign_in(mailer_client, "editor", email=WHO)
    return mailer_client


def mails(db: Database, template: str) -> list[tuple[str, str]]:
    """(address, where the link leads) of each."""
    with db.reading() as session:
        query = sa.select(Message.email, Message.data["link"].astext).where(Message.template == template)
        return [(row[0], row[1]) for row in session.execute(query.order_by(Message.email))]


def path_of(link: str) -> str:
    found = re.search(r"/contribuer/[\w-]+$", link)
    assert found
    return found[0]


def remind(app: Any, db: Database, now: dt.datetime) -> int:
    settings = app.extensions["settings"]
    assert isinstance(settings, Settings)
    with db.transaction() as session:
        return calls.remind(session, House.of(settings), now)


def test_everybody_is_called_once_and_the_link_opens(
    editor: Any, mailer_app: Any, mailer_db: Database, issue: uuid.UUID, first_links: list[str]
) -> None:
    assert "3 associations ne savent pas encore" in editor.get("/equipe/").text.replace("\xa0", " ")
    assert "3 associations ne savent pas encore" in editor.get("/contributeurs/").text.replace("\xa0", " ")
    for _click in range(2):
        assert editor.post("/contributeurs/appeler").status_code == 303
    told = mails(mailer_db, "contribution_invitation")
    assert [to for to, _ in told] == ["camin@asso.example", "eau@asso.example", "relais@asso.example"]
    stranger = mailer_app.test_client()
    pages = [path_of(link) for _, link in told]
    for page, first in zip(pages, first_links, strict=True):
        assert page != f"/contribuer/{first}"
        assert stranger.get(page).status_code == stranger.get(f"/contribuer/{first}").status_code == 200
    assert stranger.get(pages[0][:-1]).status_code == 404
    assert stranger.post(pages[0], data=PIECE).status_code == 303
    page = editor.get("/contributeurs/").text
    assert "ne savent pas encore" not in page
    assert [page.count(said) for said in ("a écrit", "prévenue<")] == [1, 2]
    assert "ne savent pas encore" not in editor.get("/equipe/").text


def test_the_link_of_a_call_goes_with_the_one_it_stands_for(
    editor: Any, mailer_app: Any, mailer_db: Database, issue: uuid.UUID
) -> None:
    editor.post("/contributeurs/appeler")
    (_, camin), (_, eau), _relais = mails(mailer_db, "contribution_invitation")
    with mailer_db.reading() as session:
        ids = {one.structure: one.id for one in session.scalars(sa.select(Contributor))}
    editor.post("/contributeurs/", data={"structure": "camin", "name": "Zoé", "email": "camin@asso.example"})
    editor.post(f"/contributeurs/{ids['eau']}/retirer")
    stranger = mailer_app.test_client()
    assert [stranger.get(path_of(link)).status_code for link in (camin, eau)] == [404, 410]


def test_the_silent_are_reminded_once_in_the_last_week(
    editor: Any, mailer_app: Any, mailer_db: Database, issue: uuid.UUID
) -> None:
    editor.post("/contributeurs/appeler")
    pages = [path_of(link) for _, link in mails(mailer_db, "contribution_invitation")]
    mailer_app.test_client().post(pages[0], data=PIECE)
    end = dt.datetime.combine(LAST_DAY, dt.time(23, 59, 59), clock.PARIS)
    with mailer_db.transaction() as session:
        session.execute(sa.update(Message).values(created_at=sa.func.now() - dt.timedelta(days=20)))
    assert remind(mailer_app, mailer_db, end - dt.timedelta(days=8)) == 0
    assert remind(mailer_app, mailer_db, end - dt.timedelta(days=6)) == 2
    assert remind(mailer_app, mailer_db, end - dt.timedelta(days=5)) == 0
    assert remind(mailer_app, mailer_db, end + dt.timedelta(days=1)) == 0
    reminded = mails(mailer_db, "contribution_reminder")
    assert [to for to, _ in reminded] == ["eau@asso.example", "relais@asso.example"]
    assert editor.get("/contributeurs/").text.count("rappelée") == 2
    assert mailer_app.test_client().get(path_of(reminded[0][1])).status_code == 200


def test_who_was_called_just_now_is_not_reminded_at_once(
    editor: Any, mailer_app: Any, mailer_db: Database, issue: uuid.UUID
) -> None:
    editor.post("/contributeurs/appeler")
    assert remind(mailer_app, mailer_db, OPENED + dt.timedelta(days=2)) == 0
    with mailer_db.transaction() as session:
        head = {"title": "L’Agora", "editorial": "", "planned_on": dt.date(2016, 11, 8), "list_key": ""}
        soon = head | {"contributions_on": (OPENED + dt.timedelta(days=4)).date()}
        issues.edit(session, issue, soon, who=WHO, now=OPENED)
    assert remind(mailer_app, mailer_db, OPENED + dt.timedelta(days=2)) == 0
    assert remind(mailer_app, mailer_db, OPENED + dt.timedelta(days=3, hours=1)) == 3
