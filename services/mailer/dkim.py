"""DKIM signatures (RFC 6376): rsa-sha256, relaxed/relaxed, the From header signed once more than it occurs.

One OpenSSL signature costs 0.7 ms; the general-purpose library takes ten times as long, and serves in tests
as the independent verifier. There is no `l=` tag: nothing can be appended to a signed mail.
"""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

SIGNED = [
    "from", "to", "reply-to", "subject", "date", "message-id", "mime-version", "content-type",
    "auto-submitted", "archived-at", "list-id", "list-unsubscribe", "list-unsubscribe-post",
]  # fmt: skip
_SPACES = re.compile(rb"[ \t]+")


_NOTHING = hashlib.sha256()  # to be copied: OpenSSL looks an algorithm up anew for each that is made by its name
_PADDING, _HASH = padding.PKCS1v15(), hashes.SHA256()


def relaxed_header(header: bytes) -> bytes:
    """A header line, folded or not, in relaxed form without its end of line (RFC 6376, 3.4.2)."""
    name, _, value = header.partition(b":")
    unfolded = _SPACES.sub(b" ", value.replace(b"\r\n", b""))
    return name.strip().lower() + b":" + unfolded.strip()


@functools.lru_cache(512)  # most headers of a newsletter are the same for all its readers
def _read(header: bytes) -> tuple[str, bytes]:
    """A header's name in lower case, and its relaxed form with an end of line."""
    relaxed = relaxed_header(header)
    return relaxed.partition(b":")[0].decode(), relaxed + b"\r\n"


class Signer:
    """Signs for one domain and selector. Safe to share between threads."""

    def __init__(self, private_key: bytes, *, domain: str, selector: str) -> None:
        """private_key: an RSA key of at least 1024 bits in PEM. Raises ValueError."""
        key = serialization.load_pem_private_key(private_key, password=None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise ValueError("DKIM needs an RSA key")
        self._key = key
        self.domain = domain
        self.selector = selector

    @classmethod
    def read(cls, path: Path, *, domain: str, selector: str) -> Signer:
        return cls(path.read_bytes(), domain=domain, selector=selector)

    def sign(self, headers: Sequence[bytes], canonical_body: bytes, *, at: int) -> bytes:
        """The DKIM-Signature header, with its end of line, to be put before `headers`.

        headers: each with its end of line, each name at most once. canonical_body: from `mime.relaxed`.
        at: Unix seconds. Raises ValueError when there is no From.
        """
        by_name = dict(map(_read, headers))
        if "from" not in by_name:
            raise ValueError("a mail without From cannot be signed")
        if len(by_name) != len(headers):
            raise ValueError("a header occurs twice")
        signed = [name for name in SIGNED if name in by_name]
        digest = _NOTHING.copy()
        digest.update(_trimmed(canonical_body))
        names = ":".join([*signed, "from"])
        unsigned = "\r\n ".join(
            [
                "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;",
                f"d={self.domain}; s={self.selector}; t={at};",
                *_wrapped_names(names),
                f"bh={binascii.b2a_base64(digest.digest(), newline=False).decode()};",
                "b=",
            ]
        ).encode()
        # Relaxed by hand: no space in it but one after each fold, and a name that ends at the first colon.
        own = b"dkim-signature:" + unsigned.partition(b": ")[2].replace(b"\r\n", b"")
        covered = b"".join([*(by_name[name] for name in signed), own])
        signature = binascii.b2a_base64(self._key.sign(covered, _PADDING, _HASH), newline=False).decode()
        lines = [signature[start : start + 72] for start in range(0, len(signature), 72)]
        return unsigned + "\r\n ".join(lines).encode() + b"\r\n"

    def public_record(self) -> str:
        """The TXT record to publish at `<selector>._domainkey.<domain>`."""
        spki = self._key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return f"v=DKIM1; k=rsa; p={base64.b64encode(spki).decode()}"


def _trimmed(body: bytes) -> bytes:
    """Without empty lines at the end; an empty body stays empty, any other ends with one end of line."""
    if len(body) > 2 and body.endswith(b"\r\n") and body[-3] not in b"\r\n":
        return body  # as nearly all are: not copied
    stripped = body.rstrip(b"\r\n")
    return stripped + b"\r\n" if stripped else b""


@functools.lru_cache(64)
def _wrapped_names(names: str) -> tuple[str, ...]:
    """The h= tag over several lines: folding space is allowed around its colons."""
    lines, current = [], "h="
    for name in names.split(":"):
        piece = name if current == "h=" else ":" + name
        if len(current) + len(piece) > 70:
            lines.append(current)
            current = ""
        current += piece
    return (*lines, current + ";")
