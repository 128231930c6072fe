"""Step 2 of what funders are told: lay a report out, note a figure of a year. Next: models/funders.py."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury.models import AnnualFigure, ReportLayout
from shared import audit
from shared.errors import NotFound, RuleError


def lay_out(session: Session, funder: str, data: dict[str, Any], *, who: str, now: dt.datetime) -> None:
    """funder: its name folded. data: language, title, opening, closing, parts. Raises RuleError without any part."""
    if not data["parts"]:
        raise RuleError("no-part", "Gardez au moins une partie.", field="parts")
    found = session.get(ReportLayout, funder, with_for_update=True) or ReportLayout(funder=funder)
    before = {name: getattr(found, name) for name in data if getattr(found, name) != data[name]}
    for name, value in data.items():
        setattr(found, name, value)
    found.changed_at = now
    session.add(found)
    after = {name: data[name] for name in before}
    audit.record(session, who=who, what="laid out", thing="funder report", thing_id=funder, before=before,
                 after=after, now=now)  # fmt: skip


def note_figure(session: Session, data: dict[str, Any], *, who: str, now: dt.datetime) -> None:
    """data: year, label, cents, source. One figure a year under a label. Raises RuleError."""
    taken = sa.select(AnnualFigure.id).where(AnnualFigure.year == data["year"], AnnualFigure.label == data["label"])
    if session.scalar(taken):
        raise RuleError(
            "figure-taken", "Ce chiffre est déjà noté pour cette année : retirez-le d’abord.", field="label"
        )
    found = AnnualFigure(**data, noted_at=now)
    session.add(found)
    session.flush()
    audit.record(session, who=who, what="noted a figure", thing="annual figure", thing_id=found.id, before=None,
                 after=data, now=now)  # fmt: skip


def remove_figure(session: Session, figure_id: uuid.UUID, *, who: str, now: dt.datetime) -> None:
    """The journal keeps what it said."""
    found = session.get(AnnualFigure, figure_id, with_for_update=True)
    if found is None:
        raise NotFound("unknown-figure", "Ce chiffre n’est plus là.")
    before = {name: getattr(found, name) for name in ("year", "label", "cents", "source")}
    session.delete(found)
    audit.record(session, who=who, what="removed a figure", thing="annual figure", thing_id=figure_id, before=before,
                 after=None, now=now)  # fmt: skip
