"""Reading the ledger of single mails: what each person was written to about one thing, and what became of it."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.mailer import rules
from services.mailer.campaigns import Unknown
from services.mailer.contacts import searchable
from services.mailer.models.ledger import Attempt, Message
from services.mailer.models.returns import came_back

PAGE = 50
_LANE = "transactional"


@dataclass(frozen=True)
class Doubt(Unknown):
    """A single mail whose outcome is open. code, answer, reason: of the last try. resends: how often it went again."""

    template: str
    code: int | None
    answer: str
    reason: str
    resends: int

    @property
    def resent_at(self) -> dt.datetime:
        """When it goes out a second time by itself, while `resends` is 0 and nobody settles it."""
        return self.since + dt.timedelta(seconds=rules.UNKNOWN_RESEND_AFTER)


@dataclass(frozen=True)
class Search:
    """Which mails: words of the address or the name in any order, accents ignored; one state or all ("")."""

    words: str = ""
    state: str = ""
    page: int = 1


@dataclass(frozen=True)
class Found:
    mails: list[Message]
    total: int
    search: Search
    back: dict[uuid.UUID, str]
    """Why, of those that came back after the relay had taken them."""

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))


def _searched() -> sa.ColumnElement[str]:
    """Address and name as `searchable` makes them: an address that was refused for its accents is found as well."""
    person = Message.data["person"]
    text = sa.func.concat_ws(
        " ", Message.email, Message.email_key, person["first_name"].astext, person["last_name"].astext
    )
    bare = sa.func.regexp_replace(sa.func.normalize(text, sa.text("NFKD")), "[\u0300-\u036f]", "", "g")
    return sa.func.replace(sa.func.replace(sa.func.lower(bare), "œ", "oe"), "’", "'")


def find(session: Session, search: Search) -> Found:
    """One page of single mails, the newest first. Two queries."""
    query = sa.select(Message).where(Message.lane == _LANE)
    for word in searchable(search.words).split()[:8]:
        query = query.where(_searched().contains(word, autoescape=True))
    if search.state in rules.STATES:
        query = query.where(Message.state == search.state)
    total = session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    # `data` stays where it is: it holds personal links, and no list needs them.
    page = query.add_columns(came_back()).options(sa.orm.defer(Message.data))
    page = page.order_by(Message.created_at.desc(), Message.id.desc())
    rows = session.execute(page.limit(PAGE).offset((max(search.page, 1) - 1) * PAGE)).all()
    return Found([mail for mail, _ in rows], total, search, {mail.id: back for mail, back in rows if back})


def unknown(session: Session) -> list[Doubt]:
    """Single mails whose outcome is open, the oldest first; the first 500. One query."""
    last = (
        sa.select(Attempt.code, Attempt.text, Attempt.reason)
        .where(Attempt.message_id == Message.id)
        .order_by(Attempt.id.desc())
        .limit(1)
        .lateral("last")
    )
    query = (
        sa.select(Message, last.c.code, last.c.text, last.c.reason)
        .options(sa.orm.defer(Message.data))
        .outerjoin(last, sa.true())
        .where(Message.lane == _LANE, Message.state == "unknown")
        .order_by(Message.changed_at, Message.id)
        .limit(500)
    )
    return [
        Doubt(
            id=mail.id,
            email=mail.email,
            message_id=mail.message_id or "",
            relay=mail.relay,
            since=mail.changed_at,
            template=mail.template,
            code=code,
            answer=text or "",
            reason=reason or "",
            resends=mail.resends,
        )
        for mail, code, text, reason in session.execute(query)
    ]


def how_many_unknown(session: Session) -> int:
    """How many single mails have an open outcome. Reads the partial index of such rows."""
    query = sa.select(sa.func.count()).where(Message.lane == _LANE, Message.state == "unknown")
    return session.scalar(query) or 0
