"""HTTP/1.1 over loopback with little work of its own, so that the client is not what is measured."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit


@dataclass(frozen=True)
class Answer:
    status: int
    head: str
    body: bytes

    def header(self, name: str) -> str:
        start = self.head.find(f"\r\n{name}: ")
        return "" if start < 0 else self.head[start + len(name) + 4 :].partition("\r\n")[0]


class Connection:
    """One connection that is kept open, as a browser keeps it, and opened again when the server closed it."""

    def __init__(self, url: str, patience: float = 30) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname or "", parts.port or 80)
        self._patience = patience
        self._socket: socket.socket | None = None
        self.cookies: dict[str, str] = {}

    def get(self, path: str) -> Answer:
        return self._ask(f"GET {path}", b"", "")

    def post(self, path: str, fields: dict[str, str]) -> Answer:
        body = urlencode(fields).encode()
        return self._ask(
            f"POST {path}", body, f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
        )

    def close(self) -> None:
        if self._socket:
            self._socket.close()
            self._socket = None

    def _ask(self, line: str, body: bytes, more: str) -> Answer:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        said = f"Cookie: {cookies}\r\n" if cookies else ""
        raw = f"{line} HTTP/1.1\r\nHost: 127.0.0.1\r\n{said}{more}\r\n".encode() + body
        fresh = self._socket is None
        try:
            return self._once(raw)
        except ConnectionResetError:
            self.close()
            if fresh:
                raise
            # A kept connection that the server had closed in between: nothing was read from it.
            return self._once(raw)

    def _once(self, raw: bytes) -> Answer:
        if self._socket is None:
            self._socket = socket.create_connection(self._address, self._patience)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self._socket.sendall(raw)
        except BrokenPipeError as error:
            raise ConnectionResetError from error
        got = b""
        while b"\r\n\r\n" not in got:
            got += self._more()
        head_bytes, _, content = got.partition(b"\r\n\r\n")
        head = head_bytes.decode("latin-1")
        found = Answer(int(head[9:12]), head, b"")
        if found.header("Transfer-Encoding"):
            while not content.endswith(b"0\r\n\r\n"):
                content += self._more()
        elif length := found.header("Content-Length"):
            while len(content) < int(length):
                content += self._more()
        for cookie in head.split("\r\nSet-Cookie: ")[1:]:
            name, _, value = cookie.partition("\r\n")[0].partition(";")[0].partition("=")
            self.cookies[name] = value
        if found.header("Connection") == "close":
            self.close()
        return Answer(found.status, head, content)

    def _more(self) -> bytes:
        assert self._socket
        piece = self._socket.recv(1 << 18)
        if not piece:
            raise ConnectionResetError
        return piece
