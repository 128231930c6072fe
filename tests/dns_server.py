"""A DNS server of a few names, for the tests: UDP, and TCP for answers marked as too long for a datagram."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import struct
import threading
from types import TracebackType


class DnsServer:
    """names: (name, type) → records, as text; `long`: names answered over TCP only; `silent`: never answered.

    `asked` are the names, in the order of the questions. Used as a context manager.
    """

    def __init__(self, names: dict[tuple[str, int], list[str]]) -> None:
        self.names = names
        self.long: set[str] = set()
        self.silent: set[str] = set()
        self.asked: list[str] = []
        self._stop = threading.Event()
        self._tcp = socket.create_server(("127.0.0.1", 0))
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(self._tcp.getsockname())
        self.address = "127.0.0.1:" + str(self._tcp.getsockname()[1])
        self._threads = [threading.Thread(target=one, daemon=True) for one in (self._datagrams, self._streams)]

    def __enter__(self) -> DnsServer:
        self._tcp.settimeout(0.1)
        self._udp.settimeout(0.1)
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(5)
        self._tcp.close()
        self._udp.close()

    def _datagrams(self) -> None:
        while not self._stop.is_set():
            with contextlib.suppress(TimeoutError):
                question, sender = self._udp.recvfrom(4096)
                if answer := self.answer(question, datagram=True):
                    self._udp.sendto(answer, sender)

    def _streams(self) -> None:
        while not self._stop.is_set():
            with contextlib.suppress(TimeoutError):
                connection, _ = self._tcp.accept()
                with connection:
                    connection.settimeout(5)
                    size = struct.unpack("!H", connection.recv(2))[0]
                    answer = self.answer(connection.recv(size), datagram=False)
                    connection.sendall(struct.pack("!H", len(answer)) + answer)

    def answer(self, question: bytes, *, datagram: bool) -> bytes:
        labels, at = [], 12
        while question[at]:
            labels.append(question[at + 1 : at + 1 + question[at]].decode())
            at += 1 + question[at]
        kind = struct.unpack("!H", question[at + 1 : at + 3])[0]
        name = ".".join(labels)
        self.asked.append(name)
        if name in self.silent:
            return b""
        cut = datagram and name in self.long
        records = [] if cut else self.names.get((name, kind), [])
        known = any(one == name for one, _kind in self.names)
        flags = 0x8180 | (0x0200 if cut else 0) | (0 if known else 3)
        head = question[:2] + struct.pack("!HHHHH", flags, 1, len(records), 0, 0) + question[12 : at + 5]
        return head + b"".join(self._record(kind, text) for text in records)

    def _record(self, kind: int, text: str) -> bytes:
        if kind in (1, 28):
            data = ipaddress.ip_address(text).packed
        elif kind == 12:
            data = b"".join(bytes([len(label)]) + label.encode() for label in text.split(".")) + b"\0"
        elif kind == 15:
            preference, _, host = text.partition(" ")
            wire = b"".join(bytes([len(label)]) + label.encode() for label in host.split(".") if label) + b"\0"
            data = struct.pack("!H", int(preference)) + wire
        else:
            octets = text.encode()
            pieces = [octets[start : start + 255] for start in range(0, len(octets), 255)]
            data = b"".join(bytes([len(piece)]) + piece for piece in pieces)
        return b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(data)) + data
