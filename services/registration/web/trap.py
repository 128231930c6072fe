"""Step 1 of nine: telling robots from people without asking people to prove anything. Next: web/public.py.

A field that only robots fill, and a time: a form sent within two seconds was not read by a person. A page of another
site may have its readers' browsers send ours, each from an address of its own: no limit would hold them. On suspicion
the form comes back with everything in it and asks for one more click; nobody is turned away.
"""

from __future__ import annotations

import time

from flask import request

from shared.web import settings
from shared.web.security import from_here, ours
from shared.web.words import _

FIELD = "site_web"
QUICKEST = 2.0
_ELSEWHERE = ("cross-site", "same-site")


def doubt(since: float, *, framed: bool, given_here: bool) -> str:
    """What to say of a form that may be a robot's; "" of any other. since: when it was given out, epoch seconds.
    framed: to a page of another site. given_here: to the network address that it comes from."""
    if request.form.get(FIELD, "") or _elsewhere(framed=framed, given_here=given_here):
        return _("Relisez vos réponses, puis envoyez de nouveau. Tout est conservé.")
    if _quick(since):
        return _(
            "Votre formulaire est parti très vite, comme l’enverrait un robot. Tout est conservé : il suffit de "
            "l’envoyer encore une fois."
        )
    return ""


def _quick(since: float) -> bool:
    """AGORA_RATE_LIMIT_FACTOR shortens the shortest time, which no robot is told."""
    return time.time() - since < QUICKEST / max(1.0, settings().rate_limit_factor)


def _elsewhere(*, framed: bool, given_here: bool) -> bool:
    """Whether a page of another site sent it, as far as the browser says.

    A page that hides where it comes from, and a frame that its site keeps apart (« sandbox »), say « null » of our own
    form, each time; so may a hostile page. But that one has its form from elsewhere than its readers.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site not in _ELSEWHERE if site else from_here():
        return False
    before = request.headers.get("Referer")
    hidden = request.headers.get("Origin", "null") == "null" and (before is None or ours(before))
    return not (hidden and given_here and (framed or not site))
