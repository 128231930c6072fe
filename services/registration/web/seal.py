"""Step 1 of nine: what a form inside another site carries in place of a cookie. Next: web/framed.py.

Signed: the event, the key that makes two submissions one, and the sites that could show the form when it was given out,
so that whatever is answered to it can be shown there too, with the database away or the list changed meanwhile.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass

from flask import g, request
from itsdangerous import BadData, URLSafeSerializer

from shared.web import settings
from shared.web.app import SESSION_HOURS

FIELD = "seal"


@dataclass(frozen=True)
class Seal:
    event: str
    key: str
    sites: list[str]
    since: float
    """When those sites could show it: a seal set anew for an answer keeps it, so that none lasts for ever."""

    @property
    def old(self) -> bool:
        return time.time() - self.since > SESSION_HOURS * 3600


def of(event_id: uuid.UUID, key: str) -> str:
    """A new seal for this form, as the frame that answers is shown."""
    return str(_signer().dumps([str(event_id), key, g.framed_by, g.get("framed_since", time.time())]))


def posted() -> Seal | None:
    """That of the form which was sent; None without one, or when it is not ours."""
    try:
        return Seal(*_signer().loads(request.form.get(FIELD, "")))
    except BadData:
        return None


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(settings().secret_key, salt="framed registration form")
