"""What became of the mails about a service's things, as the mailer told it: no address and no name is kept.

A service that owes people mails keeps a table of `MailFate` and hands the mailer's facts to its `Fates`. "Accepted"
says that a relay took the mail, never that anybody read it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from shared.messaging.handlers import Event, Handlers

TYPES = tuple(f"mailer.message.{state}.v1" for state in ("unknown", "accepted", "refused", "bounced", "complained"))
FAILED = ("refused", "bounced")
TAKEN = ("accepted", "complained")
KEPT = dt.timedelta(days=365)
_instant = sa.DateTime(timezone=True)
_MILDER = {
    "unknown": [],
    "accepted": ["unknown"],
    "complained": ["unknown", "accepted"],
    "bounced": ["unknown", "accepted", "complained"],
    "refused": ["unknown"],
}
"""What each state may follow, whatever comes first: a mail was taken before it came back."""


class MailFate:
    """One mail. `thing`: what it was about. `settled_at`: since when one that failed is nobody's business any more."""

    __tablename__ = "mail_fates"

    message_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    thing: Mapped[uuid.UUID] = mapped_column(index=True)
    template: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.Text)
    reason: Mapped[str] = mapped_column(sa.Text)
    verdict: Mapped[str] = mapped_column(sa.Text)
    at: Mapped[dt.datetime] = mapped_column(_instant)
    settled_at: Mapped[dt.datetime | None] = mapped_column(_instant)

    @property
    def failed(self) -> bool:
        return self.state in FAILED

    @property
    def open(self) -> bool:
        """It did not arrive, and nobody has seen to it."""
        return self.failed and self.settled_at is None


@dataclass(frozen=True)
class Kind:
    """One template of a service's mails: its name on screen, French, and the templates that say the same again."""

    name: str
    again: tuple[str, ...] = ()


class Fates:
    """The fates of one service's mails. kinds: template → its Kind; mails of other templates are others' business.

    to: what tells apart the people whom mails about one thing go to, as columns of the model; a mail that arrives
    settles only what went to the same.
    """

    def __init__(
        self,
        model: type[Any],
        kinds: Mapping[str, Kind],
        to: Callable[[Session, Mapping[str, Any]], dict[str, Any]] = lambda _session, _data: {},
    ) -> None:
        self._model = model
        self.kinds = kinds
        self._to = to
        self.is_open: tuple[sa.ColumnElement[bool], ...] = (model.state.in_(FAILED), model.settled_at.is_(None))
        """The conditions under which a mail did not arrive and waits for somebody."""

    def listen(self, handlers: Handlers) -> None:
        """Take the mailer's facts in, those about this service's mails."""
        for type in TYPES:
            handlers.on(type, about=self._concerns)(self.note)

    def note(self, session: Session, event: Event) -> None:
        """Keep the fate; what a later mail says again is settled, in whatever order the two are told."""
        data, table = event.data, self._model
        state = event.type.split(".")[2]
        whom = self._to(session, data)
        values = whom | {
            "thing": uuid.UUID(data["about"]),
            "template": data["template"],
            "state": state,
            "reason": data.get("reason", ""),
            "verdict": data.get("verdict", ""),
            "at": data["at"],
        }
        row = insert(table).values(message_id=data["message_id"], **values)
        milder = table.state.in_(_MILDER[state])
        session.execute(row.on_conflict_do_update(index_elements=["message_id"], set_=values, where=milder))
        later = sa.orm.aliased(table)
        for template, kind in self.kinds.items():
            again = {template, *kind.again}
            if data["template"] not in again:
                continue
            arrived = sa.exists().where(
                later.thing == table.thing,
                later.template.in_(again),
                later.state.in_(TAKEN),
                later.message_id > table.message_id,
                *(getattr(later, name) == getattr(table, name) for name in whom),
            )
            failed = (table.thing == values["thing"], table.template == template, *self.is_open)
            session.execute(sa.update(table).where(*failed, arrived).values(settled_at=data["at"]))

    def of(self, session: Session, things: Collection[uuid.UUID]) -> list[Any]:
        """The mails about these things, the latest first."""
        table = self._model
        order = (table.at.desc(), table.message_id.desc())
        return list(session.scalars(sa.select(table).where(table.thing.in_(things)).order_by(*order)))

    def unarrived(self, thing: Any) -> sa.ColumnElement[bool]:
        """Whether a mail about `thing` (a column) did not arrive and waits for somebody."""
        return sa.exists().where(self._model.thing == thing, *self.is_open)

    def waiting(self, session: Session, things: sa.Select[uuid.UUID]) -> dict[uuid.UUID, Any]:
        """Of these things (a query of their ids), those about which a mail did not arrive: the latest such mail."""
        query = sa.select(self._model).where(self._model.thing.in_(things), *self.is_open)
        return {one.thing: one for one in session.scalars(query.order_by(self._model.at))}

    def returned(self, session: Session, things: sa.Select[uuid.UUID], template: str) -> set[uuid.UUID]:
        """Of these things (a query of their ids), those whose latest mail of this template did not arrive, whether or
        not somebody saw to it since: another one to the same address would not either."""
        table = self._model
        query = sa.select(table).where(table.thing.in_(things), table.template == template)
        latest = {one.thing: one for one in session.scalars(query.order_by(table.message_id))}
        return {thing for thing, one in latest.items() if one.failed}

    def reopen(self, session: Session, things: Collection[uuid.UUID], template: str) -> None:
        """What is said anew to these things waits for somebody again, until a mail of this template arrives."""
        table = self._model
        failed = (table.thing.in_(things), table.template == template, table.state.in_(FAILED))
        session.execute(sa.update(table).where(*failed).values(settled_at=None))

    def settle(self, session: Session, things: Collection[uuid.UUID], now: dt.datetime) -> int:
        """Somebody saw to the mails that did not arrive; how many there were."""
        table = self._model
        done = sa.update(table).where(table.thing.in_(things), *self.is_open).values(settled_at=now)
        return len(session.execute(done.returning(table.message_id)).all())

    def forget(self, session: Session, things: Collection[uuid.UUID]) -> None:
        session.execute(sa.delete(self._model).where(self._model.thing.in_(things)))

    def expire(self, session: Session, now: dt.datetime) -> int:
        """What is a year old goes; how many."""
        gone = sa.delete(self._model).where(self._model.at < now - KEPT).returning(self._model.message_id)
        return len(session.execute(gone).all())

    def _concerns(self, event: Event) -> bool:
        """A mail that a fact asked for, of our own templates: not a letter, a program's order, or another's."""
        return event.data["event_id"] is not None and event.data["template"] in self.kinds
