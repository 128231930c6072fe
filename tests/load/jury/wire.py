"""HTTP/1.1 over loopback with little work of its own, so that the client is not what is measured."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


async def ask(
    url: str, method: str = "GET", *, headers: Mapping[str, str] | None = None, body: bytes = b"", patience: float = 5
) -> Answer:
    """One request on a connection of its own, as a tablet that was away makes it. Raises OSError or TimeoutError."""
    async with asyncio.timeout(patience):
        return await _ask(url, method, headers or {}, body)


async def _ask(url: str, method: str, headers: Mapping[str, str], body: bytes) -> Answer:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        lines = [f"{method} {parts.path} HTTP/1.1", f"Host: {parts.netloc}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if body:
            lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        head, _, content = (await reader.read()).partition(b"\r\n\r\n")
    finally:
        writer.close()
    status, *rest = head.decode("latin-1").split("\r\n")
    if not status:
        raise ConnectionError("closed without an answer")
    found = dict(line.split(": ", 1) for line in rest)
    if int(found.get("Content-Length", len(content))) != len(content):
        raise ConnectionError("an answer cut short")
    return Answer(int(status.split()[1]), found, content)
