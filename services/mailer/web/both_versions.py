"""Two people at one form: what was typed stays, beside what the other one saved. Told apart by `versions.py`."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from flask import flash, redirect
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from services.mailer import versions
from shared import audit
from shared.errors import RuleError
from shared.web.forms import Loaded

ISSUE = {
    "title": _l("Titre"),
    "editorial": _l("Éditorial"),
    "planned_on": _l("Date de parution"),
    "contributions_on": _l("Dernier jour pour les contributions"),
    "list_key": _l("Envoyé à la liste"),
}
ITEM = {
    "section": _l("Rubrique"),
    "title": _l("Titre"),
    "text": _l("Texte"),
    "link": _l("Lien"),
    "structure": _l("Structure"),
    "credit": _l("Crédit"),
    "photo_name": _l("Une photo"),
    "photo_alt": _l("Ce que montre la photo"),
    "expires_on": _l("Valable jusqu’au"),
    "embargo_on": _l("Jour de l’embargo"),
    "embargo_at": _l("Heure de l’embargo"),
}
PHOTO = "photo_name"
LETTER = {
    "list_key": _l("À qui"),
    "title": _l("Titre"),
    "text": _l("Texte"),
    "embargo_on": _l("Jour de l’embargo"),
    "embargo_at": _l("Heure de l’embargo"),
    "public": _l("La publier aussi sur le web"),
}


@dataclass(frozen=True)
class Both:
    """rows: (question, as typed, as saved) where they differ; photos: their two names, where they do.

    who saved it, and when, where the journal says so.
    """

    rows: list[tuple[str, str, str]]
    photos: tuple[str, str] | None = None
    who: str = ""
    at: dt.datetime | None = None


def compare(
    session: Session,
    form: Loaded,
    saved: Mapping[str, str],
    labels: Mapping[str, Any],
    journal: tuple[str, uuid.UUID],
    item: uuid.UUID | None = None,
    choices: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
) -> Both:
    """Both versions of a form, which goes on from what is saved.

    saved: its fields as they stand, with `seen`, their stamp; journal: thing and id; item: of an issue, that one;
    choices: of a field, the words for what it holds.
    """
    form.raw["seen"] = saved["seen"]

    def words(name: str, value: str) -> str:
        return str(choices.get(name, {}).get(value, value))

    def differ(name: str) -> bool:
        return str(form.raw.get(name) or "").strip() != saved.get(name, "").strip()

    rows = [
        (str(label), words(name, str(form.raw.get(name) or "")), words(name, saved.get(name, "")))
        for name, label in labels.items()
        if name != PHOTO and differ(name)
    ]
    mine = str(form.raw.get(PHOTO) or "")
    photos = (mine, saved.get(PHOTO, "")) if PHOTO in labels and differ(PHOTO) else None
    changes = [
        entry
        for entry in audit.history(session, *journal)
        if entry.what in ("edited", "item_edited", "corrected", "changed")
        and str((entry.after or {}).get("item") or "") == str(item or "")
    ]
    return Both(rows, photos, changes[-1].who, changes[-1].at) if changes else Both(rows, photos)


def read_again(refusal: RuleError, page: str) -> ResponseReturnValue:
    """Back to the page whose text changed while it was read; any other refusal is raised again."""
    if refusal.code != versions.MEANWHILE:
        raise refusal
    flash(refusal.message, "stop")
    return redirect(page, 303)
