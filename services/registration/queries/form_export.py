"""The answers to a form's own questions, as columns of a file."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.forms import FormAnswer, FormVersion
from services.registration.queries.forms import Form, read
from services.registration.queries.wording import words
from services.registration.rules.question_library import COLUMNS


@dataclass(frozen=True)
class Column:
    key: str
    label: str


def columns(session: Session, event_id: uuid.UUID, form: Form, *, sensitive: bool) -> list[Column]:
    """Every question that is asked or was answered, in the order of the newest form that asks it.

    form: the one in use; its questions are columns before anybody answers, so that a file has the same ones tomorrow.
    Sensitive ones on demand.
    """
    answered = (
        sa.select(FormAnswer.question)
        .join(FormVersion, FormVersion.id == FormAnswer.version_id)
        .where(FormVersion.event_id == event_id)
        .distinct()
    )
    if not sensitive:
        answered = answered.where(~FormAnswer.sensitive)
    left = {*session.scalars(answered)} | {
        one.key for one in form.questions if one.key not in COLUMNS and (sensitive or not one.sensitive)
    }
    found = []
    if left:
        versions = sa.select(FormVersion).where(FormVersion.event_id == event_id).order_by(FormVersion.number.desc())
        for version in session.scalars(versions):
            for one in read(version).questions:
                if one.key in left:
                    left.remove(one.key)
                    found.append(Column(one.key, one.label.fr))
    return found


def cells(session: Session, wanted: Sequence[Column], found: Mapping[str, Sequence[Any]] | None) -> list[str]:
    """What stands in `wording.column`, in the language of the heads: one word for one answer, to be counted by."""
    said = words(session, found, "fr")
    return [said.get(one.key, "") for one in wanted]
