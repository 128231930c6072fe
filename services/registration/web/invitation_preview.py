"""Step 1 of nine for the staff: the mail of an invitation before it leaves. Next: services/registration/announce/."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import render_template
from flask_babel import force_locale

from services.registration.announce.invitations import told
from services.registration.models.events import Event
from services.registration.models.invitations import Invitation, InvitationRound
from shared.web.forms import Loaded


def as_typed(row: InvitationRound, typed: Loaded) -> InvitationRound:
    """The round with the word of the form, which is not kept yet."""
    said = {name: str(typed.raw.get(name, getattr(row, name) or "")) for name in ("word", "word_en")}
    names = ("id", "kind", "source", "origin", "origin_en")
    return InvitationRound(**{name: getattr(row, name) for name in names}, **said)


def letters(event: Event, row: InvitationRound, first: Mapping[str, str] | Invitation | None) -> list[tuple[str, str]]:
    """The mail as its first reader gets it, in both languages: (language, HTML)."""
    if first is None:
        return []
    if isinstance(first, Invitation):
        known: dict[str, Any] = {name: getattr(first, name) for name in ("first_name", "last_name", "email")}
        known |= {name: getattr(first, name) for name in ("source", "origin", "origin_en")}
    else:
        known = {name: first[name] for name in ("first_name", "last_name", "email")}
        known |= {name: getattr(row, name) for name in ("source", "origin", "origin_en")}
    made = []
    for language in ("fr", "en"):
        data = told(event, row, Invitation(**known, locale=language), site="", link="")
        with force_locale(language):
            made.append((language, render_template("invitations/letter.html", mail=data, event=event)))
    return made
