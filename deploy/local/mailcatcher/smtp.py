"""The SMTP side: every mail is taken, but those to addresses that are said not to exist."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.local.mailcatcher.store import Store

REFUSED = ("*@introuvable.example", "bounce@*")
DEFERRED = ("*@plus-tard.example",)
LARGEST = 30 * 1024 * 1024


class Catcher:
    """aiosmtpd's handler. refuse, defer: patterns of addresses answered with 550 and with 451."""

    def __init__(self, store: Store, refuse: Sequence[str] = REFUSED, defer: Sequence[str] = DEFERRED) -> None:
        self.store = store
        self.refuse = [pattern.lower() for pattern in refuse]
        self.defer = [pattern.lower() for pattern in defer]

    async def handle_EHLO(  # noqa: N802
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Commands are read one line after the other, so they may as well arrive together."""
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", "250-ENHANCEDSTATUSCODES", responses[-1]]

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        lower = address.lower()
        if any(fnmatchcase(lower, pattern) for pattern in self.refuse):
            return "550 5.1.1 no such mailbox"
        if any(fnmatchcase(lower, pattern) for pattern in self.defer):
            return "451 4.2.1 try again later"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 recipient ok"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.original_content or b""
        id = self.store.add(envelope.mail_from or "", list(envelope.rcpt_tos), content)
        return f"250 2.0.0 ok: caught as {id}"


async def listen(catcher: Catcher, host: str, port: int) -> asyncio.Server:
    """Take mail at this address, in the running loop."""

    def one_connection() -> SMTP:
        options: dict[str, Any] = {"data_size_limit": LARGEST, "enable_SMTPUTF8": True, "ident": "Agora mail catcher"}
        return SMTP(catcher, hostname="localhost", **options)

    return await asyncio.get_running_loop().create_server(one_connection, host, port, backlog=200)
