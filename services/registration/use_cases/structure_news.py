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
    """The jury's answer, and the sum when there is one; told late, it leaves a sum that was told since."""
    award = data.get("award")
    told = {"state": data["outcome"], "cents": award["cents"] if award else None, "settled_at": at}
    _note(
        session,
        data["structure"],
        {"kind": "result", "thing": str(data["project_id"]), "position": 0},
        {"title": data["project_title"], "about": data["call_title"], "at": at},
        settled=told,
    )


def note_award(session: Session, data: Mapping[str, Any], at: dt.datetime) -> None:
    """The sum that a project has since its result was told: it was changed, or what came free was granted.

    Until it is accepted, what is offered leaves it on the reserve list. Before its result, it waits without a
    structure: only the result names one.
    """
    if "project_id" not in data:
        return
    offered = data.get("offered", False)
    cents = 0 if offered else data["amount"]["cents"]
    state = "selected" if cents else "reserve" if offered or data["reserve"] else "not_selected"
    _write(
        session,
        {"kind": "result", "thing": str(data["project_id"]), "position": 0, "name_key": "", "at": at,
         "title": data["project_title"], "about": data["call_title"]},
        {},
        settled={"state": state, "cents": cents or None, "settled_at": at},
    )  # fmt: skip


def note_articles(session: Session, data: Mapping[str, Any]) -> None:
    """The articles of an issue that is out. An issue never changes afterwards."""
    for position, piece in enumerate(data.get("pieces", [])):
        _note(
            session,
            piece["structure"],
            {"kind": "article", "thing": str(data["issue_id"]), "position": position},
            {"title": piece["title"], "about": data["title"], "url": data["url"], "at": data["published_at"]},
        )


def _note(
    session: Session,
    name: str,
    first: dict[str, Any],
    values: dict[str, Any],
    settled: dict[str, Any] | None = None,
) -> None:
    """What another service told of the structure of that name; without a name, nothing. See `_write`."""
    if not key(name):
        return
    at: dt.datetime = first.get("at") or values["at"]
    settle(session, name, "", at)
    _write(session, first, values | {"name_key": key(name)}, settled or {})


def _write(session: Session, first: dict[str, Any], values: dict[str, Any], settled: dict[str, Any]) -> None:
    """first: what identifies the row, and what only its first telling says. settled: what the latest fact says, with
    its `settled_at`, in whatever order facts arrive."""
    row = {"state": "", "url": ""} | first | values | settled
    statement = insert(StructureNews).values(row)
    if settled:
        later = sa.func.coalesce(StructureNews.settled_at < settled["settled_at"], True)
        chosen = {
            name: sa.case((later, statement.excluded[name]), else_=getattr(StructureNews, name)) for name in settled
        }
        values = values | chosen
    index = ["kind", "thing", "position"]
    session.execute(statement.on_conflict_do_update(index_elements=index, set_=values))
