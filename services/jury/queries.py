"""What the jury's pages, tablets and minutes read. Nothing here writes."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from services.jury import rules, scoring
from services.jury.models import (
    Call,
    Criterion,
    Device,
    Grid,
    Juror,
    LateEntry,
    Project,
    Recusal,
    Round,
    ScoreCell,
)


@dataclass(frozen=True)
class CallLine:
    """One call in the list: with how many projects and jurors, and its round."""

    call: Call
    projects: int
    jurors: int
    round: Round | None


def calls(session: Session) -> list[CallLine]:
    """Every call, newest first. One query."""
    other = aliased(Round)
    latest = sa.select(sa.func.max(other.number)).where(other.call_id == Call.id).correlate(Call).scalar_subquery()
    query = (
        sa.select(
            Call,
            sa.select(sa.func.count()).where(Project.call_id == Call.id).scalar_subquery(),
            sa.select(sa.func.count()).where(Juror.call_id == Call.id).scalar_subquery(),
            Round,
        )
        .outerjoin(Round, sa.and_(Round.call_id == Call.id, Round.number == latest))
        .order_by(Call.created_at.desc(), Call.id)
    )
    return [CallLine(*row) for row in session.execute(query)]


def rounds_of(session: Session, call_id: uuid.UUID) -> list[Round]:
    return list(session.scalars(sa.select(Round).where(Round.call_id == call_id).order_by(Round.number)))


def projects_of(session: Session, call_id: uuid.UUID) -> list[Project]:
    return list(session.scalars(sa.select(Project).where(Project.call_id == call_id).order_by(Project.number)))


def jurors_of(session: Session, call_id: uuid.UUID) -> list[Juror]:
    order = (sa.func.lower(Juror.last_name), sa.func.lower(Juror.first_name), Juror.id)
    return list(session.scalars(sa.select(Juror).where(Juror.call_id == call_id).order_by(*order)))


def recusals_of(session: Session, call_id: uuid.UUID, *, lifted: bool = False) -> list[Recusal]:
    """Standing recusals, oldest first; with `lifted`, those that were lifted too."""
    query = (
        sa.select(Recusal)
        .join(Juror, Juror.id == Recusal.juror_id)
        .where(Juror.call_id == call_id)
        .order_by(Recusal.declared_at, Recusal.id)
    )
    return list(session.scalars(query if lifted else query.where(Recusal.lifted_at.is_(None))))


def criteria_of(session: Session, call_id: uuid.UUID) -> list[Criterion]:
    """The criteria of the newest grid of a call, in order."""
    newest = sa.select(sa.func.max(Grid.version)).where(Grid.call_id == call_id).scalar_subquery()
    query = (
        sa.select(Criterion)
        .join(Grid, Grid.id == Criterion.grid_id)
        .where(Grid.call_id == call_id, Grid.version == newest)
        .order_by(Criterion.position)
    )
    return list(session.scalars(query))


def grid_of(session: Session, call: Call) -> dict[str, Any]:
    """What a round freezes: criteria with their levels, and the rulebook with its version. Plain JSON."""
    criteria = criteria_of(session, call.id)
    return {
        "grid_id": str(criteria[0].grid_id),
        "criteria": [
            {
                "id": str(c.id),
                "title": c.title,
                "help": c.help,
                "weight": c.weight,
                "max": c.max_level,
                "minimum": c.minimum,
                "levels": c.levels,
                "comment_required_for": c.comment_required_for,
            }
            for c in criteria
        ],
        "rulebook": call.rulebook,
        "rulebook_version": call.rulebook_version,
        "rulebook_hash": call.rulebook_hash,
    }


# Sheets and ranking


def sheets(session: Session, this: Round) -> list[scoring.Sheet]:
    """One sheet per juror and project of the round's call, written or not."""
    frozen = this.frozen or {"criteria": []}
    wanted = {c["id"] for c in frozen["criteria"]}
    jurors = session.scalars(sa.select(Juror.id).where(Juror.call_id == this.call_id)).all()
    projects = session.scalars(sa.select(Project.id).where(Project.call_id == this.call_id)).all()
    recused = {(r.juror_id, r.project_id) for r in recusals_of(session, this.call_id)}
    values: dict[tuple[uuid.UUID, uuid.UUID], dict[str, int]] = defaultdict(dict)
    abstained: set[tuple[uuid.UUID, uuid.UUID]] = set()
    cells = sa.select(ScoreCell.juror_id, ScoreCell.project_id, ScoreCell.field, ScoreCell.value).where(
        ScoreCell.round_id == this.id
    )
    for juror, project, name, value in session.execute(cells):
        if name == "status" and value == rules.ABSTAINED:
            abstained.add((juror, project))
        elif name in wanted and isinstance(value, int):
            values[juror, project][name] = value
    return [
        scoring.Sheet(
            juror=str(juror),
            project=str(project),
            values=values.get((juror, project), {}),
            abstained=(juror, project) in abstained,
            recused=(juror, project) in recused,
        )
        for juror in jurors
        for project in projects
    ]


def ranking(session: Session, this: Round) -> list[scoring.Standing]:
    """The official ranking as of now; final once the round is closed and the late tray settled."""
    frozen = this.frozen or {"criteria": [], "rulebook": {"minimum_readings": 1}}
    if not frozen["criteria"]:
        return []
    found = sheets(session, this)
    projects = session.scalars(sa.select(Project.id).where(Project.call_id == this.call_id)).all()
    return scoring.rank(
        rules.criteria_of(frozen), rules.rule_of(frozen, this.seed or ""), [str(p) for p in projects], found
    )


def texts(session: Session, this: Round, field: str) -> dict[uuid.UUID, list[str]]:
    """The comments ("comment") or words for the applicant ("feedback") per project, without their authors.

    Sorted by the text itself, so that the order tells nothing about who wrote what; recused jurors left out.
    """
    recused = (
        sa.select(sa.literal(1))
        .where(
            Recusal.juror_id == ScoreCell.juror_id,
            Recusal.project_id == ScoreCell.project_id,
            Recusal.lifted_at.is_(None),
        )
        .exists()
    )
    query = sa.select(ScoreCell.project_id, ScoreCell.value).where(
        ScoreCell.round_id == this.id, ScoreCell.field == field, ~recused
    )
    found: dict[uuid.UUID, list[str]] = defaultdict(list)
    for project_id, value in session.execute(query):
        if isinstance(value, str) and value:
            found[project_id].append(value)
    return {project_id: sorted(words) for project_id, words in found.items()}


# The tablet's pack


def pack_version(juror: Juror, this: Round) -> int:
    """Grows with everything that the pack of that juror shows."""
    return juror.version + this.version


def pack(session: Session, device: Device, *, now: dt.datetime) -> dict[str, Any]:
    """Everything one tablet needs: nobody else's scores, and nothing of a project its juror is recused from."""
    juror = session.get_one(Juror, device.juror_id)
    this = session.get_one(Round, device.round_id)
    frozen = this.frozen or {"grid_id": "", "criteria": []}
    recused = set(
        session.scalars(sa.select(Recusal.project_id).where(Recusal.juror_id == juror.id, Recusal.lifted_at.is_(None)))
    )
    cells = session.scalars(sa.select(ScoreCell).where(ScoreCell.round_id == this.id, ScoreCell.juror_id == juror.id))
    return {
        "version": pack_version(juror, this),
        "server_time": now,
        "round": {"id": this.id, "title": this.title, "state": "open" if this.state == "open" else "closed"},
        "juror": {
            "id": juror.id,
            "first_name": juror.first_name,
            "last_name": juror.last_name,
            "confirmed": juror.confirmed_at is not None,
        },
        "grid": {"id": frozen["grid_id"], "criteria": frozen["criteria"]},
        "projects": [_seen_by(project, project.id in recused) for project in projects_of(session, this.call_id)],
        "cells": [
            {"project_id": c.project_id, "field": c.field, "value": c.value, "version": c.version}
            for c in cells
            if c.project_id not in recused
        ],
    }


def _seen_by(project: Project, recused: bool) -> dict[str, Any]:
    if recused:
        return {"id": project.id, "number": project.number, "recused": True}
    return {
        "id": project.id,
        "number": project.number,
        "recused": False,
        "title": project.title,
        "structure": project.structure,
        "country": project.country,
        "department": project.department,
        "summary": project.summary,
    }


# The chair's board


@dataclass(frozen=True)
class Tablet:
    """One juror's tablet as the board shows it. `pending`: values it said are not received yet."""

    paired: bool
    epoch: int
    pending: int
    last_seen_at: dt.datetime | None


@dataclass(frozen=True)
class Board:
    """Who scored what. `states`: (juror id, project id) → the state of that sheet."""

    version: int
    round: Round
    jurors: Sequence[Juror]
    projects: Sequence[Project]
    tablets: Mapping[uuid.UUID, Tablet]
    states: Mapping[tuple[uuid.UUID, uuid.UUID], scoring.SheetState]
    missing_comments: int
    late: int

    @property
    def expected(self) -> int:
        """Sheets that can still come or did: all but the recused and abstained."""
        return sum(1 for state in self.states.values() if state not in ("recused", "abstained"))

    @property
    def complete(self) -> int:
        return sum(1 for state in self.states.values() if state == "complete")

    def done_by(self, juror_id: uuid.UUID) -> int:
        return sum(1 for (j, _p), state in self.states.items() if j == juror_id and state == "complete")

    def wanted_of(self, juror_id: uuid.UUID) -> int:
        skipped = ("recused", "abstained")
        return sum(1 for (j, _p), state in self.states.items() if j == juror_id and state not in skipped)

    def readings_of(self, project_id: uuid.UUID) -> int:
        return sum(1 for (_j, p), state in self.states.items() if p == project_id and state == "complete")


def board_version(session: Session, round_id: uuid.UUID) -> int | None:
    """Grows with everything that the board shows; None when there is no such round. One short query."""
    query = sa.select(
        Round.version
        + sa.func.coalesce(
            sa.select(sa.func.sum(Juror.version)).where(Juror.call_id == Round.call_id).scalar_subquery(), 0
        )
        + sa.func.coalesce(sa.select(sa.func.sum(Device.beats)).where(Device.round_id == Round.id).scalar_subquery(), 0)
    ).where(Round.id == round_id)
    found = session.scalar(query)
    return None if found is None else int(found)


def board(session: Session, this: Round, version: int) -> Board:
    """The whole board, in a fixed number of queries."""
    jurors = jurors_of(session, this.call_id)
    projects = projects_of(session, this.call_id)
    frozen = this.frozen or {"criteria": []}
    criteria = rules.criteria_of(frozen)
    states = {
        (uuid.UUID(sheet.juror), uuid.UUID(sheet.project)): scoring.state(criteria, sheet)
        for sheet in sheets(session, this)
    }
    devices = sa.select(Device).where(Device.round_id == this.id).order_by(Device.epoch)
    tablets = {device.juror_id: _tablet(device) for device in session.scalars(devices)}
    return Board(
        version=version,
        round=this,
        jurors=jurors,
        projects=projects,
        tablets=tablets,
        states=states,
        missing_comments=_missing_comments(session, this, states),
        late=waiting_late(session, this.id),
    )


def _tablet(device: Device) -> Tablet:
    paired = device.fenced_at is None
    return Tablet(paired, device.epoch, device.pending if paired else 0, device.last_seen_at)


def tablet_of(session: Session, round_id: uuid.UUID, juror_id: uuid.UUID) -> Tablet | None:
    """The juror's newest tablet in that round, if there ever was one."""
    query = sa.select(Device).where(Device.round_id == round_id, Device.juror_id == juror_id)
    device = session.scalars(query.order_by(Device.epoch.desc()).limit(1)).first()
    return None if device is None else _tablet(device)


def _missing_comments(
    session: Session, this: Round, states: Mapping[tuple[uuid.UUID, uuid.UUID], scoring.SheetState]
) -> int:
    """How many complete sheets have a level that asks for a comment, and none."""
    wanted = {c["id"]: set(c["comment_required_for"]) for c in (this.frozen or {"criteria": []})["criteria"]}
    if not any(wanted.values()):
        return 0
    asking: set[tuple[uuid.UUID, uuid.UUID]] = set()
    given: set[tuple[uuid.UUID, uuid.UUID]] = set()
    cells = sa.select(ScoreCell.juror_id, ScoreCell.project_id, ScoreCell.field, ScoreCell.value).where(
        ScoreCell.round_id == this.id
    )
    for juror, project, name, value in session.execute(cells):
        if name == "comment" and value:
            given.add((juror, project))
        elif value in wanted.get(name, ()):
            asking.add((juror, project))
    return sum(1 for key in asking - given if states.get(key) == "complete")


@dataclass(frozen=True)
class Late:
    entry: LateEntry
    juror: Juror
    project: Project
    held: Any


def late_tray(session: Session, round_id: uuid.UUID) -> list[Late]:
    """What arrived after closing, waiting first, then in order of arrival, with the value it would replace."""
    query = (
        sa.select(LateEntry, Juror, Project, ScoreCell.value)
        .join(Juror, Juror.id == LateEntry.juror_id)
        .join(Project, Project.id == LateEntry.project_id)
        .outerjoin(
            ScoreCell,
            sa.and_(
                ScoreCell.round_id == LateEntry.round_id,
                ScoreCell.juror_id == LateEntry.juror_id,
                ScoreCell.project_id == LateEntry.project_id,
                ScoreCell.field == LateEntry.field,
            ),
        )
        .where(LateEntry.round_id == round_id)
        .order_by(LateEntry.state != "waiting", LateEntry.received_at, LateEntry.id)
    )
    return [Late(*row) for row in session.execute(query)]


def waiting_late(session: Session, round_id: uuid.UUID) -> int:
    """How many late values wait for a decision."""
    query = sa.select(sa.func.count()).where(LateEntry.round_id == round_id, LateEntry.state == "waiting")
    return session.scalar(query) or 0
