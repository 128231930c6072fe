"""The declarative base that all tables of registration share."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from shared.db import naming_convention


class Base(DeclarativeBase):
    """Typed tables, with constraint names that a migration can rely on."""

    metadata = MetaData(naming_convention=naming_convention)


HASHED = sa.text(r"sha256(replace(email_key, '\', '\\')::bytea)")
"""`rules.people.email_hash` of the row, as bytes, for an index: in words that PostgreSQL trusts never to change."""
