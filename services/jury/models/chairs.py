"""The chair's way in: a personal link to one session, kept as a hash."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.jury.models.calls import Base, refers


class ChairLink(Base):
    """At most one of a juror opens anything: a new one ends those before it."""

    __tablename__ = "chair_links"

    token_hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    juror_id: Mapped[uuid.UUID] = refers("jurors.id")
    made_at: Mapped[dt.datetime]
    made_by: Mapped[str]
    expires_at: Mapped[dt.datetime]
