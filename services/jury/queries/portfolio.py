"""Every project that calls for projects received, and those of earlier years, as one list."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import budget, tandems
from services.jury.dossiers import goals_of
from services.jury.models import Application, Award, Call, PastProject, Pot, Project
from shared.clock import PARIS

STATUSES = ("supported", "asked", "reserve", "refused", "withdrawn")
_STATUS_OF = {"awarded": "supported", "offered": "reserve"}


@dataclass(frozen=True)
class Line:
    """One project. `cents`: what was awarded when it is supported, what was asked for otherwise; `goals`: the ODD
    that its application names, as numbers."""

    year: int
    title: str
    structure: str
    place: str
    theme: str
    funder: str
    status: str
    cents: int | None
    goals: tuple[str, ...] = ()


def portfolio(
    session: Session,
    *,
    year: int | None = None,
    place: str = "",
    theme: str = "",
    goal: str = "",
    funder: str = "",
    status: str = "",
) -> list[Line]:
    """Newest year first; each given filter must hold. A country holds its parts; words are found within texts."""
    lines = [
        Line(one.year, one.title, one.structure, one.place, one.theme, one.funder, "supported", one.cents)
        for one in session.scalars(sa.select(PastProject))
    ]
    lines += of_calls(session)
    kept = [
        one
        for one in lines
        if (year is None or one.year == year)
        and (not place or one.place == place or one.place.startswith(place + "-"))
        and theme.casefold() in one.theme.casefold()
        and (not goal or goal in one.goals)
        and funder.casefold() in one.funder.casefold()
        and status in ("", one.status)
    ]
    return sorted(kept, key=lambda one: (-one.year, one.title.casefold(), one.structure))


def of_calls(session: Session) -> list[Line]:
    """The projects that calls for projects received here."""
    lines = []
    awards = _awards(session)
    query = (
        sa.select(Project, Call, Application)
        .join(Call, Call.id == Project.call_id)
        .outerjoin(Application, Application.project_id == Project.id)
        .where(Call.kind == "funding")
    )
    for project, call, application in session.execute(query):
        content = (application.filed or {}).get("content", {}) if application is not None else {}
        payers = ", ".join(one["funder"] for one in call.rulebook.get("envelopes", []))
        when = (call.closes_at or call.created_at).astimezone(PARIS).year
        requested = budget.of(content).requested if content else None
        status_of, cents, payer = awards.get(project.id, ("asked", requested, ""))
        theme_of = content.get("theme", "")
        funder_of = payer or payers
        structure, goals = tandems.both(project.structure, content), goals_of(content)
        where = project.title, structure, project.country
        lines.append(Line(when, *where, theme_of, funder_of, status_of, cents, goals))
    return lines


def _awards(session: Session) -> dict[uuid.UUID, tuple[str, int, str]]:
    """Where each project stands before the pots, all of them together: status, cents, and who pays or was asked.

    One pot at most gives to a project (`uq_awards_held`), and what it gives comes before what others did not.
    """
    found: dict[uuid.UUID, tuple[str, int, str]] = {}
    query = (
        sa.select(Award, Pot.envelope_id, Call.rulebook)
        .join(Pot, Pot.id == Award.pot_id)
        .join(Project, Project.id == Award.project_id)
        .join(Call, Call.id == Project.call_id)
    )
    for one, envelope, rulebook in session.execute(query.order_by(Award.amount, Award.changed_at)):
        status = _STATUS_OF.get(one.state, one.state)
        cents = one.amount if status == "supported" else one.asked
        payer = next((e["funder"] for e in rulebook.get("envelopes", []) if e["id"] == envelope), "")
        found[one.project_id] = (status, cents, payer)
    return found
