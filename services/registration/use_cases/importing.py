"""Step 2 of nine: people of a file are registered, line by line, as the preview said. Next: registering.py."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.imports import PeopleFile, PeopleFileLine
from services.registration.models.registrations import Registration
from services.registration.rules import people as rules
from services.registration.rules.choices import N_
from services.registration.use_cases import registering
from shared import audit
from shared.errors import NotFound, RuleError

AT_ONCE = 25
"""Lines to a transaction: nobody else who registers waits for longer."""
KEPT = dt.timedelta(days=1)
REPORT_KEPT = dt.timedelta(days=30)


@dataclass(frozen=True)
class Line:
    """A line as it was read: clean answers, or why there are none."""

    line: int
    name: str
    answers: dict[str, Any] | None
    why: str = ""


def keep(
    session: Session, event_id: uuid.UUID, name: str, lines: Sequence[Line], now: dt.datetime, *, who: str
) -> uuid.UUID:
    """Keep the file and say what each line would become; nobody is registered yet."""
    file = PeopleFile(event_id=event_id, name=name[:120], who=who, at=now)
    session.add(file)
    session.flush()
    known = _known(session, event_id)
    seen: set[tuple[str, str]] = set()
    rows = []
    for one in lines:
        outcome = "refused"
        if one.answers is not None:
            person = _person(one.answers)
            outcome = "known" if person in known else "twice" if person in seen else "new"
            seen.add(person)
        answers = one.answers if outcome == "new" else None
        rows.append(
            {
                "file_id": file.id,
                "line": one.line,
                "name": one.name[:300],
                "outcome": outcome,
                "why": one.why[:500],
                "answers": answers,
            }
        )
    session.execute(sa.insert(PeopleFileLine).values(rows))
    return file.id


def expire(session: Session, now: dt.datetime, *, dry_run: bool = False) -> int:
    """Erase the files that nobody confirmed within a day, and the reports of the others after thirty, or count them."""
    unconfirmed = PeopleFile.done_at.is_(None) & (PeopleFile.at < now - KEPT)
    over = list(session.scalars(sa.select(PeopleFile.id).where(unconfirmed | (PeopleFile.at < now - REPORT_KEPT))))
    if not dry_run:
        session.execute(sa.delete(PeopleFile).where(PeopleFile.id.in_(over)))
    return len(over)


def find(session: Session, event_id: uuid.UUID, file_id: uuid.UUID, *, lock: bool = False) -> PeopleFile:
    query = sa.select(PeopleFile).where(PeopleFile.id == file_id, PeopleFile.event_id == event_id)
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound("file-unknown", N_("Ce fichier n’est plus là : chargez-le de nouveau."))
    return found


def register_some(
    session: Session, event_id: uuid.UUID, file_id: uuid.UUID, now: dt.datetime, *, who: str, site: str
) -> int:
    """Register the next lines; 0 when none is left. A line that fails says why, and the others go on."""
    file = find(session, event_id, file_id, lock=True)
    query = (
        sa.select(PeopleFileLine)
        .where(PeopleFileLine.file_id == file_id, PeopleFileLine.outcome == "new")
        .order_by(PeopleFileLine.line)
        .limit(AT_ONCE)
    )
    lines = session.scalars(query).all()
    known = _known(session, event_id)
    for line in lines:
        assert line.answers is not None
        if _person(line.answers) in known:
            line.outcome, line.answers = "known", None
            continue
        _register(session, event_id, line, now, who=who, site=site)
    if not lines and file.done_at is None:
        file.done_at = now
        after = {"file": file.name}
        what = "people imported"
        audit.record(session, who=who, what=what, thing="event", thing_id=event_id, before=None, after=after, now=now)
    return len(lines)


def _register(
    session: Session, event_id: uuid.UUID, line: PeopleFileLine, now: dt.datetime, *, who: str, site: str
) -> None:
    assert line.answers is not None
    # The key is of this file: who cancelled and stands in another file registers anew.
    own = {
        "form_key": f"{line.file_id}-{line.line}",
        "workshops": [uuid.UUID(one) for one in line.answers["workshops"]],
    }
    data = line.answers | own
    try:
        with session.begin_nested():
            made = registering.register(session, event_id, data, now, site=site, noted=("imported", who))
    except RuleError as error:
        if error.status == 503:
            raise  # too busy: nothing of these lines is written, and the next try goes on here
        line.outcome, line.why, line.answers = "refused", str(error.message)[:500], None
        return
    status = session.scalar(sa.select(Registration.status).where(Registration.id == made.registration_id))
    line.outcome, line.registration_id, line.answers = str(status), made.registration_id, None


def _person(answers: dict[str, Any]) -> tuple[str, str]:
    return rules.email_key(answers["email"]), rules.fold(f"{answers['last_name']} {answers['first_name']}")


def _known(session: Session, event_id: uuid.UUID) -> set[tuple[str, str]]:
    query = sa.select(Registration.email_key, Registration.name_key)
    rows = session.execute(query.where(Registration.event_id == event_id, Registration.status != "cancelled"))
    return {(row[0], row[1]) for row in rows}
