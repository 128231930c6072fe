"""Step 1 of nine: what a form inside another site carries in place of a cookie. Next: web/framed.py.

Signed: the event, the key that makes two submissions one, and the sites that could show the form when it was given out,
so that whatever is answered to it can be shown there too, with the database away or the list changed meanwhile.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass

from flask import g, request
from itsdangerous import BadData, URLSafeTimedSerializer

from shared.web import settings
from shared.web.app import SESSION_HOURS

FIELD = "seal"


@dataclass(frozen=True)
class Seal:
    event: str
    key: str
    sites: list[str]
    age: float
    """Seconds since it was set."""

    @property
    def old(self) -> bool:
        return self.age > SESSION_HOURS * 3600


def of(event_id: uuid.UUID, key: str) -> str:
    """A new seal for this form, as the frame that answers is shown."""
    return str(_signer().dumps([str(event_id), key, g.framed_by]))


def posted() -> Seal | None:
    """That of the form which was sent; None without one, or when it is not ours."""
    try:
        (event, key, sites), at = _signer().loads(request.form.get(FIELD, ""), return_timestamp=True)
    except BadData:
        return None
    return Seal(event, key, sites, time.time() - at.timestamp())


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings().secret_key, salt="framed form")
