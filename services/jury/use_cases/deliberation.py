"""Step 2 of the deliberation: move a rank, with the reason that the minutes will give."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy.orm import Session

from services.jury import queries
from services.jury.models import Move
from services.jury.use_cases.rounds import find_round
from shared import audit
from shared.errors import RuleError

SHORTEST_REASON = 10


def move(
    session: Session,
    round_id: uuid.UUID,
    project_id: uuid.UUID,
    place: int,
    reason: str,
    *,
    who: str,
    now: dt.datetime,
) -> Move:
    """Set a ranked project to another place; after closing, before signing and before the awards."""
    this = find_round(session, round_id, lock=True)
    if this.state != "closed":
        raise RuleError("round-state", "On ne déplace un rang qu’après la clôture et avant la signature.")
    pot = queries.pot_of(session, this.id)
    if pot is not None and pot.decided_at is not None:
        raise RuleError("awards-decided", "Les aides sont décidées sur ce classement : les rangs ne changent plus.")
    if len(reason.strip()) < SHORTEST_REASON:
        raise RuleError("reason", "Écrivez la raison du déplacement : elle figurera au procès-verbal.", field="reason")
    order = queries.official_order(session, this)
    if str(project_id) not in order:
        raise RuleError("not-ranked", "Ce projet n’est pas classé : il ne peut pas être déplacé.", field="project")
    before = order.index(str(project_id)) + 1
    if not 1 <= place <= len(order) or place == before:
        raise RuleError("place", "Choisissez un autre rang, parmi ceux des projets classés.", field="place")
    moved = Move(
        round_id=this.id,
        position=len(queries.moves_of(session, this)) + 1,
        project_id=project_id,
        place=place,
        reason=reason.strip(),
        moved_at=now,
        moved_by=who,
    )
    session.add(moved)
    this.version += 1
    session.flush()
    audit.record(
        session,
        who=who,
        what="moved rank",
        thing="round",
        thing_id=this.id,
        before={"project": str(project_id), "rank": before},
        after={"project": str(project_id), "rank": place, "reason": moved.reason},
        now=now,
    )
    return moved
