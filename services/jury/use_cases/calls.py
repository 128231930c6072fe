"""Step 2 of a change to a call: create it, open it, fill it with projects and jurors, note conflicts.

Each function takes an open transaction, says who acts, and leaves an audit row. Next: rules.py, then models.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from services.jury import announce, deadlines, presets, queries, rules
from services.jury.models import Call, Criterion, Grid, Juror, Pot, Project, Recusal, Round, RoundJuror, RulebookVersion
from services.jury.project_import import LIMITS, Row
from shared import audit
from shared.errors import NotFound, RuleError


def find_call(session: Session, call_id: uuid.UUID, *, lock: bool = False) -> Call:
    """The call, or NotFound. What holds the samples of an exercise is no call."""
    call = session.get(Call, call_id, with_for_update=True if lock else None)
    if call is None or call.kind == "exercise":
        raise NotFound("unknown-call", "Cet appel n’existe pas, ou n’existe plus.")
    return call


def find_round(session: Session, round_id: uuid.UUID, *, lock: bool = False) -> Round:
    """The round, or NotFound. An exercise is no round; only tablets know it."""
    found = session.get(Round, round_id, with_for_update=True if lock else None)
    if found is None or found.rehearses is not None:
        raise NotFound("unknown-round", "Ce tour n’existe pas, ou n’existe plus.")
    return found


def create_tribune(session: Session, data: dict[str, Any], *, who: str, now: dt.datetime) -> Call:
    """A call from the Tribune preset, with its grid. data: title, organiser_name, organiser_email, places, reserve."""
    rulebook = presets.TRIBUNE_RULEBOOK | {"places": data["places"], "reserve": data["reserve"]}
    call = Call(
        kind="tribune",
        title=data["title"],
        rulebook=rulebook,
        rulebook_hash=rules.content_hash(rulebook),
        organiser_name=data["organiser_name"],
        organiser_email=data["organiser_email"],
        closes_at=data.get("closes_at"),
        created_at=now,
    )
    session.add(call)
    session.flush()
    add_grid(session, call.id, presets.TRIBUNE_GRID, now=now)
    session.add(
        RulebookVersion(
            call_id=call.id,
            version=1,
            content=rulebook,
            content_hash=call.rulebook_hash,
            closes_at=call.closes_at,
            made_at=now,
            made_by=who,
        )
    )
    session.add(Round(call_id=call.id, number=1, title="Premier tour", created_at=now))
    session.flush()
    audit.record(
        session,
        who=who,
        what="created",
        thing="call",
        thing_id=call.id,
        before=None,
        after={"title": call.title, "rulebook": rulebook},
        now=now,
    )
    return call


def add_grid(
    session: Session, call_id: uuid.UUID, criteria: list[dict[str, Any]], *, now: dt.datetime, version: int = 1
) -> None:
    """A grid of a call: the first one, from a preset, or a later version of it."""
    grid = Grid(call_id=call_id, version=version, created_at=now)
    session.add(grid)
    session.flush()
    for position, preset in enumerate(criteria, start=1):
        session.add(
            Criterion(
                grid_id=grid.id,
                position=position,
                title=preset["title"],
                title_en=preset.get("title_en", ""),
                help=preset["help"],
                weight=preset["weight"],
                max_level=preset["max"],
                minimum=preset["minimum"],
                comment_required_for=preset["comment_required_for"],
                levels=preset["levels"],
                section=preset.get("section"),
            )
        )


def open_call(session: Session, call_id: uuid.UUID, *, url: str, who: str, now: dt.datetime) -> Call:
    """Announce the call to the world; opening it twice changes nothing. Not one that nobody could answer any more."""
    call = find_call(session, call_id, lock=True)
    if call.state != "draft":
        return call
    if not deadlines.is_open(now, call.closes_at) and queries.newest_round(session, call.id).state == "draft":
        raise RuleError("closed-already", "Le dernier jour de cet appel est passé : changez-le, puis rendez-le public.")
    call.state, call.opened_at = "open", now
    announce.call_opened(session, call, url=url)
    audit.record(
        session,
        who=who,
        what="opened",
        thing="call",
        thing_id=call.id,
        before={"state": "draft"},
        after={"state": "open"},
        now=now,
    )
    return call


def remove_draft(session: Session, call_id: uuid.UUID, *, who: str, now: dt.datetime) -> None:
    """A call made by mistake goes with its grid and rulebook. Refused once it was public, or somebody is in it."""
    call = find_call(session, call_id, lock=True)
    if call.state != "draft":
        raise RuleError("call-known", "Cet appel est public : il ne s’efface plus.")
    title = call.title
    rounds, grids = (sa.select(model.id).where(model.call_id == call.id) for model in (Round, Grid))
    try:
        with session.begin_nested():
            # The trigger that keeps each version of a rulebook lets this transaction take it out, and no other.
            session.execute(sa.text("SET LOCAL agora.removal = 'on'"))
            session.execute(sa.delete(Pot).where(Pot.round_id.in_(rounds)))
            session.execute(sa.delete(Criterion).where(Criterion.grid_id.in_(grids)))
            for model in (Grid, RulebookVersion, Round):
                session.execute(sa.delete(model).where(model.call_id == call.id))
            session.execute(sa.delete(Call).where(Call.id == call.id))
            session.execute(sa.text("SET LOCAL agora.removal = 'off'"))
    except IntegrityError as refused:
        raise RuleError(
            "call-used", "Cet appel a déjà des projets, des membres ou une séance préparée : il ne s’efface plus."
        ) from refused
    before = {"title": title}
    audit.record(session, who=who, what="removed", thing="call", thing_id=call_id, before=before, after=None, now=now)


def import_projects(
    session: Session, call_id: uuid.UUID, rows: list[Row], *, who: str, now: dt.datetime
) -> tuple[int, int]:
    """Add the projects of a checked file; a number that exists is updated. Returns (added, updated)."""
    call = find_call(session, call_id, lock=True)
    refuse_once_chosen(session, call.id)
    known = {p.number: p for p in session.scalars(sa.select(Project).where(Project.call_id == call.id))}
    next_number = max(known, default=0) + 1
    taken = set(known) | {row.number for row in rows if row.number}
    added = updated = 0
    for row in rows:
        number = row.number
        if number is None:
            while next_number in taken:
                next_number += 1
            number = next_number
            taken.add(number)
        project = known.get(number)
        if project is None:
            project = Project(call_id=call.id, number=number, created_at=now, **dict.fromkeys(LIMITS, ""))
            session.add(project)
            added += 1
        else:
            updated += 1
        before = {name: getattr(project, name) for name in row.fields}
        for name, value in row.fields.items():
            setattr(project, name, value)
        if number in known:
            _note_changes(session, project, before, row.fields, who, now)
    touch_rounds(session, call.id)
    audit.record(
        session,
        who=who,
        what="imported projects",
        thing="call",
        thing_id=call.id,
        before=None,
        after={"added": added, "updated": updated},
        now=now,
    )
    return added, updated


def _note_changes(
    session: Session, project: Project, before: dict[str, str], after: dict[str, str], who: str, now: dt.datetime
) -> None:
    changed = [name for name in after if after[name] != before[name]]
    if changed:
        audit.record(
            session,
            who=who,
            what="changed",
            thing="project",
            thing_id=project.id,
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
            now=now,
        )


def add_juror(session: Session, call_id: uuid.UUID, data: dict[str, Any], *, who: str, now: dt.datetime) -> Juror:
    """data: first_name, last_name, function, structure, email, chairs. Refuses the same name twice in one jury.

    They sit in the round that the call is at."""
    call = find_call(session, call_id, lock=True)
    refuse_after_closing(session, call.id)
    refuse_twin(session, call.id, data)
    juror = Juror(call_id=call.id, created_at=now, **data)
    session.add(juror)
    session.flush()
    this = queries.newest_round(session, call.id)
    if this.chosen:
        session.add(RoundJuror(round_id=this.id, juror_id=juror.id))
    touch_rounds(session, call.id)
    audit.record(
        session,
        who=who,
        what="appointed",
        thing="juror",
        thing_id=juror.id,
        before=None,
        after={"first_name": juror.first_name, "last_name": juror.last_name},
        now=now,
    )
    return juror


def refuse_twin(session: Session, call_id: uuid.UUID, data: dict[str, Any], besides: uuid.UUID | None = None) -> None:
    """Two members of one name cannot be told apart on a code, a board or in minutes. besides: the member changed."""
    same = sa.select(Juror.id).where(
        Juror.call_id == call_id,
        Juror.id.is_distinct_from(besides),
        sa.func.lower(Juror.first_name) == data["first_name"].lower(),
        sa.func.lower(Juror.last_name) == data["last_name"].lower(),
    )
    if session.scalar(same.limit(1)) is not None:
        raise RuleError(
            "juror-exists",
            "Quelqu’un de ce nom fait déjà partie de ce jury.",
            field="last_name",
        )


def recuse(
    session: Session,
    juror: Juror,
    project_id: uuid.UUID,
    *,
    kind: str,
    note: str,
    who: str,
    now: dt.datetime,
) -> bool:
    """Note a conflict of a juror whose row is locked; at any time until the minutes are signed.

    Returns False when that recusal already stands. A sheet that was begun stays in the history and no longer
    counts.
    """
    project = session.get(Project, project_id)
    if project is None or project.call_id != juror.call_id:
        raise NotFound("unknown-project", "Ce projet ne fait pas partie de cet appel.")
    _refuse_after_signing(session, juror.call_id)
    standing = session.scalar(
        sa.select(Recusal.id).where(
            Recusal.juror_id == juror.id, Recusal.project_id == project.id, Recusal.lifted_at.is_(None)
        )
    )
    if standing is not None:
        return False
    session.add(
        Recusal(juror_id=juror.id, project_id=project.id, kind=kind, note=note, declared_at=now, declared_by=who)
    )
    juror.version += 1
    audit.record(
        session,
        who=who,
        what="recused",
        thing="juror",
        thing_id=juror.id,
        before=None,
        after={"project": project.number, "kind": kind},
        now=now,
    )
    return True


def lift_recusal(session: Session, recusal_id: uuid.UUID, *, who: str, now: dt.datetime) -> None:
    """A recusal declared by mistake; it stays on record with who lifted it."""
    recusal = session.get(Recusal, recusal_id)
    if recusal is None or recusal.lifted_at is not None:
        raise NotFound("unknown-recusal", "Cette récusation n’existe pas, ou est déjà levée.")
    juror = lock_juror(session, recusal.juror_id)
    _refuse_after_signing(session, juror.call_id)
    session.refresh(recusal, with_for_update=True)
    if recusal.lifted_at is not None:
        return
    recusal.lifted_at, recusal.lifted_by = now, who
    juror.version += 1
    audit.record(
        session,
        who=who,
        what="lifted recusal",
        thing="juror",
        thing_id=juror.id,
        before={"project": str(recusal.project_id), "kind": recusal.kind},
        after=None,
        now=now,
    )


def lock_juror(session: Session, juror_id: uuid.UUID) -> Juror:
    """The juror, locked until the transaction ends: this serialises everything that concerns one juror."""
    juror = session.get(Juror, juror_id, with_for_update=True)
    if juror is None:
        raise NotFound("unknown-juror", "Ce membre du jury n’existe pas.")
    return juror


def refuse_left(this: Round) -> None:
    """The next round was made on the ranking of this one."""
    if this.left_at is not None:
        raise RuleError("round-left", "Le tour suivant est fait sur ce classement : il ne change plus.")


def refuse_once_chosen(session: Session, call_id: uuid.UUID) -> None:
    """No project comes to a later round, nor changes, but from the round before."""
    refuse_after_closing(session, call_id)
    if queries.newest_round(session, call_id).chosen:
        raise RuleError("round-chosen", "Un premier tour est clos : les projets de l’appel ne changent plus.")


def refuse_after_closing(session: Session, call_id: uuid.UUID) -> None:
    _refuse_in(session, call_id, ("closed", "signed"), "Le tour est clos : projets et jury ne changent plus.")


def _refuse_after_signing(session: Session, call_id: uuid.UUID) -> None:
    _refuse_in(session, call_id, ("signed",), "Le procès-verbal est signé : les récusations ne changent plus.")


def _refuse_in(session: Session, call_id: uuid.UUID, states: tuple[str, ...], message: str) -> None:
    """states: of the round that the call is at."""
    # FOR SHARE: a round cannot be closed or signed between this check and the end of the transaction.
    this = queries.newest_round(session, call_id)
    session.refresh(this, with_for_update={"read": True})
    if this.state in states:
        raise RuleError("round-closed", message)


def touch_rounds(session: Session, call_id: uuid.UUID) -> None:
    session.execute(
        sa.update(Round)
        .where(Round.call_id == call_id)
        .values(version=Round.version + 1)
        .execution_options(synchronize_session=False)
    )
