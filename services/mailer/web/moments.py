"""What the other services told of a person, as entries of a timeline, each with the page where it is at home."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from markupsafe import Markup, escape

from services.mailer.models.moments import Moment
from services.mailer.web import words
from shared.identity import current_staff
from shared.web import settings

_TONE = {"cancelled": "none", "withdrawn": "none", "waits": "wait"}


def entries(moments: Iterable[Moment]) -> list[tuple[dt.datetime, str, Markup, str]]:
    """(instant, title, words, tone)."""
    return [(one.at, str(words.MOMENT[one.kind]), _named(one), _TONE.get(one.kind, "done")) for one in moments]


def _named(moment: Moment) -> Markup:
    """The title, as a link for those whom the page lets in."""
    title, staff = moment.title or str(words.MOMENT[moment.kind]), current_staff()
    readers: tuple[str, ...] = ("secretary", "staff", "auditor")
    if moment.kind in ("filed", "withdrawn", "restored"):
        page = f"{settings().jury_url}/equipe/dossiers/{moment.thing}"
    elif moment.kind == "result":
        readers = ("secretary", "staff")
        page = f"{settings().jury_url}/equipe/appels/{moment.within}/projets/{moment.thing}"
    else:
        readers = ("staff", "auditor")
        page = f"{settings().registration_url}/equipe/inscriptions/{moment.thing}"
    if staff is None or not staff.has(*readers):
        return escape(title)
    return Markup('<a href="{}">{}</a>').format(page, title)
