"""The morning of the Agora: two desks at the door, one of them without a network for a while."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any

import requests
from uuid_utils.compat import uuid7

from deploy.local.demo import agora
from deploy.local.demo.browser import TIMEOUT, Unexpected
from deploy.local.demo.stage import Stage

BATCH = 100  # taps in one request; the desk's page sends as many
COME, TWICE, WALK_INS = 240, 6, 3  # people with a seat who come; those both desks admit; those nobody expected
FIRST_SHARE = 150
MINUTES = 55  # from the first arrival to the last


def code(stage: Stage) -> str:
    """What the staff's page shows once, to open one more desk."""
    page = stage.page("registration", f"/equipe/evenements/{agora.SLUG}/accueil")
    shown = stage.staff.submit(page, page.form(action="/accueil"))
    found = re.search(r'id="desk-code">([^<]+)<', shown.body)
    if found is None:
        raise Unexpected(f"{shown.url}: no code for a desk")
    return "".join(found[1].split())


class Desk:
    """A device at the door, as its page talks to the server."""

    def __init__(self, stage: Stage) -> None:
        self.base = f"{stage.urls['registration']}/api/desk"
        paired = requests.post(f"{self.base}/pair", json={"code": code(stage)}, timeout=TIMEOUT).json()
        self.headers = {"Authorization": f"Bearer {paired['token']}"}
        self.taps = 0

    def people(self) -> list[dict[str, Any]]:
        pack = requests.get(f"{self.base}/pack", headers=self.headers, timeout=TIMEOUT).json()
        return list(pack["people"])

    def admit(self, ids: Sequence[str], at: Sequence[dt.datetime], *, walk_in: Any = None) -> list[dict[str, Any]]:
        """One tap each, sent together; what the server answered to each."""
        taps = []
        for one, when in zip(ids, at, strict=True):
            self.taps += 1
            tap = {"id": str(uuid7()), "registration_id": one, "value": 1, "base_version": 0, "counter": self.taps}
            taps.append(tap | {"client_time": when.isoformat(), "walk_in": walk_in})
        results: list[dict[str, Any]] = []
        for start in range(0, len(taps), BATCH):
            body = {"operations": taps[start : start + BATCH]}
            answer = requests.post(f"{self.base}/operations", json=body, headers=self.headers, timeout=TIMEOUT)
            results += answer.json()["results"]
        return results


def play(stage: Stage) -> int:
    """Returns how many came without a registration."""
    stage.act("L’accueil : deux postes à la porte, l’un sans réseau")
    first, second = Desk(stage), Desk(stage)
    everybody = second.people()  # the list that it goes on with, off the network
    coming = [one["id"] for one in everybody if not one["present"] and not one["waiting"]][:COME]
    before = sum(one["present"] for one in everybody)
    now = stage.mail.clock()
    times = [now - dt.timedelta(minutes=MINUTES * (1 - (n / COME) ** 0.6)) for n in range(COME)]
    taken = first.admit(coming[:FIRST_SHARE], times[:FIRST_SHARE])
    stage.expect("Admissions du poste relié", sum(one["outcome"] == "applied" for one in taken), FIRST_SHARE)
    kept = slice(FIRST_SHARE - TWICE, COME)  # what it kept, all at once when the network is back
    told = second.admit(coming[kept], times[kept])
    for number in range(WALK_INS):
        guest = {"first_name": "Hôte", "last_name": f"De passage {number + 1}", "structure": ""}
        second.admit([str(uuid7())], [now], walk_in=guest)
    doubles = [one["reason"] for one in told if one["outcome"] == "conflict"]
    stage.expect("Personnes admises par les deux postes, dites", len(doubles), TWICE)
    inside = sum(one["present"] for one in first.people())
    stage.expect("Dans les lieux, chacun compté une fois", inside, before + COME + WALK_INS)
    _papers(stage, inside)
    year = stage.page("registration", "/equipe/bilan/?annee=2016").text
    came = re.search(r"(\d+) personnes venues", year)
    stage.expect("Bilan de l’année : personnes venues", came and int(came[1]), inside)
    staff = stage.urls["registration"] + "/equipe"
    stage.picture("registration-door", f"{staff}/evenements/{agora.SLUG}/accueil", whole=True)
    stage.picture("registration-structures", f"{staff}/structures")
    if stage.camera:
        late = next(one for one in reversed(everybody) if not one["present"] and one["id"] not in coming)
        stage.camera.desk(f"{stage.urls['registration']}/poste/#code={code(stage)}", late["last_name"])
    return WALK_INS


def _papers(stage: Stage, inside: int) -> None:
    """Badges for everybody; certificates are for those who came, and wait for the meeting to begin."""
    page = stage.page("registration", f"/equipe/evenements/{agora.SLUG}/papiers/")
    badges = stage.staff.download(page.link("badges.pdf"))
    stage.expect("Badges en PDF", badges.startswith(b"%PDF"), True)
    came = re.search(r"Attestations de présence\s*\((\d+)", page.text)
    stage.expect("Attestations : pour qui est venu, et personne d’autre", came and int(came[1]), inside)
    early = "attestations.pdf" in page.body, "dès que la rencontre commence" in page.text
    stage.expect("Attestations : aucune avant que la rencontre commence", early, (False, True))
    stage.picture("registration-papers", page.url, whole=True)
