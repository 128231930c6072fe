"""What the POST is compared with: Flask and psycopg, nothing else, sending the SQL that the POST sends.

The statements of one real submission are recorded with their parameters. The bare endpoint sends the same ones, in
the same transactions, with keys, references and addresses of its own in place of the recorded ones. It does so twice:
one answer after the other, as an endpoint is usually written, and together where the POST sends them together.
"""

from __future__ import annotations

import json
import os
import pickle
import re
import secrets
import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psycopg
import sqlalchemy as sa
from flask import Flask
from uuid_utils.compat import uuid7

from services.registration.models import Event, Registration
from shared.pipeline import Answer, Pipeline

FILE = "AGORA_LOAD_STATEMENTS"


class Recorder:
    """Collects (statement, parameters) of an engine; "COMMIT" and "ROLLBACK" end transactions.

    `answered`: after how many of them those of `shared.hot` waited for an answer.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self.steps: list[tuple[str, Any]] = []
        self.answered: list[int] = []
        self._sent = patch.object(Pipeline, "send", self._noting(Pipeline.send))

    def __enter__(self) -> Recorder:
        self._sent.start()
        sa.event.listen(self.engine, "before_cursor_execute", self._statement)
        sa.event.listen(self.engine, "commit", self._commit)
        sa.event.listen(self.engine, "rollback", self._rollback)
        return self

    def __exit__(self, *_: object) -> None:
        sa.event.remove(self.engine, "before_cursor_execute", self._statement)
        sa.event.remove(self.engine, "commit", self._commit)
        sa.event.remove(self.engine, "rollback", self._rollback)
        self._sent.stop()

    def _noting(self, send: Callable[..., Any]) -> Callable[..., Any]:
        def noted(pipeline: Pipeline, **how: Any) -> Any:
            self.answered.append(len(self.steps))
            return send(pipeline, **how)

        return noted

    def _statement(self, _c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: Any) -> None:
        self.steps.append((statement, parameters))

    def _commit(self, _connection: Any) -> None:
        self.steps.append(("COMMIT", None))

    def _rollback(self, _connection: Any) -> None:
        self.steps.append(("ROLLBACK", None))


def save(path: Path, recorder: Recorder, event: Event, registration: Registration, words: list[str]) -> None:
    """words: what is one person's own in the parameters, and must differ from one request to the next."""
    kept = {event.id, registration.form_version_id}
    kept |= {one.id for slot in event.slots for one in (slot, *slot.workshops)}
    path.write_bytes(pickle.dumps((recorder.steps, recorder.answered, kept, words)))


class Replay:
    """The recorded steps, for somebody new each time."""

    def __init__(self, path: str) -> None:
        self.steps, self.answered, kept, words = pickle.loads(Path(path).read_bytes())  # noqa: S301  (our own file)
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


_NAMED = re.compile(r"%\((\w+)\)s")


def _numbered(sql: str) -> tuple[str, list[str]]:
    """(the statement with $1, $2 …, the names that they stand for)."""
    names = list(dict.fromkeys(_NAMED.findall(sql)))
    return _NAMED.sub(lambda found: f"${names.index(found[1]) + 1}", sql).replace("%%", "%"), names


def create_app() -> Flask:
    app = Flask(__name__)
    replay = Replay(os.environ[FILE])
    url = sa.make_url(os.environ["AGORA_DATABASE_URL"]).set(drivername="postgresql")
    address = url.render_as_string(hide_password=False)
    mine = threading.local()
    numbered = {sql: _numbered(sql) for sql, _ in replay.steps}

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

    @app.post("/together")
    def together() -> tuple[str, int]:
        if not hasattr(mine, "pipeline"):
            mine.pipeline = Pipeline(psycopg.connect(address))
        pipeline: Pipeline = mine.pipeline
        try:
            for place, (sql, parameters) in enumerate(replay.steps_anew(), 1):
                if sql == "ROLLBACK":
                    pipeline.forget()
                    pipeline.driver.rollback()
                elif sql == "COMMIT":
                    _read(pipeline, pipeline.send(commit=True))
                else:
                    text, names = numbered[sql]
                    pipeline.add(text, [parameters[name] for name in names])
                    if place in replay.answered:
                        _read(pipeline, pipeline.send())
        except psycopg.Error:
            pipeline.forget()
            pipeline.driver.rollback()
            raise
        return json.dumps({"ok": True}), 303

    return app


def _read(pipeline: Pipeline, answers: list[Answer]) -> None:
    for answer in answers:
        if answer.error:
            raise answer.error
    pipeline.rows(answers[-1])
