"""Step 2 of an import into the portfolio: projects of earlier years, each once. Next: models/portfolio.py."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.jury.models import PastProject
from shared import audit
from shared.db import new_id


def import_past(session: Session, rows: list[dict[str, Any]], *, who: str, now: dt.datetime) -> int:
    """Add the rows; one that is there already (year, title, structure) takes what the file says anew, and
    keeps what the file has no column for. Returns how many."""
    for row in rows:
        values = row | {"id": new_id(), "imported_at": now}
        keys = ["year", "title", "structure"]
        changed = {key: value for key, value in row.items() if key not in keys} | {"imported_at": now}
        session.execute(insert(PastProject).values(values).on_conflict_do_update(index_elements=keys, set_=changed))
    audit.record(
        session,
        who=who,
        what="imported",
        thing="portfolio",
        thing_id="past",
        before=None,
        after={"rows": len(rows)},
        now=now,
    )
    return len(rows)
