"""Money: the pot of a round, what each project asks of it, and what it gets. The database keeps the sum in the pot."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from services.jury.models.calls import Base, key, refers

Cents = sa.BigInteger


class Pot(Base):
    """One envelope of a round, in cents. `committed` is kept by a trigger on `awards`, under a lock of this row.

    `envelope_id`: which of the rulebook's envelopes; empty for a call that has none. `yearly`: an award weighs its
    first year only. `unit`: each award is a whole number of these cents.
    """

    __tablename__ = "pots"
    __table_args__ = (
        sa.UniqueConstraint("round_id", "envelope_id"),
        sa.CheckConstraint("unit > 0", name="unit"),
        sa.CheckConstraint("envelope >= 0", name="envelope"),
        sa.CheckConstraint("committed BETWEEN 0 AND envelope", name="committed"),
        sa.CheckConstraint("rule IN ('stop', 'skip')", name="rule"),
        sa.CheckConstraint("years BETWEEN 1 AND 3", name="years"),
    )

    id: Mapped[uuid.UUID] = key()
    round_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("rounds.id"))
    envelope_id: Mapped[str] = mapped_column(default="", server_default="")
    yearly: Mapped[bool] = mapped_column(default=False, server_default="false")
    unit: Mapped[int] = mapped_column(Cents, default=1, server_default="1")
    envelope: Mapped[int] = mapped_column(Cents)
    committed: Mapped[int] = mapped_column(Cents, default=0, server_default="0")
    rule: Mapped[str] = mapped_column(default="stop")
    partial: Mapped[bool] = mapped_column(default=False)
    years: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime]
    decided_at: Mapped[dt.datetime | None]


class Award(Base):
    """A project before the pot. `rank`: its place when the awards were decided; None: not ranked, gets nothing.

    `amount` counts against the envelope while awarded or offered; `year_1`…`year_3` are its instalments.
    `asked_yearly`: what is asked for each year; empty: in equal parts over the years of the pot. `ended_at`: when its
    project gave up what was not paid yet; `amount` is what was.
    """

    __tablename__ = "awards"
    __table_args__ = (
        sa.UniqueConstraint("pot_id", "project_id"),
        sa.Index("uq_awards_held", "project_id", unique=True, postgresql_where=sa.text("amount > 0")),
        sa.CheckConstraint("state IN ('asked', 'awarded', 'offered', 'reserve', 'withdrawn', 'refused')", name="state"),
        sa.CheckConstraint("asked > 0", name="asked"),
        sa.CheckConstraint("minimum BETWEEN 1 AND asked", name="minimum"),
        sa.CheckConstraint("amount BETWEEN 0 AND asked", name="amount"),
        sa.CheckConstraint("amount = 0 OR amount >= coalesce(minimum, asked) OR ended_at IS NOT NULL", name="enough"),
        sa.CheckConstraint("(amount > 0) = (state IN ('awarded', 'offered'))", name="held"),
        sa.CheckConstraint(
            "year_1 >= 0 AND year_2 >= 0 AND year_3 >= 0 AND year_1 + year_2 + year_3 = amount", name="instalments"
        ),
    )

    id: Mapped[uuid.UUID] = key()
    pot_id: Mapped[uuid.UUID] = refers("pots.id")
    project_id: Mapped[uuid.UUID] = refers("projects.id")
    asked: Mapped[int] = mapped_column(Cents)
    asked_yearly: Mapped[list[int]] = mapped_column(ARRAY(Cents), default=list, server_default="{}")
    minimum: Mapped[int | None] = mapped_column(Cents)
    amount: Mapped[int] = mapped_column(Cents, default=0)
    year_1: Mapped[int] = mapped_column(Cents, default=0)
    year_2: Mapped[int] = mapped_column(Cents, default=0)
    year_3: Mapped[int] = mapped_column(Cents, default=0)
    rank: Mapped[int | None]
    state: Mapped[str] = mapped_column(default="asked")
    changed_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
