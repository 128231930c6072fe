"""The watch on what others offer: calls and funds noted as they are met, put into an issue while they are open.

Step 2 of nine. Next: models/opportunities.py.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from services.mailer import issues, prose
from services.mailer.echo import french_date
from services.mailer.models.arrivals import OpenCall
from services.mailer.models.issues import Issue, Item
from services.mailer.models.opportunities import Opportunity
from shared import audit
from shared.clock import PARIS
from shared.errors import NotFound, RuleError

FIELDS = ("title", "funder", "about", "eligibility", "amount", "link", "closes_on")
SECTION = "calls"


@dataclass(frozen=True)
class Noted:
    """An opportunity, the numbers of L'Écho it stands in, and the next issue that may take it, if any."""

    opportunity: Opportunity
    numbers: list[int]
    issue: Issue | None


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What the public reads of a call, ours or another's. closes_at: its last second; None stays open."""

    id: uuid.UUID
    title: str
    link: str
    closes_at: dt.datetime | None
    funder: str = ""
    about: str = ""
    eligibility: str = ""
    amount: str = ""
    ours: bool = False


@dataclass(frozen=True)
class Watch:
    """open: the nearest deadline first, those without one last; closed: the last to close first. next: the issue that
    appears first among those that may still change.
    """

    open: list[Noted]
    closed: list[Opportunity]
    retired: list[Opportunity]
    next: Issue | None


def watch(session: Session, now: dt.datetime) -> Watch:
    """Everything that was noted."""
    today = now.astimezone(PARIS).date()
    every = session.scalars(sa.select(Opportunity).order_by(Opportunity.closes_on, Opportunity.title)).all()
    told = _numbers(session)
    coming = _coming(session)
    kept = [one for one in every if one.retired_at is None]
    return Watch(
        open=[
            Noted(one, told.get(one.id, []), next((issue for issue in coming if fits(one, issue, today)), None))
            for one in kept
            if is_open(one, today)
        ],
        closed=[one for one in reversed(kept) if not is_open(one, today)],
        retired=[one for one in every if one.retired_at is not None],
        next=next(iter(coming), None),
    )


def is_open(opportunity: Opportunity, day: dt.date) -> bool:
    """Its last day counts."""
    return opportunity.closes_on is None or opportunity.closes_on >= day


def fits(opportunity: Opportunity, issue: Issue, today: dt.date) -> bool:
    """Whether its readers could still answer, and do not read it twice in the same issue."""
    there = any(item.opportunity_id == opportunity.id for item in issue.items)
    return not there and is_open(opportunity, max(today, issue.planned_on))


def proposed(session: Session, issue: Issue, now: dt.datetime) -> list[Opportunity]:
    """What an issue may take and no issue has told of: the nearest deadline first."""
    today = now.astimezone(PARIS).date()
    told = sa.select(Item.opportunity_id).where(Item.opportunity_id.is_not(None))
    query = sa.select(Opportunity).where(Opportunity.retired_at.is_(None), Opportunity.id.not_in(told))
    found = session.scalars(query.order_by(Opportunity.closes_on, Opportunity.title))
    return [one for one in found if fits(one, issue, today)]


def offers(session: Session, now: dt.datetime) -> list[Offer]:
    """What one may answer now, for everybody: the network's own calls and the watch, the nearest deadline first."""
    today = now.astimezone(PARIS).date()
    ours = session.scalars(sa.select(OpenCall).where(OpenCall.closes_at > now))
    noted = session.scalars(sa.select(Opportunity).where(Opportunity.retired_at.is_(None)))
    found = [Offer(id=one.call_id, title=one.title, link=one.url, closes_at=one.closes_at, ours=True) for one in ours]
    found += [
        Offer(
            id=one.id,
            title=one.title,
            link=one.link,
            closes_at=issues.end_of(one.closes_on),
            **{name: getattr(one, name) for name in ("funder", "about", "eligibility", "amount")},
        )
        for one in noted
        if is_open(one, today)
    ]
    return sorted(found, key=lambda one: (one.closes_at is None, one.closes_at or now, one.title))


def get(session: Session, opportunity_id: uuid.UUID, *, lock: bool = False) -> Opportunity:
    found = session.get(Opportunity, opportunity_id, with_for_update=lock or None)
    if found is None:
        raise NotFound("opportunity", "Cet appel n’est pas dans la veille.")
    return found


def save(
    session: Session, opportunity_id: uuid.UUID | None, data: dict[str, Any], *, who: str, now: dt.datetime
) -> Opportunity:
    """Note one, or correct it: FIELDS. An item that tells of it already stays as it was written. Raises RuleError."""
    values = {name: data[name] for name in FIELDS}
    if prose.link(values["link"]) is None:
        raise RuleError("link", "Ce lien n’est pas complet : https://…", field="link")
    found = get(session, opportunity_id, lock=True) if opportunity_id else Opportunity(created_at=now)
    before = {name: getattr(found, name) for name in FIELDS if getattr(found, name) != values[name]}
    if not before:
        return found
    for name, value in values.items():
        setattr(found, name, value)
    found.updated_at = now
    session.add(found)
    session.flush()
    what = "edited" if opportunity_id else "noted"
    after = {name: values[name] for name in before}
    _record(session, found, what, before if opportunity_id else None, after, who, now)
    return found


def retire(session: Session, opportunity_id: uuid.UUID, *, who: str, now: dt.datetime) -> None:
    """Out of the list and of the public page; an issue that tells of it is left as it is."""
    found = get(session, opportunity_id, lock=True)
    if found.retired_at is None:
        found.retired_at = now
        _record(session, found, "retired", None, None, who, now)


def take_back(session: Session, opportunity_id: uuid.UUID, *, who: str, now: dt.datetime) -> None:
    """Into the list again."""
    found = get(session, opportunity_id, lock=True)
    if found.retired_at is not None:
        found.retired_at = None
        _record(session, found, "taken_back", None, None, who, now)


def put_into(session: Session, opportunity_id: uuid.UUID, issue_id: uuid.UUID, *, who: str, now: dt.datetime) -> int:
    """An item that tells of it, last in its section; returns the number of the issue. Raises RuleError when its readers
    could not answer any more, or it is there already.
    """
    issue = issues.get(session, issue_id, lock=True)
    found = get(session, opportunity_id, lock=True)
    if found.retired_at is not None:
        raise RuleError("retired", "Cet appel n’est plus dans la veille.")
    if any(item.opportunity_id == found.id for item in issue.items):
        raise RuleError("there", f"Cet appel est déjà dans le nº {issue.number}.")
    if not fits(found, issue, now.astimezone(PARIS).date()):
        assert found.closes_on is not None
        raise RuleError(
            "closes-before",
            f"Cet appel se termine le {french_date(found.closes_on)} : le nº {issue.number} paraîtra trop tard.",
        )
    issues.add_item(session, issue_id, _item(found), who=who, now=now)
    return issue.number


def _item(found: Opportunity) -> dict[str, Any]:
    parts = [found.about, f"Qui peut répondre\u202f: {found.eligibility}"]
    if found.amount:
        parts.append(f"Montant\u202f: {found.amount}")
    return {
        "section": SECTION,
        "title": found.title,
        "text": "\n\n".join(parts),
        "link": found.link,
        "structure": found.funder,
        "expires_on": found.closes_on,
        "opportunity_id": found.id,
    }


def _numbers(session: Session) -> dict[uuid.UUID, list[int]]:
    """In which issues each stands."""
    query = sa.select(Opportunity.id, Issue.number).join(Item, Item.opportunity_id == Opportunity.id).join(Issue)
    found: dict[uuid.UUID, list[int]] = {}
    for opportunity_id, number in session.execute(query.order_by(Issue.number).distinct()):
        found.setdefault(opportunity_id, []).append(number)
    return found


def _coming(session: Session) -> Sequence[Issue]:
    """Issues that may still change, the first to appear first."""
    query = sa.select(Issue).where(Issue.state != "sent", Issue.send_at.is_(None))
    query = query.order_by(Issue.planned_on, Issue.number).options(selectinload(Issue.items))
    return session.scalars(query).all()


def _record(
    session: Session,
    found: Opportunity,
    what: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    who: str,
    now: dt.datetime,
) -> None:
    told = [{name: str(value) for name, value in one.items()} if one is not None else None for one in (before, after)]
    audit.record(
        session, who=who, what=what, thing="opportunity", thing_id=found.id, before=told[0], after=told[1], now=now
    )
