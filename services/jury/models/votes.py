"""Votes of the jury, counted by show of hands."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from services.jury.models.calls import Base, key, refers


class JuryVote(Base):
    """One question and the hands that were counted. Never changed: a wrong one is set aside, with why, and held again.

    members, present: who could vote on it at that moment, those recused for the project aside. project_id: None when
    the question is about no single project. placed: the order in which it sets equal projects, who is recused for one
    of them aside; empty for any other question.
    """

    __tablename__ = "jury_votes"
    __table_args__ = (
        sa.UniqueConstraint("round_id", "position"),
        sa.CheckConstraint("yes >= 0 AND no >= 0 AND abstained >= 0", name="hands_counted"),
        sa.CheckConstraint("yes + no + abstained BETWEEN 1 AND present", name="hands_of_those_present"),
        sa.CheckConstraint("present BETWEEN needed AND members", name="quorum_reached"),
        sa.CheckConstraint("casting IN ('', 'yes', 'no')", name="casting_known"),
        sa.CheckConstraint("outcome IN ('adopted', 'rejected', 'tied')", name="outcome_known"),
        sa.CheckConstraint(
            "cardinality(placed) = 0 OR (cardinality(placed) > 1 AND project_id IS NULL)", name="placed"
        ),
        sa.CheckConstraint("(set_aside_at IS NULL) = (set_aside_why = '')", name="set_aside_says_why"),
    )

    id: Mapped[uuid.UUID] = key()
    round_id: Mapped[uuid.UUID] = refers("rounds.id")
    position: Mapped[int]
    project_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("projects.id"))
    placed: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(sa.Uuid), default=list, server_default="{}")
    question: Mapped[str]
    yes: Mapped[int]
    no: Mapped[int]
    abstained: Mapped[int]
    casting: Mapped[str] = mapped_column(default="")
    outcome: Mapped[str]
    members: Mapped[int]
    present: Mapped[int]
    needed: Mapped[int]
    recused: Mapped[int]
    held_at: Mapped[dt.datetime]
    held_by: Mapped[str]
    set_aside_at: Mapped[dt.datetime | None]
    set_aside_why: Mapped[str] = mapped_column(default="")
