"""The declarative base that all tables of registration share."""

from __future__ import annotations

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from shared.db import naming_convention


class Base(DeclarativeBase):
    """Typed tables, with constraint names that a migration can rely on."""

    metadata = MetaData(naming_convention=naming_convention)
