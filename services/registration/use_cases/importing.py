"""Step 2 of nine: people of a file are registered, line by line, as the preview said. Next: registering.py.

A short file is registered while the staff wait; a long one by the worker, a few people to a transaction, and a worker
that is ended begins again where the last one stopped (decision 0593).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from services.registration.models.imports import PeopleFile, PeopleFileLine
from services.registration.models.registrations import Registration
from services.registration.rules import people as rules
from services.registration.rules.choices import N_
from services.registration.use_cases import registering, seats
from shared import audit
from shared.errors import NotFound, RuleError

log = structlog.get_logger(__name__)
AT_ONCE = 25
"""Lines to a transaction: nobody else who registers waits for longer."""
SHORT = 50
"""So many people are registered while the page waits."""
KEPT = dt.timedelta(days=1)
REPORT_KEPT = dt.timedelta(days=30)

_NOT_OURS = N_("Une panne a empêché d’inscrire cette personne. Inscrivez-la par le formulaire.")
_OF_THE_LINE = (sa.exc.DataError, sa.exc.IntegrityError)


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
    waits = PeopleFile.confirmed_at.is_(None) & PeopleFile.done_at.is_(None)
    unconfirmed = waits & (PeopleFile.at < now - KEPT)
    over = list(session.scalars(sa.select(PeopleFile.id).where(unconfirmed | (PeopleFile.at < now - REPORT_KEPT))))
    if not dry_run:
        session.execute(sa.delete(PeopleFile).where(PeopleFile.id.in_(over)))
    return len(over)


def forget(session: Session, key: str, name_key: str = "") -> int:
    """Take a person out of the files that wait: whoever asked to be erased is not registered anew by one. Returns how
    many lines.

    key: their address as addresses are compared. name_key: theirs; "" when the address serves nobody else."""
    email = sa.func.lower(PeopleFileLine.answers["email"].astext)
    waiting = session.scalars(sa.select(PeopleFileLine).where(PeopleFileLine.outcome == "new", email == key.lower()))
    theirs = [one for one in waiting if one.answers and (not name_key or _person(one.answers)[1] == name_key)]
    for one in theirs:
        session.delete(one)
    session.flush()
    return len(theirs)


def find(session: Session, event_id: uuid.UUID, file_id: uuid.UUID, *, lock: bool = False) -> PeopleFile:
    query = sa.select(PeopleFile).where(PeopleFile.id == file_id, PeopleFile.event_id == event_id)
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound("file-unknown", N_("Ce fichier n’est plus là : chargez-le de nouveau."))
    return found


def recent(session: Session, event_id: uuid.UUID) -> list[PeopleFile]:
    """The last files of an event: whoever closed the page of one finds it here."""
    query = sa.select(PeopleFile).where(PeopleFile.event_id == event_id)
    return list(session.scalars(query.order_by(PeopleFile.at.desc(), PeopleFile.id).limit(10)))


@dataclass(frozen=True)
class Progress:
    """How many people of a confirmed file are registered, and how many of it are to be."""

    registered: int
    people: int


def progress(session: Session, file_id: uuid.UUID) -> Progress:
    left = sa.func.count().filter(PeopleFileLine.outcome == "new")
    done = sa.func.count().filter(PeopleFileLine.outcome.in_(("confirmed", "wait_listed")))
    row = session.execute(sa.select(done, left).where(PeopleFileLine.file_id == file_id)).one()
    return Progress(row[0], row[0] + row[1])


def confirm(session: Session, event_id: uuid.UUID, file_id: uuid.UUID, now: dt.datetime, *, who: str) -> bool:
    """Its people are to be registered, by `register_some`. Whether they are so few that a page can wait for it."""
    file = find(session, event_id, file_id, lock=True)
    if file.confirmed_at is None:
        file.confirmed_at, file.confirmed_by = now, who
    return progress(session, file_id).people <= SHORT


def confirmed(session: Session) -> list[uuid.UUID]:
    """The files whose people are to be registered, the oldest first."""
    waiting = PeopleFile.confirmed_at.is_not(None) & PeopleFile.done_at.is_(None)
    return list(session.scalars(sa.select(PeopleFile.id).where(waiting).order_by(PeopleFile.confirmed_at)))


def register_some(session: Session, file_id: uuid.UUID, now: dt.datetime, *, site: str) -> int:
    """Register the next lines of a confirmed file; 0 when none is left. A line that fails says why, and the others go
    on. Raises RuleError "seats-busy": nothing of these lines is written, and the next try goes on here."""
    event_id = session.scalar(sa.select(PeopleFile.event_id).where(PeopleFile.id == file_id))
    if event_id is None:
        return 0
    # Before the event is read: whoever calls it off, or changes how its workshops are given, is heard by all of these.
    # And before the file is locked: whoever removes the event does it in this order.
    seats.lock_event(session, event_id)
    file = session.scalar(sa.select(PeopleFile).where(PeopleFile.id == file_id).with_for_update())
    if file is None or file.done_at is not None:
        return 0  # whoever had it before is through with it
    who = file.confirmed_by or file.who
    query = (
        sa.select(PeopleFileLine)
        .where(PeopleFileLine.file_id == file_id, PeopleFileLine.outcome == "new")
        .order_by(PeopleFileLine.line)
        .limit(AT_ONCE)
    )
    lines = session.scalars(query).all()
    known = _known(session, event_id)
    for line in lines:
        if line.answers is not None and _person(line.answers) in known:
            line.outcome, line.answers = "known", None
            continue
        _register(session, event_id, line, now, who=who, site=site)
    if not lines:
        file.done_at = now
        after = {"file": file.name}
        what = "people imported"
        audit.record(session, who=who, what=what, thing="event", thing_id=event_id, before=None, after=after, now=now)
    return len(lines)


def _register(
    session: Session, event_id: uuid.UUID, line: PeopleFileLine, now: dt.datetime, *, who: str, site: str
) -> None:
    try:
        assert line.answers is not None
        # The key is of this file: who cancelled and stands in another file registers anew.
        chosen = {name: [uuid.UUID(one) for one in line.answers.get(name, [])] for name in ("workshops", "wishes")}
        data = line.answers | chosen | {"form_key": f"{line.file_id}-{line.line}"}
        with session.begin_nested():
            made = registering.register(session, event_id, data, now, site=site, noted=("imported", who))
    except RuleError as error:
        if error.status == 503:
            raise
        line.outcome, line.why, line.answers = "refused", str(error.message)[:500], None
        return
    except Exception as problem:
        if isinstance(problem, sa.exc.DBAPIError) and not isinstance(problem, _OF_THE_LINE):
            raise  # the database is ill, not the line
        # One line that cannot be written must not hold those behind it up for ever.
        log.exception("line of a file not registered", file=str(line.file_id), line=line.line)
        line.outcome, line.why, line.answers = "refused", _NOT_OURS, None
        return
    status = session.scalar(sa.select(Registration.status).where(Registration.id == made.registration_id))
    line.outcome, line.registration_id, line.answers = str(status), made.registration_id, None


def _person(answers: dict[str, Any]) -> tuple[str, str]:
    return rules.email_key(answers["email"]), rules.fold(f"{answers['last_name']} {answers['first_name']}")


def _known(session: Session, event_id: uuid.UUID) -> set[tuple[str, str]]:
    query = sa.select(Registration.email_key, Registration.name_key)
    rows = session.execute(query.where(Registration.event_id == event_id, Registration.status != "cancelled"))
    return {(row[0], row[1]) for row in rows}
