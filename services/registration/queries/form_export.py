"""The answers to a form's own questions, as columns of a file."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.forms import FormAnswer, FormVersion
from services.registration.models.registrations import Registration
from services.registration.queries.forms import read


@dataclass(frozen=True)
class Column:
    key: str
    label: str


def columns(session: Session, event_id: uuid.UUID, *, sensitive: bool) -> list[Column]:
    """Every question that somebody answered, in the order of the newest form that asks it; sensitive ones on demand."""
    answered = (
        sa.select(FormAnswer.question)
        .join(FormVersion, FormVersion.id == FormAnswer.version_id)
        .where(FormVersion.event_id == event_id)
        .distinct()
    )
    if not sensitive:
        answered = answered.where(~FormAnswer.sensitive)
    left = set(session.scalars(answered))
    found = []
    if left:
        versions = sa.select(FormVersion).where(FormVersion.event_id == event_id).order_by(FormVersion.number.desc())
        for version in session.scalars(versions):
            for one in read(version).questions:
                if one.key in left:
                    left.remove(one.key)
                    found.append(Column(one.key, one.label.fr))
    return found


def column(wanted: Sequence[Column], *, sensitive: bool) -> Any:
    """All of them as one column of the row of a registration; None when there is none.

    Each answer says itself how protected it is: another version may have asked the question as another class.
    """
    if not wanted:
        return None
    keys = [one.key for one in wanted]
    return (
        sa.select(sa.func.jsonb_object_agg(FormAnswer.question, FormAnswer.said))
        .where(
            FormAnswer.registration_id == Registration.id,
            FormAnswer.question.in_(keys),
            sa.true() if sensitive else ~FormAnswer.sensitive,
        )
        .correlate(Registration)
        .scalar_subquery()
    )


def cells(wanted: Sequence[Column], said: Mapping[str, str] | None) -> list[str]:
    return [(said or {}).get(one.key, "") for one in wanted]
