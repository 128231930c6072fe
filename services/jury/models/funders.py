"""How each funder's report is laid out, and figures of a year that come from elsewhere, each with its source."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.jury.models.calls import Base, key


class ReportLayout(Base):
    """`funder`: its name folded. `parts`: [{"part", "heading"}] in order; a heading "" is the usual one."""

    __tablename__ = "report_layouts"
    __table_args__ = (sa.CheckConstraint("language IN ('fr', 'en')", name="language"),)

    funder: Mapped[str] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(default="fr")
    title: Mapped[str] = mapped_column(default="")
    opening: Mapped[str] = mapped_column(default="")
    closing: Mapped[str] = mapped_column(default="")
    parts: Mapped[list[dict[str, Any]]]
    changed_at: Mapped[dt.datetime]


class AnnualFigure(Base):
    """A sum of a year that nothing here counts, such as the network's budget: shown with its source, never added up."""

    __tablename__ = "annual_figures"
    __table_args__ = (
        sa.UniqueConstraint("year", "label"),
        sa.CheckConstraint("year BETWEEN 1900 AND 2200", name="year"),
        sa.CheckConstraint("btrim(source) <> ''", name="has_a_source"),
        sa.CheckConstraint("btrim(label) <> ''", name="has_a_label"),
        sa.CheckConstraint("cents >= 0", name="cents"),
    )

    id: Mapped[uuid.UUID] = key()
    year: Mapped[int]
    label: Mapped[str]
    cents: Mapped[int] = mapped_column(sa.BigInteger)
    source: Mapped[str]
    noted_at: Mapped[dt.datetime]
