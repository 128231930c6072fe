"""Step 4 of nine: the questions of an event, and what was answered. Next: services/registration/announce/."""

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


class FormVersion(Base):
    """One version of an event's form. A trigger refuses any change to a published one."""

    __tablename__ = "form_versions"
    __table_args__ = (
        sa.UniqueConstraint("event_id", "number"),
        sa.CheckConstraint("number >= 1", name="number_from_one"),
        sa.CheckConstraint("jsonb_typeof(questions) = 'array'", name="questions_listed"),
        sa.Index("uq_form_versions_draft", "event_id", unique=True, postgresql_where=sa.text("published_at IS NULL")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    event_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("events.id", ondelete="CASCADE"))
    number: Mapped[int]
    questions: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    revision: Mapped[int] = mapped_column(default=0)
    """Counts the changes of a draft: one made on another state than the last is refused."""
    made_at: Mapped[dt.datetime] = mapped_column(INSTANT)
    published_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)


class FormAnswer(Base):
    """The answer to one question without a column of its own, in the words it was given in."""

    __tablename__ = "form_answers"

    registration_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("registrations.id", ondelete="CASCADE"), primary_key=True
    )
    question: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    version_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("form_versions.id"), index=True)
    label: Mapped[str] = mapped_column(sa.String(300))
    value: Mapped[Any] = mapped_column(JSONB)
    said: Mapped[str] = mapped_column(sa.Text)
    """The value in words, as they were that day."""
    sensitive: Mapped[bool]
    given_at: Mapped[dt.datetime] = mapped_column(INSTANT)


class FormFile(Base):
    """A file somebody attached. Without a registration as long as the form was not accepted."""

    __tablename__ = "form_files"
    __table_args__ = (
        sa.CheckConstraint("size BETWEEN 1 AND 5242880", name="size_bounded"),
        sa.CheckConstraint("octet_length(body) = size", name="size_true"),
        sa.Index("ix_form_files_goes_at", "goes_at", postgresql_where=sa.text("goes_at IS NOT NULL")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    token_hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32), unique=True)
    """Who sent it shows this token to keep it while the form comes back with an error."""
    event_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("events.id", ondelete="CASCADE"), index=True)
    question: Mapped[str] = mapped_column(sa.String(40))
    registration_id: Mapped[uuid.UUID | None] = mapped_column(
        sa.ForeignKey("registrations.id", ondelete="CASCADE"), index=True
    )
    sensitive: Mapped[bool]
    name: Mapped[str] = mapped_column(sa.String(120))
    content_type: Mapped[str] = mapped_column(sa.String(100))
    size: Mapped[int]
    body: Mapped[bytes] = mapped_column(sa.LargeBinary, deferred=True)
    sent_at: Mapped[dt.datetime] = mapped_column(INSTANT)
    goes_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)
    """Of a file that came with a form which may be no person's (decision 0677), unless it is sent again before."""
    sender: Mapped[str | None] = mapped_column(sa.String(20))
    """A mark of the network address that it came from, or TRIAL; it goes when somebody registers with the file."""
