"""Step 2 of a change to the grid of a call: every change is a new version; a round freezes the one it opens with."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import queries
from services.jury.models import Grid
from services.jury.use_cases.calls import add_grid, find_call
from services.jury.use_cases.rulebooks import ChangedMeanwhile
from shared import audit
from shared.errors import RuleError

MOST = 20


def newest(session: Session, call_id: uuid.UUID) -> int:
    """The number of the grid that the call has now; 0 before it has any."""
    return session.scalar(sa.select(sa.func.max(Grid.version)).where(Grid.call_id == call_id)) or 0


def revise(
    session: Session,
    call_id: uuid.UUID,
    criteria: list[dict[str, Any]],
    *,
    seen: int | None = None,
    who: str,
    now: dt.datetime,
) -> int:
    """A new version of the grid with these criteria, in order, for the round that the call is at: those before keep
    what they froze. Refused once it has opened, and when the grid is not the one that was `seen` any more. Returns its
    number."""
    call = find_call(session, call_id, lock=True)
    this = queries.newest_round(session, call.id)
    session.refresh(this, with_for_update=True)
    if this.state != "draft":
        raise RuleError("grid-frozen", "Le tour est ouvert : sa grille est figée.")
    if seen is not None and seen != newest(session, call.id):
        raise ChangedMeanwhile()
    if not 1 <= len(criteria) <= MOST:
        raise RuleError("grid-size", "Une grille a de un à vingt critères.")
    before = _told((one.title, one.weight, one.section) for one in queries.criteria_of(session, call.id))
    version = newest(session, call.id) + 1
    add_grid(session, call.id, criteria, now=now, version=version)
    this.version += 1
    session.flush()
    audit.record(
        session,
        who=who,
        what="revised the grid",
        thing="call",
        thing_id=call.id,
        before=before,
        after=_told((one["title"], one["weight"], one.get("section")) for one in criteria) | {"version": version},
        now=now,
    )
    return version


def _told(criteria: Iterable[tuple[str, int, Mapping[str, Any] | None]]) -> dict[str, Any]:
    """What the journal compares: the weight of each criterion, and the minimum of each section."""
    found: dict[str, Any] = {}
    for title, weight, section in criteria:
        if section:
            found[f"section: {section['title']}"] = section["minimum"]
        found[title] = weight
    return found
