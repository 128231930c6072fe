"""An SMTP server that plays a relay: it keeps what it accepted, and misbehaves as a test tells it to."""

from __future__ import annotations

import asyncio
import email
import email.policy
import threading
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, Envelope, Session

DROP = "drop"
"""A reply that is none: the connection is closed instead."""


@dataclass(frozen=True)
class Taken:
    """A mail that was answered with 250."""

    message_id: str
    recipient: str
    sender: str
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        read = email.message_from_bytes(self.raw, policy=email.policy.default)
        assert isinstance(read, EmailMessage)
        return read


class SmtpServer:
    """Accepts everything, unless `on_rcpt(address)` or `on_data(number, raw)` say another reply, or DROP.

    `connections` counts connections, `seen` every final dot. Used as a context manager.
    """

    def __init__(
        self,
        *,
        on_rcpt: Callable[[str], str] | None = None,
        on_data: Callable[[int, bytes], str] | None = None,
        delay: float = 0.0,
        port: int = 0,
        pipelining: bool = False,
        idle_limit: float = 300.0,
    ) -> None:
        self.on_rcpt, self.on_data, self.delay = on_rcpt, on_data, delay
        self.pipelining, self.idle_limit = pipelining, idle_limit
        self.taken: list[Taken] = []
        self.seen = 0
        self.connections = 0
        self._lock = threading.Lock()
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> SmtpServer:
        self._thread.start()
        opening = self._loop.create_server(self._connection, "127.0.0.1", self._port)
        self._server = asyncio.run_coroutine_threadsafe(opening, self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        async def close() -> None:
            self._server.close()
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()
            await asyncio.sleep(0.05)

        asyncio.run_coroutine_threadsafe(close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _connection(self) -> SMTP:
        self.connections += 1
        return SMTP(self, hostname="relay.test", data_size_limit=10_000_000, loop=self._loop, timeout=self.idle_limit)

    @property
    def port(self) -> int:
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    # --- what aiosmtpd calls ---

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        more = ["250-PIPELINING"] if self.pipelining else []
        return [*responses[:-1], *more, responses[-1]]

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.on_rcpt and (reply := self.on_rcpt(address)):
            return reply
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.delay:
            await asyncio.sleep(self.delay)
        raw = bytes(envelope.content or b"")
        with self._lock:
            self.seen += 1
            number = self.seen
        reply = self.on_data(number, raw) if self.on_data else ""
        if reply == DROP:
            assert server.transport is not None
            server.transport.abort()
            return "421 gone"
        if not reply or reply.startswith("250"):
            head = email.message_from_bytes(raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n", policy=email.policy.default)
            mail = Taken(str(head["Message-ID"]), envelope.rcpt_tos[0], envelope.mail_from or "", raw)
            with self._lock:
                self.taken.append(mail)
        return reply or "250 2.0.0 taken"
