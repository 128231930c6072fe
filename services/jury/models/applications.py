"""An application to a call: a draft that several people may type in, then a filed copy that never changes."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.jury.models.calls import Base, key, refers

STATES = ("draft", "filed", "to_complete", "accepted", "not_eligible")


class Application(Base):
    """`content`: field → text, as typed. `filed`: what was filed, with its papers; a trigger keeps it as it is.

    `withdrawn_at`: its bearer took it back, in whatever state it was and still is; see `standing`.
    `association_agreed`, `class_agreed`: the version that this half of a tandem agreed to file; see tandems.py.
    `renews_id`: the award of an earlier year that it asks to renew; at most one application per call and award.
    `correction`: what its bearer writes since it was filed and has not filed again, None unless it is being corrected.
    """

    __tablename__ = "applications"
    __table_args__ = (
        sa.CheckConstraint(f"state IN {STATES}", name="state"),
        sa.CheckConstraint(
            "(state = 'draft') = (filed_at IS NULL) AND (filed_at IS NULL) = (filed_hash IS NULL) "
            "AND (filed_at IS NULL) = (rulebook_version IS NULL)",
            name="filed",
        ),
        sa.CheckConstraint("(state = 'accepted') = (project_id IS NOT NULL)", name="accepted"),
        sa.CheckConstraint("state <> 'to_complete' OR complete_until IS NOT NULL", name="to_complete"),
        sa.CheckConstraint("state <> 'not_eligible' OR article <> ''", name="not_eligible"),
        sa.CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_why = '')", name="withdrawn"),
        sa.CheckConstraint("withdrawn_at IS NULL OR state <> 'draft'", name="withdrawn_filed"),
        sa.CheckConstraint(
            "correction IS NULL OR (state = 'filed' AND withdrawn_at IS NULL AND complete_until IS NULL)",
            name="correction",
        ),
        sa.UniqueConstraint("project_id"),
        sa.UniqueConstraint("call_id", "reference"),
        sa.UniqueConstraint("call_id", "renews_id"),
        sa.ForeignKeyConstraint(
            ["call_id", "rulebook_version"], ["rulebook_versions.call_id", "rulebook_versions.version"]
        ),
    )

    id: Mapped[uuid.UUID] = key()
    call_id: Mapped[uuid.UUID] = refers("calls.id")
    reference: Mapped[str]
    state: Mapped[str] = mapped_column(default="draft")
    locale: Mapped[str] = mapped_column(default="fr")
    content: Mapped[dict[str, Any]]
    version: Mapped[int] = mapped_column(default=1)
    rulebook_version: Mapped[int | None]
    filed: Mapped[dict[str, Any] | None]
    filed_hash: Mapped[str | None]
    filed_at: Mapped[dt.datetime | None]
    correction: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    reason: Mapped[str] = mapped_column(default="")
    article: Mapped[str] = mapped_column(default="")
    complete_until: Mapped[dt.datetime | None]
    supplement: Mapped[str] = mapped_column(default="")
    association_agreed: Mapped[int | None]
    class_agreed: Mapped[int | None]
    project_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("projects.id"))
    renews_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("awards.id"))
    withdrawn_at: Mapped[dt.datetime | None]
    withdrawn_why: Mapped[str] = mapped_column(default="", server_default="")
    created_at: Mapped[dt.datetime]
    updated_at: Mapped[dt.datetime]

    @property
    def standing(self) -> str:
        """What it is now: its state, or "withdrawn"."""
        return self.state if self.withdrawn_at is None else "withdrawn"

    @property
    def is_written(self) -> bool:
        """Whether it is being written: a draft, or what was filed and is being corrected."""
        return self.state == "draft" or self.correction is not None

    @property
    def written(self) -> dict[str, Any]:
        """What it says where it is written; once it is not, what was filed."""
        return self.content if self.correction is None else self.correction

    def agreed(self, half: str) -> bool:
        """Whether this half of a tandem agreed to what it says now."""
        return self.version == (self.class_agreed if half == "class" else self.association_agreed)


class EarlierFiling(Base):
    """What was filed before a correction took its place, as it was; a trigger keeps it so. Only with its line here does
    another trigger let the application be filed anew."""

    __tablename__ = "earlier_filings"

    application_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("applications.id"), primary_key=True)
    filed_at: Mapped[dt.datetime] = mapped_column(primary_key=True)
    filed: Mapped[dict[str, Any]]
    filed_hash: Mapped[str]
    rulebook_version: Mapped[int]


class ApplicationLink(Base):
    """A personal link; only its hash is kept. Whoever holds one may type in the draft; of a tandem, in what its `half`
    may write."""

    __tablename__ = "application_links"
    __table_args__ = (sa.CheckConstraint("half IN ('', 'association', 'class')", name="half"),)

    token_hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    application_id: Mapped[uuid.UUID] = refers("applications.id")
    half: Mapped[str] = mapped_column(default="", server_default="")
    issued_at: Mapped[dt.datetime]


class ApplicationVersion(Base):
    """What a draft said at each save: nobody's typing is lost, and two people's can be merged."""

    __tablename__ = "application_versions"

    application_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("applications.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[dict[str, Any]]
    saved_at: Mapped[dt.datetime]


class Attachment(Base):
    """A paper of an application; its bytes are a file named by their SHA-256, outside what the web serves.

    `begun_at`: when its upload began, None where nobody noted it; `added_at`: when it was here.
    `removed_by`: "applicant" or who of the staff; `removed_why`: what the staff says, empty when one took its place."""

    __tablename__ = "attachments"
    __table_args__ = (sa.CheckConstraint("size > 0", name="size"),)

    id: Mapped[uuid.UUID] = key()
    application_id: Mapped[uuid.UUID] = refers("applications.id")
    paper: Mapped[str]
    file_name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(index=True)
    begun_at: Mapped[dt.datetime | None]
    added_at: Mapped[dt.datetime]
    removed_at: Mapped[dt.datetime | None]
    removed_by: Mapped[str] = mapped_column(default="", server_default="")
    removed_why: Mapped[str] = mapped_column(default="", server_default="")


class PaperBytes(Base):
    """Bytes that stand in the store; papers name them by their digest. `kept_at`: when they came, the last time."""

    __tablename__ = "paper_bytes"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    kept_at: Mapped[dt.datetime]
