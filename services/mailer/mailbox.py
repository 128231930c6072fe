"""Which mailbox is read for what comes back, as the settings name it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

_PORTS = {"imap": 143, "imap+starttls": 143, "imaps": 993}


@dataclass(frozen=True)
class Mailbox:
    """done: the folder for what was read; others: for what answers no mail of ours."""

    scheme: str
    host: str
    port: int
    user: str
    password: str
    folder: str
    done: str
    others: str

    @classmethod
    def parse(cls, url: str, *, done: str, others: str) -> Mailbox:
        """`imaps://user:password@host:993/INBOX`, user and password percent-encoded. Raises ValueError."""
        read = urlsplit(url)
        if read.scheme not in _PORTS or not read.hostname or not read.username or read.password is None:
            raise ValueError("is not like imaps://user:password@host/INBOX")
        folder = unquote(read.path.strip("/")) or "INBOX"
        if len({folder, done, others}) < 3 or not all(_is_plain(name) for name in (folder, done, others)):
            raise ValueError("and its two other folders must be three, with plain ASCII names")
        port = read.port or _PORTS[read.scheme]
        user, password = unquote(read.username), unquote(read.password)
        if not _is_plain(user) or " " in user or not password.isascii() or not password.isprintable():
            raise ValueError("has a user or a password that IMAP cannot say: only ASCII")
        return cls(read.scheme, read.hostname, port, user, password, folder, done, others)


def _is_plain(name: str) -> bool:
    return bool(name) and all(" " <= letter <= "~" and letter not in '"\\' for letter in name)
