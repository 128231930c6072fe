"""A fact that the mailer cannot handle may be a mail that nobody got: the house is told, and not over and over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from services.mailer import chores, render
from shared.db import Database
from tests.mailer_people import run


def park(db: Database, type: str, mark: str) -> None:
    run(
        db,
        """INSERT INTO dead_letters (id, type, reason, body, fingerprint)
           VALUES (new_uuid7(), :type, 'unknown event type', '{}', CAST(:mark AS bytea))""",
        type=type,
        mark=mark,
    )


def test_the_house_is_told_once_of_what_was_parked(mailer_db: Database, settings_of: Callable[..., Any]) -> None:
    settings = settings_of("mailer", mailer_db.url, mail_from="L’Écho <echo@agora.example>")
    told = "SELECT email, data FROM messages WHERE template = 'facts_parked' ORDER BY created_at"
    chores.hourly(mailer_db, settings)
    assert run(mailer_db, told) == []

    park(mailer_db, "registration.registration.confirmed.v2", "a")
    park(mailer_db, "registration.registration.confirmed.v2", "b")
    for _hour in range(2):
        chores.hourly(mailer_db, settings)
    (mail,) = run(mailer_db, told)
    assert mail.email == "echo@agora.example"
    made = render.render("facts_parked", mail.data)
    assert made.subject == "2 faits mis de côté"
    assert "- registration.registration.confirmed.v2 (2 fois)" in made.text
    assert f"{settings.public_url}/equipe/mis-de-cote/" in made.text

    park(mailer_db, "jury.slot.told.v9", "c")
    chores.hourly(mailer_db, settings)
    run(mailer_db, "UPDATE dead_letters SET replayed_at = now() WHERE type LIKE 'jury%'")
    chores.hourly(mailer_db, settings)
    assert [mail.data["count"] for mail in run(mailer_db, told)] == [2, 3]

    again = "UPDATE dead_letters SET replayed_at = NULL, parked_at = now() WHERE type LIKE 'jury%'"
    run(mailer_db, again)  # replayed, and parked anew: its number is the old one
    chores.hourly(mailer_db, settings)
    assert [mail.data["count"] for mail in run(mailer_db, told)] == [2, 3, 3]


def test_however_many_wait_the_newest_is_told_with_all_of_them(
    mailer_db: Database, settings_of: Callable[..., Any]
) -> None:
    settings = settings_of("mailer", mailer_db.url, mail_from="L’Écho <echo@agora.example>")
    run(
        mailer_db,
        """INSERT INTO dead_letters (id, type, reason, body, fingerprint)
           SELECT new_uuid7(), 'jury.a.v1', '', '', CAST(n::text AS bytea) FROM generate_series(1, 201) AS n""",
    )
    chores.hourly(mailer_db, settings)
    park(mailer_db, "jury.b.v1", "b")
    chores.hourly(mailer_db, settings)
    mails = run(mailer_db, "SELECT data FROM messages WHERE template = 'facts_parked' ORDER BY created_at")
    assert [mail.data["count"] for mail in mails] == [201, 202]
    assert mails[1].data["facts"] == [{"type": "jury.a.v1", "count": 201}, {"type": "jury.b.v1", "count": 1}]


def test_what_became_of_such_a_mail_is_no_reason_for_the_next(
    mailer_db: Database, settings_of: Callable[..., Any]
) -> None:
    settings = settings_of("mailer", mailer_db.url, mail_from="L’Écho <echo@agora.example>")
    park(mailer_db, "mailer.message.accepted.v1", "a")
    chores.hourly(mailer_db, settings)
    assert run(mailer_db, "SELECT id FROM messages") == []
    park(mailer_db, "jury.b.v1", "b")
    chores.hourly(mailer_db, settings)
    assert [mail.data["count"] for mail in run(mailer_db, "SELECT data FROM messages")] == [2]


def test_who_drops_a_fact_is_told_what_stays(
    mailer_client: Any, mailer_db: Database, sign_in: Callable[..., Any]
) -> None:
    sign_in(mailer_client, "admin")
    park(mailer_db, "jury.b.v1", "b")
    (letter,) = run(mailer_db, "SELECT id FROM dead_letters")
    page = mailer_client.post(f"/equipe/mis-de-cote/{letter.id}/ecarter", follow_redirects=True).text
    assert "Il est effacé dans trente jours" in page
    assert "dans les archives" not in page
