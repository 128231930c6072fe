"""What is on the stage of an event, for its programme and the plenary's screen."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.stage import StageTurn


@dataclass(frozen=True)
class OnStage:
    """Presentations one after the other, under one title."""

    title: str
    turns: Sequence[StageTurn]

    @property
    def starts_at(self) -> dt.datetime:
        return self.turns[0].starts_at


def on_stage(session: Session, event_id: uuid.UUID) -> list[OnStage]:
    """Of each jury that sits at the event, its turns in order."""
    query = sa.select(StageTurn).where(StageTurn.event_id == event_id)
    rows = session.scalars(query.order_by(StageTurn.round_id, StageTurn.starts_at, StageTurn.number))
    found = [list(turns) for _round, turns in groupby(rows, key=lambda one: one.round_id)]
    return sorted((OnStage(turns[0].stage, turns) for turns in found), key=lambda one: one.starts_at)
