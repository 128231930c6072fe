"""Step 4 of nine: what people thought of a training. Next: services/registration/announce/.

An answer and the person who gave it stand in no common row: an invitation knows that it was used, and no more.
"""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.registration.models.events import INSTANT
from services.registration.models.orm import Base


class EvaluationInvitation(Base):
    """Somebody who came was asked, once. Their link is kept hashed, and used up by the answer."""

    __tablename__ = "evaluation_invitations"

    registration_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("registrations.id", ondelete="CASCADE"), primary_key=True
    )
    token_hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32), unique=True)
    sent_at: Mapped[dt.datetime] = mapped_column(INSTANT)
    used: Mapped[bool] = mapped_column(server_default=sa.false())


class Evaluation(Base):
    """One answer: no person, no link, no time, and a random key that gives no order of arrival.

    marks: question to a level from 1 to 4; a question that was left out is not there. See rules/evaluation.py.
    shown: with at least so many others at once that nobody sees which one came last.
    """

    __tablename__ = "evaluations"
    __table_args__ = (sa.CheckConstraint("marks <> '{}'::jsonb OR words <> ''", name="says_something"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    event_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("events.id", ondelete="CASCADE"), index=True)
    marks: Mapped[dict[str, int]] = mapped_column(JSONB)
    words: Mapped[str] = mapped_column(sa.Text, default="")
    shown: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
