"""Step 2 of what funders are told: lay a report out, note a figure of a year. Next: models/funders.py."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from services.jury.models import AnnualFigure, ReportLayout
from shared import audit
from shared.errors import NotFound, RuleError


def lay_out(session: Session, funder: str, data: dict[str, Any], *, who: str, now: dt.datetime) -> None:
    """funder: its name folded. data: language, title, opening, closing, parts. Raises RuleError without any part."""
    if not data["parts"]:
        raise RuleError("no-part", "Gardez au moins une partie.", field="parts")
    # Two people may lay the same report out for the first time at once: the second waits, and changes what is there.
    first = postgresql.insert(ReportLayout).values(funder=funder, parts=[], language="fr", title="", opening="",
                                                   closing="", changed_at=now)  # fmt: skip
    session.execute(first.on_conflict_do_nothing())
    found = session.get_one(ReportLayout, funder, with_for_update=True)
    before = {name: getattr(found, name) for name in data if getattr(found, name) != data[name]}
    for name, value in data.items():
        setattr(found, name, value)
    found.changed_at = now
    after = {name: data[name] for name in before}
    audit.record(session, who=who, what="laid out", thing="funder report", thing_id=funder, before=before,
                 after=after, now=now)  # fmt: skip


def note_figure(session: Session, data: dict[str, Any], *, who: str, now: dt.datetime) -> None:
    """data: year, label, cents, source. One figure a year under a label. Raises RuleError."""
    figure = postgresql.insert(AnnualFigure).values(**data, noted_at=now).on_conflict_do_nothing()
    noted = session.scalar(figure.returning(AnnualFigure.id))
    if noted is None:
        raise RuleError(
            "figure-taken", "Ce chiffre est déjà noté pour cette année : retirez-le d’abord.", field="label"
        )
    audit.record(session, who=who, what="noted a figure", thing="annual figure", thing_id=noted, before=None,
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
