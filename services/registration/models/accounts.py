"""Step 4 of nine: staff accounts and what was tried at the sign-in page. Next: services/registration/accounts.py."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from services.registration.models.orm import Base
from shared.db import new_id
from shared.identity import ROLES

INSTANT = sa.DateTime(timezone=True)
_KNOWN = ", ".join(f"'{role}'" for role in ROLES)


class StaffAccount(Base):
    """Someone of the staff. `email_key` is the address in lower case: one account per address.

    `openid` is who this is in the directory that the staff may sign in with: its issuer, a space, its subject.
    """

    __tablename__ = "staff"
    __table_args__ = (
        sa.CheckConstraint(f"roles <@ ARRAY[{_KNOWN}]::text[]", name="roles_known"),
        sa.CheckConstraint("email_key = lower(email_key)", name="email_key_lower"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(sa.String(254))
    email_key: Mapped[str] = mapped_column(sa.String(254), unique=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    password_hash: Mapped[str] = mapped_column(sa.String(200))
    openid: Mapped[str | None] = mapped_column(sa.Text, unique=True)
    roles: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[dt.datetime] = mapped_column(INSTANT)
    last_sign_in_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)


class SignInAttempt(Base):
    """One try at the sign-in page. `account` is a keyed hash: what strangers type is not kept readable."""

    __tablename__ = "sign_in_attempts"
    __table_args__ = (
        sa.Index("ix_sign_in_attempts_account_at", "account", "at"),
        sa.Index("ix_sign_in_attempts_address_at", "address", "at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    account: Mapped[bytes] = mapped_column(sa.LargeBinary)
    address: Mapped[str] = mapped_column(sa.String(64))
    at: Mapped[dt.datetime] = mapped_column(INSTANT)
    succeeded: Mapped[bool] = mapped_column(default=False)


class SecondFactor(Base):
    """A code of the phone beside the password, once `confirmed_at` is set. Before, it is only being prepared.

    `secret` is sealed with a key that is not in the database; `last_step` is the half minute of the last code taken,
    so that none serves twice; `spare_codes` are hashes, each gone once used.
    """

    __tablename__ = "second_factors"

    staff_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True)
    secret: Mapped[bytes] = mapped_column(sa.LargeBinary)
    confirmed_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)
    last_step: Mapped[int] = mapped_column(sa.BigInteger, server_default="0", default=0)
    spare_codes: Mapped[list[bytes]] = mapped_column(ARRAY(sa.LargeBinary), server_default="{}", default=list)
