"""What stands in place of an erased address: equal for equal addresses, and nothing to write to.

A plain hash of an address can be found by trying addresses; this one is keyed with the service's secret, which is not
in the database. The key is told once per process, by `settings.load`.
"""

from __future__ import annotations

import hashlib
import hmac

PREFIX = "erased "
_key: list[bytes] = []


def use(secret: str) -> None:
    """From now on marks are made with this secret of the service."""
    _key[:] = [hashlib.sha256(b"agora erased v1\0" + secret.encode()).digest()]


def mark(email_key: str) -> str:
    """The mark of an address, by its key."""
    return again(hashlib.sha256(email_key.encode()).hexdigest())


def again(digest: str) -> str:
    """The mark of an address of which only the plain hash was kept."""
    if not _key:
        raise RuntimeError("marks.use(secret) comes first")
    return PREFIX + hmac.new(_key[0], digest.encode(), hashlib.sha256).hexdigest()
