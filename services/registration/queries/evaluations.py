"""What people thought of a training, as numbers and words; never with a name."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.evaluations import Evaluation, EvaluationInvitation
from services.registration.models.registrations import Registration
from services.registration.rules.evaluation import LEVELS, QUESTIONS


@dataclass(frozen=True)
class Opinions:
    """asked, given: how many people. by_question: how many chose each level. rows: each answer, by its random key.

    Both are of the answers that may be shown; `waiting` more are too few to join them.
    """

    asked: int
    given: int
    by_question: dict[str, dict[int, int]]
    rows: list[Evaluation]

    @property
    def waiting(self) -> int:
        return self.given - len(self.rows)

    @property
    def words(self) -> list[str]:
        return [row.words for row in self.rows if row.words]


def opinions(session: Session, event_id: uuid.UUID) -> Opinions:
    asked = session.scalar(
        sa.select(sa.func.count())
        .select_from(EvaluationInvitation)
        .join(Registration, Registration.id == EvaluationInvitation.registration_id)
        .where(Registration.event_id == event_id)
    )
    rows = session.scalars(sa.select(Evaluation).where(Evaluation.event_id == event_id).order_by(Evaluation.id)).all()
    shown = [row for row in rows if row.shown]
    counts = {
        question: {level: sum(row.marks.get(question) == level for row in shown) for level in LEVELS}
        for question in (QUESTIONS if shown else ())
    }
    return Opinions(asked or 0, len(rows), counts, shown)
