"""Drafts of a call that pairs associations with classes: who has no other half yet."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import tandems
from services.jury.models import Application

_SHOWN = (
    "title",
    "structure",
    "theme",
    "department",
    "school_name",
    "school_town",
    "school_department",
    "school_kind",
    "school_level",
    *tandems.SPEAKERS["association"],
    *tandems.SPEAKERS["class"],
)


@dataclass(frozen=True)
class Draft:
    """Of a draft only who writes and where: what they write is theirs until it is filed. `lacks`: the half nobody
    writes for, None when both do; `content`: the fields of _SHOWN; `updated_at`: the last save."""

    id: uuid.UUID
    reference: str
    lacks: tandems.Half | None
    content: dict[str, str]
    updated_at: dt.datetime

    def name(self, half: str) -> str:
        """The association, or the school and its town; who writes there, as long as that is not said."""
        person = tandems.speaker(self.content, half)
        return tandems.organisation(self.content, half) or f"{person['first_name']} {person['last_name']}".strip()


def tandem_drafts(session: Session, call_id: uuid.UUID) -> list[Draft]:
    """The drafts of a call with anybody in them, oldest first."""
    shown = [Application.content[name].astext.label(name) for name in _SHOWN]
    query = (
        sa.select(Application.id, Application.reference, Application.updated_at, *shown)
        .where(Application.call_id == call_id, Application.state == "draft")
        .order_by(Application.created_at, Application.id)
    )
    found = []
    for row in session.execute(query):
        told = row._asdict()
        content = {name: told[name] or "" for name in _SHOWN}
        if any(tandems.is_here(content, half) for half in tandems.HALVES):
            found.append(Draft(told["id"], told["reference"], tandems.lacking(content), content, told["updated_at"]))
    return found
