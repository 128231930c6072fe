""" "Pourquoi cette note": the words for each applicant with what the chair decided."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury.models import Award, FeedbackLine, Pot, Round
from services.jury.queries.rounds import goes_on
from services.jury.queries.scores import texts


@dataclass(frozen=True)
class Line:
    """One line as it was written; `decision` is None while it waits."""

    project_id: uuid.UUID
    digest: str
    written: str
    decision: FeedbackLine | None


def feedback_lines(session: Session, this: Round) -> list[Line]:
    """Every line of a round, per project and in the order of its words, so that it tells nothing of its author; none of
    a project that this round does not answer: it goes on, or gave its award back."""
    known = {
        (line.project_id, line.digest): line
        for line in session.scalars(sa.select(FeedbackLine).where(FeedbackLine.round_id == this.id))
    }
    given_back = sa.select(Award.project_id).join(Pot, Pot.id == Award.pot_id)
    given_back = given_back.where(Pot.round_id == this.id, Award.state == "withdrawn")
    found, unanswered = [], {*goes_on(session, this), *session.scalars(given_back)}
    for project_id, words in texts(session, this, "feedback").items():
        if project_id in unanswered:
            continue
        for written in dict.fromkeys(words):
            digest = hashlib.sha256(written.encode()).hexdigest()
            found.append(Line(project_id, digest, written, known.get((project_id, digest))))
    return found


def approved(lines: Sequence[Line]) -> dict[uuid.UUID, list[str]]:
    """What is sent: approved lines only, as the chair left them."""
    found: dict[uuid.UUID, list[str]] = {}
    for line in lines:
        if line.decision is not None and line.decision.state == "approved":
            found.setdefault(line.project_id, []).append(line.decision.words)
    return found
