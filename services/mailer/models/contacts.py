"""Contacts, and what they agreed to. Step 4 of nine; the facts about them leave through `announce.py`.

A contact is an address and a few words about a person. Whether we may write is never a column of the
contact: it is the latest of their consents for a list, and consents are only ever added.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, distinct_on
from sqlalchemy.orm import Mapped, mapped_column

from services.mailer.models.orm import Base
from shared.db import new_id

ECHO = "echo"
"""The list of L'Écho du Réseau."""

GIVEN, WITHDRAWN = "given", "withdrawn"

_instant = sa.DateTime(timezone=True)


class Contact(Base):
    """Somebody we may be allowed to write to. Unique on `email_key`: one address, one contact."""

    __tablename__ = "contacts"
    __table_args__ = (
        sa.UniqueConstraint("email_key"),
        sa.CheckConstraint("email_key = lower(btrim(email_key))", name="email_key_is_a_key"),
        sa.CheckConstraint("status IN ('active', 'erased', 'merged')", name="status"),
        sa.CheckConstraint("(status = 'merged') = (merged_into IS NOT NULL)", name="merged_into_somebody"),
        sa.Index("ix_contacts_merged_into", "merged_into", postgresql_where=sa.text("merged_into IS NOT NULL")),
        sa.CheckConstraint(
            "kind IN ('', 'association', 'authority', 'public', 'education', 'company', 'media', 'person')", name="kind"
        ),
        sa.CheckConstraint(
            "departement ~ '^(0[1-9]|1[0-9]|2[1-9AB]|[3-8][0-9]|9[0-5]|97[1-46])?$'", name="departement"
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(sa.String(254))
    email_key: Mapped[str] = mapped_column(sa.String(254))
    first_name: Mapped[str] = mapped_column(sa.String(120), default="", server_default="")
    last_name: Mapped[str] = mapped_column(sa.String(120), default="", server_default="")
    structure: Mapped[str] = mapped_column(sa.String(200), default="", server_default="")
    locale: Mapped[str] = mapped_column(sa.String(2), default="fr", server_default="fr")
    topics: Mapped[list[str]] = mapped_column(ARRAY(sa.String(60)), default=list, server_default="{}")
    zones: Mapped[list[str]] = mapped_column(ARRAY(sa.String(60)), default=list, server_default="{}")
    kept: Mapped[list[str]] = mapped_column(ARRAY(sa.String(80)), default=list, server_default="{}")
    """What they keep of L'Écho, by their own choice; everything when empty. See `kept.py`."""
    departement: Mapped[str] = mapped_column(sa.String(3), default="", server_default="")
    kind: Mapped[str] = mapped_column(sa.String(20), default="", server_default="")
    status: Mapped[str] = mapped_column(sa.String(12), default="active", server_default="active")
    merged_into: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("contacts.id", ondelete="CASCADE"))
    """Whose former address this is: a contact that is not merged itself. See `same_person.py`."""
    search: Mapped[str] = mapped_column(sa.Text, default="", server_default="")
    """Everything one looks a contact up by, without accents and in lower case."""
    created_at: Mapped[dt.datetime] = mapped_column(_instant)
    updated_at: Mapped[dt.datetime] = mapped_column(_instant)

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class Consent(Base):
    """One fact: this person agreed to this list, or left it. Never changed: a trigger refuses UPDATE.

    The highest `id` of a contact and list is what holds now; see `current_consents`.
    """

    __tablename__ = "consents"
    __table_args__ = (
        sa.CheckConstraint("status IN ('given', 'withdrawn')", name="status"),
        sa.Index("ix_consents_contact_id_list_id", "contact_id", "list", sa.text("id DESC")),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    contact_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contacts.id", ondelete="CASCADE"))
    list: Mapped[str] = mapped_column(sa.String(60))
    status: Mapped[str] = mapped_column(sa.String(12))
    source: Mapped[str] = mapped_column(sa.String(200))
    wording: Mapped[str] = mapped_column(sa.Text)
    wording_version: Mapped[str] = mapped_column(sa.String(40))
    at: Mapped[dt.datetime] = mapped_column(_instant)
    evidence: Mapped[str] = mapped_column(sa.Text, default="", server_default="")


class Reconfirmation(Base):
    """Somebody silent for years was asked whether to go on; gone with their answer, or with them."""

    __tablename__ = "reconfirmations"
    __table_args__ = (sa.CheckConstraint("until > asked_at", name="ends"),)

    contact_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True)
    asked_at: Mapped[dt.datetime] = mapped_column(_instant)
    until: Mapped[dt.datetime] = mapped_column(_instant)


class ContactImport(Base):
    """A file between its preview and its confirmation; its report afterwards, without the file.

    reading → pending (its preview is in `preview`) → confirmed → done, perhaps undone; refused when it cannot be read.
    """

    __tablename__ = "contact_imports"
    __table_args__ = (
        sa.CheckConstraint(
            "state IN ('reading', 'pending', 'confirmed', 'done', 'undone', 'dropped', 'refused')", name="state"
        ),
        sa.CheckConstraint(
            "(state IN ('reading', 'pending', 'confirmed')) = (content IS NOT NULL)", name="content_only_while_pending"
        ),
        sa.CheckConstraint("progress BETWEEN 0 AND 100", name="progress"),
        sa.Index(
            "ix_contact_imports_waiting", "created_at", postgresql_where=sa.text("state IN ('reading', 'confirmed')")
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    list: Mapped[str] = mapped_column(sa.String(60), default=ECHO)
    filename: Mapped[str] = mapped_column(sa.String(200))
    sha256: Mapped[str] = mapped_column(sa.String(64))
    content: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    mapping: Mapped[dict[str, int]] = mapped_column(JSONB, default=dict)
    state: Mapped[str] = mapped_column(sa.String(12), default="pending")
    source: Mapped[str] = mapped_column(sa.String(200), default="")
    wording: Mapped[str] = mapped_column(sa.Text, default="")
    counts: Mapped[dict[str, int]] = mapped_column(JSONB, default=dict)
    report: Mapped[Sequence[dict[str, Any]]] = mapped_column(JSONB, default=tuple)
    preview: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
    """What the page shows before the confirmation; the reason when the file was refused; what taking it back did."""
    progress: Mapped[int] = mapped_column(sa.SmallInteger, default=0, server_default="0")
    confirmed_by: Mapped[str] = mapped_column(sa.String(254), default="", server_default="")
    created_by: Mapped[str] = mapped_column(sa.String(254))
    created_at: Mapped[dt.datetime] = mapped_column(_instant)
    done_at: Mapped[dt.datetime | None] = mapped_column(_instant)

    @property
    def version(self) -> str:
        """By which the consents that came by this file are known: its digest."""
        return f"import-{self.sha256[:12]}"


def current_consents(list: str) -> sa.Subquery:
    """The consent that holds now, one row per contact that ever had one for `list`.

    Columns: contact_id, status, source, at. Join it to `contacts` and keep status = 'given' to know whom a
    newsletter may go to.
    """
    return (
        sa.select(Consent.contact_id, Consent.status, Consent.source, Consent.at)
        .where(Consent.list == list)
        .ext(distinct_on(Consent.contact_id))
        .order_by(Consent.contact_id, Consent.id.desc())
        .subquery("current_consents")
    )
