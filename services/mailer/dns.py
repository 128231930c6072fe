"""Asking the DNS for TXT, MX, PTR and addresses: one question, one answer, never longer than the timeout. No cache.

Small on purpose: the answer is shown to a person, nothing is decided by it. An answer that does not fit a datagram is
asked for again over TCP.
"""

from __future__ import annotations

import ipaddress
import secrets
import socket
import struct
import time
from pathlib import Path

TXT, MX, PTR, A, AAAA = 16, 15, 12, 1, 28
TIMEOUT = 3.0
_IN, _OPT = 1, 41
_LARGEST = 65_535
_NO_SUCH_NAME = 3


class Unanswered(Exception):
    """No server answered in time, or what it said is no answer."""


def system_server() -> str:
    """The first server that this machine asks; its own when it names none."""
    try:
        lines = Path("/etc/resolv.conf").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = [words[1] for words in map(str.split, lines) if len(words) > 1 and words[0] == "nameserver"]
    return named[0] if named else "127.0.0.1"


def ask(name: str, kind: int, server: str, timeout: float = TIMEOUT) -> list[str]:
    """The records of a name: texts for TXT, "10 mail.example" for MX, names, addresses; none if so. Raises Unanswered.

    server: an IP address, with ":port" after an IPv4 one if it is not 53.
    """
    ends = time.monotonic() + timeout
    host, port = _address(server)
    number = secrets.token_bytes(2)
    try:
        question = _question(number, name, kind)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as udp:
            udp.settimeout(timeout)
            udp.connect((host, port))
            udp.send(question)
            answer = udp.recv(_LARGEST)
            while answer[:2] != number:  # a late answer to somebody else's question
                udp.settimeout(_left(ends))
                answer = udp.recv(_LARGEST)
        if len(answer) > 3 and answer[2] & 2:
            with socket.create_connection((host, port), timeout=_left(ends)) as tcp:
                tcp.sendall(struct.pack("!H", len(question)) + question)
                answer = _read(tcp, struct.unpack("!H", _read(tcp, 2, ends))[0], ends)
        return _records(answer, number, kind)
    except (OSError, struct.error, IndexError, UnicodeError, ValueError) as error:
        raise Unanswered(f"{name}: {error}") from None


def _address(server: str) -> tuple[str, int]:
    host, colon, port = server.rpartition(":")
    return (host, int(port)) if colon and "." in host and port.isdecimal() else (server, 53)


def _left(ends: float) -> float:
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError("no answer in time")
    return left


def _read(tcp: socket.socket, size: int, ends: float) -> bytes:
    read = b""
    while len(read) < size:
        tcp.settimeout(_left(ends))
        more = tcp.recv(size - len(read))
        if not more:
            raise OSError("the answer ends too early")
        read += more
    return read


def _question(number: bytes, name: str, kind: int) -> bytes:
    labels = name.rstrip(".").encode("idna" if name.isascii() else "utf-8").split(b".")
    if not all(0 < len(label) < 64 for label in labels):
        raise ValueError("not a name")
    wire = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    extended = b"\0" + struct.pack("!HHIH", _OPT, 1232, 0, 0)
    return number + struct.pack("!HHHHH", 0x0100, 1, 0, 0, 1) + wire + struct.pack("!HH", kind, _IN) + extended


def _records(answer: bytes, number: bytes, kind: int) -> list[str]:
    flags, questions, answers = struct.unpack("!HHH", answer[2:8])
    if answer[:2] != number or not flags & 0x8000:
        raise ValueError("not an answer to this question")
    if flags & 15 == _NO_SUCH_NAME:
        return []
    if flags & 15:
        raise ValueError(f"the server failed: {flags & 15}")
    at = 12
    for _ in range(questions):
        at = _name(answer, at)[1] + 4
    found = []
    for _ in range(answers):
        at = _name(answer, at)[1]
        type_, _class, _ttl, length = struct.unpack("!HHIH", answer[at : at + 10])
        at += 10
        if type_ == kind == TXT:
            found.append(_texts(answer[at : at + length]))
        elif type_ == kind == MX:
            preference = struct.unpack("!H", answer[at : at + 2])[0]
            found.append(f"{preference} {_name(answer, at + 2)[0]}")
        elif type_ == kind == PTR:
            found.append(_name(answer, at)[0])
        elif type_ == kind and kind in (A, AAAA):
            found.append(str(ipaddress.ip_address(answer[at : at + length])))
        at += length
    return found


def _texts(data: bytes) -> str:
    pieces, at = [], 0
    while at < len(data):
        pieces.append(data[at + 1 : at + 1 + data[at]])
        at += 1 + data[at]
    return b"".join(pieces).decode("utf-8", "replace")


def _name(answer: bytes, at: int) -> tuple[str, int]:
    """A name, possibly compressed, and where what follows begins."""
    labels: list[str] = []
    after = None
    for _ in range(128):
        size = answer[at]
        if size >= 192:
            after = at + 2 if after is None else after
            at = struct.unpack("!H", answer[at : at + 2])[0] & 0x3FFF
        elif size == 0:
            return ".".join(labels) or ".", at + 1 if after is None else after
        else:
            labels.append(answer[at + 1 : at + 1 + size].decode("ascii", "replace"))
            at += 1 + size
    raise ValueError("a name that goes in circles")
