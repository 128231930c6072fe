"""A jury of any size, opened, each juror with a paired tablet: through the use cases, in bulk where rows are many."""

from __future__ import annotations

import datetime as dt
import json
import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from services.jury.models import Device, Juror, Project, Round, ScoreCell
from services.jury.use_cases import calls, rounds
from shared import clock
from shared.db import Database, hash_token, new_id, new_token

WHO = "load"


@dataclass(frozen=True)
class Seat:
    """One juror and the token of their tablet."""

    juror: uuid.UUID
    token: str


@dataclass(frozen=True)
class Hall:
    call: uuid.UUID
    round: uuid.UUID
    projects: Sequence[uuid.UUID]
    criteria: Sequence[str]
    seats: Sequence[Seat]

    def sheet(self, project: int, lots: random.Random, first: int = 1) -> list[dict[str, Any]]:
        """A whole sheet as the tablet sends it. `first`: its counter of the first operation."""
        at = clock.now().isoformat()
        return [
            {
                "id": str(new_id()),
                "project_id": str(self.projects[project]),
                "field": criterion,
                "value": lots.randrange(6),
                "base_version": 0,
                "counter": first + place,
                "client_time": at,
            }
            for place, criterion in enumerate(self.criteria)
        ]


def body(operations: list[dict[str, Any]]) -> bytes:
    return json.dumps({"operations": operations}).encode()


def bearer(seat: Seat) -> dict[str, str]:
    return {"Authorization": f"Bearer {seat.token}"}


def fill(db: Database, jurors: int, projects: int, *, scored: random.Random | None = None) -> Hall:
    """Open a Tribune of this size. scored: every sheet is already there, its levels drawn from these lots."""
    now = clock.now()
    organiser = {"organiser_name": "Réseau Coop d’Oc", "organiser_email": "tribune@agora.example"}
    with db.transaction() as session:
        data = {"title": f"Tribune à {jurors}", "places": 5, "reserve": 3} | organiser
        call = calls.create_tribune(session, data, who=WHO, now=now)
        session.execute(sa.insert(Project), [_project(call.id, number, now) for number in range(1, projects + 1)])
        people = [_juror(call.id, number, now) for number in range(1, jurors + 1)]
        session.execute(sa.insert(Juror), people)
        this = session.scalars(sa.select(Round).where(Round.call_id == call.id)).one()
        rounds.open_round(session, this.id, who=WHO, now=now)
        seats = [Seat(person["id"], new_token()) for person in people]
        session.execute(sa.insert(Device), [_device(this.id, seat, now) for seat in seats])
        wanted = sa.select(Project.id).where(Project.call_id == call.id).order_by(Project.number)
        found = session.scalars(wanted).all()
        criteria = [one["id"] for one in (this.frozen or {})["criteria"]]
        hall = Hall(call.id, this.id, found, criteria, seats)
        if scored:
            session.execute(sa.insert(ScoreCell), _cells(hall, scored, now))
        return hall


def _project(call: uuid.UUID, number: int, now: dt.datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "call_id": call,
        "number": number,
        "title": f"Projet n° {number}",
        "structure": f"Association {number}",
        "bearer_first_name": "Dominique",
        "bearer_last_name": f"Porteur{number}",
        "bearer_email": f"porteur{number}@asso.example",
        "country": "SN",
        "department": "31",
        "summary": "Un puits, une école et un verger, avec la commune voisine.",
        "created_at": now,
    }


def _juror(call: uuid.UUID, number: int, now: dt.datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "call_id": call,
        "first_name": "Alix",
        "last_name": f"Juré{number:04}",
        "confirmed_at": now,
        "epoch": 1,
        "created_at": now,
    }


def _device(round_id: uuid.UUID, seat: Seat, now: dt.datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "juror_id": seat.juror,
        "round_id": round_id,
        "device": new_id(),
        "token_hash": hash_token(seat.token),
        "epoch": 1,
        "paired_at": now,
        "last_seen_at": now,
    }


def _cells(hall: Hall, lots: random.Random, now: dt.datetime) -> list[dict[str, Any]]:
    return [
        {
            "round_id": hall.round,
            "juror_id": seat.juror,
            "project_id": project,
            "field": criterion,
            "value": 1 + lots.randrange(5),
            "version": 1,
            "epoch": 1,
            "counter": 1,
            "updated_at": now,
        }
        for seat in hall.seats
        for project in hall.projects
        for criterion in hall.criteria
    ]
