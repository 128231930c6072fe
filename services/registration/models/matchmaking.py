"""Step 4 of nine: who wants to be found by those who work alike. Next: services/registration/announce/."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from services.registration.models.events import INSTANT
from services.registration.models.orm import Base


class MatchProfile(Base):
    """What one person shows to the others who agreed. No row: they did not agree, or stopped."""

    __tablename__ = "match_profiles"
    __table_args__ = (
        sa.CheckConstraint(
            "cardinality(zones) > 0 OR cardinality(themes) > 0 OR place <> ''", name="something_to_compare"
        ),
    )

    registration_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("registrations.id", ondelete="CASCADE"), primary_key=True
    )
    zones: Mapped[list[str]] = mapped_column(ARRAY(sa.String(8)))
    themes: Mapped[list[str]] = mapped_column(ARRAY(sa.String(20)))
    place: Mapped[str] = mapped_column(sa.String(80), default="")
    at: Mapped[dt.datetime] = mapped_column(INSTANT)
