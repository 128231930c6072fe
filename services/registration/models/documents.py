"""Step 4 of nine: documents on the page of an event. Next: queries/documents.py."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.registration.models.events import INSTANT
from services.registration.models.orm import Base
from shared.db import new_id


class EventDocument(Base):
    """A file that the team gives to whoever reads the page: the call, a map, slides.

    Of the event, or of one line of its programme; when that line goes, it stays, and is the event's.
    """

    __tablename__ = "event_documents"
    __table_args__ = (
        sa.CheckConstraint("title <> ''", name="title_given"),
        sa.CheckConstraint("num_nonnulls(item_id, slot_id, workshop_id) <= 1", name="of_one_line"),
        sa.CheckConstraint("size BETWEEN 1 AND 10485760", name="size_bounded"),
        sa.CheckConstraint("octet_length(body) = size", name="size_true"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    """Stands in its public address, which another file in its place keeps."""
    event_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("events.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    title: Mapped[str] = mapped_column(sa.String(200))
    title_en: Mapped[str] = mapped_column(sa.String(200), default="", server_default="")
    shown_from: Mapped[dt.datetime | None] = mapped_column(INSTANT)
    """None: as soon as the page is."""
    item_id: Mapped[uuid.UUID | None] = mapped_column(
        sa.ForeignKey("programme_items.id", ondelete="SET NULL"), index=True
    )
    slot_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("slots.id", ondelete="SET NULL"), index=True)
    workshop_id: Mapped[uuid.UUID | None] = mapped_column(
        sa.ForeignKey("workshops.id", ondelete="SET NULL"), index=True
    )
    name: Mapped[str] = mapped_column(sa.String(120))
    content_type: Mapped[str] = mapped_column(sa.String(100))
    size: Mapped[int]
    body: Mapped[bytes] = mapped_column(sa.LargeBinary, deferred=True)
    filed_at: Mapped[dt.datetime] = mapped_column(INSTANT)
    """When the file that it is now came."""

    @property
    def line_id(self) -> uuid.UUID | None:
        """The line of the programme that it belongs to."""
        return self.item_id or self.slot_id or self.workshop_id
