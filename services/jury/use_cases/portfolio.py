"""Step 2 of an import into the portfolio: projects of earlier years, each once. Next: models/portfolio.py."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.jury.models import PastProject
from services.jury.queries.portfolio import of_calls
from shared import audit
from shared.db import new_id

KEYS = ("year", "title", "structure")


def import_past(session: Session, rows: list[dict[str, Any]], *, who: str, now: dt.datetime) -> tuple[int, int]:
    """Add the rows; one that is there already (year, title, structure) takes what the file says anew, and keeps what
    the file has no column for. One that is a project of a call stands in the portfolio already: a file that was written
    here comes back without doubling it. Returns (rows kept, projects of calls left as they are)."""
    ours = {(one.year, one.title, one.structure) for one in of_calls(session)}
    past = [row for row in rows if tuple(row[key] for key in KEYS) not in ours]
    if past:
        added = insert(PastProject)
        columns = {name: added.excluded[name] for name in past[0] if name not in KEYS}
        changed = columns | {"imported_at": added.excluded.imported_at}
        session.execute(
            added.on_conflict_do_update(index_elements=KEYS, set_=changed),
            [row | {"id": new_id(), "imported_at": now} for row in past],
        )
    audit.record(
        session,
        who=who,
        what="imported",
        thing="portfolio",
        thing_id="past",
        before=None,
        after={"rows": len(past)},
        now=now,
    )
    return len(past), len(rows) - len(past)
