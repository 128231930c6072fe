"""Step 5: what the jury tells the other services. The only place where its payloads are built.

Next: shared/messaging/outbox.py, in the same transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from sqlalchemy.orm import Session

from services.jury.models import Call, Project, Round
from services.jury.scoring import Standing, shown
from shared.messaging import outbox


def call_opened(session: Session, call: Call, *, url: str) -> None:
    """A call is open to the public."""
    outbox.add(
        session,
        "jury.call.opened.v1",
        {
            "call_id": call.id,
            "title": call.title,
            "kind": call.kind,
            "closes_at": call.closes_at,
            "url": url,
        },
        thing=call.id,
    )


def minutes_signed(
    session: Session,
    call: Call,
    this: Round,
    *,
    signed_at: dt.datetime,
    content_hash: str,
    projects: int,
    jurors: int,
) -> None:
    """The minutes of a round are signed and will not change."""
    outbox.add(
        session,
        "jury.minutes.signed.v1",
        {
            "round_id": this.id,
            "call_id": call.id,
            "call_title": call.title,
            "signed_at": signed_at,
            "content_hash": content_hash,
            "projects": projects,
            "jurors": jurors,
        },
        thing=this.id,
    )


def result_published(
    session: Session,
    call: Call,
    project: Project,
    standing: Standing,
    *,
    outcome: str,
    criteria: Sequence[Mapping[str, Any]],
    projects: int,
    distance: Fraction | None,
    feedback: list[str],
) -> None:
    """The jury's answer to one project. Without an official score the rank is the last one, shared."""
    outbox.add(
        session,
        "jury.result.published.v1",
        {
            "project_id": project.id,
            "call_id": call.id,
            "call_title": call.title,
            "project_title": project.title,
            "structure": project.structure,
            "person": {
                "first_name": project.bearer_first_name,
                "last_name": project.bearer_last_name,
                "email": project.bearer_email,
                "locale": "fr",
            },
            "organiser": {"name": call.organiser_name, "email": call.organiser_email},
            "outcome": outcome,
            "rank": standing.rank if standing.rank is not None else projects,
            "projects": projects,
            "score": shown(standing.score, separator=".") or None,
            "readings": standing.readings,
            "criteria": [
                {
                    "title": criterion["title"],
                    "weight": criterion["weight"],
                    "mean": shown(standing.means[criterion["id"]], separator="."),
                    "maximum": criterion["max"],
                }
                for criterion in criteria
                if criterion["id"] in standing.means
            ],
            "distance": None if distance is None else shown(distance, separator=".").replace("−", "-"),
            "feedback": feedback,
        },
        thing=project.id,
    )
