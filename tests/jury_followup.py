"""A round whose minutes are signed and whose awards are decided; and what a bearer reports."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa

from services.jury.models import Award, Instalment, Report, Round
from services.jury.use_cases import awards, followups
from shared import clock
from shared.messaging.tables import outbox
from tests.jury_room import WHO, Room

SITE = "https://agora.example"
DUE = dt.date(2031, 1, 31)
WRITTEN = {
    "done": "Deux puits creusés.",
    "results": "L’eau toute l’année.",
    "people": "340",
    "spent": "6 200,50",
}


def awarded(room: Room, client: Any, envelope: int = 2_000_000, wish: int = 1_500_000, years: int = 3) -> None:
    """The first project gets `wish`, the next what the envelope still holds; the minutes are signed."""
    tablet = room.tablet(client)
    size = len(tablet.criteria)
    for project, level in zip(room.projects, (5, 4, 3, 2), strict=True):
        tablet.score(project, [level] * size)
    room.close()
    wishes = {room.projects[0]: (wish, None), room.projects[1]: (500_000, None), room.projects[2]: (500_000, None)}
    now = clock.now()
    with room.db.transaction() as session:
        data = {"envelope": envelope, "years": years, "wishes": wishes}
        awards.set_pot(session, room.round_id, data, who=WHO, now=now)
        awards.decide(session, room.round_id, rule="stop", partial=False, who=WHO, now=now)
        session.execute(sa.update(Round).values(state="signed"))


def opened(room: Room, advance: int = 100, due: dt.date = DUE) -> str:
    """The path of the first bearer's link."""
    with room.db.transaction() as session:
        followups.open_all(
            session, room.round_id, advance=advance, first_report_on=due, site=SITE, who=WHO, now=clock.now()
        )
    return str(facts(room, "jury.award.opened.v1")[0]["link"]).removeprefix(SITE) + "/"


def facts(room: Room, type: str) -> list[dict[str, Any]]:
    with room.db.reading() as session:
        query = sa.select(outbox.c.envelope).where(outbox.c.type == type).order_by(outbox.c.id)
        return [row[0]["data"] for row in session.execute(query)]


def first(room: Room) -> Award:
    with room.db.reading() as session:
        return session.scalars(sa.select(Award).where(Award.rank == 1)).one()


def parts(room: Room, award: Award) -> list[Instalment]:
    with room.db.reading() as session:
        query = sa.select(Instalment).where(Instalment.award_id == award.id)
        return list(session.scalars(query.order_by(Instalment.year, Instalment.kind)))


def report(room: Room, award: Award, year: int = 1) -> Report:
    with room.db.reading() as session:
        return session.scalars(sa.select(Report).where(Report.award_id == award.id, Report.year == year)).one()
