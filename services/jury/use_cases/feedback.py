"""Step 2 of "Pourquoi cette note": the chair approves, rewords or refuses each line before anything is sent."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import meanwhile, queries
from services.jury.models import FeedbackLine
from services.jury.use_cases.calls import find_round
from shared import audit
from shared.errors import NotFound, RuleError, Sentence


def settle(
    session: Session,
    round_id: uuid.UUID,
    project_id: uuid.UUID,
    digest: str,
    *,
    approve: bool,
    words: str,
    seen: str = "",
    who: str,
    now: dt.datetime,
) -> FeedbackLine:
    """Decide one line; may be decided anew until the results are published. seen: the `mark` of the decision that the
    page showed; refused when somebody else decided otherwise since."""
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
    decided = ("approved", words.strip()) if approve else ("refused", "")
    if seen and line is not None and mark(line) != seen and (line.state, line.words) != decided:
        _refuse_unread(line)
    before = None if line is None else {"state": line.state, "words": line.words}
    if line is None:
        line = FeedbackLine(round_id=this.id, project_id=project_id, digest=digest)
        session.add(line)
    line.state, line.words = decided
    line.decided_at, line.decided_by = now, who
    session.flush()
    after = {"project": str(project_id), "state": line.state, "words": line.words}
    audit.record(
        session, who=who, what="settled feedback", thing="round", thing_id=this.id, before=before, after=after, now=now
    )
    return line


def mark(decision: FeedbackLine | None) -> str:
    """What a page that is sent back says of the decision that it showed."""
    return meanwhile.marks({"state": decision.state, "words": decision.words} if decision else {"state": ""})


def _refuse_unread(line: FeedbackLine) -> None:
    if line.state == "refused":
        raise RuleError(
            "changed-meanwhile",
            "Quelqu’un d’autre vient de refuser ce mot. Tranchez encore si vous en décidez autrement.",
            field="words",
        )
    raise RuleError(
        "changed-meanwhile",
        Sentence(
            "Quelqu’un d’autre vient d’approuver : « %(words)s ». Tranchez encore si vous en décidez autrement.",
            words=line.words,
        ),
        field="words",
    )
