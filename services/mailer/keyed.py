"""HMAC-SHA256 and base32 for what every mail carries: its Message-ID, its way back, its link to leave. Pure.

The bytes are those of `hmac` and `base64`, which a test checks. Three such codes a mail cost a tenth of a
millisecond there: OpenSSL looks its algorithms up anew, and base32 is done octet by octet.
"""

from __future__ import annotations

import functools
import hashlib

_BLOCK = 64  # octets that SHA-256 takes at a time
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = [first + second for first in _LETTERS for second in _LETTERS]


class Keyed:
    """The codes of one key. Safe to share between threads."""

    def __init__(self, key: bytes) -> None:
        if len(key) > _BLOCK:
            key = hashlib.sha256(key).digest()
        padded = key.ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(octet ^ 0x36 for octet in padded))
        self._outer = hashlib.sha256(bytes(octet ^ 0x5C for octet in padded))

    def code(self, message: bytes) -> bytes:
        """The 32 octets of RFC 2104."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        return outer.digest()


@functools.lru_cache(16)
def keyed(secret: str, purpose: bytes = b"") -> Keyed:
    """The codes of the service's secret; with a purpose, those of a key of its own that is derived from it."""
    return Keyed(hashlib.sha256(purpose + b"\0" + secret.encode()).digest() if purpose else secret.encode())


def base32(octets: bytes) -> str:
    """In lower case, without the padding of RFC 4648."""
    number, bits = int.from_bytes(octets, "big"), len(octets) * 8
    fill = -bits % 10  # zero bits that make it whole pairs of letters
    number <<= fill
    pairs = [_PAIRS[number >> place & 1023] for place in range(bits + fill - 10, -1, -10)]
    return "".join(pairs)[: -(-bits // 5)]
