"""Step 4 of nine: what the workshops bring back, and the links of their hosts. Next: announce/."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.registration.models.events import INSTANT
from services.registration.models.orm import Base
from shared.db import new_id

_PART_KNOWN = "part IN ('findings', 'proposals', 'next_steps')"


class HostLink(Base):
    """Opens one workshop to whoever hosts it, kept hashed. A new link closes the one before."""

    __tablename__ = "host_links"
    __table_args__ = (
        sa.Index("uq_host_links_open", "workshop_id", unique=True, postgresql_where=sa.text("revoked_at IS NULL")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    token_hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32), unique=True)
    workshop_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("workshops.id", ondelete="CASCADE"))
    issued_at: Mapped[dt.datetime] = mapped_column(INSTANT)
    revoked_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)
    last_seen_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)


class RestitutionPart(Base):
    """One of the three parts of a workshop's account. `version` grows with each change."""

    __tablename__ = "restitution_parts"
    __table_args__ = (
        sa.CheckConstraint(_PART_KNOWN, name="part_known"),
        sa.CheckConstraint("char_length(text) <= 3000", name="text_length"),
        sa.CheckConstraint("version > 0", name="version_positive"),
    )

    workshop_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("workshops.id", ondelete="CASCADE"), primary_key=True)
    part: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    text: Mapped[str] = mapped_column(sa.Text)
    version: Mapped[int]
    changed_at: Mapped[dt.datetime] = mapped_column(INSTANT)


class RestitutionOperation(Base):
    """Each text that arrived, with the answer it got: a replay gets the same, and no words are lost to a conflict."""

    __tablename__ = "restitution_operations"
    __table_args__ = (
        sa.CheckConstraint(_PART_KNOWN, name="part_known"),
        sa.CheckConstraint("outcome IN ('applied', 'conflict')", name="outcome_known"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    workshop_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("workshops.id", ondelete="CASCADE"), index=True)
    part: Mapped[str] = mapped_column(sa.String(20))
    text: Mapped[str] = mapped_column(sa.Text)
    outcome: Mapped[str] = mapped_column(sa.String(12))
    version: Mapped[int]
    value: Mapped[str] = mapped_column(sa.Text)
    reason: Mapped[str | None] = mapped_column(sa.String(300))
    at: Mapped[dt.datetime] = mapped_column(INSTANT)
    received_at: Mapped[dt.datetime] = mapped_column(INSTANT)


class RestitutionSent(Base):
    """A workshop's account handed to L'Écho, with the digest of the words that left: the same words leave once."""

    __tablename__ = "restitutions_sent"

    workshop_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("workshops.id", ondelete="CASCADE"), primary_key=True)
    digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(INSTANT)
    who: Mapped[str] = mapped_column(sa.String(254))
