"""Step 4 of nine: what the network is called, from which day on. Next: queries/identity.py."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.registration.models.orm import Base


class Identity(Base):
    """Name, legal form and addresses through the day before the next row's `since`. Its logo is that of the name."""

    __tablename__ = "identities"
    __table_args__ = (sa.CheckConstraint("name <> ''", name="name_given"),)

    since: Mapped[dt.date] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    legal_form: Mapped[str] = mapped_column(sa.String(120), default="")
    """In words, as papers say it: « association loi 1901 », « groupement d’intérêt public »."""
    address: Mapped[str] = mapped_column(sa.String(300), default="")
    email: Mapped[str] = mapped_column(sa.String(254))
