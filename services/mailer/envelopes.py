"""Envelope senders that say which mail came back, the addresses that take an answer to one mail, and the one that takes
"leave me alone" by mail. Pure.

`b+<token>@bounces.<domain>`, and `b+r+<token>@…` for answers: the token is the ledger row's id and a keyed code, in
lower-case base32, since relays change the case of what they carry. At most 44 octets of the 64 that a local part may
have. Both begin alike, so that a provider's mailbox called `b` takes both.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import uuid

from services.mailer.keyed import base32, keyed

_CODE = 9  # octets: 72 bits, which nobody guesses through a listener
_RETURNS, _ANSWERS = "b+", "b+r+"
_PURPOSES = {_RETURNS: b"agora bounces v1", _ANSWERS: b"agora answers v1"}
LEAVE = "desinscription"
"""The local part that `List-Unsubscribe: <mailto:…>` names; the token stands in the subject."""


def sender(message: uuid.UUID, domain: str, *, secret: str) -> str:
    """The envelope sender of one mail."""
    return _made(_RETURNS, message, domain, secret)


def message_of(address: str, domain: str, *, secret: str) -> uuid.UUID | None:
    """Which mail an envelope recipient is about; None when the address is not one of ours."""
    return _read(_RETURNS, address, domain, secret)


def reply_to(message: uuid.UUID, domain: str, *, secret: str) -> str:
    """Where an answer to one mail goes, instead of to who wrote its words."""
    return _made(_ANSWERS, message, domain, secret)


def answered(address: str, domain: str, *, secret: str) -> uuid.UUID | None:
    """Which mail is answered by what goes to this address; None when it is not one that takes answers."""
    return _read(_ANSWERS, address, domain, secret)


def is_return(address: str) -> bool:
    """Whether an address has the form of an envelope sender, rather than of one that takes answers."""
    return address.startswith(_RETURNS) and not address.startswith(_ANSWERS)


def is_leaving(address: str, domain: str) -> bool:
    return bool(domain) and address.lower() == f"{LEAVE}@{domain.lower()}"


def _made(kind: str, message: uuid.UUID, domain: str, secret: str) -> str:
    return f"{kind}{base32(message.bytes + _code(kind, message, secret))}@{domain}"


def _read(kind: str, address: str, domain: str, secret: str) -> uuid.UUID | None:
    local, _at, host = address.lower().rpartition("@")
    if not domain or host != domain.lower() or not local.startswith(kind):
        return None
    token = local.removeprefix(kind)
    try:
        raw = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
    except (binascii.Error, ValueError):
        return None
    if len(raw) != 16 + _CODE:
        return None
    message = uuid.UUID(bytes=raw[:16])
    return message if hmac.compare_digest(raw[16:], _code(kind, message, secret)) else None


def _code(kind: str, message: uuid.UUID, secret: str) -> bytes:
    return keyed(secret, _PURPOSES[kind]).code(message.bytes)[:_CODE]
