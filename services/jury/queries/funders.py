"""Every support that was given, by its funder; and the same sums straight from the tables, to compare."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import followup_rules
from services.jury.dossiers import goals_of
from services.jury.funder_reports import Payment, Support
from services.jury.models import (
    AnnualFigure,
    Application,
    Award,
    Call,
    Instalment,
    Minutes,
    PastProject,
    Pot,
    Project,
    Report,
    ReportLayout,
    Round,
)
from shared.clock import PARIS


def supports(session: Session) -> list[Support]:
    """Awards that stand, and projects of before this service with their sum. Four statements."""
    query = (
        sa.select(Award, Project, Call, Pot.envelope_id, Minutes.content_hash, Application.filed)
        .join(Pot, Pot.id == Award.pot_id)
        .join(Round, Round.id == Pot.round_id)
        .join(Call, Call.id == Round.call_id)
        .join(Project, Project.id == Award.project_id)
        .outerjoin(Minutes, Minutes.round_id == Round.id)
        .outerjoin(Application, Application.project_id == Project.id)
        .where(Award.state == "awarded")
        .order_by(Call.created_at, Award.rank, Award.id)
    )
    paid: dict[uuid.UUID, list[Instalment]] = {}
    for part in session.scalars(sa.select(Instalment).where(Instalment.paid_at.is_not(None))):
        paid.setdefault(part.award_id, []).append(part)
    accepted: dict[uuid.UUID, list[Report]] = {}
    for report in session.scalars(sa.select(Report).where(Report.state == "accepted")):
        accepted.setdefault(report.award_id, []).append(report)
    found = [
        _support(award, project, call, envelope, minutes, filed, paid.get(award.id, []), accepted.get(award.id, []))
        for award, project, call, envelope, minutes, filed in session.execute(query)
    ]
    past = session.scalars(sa.select(PastProject).where(PastProject.cents > 0).order_by(PastProject.year))
    found += [
        Support(
            funder=one.funder,
            envelope="",
            call="",
            title=one.title,
            structure=one.structure,
            place=one.place,
            theme=one.theme,
            plan={one.year: one.cents or 0},
        )
        for one in past
    ]
    return found


def _support(
    award: Award,
    project: Project,
    call: Call,
    envelope_id: str,
    minutes: str | None,
    filed: Mapping[str, Any] | None,
    paid: Sequence[Instalment],
    accepted: Sequence[Report],
) -> Support:
    first = (call.closes_at or call.created_at).astimezone(PARIS).year
    alone = {"funder": call.organiser_name, "title": call.title}
    payer = next((one for one in call.rulebook.get("envelopes", []) if one["id"] == envelope_id), alone)
    content = (filed or {}).get("content", {})
    plan = {first + at: cents for at, cents in enumerate(followup_rules.years_of(award)) if cents}
    return Support(
        funder=payer["funder"],
        envelope=payer["title"],
        call=call.title,
        title=project.title,
        structure=project.structure,
        place=project.country,
        theme=content.get("theme", ""),
        plan=plan,
        paid=[Payment(one.paid_on or _day(one.paid_at), one.cents, one.reference) for one in paid],
        goals=goals_of(content),
        legal_form=content.get("legal_form", ""),
        department=content.get("department", "").upper(),
        proofs={first + one.year - 1: _day(one.decided_at) for one in accepted},
        people={first + one.year - 1: _number(one.content.get("people")) or 0 for one in accepted},
        women=_number(content.get("women")),
        men=_number(content.get("men")),
        minutes=minutes or "",
    )


def _day(at: dt.datetime | None) -> dt.date:
    assert at is not None, "who pays or accepts notes when"
    return at.astimezone(PARIS).date()


def _number(typed: str | None) -> int | None:
    return int(typed) if typed and typed.isascii() and typed.isdigit() else None


def whole(session: Session) -> tuple[int, int]:
    """Cents engaged and paid, as the tables themselves add up."""
    standing = sa.select(sa.func.sum(Award.amount)).where(Award.state == "awarded")
    past = sa.select(sa.func.sum(PastProject.cents))
    paid = sa.select(sa.func.sum(Instalment.cents)).where(Instalment.paid_at.is_not(None))
    in_awards, in_past, in_paid = (int(session.scalar(one) or 0) for one in (standing, past, paid))
    return in_awards + in_past, in_paid


def layout(session: Session, funder: str) -> ReportLayout | None:
    """How the report of that funder (its name folded) is laid out; None: as usual."""
    return session.get(ReportLayout, funder)


def figures(session: Session, year: int | None = None) -> Sequence[AnnualFigure]:
    """Of one year, or all, the latest year first."""
    query = sa.select(AnnualFigure).order_by(AnnualFigure.year.desc(), AnnualFigure.label)
    return session.scalars(query if year is None else query.where(AnnualFigure.year == year)).all()
