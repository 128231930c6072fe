"""What follows awards: payments, reports, their papers, and the treasurer's table."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import deadlines, followup_rules, rulebooks
from services.jury.models import (
    Application,
    Award,
    Call,
    Instalment,
    Minutes,
    Pot,
    Project,
    Report,
    ReportPaper,
    Round,
)


def awards_without_followup(session: Session, round_id: uuid.UUID, *, lock: bool = False) -> list[Award]:
    """The awards of a round that are granted and not yet followed."""
    planned = sa.exists().where(Instalment.award_id == Award.id, Instalment.cancelled_at.is_(None))
    query = (
        sa.select(Award)
        .join(Pot, Pot.id == Award.pot_id)
        .where(Pot.round_id == round_id, Award.state == "awarded", ~planned)
        .order_by(Award.rank, Award.id)
    )
    return list(session.scalars(query.with_for_update(of=Award) if lock else query))


def instalments_of(session: Session, award_id: uuid.UUID) -> list[Instalment]:
    query = sa.select(Instalment).where(Instalment.award_id == award_id)
    return list(session.scalars(query.order_by(Instalment.year, Instalment.kind, Instalment.created_at)))


def reports_of(session: Session, award_id: uuid.UUID) -> list[Report]:
    return list(session.scalars(sa.select(Report).where(Report.award_id == award_id).order_by(Report.year)))


def report_papers(session: Session, report_id: uuid.UUID) -> list[ReportPaper]:
    query = sa.select(ReportPaper).where(ReportPaper.report_id == report_id, ReportPaper.removed_at.is_(None))
    return list(session.scalars(query.order_by(ReportPaper.added_at, ReportPaper.id)))


def reports_awaited(session: Session, *, until: dt.date) -> list[Report]:
    """Reports due up to that day that have not come, locked; one that somebody else holds is left to them."""
    query = (
        sa.select(Report)
        .join(Award, Award.id == Report.award_id)
        .where(Report.state.in_(("awaited", "returned")), Report.due_on <= until, Award.state == "awarded")
        .order_by(Report.due_on, Report.id)
        .with_for_update(of=Report, skip_locked=True)
    )
    return list(session.scalars(query))


def application_of(session: Session, project_id: uuid.UUID) -> Application | None:
    return session.scalar(sa.select(Application).where(Application.project_id == project_id))


def applications_by_project(session: Session, projects: Iterable[uuid.UUID]) -> dict[uuid.UUID, Application]:
    """Project → what was filed for it, of those of them that somebody filed here."""
    query = sa.select(Application).where(Application.project_id.in_(list(projects)))
    return {one.project_id: one for one in session.scalars(query) if one.project_id is not None}


def locale_of(session: Session, project_id: uuid.UUID) -> str:
    """The language that its bearer filed in; French for a project that nobody filed here."""
    application = application_of(session, project_id)
    return application.locale if application else "fr"


def round_of(session: Session, award: Award) -> Round:
    return session.get_one(Round, session.get_one(Pot, award.pot_id).round_id)


def around(session: Session, award: Award) -> tuple[Call, Project]:
    """The call and the project of an award."""
    call_id = round_of(session, award).call_id
    return session.get_one(Call, call_id), session.get_one(Project, award.project_id)


@dataclass(frozen=True)
class Followup:
    """One award that is followed: its payments with their state, and its reports."""

    award: Award
    project: Project
    parts: Sequence[tuple[Instalment, followup_rules.State]]
    reports: Sequence[Report]


def followups(session: Session, round_id: uuid.UUID) -> list[Followup]:
    """Every award of the round whose follow-up was opened, best rank first. Three queries."""
    query = (
        sa.select(Award, Project)
        .join(Project, Project.id == Award.project_id)
        .join(Pot, Pot.id == Award.pot_id)
        .where(Pot.round_id == round_id, sa.exists().where(Instalment.award_id == Award.id))
        .order_by(Award.rank, Award.id)
    )
    awards = [(award, project) for award, project in session.execute(query)]
    ids = [award.id for award, _project in awards]
    parts: dict[uuid.UUID, list[Instalment]] = {one: [] for one in ids}
    reports: dict[uuid.UUID, list[Report]] = {one: [] for one in ids}
    order = (Instalment.year, Instalment.kind)
    for part in session.scalars(
        sa.select(Instalment).where(Instalment.award_id.in_(ids), Instalment.cancelled_at.is_(None)).order_by(*order)
    ):
        parts[part.award_id].append(part)
    for report in session.scalars(sa.select(Report).where(Report.award_id.in_(ids)).order_by(Report.year)):
        reports[report.award_id].append(report)
    found = []
    for award, project in awards:
        accepted = {one.year for one in reports[award.id] if one.state == "accepted"}
        states = [
            (
                one,
                followup_rules.state_of(
                    one.year, one.kind, paid=one.paid_at is not None, cancelled=False, accepted=accepted
                ),
            )
            for one in parts[award.id]
        ]
        found.append(Followup(award, project, states, reports[award.id]))
    return found


def awarded_before(session: Session, award_id: uuid.UUID | None) -> list[Award]:
    """The award that an application renews and those that it renews in its turn, newest first."""
    found: list[Award] = []
    while award_id is not None and len(found) < 20:
        award = session.get_one(Award, award_id)
        found.append(award)
        award_id = session.scalar(sa.select(Application.renews_id).where(Application.project_id == award.project_id))
    return found


def earlier_of(session: Session, award_id: uuid.UUID | None) -> rulebooks.Earlier:
    """What those awards add up to."""
    found = awarded_before(session, award_id)
    return rulebooks.Earlier(sum(one.amount for one in found), sum(len(followup_rules.years_of(one)) for one in found))


def calls_to_renew_in(session: Session, award: Award, now: dt.datetime) -> list[Call]:
    """The open calls for projects, other than its own, that may take up a project which was awarded."""
    own = sa.select(Round.call_id).join(Pot, Pot.round_id == Round.id).where(Pot.id == award.pot_id).scalar_subquery()
    query = sa.select(Call).where(Call.kind == "funding", Call.state == "open", Call.id != own)
    if award.state != "awarded":
        return []
    return [one for one in session.scalars(query.order_by(Call.closes_at)) if deadlines.is_open(now, one.closes_at)]


def renewals_of(session: Session, award: Award) -> dict[uuid.UUID, str]:
    """By call, the state of the application that asks for its renewal."""
    query = sa.select(Application.call_id, Application.state).where(Application.renews_id == award.id)
    return {row.call_id: row.state for row in session.execute(query)}


@dataclass(frozen=True)
class Payment:
    """One line of the treasurer's table, with its proof: the report it waits for, the minutes, who noted it."""

    part: Instalment
    award: Award
    project: Project
    call: Call
    round_id: uuid.UUID
    funder: str
    envelope: str
    report: Report | None
    minutes_hash: str
    state: followup_rules.State


def payments(session: Session, *, call_id: uuid.UUID | None = None) -> list[Payment]:
    """Every payment that is planned, by call, rank, year. Cancelled ones are left out."""
    query = (
        sa.select(Instalment, Award, Project, Call, Pot, Minutes.content_hash)
        .join(Award, Award.id == Instalment.award_id)
        .join(Pot, Pot.id == Award.pot_id)
        .join(Round, Round.id == Pot.round_id)
        .join(Project, Project.id == Award.project_id)
        .join(Call, Call.id == Round.call_id)
        .outerjoin(Minutes, Minutes.round_id == Round.id)
        .where(Instalment.cancelled_at.is_(None))
        .order_by(Call.created_at.desc(), Call.id, Award.rank, Award.id, Instalment.year, Instalment.kind)
    )
    if call_id is not None:
        query = query.where(Call.id == call_id)
    rows = session.execute(query).all()
    known: dict[tuple[uuid.UUID, int], Report] = {}
    ids = {row[1].id for row in rows}
    for report in session.scalars(sa.select(Report).where(Report.award_id.in_(ids))):
        known[report.award_id, report.year] = report
    return [_payment(row, known) for row in rows]


def _payment(
    row: sa.Row[Instalment, Award, Project, Call, Pot, str], known: dict[tuple[uuid.UUID, int], Report]
) -> Payment:
    part, award, project, call, pot, content_hash = row
    needed = followup_rules.report_needed(part.year, part.kind)
    report = known.get((award.id, needed))
    accepted = {needed} if report is not None and report.state == "accepted" else set()
    state = followup_rules.state_of(
        part.year, part.kind, paid=part.paid_at is not None, cancelled=False, accepted=accepted
    )
    alone = {"funder": call.organiser_name, "title": call.title}
    found = next((one for one in call.rulebook.get("envelopes", []) if one["id"] == pot.envelope_id), alone)
    return Payment(
        part, award, project, call, pot.round_id, found["funder"], found["title"], report, content_hash or "", state
    )


@dataclass(frozen=True)
class Totals:
    """Cents of one funder, envelope and year of a call."""

    call: Call
    funder: str
    envelope: str
    year: int
    planned: int
    paid: int
    due: int

    @property
    def remaining(self) -> int:
        return self.planned - self.paid


def totals(lines: Sequence[Payment]) -> list[Totals]:
    """The table above summed by call, envelope and year; the sum of the parts is the sum of the whole."""
    groups: dict[tuple[uuid.UUID, str, str, int], list[Payment]] = {}
    for one in lines:
        groups.setdefault((one.call.id, one.funder, one.envelope, one.part.year), []).append(one)
    return [
        Totals(
            found[0].call,
            funder,
            envelope,
            year,
            sum(one.part.cents for one in found),
            sum(one.part.cents for one in found if one.state == "paid"),
            sum(one.part.cents for one in found if one.state == "due"),
        )
        for (_call, funder, envelope, year), found in groups.items()
    ]


def needing_agreement(lines: Sequence[Payment]) -> list[tuple[str, int, int]]:
    """(structure, year of the call and plan, cents): bodies whose parts of one year need a written agreement."""
    sums: dict[tuple[str, int], int] = {}
    for one in lines:
        when = (one.call.closes_at or one.call.created_at).year + one.part.year - 1
        at = (one.project.structure.casefold(), when)
        sums[at] = sums.get(at, 0) + one.part.cents
    names = {one.project.structure.casefold(): one.project.structure for one in lines}
    return [
        (names[structure], year, cents)
        for (structure, year), cents in sorted(sums.items())
        if cents > followup_rules.AGREEMENT_CENTS
    ]
