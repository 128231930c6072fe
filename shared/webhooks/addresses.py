"""What is done with the addresses that a service tells: added, stopped, tried out; facts are written down for them.

At least once, and each fact once in the table of an address however often it comes.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared import audit, hot
from shared.db import new_id
from shared.errors import NotFound, RuleError
from shared.webhooks import rules


class Webhooks:
    """The addresses of one service: its two tables, and the facts that it tells, each with its French name."""

    def __init__(self, webhook: type[Any], delivery: type[Any], types: Mapping[str, str]) -> None:
        self.webhook = webhook
        self.delivery = delivery
        self.types = types

    def add(
        self, session: Session, url: str, types: list[str], now: dt.datetime, *, who: str, local: bool, **more: Any
    ) -> Any:
        """Tell this address of these facts from now on. Raises RuleError when the address cannot be called."""
        rules.check(url, local=local)
        row = self.webhook(url=url, types=sorted(set(types)), created_at=now, **more)
        session.add(row)
        session.flush()
        self._note(session, row, "added", {"url": url, "types": row.types}, who, now)
        return row

    def stop(self, session: Session, webhook_id: uuid.UUID, now: dt.datetime, *, who: str, because: str = "") -> None:
        """Tell it nothing more; what waited for it is given up. Raises NotFound."""
        row = self.get(session, webhook_id, lock=True)
        if row.stopped_at is None:
            row.stopped_at, row.stopped_because = now, because
            session.execute(self._change(webhook_id, "waiting").values(state="given_up"))
            self._note(session, row, "stopped", {"url": row.url, "because": because}, who, now)

    def tell_again(self, session: Session, webhook_id: uuid.UUID, now: dt.datetime, *, who: str) -> int:
        """Start over with an address that works again: what was given up is tried once more. Returns how many."""
        row = self.get(session, webhook_id, lock=True)
        row.stopped_at, row.stopped_because = None, ""
        again = self._change(webhook_id, "given_up").values(state="waiting", attempts=0, due_at=now)
        count = len(session.execute(again.returning(self.delivery.id)).all())
        self._note(session, row, "told again", {"deliveries": count}, who, now)
        return count

    def replay(self, session: Session, delivery_id: uuid.UUID, now: dt.datetime, *, who: str) -> uuid.UUID:
        """Tell one fact once more, under the same `webhook-id`; returns whom. Raises NotFound, RuleError."""
        one = session.get(self.delivery, delivery_id, with_for_update=True)
        if one is None:
            raise NotFound("delivery-unknown", "Cet envoi n’est plus gardé : il a plus de trente jours.")
        row = self.get(session, one.webhook_id, lock=True)
        if row.stopped_at is not None:
            raise RuleError(
                "webhook-stopped", "Cette adresse est arrêtée : prévenez-la de nouveau, puis rejouez cet envoi."
            )
        one.state, one.attempts, one.due_at = "waiting", 0, now
        self._note(session, row, "replayed", {"fact": str(one.fact_id)}, who, now)
        return row.id  # type: ignore[no-any-return]

    def turn_key(self, session: Session, webhook_id: uuid.UUID, now: dt.datetime, *, who: str) -> None:
        """A new signing key; the one before signs too for a day. Raises NotFound."""
        row = self.get(session, webhook_id, lock=True)
        row.key_number, row.key_changed_at = row.key_number + 1, now
        self._note(session, row, "key changed", {"number": row.key_number}, who, now)

    def try_out(self, session: Session, webhook_id: uuid.UUID, now: dt.datetime) -> None:
        """Send a fact that says nothing, to see whether the address answers. Raises NotFound."""
        row = self.get(session, webhook_id, lock=True)
        body = {"type": "ping", "timestamp": now.isoformat(), "data": {}}
        session.add(self.delivery(webhook_id=row.id, fact_id=new_id(), body=body, made_at=now, due_at=now))

    def wants(self, session: Session, type: str) -> bool:
        """Whether any address asked to be told of facts of this type."""
        return hot.rows(session, _WANTS, {"type": type}) == [(True,)]

    def write_down(
        self, session: Session, fact_id: uuid.UUID, body: dict[str, Any], now: dt.datetime, *which: Any
    ) -> None:
        """A fact happened: one delivery for each address that asked for its type. which: conditions on the address.

        One that is being stopped is waited for: nothing is written down for it afterwards.
        """
        wanting = sa.select(self.webhook.id).where(
            self.webhook.types.contains([body["type"]]), self.webhook.stopped_at.is_(None), *which
        )
        held = wanting.order_by(self.webhook.id).with_for_update(read=True, key_share=True)
        for webhook_id in session.scalars(held):
            row = insert(self.delivery).values(
                id=new_id(), webhook_id=webhook_id, fact_id=fact_id, body=_plain(body), made_at=now, due_at=now
            )
            session.execute(row.on_conflict_do_nothing(index_elements=["webhook_id", "fact_id"]))

    def get(self, session: Session, webhook_id: uuid.UUID, *, lock: bool = False) -> Any:
        """lock: nobody else changes it before the transaction ends. Raises NotFound."""
        row = session.get(self.webhook, webhook_id, with_for_update=lock or None)
        if row is None:
            raise NotFound("webhook-unknown", "Cette adresse n’est pas connue.")
        return row

    def all(self, session: Session) -> list[tuple[Any, dict[str, int]]]:
        """Addresses in the order they were added, each with how many deliveries are in which state."""
        counts: dict[Any, dict[str, int]] = {}
        kept = self.delivery
        counted = sa.select(kept.webhook_id, kept.state, sa.func.count()).group_by(kept.webhook_id, kept.state)
        for webhook_id, state, number in session.execute(counted):
            counts.setdefault(webhook_id, {})[state] = number
        rows = session.scalars(sa.select(self.webhook).order_by(self.webhook.created_at, self.webhook.id))
        return [(row, counts.get(row.id, {})) for row in rows]

    def latest(self, session: Session, webhook_id: uuid.UUID) -> list[Any]:
        """The last thirty deliveries to one address, the latest first."""
        query = sa.select(self.delivery).where(self.delivery.webhook_id == webhook_id)
        return list(session.scalars(query.order_by(self.delivery.made_at.desc(), self.delivery.id).limit(30)))

    def _change(self, webhook_id: uuid.UUID, state: str) -> sa.Update:
        return sa.update(self.delivery).where(self.delivery.webhook_id == webhook_id, self.delivery.state == state)

    def _note(self, session: Session, row: Any, what: str, after: dict[str, Any], who: str, now: dt.datetime) -> None:
        audit.record(session, who=who, what=what, thing="webhook", thing_id=row.id, before=None, after=after, now=now)


_WANTS = sa.text("SELECT EXISTS (SELECT FROM webhooks WHERE :type = ANY(types) AND stopped_at IS NULL)")


def _plain(value: Any) -> Any:
    """As JSON has it: dates in ISO 8601, ids as text."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return str(value) if isinstance(value, uuid.UUID) else value
