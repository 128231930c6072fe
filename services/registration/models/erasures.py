"""Step 4 of nine: who asked to be erased, and what came of it. Next: services/registration/announce/."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.registration.models.events import INSTANT
from services.registration.models.orm import Base
from shared.db import new_id


class Erasure(Base):
    """One request. It points to a registration, a group's member or an invitation until it is done; neither name nor
    address stands here.

    receipts: service → {"erased": [{what, count}], "kept": [{what, why, count}], "at": instant}. The link that confirms
    is also the one under which the receipt can be read; only its hash is kept.
    """

    __tablename__ = "erasures"
    __table_args__ = (sa.UniqueConstraint("token_hash"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    registration_id: Mapped[uuid.UUID | None] = mapped_column(
        sa.ForeignKey("registrations.id", ondelete="SET NULL"), index=True
    )
    member_id: Mapped[uuid.UUID | None] = mapped_column(
        sa.ForeignKey("group_members.id", ondelete="SET NULL"), index=True
    )
    """Of an exchange group, when that is where it was asked."""
    invitation_id: Mapped[uuid.UUID | None] = mapped_column(
        sa.ForeignKey("invitations.id", ondelete="SET NULL"), index=True
    )
    """Of whom was invited, when it was asked by that link."""
    token_hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    asked_at: Mapped[dt.datetime] = mapped_column(INSTANT)
    expires_at: Mapped[dt.datetime] = mapped_column(INSTANT)
    done_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)
    receipts: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)


class YearSalt(Base):
    """What the structures of a year are marked with while somebody's name of that year is kept, and no longer."""

    __tablename__ = "year_salts"

    year: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True, autoincrement=False)
    salt: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
