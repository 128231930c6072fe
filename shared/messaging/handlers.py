"""Which function of a service handles which event type."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared.db import Database
from shared.messaging.envelope import Event
from shared.messaging.tables import inbox_sequences

__all__ = ["Event", "Handler", "Handlers", "is_newer"]

Handler = Callable[[Session, Event], None]
Wanted = Callable[[Session], bool]
About = Callable[[Event], bool]


class Handlers:
    """The handlers of one service; the event types of others are also what its queue is bound to."""

    public_url = ""
    """Where the pages of the service stand, for a handler that owes somebody a link. The worker sets it."""

    def __init__(self, service: str) -> None:
        self.service = service
        self._by_type: dict[str, Handler] = {}
        self._wanted: dict[str, Wanted] = {}
        self._about: dict[str, About] = {}

    def on(
        self, type: str, *, wanted: Wanted | None = None, about: About | None = None
    ) -> Callable[[Handler], Handler]:
        """Register `on_<event>(session, event)`, which runs in the transaction of the inbox row.

        wanted: whether a fact of this type would change anything now. While it would not, facts are let go unread,
        and our own do not come at all: for handlers that seldom have anything to do.
        about: whether a fact is about something of this service; another's is let go without a trace.
        """

        def register(handler: Handler) -> Handler:
            if type in self._by_type:
                raise ValueError(f"{type} has two handlers")
            self._by_type[type] = handler
            if wanted:
                self._wanted[type] = wanted
            if about:
                self._about[type] = about
            return handler

        return register

    def find(self, type: str) -> Handler | None:
        return self._by_type.get(type)

    def wanted(self, db: Database, type: str) -> bool:
        """Whether to read a fact of this type. One statement, none for most types."""
        if (ask := self._wanted.get(type)) is None:
            return True
        with db.reading() as session:
            return ask(session)

    def concerns(self, event: Event) -> bool:
        """Whether the handler of this fact has anything to do with it. No statement."""
        about = self._about.get(event.type)
        return about is None or about(event)

    @property
    def types(self) -> list[str]:
        """Of the other services' facts."""
        return sorted(set(self._by_type) - set(self.own))

    @property
    def own(self) -> list[str]:
        """Of our own facts, of which the relay sends us those that are wanted as they leave."""
        return sorted(type for type in self._by_type if type.startswith(f"{self.service}."))


def is_newer(session: Session, event: Event, copy: str = "") -> bool:
    """Whether `event` is later than all facts about its thing handled so far, and remember it if so.

    copy: a name, where facts about one thing are kept as several copies: a later fact of one copy then leaves the
    others as old as they are, so that a fact of theirs that was parked can still be replayed.

    For projections, which must not be overwritten by an older fact that arrives late. A handler that owes a
    person a mail for each fact does not ask.
    """
    thing = f"{event.thing} {copy}" if copy else event.thing
    row = insert(inbox_sequences).values(source=event.source, thing=thing, last=event.sequence)
    done = session.execute(
        row.on_conflict_do_update(
            index_elements=["source", "thing"],
            set_={"last": row.excluded.last},
            where=inbox_sequences.c.last < row.excluded.last,
        ).returning(sa.literal(1))
    )
    return done.first() is not None
