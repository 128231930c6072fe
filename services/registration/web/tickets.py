"""Step 1 of nine: the ticket that most people open is rendered once for all who chose the same. Next: personal.py."""

from __future__ import annotations

from functools import partial

from flask import render_template, request, session
from flask_babel import get_locale
from sqlalchemy.orm import Session

from services.registration.models.registrations import Registration
from services.registration.queries import forms, public, tickets
from services.registration.queries.standing import Place, Standing
from services.registration.queries.tickets import Ticket
from services.registration.rules.erasure import NAMES_KEPT_YEARS, SENSITIVE_KEPT
from services.registration.web import once
from shared import clock
from shared.web.qr import qr_svg
from shared.web.words import _

_PLAIN = (b"", b"merci=1")
"""The parameters of a page that may be kept."""
KEPT = {"years": NAMES_KEPT_YEARS, "days": SENSITIVE_KEPT.days}
"""How long after the end a registration stays, and what is sensitive in it."""


def kept(reading: Session, token: str) -> str | None:
    """The page of this link, out of what is kept; None when it says more than a plain ticket."""
    if request.query_string not in _PLAIN or "_flashes" in session:
        return None
    mine = tickets.plain(reading, token)
    if mine is None:
        return None
    form = forms.version(reading, mine.form_version_id) if mine.form_version_id else None
    meal = form.get("meal") if form else None
    if meal and meal.show_if and not mine.meal:
        return None  # whether it was asked depends on answers that the key does not hold
    over = clock.now() >= mine.ends_at
    chosen = (*mine.workshops, bool(mine.structure), mine.meal, mine.carpool, over)
    key = (
        "ticket",
        mine.mark,
        mine.form_version_id,
        chosen,
        request.query_string,
        str(get_locale()),
        request.script_root,
    )
    values = {name: getattr(mine, name) for name in _OWN} | {"token": token, "qr": drawn(mine.ticket)}
    asked = form.keys if form else set() if mine.meal is None else {"meal"}
    return once.filled(key, partial(_with_holes, reading, token, mine, over, asked), values)


def drawn(ticket: str) -> str:
    """The code that the desk reads."""
    return qr_svg(ticket, _("Code à présenter à l’entrée"), level="q")


_OWN = ("first_name", "last_name", "email", "structure", "reference")


def _with_holes(reading: Session, token: str, mine: Ticket, over: bool, asked: set[str]) -> str:
    """The ticket of nobody in particular. Nothing but the event is read: whatever else it says stands in its key."""
    event = public.kept(reading, mine.event_id, mine.mark)
    own = {name: once.hole(name) if getattr(mine, name) else "" for name in _OWN}
    nobody = Registration(
        **own, status="confirmed", meal=mine.meal, carpool=mine.carpool, form_version_id=mine.form_version_id
    )
    places = [
        Place(0, workshop, slot, "confirmed", None)
        for slot in event.slots
        for workshop in slot.workshops
        if workshop.id in mine.workshops
    ]
    page = render_template(
        "personal/show.html",
        token=token,
        standing=Standing(nobody, event, 0, None, places),
        qr=once.hole("qr"),
        thanks="merci" in request.args,
        over=over,
        kept=KEPT,
        asked=asked,
    )
    return page.replace(token, once.hole("token"))
