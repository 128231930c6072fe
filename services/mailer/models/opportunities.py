"""What others offer, noted by the editors: calls and funds with their deadline and who may answer. Step 4 of nine."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.mailer.models.issues import TITLE_LIMIT
from services.mailer.models.orm import Base
from shared.db import new_id

ABOUT_LIMIT, ELIGIBILITY_LIMIT, AMOUNT_LIMIT = 320, 160, 60
"""Together, with the words between them, they fit the text of an item of L'Écho."""

_instant = sa.DateTime(timezone=True)


class Opportunity(Base):
    """A call or a fund of others. closes_on: its last day, in Paris; None stays open. retired_at: out of the list."""

    __tablename__ = "opportunities"
    __table_args__ = (
        sa.CheckConstraint(f"char_length(title) BETWEEN 1 AND {TITLE_LIMIT}", name="title_length"),
        sa.CheckConstraint(f"char_length(about) BETWEEN 1 AND {ABOUT_LIMIT}", name="about_length"),
        sa.CheckConstraint(f"char_length(eligibility) BETWEEN 1 AND {ELIGIBILITY_LIMIT}", name="eligibility_length"),
        sa.CheckConstraint(f"char_length(amount) <= {AMOUNT_LIMIT}", name="amount_length"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    title: Mapped[str] = mapped_column(sa.Text)
    funder: Mapped[str] = mapped_column(sa.String(200))
    about: Mapped[str] = mapped_column(sa.Text)
    eligibility: Mapped[str] = mapped_column(sa.Text)
    amount: Mapped[str] = mapped_column(sa.Text, default="", server_default="")
    link: Mapped[str] = mapped_column(sa.String(500))
    closes_on: Mapped[dt.date | None]
    retired_at: Mapped[dt.datetime | None] = mapped_column(_instant)
    created_at: Mapped[dt.datetime] = mapped_column(_instant)
    updated_at: Mapped[dt.datetime] = mapped_column(_instant)
