"""The room as the chair and the screen see it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import running
from services.jury.models import Arrival, Call, Device, Draw, Gathering, Juror, Pitch, Presence, Project, Round, Stage
from services.jury.queries.rounds import jurors_in, projects_in

LONG_OVER = 60
"""Days after which an event is no longer offered."""


@dataclass(frozen=True)
class Member:
    """A juror in the room: `how` and `at` say who saw it and when. `votes`: whoever left the jury is none of those that
    a quorum is counted from."""

    juror: Juror
    state: running.Standing
    how: str
    at: dt.datetime | None
    votes: bool


@dataclass(frozen=True)
class RoomView:
    """`stage`: None before the running order is made. `bearers`: project → when its bearer came in."""

    stage: Stage | None
    turns: Sequence[running.Turn]
    projects: Mapping[str, Project]
    members: Sequence[Member]
    bearers: Mapping[str, dt.datetime]
    quorum: running.Quorum

    @property
    def current(self) -> Project | None:
        return self.projects[str(self.stage.project_id)] if self.stage and self.stage.project_id else None

    @property
    def next(self) -> running.Turn | None:
        return next((turn for turn in self.turns if turn.state == "to_come"), None)


def room_view(session: Session, this: Round, now: dt.datetime | None = None) -> RoomView:
    """Running order, clock, who is there; in a fixed number of queries. now: for the times of what is to come, and who
    is there today of an event of several days; None where nobody looks at those times, and whoever
    was there on any day counts."""
    stage = session.get(Stage, this.id)
    projects = {str(project.id): project for project in projects_in(session, this)}
    turns = turns_of(session, this, now)
    since = _counts_from(session, this, now)
    came = arrivals(session, this.gathering_id, [*jurors_in(session, this)], list(projects.values()), since)
    members = members_of(session, this, came, since)
    voting = [member.state for member in members if member.votes]
    return RoomView(
        stage,
        turns,
        projects,
        members,
        {key: came[project.id] for key, project in projects.items() if project.id in came},
        running.quorum(voting.count("present"), len(voting), quorum_percent(session, this)),
    )


def turns_of(session: Session, this: Round, now: dt.datetime | None = None) -> list[running.Turn]:
    """The running order. now: None for hours that stay the same until somebody does something."""
    stage = session.get(Stage, this.id)
    if stage is None:
        return []
    pitches = session.scalars(sa.select(Pitch).where(Pitch.round_id == this.id).order_by(Pitch.position))
    return running.timetable(
        stage.starts_at,
        [(str(pitch.project_id), pitch.started_at, pitch.ended_at) for pitch in pitches],
        length=dt.timedelta(seconds=stage.pitch_seconds + stage.questions_seconds),
        pause=dt.timedelta(seconds=stage.pause_seconds),
        now=now,
        until=_runs_out(stage, now),
    )


def _runs_out(stage: Stage, now: dt.datetime | None) -> dt.datetime | None:
    """When what is on is over by its clock, its questions too; None when nothing is on, or it stands and no time is
    asked for."""
    ends = stage.ends_at
    if ends is None and stage.seconds_left is not None and now is not None:
        ends = now + dt.timedelta(seconds=stage.seconds_left)
    questions = stage.questions_seconds if stage.phase == "pitch" else 0
    return None if ends is None else ends + dt.timedelta(seconds=questions)


def _counts_from(session: Session, this: Round, now: dt.datetime | None) -> dt.datetime | None:
    """Since when who was seen is taken to be there `now`; None where any day counts."""
    held = session.get(Gathering, this.gathering_id) if this.gathering_id and now else None
    return running.counts_from(held.starts_at, held.ends_at, now) if held and now else None


def members_of(
    session: Session, this: Round, came: Mapping[uuid.UUID, dt.datetime], since: dt.datetime | None
) -> list[Member]:
    """Every juror, with the newest word about whether they are there. What was said before `since` is over, but an
    excuse, which is often made days ahead, holds for who is not seen."""
    words = sa.select(Presence).where(Presence.round_id == this.id).order_by(Presence.noted_at, Presence.id)
    noted = {one.juror_id: one for one in session.scalars(words)}
    on_tablet = _on_tablets(session, this, since)
    found: list[Member] = []
    for juror in jurors_in(session, this):
        word, arrived = noted.get(juror.id), came.get(juror.id)
        confirmed = on_tablet.get(juror.id)
        seen = arrived is not None or juror.id in on_tablet
        if word is not None and since is not None and word.noted_at < since and (seen or word.state != "excused"):
            word = None
        state = running.standing(
            word.state if word else None, arrived=arrived is not None, on_tablet=juror.id in on_tablet
        )
        how, at = "tablet" if juror.id in on_tablet else "", confirmed
        if word is not None:
            how, at = "secretary", word.noted_at
        elif arrived is not None:
            how, at = "desk", arrived
        found.append(Member(juror, state, how, at, votes=not this.saw(juror.away_since)))
    return found


def _on_tablets(session: Session, this: Round, since: dt.datetime | None) -> dict[uuid.UUID, dt.datetime | None]:
    """Juror → when they were first there by a tablet of this round, having said that it is them. since: only those who
    took or touched it from then on, as a tablet that was left on goes on speaking; None for who had it before."""
    query = (
        sa.select(Juror.id, sa.func.greatest(Juror.confirmed_at, sa.func.min(Device.paired_at)))
        .join(Device, Device.juror_id == Juror.id)
        .where(Device.round_id == this.id, Juror.confirmed_at.is_not(None))
        .group_by(Juror.id)
    )
    if since is not None:
        used = sa.func.max(sa.func.greatest(Device.paired_at, Device.touched_at))
        query = query.having(sa.func.greatest(used, Juror.confirmed_at) >= since)
    return {juror: at if since is None or at >= since else None for juror, at in session.execute(query)}


def presence_of(session: Session, this: Round) -> tuple[list[Member], running.Quorum]:
    """Who took part, for the minutes: who left before the end was there too, and who came to the event on a day before
    the jury's was not."""
    stage = session.get(Stage, this.id)
    view = room_view(session, this, stage.starts_at if stage else None)
    voting = [member.state in ("present", "left") for member in view.members if member.votes]
    return list(view.members), running.quorum(sum(voting), len(voting), quorum_percent(session, this))


def absences_in(session: Session, this: Round) -> dict[uuid.UUID, list[running.Absence]]:
    """Juror → when they were out of the room, of those who were."""
    query = sa.select(Presence).where(Presence.round_id == this.id).order_by(Presence.noted_at, Presence.id)
    noted: dict[uuid.UUID, list[tuple[str, dt.datetime]]] = {}
    for one in session.scalars(query):
        noted.setdefault(one.juror_id, []).append((one.state, one.noted_at))
    return {juror: away for juror, words in noted.items() if (away := running.absences(words))}


def arrivals(
    session: Session,
    gathering_id: uuid.UUID | None,
    jurors: Sequence[Juror],
    projects: Sequence[Project],
    since: dt.datetime | None,
) -> dict[uuid.UUID, dt.datetime]:
    """Juror or project → when the desk of that event let that person in, from `since` on."""
    hashes: dict[str, list[uuid.UUID]] = {}
    for thing, email in [(j.id, j.email) for j in jurors] + [(p.id, p.bearer_email) for p in projects]:
        if email:
            hashes.setdefault(running.address_hash(email), []).append(thing)
    query = sa.select(Arrival.email_hash, Arrival.at).where(
        Arrival.event_id == gathering_id, Arrival.email_hash.in_(hashes), Arrival.undone.is_(False)
    )
    if since is not None:
        query = query.where(Arrival.at >= since)
    return {thing: at for email_hash, at in session.execute(query) for thing in hashes[email_hash]}


def gatherings_for(session: Session, this: Round, now: dt.datetime) -> list[Gathering]:
    """Where the round may be held: what is not long over, soonest first, and what it is held at."""
    open_ = sa.and_(Gathering.ends_at >= now - dt.timedelta(days=LONG_OVER), Gathering.called_off.is_(False))
    fresh = sa.or_(open_, Gathering.id == this.gathering_id)
    return list(session.scalars(sa.select(Gathering).where(fresh).order_by(Gathering.starts_at, Gathering.id)))


def draws_of(session: Session, this: Round) -> list[Draw]:
    return list(session.scalars(sa.select(Draw).where(Draw.round_id == this.id).order_by(Draw.drawn_at, Draw.id)))


def round_of_screen(session: Session, screen_hash: bytes) -> Round | None:
    """The round that a projected view belongs to."""
    query = sa.select(Round).join(Stage, Stage.round_id == Round.id).where(Stage.screen_hash == screen_hash)
    return session.scalar(query)


def quorum_percent(session: Session, this: Round) -> int:
    return int(rulebook_of(session, this).get("quorum_percent", running.QUORUM_PERCENT))


def rulebook_of(session: Session, this: Round) -> Mapping[str, Any]:
    """The rulebook that the round froze; before it does, the call's own."""
    frozen: Mapping[str, Any] | None = (this.frozen or {}).get("rulebook")
    return frozen or session.get_one(Call, this.call_id).rulebook
