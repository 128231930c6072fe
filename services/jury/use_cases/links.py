"""Step 2 of a suggested link: the secretary notes the recusal, sets the suggestion aside, or looks at it again.

What was suggested is found anew from the data: nothing that the page sends says why. Next: conflicts.py.
"""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy.orm import Session

from services.jury import queries
from services.jury.conflicts import Suggestion
from services.jury.models import DismissedLink
from services.jury.use_cases import calls
from shared import audit
from shared.errors import NotFound


def confirm(
    session: Session,
    call_id: uuid.UUID,
    juror_id: uuid.UUID,
    project_id: uuid.UUID,
    note: str,
    *,
    who: str,
    now: dt.datetime,
) -> None:
    """The link is real: the recusal stands from now on, with what was suggested as its note."""
    suggestion = find(session, call_id, juror_id, project_id)
    juror = calls.lock_juror(session, juror_id)
    calls.recuse(session, juror, project_id, kind=suggestion.kind, note=note, who=who, now=now)


def dismiss(
    session: Session, call_id: uuid.UUID, juror_id: uuid.UUID, project_id: uuid.UUID, *, who: str, now: dt.datetime
) -> None:
    """There is no such link: it is not asked again, unless another reason appears."""
    suggestion = find(session, call_id, juror_id, project_id)
    calls.lock_juror(session, juror_id)
    reasons = [link.reason for link in suggestion.links]
    session.merge(
        DismissedLink(juror_id=juror_id, project_id=project_id, reasons=reasons, dismissed_at=now, dismissed_by=who)
    )
    _note(session, who, "set a link aside", juror_id, {"project": str(project_id), "reasons": reasons}, now)


def recall(
    session: Session, call_id: uuid.UUID, juror_id: uuid.UUID, project_id: uuid.UUID, *, who: str, now: dt.datetime
) -> None:
    """Ask again about a link that was set aside."""
    find(session, call_id, juror_id, project_id)
    calls.lock_juror(session, juror_id)
    aside = session.get(DismissedLink, (juror_id, project_id))
    if aside is None:
        return
    session.delete(aside)
    _note(session, who, "asks about a link again", juror_id, {"project": str(project_id)}, now)


def find(session: Session, call_id: uuid.UUID, juror_id: uuid.UUID, project_id: uuid.UUID) -> Suggestion:
    """The suggestion about this juror and project as the data give it now."""
    calls.find_call(session, call_id)
    links = queries.links_of(session, call_id)
    pair = str(juror_id), str(project_id)
    for one in (*links.open, *(aside for aside, _row in links.aside)):
        if (one.juror, one.project) == pair:
            return one
    raise NotFound("unknown-link", "Ce lien n’est plus suggéré : les données ont changé, ou le retrait est noté.")


def _note(
    session: Session, who: str, what: str, juror_id: uuid.UUID, after: dict[str, object], now: dt.datetime
) -> None:
    audit.record(session, who=who, what=what, thing="juror", thing_id=juror_id, before=None, after=after, now=now)
