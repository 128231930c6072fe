"""A trial goes to who asks, or to a few mailboxes that they name; never to one that cannot be written to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from services.mailer import issues, letters
from services.mailer.models.contacts import ECHO
from services.mailer.models.ledger import Message

NOW = dt.datetime(2016, 10, 10, 9, tzinfo=dt.UTC)
WHO = "camille.roux@agora.example"


@pytest.fixture(params=["issue", "letter"])
def page(request: pytest.FixtureRequest, mailer_db: Any) -> str:
    """Where the trial is asked for; it is sent from `place(page)`."""
    with mailer_db.transaction() as session:
        if request.param == "letter":
            values = {"list_key": ECHO, "title": "Une place", "text": "Bonjour.", "public": True, "embargo_until": None}
            return f"/lettres/{letters.write(session, None, values, who=WHO, now=NOW).id}"
        head = {"number": 34, "title": "L’Agora", "planned_on": dt.date(2016, 10, 17),
                "contributions_on": dt.date(2016, 10, 15), "editorial": "Bonjour."}  # fmt: skip
        issue = issues.create(session, head, who=WHO, now=NOW)
        piece = {"section": "members", "title": "Une classe ouvre", "text": "Quarante élèves ont un toit."}
        issues.add_item(session, issue, piece, who=WHO, now=NOW)
        return f"/numeros/{issue}/apercu"


@pytest.fixture
def editor(mailer_client: Any, sign_in: Callable[..., Any]) -> Any:
    sign_in(mailer_client, "editor", email=WHO)
    return mailer_client


def ask(editor: Any, page: str, to: str) -> str:
    """The page after asking for a trial."""
    back = editor.post(page.removesuffix("/apercu") + "/essai", data={"to": to})
    assert back.status_code == 303
    return str(editor.get(back.location).text)


def written(db: Any) -> list[str]:
    with db.reading() as session:
        return sorted(session.scalars(sa.select(Message.email)))


def test_it_goes_to_who_asks(editor: Any, page: str, mailer_db: Any) -> None:
    assert f"L’essai part à {WHO}." in ask(editor, page, " ")
    assert written(mailer_db) == [WHO]


def test_it_goes_to_each_mailbox_once_and_they_serve_the_next_time(editor: Any, page: str, mailer_db: Any) -> None:
    typed = "camille@orange.example, camille@gmail.example ;camille@orange.example\nCamille@laposte.example"
    shown = ask(editor, page, typed)
    assert "L’essai part à camille@orange.example, camille@gmail.example, Camille@laposte.example." in shown
    assert "camille@gmail.example ;camille@orange.example" in editor.get(page).text
    assert len(written(mailer_db)) == 3


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("camille@orange.example, camille", "il manque l’arobase"),
        ("camille@orange.example, é@orange.example", "a un accent"),
        ("camille@orange.example <b>@x.example", "n’a pas la forme"),
        (", ".join(f"{number}@orange.example" for number in range(6)), "Cinq adresses au plus"),
        ("@" * 5000, "est trop longue"),
    ],
)
def test_a_refused_address_sends_nothing_and_stays_in_its_field(
    editor: Any, page: str, mailer_db: Any, typed: str, said: str
) -> None:
    shown = ask(editor, page, typed)
    assert said in shown
    assert "Rien n’est parti" in shown
    assert typed[:20].replace("<", "&lt;") in shown
    assert written(mailer_db) == []


def test_separators_alone_are_nobody(editor: Any, page: str, mailer_db: Any) -> None:
    assert "Rien n’est parti" in ask(editor, page, ", ;")
    assert written(mailer_db) == []
