"""What one tablet gets: its own juror’s data and nobody else’s."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import scoring
from services.jury.models import (
    Device,
    Juror,
    LateEntry,
    Project,
    Recusal,
    Round,
    ScoreCell,
)
from services.jury.queries.exercise import exercise_of
from services.jury.queries.readable import dossiers_to_read
from services.jury.queries.rounds import former_round, projects_in, recusal_stands
from services.jury.queries.scores import assigned, completed, ranking


def pack_version(juror: Juror, this: Round) -> int:
    """Grows with everything that the pack of that juror shows."""
    return juror.version + this.version


def pack(session: Session, device: Device, *, now: dt.datetime) -> dict[str, Any]:
    """Everything one tablet needs: nobody else's scores, nothing of a project its juror is recused from, only what the
    juror was given to read; in a blind round not who bears it."""
    juror = session.get_one(Juror, device.juror_id)
    this = session.get_one(Round, device.round_id)
    rehearsal = exercise_of(session, this.id) if this.state == "draft" else None
    if rehearsal is not None:
        return _exercise_pack(session, juror, this, rehearsal, now)
    frozen = this.frozen or {"grid_id": "", "criteria": []}
    noted = session.execute(
        sa.select(Recusal.project_id, recusal_stands(this)).where(Recusal.juror_id == juror.id)
    ).all()
    recused = {project for project, stands in noted if stands}
    given = assigned(session, this, juror.id)
    projects = [project for project in projects_in(session, this) if given is None or (juror.id, project.id) in given]
    shown = {project.id for project in projects} - recused
    marks = dossiers_to_read(session, this)
    former = _former_scores(session, this, juror)
    return {
        **_head(juror, this, frozen, now),
        "round": {
            "id": this.id,
            "title": this.title,
            "state": "open" if this.state == "open" else "closed",
            "blind": this.blind,
            "shows_others": this.shows_others,
            "exercise": False,
        },
        "projects": [
            _seen_by(project, project.id in recused, this.blind, marks.get(project.id, ""), former.get(project.id, ""))
            for project in projects
        ],
        "cells": [cell for cell in _cells(session, this, juror) if cell["project_id"] in shown],
        "decisions": [one for one in _decisions(session, this, juror) if one["project_id"] not in recused],
        "declared": sorted({project for project, _stands in noted}),
    }


def _exercise_pack(session: Session, juror: Juror, this: Round, rehearsal: Round, now: dt.datetime) -> dict[str, Any]:
    """The same sheets over the samples. The round is named by the true one: the tablet stays with it."""
    state = "open" if rehearsal.state == "open" else "closed"
    told = {"id": this.id, "title": this.title, "state": state, "blind": False, "shows_others": False, "exercise": True}
    return {
        **_head(juror, this, rehearsal.frozen or {"grid_id": "", "criteria": []}, now),
        "round": told,
        "projects": [_seen_by(project, False, True) for project in projects_in(session, rehearsal)],
        "cells": _cells(session, rehearsal, juror),
    }


def _head(juror: Juror, this: Round, frozen: dict[str, Any], now: dt.datetime) -> dict[str, Any]:
    return {
        "version": pack_version(juror, this),
        "server_time": now,
        "juror": {
            "id": juror.id,
            "first_name": juror.first_name,
            "last_name": juror.last_name,
            "confirmed": juror.confirmed_at is not None,
        },
        "grid": {
            "id": frozen["grid_id"],
            "criteria": frozen["criteria"],
            "comments_count": frozen.get("comments_count", False),
        },
    }


def _cells(session: Session, this: Round, juror: Juror) -> list[dict[str, Any]]:
    mine = sa.select(ScoreCell).where(ScoreCell.round_id == this.id, ScoreCell.juror_id == juror.id)
    return [
        {"project_id": c.project_id, "field": c.field, "value": c.value, "version": c.version}
        for c in session.scalars(mine)
    ]


def _decisions(session: Session, this: Round, juror: Juror) -> list[dict[str, Any]]:
    """What became of late values: the newest of each field, once the chair has decided on it."""
    columns = (LateEntry.project_id, LateEntry.field, LateEntry.operation_id, LateEntry.state)
    arrived = sa.select(*columns).where(LateEntry.round_id == this.id, LateEntry.juror_id == juror.id)
    in_order = session.execute(arrived.order_by(LateEntry.received_at, LateEntry.id))
    newest = {(row.project_id, row.field): row for row in in_order}
    return [row._asdict() for row in newest.values() if row.state != "waiting"]


def _former_scores(session: Session, this: Round, juror: Juror) -> dict[uuid.UUID, str]:
    """Project → its official score in the round before, "14.50", where the juror may see it: their own sheet of it is
    complete, and the round shows it."""
    former = former_round(session, this) if this.shows_former else None
    mine = completed(session, this, juror.id) if former is not None else set()
    if former is None or not mine:
        return {}
    scores = {uuid.UUID(one.project): scoring.shown(one.score, separator=".") for one in ranking(session, former)}
    return {project: scores.get(project, "") for project in mine}


def _seen_by(project: Project, recused: bool, blind: bool, dossier: str = "", former: str = "") -> dict[str, Any]:
    if recused:
        return {"id": project.id, "number": project.number, "recused": True}
    return {
        "id": project.id,
        "number": project.number,
        "recused": False,
        "title": project.title,
        "structure": "" if blind else project.structure,
        "country": project.country,
        "department": "" if blind else project.department,
        "summary": project.summary,
        "dossier": dossier,
        "former": former,
    }
