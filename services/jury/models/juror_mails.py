"""Mails that were written to jurors: whom the secretary invited, chased, or told of new readings."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from services.jury.models.calls import Base, key, refers


class JurorMail(Base):
    """One mail to one juror about one round. `day`: in Paris; a juror is reminded once a day at most."""

    __tablename__ = "juror_mails"
    __table_args__ = (
        sa.CheckConstraint("kind IN ('invited', 'reminded', 'readings')", name="kind"),
        sa.Index(
            "uq_juror_mails_reminded",
            "round_id",
            "juror_id",
            "day",
            unique=True,
            postgresql_where=sa.text("kind = 'reminded'"),
        ),
    )

    id: Mapped[uuid.UUID] = key()
    round_id: Mapped[uuid.UUID] = refers("rounds.id")
    juror_id: Mapped[uuid.UUID] = refers("jurors.id")
    kind: Mapped[str]
    day: Mapped[dt.date]
    sent_at: Mapped[dt.datetime]
    sent_by: Mapped[str]
