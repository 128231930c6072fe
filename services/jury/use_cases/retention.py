"""What time alone takes away: names in applications and projects that nothing asks to be kept any more, their papers,
and who was seen at the door.

What was decided, scored and paid stays, to be counted; only who it was goes. The same rules answer a person who asks
to be erased (erasing.py); here nobody has asked. A paper goes with the last name of its application: bank details,
statutes and letters name people too, and nobody is left who may read them.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury.models import Application, Arrival, Attachment, Award, EarlierFiling, Project, Report, ReportPaper
from services.jury.models.followup import AwardLink, Instalment
from services.jury.use_cases import erasing
from shared import audit

GRANTS = dt.timedelta(days=10 * 365 + 3)
"""How long a project that got an aid is kept with its bearer, after its answer or its last payment."""
ARRIVALS = dt.timedelta(days=3 * 365 + 1)
"""How long the jury knows who came through the door."""
NAMES = erasing.BEARER + erasing.OTHERS + erasing.TEACHER
GONE = "retention"
"""Who took a paper out."""


@dataclass(frozen=True)
class Retained:
    """How many lost their names, or would: drafts, filed applications and projects of the jury. papers: how many go, of
    applications and reports; arrivals: people seen at the door."""

    drafts: int
    filed: int
    projects: int
    papers: int
    arrivals: int


def retain(session: Session, now: dt.datetime, *, dry_run: bool = False) -> Retained:
    """Take the names out of what is past its time, or count it."""
    projects, drafts = _projects(session, now), _drafts(session, now)
    filed = _filed(session, projects, now)
    papers = _papers(session, [*drafts, *filed], projects)
    arrived = Arrival.at < now - ARRIVALS
    arrivals = session.scalar(sa.select(sa.func.count()).select_from(Arrival).where(arrived)) or 0
    if not dry_run:
        for project in session.scalars(sa.select(Project).where(Project.id.in_(projects)).with_for_update()):
            erasing.forget_bearer(session, project)
        awards = sa.select(Award.id).where(Award.project_id.in_(projects))
        session.execute(sa.delete(AwardLink).where(AwardLink.award_id.in_(awards)))
        erasing.unname(session, NAMES, Application.id.in_(filed))
        erasing.unname_drafts(session, drafts, NAMES)
        erasing.close_links(session, filed)
        papers.take_out(session, now)
        session.execute(sa.delete(Arrival).where(arrived))
    return Retained(len(drafts), len(filed), len(projects), len(papers), arrivals)


def _projects(session: Session, now: dt.datetime) -> list[uuid.UUID]:
    """Not helped for two years, or helped and paid ten years ago, whether or not the minutes were ever signed."""
    paid = (
        sa.select(sa.func.max(Instalment.paid_at))
        .join(Award, Award.id == Instalment.award_id)
        .where(Award.project_id == Project.id)
        .scalar_subquery()
    )
    over = sa.case(
        (erasing.is_helped(), sa.func.greatest(erasing.answered(), paid) < now - GRANTS),
        else_=erasing.answered() < now - erasing.APPEALS,
    )
    return list(session.scalars(sa.select(Project.id).where(Project.bearer_email != "", over)))


def _drafts(session: Session, now: dt.datetime) -> list[uuid.UUID]:
    """Nobody has typed in them for two years."""
    old = Application.updated_at < now - erasing.APPEALS
    return list(session.scalars(sa.select(Application.id).where(Application.state == "draft", old, _named())))


def _filed(session: Session, projects: list[uuid.UUID], now: dt.datetime) -> list[uuid.UUID]:
    """With their project, or two years after they were filed when they never became one."""
    alone = sa.and_(Application.project_id.is_(None), Application.filed_at < now - erasing.APPEALS)
    due = sa.or_(Application.project_id.in_(projects), alone)
    return list(session.scalars(sa.select(Application.id).where(Application.filed_at.is_not(None), due, _named())))


def _named() -> sa.ColumnElement[bool]:
    return Application.content.bool_op("?|")(sa.cast(NAMES, sa.ARRAY(sa.Text)))


@dataclass(frozen=True)
class _Papers:
    """Papers that nobody may read any more, by id: of applications, and of reports; the applications they are of."""

    attached: list[uuid.UUID]
    reported: list[uuid.UUID]
    applications: set[uuid.UUID]

    def __len__(self) -> int:
        return len(self.attached) + len(self.reported)

    def take_out(self, session: Session, now: dt.datetime) -> None:
        """Their lines stay without a name, and so do those of the filed copies: a file is often called by a person's.
        Their bytes go with the next sweep (paper_bytes.py)."""
        gone = {"file_name": "", "removed_at": sa.func.coalesce(Attachment.removed_at, now)}
        mine = sa.update(Attachment).where(Attachment.id.in_(self.attached))
        session.execute(mine.values(**gone, removed_by=GONE, removed_why=""))
        theirs = sa.update(ReportPaper).where(ReportPaper.id.in_(self.reported))
        session.execute(theirs.values(file_name="", removed_at=sa.func.coalesce(ReportPaper.removed_at, now)))
        # The triggers that keep what was filed as it is let this transaction take names out, and no other.
        session.execute(sa.text("SET LOCAL agora.erasure = 'on'"))
        for model, which in ((Application, Application.id), (EarlierFiling, EarlierFiling.application_id)):
            copies = sa.update(model).where(which.in_(self.applications), model.filed.is_not(None))
            session.execute(copies.values(filed=_UNNAMED))
        session.execute(sa.text("SET LOCAL agora.erasure = 'off'"))
        entries = audit.audit_entries
        told = sa.update(entries).where(
            entries.c.thing == "application",
            entries.c.what == "removed a paper",
            entries.c.thing_id.in_([str(one) for one in self.applications]),
        )
        session.execute(told.values(before=None, after=None))


_UNNAMED = sa.text("""
    jsonb_set(filed, '{papers}', (
        SELECT coalesce(jsonb_agg(one || '{"name": "—"}'), '[]') FROM jsonb_array_elements(filed -> 'papers') AS one))
""")


def _papers(session: Session, due: list[uuid.UUID], projects: list[uuid.UUID]) -> _Papers:
    """Of applications that name nobody, or are `due` to; of reports about `projects`, or whose bearer is forgotten."""
    nameless = sa.or_(Application.id.in_(due), ~_named())
    attached = session.execute(
        sa.select(Attachment.id, Application.id)
        .join(Application, Application.id == Attachment.application_id)
        .where(nameless, Attachment.removed_by != GONE)
    ).all()
    forgotten = sa.or_(Project.id.in_(projects), sa.and_(Project.bearer_email == "", Project.bearer_last_name == "—"))
    reported = session.scalars(
        sa.select(ReportPaper.id)
        .join(Report, Report.id == ReportPaper.report_id)
        .join(Award, Award.id == Report.award_id)
        .join(Project, Project.id == Award.project_id)
        .where(forgotten, ReportPaper.file_name != "")
    )
    return _Papers([row[0] for row in attached], list(reported), {row[1] for row in attached})
