"""Step 2 of nine: what the other services told of a structure is written down. Next: models/structures.py."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.registration.models.structures import StructureNews
from services.registration.rules.structures import key
from services.registration.use_cases.structures import settle


def note_application(session: Session, data: Mapping[str, Any], at: dt.datetime, **values: Any) -> None:
    """A project that a structure filed, or what became of it: `values` change, the rest is said again."""
    _note(
        session,
        data.get("structure", ""),
        {"kind": "application", "thing": str(data["application_id"]), "position": 0, "state": "filed", "at": at},
        {"title": data["project_title"], "about": data["call_title"]} | values,
    )


def note_result(session: Session, data: Mapping[str, Any], at: dt.datetime) -> None:
    """The jury's answer, and the sum when there is one."""
    award = data.get("award")
    _note(
        session,
        data["structure"],
        {"kind": "result", "thing": str(data["project_id"]), "position": 0},
        {
            "title": data["project_title"],
            "about": data["call_title"],
            "state": data["outcome"],
            "cents": award["cents"] if award else None,
            "at": at,
        },
    )


def note_award(session: Session, data: Mapping[str, Any]) -> None:
    """The sum that a project has since its result was told: it was changed, or what came free was granted."""
    if "project_id" not in data:
        return
    cents = data["amount"]["cents"]
    state = "selected" if cents else "reserve" if data["reserve"] else "not_selected"
    result = (StructureNews.kind == "result", StructureNews.thing == str(data["project_id"]))
    session.execute(sa.update(StructureNews).where(*result).values(state=state, cents=cents or None))


def note_articles(session: Session, data: Mapping[str, Any]) -> None:
    """The articles of an issue that is out. An issue never changes afterwards."""
    for position, piece in enumerate(data.get("pieces", [])):
        _note(
            session,
            piece["structure"],
            {"kind": "article", "thing": str(data["issue_id"]), "position": position},
            {"title": piece["title"], "about": data["title"], "url": data["url"], "at": data["published_at"]},
        )


def _note(session: Session, name: str, first: dict[str, Any], values: dict[str, Any]) -> None:
    """first: what identifies it, and what only its first telling says."""
    if not key(name):
        return
    at: dt.datetime = first.get("at") or values["at"]
    settle(session, name, "", at)
    row = {"state": "", "url": "", "name_key": key(name)} | first | values
    statement = insert(StructureNews).values(row)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["kind", "thing", "position"], set_=values | {"name_key": row["name_key"]}
        )
    )
