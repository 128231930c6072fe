"""Step 2 of the deliberation: move a rank, or draw lots, with the reason that the minutes will give."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Collection, Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import queries
from services.jury.models import Draw, Move, Round
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
    refuse_tied(session, this)
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


def refuse_tied(session: Session, this: Round, among: Collection[str] | None = None) -> None:
    """Nothing is decided on an order that is still open. among: the projects in question; None: all."""
    if any(among is None or len(set(group) & set(among)) > 1 for group in queries.open_ties(session, this)):
        raise RuleError(
            "ties-open",
            "Rien n’est changé : des projets sont encore à égalité. À la page « Délibération », votez sur leur ordre "
            "ou tirez au sort, puis revenez ici.",
        )


def draw_lots(session: Session, round_id: uuid.UUID, reason: str, *, who: str, now: dt.datetime) -> list[Draw]:
    """Tell apart, with a reason, all projects that nothing else does; the last word on ties. The seed is made now, so
    that nobody knows the lots when the jury votes, and once, so that nobody draws until the result pleases."""
    this = find_round(session, round_id, lock=True)
    if this.state != "closed":
        raise RuleError("round-state", "On tire au sort après la clôture et avant la signature.")
    if queries.waiting_late(session, this.id):
        raise RuleError("late-waiting", "Des saisies tardives attendent : tranchez-les avant de tirer au sort.")
    if len(reason.strip()) < SHORTEST_REASON:
        raise RuleError("reason", "Écrivez pourquoi l’on tire au sort : cela figurera au procès-verbal.", field="why")
    known = {one.tied for one in queries.draws_of(session, this)}
    if all(tie_of(group) in known for group in queries.tied_groups(session, this)):
        raise RuleError("drawn", "Plus aucun projet n’est à départager : le tirage est fait, ou un vote a tranché.")
    this.seed = this.seed or secrets.token_hex(16)
    drawn = [
        Draw(
            round_id=this.id,
            tied=tie_of(group),
            projects=[uuid.UUID(project) for project in group],
            seed=this.seed,
            reason=reason.strip(),
            drawn_at=now,
            drawn_by=who,
        )
        for group in queries.tied_groups(session, this)
        if tie_of(group) not in known
    ]
    session.add_all(drawn)
    this.version += 1
    session.flush()
    for one in drawn:
        after = {"projects": [str(project) for project in one.projects], "seed": one.seed, "reason": one.reason}
        audit.record(
            session, who=who, what="drew lots", thing="round", thing_id=this.id, before=None, after=after, now=now
        )
    return drawn


def tie_of(group: Iterable[str]) -> str:
    """What a draw goes by: its projects, in whatever order."""
    return ",".join(sorted(group))
