"""What one tablet gets: its own juror’s data and nobody else’s."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury.models import (
    Device,
    Juror,
    Project,
    Recusal,
    Round,
    ScoreCell,
)
from services.jury.queries.calls import projects_of
from services.jury.queries.scores import assigned


def pack_version(juror: Juror, this: Round) -> int:
    """Grows with everything that the pack of that juror shows."""
    return juror.version + this.version


def pack(session: Session, device: Device, *, now: dt.datetime) -> dict[str, Any]:
    """Everything one tablet needs: nobody else's scores, nothing of a project its juror is recused from, only what the
    juror was given to read; in a blind round not who bears it."""
    juror = session.get_one(Juror, device.juror_id)
    this = session.get_one(Round, device.round_id)
    frozen = this.frozen or {"grid_id": "", "criteria": []}
    recused = set(
        session.scalars(sa.select(Recusal.project_id).where(Recusal.juror_id == juror.id, Recusal.lifted_at.is_(None)))
    )
    given = assigned(session, this, juror.id)
    projects = [
        project for project in projects_of(session, this.call_id) if given is None or (juror.id, project.id) in given
    ]
    shown = {project.id for project in projects} - recused
    cells = session.scalars(sa.select(ScoreCell).where(ScoreCell.round_id == this.id, ScoreCell.juror_id == juror.id))
    return {
        "version": pack_version(juror, this),
        "server_time": now,
        "round": {
            "id": this.id,
            "title": this.title,
            "state": "open" if this.state == "open" else "closed",
            "blind": this.blind,
            "shows_others": this.shows_others,
        },
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
        "projects": [_seen_by(project, project.id in recused, this.blind) for project in projects],
        "cells": [
            {"project_id": c.project_id, "field": c.field, "value": c.value, "version": c.version}
            for c in cells
            if c.project_id in shown
        ],
    }


def _seen_by(project: Project, recused: bool, blind: bool) -> dict[str, Any]:
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
    }
