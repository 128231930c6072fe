"""What was caught, newest first, in one SQLite file (or in memory)."""

from __future__ import annotations

import email
import email.policy
import json
import shlex
import sqlite3
import threading
import time
import uuid
from dataclasses import dataclass
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS mails (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, caught_at REAL NOT NULL, mail_from TEXT NOT NULL,
    recipients TEXT NOT NULL, headers TEXT NOT NULL, subject TEXT NOT NULL, raw BLOB NOT NULL
)
"""
ADDRESS_FIELDS = ("From", "To", "Cc", "Reply-To")


@dataclass(frozen=True)
class Mail:
    """One caught mail. recipients: those of the SMTP envelope; people: (name, address) pairs per header field."""

    id: str
    caught_at: float
    mail_from: str
    recipients: list[str]
    people: dict[str, list[tuple[str, str]]]
    message_id: str
    subject: str
    raw: bytes

    def parsed(self) -> EmailMessage:
        return email.message_from_bytes(self.raw, policy=email.policy.default)


class Store:
    """Keeps the last `keep` mails. Safe for several threads."""

    def __init__(self, path: str = ":memory:", *, keep: int = 20_000) -> None:
        self.keep = keep
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.execute(SCHEMA)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def add(self, mail_from: str, recipients: list[str], raw: bytes) -> str:
        """Keep one mail; its id. Only the headers are read now: parsing a body takes longer than receiving it."""
        head = BytesHeaderParser().parsebytes(raw)
        headers: dict[str, Any] = {
            name: [
                (_words(shown), address) for shown, address in getaddresses([str(v) for v in head.get_all(name, [])])
            ]
            for name in ADDRESS_FIELDS
        }
        headers["Message-ID"] = str(head.get("Message-ID", "")).strip().strip("<>")
        row = (uuid.uuid4().hex, time.time(), mail_from, json.dumps(recipients), json.dumps(headers))
        with self._lock:
            cursor = self._connection.execute(
                "INSERT INTO mails (id, caught_at, mail_from, recipients, headers, subject, raw)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (*row, _words(str(head.get("Subject", ""))), raw),
            )
            number = cursor.lastrowid or 0
            if number > self.keep and number % 100 == 0:
                self._connection.execute("DELETE FROM mails WHERE number <= ?", (number - self.keep,))
        return row[0]

    def count(self, query: str = "") -> int:
        where, values = _conditions(query)
        return int(self._rows(f"SELECT count(*) FROM mails {where}", values)[0][0])  # noqa: S608  (our columns)

    def page(self, start: int, limit: int, query: str = "") -> list[Mail]:
        """Mails from `start` on, newest first."""
        where, values = _conditions(query)
        end = "ORDER BY number DESC LIMIT ? OFFSET ?"
        rows = self._rows(f"SELECT * FROM mails {where} {end}", [*values, limit, start])  # noqa: S608  (our columns)
        return [_mail(row) for row in rows]

    def get(self, id: str) -> Mail | None:
        """One mail; "latest" is the newest."""
        if id == "latest":
            return next(iter(self.page(0, 1)), None)
        rows = self._rows("SELECT * FROM mails WHERE id = ?", [id])
        return _mail(rows[0]) if rows else None

    def delete(self, ids: list[str]) -> None:
        """Remove these, or all when none is named."""
        if not ids:
            self._rows("DELETE FROM mails", [])
        for id in ids:
            self._rows("DELETE FROM mails WHERE id = ?", [id])

    def _rows(self, statement: str, values: list[Any]) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._connection.execute(statement, values).fetchall()


def _conditions(query: str) -> tuple[str, list[str]]:
    """A WHERE clause from Mailpit's way of asking: `to:ana@x.fr subject:"une place" mot`."""
    columns = {"to": ["recipients", "headers"], "from": ["mail_from", "headers"], "subject": ["subject"]}
    columns |= {"message-id": ["headers"]}
    try:
        words = shlex.split(query)
    except ValueError:
        words = query.split()
    clauses, values = [], []
    for word in words:
        prefix, colon, rest = word.partition(":")
        among = columns.get(prefix.lower()) if colon else None
        names = among or ["subject", "recipients", "mail_from", "headers"]
        wanted = rest if among else word
        if prefix.lower() in ("to", "from") and among:
            names = [names[0]]
        pattern = "%" + wanted.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        clauses.append("(" + " OR ".join(f"{name} LIKE ? ESCAPE '\\'" for name in names) + ")")
        values += [pattern] * len(names)
    return ("WHERE " + " AND ".join(clauses) if clauses else "", values)


def _mail(row: tuple[Any, ...]) -> Mail:
    _number, id, caught_at, mail_from, recipients, headers, subject, raw = row
    fields = json.loads(headers)
    people = {name: [(shown, address) for shown, address in fields[name]] for name in ADDRESS_FIELDS}
    return Mail(id, caught_at, mail_from, json.loads(recipients), people, fields["Message-ID"], subject, raw)


def _words(encoded: str) -> str:
    """A header as a person reads it; as it is when it cannot be decoded."""
    try:
        return str(make_header(decode_header(encoded.replace("\r\n", "").replace("\n", ""))))
    except (LookupError, UnicodeError, ValueError):
        return encoded
