"""How a call is signed, when it is made again, and which addresses are not taken. Pure.

Signatures and headers follow Standard Webhooks (https://www.standardwebhooks.com), so that receivers have a library.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
from collections.abc import Iterable
from urllib.parse import urlsplit

from shared.errors import RuleError

DELAYS = (10, 60, 300, 1800, 7200, 18000, 43200, 86400, 86400)
"""Seconds from one attempt to the next: in all about two and a half days, so a week-end is survived but for its end."""
BOTH_KEYS = dt.timedelta(days=1)
"""How long the key before signs too, so that the receiver changes it without missing a fact."""


def signing_key(secret_key: str, webhook_id: str, number: int = 0) -> bytes:
    """The 32 bytes that sign for one address, made from AGORA_SECRET_KEY. number: how many keys it had before."""
    named = f"webhook {webhook_id} {number}" if number else f"webhook {webhook_id}"
    return hmac.new(secret_key.encode(), named.encode(), hashlib.sha256).digest()


def shown_key(key: bytes) -> str:
    """The key as the receiver's library wants it."""
    return "whsec_" + base64.b64encode(key).decode()


def signature(keys: Iterable[bytes], message_id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`: one for each key that is good now."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return " ".join("v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode() for key in keys)


def numbers(number: int, changed_at: dt.datetime | None, now: dt.datetime) -> tuple[int, ...]:
    """The keys that sign now, the one to keep first."""
    both = number and changed_at is not None and now < changed_at + BOTH_KEYS
    return (number, number - 1) if both else (number,)


def next_attempt(attempts: int, now: dt.datetime) -> dt.datetime | None:
    """When to try again after `attempts` failures; None when it is given up."""
    return now + dt.timedelta(seconds=DELAYS[attempts - 1]) if attempts <= len(DELAYS) else None


def check(url: str, *, local: bool) -> None:
    """Raises RuleError when an address cannot be told. local: whether this machine itself may be called."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise RuleError("webhook-address", "Cette adresse n’est pas lisible.", field="url") from error
    if parts.scheme != "https" and not (local and parts.scheme == "http"):
        raise RuleError("webhook-address", "L’adresse commence par https://.", field="url")
    printable = url.isascii() and url.isprintable() and " " not in url
    if not parts.hostname or parts.username is not None or parts.fragment or not printable:
        raise RuleError("webhook-address", "Donnez une adresse complète, sans mot de passe ni #.", field="url")
    if port is not None and port != 443 and not local:
        raise RuleError("webhook-address", "L’adresse ne peut pas porter de port.", field="url")
