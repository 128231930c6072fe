"""Every project that calls for projects received, and those of earlier years, as one list."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import budget
from services.jury.models import Application, Award, Call, PastProject, Project
from shared.clock import PARIS

STATUSES = ("supported", "asked", "reserve", "refused", "withdrawn")
_STATUS_OF = {"awarded": "supported", "offered": "supported", "asked": "asked"}


@dataclass(frozen=True)
class Line:
    """One project. `cents`: what was awarded when it is supported, what was asked for otherwise."""

    year: int
    title: str
    structure: str
    place: str
    theme: str
    funder: str
    status: str
    cents: int | None


def portfolio(
    session: Session,
    *,
    year: int | None = None,
    place: str = "",
    theme: str = "",
    funder: str = "",
    status: str = "",
) -> list[Line]:
    """Newest year first; each given filter must hold. A country holds its parts; words are found within texts."""
    lines = [
        Line(one.year, one.title, one.structure, one.place, one.theme, one.funder, "supported", one.cents)
        for one in session.scalars(sa.select(PastProject))
    ]
    awards = _awards(session)
    query = (
        sa.select(Project, Call, Application)
        .join(Call, Call.id == Project.call_id)
        .outerjoin(Application, Application.project_id == Project.id)
        .where(Call.kind == "funding")
    )
    for project, call, application in session.execute(query):
        content = (application.filed or {}).get("content", {}) if application else {}
        payers = ", ".join(one["funder"] for one in call.rulebook.get("envelopes", []))
        when = (call.closes_at or call.created_at).astimezone(PARIS).year
        status_of, cents = awards.get(project.id, ("asked", budget.of(content).requested if content else None))
        theme_of = content.get("theme", "")
        lines.append(Line(when, project.title, project.structure, project.country, theme_of, payers, status_of, cents))
    kept = [
        one
        for one in lines
        if (year is None or one.year == year)
        and (not place or one.place == place or one.place.startswith(place + "-"))
        and theme.casefold() in one.theme.casefold()
        and funder.casefold() in one.funder.casefold()
        and status in ("", one.status)
    ]
    return sorted(kept, key=lambda one: (-one.year, one.title.casefold(), one.structure))


def _awards(session: Session) -> dict[uuid.UUID, tuple[str, int]]:
    """Where each project stands before the pots, all of them together: what was given anywhere counts."""
    found: dict[uuid.UUID, tuple[str, int]] = {}
    for one in session.scalars(sa.select(Award).order_by(Award.changed_at)):
        known, given = found.get(one.project_id, ("", 0))
        status = _STATUS_OF.get(one.state, one.state)
        if status == "supported":
            found[one.project_id] = (status, one.amount + (given if known == status else 0))
        elif known != "supported":
            found[one.project_id] = (status, one.asked)
    return found
