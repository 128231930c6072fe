"""What the network is called on a day. Next, for who is told: announce/gatherings.py."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from services.registration.drafts import ADDRESS, ORGANISER
from services.registration.models.identity import Identity
from shared import network
from shared.clock import PARIS


def listed(session: Session) -> list[Identity]:
    """Every name it has, had or will have, the latest first."""
    return network.listed(session, Identity)


_set_up = {"name": ORGANISER, "email": ADDRESS}


def use(name: str, email: str) -> None:
    """Who the network is as long as nobody wrote it: what this process was set up with."""
    _set_up.update({key: value for key, value in (("name", name), ("email", email)) if value})


def former(listed: list[Identity], current: Identity) -> list[Identity]:
    """What it was called before, the latest first; another address alone is no other name."""

    def called(one: Identity) -> tuple[str, str]:
        return network.folded(one.name), network.folded(one.legal_form)

    since_first = {called(one): one for one in listed if one.since < current.since}
    return [one for key, one in since_first.items() if key != called(current)]


def organiser(session: Session, now: dt.datetime) -> dict[str, str]:
    """Who answers a mail that concerns no event: {name, email}."""
    today = network.on(session, Identity, now.astimezone(PARIS).date())
    return {"name": today.name, "email": today.email} if today else dict(_set_up)


def now_called(session: Session, name: str, today: dt.date) -> str:
    """What the network is called today, when `name` is one that it had before; "" otherwise."""
    known = listed(session)
    current = network.of_day(known, today)
    if current is None or network.folded(current.name) == network.folded(name):
        return ""
    former = {network.folded(one.name) for one in known if one.since < current.since}
    return current.name if network.folded(name) in former else ""
