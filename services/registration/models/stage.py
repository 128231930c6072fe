"""Step 4 of nine: who is on the stage of an event when, as the jury told it. Next: announce/.

A projection of the jury's fact, written by handlers.py alone. No key into `events`: a fact may come before its event.
"""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.registration.models.events import INSTANT
from services.registration.models.orm import Base


class StageTurn(Base):
    """A project on the stage. `stage`: what the whole is called, as "Tribune des projets"."""

    __tablename__ = "stage_turns"

    round_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    project_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    event_id: Mapped[uuid.UUID] = mapped_column(index=True)
    stage: Mapped[str] = mapped_column(sa.String(200))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(sa.String(200))
    structure: Mapped[str] = mapped_column(sa.String(200))
    starts_at: Mapped[dt.datetime] = mapped_column(INSTANT)
    ends_at: Mapped[dt.datetime] = mapped_column(INSTANT)
