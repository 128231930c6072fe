"""Step 2 of nine: tokens and webhooks are given and taken back; facts are written down for those who asked."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.registration.models.programs import ApiToken, Delivery, Webhook
from services.registration.rules import programs as rules
from services.registration.rules.choices import N_
from shared import audit
from shared.db import new_id
from shared.errors import Forbidden, NotFound, RuleError

# What a webhook is told of a fact, as far as the fact has it: no name, no address, and never a personal link.
TOLD = ("registration_id", "event_id", "reference", "title", "starts_at", "ends_at", "place", "url", "rank", "at")


class UnknownToken(RuleError):
    """No token, a wrong one, or one that was taken back."""

    status = 401


def give_token(session: Session, name: str, scopes: list[str], now: dt.datetime, *, who: str) -> str:
    """A new token for a program; shown once and kept nowhere. Raises RuleError when the name is taken."""
    living = sa.select(ApiToken.id).where(ApiToken.name == name, ApiToken.revoked_at.is_(None))
    if session.scalar(living):
        raise RuleError("program-exists", N_("Un programme porte déjà ce nom."), field="name")
    token = "agora_" + secrets.token_urlsafe(32)
    row = ApiToken(name=name, token_hash=_hash(token), scopes=sorted(set(scopes)), created_at=now)
    session.add(row)
    session.flush()
    _note(session, "api_token", row.id, "given", {"name": name, "scopes": row.scopes}, who, now)
    return token


def take_back(session: Session, token_id: uuid.UUID, now: dt.datetime, *, who: str) -> None:
    """It opens nothing any more. Raises NotFound."""
    row = session.get(ApiToken, token_id, with_for_update=True)
    if row is None:
        raise NotFound("token-unknown", N_("Ce jeton n’existe pas."))
    if row.revoked_at is None:
        row.revoked_at = now
        _note(session, "api_token", row.id, "taken back", {"name": row.name}, who, now)


def authenticate(session: Session, token: str, scope: str, now: dt.datetime) -> ApiToken:
    """The program of a token that covers `scope`. Raises UnknownToken, Forbidden."""
    found = session.scalar(
        sa.select(ApiToken).where(ApiToken.token_hash == _hash(token), ApiToken.revoked_at.is_(None))
    )
    if found is None:
        raise UnknownToken("unknown-token", N_("Ce jeton n’est pas connu, ou ne vaut plus."))
    if scope not in found.scopes:
        raise Forbidden("scope", N_("Ce jeton ne donne pas accès à ces données."))
    if found.used_on != now.date():
        found.used_on = now.date()
    return found


def add_webhook(session: Session, url: str, types: list[str], now: dt.datetime, *, who: str, local: bool) -> Webhook:
    """Tell this address of these facts from now on. Raises RuleError when the address cannot be called."""
    fault = rules.fault_of(url, local=local)
    if fault:
        raise RuleError("webhook-address", fault, field="url")
    row = Webhook(url=url, types=sorted(set(types)), created_at=now)
    session.add(row)
    session.flush()
    _note(session, "webhook", row.id, "added", {"url": url, "types": row.types}, who, now)
    return row


def stop_webhook(session: Session, webhook_id: uuid.UUID, now: dt.datetime, *, who: str, because: str = "") -> None:
    """Tell it nothing more; what waited for it is given up. Raises NotFound."""
    row = _webhook(session, webhook_id)
    if row.stopped_at is None:
        row.stopped_at, row.stopped_because = now, because
        waiting = sa.update(Delivery).where(Delivery.webhook_id == webhook_id, Delivery.state == "waiting")
        session.execute(waiting.values(state="given_up"))
        _note(session, "webhook", row.id, "stopped", {"url": row.url, "because": because}, who, now)


def tell_again(session: Session, webhook_id: uuid.UUID, now: dt.datetime, *, who: str) -> int:
    """Start over with an address that works again: what was given up is tried once more. Returns how many."""
    row = _webhook(session, webhook_id)
    row.stopped_at, row.stopped_because = None, ""
    given_up = sa.update(Delivery).where(Delivery.webhook_id == webhook_id, Delivery.state == "given_up")
    again = session.execute(given_up.values(state="waiting", attempts=0, due_at=now).returning(Delivery.id)).all()
    _note(session, "webhook", row.id, "told again", {"deliveries": len(again)}, who, now)
    return len(again)


def try_out(session: Session, webhook_id: uuid.UUID, now: dt.datetime) -> None:
    """Send a fact that says nothing, to see whether the address answers. Raises NotFound."""
    row = _webhook(session, webhook_id)
    fact = new_id()
    body = {"type": "ping", "timestamp": now.isoformat(), "data": {}}
    session.add(Delivery(webhook_id=row.id, fact_id=fact, body=body, made_at=now, due_at=now))


def wants(session: Session, type: str) -> bool:
    """Whether any address asked to be told of facts of this type."""
    return bool(session.scalar(_WANTS, {"type": type}))


_WANTS = sa.text("SELECT EXISTS (SELECT FROM webhooks WHERE :type = ANY(types) AND stopped_at IS NULL)")


def write_down(session: Session, fact: Any, now: dt.datetime) -> None:
    """A fact happened: one delivery for each address that asked for its type, once however often it comes."""
    data = {name: fact.data[name] for name in TOLD if name in fact.data}
    if "occasion" in fact.data:
        data["event"] = {name: fact.data["occasion"][name] for name in ("id", "title") if name in fact.data["occasion"]}
    body = {"type": fact.type, "timestamp": fact.time.isoformat(), "sequence": fact.sequence, "data": _plain(data)}
    wanting = sa.select(Webhook.id).where(Webhook.types.contains([fact.type]), Webhook.stopped_at.is_(None))
    for webhook_id in session.scalars(wanting):
        row = insert(Delivery).values(
            id=new_id(), webhook_id=webhook_id, fact_id=fact.id, body=body, made_at=now, due_at=now
        )
        session.execute(row.on_conflict_do_nothing(index_elements=["webhook_id", "fact_id"]))


def _plain(value: Any) -> Any:
    """As JSON has it: dates in ISO 8601, ids as text."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return str(value) if isinstance(value, uuid.UUID) else value


def _webhook(session: Session, webhook_id: uuid.UUID) -> Webhook:
    row = session.get(Webhook, webhook_id, with_for_update=True)
    if row is None:
        raise NotFound("webhook-unknown", N_("Cette adresse n’est pas connue."))
    return row


def _note(
    session: Session, thing: str, thing_id: uuid.UUID, what: str, after: dict[str, Any], who: str, now: dt.datetime
) -> None:
    audit.record(session, who=who, what=what, thing=thing, thing_id=thing_id, before=None, after=after, now=now)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
