"""The public's vote: its own slips, its own ballots, its own prize. No row of it leads to a score."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from services.jury.models.calls import Base, key, refers


class PublicVote(Base):
    """One per round. `counts`: what the closing counted, with its hash; `seed` tells equal projects apart."""

    __tablename__ = "public_votes"
    __table_args__ = (
        sa.CheckConstraint("state IN ('draft', 'open', 'closed')", name="state"),
        sa.CheckConstraint("choices BETWEEN 1 AND 20", name="choices"),
        sa.CheckConstraint("prize >= 0", name="prize"),
        sa.CheckConstraint(
            "(state = 'closed') = (counts IS NOT NULL) AND (counts IS NULL) = (counts_hash IS NULL) "
            "AND (counts IS NULL) = (seed IS NULL)",
            name="counted",
        ),
    )

    id: Mapped[uuid.UUID] = key()
    round_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("rounds.id"), unique=True)
    title: Mapped[str]
    choices: Mapped[int] = mapped_column(default=1)
    prize: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    state: Mapped[str] = mapped_column(default="draft")
    counts: Mapped[dict[str, Any] | None]
    counts_hash: Mapped[str | None]
    seed: Mapped[str | None]
    created_at: Mapped[dt.datetime]
    opened_at: Mapped[dt.datetime | None]
    closed_at: Mapped[dt.datetime | None]


class PublicSlip(Base):
    """The right to one ballot, by the hash of its code. It names nobody."""

    __tablename__ = "public_slips"

    code_hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    vote_id: Mapped[uuid.UUID] = refers("public_votes.id")
    used: Mapped[bool] = mapped_column(default=False)


class PublicBallot(Base):
    """One ballot: no slip, no time; its random key gives no order. A trigger takes none unless the vote is open."""

    __tablename__ = "public_ballots"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    vote_id: Mapped[uuid.UUID] = refers("public_votes.id")
    projects: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(sa.Uuid))
