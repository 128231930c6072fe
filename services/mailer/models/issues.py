"""Issues of L'Écho du Réseau, their items, and what member associations hand in. Step 4 of nine."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.mailer.models.contacts import ECHO
from services.mailer.models.lists import MailingList
from services.mailer.models.orm import Base
from services.mailer.models.photos import Photo
from shared.db import new_id

SECTIONS = ("headline", "calls", "agenda", "members", "resources")
"""In the order of the page: À la une, Appels à projets, Agenda, Vie des associations, Ressources."""

TITLE_LIMIT = 80
TEXT_LIMIT = 600

TWO_PERSONS = (
    "btrim(alone_because) <> '' OR NOT (approved_by <@ prepared_by)"
    " OR (cardinality(approved_by) > 1 AND approved_by[1] <> approved_by[2])"
)
"""Who prepared an issue is not the only one who approves it, or has said why; `rules.two_persons` says the same."""

PHOTO_DESCRIBED = "photo_id IS NULL OR (btrim(photo_alt) <> '' AND btrim(credit) <> '')"
"""Who shows a photo says what is on it and who took it; `photos.described` says the same."""

_instant = sa.DateTime(timezone=True)


class Issue(Base):
    """One number of L'Écho. `sent` is final: what left is kept word for word in html and text."""

    __tablename__ = "issues"
    __table_args__ = (
        sa.UniqueConstraint("number"),
        sa.CheckConstraint("number > 0", name="number"),
        sa.CheckConstraint("state IN ('draft', 'ready', 'sent')", name="state"),
        sa.CheckConstraint("(state = 'sent') = (campaign_id IS NOT NULL)", name="sent_has_a_campaign"),
        sa.CheckConstraint(f"(state <> 'sent' AND send_at IS NULL) OR {TWO_PERSONS}", name="two_persons"),
        sa.CheckConstraint("(send_at IS NULL) = (schedule IS NULL)", name="schedule"),
        sa.CheckConstraint("send_at IS NULL OR state = 'ready'", name="scheduled_is_ready"),
        sa.Index("ix_issues_send_at", "send_at", postgresql_where=sa.text("send_at IS NOT NULL")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[int]
    list_key: Mapped[str] = mapped_column(sa.String(60), default=ECHO, server_default=ECHO)  # whose readers it goes to
    title: Mapped[str] = mapped_column(sa.String(120))
    editorial: Mapped[str] = mapped_column(sa.Text, default="", server_default="")
    planned_on: Mapped[dt.date]
    contributions_until: Mapped[dt.datetime | None] = mapped_column(_instant)
    state: Mapped[str] = mapped_column(sa.String(12), default="draft")
    campaign_id: Mapped[uuid.UUID | None]
    sent_at: Mapped[dt.datetime | None] = mapped_column(_instant)
    html: Mapped[str | None] = mapped_column(sa.Text)
    text: Mapped[str | None] = mapped_column(sa.Text)
    english: Mapped[dict[str, str] | None] = mapped_column(JSONB)  # html and text as they left in an English frame
    prepared_by: Mapped[list[str]] = mapped_column(ARRAY(sa.String(254)), default=list, server_default="{}")
    approved_by: Mapped[list[str]] = mapped_column(ARRAY(sa.String(254)), default=list, server_default="{}")
    alone_because: Mapped[str] = mapped_column(sa.Text, default="", server_default="")
    send_at: Mapped[dt.datetime | None] = mapped_column(_instant)
    schedule: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))  # segment, filter, by
    schedule_failed: Mapped[str] = mapped_column(sa.Text, default="", server_default="")
    created_at: Mapped[dt.datetime] = mapped_column(_instant)
    updated_at: Mapped[dt.datetime] = mapped_column(_instant)

    readers: Mapped[MailingList | None] = relationship(
        primaryjoin=lambda: sa.orm.foreign(Issue.list_key) == MailingList.key, viewonly=True, lazy="selectin"
    )
    items: Mapped[list[Item]] = relationship(
        back_populates="issue", order_by="(Item.position, Item.section)", cascade="all, delete-orphan"
    )


class Item(Base):
    """A piece of an issue. `text` is what was typed; `html` what it becomes: paragraphs, links, cleaned."""

    __tablename__ = "items"
    __table_args__ = (
        sa.CheckConstraint("char_length(title) <= 80", name="title_length"),
        sa.CheckConstraint("char_length(text) <= 600", name="text_length"),
        sa.CheckConstraint("section IN ('headline', 'calls', 'agenda', 'members', 'resources')", name="section"),
        sa.CheckConstraint(PHOTO_DESCRIBED, name="photo_is_described"),
        sa.UniqueConstraint("issue_id", "section", "position", deferrable=True, initially="DEFERRED"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    issue_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("issues.id", ondelete="CASCADE"))
    section: Mapped[str] = mapped_column(sa.String(20))
    position: Mapped[int]
    title: Mapped[str] = mapped_column(sa.Text)
    text: Mapped[str] = mapped_column(sa.Text)
    html: Mapped[str] = mapped_column(sa.Text)
    link: Mapped[str] = mapped_column(sa.String(500), default="", server_default="")
    structure: Mapped[str] = mapped_column(sa.String(200), default="", server_default="")
    credit: Mapped[str] = mapped_column(sa.String(200), default="", server_default="")
    photo_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("photos.id"))
    photo_alt: Mapped[str] = mapped_column(sa.String(250), default="", server_default="")
    expires_on: Mapped[dt.date | None]
    embargo_until: Mapped[dt.datetime | None] = mapped_column(_instant)  # a trigger refuses to send before
    opportunity_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("opportunities.id"), index=True)
    created_at: Mapped[dt.datetime] = mapped_column(_instant)
    updated_at: Mapped[dt.datetime] = mapped_column(_instant)

    issue: Mapped[Issue] = relationship(back_populates="items")
    photo: Mapped[Photo | None] = relationship(lazy="joined")


class Correction(Base):
    """A change of the web version of a sent issue, and what its readers are told about it."""

    __tablename__ = "corrections"
    __table_args__ = (
        sa.CheckConstraint("btrim(note) <> ''", name="has_a_note"),
        sa.Index("ix_corrections_issue_id", "issue_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    issue_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("issues.id"))
    item_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("items.id"))  # None: of the title or editorial
    note: Mapped[str] = mapped_column(sa.String(300))
    who: Mapped[str] = mapped_column(sa.String(254))
    at: Mapped[dt.datetime] = mapped_column(_instant)


class Contributor(Base):
    """Somebody who writes for a member structure, by a personal link; only the hash of its token is kept.

    former_hash: of the link that the present one replaced, which opens nothing.
    """

    __tablename__ = "contributors"
    __table_args__ = (sa.UniqueConstraint("email_key"), sa.UniqueConstraint("token_hash"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    structure: Mapped[str] = mapped_column(sa.String(200))
    name: Mapped[str] = mapped_column(sa.String(120))
    email: Mapped[str] = mapped_column(sa.String(254))
    email_key: Mapped[str] = mapped_column(sa.String(254))
    token_hash: Mapped[bytes] = mapped_column(sa.LargeBinary)
    former_hash: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    invited_at: Mapped[dt.datetime] = mapped_column(_instant)
    revoked_at: Mapped[dt.datetime | None] = mapped_column(_instant)
    created_at: Mapped[dt.datetime] = mapped_column(_instant)


class ContributionDraft(Base):
    """What somebody sent by a link that had been replaced while they wrote; the new link shows it until it is sent.

    contribution_id: of the item that they corrected; None for a new one. typed: field → text, as it was typed.
    """

    __tablename__ = "contribution_drafts"

    contributor_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("contributors.id", ondelete="CASCADE"), primary_key=True
    )
    contribution_id: Mapped[uuid.UUID | None]
    typed: Mapped[dict[str, str]] = mapped_column(JSONB)
    at: Mapped[dt.datetime] = mapped_column(_instant)


class Contribution(Base):
    """An item that a member association offers, and the editor's answer."""

    __tablename__ = "contributions"
    __table_args__ = (
        sa.CheckConstraint("char_length(title) <= 80", name="title_length"),
        sa.CheckConstraint("char_length(text) <= 600", name="text_length"),
        sa.CheckConstraint("state IN ('received', 'accepted', 'refused', 'withdrawn')", name="state"),
        sa.CheckConstraint("(state <> 'refused') OR (reason <> '')", name="refusal_has_a_reason"),
        sa.CheckConstraint("(state = 'accepted') = (item_id IS NOT NULL)", name="accepted_has_an_item"),
        sa.CheckConstraint(PHOTO_DESCRIBED, name="photo_is_described"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    contributor_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contributors.id", ondelete="CASCADE"))
    issue_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("issues.id", ondelete="CASCADE"))
    item_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("items.id"))
    section: Mapped[str] = mapped_column(sa.String(20))
    title: Mapped[str] = mapped_column(sa.Text)
    text: Mapped[str] = mapped_column(sa.Text)
    html: Mapped[str] = mapped_column(sa.Text)
    link: Mapped[str] = mapped_column(sa.String(500), default="", server_default="")
    credit: Mapped[str] = mapped_column(sa.String(200), default="", server_default="")
    photo_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("photos.id"))
    photo_alt: Mapped[str] = mapped_column(sa.String(250), default="", server_default="")
    expires_on: Mapped[dt.date | None]
    state: Mapped[str] = mapped_column(sa.String(12), default="received")
    reason: Mapped[str] = mapped_column(sa.Text, default="", server_default="")
    created_at: Mapped[dt.datetime] = mapped_column(_instant)
    updated_at: Mapped[dt.datetime] = mapped_column(_instant)
    decided_at: Mapped[dt.datetime | None] = mapped_column(_instant)
    decided_by: Mapped[str] = mapped_column(sa.String(254), default="", server_default="")

    contributor: Mapped[Contributor] = relationship(lazy="joined", innerjoin=True)
    issue: Mapped[Issue] = relationship(lazy="joined", innerjoin=True)
    photo: Mapped[Photo | None] = relationship(lazy="joined")
