"""The tablets of the jury: what each does through its interface, the exercise before the round, the file of one."""

from __future__ import annotations

import datetime as dt
import json
import random
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests
from uuid_utils.compat import uuid7

from deploy.local.demo.browser import TIMEOUT, Unexpected
from deploy.local.demo.stage import SEED, Stage

PATIENCE = 200  # operations that one call may carry


@dataclass
class Tablet:
    """What the web app on the tablet does, through the same interface: pair, read the pack, send operations."""

    url: str
    token: str
    juror: str
    about: dict[str, Any]  # who it belongs to, as its file says it
    pack: dict[str, Any] = field(default_factory=dict)
    counter: int = 0
    kept: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def pair(cls, url: str, code: str) -> Tablet:
        answer = requests.post(
            f"{url}/api/tablet/pair", json={"code": code, "device": str(uuid.uuid4())}, timeout=TIMEOUT
        )
        if answer.status_code != 201:
            raise Unexpected(f"pairing answered {answer.status_code}: {answer.text[:200]}")
        given = answer.json()
        about = {name: given[name] for name in ("juror", "round", "epoch")}
        return cls(url, given["token"], f"{given['juror']['first_name']} {given['juror']['last_name']}", about)

    def call(self, method: str, path: str, **content: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = requests.request(method, f"{self.url}/api/tablet/{path}", headers=headers, timeout=TIMEOUT, **content)
        if not answer.ok:
            raise Unexpected(f"{method} {path} answered {answer.status_code}: {answer.text[:200]}")
        return answer.json() if answer.content else None

    def confirm(self, conflicts: list[int]) -> None:
        self.pack = self.call("GET", "pack")
        ids = {project["number"]: project["id"] for project in self.pack["projects"]}
        declared = [{"project_id": ids[number], "kind": "direct", "note": "Membre du bureau"} for number in conflicts]
        self.call("POST", "confirm", json={"conflicts": declared})
        self.pack = self.call("GET", "pack")

    def write(self, project_id: str, of_field: str, value: int | str) -> None:
        """Keep one operation on the tablet."""
        self.counter += 1
        self.kept.append(
            {
                "id": str(uuid7()),
                "project_id": project_id,
                "field": of_field,
                "value": value,
                "base_version": 0,
                "counter": self.counter,
                "client_time": dt.datetime.now(dt.UTC).isoformat(),
            }
        )

    def send(self) -> list[str]:
        """Send what is kept; what the server made of each."""
        outcomes: list[str] = []
        while self.kept:
            batch, self.kept = self.kept[:PATIENCE], self.kept[PATIENCE:]
            answer = self.call("POST", "operations", json={"operations": batch})
            outcomes += [result["outcome"] for result in answer["results"]]
        return outcomes

    def file(self) -> bytes:
        """What « Enregistrer le fichier » writes."""
        operations = [
            {
                "id": one["id"],
                "cell": f"{one['project_id']}/{one['field']}",
                "value": one["value"],
                "base": one["base_version"],
                "counter": one["counter"],
                "at": one["client_time"],
            }
            for one in self.kept
        ]
        return json.dumps({"format": "agora-outbox-1", "about": self.about, "operations": operations}).encode()


def rehearse(stage: Stage, room: str, pair: Callable[[], list[Tablet]]) -> list[Tablet]:
    """The exercise before the round, on the tablets that will score it: two invented projects, then how far apart."""
    staff = stage.staff
    page = staff.open(f"{room}/exercice/")
    staff.submit(page, page.form("title_1", "summary_1"))
    tablets = pair()
    dice = random.Random(SEED)
    for tablet in tablets:
        tablet.confirm([])
        for project in tablet.pack["projects"]:
            for criterion in tablet.pack["grid"]["criteria"]:
                tablet.write(project["id"], criterion["id"], min(int(criterion["max"]), dice.randint(1, 5)))
    stage.for_all("exercice", tablets, Tablet.send)
    page = staff.open(f"{room}/exercice/")
    page = staff.submit(page, page.form(action="/arreter"))
    criteria = len(tablets[0].pack["grid"]["criteria"])
    pictures = len(re.findall(r"<svg[^>]*spread-dots", page.body))
    stage.expect("Exercice : une image des écarts par projet et par critère", pictures, 2 * criteria)
    stage.expect("Exercice : aucun nom de juré à l’image", any(tablet.juror in page.text for tablet in tablets), False)
    stage.picture("jury-exercise", f"{room}/exercice/")
    return tablets


def hand_over(stage: Stage, room: str, tablet: Tablet) -> None:
    """The secretary reads in the file of a tablet without a network; the tablet still keeps what it has."""
    page = stage.staff.open(f"{room}/fichier-de-tablette/")
    file = {"file": ("agora-tablette.json", tablet.file(), "application/json")}
    read = stage.staff.submit(page, page.form("file"), files=file)
    received = len(re.findall(r">\s*Reçue\s*<", read.body))
    stage.expect("Saisies reçues par le fichier d’une tablette sans réseau", received, len(tablet.kept))
