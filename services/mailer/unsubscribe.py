"""The link at the foot of every newsletter, and the header behind a mail program's "unsubscribe" button.

The token says which contact and which list, signed with the service's secret: it needs no row, so it works
for years, also in a mail that was forwarded to an archive. It opens nothing but leaving, or coming back.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import uuid
from dataclasses import dataclass

from services.mailer.keyed import keyed

_MAC = 16  # octets: 128 bits


@dataclass(frozen=True)
class Link:
    """Whom and what a valid token is about."""

    contact_id: uuid.UUID
    list: str


def token(contact_id: uuid.UUID, list: str, *, secret: str) -> str:
    """A token for a link, safe in a URL; the same contact and list always have the same one."""
    body = contact_id.bytes + list.encode()
    return base64.urlsafe_b64encode(_mac(body, secret) + body).rstrip(b"=").decode()


def verify(token: str, *, secret: str) -> Link | None:
    """What a token says, or None when it is not ours."""
    try:
        raw = base64.urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except (UnicodeEncodeError, binascii.Error):
        return None
    mac, body = raw[:_MAC], raw[_MAC:]
    if len(body) <= 16 or not hmac.compare_digest(mac, _mac(body, secret)):
        return None
    return Link(contact_id=uuid.UUID(bytes=body[:16]), list=body[16:].decode())


def url(public_url: str, token: str) -> str:
    """The address that takes the one-click POST and shows the page."""
    return f"{public_url}/unsubscribe/{token}"


def preferences_url(public_url: str, token: str) -> str:
    return f"{public_url}/preferences/{token}"


def _mac(body: bytes, secret: str) -> bytes:
    return keyed(secret, b"agora unsubscribe v1").code(body)[:_MAC]
