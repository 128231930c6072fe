"""Step 1 of nine: what a form of registration carries in place of a cookie. Next: web/public.py, which reads it.

Signed: the event, the key that makes two submissions one, when the form was given out, a mark of the network address
that it was given to (decision 0682), and the sites that could show it then, so that whatever is answered to it can be
shown there too, with the database away or the list changed meanwhile (decisions 0633 and 0677).
"""

from __future__ import annotations

import hashlib
import secrets
import time
import uuid
from dataclasses import dataclass

from flask import g, request
from itsdangerous import BadSignature, Signer

from services.registration.web import trap
from shared.web import settings
from shared.web.app import SESSION_HOURS
from shared.web.limits import client_address
from shared.web.security import from_here
from shared.web.words import _

FIELD = "seal"
KEY = "form_key"


@dataclass(frozen=True)
class Seal:
    event: str
    key: str
    since: float
    """When it was given out, epoch seconds: a seal set anew for an answer keeps it, so that none lasts for ever."""
    sites: list[str]
    address: str = ""
    """A mark of whom it was given to; "" in one of the version before."""

    @property
    def old(self) -> bool:
        return time.time() - self.since > SESSION_HOURS * 3600


def of(event_id: uuid.UUID, key: str = "") -> str:
    """A seal for the form as it is shown now. key: that of the form which was sent, and comes back.

    What another site sent comes back with a key that this site does not know: who finishes the form there would
    else register under a key of somebody else's choice, who could then open their page.
    """
    found = posted() if request.method == "POST" else None
    since = found.since if found and not found.old else time.time()
    key = key if key and from_here() else secrets.token_urlsafe(12)
    words = [str(event_id), key, f"{since:.6f}", here(), *g.get("framed_by", ())]
    return _signer().sign(" ".join(words)).decode()


def posted() -> Seal | None:
    """That of the form which was sent; None without one, or when it is not ours."""
    try:
        event, key, since, *sites = _signer().unsign(request.form.get(FIELD, "")).decode().split(" ")
    except BadSignature:
        return None
    address = sites.pop(0) if sites and sites[0].startswith(_MARK) else ""
    return Seal(event, key, float(since), sites, address)


def read(event_id: uuid.UUID) -> tuple[str, str]:
    """(key, doubt) of the form which was sent for this event: why it may be no person's, as a sentence, or "".

    A form that we did not give out has no key.
    """
    found = posted()
    if found is None or found.event != str(event_id):
        said = _("Nous ne reconnaissons pas ce formulaire. Tout est conservé : relisez vos réponses, puis renvoyez.")
        return "", said
    if found.old:
        said = _("Le formulaire est resté ouvert longtemps. Tout est conservé : relisez vos réponses, puis renvoyez.")
        return found.key, said
    framed = bool(g.get("framed") and found.sites)
    return found.key, trap.doubt(found.since, framed=framed, given_here=found.address == here())


def here() -> str:
    """A mark of the network address: nobody reads the address itself out of a page or a table."""
    address = client_address().encode()
    return _MARK + hashlib.blake2b(address, key=settings().secret_key.encode()[:64], digest_size=6).hexdigest()


_MARK = "@"


def _signer() -> Signer:
    return Signer(settings().secret_key, salt="sealed registration form")
