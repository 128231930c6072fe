"""Step 2 of "Pourquoi cette note": the chair approves, rewords or refuses each line before anything is sent."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import queries
from services.jury.models import FeedbackLine
from services.jury.use_cases.calls import find_round
from shared import audit
from shared.errors import NotFound, RuleError


def settle(
    session: Session,
    round_id: uuid.UUID,
    project_id: uuid.UUID,
    digest: str,
    *,
    approve: bool,
    words: str,
    who: str,
    now: dt.datetime,
) -> FeedbackLine:
    """Decide one line; may be decided anew until the results are published."""
    this = find_round(session, round_id, lock=True)
    if this.state not in ("closed", "signed"):
        raise RuleError("round-state", "Clôturez d’abord le tour : les mots pour les porteurs peuvent encore changer.")
    if this.published_at is not None:
        raise RuleError("published", "Les résultats sont publiés : les mots envoyés ne changent plus.")
    lines = queries.feedback_lines(session, this)
    if not any(line.project_id == project_id and line.digest == digest for line in lines):
        raise NotFound("unknown-line", "Ce mot n’existe pas, ou a changé depuis.")
    if approve and not words.strip():
        raise RuleError("words", "Un mot approuvé ne peut pas être vide : refusez-le plutôt.", field="words")
    query = sa.select(FeedbackLine).where(
        FeedbackLine.round_id == this.id, FeedbackLine.project_id == project_id, FeedbackLine.digest == digest
    )
    line = session.scalar(query)
    before = None if line is None else {"state": line.state, "words": line.words}
    if line is None:
        line = FeedbackLine(round_id=this.id, project_id=project_id, digest=digest)
        session.add(line)
    line.state, line.words = ("approved", words.strip()) if approve else ("refused", "")
    line.decided_at, line.decided_by = now, who
    session.flush()
    after = {"project": str(project_id), "state": line.state, "words": line.words}
    audit.record(
        session, who=who, what="settled feedback", thing="round", thing_id=this.id, before=before, after=after, now=now
    )
    return line
