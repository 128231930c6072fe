"""Readers and campaigns for the tests of sending."""

from __future__ import annotations

import time
import uuid
from typing import Any

import sqlalchemy as sa

from services.mailer import campaigns
from shared import clock
from shared.db import Database

TEXT = "Bonjour {{first_name}},\n\nL’Écho est là.\n\nSe désinscrire : {{unsubscribe_url}}\n"
HTML = '<html lang="fr"><body>\n<p>Bonjour {{first_name}}</p>\n<a href="{{unsubscribe_url}}">Partir</a>\n</body></html>'


def readers(db: Database, count: int, *, domain: str = "lecteurs.test", prefix: str = "lecteur") -> None:
    """`count` contacts who agreed to L'Écho: lecteur1@…, lecteur2@…"""
    with db.transaction() as session:
        session.execute(
            sa.text("""
                WITH made AS (
                    INSERT INTO contacts (id, email, email_key, first_name, created_at, updated_at)
                    SELECT new_uuid7(), :prefix || n || '@' || :domain, :prefix || n || '@' || :domain, 'Zoé ' || n,
                        now(), now()
                    FROM generate_series(1, :count) AS n RETURNING id
                )
                INSERT INTO consents (contact_id, list, status, source, wording, wording_version, at)
                SELECT id, 'echo', 'given', 'test', 'oui', '1', now() FROM made
            """),
            {"count": count, "domain": domain, "prefix": prefix},
        )


def say(db: Database, email: str, status: str) -> None:
    """A reader gives or withdraws consent."""
    with db.transaction() as session:
        session.execute(
            sa.text("""
                INSERT INTO consents (contact_id, list, status, source, wording, wording_version, at)
                SELECT id, 'echo', :status, 'test', 'non', '1', now() FROM contacts WHERE email_key = :email
            """),
            {"email": email, "status": status},
        )


def campaign(db: Database, *, started: bool = True, **more: Any) -> uuid.UUID:
    """A campaign to everybody who agreed to L'Écho."""
    with db.transaction() as session:
        made = campaigns.create(
            session,
            **{
                "list": "echo",
                "title": "L’Écho n° 34",
                "subject": "L’Écho du Réseau n° 34",
                "from_name": "L’Écho du Réseau",
                "from_email": "echo@agora.example",
                "html": HTML,
                "text": TEXT,
            }
            | more,
        )
        if started:
            campaigns.start(session, made.id, clock.now())
    return made.id


def counts(db: Database, campaign_id: uuid.UUID | None = None) -> dict[str, int]:
    """Rows per state, of one campaign or of all."""
    with db.reading() as session:
        rows = session.execute(
            sa.text("""
                SELECT state, count(*) AS rows FROM messages
                WHERE CAST(:id AS uuid) IS NULL OR campaign_id = :id GROUP BY state
            """),
            {"id": campaign_id},
        )
        return {row.state: row.rows for row in rows}


def run(db: Database, statement: str, **values: Any) -> Any:
    """One statement in its own transaction; its rows if it has some."""
    with db.transaction() as session:
        done: Any = session.execute(sa.text(statement), values)
        return done.all() if done.returns_rows else done.rowcount


def suppress(db: Database, email: str, scope: str) -> None:
    run(
        db,
        "INSERT INTO suppressions (email_key, scope, reason) VALUES (:email, :scope, 'test')",
        email=email,
        scope=scope,
    )


def until_waiting(db: Database) -> None:
    """Until some connection waits for what another one holds."""
    waits = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    for _ in range(500):
        if run(db, waits):
            return
        time.sleep(0.01)
    raise AssertionError("nobody waits")
