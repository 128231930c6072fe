"""What the secretary may ask about: who may have a link with which project, and what was set aside already."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import budget
from services.jury.conflicts import File, Member, Suggestion, suggest
from services.jury.models import Application, DismissedLink, Juror, Project
from services.jury.queries.calls import jurors_of, projects_of, recusals_of

_READ = (
    "legal_form",
    "board",
    "partner_contact",
    "authority_name",
    "partner_name",
    *(f"income_label_{row}" for row in range(1, budget.MOST + 1)),
)


@dataclass(frozen=True)
class Links:
    """`open`: to look at; `aside`: set aside, with no reason that is new since. No recusal stands for either."""

    jurors: dict[str, Juror]
    projects: dict[str, Project]
    open: list[Suggestion]
    aside: list[tuple[Suggestion, DismissedLink]]


def links_of(session: Session, call_id: uuid.UUID) -> Links:
    jurors = {str(juror.id): juror for juror in jurors_of(session, call_id)}
    projects = {str(project.id): project for project in projects_of(session, call_id)}
    contents = _contents(session, call_id)
    standing = {(str(one.juror_id), str(one.project_id)) for one in recusals_of(session, call_id)}
    query = sa.select(DismissedLink).join(Juror, Juror.id == DismissedLink.juror_id).where(Juror.call_id == call_id)
    aside = {(str(one.juror_id), str(one.project_id)): one for one in session.scalars(query)}
    found = Links(jurors, projects, [], [])
    members = [
        Member(key, j.first_name, j.last_name, j.email, f"{j.function}\n{j.structure}") for key, j in jurors.items()
    ]
    for one in suggest(members, [file_of(project, contents.get(project.id, {})) for project in projects.values()]):
        pair = one.juror, one.project
        if pair in standing:
            continue
        if pair in aside and {link.reason for link in one.links} <= set(aside[pair].reasons):
            found.aside.append((one, aside[pair]))
        else:
            found.open.append(one)
    return found


def file_of(project: Project, content: Mapping[str, str]) -> File:
    """What a project and the application behind it name. content: empty for a project that was never an application."""
    return File(
        id=str(project.id),
        structure=project.structure,
        bearer_last_name=project.bearer_last_name,
        bearer_email=project.bearer_email,
        is_authority=content.get("legal_form") == "authority",
        board=content.get("board", ""),
        people=content.get("partner_contact", ""),
        authority=content.get("authority_name", ""),
        partners=(content.get("partner_name", ""),),
        funders=tuple(content.get(f"income_label_{row}", "") for row in range(1, budget.MOST + 1)),
    )


def _contents(session: Session, call_id: uuid.UUID) -> dict[uuid.UUID, dict[str, Any]]:
    texts = [Application.content[name].astext.label(name) for name in _READ]
    query = sa.select(Application.project_id, *texts).where(
        Application.call_id == call_id, Application.project_id.is_not(None)
    )
    return {row.project_id: {name: getattr(row, name) or "" for name in _READ} for row in session.execute(query)}
