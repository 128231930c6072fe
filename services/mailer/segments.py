"""Saving, changing and dropping segments: step 2 of nine. Tables in `models/segments.py`, meaning in `audience.py`."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.mailer.audience import Filter
from services.mailer.models.segments import Segment
from shared import audit
from shared.errors import NotFound, RuleError
from shared.web.words import _


def every(session: Session) -> list[Segment]:
    return list(session.scalars(sa.select(Segment).order_by(Segment.name)))


def get(session: Session, segment_id: uuid.UUID, *, lock: bool = False) -> Segment:
    query = sa.select(Segment).where(Segment.id == segment_id)
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound("segment", _("Ce segment n’existe pas, ou plus."))
    return found


def save(
    session: Session, segment_id: uuid.UUID | None, name: str, asked: Filter, *, who: str, now: dt.datetime
) -> Segment:
    """Make a segment, or change one. Raises RuleError: a filter that asks nothing, a name that is taken."""
    name = " ".join(name.split())
    if asked.everybody:
        raise RuleError("segment-everybody", _("Choisissez au moins un critère : sans cela, c’est toute la liste."))
    # The constraint is what holds against two at once; this is the sentence for one.
    taken = session.scalar(sa.select(Segment.id).where(Segment.name == name))
    if taken is not None and taken != segment_id:
        raise RuleError("segment-name", _("Un autre segment porte déjà ce nom."), field="name")
    if segment_id is None:
        segment = Segment(name=name, filter=asked.kept(), version=1, created_at=now, updated_at=now)
        session.add(segment)
        session.flush()
        _record(session, segment, "created", None, _facts(segment), who, now)
        return segment
    segment = get(session, segment_id, lock=True)
    before = _facts(segment)
    if before != {"name": name, **asked.kept()}:
        segment.name, segment.filter = name, asked.kept()
        segment.version, segment.updated_at = segment.version + 1, now
        session.flush()
        _record(session, segment, "changed", before, _facts(segment), who, now)
    return segment


def drop(session: Session, segment_id: uuid.UUID, *, who: str, now: dt.datetime) -> None:
    """Forget the filter. Campaigns that went to it keep their own copy; the contacts stay."""
    segment = get(session, segment_id, lock=True)
    _record(session, segment, "deleted", _facts(segment), None, who, now)
    session.delete(segment)


def chosen(session: Session, segment_id: uuid.UUID | None, version: int | None = None) -> tuple[str, Filter]:
    """Name and filter of the segment to send to; everybody without one.

    version: the one that the person saw. Raises RuleError when it has been changed since: nobody sends to
    people other than those on their screen.
    """
    if segment_id is None:
        return "", Filter()
    segment = get(session, segment_id, lock=True)
    if version is not None and segment.version != version:
        raise RuleError("segment-changed", _("Ce segment a changé entre-temps : relisez le nombre de personnes."))
    return segment.name, Filter.of(segment.filter)


def _facts(segment: Segment) -> dict[str, object]:
    return {"name": segment.name, **segment.filter}


def _record(
    session: Session,
    segment: Segment,
    what: str,
    before: dict[str, object] | None,
    after: dict[str, object] | None,
    who: str,
    now: dt.datetime,
) -> None:
    audit.record(session, who=who, what=what, thing="segment", thing_id=segment.id, before=before, after=after, now=now)
