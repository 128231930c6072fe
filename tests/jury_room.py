"""A small jury, ready to score: made through the use cases, in the database of the test."""

from __future__ import annotations

import functools
import itertools
import re
import uuid
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import queries
from services.jury.models import CellHistory, Juror, OperationLog, Project, Round, ScoreCell
from services.jury.project_import import Row
from services.jury.use_cases import calls, reviews, rounds, tablets
from shared import clock
from shared.db import Database, new_id

WHO = "secretaire@agora.example"
PROJECTS = ["Mil de Casamance", "Lumière à Niamey", "Écoles d’Antsirabe", "Eau à Battambang"]
JURORS = [("Aline", "Vidal"), ("Bruno", "Castan"), ("Chloé", "Ferrié")]


@dataclass
class Tablet:
    """A tablet as the API sees it. Numbers its operations like the real one."""

    client: Any
    token: str
    epoch: int
    juror_id: uuid.UUID
    counter: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    @functools.cached_property
    def criteria(self) -> list[dict[str, Any]]:
        """Those of the grid, which stays as it is while a round is open."""
        found: list[dict[str, Any]] = self.pack()["grid"]["criteria"]
        return found

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def pack(self) -> dict[str, Any]:
        response = self.client.get("/api/tablet/pack", headers=self.headers)
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json
        return found

    def operation(self, project: Any, field: str, value: Any, base: int = 0, **more: Any) -> dict[str, Any]:
        return {
            "id": str(new_id()),
            "project_id": str(project),
            "field": field,
            "value": value,
            "base_version": base,
            "counter": next(self.counter),
            "client_time": "2016-10-14T09:00:00Z",
            **more,
        }

    def post(self, operations: list[Any]) -> Any:
        return self.client.post("/api/tablet/operations", json={"operations": operations}, headers=self.headers)

    def send(self, *operations: Any) -> list[dict[str, Any]]:
        response = self.post(list(operations))
        assert response.status_code == 200, response.text
        results: list[dict[str, Any]] = response.json["results"]
        return results

    def score(self, project: Any, levels: list[int]) -> list[dict[str, Any]]:
        """A whole sheet: a level per criterion, in order."""
        operations = [self.operation(project, c["id"], v) for c, v in zip(self.criteria, levels, strict=True)]
        return self.send(*operations)


def _add_jurors(session: Session, call_id: uuid.UUID, jurors: list[tuple[str, str]]) -> None:
    for first, last in jurors:
        calls.add_juror(
            session,
            call_id,
            {"first_name": first, "last_name": last, "function": "", "email": "", "chairs": last == "Vidal"},
            who=WHO,
            now=clock.now(),
        )


class Room:
    """A call with its round; `open` opens it. Projects and jurors by their place, from 0."""

    def __init__(
        self,
        db: Database,
        projects: list[str] = PROJECTS,
        jurors: list[tuple[str, str]] = JURORS,
        *,
        opened: bool = True,
        reserve: int = 1,
    ) -> None:
        self.db = db
        with db.transaction() as session:
            call = calls.create_tribune(
                session,
                {
                    "title": "Tribune des projets 2016",
                    "organiser_name": "Réseau Coop d’Oc",
                    "organiser_email": "tribune@agora.example",
                    "places": 2,
                    "reserve": reserve,
                },
                who=WHO,
                now=clock.now(),
            )
            self.call_id = call.id
            rows = [Row(n, project_fields(n, title)) for n, title in enumerate(projects, start=1)]
            calls.import_projects(session, call.id, rows, who=WHO, now=clock.now())
            _add_jurors(session, call.id, jurors)
        self._look(jurors)
        if opened:
            self.open()

    @classmethod
    def of_dossiers(
        cls, db: Database, call_id: uuid.UUID, applications: list[Any], jurors: list[tuple[str, str]] = JURORS
    ) -> Room:
        """The room of a call for projects: these filed applications are accepted; the round is not open yet."""
        room = cls.__new__(cls)
        room.db, room.call_id = db, call_id
        with db.transaction() as session:
            for one in applications:
                reviews.accept(session, one.id, site="https://agora.example", who=WHO, now=clock.now())
            _add_jurors(session, call_id, jurors)
        room._look(jurors)
        return room

    def _look(self, jurors: list[tuple[str, str]]) -> None:
        with self.db.reading() as session:
            self.round_id = session.scalars(sa.select(Round.id)).one()
            self.projects = [p.id for p in queries.projects_of(session, self.call_id)]
            by_name = {j.last_name: j.id for j in queries.jurors_of(session, self.call_id)}
            self.jurors = [by_name[last] for _first, last in jurors]

    def open(self) -> None:
        with self.db.transaction() as session:
            rounds.open_round(session, self.round_id, who=WHO, now=clock.now())

    def close(self) -> None:
        with self.db.transaction() as session:
            rounds.close_round(session, self.round_id, who=WHO, now=clock.now())

    def code(self, juror: int = 0) -> str:
        with self.db.transaction() as session:
            return tablets.new_code(session, self.round_id, self.jurors[juror], who=WHO, now=clock.now())

    def tablet(self, client: Any, juror: int = 0) -> Tablet:
        """A tablet paired through the API."""
        body = {"code": self.code(juror), "device": str(uuid.uuid4())}
        response = client.post("/api/tablet/pair", json=body)
        assert response.status_code == 201, response.text
        answer = response.json
        return Tablet(client, answer["token"], answer["epoch"], uuid.UUID(answer["juror"]["id"]))

    def recuse(self, juror: int, project: int, kind: str = "direct") -> None:
        with self.db.transaction() as session:
            locked = calls.lock_juror(session, self.jurors[juror])
            calls.recuse(session, locked, self.projects[project], kind=kind, note="", who=WHO, now=clock.now())

    def cells(self) -> dict[tuple[str, str, str], tuple[Any, int]]:
        """(juror, project, field) → (value, version)."""
        with self.db.reading() as session:
            return {
                (str(c.juror_id), str(c.project_id), c.field): (c.value, c.version)
                for c in session.scalars(sa.select(ScoreCell))
            }

    def history(self) -> list[dict[str, Any]]:
        with self.db.reading() as session:
            return [
                {
                    "juror_id": str(h.juror_id),
                    "project_id": str(h.project_id),
                    "field": h.field,
                    "value": h.value,
                    "version": h.version,
                    "written": h.written,
                    "operation_id": str(h.operation_id),
                }
                for h in session.scalars(sa.select(CellHistory).order_by(CellHistory.id))
            ]

    def count(self, model: Any = OperationLog) -> int:
        with self.db.reading() as session:
            return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0

    def get(self, model: type[Project] | type[Juror] | type[Round], key: uuid.UUID) -> Any:
        with self.db.reading() as session:
            return session.get_one(model, key)


def sign(staff: Any, round_id: uuid.UUID, **more: str) -> Any:
    """Read the minutes and sign them as they were read, as the secretary's browser does."""
    address = f"/equipe/tours/{round_id}/signer"
    read = re.search(r'name="read" value="([^"]*)"', staff.get(address).text)
    names = {"chair": "Aline Vidal", "secretary": "Camille Roux"}
    return staff.post(address, data=names | {"read": read[1] if read else ""} | more)


def project_fields(number: int, title: str) -> dict[str, str]:
    return {
        "title": title,
        "structure": f"Association {number}",
        "bearer_first_name": "Dominique",
        "bearer_last_name": f"Porteur{number}",
        "bearer_email": f"porteur{number}@asso.example",
        "country": "SN",
        "department": "31",
        "summary": f"Ce que fait « {title} ».",
    }
