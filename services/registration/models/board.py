"""Step 4 of nine: who sits on the board. Next: services/registration/announce/."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.registration.models.orm import Base
from shared.db import new_id


class BoardSeat(Base):
    """A seat of a college on the board. ends: the year whose election fills it again; its series follows from it.
    name: "" while nobody holds it. elected_in_id: the assembly that elected them, where Agora held it.
    """

    __tablename__ = "board_seats"
    __table_args__ = (
        sa.CheckConstraint("number > 0", name="numbered"),
        sa.CheckConstraint("ends BETWEEN 1900 AND 2300", name="ends_known"),
        sa.UniqueConstraint("college", "number"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    college: Mapped[str] = mapped_column(sa.String(40))
    number: Mapped[int]
    ends: Mapped[int]
    name: Mapped[str] = mapped_column(sa.String(200), default="")
    elected_in_id: Mapped[uuid.UUID | None] = mapped_column(
        sa.ForeignKey("assemblies.id", ondelete="SET NULL"), index=True
    )
