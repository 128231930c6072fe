"""Which function of a service handles which event type."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared.messaging.envelope import Event
from shared.messaging.tables import inbox_sequences

__all__ = ["Event", "Handler", "Handlers", "is_newer"]

Handler = Callable[[Session, Event], None]


class Handlers:
    """The handlers of one service; their event types are also what its queue is bound to."""

    def __init__(self, service: str) -> None:
        self.service = service
        self._by_type: dict[str, Handler] = {}

    def on(self, type: str) -> Callable[[Handler], Handler]:
        """Register `on_<event>(session, event)`, which runs in the transaction of the inbox row."""

        def register(handler: Handler) -> Handler:
            if type in self._by_type:
                raise ValueError(f"{type} has two handlers")
            self._by_type[type] = handler
            return handler

        return register

    def find(self, type: str) -> Handler | None:
        return self._by_type.get(type)

    @property
    def types(self) -> list[str]:
        return sorted(self._by_type)


def is_newer(session: Session, event: Event) -> bool:
    """Whether `event` is later than all facts about its thing handled so far, and remember it if so.

    For projections, which must not be overwritten by an older fact that arrives late. A handler that owes a
    person a mail for each fact does not ask.
    """
    row = insert(inbox_sequences).values(source=event.source, thing=event.thing, last=event.sequence)
    done = session.execute(
        row.on_conflict_do_update(
            index_elements=["source", "thing"],
            set_={"last": row.excluded.last},
            where=inbox_sequences.c.last < row.excluded.last,
        ).returning(sa.literal(1))
    )
    return done.first() is not None
