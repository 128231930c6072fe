"""What the POST is compared with: Flask and psycopg, nothing else, sending the SQL that the POST sends.

The statements of one real submission are recorded with their parameters. The bare endpoint sends the same ones, in
the same transactions, with keys, references and addresses of its own in place of the recorded ones.
"""

from __future__ import annotations

import json
import os
import pickle
import re
import secrets
import threading
import uuid
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from flask import Flask
from uuid_utils.compat import uuid7

from services.registration.models import Event, Registration

FILE = "AGORA_LOAD_STATEMENTS"


class Recorder:
    """Collects (statement, parameters) of an engine; "COMMIT" and "ROLLBACK" end transactions."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self.steps: list[tuple[str, Any]] = []

    def __enter__(self) -> Recorder:
        sa.event.listen(self.engine, "before_cursor_execute", self._statement)
        sa.event.listen(self.engine, "commit", self._commit)
        sa.event.listen(self.engine, "rollback", self._rollback)
        return self

    def __exit__(self, *_: object) -> None:
        sa.event.remove(self.engine, "before_cursor_execute", self._statement)
        sa.event.remove(self.engine, "commit", self._commit)
        sa.event.remove(self.engine, "rollback", self._rollback)

    def _statement(self, _c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: Any) -> None:
        self.steps.append((statement, parameters))

    def _commit(self, _connection: Any) -> None:
        self.steps.append(("COMMIT", None))

    def _rollback(self, _connection: Any) -> None:
        self.steps.append(("ROLLBACK", None))


def save(path: Path, steps: list[tuple[str, Any]], event: Event, registration: Registration, words: list[str]) -> None:
    """words: what is one person's own in the parameters, and must differ from one request to the next."""
    kept = {event.id, registration.form_version_id}
    kept |= {one.id for slot in event.slots for one in (slot, *slot.workshops)}
    path.write_bytes(pickle.dumps((steps, kept, words)))


class Replay:
    """The recorded steps, for somebody new each time."""

    def __init__(self, path: str) -> None:
        self.steps, kept, words = pickle.loads(Path(path).read_bytes())  # noqa: S301  (our own file)
        self.kept = {str(one) for one in kept}
        own = "|".join([_ID, _BYTES, *map(re.escape, words)])
        self.texts = {
            value: re.split(f"({own})", value)
            for _, parameters in self.steps
            for value in _values(parameters)
            if isinstance(value, str)
        }

    def steps_anew(self) -> list[tuple[str, Any]]:
        mark = secrets.token_hex(10)
        drawn: dict[str, str] = {}

        def word(old: str) -> str:
            if old not in drawn:
                if old in self.kept:
                    drawn[old] = old
                elif re.fullmatch(_ID, old):
                    drawn[old] = str(uuid7())
                elif old.startswith("\\"):
                    drawn[old] = "\\\\x" + secrets.token_hex(len(old) // 2 - 1)
                else:
                    drawn[old] = (mark + old)[: len(old)]
            return drawn[old]

        def anew(value: Any) -> Any:
            if isinstance(value, list):
                return [anew(one) for one in value]
            if isinstance(value, uuid.UUID):
                return uuid.UUID(word(str(value)))
            if isinstance(value, psycopg.Binary):
                return psycopg.Binary(anew(value.obj))
            if isinstance(value, bytes):
                return bytes.fromhex(word("\\\\x" + value.hex())[3:])
            if isinstance(value, str):
                return "".join(word(part) if odd % 2 else part for odd, part in enumerate(self.texts[value]))
            return value

        return [(sql, {name: anew(value) for name, value in (given or {}).items()}) for sql, given in self.steps]


_ID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_BYTES = r"\\\\x[0-9a-f]+"  # bytes inside JSON


def _values(parameters: Any) -> list[Any]:
    found = []
    for value in (parameters or {}).values():
        found += value if isinstance(value, list) else [value]
    return found


def create_app() -> Flask:
    app = Flask(__name__)
    replay = Replay(os.environ[FILE])
    url = sa.make_url(os.environ["AGORA_DATABASE_URL"]).set(drivername="postgresql")
    address = url.render_as_string(hide_password=False)
    mine = threading.local()

    @app.get("/ready")
    def ready() -> str:
        return "ready"

    @app.post("/bare")
    def bare() -> tuple[str, int]:
        if not hasattr(mine, "connection"):
            mine.connection = psycopg.connect(address)
        connection: psycopg.Connection[Any] = mine.connection
        try:
            for sql, parameters in replay.steps_anew():
                if sql == "COMMIT":
                    connection.commit()
                elif sql == "ROLLBACK":
                    connection.rollback()
                else:
                    cursor = connection.execute(sql, parameters)
                    if cursor.description:
                        cursor.fetchall()
            connection.commit()
        except psycopg.Error:
            connection.rollback()
            raise
        return json.dumps({"ok": True}), 303

    return app
