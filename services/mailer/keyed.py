"""HMAC-SHA256 for what every mail carries: its Message-ID, its way back, its link to leave. Pure."""

from __future__ import annotations

import functools
import hashlib
import hmac
from base64 import b32encode


class Keyed:
    """The codes of one key, which is read once. Safe to share between threads: each code is made of a copy."""

    def __init__(self, key: bytes) -> None:
        self._made = hmac.new(key, digestmod="sha256")

    def code(self, message: bytes) -> bytes:
        """The 32 octets of RFC 2104."""
        mine = self._made.copy()
        mine.update(message)
        return mine.digest()


@functools.lru_cache(16)
def keyed(secret: str, purpose: bytes = b"") -> Keyed:
    """The codes of the service's secret; with a purpose, those of a key of its own that is derived from it."""
    return Keyed(hashlib.sha256(purpose + b"\0" + secret.encode()).digest() if purpose else secret.encode())


def base32(octets: bytes) -> str:
    """In lower case, without the padding of RFC 4648."""
    return b32encode(octets).decode().rstrip("=").lower()
