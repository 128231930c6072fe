"""The lists that people can be on, and the links that were mailed to prove an address. Step 4 of nine.

L'Écho needs no row: it is there from the first day (`lists.py`). Who is on a list is in `contacts.py`.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.mailer.models.orm import Base
from shared.db import new_id

_instant = sa.DateTime(timezone=True)
PURPOSES = ("subscribe", "data")
IN_EVERY_MAIL = ("name", "name_en", "reply_to")
"""What a list puts into each mail that is sent to it: who approves a mail approves these."""


class MailingList(Base):
    """Something one can subscribe to. open: anybody may ask for it themselves; a closed one keeps its readers.

    reply_to: who gets the answers to what is sent to it; "" for the sender.
    """

    __tablename__ = "lists"
    __table_args__ = (
        sa.CheckConstraint("key ~ '^[a-z][a-z0-9]*(-[a-z0-9]+)*$'", name="key"),
        # The scopes of a suppression that are no list.
        sa.CheckConstraint("key NOT IN ('all', 'bulk')", name="key_is_no_scope"),
        sa.CheckConstraint("btrim(name) <> '' AND btrim(description) <> ''", name="says_what_it_is"),
        sa.UniqueConstraint("name"),
    )

    key: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    name_en: Mapped[str] = mapped_column(sa.String(80), default="", server_default="")
    description: Mapped[str] = mapped_column(sa.String(300))
    description_en: Mapped[str] = mapped_column(sa.String(300), default="", server_default="")
    open: Mapped[bool] = mapped_column(default=True)
    reply_to: Mapped[str] = mapped_column(sa.String(254), default="", server_default="")
    created_at: Mapped[dt.datetime] = mapped_column(_instant)
    updated_at: Mapped[dt.datetime] = mapped_column(_instant)

    def words(self, language: str) -> tuple[str, str]:
        """Name and description in the reader's language; in French where nobody wrote the other."""
        if language == "en":
            return self.name_en or self.name, self.description_en or self.description
        return self.name, self.description


class MailedLink(Base):
    """A link that was sent to an address: whoever opens it reads its mail. The token is kept only as its hash."""

    __tablename__ = "mailed_links"
    __table_args__ = (
        sa.UniqueConstraint("token_hash"),
        sa.CheckConstraint(f"purpose IN ({', '.join(repr(one) for one in PURPOSES)})", name="purpose"),
        sa.CheckConstraint("octet_length(token_hash) = 32", name="token_is_a_hash"),
        sa.CheckConstraint("expires_at > created_at", name="ends"),
        sa.Index("ix_mailed_links_email_key", "email_key", "created_at"),
        sa.Index("ix_mailed_links_created_at", "created_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    purpose: Mapped[str] = mapped_column(sa.String(12))
    email: Mapped[str] = mapped_column(sa.String(254))
    email_key: Mapped[str] = mapped_column(sa.String(254))
    token_hash: Mapped[bytes] = mapped_column(sa.LargeBinary)
    asked: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    created_at: Mapped[dt.datetime] = mapped_column(_instant)
    expires_at: Mapped[dt.datetime] = mapped_column(_instant)
    used_at: Mapped[dt.datetime | None] = mapped_column(_instant)
