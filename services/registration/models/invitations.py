"""Step 4 of nine: who was invited to an event, and the mails it takes. Next: services/registration/announce/."""

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


class InvitationRound(Base):
    """Mails that leave together: of a list of people, of who has not answered, of one person, or that the event moved
    ("moved") or is called off ("off"). Until it is confirmed its people stand in lines, and nobody is invited; nothing
    leaves before `leaves_at`."""

    __tablename__ = "invitation_rounds"
    __table_args__ = (
        sa.CheckConstraint("kind IN ('first', 'reminder', 'again', 'moved', 'off')", name="kind_known"),
        sa.CheckConstraint("(confirmed_at IS NULL) = (leaves_at IS NULL)", name="leaves_once_confirmed"),
        sa.CheckConstraint("cancelled_at IS NULL OR left_at IS NULL", name="cancelled_before_it_left"),
        sa.CheckConstraint("began_at IS NULL OR began_at >= leaves_at", name="begins_after_the_window"),
        sa.CheckConstraint("left_at IS NULL OR began_at IS NOT NULL", name="left_after_it_began"),
        sa.Index(
            "ix_invitation_rounds_due",
            "leaves_at",
            postgresql_where=sa.text("left_at IS NULL AND cancelled_at IS NULL"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    event_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("events.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(8))
    source: Mapped[str] = mapped_column(sa.String(10))
    """Of rules.invitations.SOURCES: where the addresses come from, which the mail says with `origin`."""
    origin: Mapped[str] = mapped_column(sa.String(200))
    origin_en: Mapped[str] = mapped_column(sa.String(200), default="")
    word: Mapped[str] = mapped_column(sa.String(1000), default="")
    word_en: Mapped[str] = mapped_column(sa.String(1000), default="")
    made_by: Mapped[str] = mapped_column(sa.String(254))
    made_at: Mapped[dt.datetime] = mapped_column(INSTANT)
    people: Mapped[int] = mapped_column(default=0)
    """How many it was confirmed for; the count stays when they are erased."""
    confirmed_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)
    leaves_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)
    began_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)
    left_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)
    cancelled_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)
    rescheduling_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("reschedulings.id", ondelete="SET NULL"))
    """Of "moved": the first change that these people do not know."""


class InvitationLine(Base):
    """One line of a list that waits to be confirmed. `person`: None, and why, for a line that cannot be read."""

    __tablename__ = "invitation_lines"

    round_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("invitation_rounds.id", ondelete="CASCADE"), primary_key=True
    )
    line: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(300))
    email: Mapped[str] = mapped_column(sa.String(254))
    why: Mapped[str] = mapped_column(sa.String(500), default="")
    person: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


class Invitation(Base):
    """One address invited to one event. `known`: what the form opens with, beside name and address."""

    __tablename__ = "invitations"
    __table_args__ = (
        sa.UniqueConstraint("event_id", "email_key"),
        sa.CheckConstraint("locale IN ('fr', 'en')", name="locale_known"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    event_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("events.id", ondelete="CASCADE"))
    email: Mapped[str] = mapped_column(sa.String(254))
    email_key: Mapped[str] = mapped_column(sa.String(300), index=True)
    email_hash: Mapped[str] = mapped_column(sa.String(64), index=True)
    first_name: Mapped[str] = mapped_column(sa.String(120))
    last_name: Mapped[str] = mapped_column(sa.String(120))
    locale: Mapped[str] = mapped_column(sa.String(5), default="fr")
    known: Mapped[dict[str, str]] = mapped_column(JSONB)
    search: Mapped[str] = mapped_column(sa.Text)
    """Name, structure and address, folded."""
    source: Mapped[str] = mapped_column(sa.String(10))
    origin: Mapped[str] = mapped_column(sa.String(200))
    origin_en: Mapped[str] = mapped_column(sa.String(200), default="")
    invited_at: Mapped[dt.datetime] = mapped_column(INSTANT)
    declined_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)
    taken_back_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)
    registration_id: Mapped[uuid.UUID | None] = mapped_column(
        sa.ForeignKey("registrations.id", ondelete="SET NULL"), index=True
    )
    """What its link was used for. Who registers otherwise is known by the address."""

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class InvitationMail(Base):
    """One mail of one round. `told_at`: the fact was written, in the same transaction."""

    __tablename__ = "invitation_mails"
    __table_args__ = (
        sa.CheckConstraint("told_at IS NULL OR passed_over = ''", name="told_or_passed_over"),
        # Once each, whatever is clicked: taken back or passed over, another may follow.
        sa.Index(
            "uq_invitation_mails_once",
            "invitation_id",
            "kind",
            unique=True,
            postgresql_where=sa.text("kind IN ('first', 'reminder', 'off') AND passed_over = ''"),
        ),
        sa.Index(
            "ix_invitation_mails_due",
            "round_id",
            "invitation_id",
            postgresql_where=sa.text("told_at IS NULL AND passed_over = ''"),
        ),
    )

    round_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("invitation_rounds.id", ondelete="CASCADE"), primary_key=True
    )
    invitation_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("invitations.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    kind: Mapped[str] = mapped_column(sa.String(8))
    told_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)
    passed_over: Mapped[str] = mapped_column(sa.String(12), default="", server_default="")
    """Why no mail left: what had happened between the confirmation and the end of the window."""


class InvitationLink(Base):
    """Opens the form to one invited person, kept hashed; every mail carries a fresh one."""

    __tablename__ = "invitation_links"

    token_hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    invitation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("invitations.id", ondelete="CASCADE"), index=True)
    issued_at: Mapped[dt.datetime] = mapped_column(INSTANT)


class InvitationStop(Base):
    """An address that asked not to be invited any more, to whatever event; only its hash is kept, for good."""

    __tablename__ = "invitation_stops"

    email_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    stopped_at: Mapped[dt.datetime] = mapped_column(INSTANT)
