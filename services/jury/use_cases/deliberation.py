"""Step 2 of the deliberation: move a rank, with the reason that the minutes will give."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import queries
from services.jury.models import Draw, Move
from services.jury.use_cases.calls import find_round, refuse_left
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
    refuse_left(this)
    if any(pot.decided_at is not None for pot in queries.pots_of(session, this.id)):
        raise RuleError("awards-decided", "Les aides sont décidées sur ce classement : les rangs ne changent plus.")
    if len(reason.strip()) < SHORTEST_REASON:
        raise RuleError("reason", "Écrivez la raison du déplacement : elle figurera au procès-verbal.", field="reason")
    order = queries.official_order(session, this)
    if str(project_id) not in order:
        raise RuleError("not-ranked", "Ce projet n’est pas classé : il ne peut pas être déplacé.", field="project")
    before = order.index(str(project_id)) + 1
    if not 1 <= place <= len(order) or place == before:
        raise RuleError("place", "Choisissez un autre rang, parmi ceux des projets classés.", field="place")
    last = session.scalar(sa.select(sa.func.max(Move.position)).where(Move.round_id == this.id)) or 0
    moved = Move(
        round_id=this.id,
        position=last + 1,
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


def record_draw(
    session: Session, round_id: uuid.UUID, tied: list[uuid.UUID], reason: str, *, who: str, now: dt.datetime
) -> Draw:
    """Keep, with its reason, that lots decided between projects which nothing else tells apart. The lots come from the
    seed that was drawn at closing, so nobody can draw until the result pleases; once per group."""
    this = find_round(session, round_id, lock=True)
    if this.state != "closed":
        raise RuleError("round-state", "Un tirage se constate après la clôture et avant la signature.")
    if len(reason.strip()) < SHORTEST_REASON:
        raise RuleError(
            "reason", "Écrivez pourquoi l’on tire au sort : cela figurera au procès-verbal.", field="reason"
        )
    group = next((g for g in queries.tied_groups(session, this) if {uuid.UUID(p) for p in g} == set(tied)), None)
    if group is None:
        raise RuleError("not-tied", "Ces projets ne sont pas à égalité : il n’y a rien à tirer au sort.")
    if any(set(one.projects) == set(tied) for one in queries.draws_of(session, this)):
        raise RuleError("drawn", "Ce tirage est déjà constaté : on ne tire pas deux fois.")
    drawn = Draw(
        round_id=this.id,
        tied=",".join(sorted(group)),
        projects=[uuid.UUID(project) for project in group],
        seed=this.seed or "",
        reason=reason.strip(),
        drawn_at=now,
        drawn_by=who,
    )
    session.add(drawn)
    this.version += 1
    session.flush()
    after = {"projects": list(group), "seed": drawn.seed, "reason": drawn.reason}
    audit.record(session, who=who, what="drew lots", thing="round", thing_id=this.id, before=None, after=after, now=now)
    return drawn
