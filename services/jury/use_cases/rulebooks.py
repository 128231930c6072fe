"""Step 2 of a change to the rules of a call: start a call for projects from a preset, change its figures.

Every change is a new version; nothing that was filed under an older one is touched. Next: rulebooks.py.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import announce, deadlines, funding_presets, presets, rulebooks, rules
from services.jury.models import Call, Round, RulebookVersion
from services.jury.use_cases.calls import add_grid, find_call
from shared import audit
from shared.errors import NotFound, RuleError

CHANGED = (
    "ceilings",
    "envelopes",
    "articles",
    "attachments",
    "zones",
    "line",
    "reserves",
    "places",
    "reserve",
    "minimum_readings",
    "quorum_percent",
    "score",
    "minimum_total",
    "commitment",
    "pitch_minutes",
    "casting_vote",
    "opinions_shown",
    "ties",
)


class ChangedMeanwhile(RuleError):
    """Somebody else saved a change to the same parts while these were being typed."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            "changed-meanwhile",
            "Quelqu’un a changé ceci pendant que vous écriviez. Ce que vous avez tapé est ci-dessous : comparez avec "
            "la version enregistrée, puis enregistrez à nouveau.",
        )


def create_funding(
    session: Session, data: dict[str, Any], *, who: str, now: dt.datetime, region: str = presets.HOME
) -> Call:
    """A call for projects from a preset, for the network of a region. data: preset, title, organiser_name,
    organiser_email, funder, cents, closes_on (a day, inclusive, in Paris)."""
    preset = funding_presets.PRESETS.get(data["preset"])
    if preset is None:
        raise RuleError("unknown-preset", "Ce modèle n’existe pas.", field="preset")
    refuse_past(deadlines.closing(data["closes_on"]), now)
    started = presets.of_region(preset["rulebook"], region)
    envelopes = [started["envelopes"][0] | {"funder": data["funder"], "cents": data["cents"]}]
    rulebook = _checked(started | {"envelopes": envelopes})
    call = Call(
        kind="funding",
        title=data["title"],
        rulebook=rulebook,
        rulebook_hash=rules.content_hash(rulebook),
        organiser_name=data["organiser_name"],
        organiser_email=data["organiser_email"],
        closes_at=deadlines.closing(data["closes_on"]),
        created_at=now,
    )
    session.add(call)
    session.flush()
    add_grid(session, call.id, preset["criteria"], now=now)
    session.add(Round(call_id=call.id, number=1, title="Premier tour", created_at=now))
    keep(session, call, who=who, now=now)
    after = {"title": call.title, "rulebook": rulebook}
    audit.record(session, who=who, what="created", thing="call", thing_id=call.id, before=None, after=after, now=now)
    return call


def revise(
    session: Session,
    call_id: uuid.UUID,
    changes: Mapping[str, Any],
    closes_on: dt.date,
    *,
    seen: int | None = None,
    site: str,
    who: str,
    now: dt.datetime,
) -> Call:
    """A new version with these parts changed (see CHANGED). Refused once a round scores under the old one.

    A last day that changes after the call was made public is announced, to wherever the old one was. seen: the version
    that whoever changes them had before them; refused when somebody else changed the same parts since.
    """
    call = find_call(session, call_id, lock=True)
    if not call.takes_applications:
        raise RuleError("not-funding", "Seul un appel à projets a ce règlement.")
    if seen is not None and seen != call.rulebook_version:
        before = version_of(session, call_id, seen).content
        now_there = {name: call.rulebook.get(name) for name in changes}
        if any(there not in (before.get(name), changes[name]) for name, there in now_there.items()):
            raise ChangedMeanwhile()
    return _revise(session, call, changes, closes_on, site=site, who=who, now=now)


def take_proposals(
    session: Session,
    call_id: uuid.UUID,
    closes_on: dt.date,
    minutes: int,
    *,
    site: str,
    who: str,
    now: dt.datetime,
    region: str = presets.HOME,
) -> Call:
    """Proposals for a Tribune come by a form until the end of that day, for so many minutes each. Again: it changes."""
    call = find_call(session, call_id, lock=True)
    if call.kind != "tribune":
        raise RuleError("not-tribune", "Seule une Tribune reçoit des propositions de présentation.")
    asks = presets.of_region(presets.TRIBUNE_ASKS, region)
    started = {name: value for name, value in asks.items() if name not in call.rulebook}
    return _revise(session, call, started | {"pitch_minutes": minutes}, closes_on, site=site, who=who, now=now)


def _revise(
    session: Session,
    call: Call,
    changes: Mapping[str, Any],
    closes_on: dt.date,
    *,
    site: str,
    who: str,
    now: dt.datetime,
) -> Call:
    states = session.scalars(sa.select(Round.state).where(Round.call_id == call.id).with_for_update(read=True)).all()
    if any(state != "draft" for state in states):
        raise RuleError("rulebook-frozen", "Le tour est ouvert : son règlement est figé.")
    kept = {key: value for key, value in changes.items() if key in CHANGED}
    rulebook = _checked(call.rulebook | kept | {"version": call.rulebook_version + 1})
    closes_at = deadlines.closing(closes_on)
    if closes_at != call.closes_at:
        refuse_past(closes_at, now)
    before = {key: call.rulebook.get(key) for key in kept if call.rulebook.get(key) != rulebook[key]}
    if not before and closes_at == call.closes_at:
        return call
    old = call.closes_at.isoformat() if call.closes_at else None
    call.rulebook, call.rulebook_version = rulebook, call.rulebook_version + 1
    moved = call.closes_at != closes_at
    call.rulebook_hash, call.closes_at = rules.content_hash(rulebook), closes_at
    if moved and call.state == "open":
        announce.call_opened(session, call, url=f"{site}/appels/{call.id}")
    keep(session, call, who=who, now=now)
    audit.record(
        session,
        who=who,
        what="revised the rulebook",
        thing="call",
        thing_id=call.id,
        before=before | {"closes_at": old},
        after={key: rulebook[key] for key in before} | {"closes_at": closes_at.isoformat()},
        now=now,
    )
    return call


def refuse_past(closes_at: dt.datetime | None, now: dt.datetime) -> None:
    """A last day that is over is a slip: nobody could apply. One that stood before stays, whatever else changes."""
    if not deadlines.is_open(now, closes_at):
        raise RuleError(
            "closed-already", "Ce jour est passé : donnez aujourd’hui ou un jour à venir.", field="closes_on"
        )


def keep(session: Session, call: Call, *, who: str, now: dt.datetime) -> None:
    """Keep the rulebook that the call has now, under its number."""
    session.add(
        RulebookVersion(
            call_id=call.id,
            version=call.rulebook_version,
            content=call.rulebook,
            content_hash=call.rulebook_hash,
            closes_at=call.closes_at,
            made_at=now,
            made_by=who,
        )
    )
    session.flush()


def versions(session: Session, call_id: uuid.UUID) -> list[RulebookVersion]:
    """Every version, newest first."""
    query = sa.select(RulebookVersion).where(RulebookVersion.call_id == call_id)
    return list(session.scalars(query.order_by(RulebookVersion.version.desc())))


def version_of(session: Session, call_id: uuid.UUID, version: int) -> RulebookVersion:
    found = session.get(RulebookVersion, (call_id, version))
    if found is None:
        raise NotFound("unknown-version", "Cette version du règlement n’existe pas.")
    return found


def _checked(rulebook: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return rulebooks.check(rulebook)
    except rulebooks.BadRulebook as problem:
        raise RuleError("bad-rulebook", "Ce règlement ne tient pas : vérifiez les plafonds et les zones.") from problem
