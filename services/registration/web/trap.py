"""Step 1 of nine: telling robots from people without asking people to prove anything. Next: web/public.py.

A field that only robots fill, and a signed time: a form sent within two seconds was not read by a person. On
suspicion the form comes back with everything in it and asks for one more click; nobody is turned away.
"""

from __future__ import annotations

import time

from flask import request
from itsdangerous import BadSignature, TimestampSigner

from shared.web import settings
from shared.web.words import _

FIELD = "site_web"
STAMP = "opened"
QUICKEST = 2.0


def stamp() -> str:
    """When this form was opened, signed."""
    return _signer().sign(f"{time.time():.6f}").decode()


def doubt() -> str:
    """What to say of a form that may be a robot's; "" of any other."""
    return _("Relisez vos réponses, puis envoyez de nouveau. Tout est conservé.") if suspicious() else ""


def suspicious() -> bool:
    """Whether the posted form looks like a robot's. AGORA_RATE_LIMIT_FACTOR shortens the shortest time."""
    if request.form.get(FIELD, ""):
        return True
    try:
        opened = float(_signer().unsign(request.form.get(STAMP, "")).decode())
    except (BadSignature, ValueError):
        return True
    return time.time() - opened < QUICKEST / max(1.0, settings().rate_limit_factor)


def _signer() -> TimestampSigner:
    return TimestampSigner(settings().secret_key, salt="registration form")
