"""What a workshop of an event brought back, put on the contribution desk: step 2 of nine. Next: models/issues.py.

It waits like what an association hands in: the editor trims, accepts or refuses it. Its contributor is the organiser
of the event, who needs no link for that.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.mailer import issues
from services.mailer.addresses import parse
from services.mailer.models.issues import TEXT_LIMIT, TITLE_LIMIT, Contribution, Contributor, Issue
from shared import audit
from shared.db import hash_token, new_token
from shared.errors import RuleError
from shared.messaging import deadletters
from shared.messaging.handlers import Event

TYPE = "registration.workshop.restituted.v1"
NO_ISSUE = "Aucun numéro de L’Écho n’est ouvert : ce texte entre dans le prochain dès qu’il s’ouvre."


def receive(session: Session, event: Event) -> None:
    """A new contribution each time: words that changed since never replace what an editor has before them.

    Raises RuleError when every number has left: the fact is parked, and `issues.create` replays it, or `let_in`.
    """
    data = event.data
    issue = _issue(session, event.time)
    if issue is None:
        raise RuleError("no-issue", NO_ISSUE)
    values = issues.checked(
        {
            "section": "members",
            "title": fit(f"{data['workshop_title']} – {data['event_title']}", TITLE_LIMIT),
            "text": shortened([(one["heading"], one["text"]) for one in data["paragraphs"]]),
            "link": data["url"],
            "credit": data["host"],
            "structure": data["organiser"]["name"],
        }
    )
    del values["structure"]
    contribution = Contribution(
        contributor_id=_organiser(session, data["organiser"], event.time),
        issue_id=issue.id,
        created_at=event.time,
        updated_at=event.time,
        **values,
    )
    session.add(contribution)
    session.flush()
    audit.record(
        session,
        who="registration",
        what="received",
        thing="contribution",
        thing_id=contribution.id,
        before=None,
        after={"title": contribution.title, "text": contribution.text, "workshop": str(data["workshop_id"])},
        now=event.time,
    )


def let_in(session: Session, now: dt.datetime) -> int:
    """Replay what was parked for want of a number while one opened: it was on its way to the table when `issues.create`
    looked there. Returns how many went."""
    if not deadletters.count(session) or _issue(session, now) is None:
        return 0
    return deadletters.replay_all(session, "mailer", TYPE, reason=NO_ISSUE, who="mailer", now=now)


def shortened(paragraphs: list[tuple[str, str]]) -> str:
    """The parts under their headings, each cut so that all fit an item of L'Écho and none is left out."""
    heads = sum(len(heading) + 4 for heading, _text in paragraphs)
    room = TEXT_LIMIT - heads
    lengths = sorted(len(text) for _heading, text in paragraphs)
    share, left = room, len(lengths)
    for length in lengths:  # what a short part leaves goes to the longer ones
        share = room // left
        if length > share:
            break
        room, left = room - length, left - 1
    return "\n\n".join(f"{heading}\u202f: {fit(text, share)}" for heading, text in paragraphs)


def fit(text: str, limit: int) -> str:
    """The text, or its beginning up to a word and « … »."""
    plain = " ".join(text.split())
    if len(plain) <= limit:
        return plain
    cut = plain[: limit - 1]
    return (cut.rpartition(" ")[0] or cut) + "…"


def _issue(session: Session, now: dt.datetime) -> Issue | None:
    """The number that takes contributions now, else the next one that has not left."""
    query = sa.select(Issue).where(Issue.state != "sent")
    closed = sa.func.coalesce(Issue.contributions_until < now, True)
    return session.scalar(query.order_by(closed, Issue.number).limit(1))


def _organiser(session: Session, organiser: dict[str, str], now: dt.datetime) -> object:
    """The contributor of this address, made with a link that nobody has; one that exists is left as it is."""
    address = parse(organiser["email"])
    row = insert(Contributor).values(
        structure=organiser["name"],
        name=organiser["name"][:120],
        email=address.email,
        email_key=address.key,
        token_hash=hash_token(new_token()),
        invited_at=now,
        created_at=now,
    )
    session.execute(row.on_conflict_do_nothing(index_elements=["email_key"]))
    return session.scalar(sa.select(Contributor.id).where(Contributor.email_key == address.key))
