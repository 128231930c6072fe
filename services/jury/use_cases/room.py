"""Step 2 of the day: the running order, the clock, the projected view, who is there. Next: models."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.jury import deliberation, queries, running
from services.jury.models import Arrival, Gathering, Juror, Pitch, Presence, Project, Round, Stage
from services.jury.use_cases import slots
from services.jury.use_cases.calls import find_round
from shared import audit
from shared.db import hash_token, new_token
from shared.errors import NotFound, RuleError


def plan(session: Session, round_id: uuid.UUID, data: dict[str, Any], *, who: str, now: dt.datetime) -> Stage:
    """When the day begins and how long a turn is. data: starts_at, pitch, questions, pause (minutes), order: "numbers",
    "walking" or "keep". Projects that were on already keep their place."""
    this = _hold(session, round_id)
    stage = session.get(Stage, this.id)
    values = {
        "starts_at": data["starts_at"],
        "pitch_seconds": data["pitch"] * 60,
        "questions_seconds": data["questions"] * 60,
        "pause_seconds": data["pause"] * 60,
    }
    if stage is None:
        stage = Stage(round_id=this.id, **values)
        session.add(stage)
    for name, value in values.items():
        setattr(stage, name, value)
    _order(session, this, data["order"])
    this.version += 1
    after = {name: str(value) for name, value in values.items()} | {"order": data["order"]}
    _note(session, this, who, "planned the day", after, now)
    return stage


def shift(
    session: Session, round_id: uuid.UUID, project_id: uuid.UUID, step: int, *, who: str, now: dt.datetime
) -> None:
    """Move a project that is still to come one place up (-1) or down (1)."""
    this = _hold(session, round_id)
    pitches = _pitches(session, this)
    at = next((i for i, one in enumerate(pitches) if one.project_id == project_id), None)
    if at is None:
        raise NotFound("unknown-project", "Ce projet ne fait pas partie de cet appel.")
    other = at + (1 if step > 0 else -1)
    if not 0 <= other < len(pitches) or pitches[at].started_at or pitches[other].started_at:
        raise RuleError(
            "order", "Ce projet ne peut pas aller plus loin : l’autre est déjà passé, ou la liste finit là."
        )
    mine, theirs = pitches[at], pitches[other]
    mine.position, theirs.position = theirs.position, mine.position
    this.version += 1
    _note(session, this, who, "moved in the running order", {"project": str(project_id), "place": mine.position}, now)


def clock(
    session: Session,
    round_id: uuid.UUID,
    action: str,
    project_id: uuid.UUID | None,
    *,
    seen: str | None = None,
    who: str,
    now: dt.datetime,
) -> None:
    """action: next, pitch, questions, pause, resume, stop. `next` takes the first project still to come.

    seen: the id of the project that was on where the button was pressed, or "none": a second press, or one at
    another window, passes over nobody."""
    this = _hold(session, round_id)
    stage = session.get(Stage, this.id)
    if stage is None:
        raise RuleError("no-plan", "Préparez d’abord l’ordre de passage.")
    if seen is not None and seen != str(stage.project_id or "none"):
        raise RuleError(
            "clock-since",
            "Le projet en cours vient de changer, d’un double appui ou à un autre poste : rien d’autre n’est fait.",
        )
    pitches = {one.project_id: one for one in _pitches(session, this)}
    if action in ("next", "pitch"):
        if action == "next":
            project_id = next((key for key, one in pitches.items() if one.started_at is None), None)
        if project_id not in pitches:
            raise RuleError("no-next", "Il ne reste aucun projet à appeler.")
        _end(stage, pitches, now)
        pitch = pitches[project_id]
        pitch.started_at, pitch.ended_at = pitch.started_at or now, None
        _run(stage, "pitch", project_id, stage.pitch_seconds, now)
    elif stage.project_id is None:
        raise RuleError("clock", "Aucun projet n’est en cours.")
    elif action == "questions":
        _run(stage, "questions", stage.project_id, stage.questions_seconds, now)
    elif action == "pause":
        if stage.ends_at is not None:
            stage.seconds_left, stage.ends_at = round((stage.ends_at - now).total_seconds()), None
    elif action == "resume":
        if stage.seconds_left is not None:
            stage.ends_at, stage.seconds_left = now + dt.timedelta(seconds=stage.seconds_left), None
    else:
        _end(stage, pitches, now)
    this.version += 1
    after = {"action": action, "project": str(stage.project_id) if stage.project_id else None}
    _note(session, this, who, "set the clock", after, now)


def open_screen(session: Session, round_id: uuid.UUID, *, who: str, now: dt.datetime) -> str:
    """A new address for the projected view; the one before opens nothing any more. Only its hash is kept."""
    this = _hold(session, round_id)
    stage = session.get(Stage, this.id)
    if stage is None:
        raise RuleError("no-plan", "Préparez d’abord l’ordre de passage.")
    token = new_token()
    stage.screen_hash = hash_token(token)
    _note(session, this, who, "opened a projected view", None, now)
    return token


def note_presence(
    session: Session, round_id: uuid.UUID, juror_id: uuid.UUID, state: str, *, who: str, now: dt.datetime
) -> None:
    """The secretary's word about a juror: present, excused, left."""
    this = _hold(session, round_id)
    _not_signed(this)
    juror = session.get(Juror, juror_id)
    if juror is None or not queries.sits(session, this, juror):
        raise NotFound("unknown-juror", "Ce membre du jury n’existe pas.")
    session.add(Presence(round_id=this.id, juror_id=juror.id, state=state, noted_at=now, noted_by=who))
    this.version += 1
    _note(session, this, who, "noted presence", {"juror": str(juror.id), "state": state}, now)


def hold_at(
    session: Session, round_id: uuid.UUID, gathering_id: uuid.UUID | None, *, who: str, now: dt.datetime
) -> None:
    """Name the event whose desk says who is in the room; None: no desk says it any more."""
    this = _hold(session, round_id)
    _not_signed(this)
    gathering = session.get(Gathering, gathering_id) if gathering_id else None
    if gathering_id and gathering is None:
        raise NotFound("unknown-event", "Cet évènement n’existe pas.")
    this.gathering_id = gathering_id
    slots.move(session, this)
    this.version += 1
    after = {"event": gathering.title if gathering else None}
    _note(session, this, who, "named the event of the room", after, now)


def know_gathering(session: Session, data: dict[str, Any], *, called_off: bool = False) -> None:
    """An event was published, or changed, or does not take place: called off, or a draft again."""
    row = {name: data[name] for name in ("title", "starts_at", "ends_at", "place")} | {"called_off": called_off}
    stored = insert(Gathering).values(id=uuid.UUID(str(data["event_id"])), **row)
    session.execute(stored.on_conflict_do_update(index_elements=["id"], set_=row))


def arrived(session: Session, data: dict[str, Any], *, undone: bool) -> None:
    """What the desk of an event says; the boards of the rounds held there show at once who is on them."""
    row = {
        "registration_id": uuid.UUID(str(data["registration_id"])),
        "event_id": uuid.UUID(str(data["event_id"])),
        "email_hash": data["email_hash"],
        "at": data["at"],
        "undone": undone,
    }
    stored = insert(Arrival).values(row)
    session.execute(stored.on_conflict_do_update(index_elements=["registration_id"], set_=row))
    people = sa.union_all(
        sa.select(Juror.call_id, Juror.email), sa.select(Project.call_id, Project.bearer_email)
    ).subquery()
    here = sa.and_(Round.gathering_id == row["event_id"], Round.state != "signed")
    calls_here = sa.select(Round.call_id).where(here)
    known = session.execute(sa.select(people.c.call_id, people.c.email).where(people.c.call_id.in_(calls_here)))
    calls = {call for call, email in known if email and running.address_hash(email) == data["email_hash"]}
    if calls:
        touched = sa.update(Round).where(Round.call_id.in_(calls), here)
        session.execute(touched.values(version=Round.version + 1).execution_options(synchronize_session=False))


def _hold(session: Session, round_id: uuid.UUID) -> Round:
    return find_round(session, round_id, lock=True)


def _not_signed(this: Round) -> None:
    if this.state == "signed":
        raise RuleError("round-state", "Le procès-verbal est signé : les présences ne changent plus.")


def _pitches(session: Session, this: Round) -> list[Pitch]:
    return list(session.scalars(sa.select(Pitch).where(Pitch.round_id == this.id).order_by(Pitch.position)))


def _order(session: Session, this: Round, how: str) -> None:
    held = {str(one.project_id): one for one in _pitches(session, this)}
    gone = [key for key, one in held.items() if one.started_at is not None]
    numbers = [str(project.id) for project in queries.projects_in(session, this)]
    if how == "walking":
        outside: dict[str, set[str]] = {}
        for recusal in queries.recusals_in(session, this):
            outside.setdefault(str(recusal.project_id), set()).add(str(recusal.juror_id))
        wanted = deliberation.least_walking(numbers, outside)
    else:
        wanted = [*held, *(key for key in numbers if key not in held)] if how == "keep" else numbers
    order = gone + [key for key in wanted if key not in gone]
    for position, key in enumerate(order, start=1):
        if key in held:
            held[key].position = position
        else:
            session.add(Pitch(round_id=this.id, project_id=uuid.UUID(key), position=position))
    session.flush()


def _run(stage: Stage, phase: str, project_id: uuid.UUID | None, seconds: int, now: dt.datetime) -> None:
    stage.phase, stage.project_id = phase, project_id
    stage.ends_at, stage.seconds_left = now + dt.timedelta(seconds=seconds), None


def _end(stage: Stage, pitches: dict[uuid.UUID, Pitch], now: dt.datetime) -> None:
    if stage.project_id is not None and stage.project_id in pitches:
        pitches[stage.project_id].ended_at = now
    stage.phase, stage.project_id, stage.ends_at, stage.seconds_left = "idle", None, None, None


def _note(session: Session, this: Round, who: str, what: str, after: dict[str, Any] | None, now: dt.datetime) -> None:
    audit.record(session, who=who, what=what, thing="round", thing_id=this.id, before=None, after=after, now=now)
