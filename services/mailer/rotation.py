"""Who had space lately, and which member waits longest: read for the editor, it decides nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.mailer.models.issues import Contribution, Contributor, Issue, Item

LATELY = 6  # issues: a year


@dataclass
class Turn:
    """A structure. places: one per recent issue, oldest first, whether it had space; waiting: unanswered items."""

    structure: str
    places: list[bool] = field(default_factory=list)
    last: int | None = None
    waiting: int = 0
    waiting_since: dt.datetime | None = None

    @property
    def had(self) -> int:
        return sum(self.places)


@dataclass(frozen=True)
class Rotation:
    """numbers: the recent issues, oldest first. turns: whoever waits longest first."""

    numbers: list[int]
    turns: list[Turn]

    def of(self, structure: str) -> Turn | None:
        return next((turn for turn in self.turns if _key(turn.structure) == _key(structure)), None)


def rotation(session: Session) -> Rotation:
    """The turns of every structure that writes or was written about in the last six issues."""
    recent = sa.select(Issue.id, Issue.number).where(Issue.state == "sent").order_by(Issue.number.desc()).limit(LATELY)
    issues = list(reversed(session.execute(recent).all()))
    turns: dict[str, Turn] = {}

    def turn(structure: str) -> Turn:
        return turns.setdefault(_key(structure), Turn(structure.strip(), [False] * len(issues)))

    for (structure,) in session.execute(sa.select(Contributor.structure).where(Contributor.revoked_at.is_(None))):
        turn(structure)
    spoken = sa.select(Item.structure, Issue.number).join(Issue).where(Item.structure != "", Issue.state == "sent")
    places = {row.number: place for place, row in enumerate(issues)}
    for structure, number in session.execute(spoken.order_by(Issue.number)):
        one = turn(structure)
        one.last = number
        if number in places:
            one.places[places[number]] = True
    waiting = (
        sa.select(Contributor.structure, sa.func.count(), sa.func.min(Contribution.created_at))
        .join(Contributor)
        .where(Contribution.state == "received")
        .group_by(Contributor.structure)
    )
    for structure, count, since in session.execute(waiting):
        one = turn(structure)
        one.waiting += count
        one.waiting_since = min(one.waiting_since or since, since)
    far = dt.datetime.max.replace(tzinfo=dt.UTC)
    order = sorted(
        turns.values(),
        key=lambda one: (one.last or 0, one.had, one.waiting_since or far, one.structure.casefold()),
    )
    return Rotation([row.number for row in issues], order)


def _key(structure: str) -> str:
    return " ".join(structure.split()).casefold()
