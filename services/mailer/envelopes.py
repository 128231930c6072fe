"""Envelope senders that say which mail came back, and the address that takes "leave me alone" by mail. Pure.

`b+<token>@bounces.<domain>`: the token is the ledger row's id and a keyed code, in lower-case base32, since relays
change the case of what they carry. 42 octets of the 64 that a local part may have.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import uuid

from services.mailer.keyed import base32, keyed

_CODE = 9  # octets: 72 bits, which nobody guesses through a listener
LEAVE = "desinscription"
"""The local part that `List-Unsubscribe: <mailto:…>` names; the token stands in the subject."""


def sender(message: uuid.UUID, domain: str, *, secret: str) -> str:
    """The envelope sender of one mail."""
    return f"b+{base32(message.bytes + _code(message, secret))}@{domain}"


def message_of(address: str, domain: str, *, secret: str) -> uuid.UUID | None:
    """Which mail an envelope recipient is about; None when the address is not one of ours."""
    local, _at, host = address.lower().rpartition("@")
    prefix, plus, token = local.partition("+")
    if not domain or host != domain.lower() or prefix != "b" or not plus:
        return None
    try:
        raw = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
    except (binascii.Error, ValueError):
        return None
    if len(raw) != 16 + _CODE:
        return None
    message = uuid.UUID(bytes=raw[:16])
    return message if hmac.compare_digest(raw[16:], _code(message, secret)) else None


def is_leaving(address: str, domain: str) -> bool:
    return bool(domain) and address.lower() == f"{LEAVE}@{domain.lower()}"


def _code(message: uuid.UUID, secret: str) -> bytes:
    return keyed(secret, b"agora bounces v1").code(message.bytes)[:_CODE]
