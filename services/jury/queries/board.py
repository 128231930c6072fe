"""The chair’s board: who scored what, and how the tablets are."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import rules, running, scoring
from services.jury.models import (
    Device,
    Juror,
    Project,
    Round,
    Stage,
)
from services.jury.queries.late import waiting_late
from services.jury.queries.rounds import jurors_in, projects_in
from services.jury.queries.scores import sheets


@dataclass(frozen=True)
class Tablet:
    """One juror's tablet as the board shows it. `pending`: values it said are not received yet."""

    paired: bool
    epoch: int
    pending: int
    last_seen_at: dt.datetime | None


@dataclass(frozen=True)
class Board:
    """Who scored what. `states`: (juror id, project id) → the state of that sheet. `gone`: who left the jury."""

    version: int
    round: Round
    jurors: Sequence[Juror]
    projects: Sequence[Project]
    tablets: Mapping[uuid.UUID, Tablet]
    states: Mapping[tuple[uuid.UUID, uuid.UUID], scoring.SheetState]
    missing_comments: int
    late: int
    gone: frozenset[uuid.UUID] = frozenset()

    @property
    def expected(self) -> int:
        """Sheets that can still come or did: all but the recused and abstained, and what who left did not end."""
        return sum(self._counts(juror, state) for (juror, _p), state in self.states.items())

    @property
    def complete(self) -> int:
        return sum(1 for state in self.states.values() if state == "complete")

    def done_by(self, juror_id: uuid.UUID) -> int:
        return sum(1 for (j, _p), state in self.states.items() if j == juror_id and state == "complete")

    def wanted_of(self, juror_id: uuid.UUID) -> int:
        return sum(self._counts(j, state) for (j, _p), state in self.states.items() if j == juror_id)

    def _counts(self, juror_id: uuid.UUID, state: scoring.SheetState) -> bool:
        return state == "complete" or (state not in ("recused", "abstained") and juror_id not in self.gone)

    def readings_of(self, project_id: uuid.UUID) -> int:
        return sum(1 for (_j, p), state in self.states.items() if p == project_id and state == "complete")

    @property
    def least(self) -> int:
        """How many complete sheets a project needs for a rank."""
        rulebook = (self.round.frozen or {}).get("rulebook", {})
        return max(1, int(rulebook.get("minimum_readings", 1)))

    @property
    def unranked(self) -> list[Project]:
        """Those that would have no rank if the round closed now."""
        return [one for one in self.projects if self.readings_of(one.id) < self.least]


def board_version(session: Session, round_id: uuid.UUID, now: dt.datetime) -> int | None:
    """Changes with everything that the board shows: with the day, as who is there is told anew; while the running order
    is under way, with every minute, as what is to come is late by one more. None when there is no such
    round. One short query."""
    under_way = sa.and_(Stage.starts_at <= now, Stage.starts_at > now - running.DAY)
    minute = sa.select(sa.literal(int(now.timestamp()) // 60)).where(Stage.round_id == Round.id, under_way)
    query = sa.select(
        Round.version
        + running.day_of(now).toordinal()
        + sa.func.coalesce(minute.scalar_subquery(), 0)
        + sa.func.coalesce(
            sa.select(sa.func.sum(Juror.version)).where(Juror.call_id == Round.call_id).scalar_subquery(), 0
        )
        + sa.func.coalesce(sa.select(sa.func.sum(Device.beats)).where(Device.round_id == Round.id).scalar_subquery(), 0)
    ).where(Round.id == round_id)
    found = session.scalar(query)
    return None if found is None else int(found)


def board(session: Session, this: Round, version: int) -> Board:
    """The whole board, in a fixed number of queries."""
    jurors = jurors_in(session, this)
    projects = projects_in(session, this)
    frozen = this.frozen or {"criteria": []}
    criteria = rules.criteria_of(frozen)
    written = sheets(session, this)
    states = {(uuid.UUID(sheet.juror), uuid.UUID(sheet.project)): scoring.state(criteria, sheet) for sheet in written}
    # In a round opened before required comments decided, such a sheet counts; the chair is told of it all the same.
    asking = rules.criteria_of({**frozen, "comments_count": True})
    devices = sa.select(Device).where(Device.round_id == this.id).order_by(Device.epoch)
    tablets = {device.juror_id: _tablet(device) for device in session.scalars(devices)}
    return Board(
        version=version,
        round=this,
        jurors=jurors,
        projects=projects,
        tablets=tablets,
        states=states,
        missing_comments=sum(scoring.state(asking, sheet) == "uncommented" for sheet in written),
        late=waiting_late(session, this.id),
        gone=frozenset(juror.id for juror in jurors if this.saw(juror.away_since)),
    )


def _tablet(device: Device) -> Tablet:
    paired = device.fenced_at is None
    return Tablet(paired, device.epoch, device.pending if paired else 0, device.last_seen_at)


def tablet_of(session: Session, round_id: uuid.UUID, juror_id: uuid.UUID) -> Tablet | None:
    """The juror's newest tablet in that round, if there ever was one."""
    query = sa.select(Device).where(Device.round_id == round_id, Device.juror_id == juror_id)
    device = session.scalars(query.order_by(Device.epoch.desc()).limit(1)).first()
    return None if device is None else _tablet(device)
