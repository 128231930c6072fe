"""The journal of a call: what was done to it and to all that belongs to it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury.models import Application, Award, Expert, Juror, Pot, Project, PublicVote, Report, Round
from shared.audit import audit_entries

AT_ONCE = 200


@dataclass(frozen=True)
class Happening:
    """thing: the kind of thing, as the audit calls it. about: the project, member or application it was done to, "" for
    the call or its round. who: a staff e-mail, "applicant", or the name of the juror or expert who did it. why: the
    reason that was given, if one was."""

    id: uuid.UUID
    at: dt.datetime
    what: str
    thing: str
    about: str
    who: str
    why: str


def journal_of(
    session: Session, call_id: uuid.UUID, *, before: uuid.UUID | None = None
) -> tuple[list[Happening], bool]:
    """Newest first, at most AT_ONCE, and whether there is more. before: only what is older than that entry."""
    entries = audit_entries.c
    query = sa.select(audit_entries).where(entries.thing_id.in_(_things(call_id)))
    if before is not None:
        last = audit_entries.alias().c
        at = sa.select(last.at).where(last.id == before).scalar_subquery()
        query = query.where(sa.tuple_(entries.at, entries.id) < sa.tuple_(at, before))
    rows = session.execute(query.order_by(entries.at.desc(), entries.id.desc()).limit(AT_ONCE + 1)).all()
    return _told(session, call_id, rows[:AT_ONCE]), len(rows) > AT_ONCE


def _things(call_id: uuid.UUID) -> sa.CompoundSelect[tuple[str]]:
    """The ids, as the journal writes them, of the call and of what belongs to it."""
    rounds = sa.select(Round.id).where(Round.call_id == call_id)
    pots = sa.select(Pot.id).where(Pot.round_id.in_(rounds))
    awards = sa.select(Award.id).where(Award.pot_id.in_(pots))
    mine = [sa.select(model.id).where(model.call_id == call_id) for model in (Juror, Project, Application)]
    mine += [rounds, pots, awards, sa.select(Report.id).where(Report.award_id.in_(awards))]
    mine += [sa.select(PublicVote.id).where(PublicVote.round_id.in_(rounds))]
    texts = [sa.select(sa.cast(one.subquery().c.id, sa.Text)) for one in mine]
    return sa.union_all(sa.select(sa.literal(str(call_id))), sa.select(_removed(call_id).c.thing_id), *texts)


def _removed(call_id: uuid.UUID) -> sa.Subquery:
    """Members appointed by mistake, whom nothing but the journal names any more."""
    entries = audit_entries.c
    return (
        sa.select(entries.thing_id, entries.before)
        .where(
            entries.thing == "juror",
            entries.what == "removed a member",
            entries.after["call"].astext == str(call_id),
        )
        .subquery()
    )


def _told(session: Session, call_id: uuid.UUID, rows: Sequence[sa.Row[tuple[object, ...]]]) -> list[Happening]:
    jurors = {
        str(one.id): f"{one.first_name} {one.last_name}"
        for one in session.scalars(sa.select(Juror).where(Juror.call_id == call_id))
    }
    removed = session.execute(sa.select(_removed(call_id)))
    jurors |= {id: f"{before['first_name']} {before['last_name']}" for id, before in removed}
    projects = session.scalars(sa.select(Project).where(Project.call_id == call_id))
    names = jurors | {str(one.id): f"{one.number}. {one.title}" for one in projects}
    filed = sa.select(Application.id, Application.reference).where(Application.call_id == call_id)
    names |= {str(id): reference for id, reference in session.execute(filed)}
    people = jurors | _experts(session, rows)
    found = []
    for row in rows:
        after = row.after or {}
        about = [names.get(key, "") for key in (row.thing_id, after.get("juror"), after.get("project")) if key]
        who = people.get(row.who.partition(":")[2], row.who)
        why = after.get("why") or after.get("reason") or ""
        said = ", ".join(dict.fromkeys(one for one in about if one))
        found.append(Happening(row.id, row.at, row.what, row.thing, said, who, str(why)))
    return found


def _experts(session: Session, rows: Sequence[sa.Row[tuple[object, ...]]]) -> dict[str, str]:
    """The names of the experts who did any of this."""
    ids = {row.who.removeprefix("expert:") for row in rows if row.who.startswith("expert:")}
    found = session.scalars(sa.select(Expert).where(Expert.id.in_(ids))) if ids else ()
    return {str(one.id): one.name for one in found}
