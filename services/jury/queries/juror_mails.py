"""What was written to the jurors of a round, and the link that each of them holds."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury.models import Device, Juror, JurorMail, PairingCode, Round
from services.jury.queries.readings import behind
from services.jury.queries.rounds import jurors_in
from shared.clock import PARIS


@dataclass(frozen=True)
class Reached:
    """A juror and the mails that they got. `sent`: kind → when, the last time. `link_until`: of the mailed link that
    still waits to be used. `left`: sheets to fill, 0 before the round opens."""

    juror: Juror
    paired: bool
    left: int
    link_until: dt.datetime | None
    sent: Mapping[str, dt.datetime] = field(default_factory=dict)

    def reminded_on(self, day: dt.date) -> bool:
        at = self.sent.get("reminded")
        return at is not None and at.astimezone(PARIS).date() == day

    def to_remind(self, day: dt.date) -> bool:
        """They have not finished, have an address, and got no reminder that day."""
        return bool(self.left and self.juror.email) and not self.reminded_on(day)


def reached(session: Session, this: Round, now: dt.datetime) -> list[Reached]:
    """Every juror who reads, by name."""
    left = {juror.id: count for juror, count in behind(session, this)} if this.state == "open" else {}
    paired = paired_in(session, this)
    links = _links(session, this, now)
    sent: dict[uuid.UUID, dict[str, dt.datetime]] = {}
    query = sa.select(JurorMail.juror_id, JurorMail.kind, sa.func.max(JurorMail.sent_at))
    for juror, kind, at in session.execute(
        query.where(JurorMail.round_id == this.id).group_by(JurorMail.juror_id, JurorMail.kind)
    ):
        sent.setdefault(juror, {})[kind] = at
    return [
        Reached(one, one.id in paired, left.get(one.id, 0), links.get(one.id), sent.get(one.id, {}))
        for one in jurors_in(session, this)
        if one.away_since is None
    ]


def still_reading(session: Session, this: Round, now: dt.datetime) -> list[Reached]:
    """Those who have sheets to fill while the round is open, most first."""
    return sorted((one for one in reached(session, this, now) if one.left), key=lambda one: -one.left)


_STANDING = Device.fenced_at.is_(None)


def paired_in(session: Session, this: Round) -> set[uuid.UUID]:
    """The members whose tablet takes part in the round."""
    return set(session.scalars(sa.select(Device.juror_id).where(Device.round_id == this.id, _STANDING)))


def is_paired(session: Session, this: Round, juror_id: uuid.UUID) -> bool:
    query = sa.select(sa.exists().where(Device.round_id == this.id, Device.juror_id == juror_id, _STANDING))
    return bool(session.scalar(query))


def _links(session: Session, this: Round, now: dt.datetime) -> dict[uuid.UUID, dt.datetime]:
    query = sa.select(PairingCode.juror_id, PairingCode.expires_at).where(
        PairingCode.round_id == this.id, PairingCode.mailed, PairingCode.used_at.is_(None), PairingCode.expires_at > now
    )
    return {row.juror_id: row.expires_at for row in session.execute(query)}
