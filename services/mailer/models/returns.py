"""What came back: one row per mail received, whatever it was. What "once" rests on is the hash of its bytes; of an
answer, that of the name that its own program gave it.
"""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.mailer.models.ledger import Message
from services.mailer.models.orm import Base

KINDS = ("bounce", "delay", "complaint", "auto-reply", "none", "unsubscribe", "answer")
ACTIONS = ("suppressed", "unsubscribed", "passed_on", "none")


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Return(Base):
    """A mail that came back and what was done about it. `message_id`: the row of the ledger it answers."""

    __tablename__ = "returns"
    __table_args__ = (
        sa.CheckConstraint(_one_of("kind", KINDS), name="kind"),
        sa.CheckConstraint("verdict IN ('remove', 'keep', 'ours')", name="verdict"),
        sa.CheckConstraint(_one_of("action", ACTIONS), name="action"),
        # Nobody is removed because we were refused, or for an answer that is no failure.
        sa.CheckConstraint("action <> 'suppressed' OR verdict = 'remove'", name="only_who_is_gone"),
        sa.Index("ix_returns_email_key", "email_key"),
        sa.Index("ix_returns_message_id", "message_id"),
    )

    hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(sa.DateTime(timezone=True))
    message_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("messages.id"))
    email_key: Mapped[str] = mapped_column(sa.Text)
    kind: Mapped[str] = mapped_column(sa.String(20))
    recipient: Mapped[str] = mapped_column(sa.Text)
    status: Mapped[str] = mapped_column(sa.String(20))
    reason: Mapped[str] = mapped_column(sa.String(40))
    verdict: Mapped[str] = mapped_column(sa.String(10))
    action: Mapped[str] = mapped_column(sa.String(20))
    said: Mapped[str] = mapped_column(sa.Text)


_returned = sa.select(Return.message_id).where(Return.kind == "bounce")
fate: sa.ColumnElement[str] = sa.case(
    (sa.and_(Message.state == "accepted", Message.id.in_(_returned)), "returned"), else_=Message.state
)
"""Of `rules.FATES`: the state of a row of the ledger, unless the mail came back after the relay had taken it."""


def came_back() -> sa.ScalarSelect[str]:
    """Beside rows of the ledger: why a mail came back that the relay had taken. NULL when it did not."""
    latest = sa.select(Return.reason).where(Return.message_id == Message.id, Return.kind == "bounce")
    return latest.order_by(Return.at.desc()).limit(1).correlate(Message).scalar_subquery()
