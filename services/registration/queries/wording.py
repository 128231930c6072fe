"""What people answered, in the words of who reads: they chose an option in their own language (decision 0690)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.forms import FormAnswer
from services.registration.models.registrations import Registration
from services.registration.queries.forms import version
from services.registration.rules.form_answers import said_in


def column(keys: Sequence[str], *, sensitive: bool = False) -> Any:
    """What a row of registrations answered to these questions, as one column for `words`; None when there is none.

    Each answer says itself how protected it is, whatever its version asked it as.
    """
    if not keys:
        return None
    kept = sa.func.jsonb_build_array(FormAnswer.version_id, FormAnswer.value, FormAnswer.said)
    return (
        sa.select(sa.func.jsonb_object_agg(FormAnswer.question, kept))
        .where(
            FormAnswer.registration_id == Registration.id,
            FormAnswer.question.in_(keys),
            sa.true() if sensitive else ~FormAnswer.sensitive,
        )
        .correlate(Registration)
        .scalar_subquery()
    )


def words(session: Session, found: Mapping[str, Sequence[Any]] | None, language: str) -> dict[str, str]:
    """{question: answer} of such a column. No statement for a version that this process has read before."""
    return {
        key: said_in(version(session, UUID(version_id)).get(key), value, said, language)
        for key, (version_id, value, said) in (found or {}).items()
    }


@dataclass(frozen=True)
class Told:
    question: str
    label: str
    value: Any
    said: str
    sensitive: bool


def told(session: Session, rows: Iterable[FormAnswer], actor_type: str, language: str) -> list[Told]:
    """Answers with the questions that they answer. actor_type: of who answered, whose wording may be another."""
    found = []
    for row in rows:
        one = version(session, row.version_id).get(row.question)
        label = one.said_for(actor_type, language) if one else row.label
        words = said_in(one, row.value, row.said, language)
        found.append(Told(row.question, label, row.value, words, row.sensitive))
    return found
