"""Step 4 of nine: who wants to be found by those who work alike. Next: services/registration/announce/."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from services.registration.models.events import INSTANT
from services.registration.models.orm import Base
from services.registration.rules.matchmaking import as_goals


class MatchProfile(Base):
    """What one person shows to the others who agreed. No row: they did not agree, or stopped."""

    __tablename__ = "match_profiles"
    __table_args__ = (
        sa.CheckConstraint(
            "cardinality(zones) > 0 OR cardinality(themes) > 0 OR cardinality(goals) > 0 OR place <> ''",
            name="something_to_compare",
        ),
    )

    registration_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("registrations.id", ondelete="CASCADE"), primary_key=True
    )
    zones: Mapped[list[str]] = mapped_column(ARRAY(sa.String(8)))
    themes: Mapped[list[str]] = mapped_column(ARRAY(sa.String(20)))
    """Of an earlier version, which knows no goals: emptied whenever goals are written."""
    goals: Mapped[list[str]] = mapped_column(ARRAY(sa.String(2)), server_default="{}")
    place: Mapped[str] = mapped_column(sa.String(80), default="")
    at: Mapped[dt.datetime] = mapped_column(INSTANT)

    @property
    def every_goal(self) -> list[str]:
        """The goals, or what was last written as themes, in the order of the list."""
        return as_goals(self.themes or self.goals)
